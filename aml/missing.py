"""What is missing and what it would change, found by trying its values.

One fact at a time, the others as recorded (the response contract, `missing`). A change is a
code that appears, vanishes or changes strength, or another state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from aml.assessment import Missing
from aml.case import OPEN_FACTS, Case, supposed
from aml.knowledge import Snapshot
from aml.logic import Known, Unknown
from aml.reading import entries_reading, facts_read_in
from aml.recommend import said_by, strengths
from aml.states import State

FACTS = tuple(each.name for each in fields(Case))
TRIED = frozenset(field for field, _ in OPEN_FACTS.values()) | {
    "state", "donor_cells", "performance_improved", "mrd_around_hct", "landmark_unassessed",
}  # fmt: skip
_facts = attrgetter(*FACTS)
KEPT = 4096  # answers; a case has some thirty facts that are known or not

_ANSWERS: dict[tuple[object, ...], tuple[Missing, ...]] = {}


def missing(case: Case, snapshot: Snapshot) -> tuple[Missing, ...]:
    """The open facts whose value could change the answer, those that unblock most first.

    The answer depends on what is known, not on whose it is or since when, so it is kept.
    """
    key = _substance(case, snapshot)
    found = _ANSWERS.get(key)
    if found is None:
        if len(_ANSWERS) >= KEPT:
            _ANSWERS.clear()
        found = _ANSWERS[key] = tried(case, snapshot)
    return found


def _substance(case: Case, snapshot: Snapshot) -> tuple[object, ...]:
    """The values of all facts that an entry for these states reads, or that can be tried."""
    others = (state for _, states in results(case) for state in states)
    states = frozenset({case.state.value, *others})
    names = facts_read_in(states, snapshot) | TRIED
    values = (_value(getattr(case, name)) for name in sorted(names))
    return (snapshot.digest, states, *values)


def _value(fact: Any) -> object:
    """Without words, days and sources."""
    if isinstance(fact, Known):
        return fact.value
    if isinstance(fact, Unknown):
        return Unknown
    if isinstance(fact, Mapping):
        return frozenset((name, _value(value)) for name, value in fact.items())
    return fact


def tried(case: Case, snapshot: Snapshot) -> tuple[Missing, ...]:
    """Every value of every open fact, by the entries that read it."""
    said = said_by(snapshot.entries, case, snapshot)
    now = strengths(said)
    before = _facts(case)
    changes: dict[str, set[str]] = {}
    for name, supposition in suppositions(case):
        after = zip(FACTS, before, _facts(supposition), strict=True)
        changed = frozenset(fact for fact, old, new in after if old is not new)
        touched = entries_reading(changed, snapshot)
        ids, codes = {e.id for e in touched}, {e.code for e in touched}
        left = (s for s in said if s.entry.code in codes and s.entry.id not in ids)
        then = strengths([*left, *said_by(touched, supposition, snapshot)])
        changes.setdefault(name, set()).update(
            code for code in codes if then.get(code) is not now.get(code)
        )
        if supposition.state.value is not case.state.value:
            changes[name].add(supposition.state.value.value)
    found = [Missing(name, tuple(sorted(codes))) for name, codes in changes.items() if codes]
    return tuple(sorted(found, key=lambda m: (-len(m.changes), m.fact)))


def suppositions(case: Case) -> Iterator[tuple[str, Case]]:
    """Each open fact with each value some rule tells apart, as a case of its own."""
    for name, (field, values) in OPEN_FACTS.items():
        if isinstance(getattr(case, field), Unknown):
            for value in values:
                yield name, with_fact(case, field, supposed(name, value))
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


def with_fact(case: Case, field: str, fact: Known[Any]) -> Case:
    """The case with one fact settled; active GVHD is also GVHD at some time."""
    changes: dict[str, Any] = {field: fact}
    changed = replace(case, **changes)
    if field == "gvhd_active" and fact.value:
        changed = replace(changed, gvhd_prior=supposed("gvhd-prior", True))
    return changed


def _by_state(case: Case) -> Iterator[tuple[str, Case]]:
    """A result that would settle the state: the next MRD sample, a marrow now."""
    for name, states in results(case):
        for state in states:
            yield name, replace(case, state=replace(case.state, value=state))


def results(case: Case) -> Iterator[tuple[str, tuple[State, ...]]]:
    """The results that would settle the state, and the states that each may lead to."""
    match case.state.value:
        case State.REMISSION_MRD_UNKNOWN:
            yield "mrd", (State.REMISSION_MRD_NEGATIVE, State.REMISSION_MRD_POSITIVE)
        case State.MRD_RELAPSE_SUSPECTED:
            yield "mrd", (State.MRD_RELAPSE, State.REMISSION_MRD_POSITIVE)
        case State.RELAPSE_SUSPECTED | State.INDETERMINATE:
            yield "marrow-now", (State.RELAPSE, State.REMISSION_MRD_UNKNOWN)
        case State.IN_TREATMENT if case.landmark_unassessed.value:
            yield "marrow-now", (State.REFRACTORY, State.REMISSION_MRD_UNKNOWN)
