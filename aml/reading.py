"""Which facts of a case an entry reads, found by watching its words read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, cast

from aml.case import Case
from aml.criteria import WORDS
from aml.entries import Entry
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
        _FACTS_READ[key] = _facts_read(entry, snapshot)
    return _FACTS_READ[key]


def facts_read_in(states: frozenset[State], snapshot: Snapshot) -> frozenset[str]:
    """The facts that any entry for one of these states reads."""
    key = states, snapshot.digest
    if key not in _FACTS_READ_IN:
        entries = [e for e in snapshot.entries if not states.isdisjoint(e.states)]
        _FACTS_READ_IN[key] = frozenset().union(*(facts_read(e, snapshot) for e in entries))
    return _FACTS_READ_IN[key]


def entries_reading(facts: frozenset[str], snapshot: Snapshot) -> tuple[Entry, ...]:
    """The entries that read one of these facts."""
    key = facts, snapshot.digest
    if key not in _READING:
        _READING[key] = tuple(e for e in snapshot.entries if facts & facts_read(e, snapshot))
    return _READING[key]


_FACTS_READ: dict[tuple[str, str], frozenset[str]] = {}
_FACTS_READ_IN: dict[tuple[frozenset[State], str], frozenset[str]] = {}
_READING: dict[tuple[frozenset[str], str], tuple[Entry, ...]] = {}


def _facts_read(entry: Entry, snapshot: Snapshot) -> frozenset[str]:
    clauses = [entry.when, *entry.provided, *entry.unless, *(w.when for w in entry.weaker)]
    clauses += [x.unless for x in snapshot.exclusions]
    words = {word for clause in clauses for word in clause_words(clause)}
    read = frozenset().union(*(facts_of_word(*word) for word in words))
    return read | {"state", "approved", "hypersensitive", "given"}
