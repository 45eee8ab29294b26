"""What is missing and what it would change, found by trying its values.

One fact at a time, the others as recorded (the response contract, `missing`). A change is a
code that appears, vanishes or changes strength, or another state. Of each value only the
entries are asked that read the fact, and of their words only those that read it are asked anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from aml.assessment import Missing
from aml.case import OPEN_FACTS, Case, supposed
from aml.entries import Entry, Strength
from aml.firmness import applies, entries_for, firmest, firmness
from aml.knowledge import Snapshot
from aml.logic import Known, Unknown
from aml.reading import entries_reading, words_reading
from aml.recommend import Spoken
from aml.states import State


@dataclass(frozen=True, slots=True)
class Supposition:
    """A value of an open fact: its name in `missing`, and what of the case it makes another."""

    name: str
    facts: dict[str, Known[Any]]


class _Supposed:
    """A case but for some facts; it stands in the place of one while words are asked."""

    def __init__(self, case: Case, facts: Mapping[str, Known[Any]]) -> None:
        self.__dict__.update(facts)
        self._case = case
        self.verdicts = dict(case.verdicts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._case, name)


def missing(case: Case, snapshot: Snapshot, said: Sequence[Spoken]) -> tuple[Missing, ...]:
    """The open facts whose value could change the answer, those that unblock most first.

    `said`: everything that entries say of the case as it is.
    """
    firm = [(s.entry, s.strength) for s in said]
    trial = _Trial(case, snapshot, firm, firmest(firm))
    changes: dict[str, set[str]] = {}
    for supposition in suppositions(case):
        changes.setdefault(supposition.name, set()).update(trial.changed(supposition.facts))
    rows = [Missing(name, tuple(sorted(codes))) for name, codes in changes.items() if codes]
    return tuple(sorted(rows, key=lambda m: (-len(m.changes), m.fact)))


@dataclass(frozen=True, slots=True)
class _Trial:
    """The case as it is, with all that is said of it."""

    case: Case
    snapshot: Snapshot
    said: Sequence[tuple[Entry, Strength]]
    now: Mapping[str, Strength]
    applying: dict[str, bool] = field(default_factory=dict)  # entries asked so far, by id

    def changed(self, facts: Mapping[str, Known[Any]]) -> Iterator[str]:
        """The codes, or the state, that would be another if these were the facts."""
        names = frozenset(facts)
        touched = self._touched(names)
        state = facts.get("state", self.case.state).value
        if state is not self.case.state.value:
            yield state.value
            touched += entries_for(state, self.snapshot)
        if not touched:
            return
        then = _Supposed(self.case, facts)
        for asked in words_reading(names, self.snapshot):
            then.verdicts.pop(asked, None)
        ids, codes = {e.id for e in touched}, {e.code for e in touched}
        firm = [(e, s) for e, s in self.said if e.code in codes and e.id not in ids]
        for entry in touched:
            strength = firmness(entry, cast(Case, then), self.snapshot)
            if strength is not None:
                firm.append((entry, strength))
        now = firmest(firm)
        yield from (code for code in codes if now.get(code) is not self.now.get(code))

    def _touched(self, facts: frozenset[str]) -> list[Entry]:
        """The entries of the state that could say something else: those that begin with one
        of the facts, and those whose beginning holds and that read it further on."""
        at_first, later = entries_reading(facts, self.case.state.value, self.snapshot)
        return [*at_first, *(e for e in later if self._applies(e))]

    def _applies(self, entry: Entry) -> bool:
        known = self.applying.get(entry.id)
        if known is None:
            known = self.applying[entry.id] = applies(entry, self.case)
        return known


def suppositions(case: Case) -> Iterator[Supposition]:
    """Each open fact with each value that some rule tells apart."""
    for name, (fact, values) in OPEN_FACTS.items():
        if isinstance(getattr(case, fact), Unknown):
            for value in values:
                yield Supposition(name, with_what_follows(fact, supposed(name, value)))
    if isinstance(case.donor_cells, Unknown):
        for cells in ("available", "unavailable"):
            yield Supposition("donor", {"donor_cells": supposed("donor", cells)})
    if isinstance(case.performance_improved, Unknown):
        for improved in (True, False):
            facts = {"performance_improved": supposed("fitness", improved)}
            yield Supposition("fitness", facts)
    if isinstance(case.mrd_around_hct, Unknown):
        for result in ("positive", "negative-by-ngs"):
            yield Supposition("mrd", {"mrd_around_hct": supposed("mrd", result)})
    yield from _by_state(case)


def with_fact(case: Case, field: str, fact: Known[Any]) -> Case:
    """The case with one fact settled, and what follows from it."""
    changes: dict[str, Any] = {**with_what_follows(field, fact)}
    return replace(case, **changes)


def with_what_follows(field: str, fact: Known[Any]) -> dict[str, Known[Any]]:
    """Active GVHD is also GVHD at some time."""
    if field == "gvhd_active" and fact.value:
        return {field: fact, "gvhd_prior": supposed("gvhd-prior", True)}
    return {field: fact}


def _by_state(case: Case) -> Iterator[Supposition]:
    """A result that would settle the state: the next MRD sample, a marrow now."""
    for name, states in results(case):
        for state in states:
            yield Supposition(name, {"state": replace(case.state, value=state)})


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
