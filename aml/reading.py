"""Which facts of a case an entry reads, found by watching its words read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, TypeAlias, cast

from aml.case import Case
from aml.criteria import WORDS, Asked
from aml.entries import Entry
from aml.firmness import entries_for
from aml.knowledge import Snapshot
from aml.logic import Known
from aml.states import State


class _Watched:
    """A case that notes which of its facts are asked for."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self.case, name)


def clause_words(clause: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each word of a clause with its arguments."""
    match clause:
        case None:
            return
        case str():
            yield clause, ()
        case {"all": list(parts)} | {"any": list(parts)}:
            for part in parts:
                yield from clause_words(part)
        case {"not": part}:
            yield from clause_words(part)
        case dict():
            [(name, arguments)] = clause.items()
            yield name, tuple(arguments)


@cache
def facts_of_word(name: str, arguments: tuple[Any, ...] = ()) -> frozenset[str]:
    """The facts of a case that a word reads. Words ask for all of them, whatever they find."""
    blank = Case(on=date.min, state=Known("state", State.RELAPSE, ""))
    watched = _Watched(blank)
    WORDS[name].definition(cast(Case, watched), *arguments)
    return frozenset(watched.asked)


def facts_read(entry: Entry, snapshot: Snapshot) -> frozenset[str]:
    """The facts that decide whether, how firmly and under which conditions an entry speaks."""
    key = entry.id, snapshot.digest
    if key not in _FACTS_READ:
        read = frozenset().union(*(facts_of_word(*w) for w in _words_of(entry, snapshot)))
        _FACTS_READ[key] = read | {"state", "approved", "hypersensitive", "given"}
    return _FACTS_READ[key]


_FACTS_READ: dict[tuple[str, str], frozenset[str]] = {}


_Readers: TypeAlias = tuple[tuple[Entry, ...], tuple[Entry, ...]]


def entries_reading(facts: frozenset[str], state: State, snapshot: Snapshot) -> _Readers:
    """The entries for a state that read one of these facts in what they begin with (`when`),
    and those that do so in what follows alone."""
    known = snapshot.derived(_readers)
    if (facts, state) not in known:
        reading = [e for e in entries_for(state, snapshot) if facts & facts_read(e, snapshot)]
        first = tuple(e for e in reading if facts & facts_read_at_first(e))
        known[facts, state] = first, tuple(e for e in reading if e not in first)
    return known[facts, state]


def _readers(_: Snapshot) -> dict[tuple[frozenset[str], State], _Readers]:
    return {}


def facts_read_at_first(entry: Entry) -> frozenset[str]:
    """The facts that decide whether an entry concerns a case at all: the state, and `when`."""
    words = clause_words(entry.when)
    return frozenset({"state"}).union(*(facts_of_word(*word) for word in words))


def words_reading(facts: frozenset[str], snapshot: Snapshot) -> frozenset[Asked]:
    """The words of entries, as they are asked there, that read one of these facts."""
    known = snapshot.derived(_asked)
    if facts not in known:
        asked = {w for entry in snapshot.entries for w in _words_of(entry, snapshot)}
        reading = (w for w in asked if facts & facts_of_word(*w))
        known[facts] = frozenset((name, *args) if args else name for name, args in reading)
    return known[facts]


def _asked(_: Snapshot) -> dict[frozenset[str], frozenset[Asked]]:
    return {}


def _words_of(entry: Entry, snapshot: Snapshot) -> frozenset[tuple[str, tuple[Any, ...]]]:
    key = entry.id, snapshot.digest
    if key not in _WORDS_OF:
        clauses = [entry.when, *entry.provided, *entry.unless, *(w.when for w in entry.weaker)]
        clauses += [x.unless for x in snapshot.exclusions]
        _WORDS_OF[key] = frozenset(w for clause in clauses for w in clause_words(clause))
    return _WORDS_OF[key]


_WORDS_OF: dict[tuple[str, str], frozenset[tuple[str, tuple[Any, ...]]]] = {}
