"""Whether an entry speaks for a case, and how firmly; `recommend` adds why, on what terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from aml.case import Case
from aml.criteria import truth_of
from aml.entries import Entry, Option, Strength
from aml.knowledge import Snapshot
from aml.logic import Truth
from aml.states import OVERT, State

# Rows V, P and T before G, F and U (the response contract, "Strengths"), where they meet: in
# overt disease. In remission and MRD relapse the firmest row speaks, so that V0 (may be
# considered) does not weaken N6 or N8 (recommended) beside it.
PRECEDENCE = {letter: place for place, letter in enumerate("VPTGFUD")}


def entries_for(state: State, snapshot: Snapshot) -> tuple[Entry, ...]:
    """The entries that may speak in a state; the others need not be asked."""
    return snapshot.derived(_by_state).get(state, ())


def _by_state(snapshot: Snapshot) -> dict[State, tuple[Entry, ...]]:
    return {s: tuple(e for e in snapshot.entries if s in e.states) for s in State}


def exclusions_of(entry: Entry, snapshot: Snapshot) -> tuple[str, ...]:
    """What must not be so: the entry's own, and those of the whole library (D22, X1)."""
    return snapshot.derived(_exclusions)[entry.id]


def _exclusions(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    general = {name: tuple(_general(name, snapshot)) for name in snapshot.book.codes}
    return {e.id: (*e.unless, *general[e.code]) for e in snapshot.entries}


def _general(name: str, snapshot: Snapshot) -> Iterator[str]:
    code = snapshot.book.codes[name]
    for exclusion in snapshot.exclusions:
        if name not in exclusion.spares and (code.drug or not exclusion.drugs_only):
            yield exclusion.unless


def firmness(entry: Entry, case: Case, snapshot: Snapshot) -> Strength | None:
    """As written, weaker where a `weaker` clause is not known to be untrue; a class without an
    approved drug here is for trials only. None if the entry does not speak."""
    if case.state.value not in entry.states:
        return None
    if entry.when is not None and truth_of(entry.when, case) is not Truth.MET:
        return None
    for clause in entry.provided:
        if truth_of(clause, case) is Truth.UNMET:
            return None
    strength = entry.strength
    if strength is Strength.NOT_BENEFICIAL:
        return strength
    tolerated: Sequence[Option] = entry.options
    if refused := case.hypersensitive:
        tolerated = [o for o in entry.options if o.drug not in refused]
    if entry.options and not tolerated:
        return Strength.CONTRAINDICATED
    for clause in exclusions_of(entry, snapshot):
        if truth_of(clause, case) is Truth.MET:
            return Strength.CONTRAINDICATED
    if entry.needs_approval and not approved(tolerated, case):
        return Strength.TRIAL_ONLY
    for weaker in entry.weaker:
        if weaker.to.rank > strength.rank and truth_of(weaker.when, case) is not Truth.UNMET:
            strength = weaker.to
    return strength


def approved(options: Iterable[Option], case: Case) -> bool:
    """Whether one of the drugs is approved here for the use."""
    return any((o.drug, o.use) in case.approved for o in options)


def rank(entry: Entry, strength: Strength) -> tuple[int, int, int, str]:
    """Of entries with one code the lowest speaks: a recorded exclusion, then the row."""
    contraindicated = strength is Strength.CONTRAINDICATED
    overt = not OVERT.isdisjoint(entry.states)
    row = PRECEDENCE.get(entry.row[0], len(PRECEDENCE)) if overt else 0
    return (0 if contraindicated else 1, row, strength.rank, entry.id)


def firmest(said: Sequence[tuple[Entry, Strength]]) -> Strength | None:
    """How firmly a code is spoken for: as the entry for it that comes first says it."""
    if not said:
        return None
    return said[0][1] if len(said) == 1 else min(said, key=lambda each: rank(*each))[1]
