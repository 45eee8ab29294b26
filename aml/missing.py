"""What is missing and what it would change, found by trying its values.

One fact at a time, the others as recorded (the response contract, `missing`). A change is a
code that appears, vanishes or changes strength, or another state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from aml.assessment import Missing
from aml.case import OPEN_FACTS, Case, supposed
from aml.entries import Entry
from aml.knowledge import Snapshot
from aml.logic import Known, Unknown
from aml.reading import facts_read
from aml.recommend import said_by, strengths
from aml.states import State


def missing(case: Case, snapshot: Snapshot) -> tuple[Missing, ...]:
    """The open facts whose value could change the answer, those that unblock most first."""
    said = {s.entry.id: s for s in said_by(snapshot.entries, case, snapshot)}
    now = strengths(said.values())
    changes: dict[str, set[str]] = {}
    for name, supposition in suppositions(case):
        touched = _touched(case, supposition, snapshot)
        left = [s for s in said.values() if s.entry.id not in touched]
        again = said_by(touched.values(), supposition, snapshot)
        then = strengths([*left, *again])
        changes.setdefault(name, set()).update(
            code for code in then.keys() | now.keys() if then.get(code) is not now.get(code)
        )
        if supposition.state.value is not case.state.value:
            changes[name].add(supposition.state.value.value)
    found = [Missing(name, tuple(sorted(codes))) for name, codes in changes.items() if codes]
    return tuple(sorted(found, key=lambda m: (-len(m.changes), m.fact)))


def _touched(case: Case, supposition: Case, snapshot: Snapshot) -> dict[str, Entry]:
    """The entries that read a fact in which the two cases differ."""
    changed = {
        f.name
        for f in fields(case)
        if getattr(case, f.name) is not getattr(supposition, f.name)
    }
    return {e.id: e for e in snapshot.entries if changed & facts_read(e, snapshot)}


def suppositions(case: Case) -> Iterator[tuple[str, Case]]:
    """Each open fact with each value some rule tells apart, as a case of its own."""
    for name, (field, values) in OPEN_FACTS.items():
        if isinstance(getattr(case, field), Unknown):
            for value in values:
                yield name, _with(case, field, supposed(name, value))
    if isinstance(case.donor_cells, Unknown):
        for cells in ("available", "unavailable"):
            yield "donor", replace(case, donor_cells=supposed("donor", cells))
    if isinstance(case.performance_improved, Unknown):
        for improved in (True, False):
            performance = supposed("fitness", improved)
            yield "fitness", replace(case, performance_improved=performance)
    if isinstance(case.mrd_around_hct, Unknown):
        for result in ("positive", "negative-by-ngs"):
            yield "mrd", replace(case, mrd_around_hct=supposed("mrd", result))
    yield from _by_state(case)


def _with(case: Case, field: str, fact: Known[Any]) -> Case:
    changes: dict[str, Any] = {field: fact}
    changed = replace(case, **changes)
    if field == "gvhd_active" and fact.value:
        changed = replace(changed, gvhd_prior=supposed("gvhd-prior", True))
    return changed


def _by_state(case: Case) -> Iterator[tuple[str, Case]]:
    """A result that would settle the state: the next MRD sample, a marrow now."""
    for name, states in _results(case):
        for state in states:
            yield name, replace(case, state=replace(case.state, value=state))


def _results(case: Case) -> Iterator[tuple[str, tuple[State, ...]]]:
    match case.state.value:
        case State.REMISSION_MRD_UNKNOWN:
            yield "mrd", (State.REMISSION_MRD_NEGATIVE, State.REMISSION_MRD_POSITIVE)
        case State.MRD_RELAPSE_SUSPECTED:
            yield "mrd", (State.MRD_RELAPSE, State.REMISSION_MRD_POSITIVE)
        case State.RELAPSE_SUSPECTED | State.INDETERMINATE:
            yield "marrow-now", (State.RELAPSE, State.REMISSION_MRD_UNKNOWN)
        case State.IN_TREATMENT if case.landmark_unassessed.value:
            yield "marrow-now", (State.REFRACTORY, State.REMISSION_MRD_UNKNOWN)
