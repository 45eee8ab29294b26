"""What is missing and what it would change, found by trying its values.

One fact at a time, the others as recorded (the response contract, `missing`). A change is a
code that appears, vanishes or changes strength, or another state. Of each value only the
entries are asked that turn on an answer which it makes another: a word that rests on the open
fact alone says what it says in every case, so that most values are known to change nothing
before there is a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from msgspec import structs

from aml.assessment import Missing
from aml.case import TRIED, Case, supposed
from aml.criteria import Asked, verdict_of
from aml.entries import Entry, Strength
from aml.firmness import entries_for, firmest, firmness
from aml.knowledge import Snapshot
from aml.logic import Known, Unknown, Verdict
from aml.reading import Turning, facts_behind, turning
from aml.recommend import Spoken
from aml.states import State


@dataclass(frozen=True, slots=True)
class Supposition:
    """A value of an open fact: its name in `missing`, and what of the case it makes another.

    `verdicts`: what the words then say that rest on the open fact alone, and the entries that
    this makes a difference to: those that are `silent` until then, those that are `speaking`.
    `beside`: the words that rest on other facts as well.
    """

    name: str
    facts: Mapping[str, Known[Any]]
    verdicts: Mapping[Asked, Verdict]
    silent: Sequence[Entry]
    speaking: Sequence[Entry]
    beside: tuple[Asked, ...]


def missing(case: Case, snapshot: Snapshot, said: Sequence[Spoken]) -> tuple[Missing, ...]:
    """The open facts whose value could change the answer, those that unblock most first.

    `said`: everything that entries say of the case as it is.
    """
    trial = _Trial(case, snapshot, said)
    changes: dict[str, set[str]] = {}
    for supposition in suppositions(case, snapshot):
        for code in trial.changed(supposition):
            changes.setdefault(supposition.name, set()).add(code)
    rows = [Missing(name, tuple(sorted(codes))) for name, codes in changes.items()]
    return tuple(sorted(rows, key=lambda m: (-len(m.changes), m.fact)))


class _Trial:
    """The case as it is, with all that is said of it: by entry and by code."""

    def __init__(self, case: Case, snapshot: Snapshot, said: Sequence[Spoken]) -> None:
        self.case, self.snapshot = case, snapshot
        self.turning = turning(case.state.value, snapshot)
        self.strength = {s.entry.id: s.strength for s in said}
        self.said: dict[str, list[tuple[Entry, Strength]]] = {}
        for s in said:
            self.said.setdefault(s.entry.code, []).append((s.entry, s.strength))

    def changed(self, what: Supposition) -> Iterator[str]:
        """The codes, or the state, that would be another if these were the facts."""
        if (state := what.facts.get("state")) is not None:
            yield state.value.value
        touched = self._touched(what.silent, what.speaking)
        if not touched and not what.beside:
            return
        then = self._supposing(what)
        for asked in what.beside:
            before, after = verdict_of(asked, self.case).truth, verdict_of(asked, then).truth
            if before is not after:
                change = asked, before, after
                silent, speaking = self.turning.silent(*change), self.turning.speaking(*change)
                touched += self._touched(silent, speaking)
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

    def _supposing(self, what: Supposition) -> Case:
        """The case with these facts; what is said of the others is not asked anew."""
        then = structs.replace(self.case, **what.facts)
        known = vars(then)["verdicts"] = {**self.case.verdicts, **what.verdicts}
        for asked in what.beside:
            known.pop(asked, None)
        return then

    def _touched(self, silent: Iterable[Entry], speaking: Iterable[Entry]) -> list[Entry]:
        return [*silent, *[entry for entry in speaking if entry.id in self.strength]]


def suppositions(case: Case, snapshot: Snapshot) -> Iterator[Supposition]:
    """Each open fact with each value that makes a difference to some entry; then the results
    that would settle the state: the next MRD sample, a marrow now."""
    state = case.state.value
    for field, tried in snapshot.derived(_by_state)[state]:
        if isinstance(getattr(case, field), Unknown):
            yield from tried
    for name, states in results(case):
        for other in states:
            yield _of_state(name, case.state, other, snapshot)


_Tried: TypeAlias = tuple[tuple[str, tuple[Supposition, ...]], ...]


def _by_state(snapshot: Snapshot) -> dict[State, _Tried]:
    """What there is to suppose in each state, by the field that has to be open."""
    return {state: tuple(_tried(state, snapshot)) for state in State}


def _tried(state: State, snapshot: Snapshot) -> Iterator[tuple[str, tuple[Supposition, ...]]]:
    turns = turning(state, snapshot)
    for name, field, values in TRIED.values():
        tried = [_supposition(name, field, supposed(name, value), turns) for value in values]
        if noticed := tuple(t for t in tried if t.silent or t.speaking or t.beside):
            yield field, noticed


def _supposition(name: str, field: str, fact: Known[Any], turns: Turning) -> Supposition:
    open_ = Case(on=date.min, state=Known("state", State.RELAPSE, ""))
    settled = with_fact(open_, field, fact)
    facts = with_what_follows(field, fact)
    words = _words_on(facts, turns)
    alone = [asked for asked in words if facts_behind(asked) == {field}]
    verdicts = {asked: verdict_of(asked, settled) for asked in alone}
    silent: dict[str, Entry] = {}
    speaking: dict[str, Entry] = {}
    for asked, verdict in verdicts.items():
        change = asked, verdict_of(asked, open_).truth, verdict.truth
        if change[1] is not change[2]:
            silent |= {e.id: e for e in turns.silent(*change)}
            speaking |= {e.id: e for e in turns.speaking(*change)}
    both = [e for e in speaking.values() if e.id not in silent]
    beside = tuple(asked for asked in words if asked not in verdicts)
    return Supposition(name, facts, verdicts, [*silent.values()], both, beside)


def _of_state(name: str, now: Known[State], other: State, snapshot: Snapshot) -> Supposition:
    """Another state: the entries that are for one of the two alone, and words of the state."""
    only_here = [e for e in entries_for(now.value, snapshot) if other not in e.states]
    only_there = [e for e in entries_for(other, snapshot) if now.value not in e.states]
    facts = {"state": structs.replace(now, value=other)}
    beside = snapshot.derived(_words_on_the_state)
    return Supposition(name, facts, {}, only_there, only_here, beside)


def _words_on_the_state(snapshot: Snapshot) -> tuple[Asked, ...]:
    """Of the entries for any state: those for the other one ask them too."""
    found = [_words_on(("state",), turning(state, snapshot)) for state in State]
    return tuple(dict.fromkeys(asked for words in found for asked in words))


def _words_on(facts: Iterable[str], turns: Turning) -> tuple[Asked, ...]:
    """The words that rest on one of these facts."""
    return tuple(a for a in turns.words if not facts_behind(a).isdisjoint(facts))


def with_fact(case: Case, field: str, fact: Known[Any]) -> Case:
    """The case with one fact settled, and what follows from it."""
    return structs.replace(case, **with_what_follows(field, fact))


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
