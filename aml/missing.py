"""What is missing and what it would change, found by trying its values.

One fact at a time, the others as recorded (the response contract, `missing`). A change is a
code that appears, vanishes or changes strength, or another state. Of each value only the
entries are asked that read the fact, and of their words only those that read it are asked anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

from msgspec import structs

from aml.assessment import Missing
from aml.case import TRIED, Case, supposed
from aml.criteria import Asked
from aml.entries import Entry, Strength
from aml.firmness import applies, entries_for, firmest, firmness
from aml.knowledge import Snapshot
from aml.logic import Known, Unknown
from aml.reading import entries_reading, words_reading
from aml.recommend import Spoken
from aml.states import State


@dataclass(frozen=True, slots=True)
class Supposition:
    """A value of an open fact: its name in `missing`, and what of the case it makes another.

    Who would notice, in one state: the entries that begin with one of these facts (`first`),
    those that read one further on (`later`), and the words that are to be asked anew.
    """

    name: str
    facts: Mapping[str, Known[Any]]
    first: tuple[Entry, ...]
    later: tuple[Entry, ...]
    words: frozenset[Asked]


class _Supposed:
    """A case but for some facts; it stands in the place of one while words are asked."""

    def __init__(self, case: Case, what: Supposition) -> None:
        self.__dict__.update(what.facts)
        self._case = case
        self.verdicts = dict(case.verdicts)
        for asked in what.words:
            self.verdicts.pop(asked, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._case, name)


def missing(case: Case, snapshot: Snapshot, said: Sequence[Spoken]) -> tuple[Missing, ...]:
    """The open facts whose value could change the answer, those that unblock most first.

    `said`: everything that entries say of the case as it is.
    """
    trial = _Trial(case, snapshot, said)
    changes: dict[str, set[str]] = {}
    for supposition in suppositions(case, snapshot):
        changes.setdefault(supposition.name, set()).update(trial.changed(supposition))
    rows = [Missing(name, tuple(sorted(codes))) for name, codes in changes.items() if codes]
    return tuple(sorted(rows, key=lambda m: (-len(m.changes), m.fact)))


class _Trial:
    """The case as it is, with all that is said of it: by entry and by code."""

    def __init__(self, case: Case, snapshot: Snapshot, said: Sequence[Spoken]) -> None:
        self.case, self.snapshot = case, snapshot
        entries = entries_for(case.state.value, snapshot)
        self.applying = {entry.id for entry in entries if applies(entry, case)}
        self.strength = {s.entry.id: s.strength for s in said}
        self.said: dict[str, list[tuple[Entry, Strength]]] = {}
        for s in said:
            self.said.setdefault(s.entry.code, []).append((s.entry, s.strength))

    def changed(self, what: Supposition) -> Iterator[str]:
        """The codes, or the state, that would be another if these were the facts."""
        touched = [*what.first, *(e for e in what.later if e.id in self.applying)]
        if (state := what.facts.get("state")) is not None:
            yield state.value.value
            touched += entries_for(state.value, self.snapshot)
        if not touched:
            return
        then = cast(Case, _Supposed(self.case, what))
        other: dict[str, tuple[Entry, Strength | None]] = {}  # what is said no more, or new
        for entry in touched:
            strength = firmness(entry, then, self.snapshot)
            if strength is not self.strength.get(entry.id):
                other[entry.id] = entry, strength
        for code in {entry.code for entry, _ in other.values()}:
            now = self.said.get(code, [])
            rest = [(e, s) for e, s in now if e.id not in other]
            new = [(e, s) for e, s in other.values() if e.code == code and s is not None]
            if firmest(rest + new) is not firmest(now):
                yield code


def suppositions(case: Case, snapshot: Snapshot) -> Iterator[Supposition]:
    """Each open fact with each value that some rule tells apart, where an entry reads it; then
    the results that would settle the state: the next MRD sample, a marrow now."""
    state = case.state.value
    for field, tried in snapshot.derived(_by_state)[state]:
        if isinstance(getattr(case, field), Unknown):
            yield from tried
    for name, states in results(case):
        for other in states:
            facts = {"state": structs.replace(case.state, value=other)}
            yield _supposition(name, facts, state, snapshot)


_Tried: TypeAlias = tuple[tuple[str, tuple[Supposition, ...]], ...]


def _by_state(snapshot: Snapshot) -> dict[State, _Tried]:
    """What there is to suppose in each state, by the field that has to be open."""
    return {state: tuple(_tried(state, snapshot)) for state in State}


def _tried(state: State, snapshot: Snapshot) -> Iterator[tuple[str, tuple[Supposition, ...]]]:
    for name, field, values in TRIED.values():
        each = [with_what_follows(field, supposed(name, value)) for value in values]
        tried = [_supposition(name, facts, state, snapshot) for facts in each]
        if noticed := tuple(t for t in tried if t.first or t.later):
            yield field, noticed


def _supposition(
    name: str, facts: Mapping[str, Known[Any]], state: State, snapshot: Snapshot
) -> Supposition:
    names = frozenset(facts)
    first, later = entries_reading(names, state, snapshot)
    return Supposition(name, facts, first, later, words_reading(names, snapshot))


def with_fact(case: Case, field: str, fact: Known[Any]) -> Case:
    """The case with one fact settled, and what follows from it."""
    changes: dict[str, Any] = {**with_what_follows(field, fact)}
    return replace(case, **changes)


def with_what_follows(field: str, fact: Known[Any]) -> dict[str, Known[Any]]:
    """Active GVHD is also GVHD at some time."""
    if field == "gvhd_active" and fact.value:
        return {field: fact, "gvhd_prior": supposed("gvhd-prior", True)}
    return {field: fact}


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
