"""What an entry turns on: which answers of words make a difference to it, and on which facts of
a case a word rests, found by watching it read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, TypeAlias, cast

from aml.case import Case
from aml.criteria import WORDS, Asked
from aml.entries import Entry
from aml.firmness import entries_for, exclusions_of
from aml.knowledge import Snapshot
from aml.logic import OPPOSITE, Known, Truth
from aml.states import State

# An answer that makes a difference: that a word has this truth, or has it not.
Turn: TypeAlias = tuple[Asked, Truth]


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
    for asked, _ in _turns(clause, Truth.MET):
        name, *arguments = (asked,) if isinstance(asked, str) else asked
        yield name, tuple(arguments)


def _turns(clause: Any, truth: Truth) -> Iterator[Turn]:
    """What decides whether a clause has a truth that is settled: `all` and `any` have it by the
    parts that have it, `not` by a part that has the opposite, and what is open is open to all.
    """
    match clause:
        case None:
            return
        case str():
            yield clause, truth
        case {"all": list(parts)} | {"any": list(parts)}:
            for part in parts:
                yield from _turns(part, truth)
        case {"not": part}:
            yield from _turns(part, OPPOSITE[truth])
        case dict():
            [(name, arguments)] = clause.items()
            yield (name, *arguments), truth


@cache
def facts_of_word(name: str, arguments: tuple[Any, ...] = ()) -> frozenset[str]:
    """The facts of a case that a word reads. Words ask for all of them, whatever they find."""
    blank = Case(on=date.min, state=Known("state", State.RELAPSE, ""))
    watched = _Watched(blank)
    WORDS[name].definition(cast(Case, watched), *arguments)
    return frozenset(watched.asked)


def facts_behind(asked: Asked) -> frozenset[str]:
    """The same of a word as it is asked."""
    return (
        facts_of_word(asked) if isinstance(asked, str) else facts_of_word(asked[0], asked[1:])
    )


def turns_of(entry: Entry, snapshot: Snapshot) -> Iterator[Turn]:
    """The answers on which it rests whether an entry speaks, and how firmly. As `firmness` asks
    them: what it begins with has to be met, a condition not unmet, an exclusion not met, and
    what makes it weaker unmet."""
    yield from _turns(entry.when, Truth.MET)
    for condition in entry.provided:
        yield from _turns(condition, Truth.UNMET)
    for exclusion in exclusions_of(entry, snapshot):
        yield from _turns(exclusion, Truth.MET)
    for weaker in entry.weaker:
        yield from _turns(weaker.when, Truth.UNMET)


@dataclass(frozen=True, slots=True)
class Turning:
    """The entries for a state by the answers they turn on (`turn`). A silent one can begin to
    speak only if an answer comes that it begins with (`begin`) or one against it goes (`free`).
    """

    turn: dict[Turn, list[Entry]] = field(default_factory=dict)
    begin: dict[Turn, list[Entry]] = field(default_factory=dict)
    free: dict[Turn, list[Entry]] = field(default_factory=dict)

    @property
    def words(self) -> Iterable[Asked]:
        return dict.fromkeys(asked for asked, _ in self.turn)

    def silent(self, asked: Asked, before: Truth, after: Truth) -> list[Entry]:
        """Those that may begin to speak when a word says another thing."""
        return [*self.begin.get((asked, after), ()), *self.free.get((asked, before), ())]

    def speaking(self, asked: Asked, before: Truth, after: Truth) -> list[Entry]:
        """Those of which it matters, while they speak, that a word says another thing."""
        return [*self.turn.get((asked, before), ()), *self.turn.get((asked, after), ())]


def turning(state: State, snapshot: Snapshot) -> Turning:
    return snapshot.derived(_turning)[state]


def _turning(snapshot: Snapshot) -> dict[State, Turning]:
    return {state: _turning_in(state, snapshot) for state in State}


def _turning_in(state: State, snapshot: Snapshot) -> Turning:
    found = Turning()
    for entry in entries_for(state, snapshot):
        against = (turn for clause in entry.provided for turn in _turns(clause, Truth.UNMET))
        for table, turns in (
            (found.turn, turns_of(entry, snapshot)),
            (found.begin, _turns(entry.when, Truth.MET)),
            (found.free, against),
        ):
            for turn in dict.fromkeys(turns):
                table.setdefault(turn, []).append(entry)
    return found
