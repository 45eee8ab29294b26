"""What is missing and what it would change, found by trying its values.

One fact at a time, the others as recorded (the response contract, `missing`). A change is a
code that appears, vanishes or changes strength, or another state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aml.assessment import Missing, Recommendation
from aml.case import OPEN_FACTS, Case, supposed
from aml.knowledge import Snapshot
from aml.logic import Known, Unknown
from aml.recommend import recommend
from aml.states import State


def missing(
    case: Case, snapshot: Snapshot, now: tuple[Recommendation, ...]
) -> tuple[Missing, ...]:
    """The open facts whose value could change the answer, those that unblock most first."""
    found = []
    tried: dict[str, set[str]] = {}
    for name, supposition in suppositions(case):
        tried.setdefault(name, set()).update(_changes(supposition, case, snapshot, now))
    for name, changes in tried.items():
        if changes:
            found.append(Missing(name, tuple(sorted(changes))))
    return tuple(sorted(found, key=lambda m: (-len(m.changes), m.fact)))


def suppositions(case: Case) -> Iterator[tuple[str, Case]]:
    """Each open fact with each value some rule tells apart, as a case of its own."""
    for name, (field, values) in OPEN_FACTS.items():
        if isinstance(getattr(case, field), Unknown):
            for value in values:
                yield name, _with(case, field, supposed(name, value))
    if isinstance(case.donor_cells, Unknown):
        for cells in ("available", "unavailable"):
            yield "donor", replace(case, donor_cells=supposed("donor", cells))
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


def _changes(
    supposition: Case, case: Case, snapshot: Snapshot, now: tuple[Recommendation, ...]
) -> set[str]:
    then = {r.code: r.strength for r in recommend(supposition, snapshot)}
    before = {r.code: r.strength for r in now}
    changed = {
        code for code in then.keys() | before.keys() if then.get(code) is not before.get(code)
    }
    if supposition.state.value is not case.state.value:
        changed.add(supposition.state.value.value)
    return changed
