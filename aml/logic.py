"""Three-valued truth that remembers why: Kleene's strong logic over recorded facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import Enum
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

from msgspec import Struct

T = TypeVar("T")


def _no_bool(self: object) -> NoReturn:
    raise TypeError(
        f"a {type(self).__name__} is not a bool: compare its truth with `is Truth.MET`"
    )


class Choice(Enum):
    """One of a closed list; each member is one object and is looked up as that, while Enum
    itself makes a call of Python for each look into a table or a set."""

    __hash__ = object.__hash__


class Truth(Choice):
    """Met, unmet, or not settled by the record."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    __bool__ = _no_bool

    @classmethod
    def of(cls, value: bool) -> Truth:
        return cls.MET if value else cls.UNMET


class Why(Choice):
    """Why a fact is unknown; the words are shown to the clinician."""

    ABSENT = "not recorded"
    STALE = "not tested in the present event"
    CONFLICTING = "results contradict each other"
    UNREADABLE = "recorded, but not readable"
    UNREAD = "this part of the record could not be read"
    IMPRECISE = "the date is not precise enough"


class Known(Struct, Generic[T], frozen=True):
    """A settled fact: its value, the day it was true, and where it is written.

    `says` is the fact in the clinic's words ("FLT3-ITD found, allelic ratio 2.7").
    `on` is `date.min` for a fact without a day of its own (an age, a derived facet).
    """

    name: str
    value: T
    says: str
    on: date = date.min
    sources: tuple[str, ...] = ()
    __bool__ = _no_bool

    def check(self, test: Callable[[T], bool]) -> Verdict:
        return Verdict(Truth.MET if test(self.value) else Truth.UNMET, (self,))


class Unknown(Struct, frozen=True):
    """A fact the record does not settle, and why not. `name` is a name of `missing`."""

    name: str
    why: Why = Why.ABSENT
    sources: tuple[str, ...] = ()
    __bool__ = _no_bool

    def check(self, test: Callable[[Any], bool]) -> Verdict:
        return Verdict(Truth.UNKNOWN, (), (self,))


Fact: TypeAlias = Known[T] | Unknown


class Verdict(Struct, frozen=True):
    """A truth, the known facts that settled it, and the unknown ones that could."""

    truth: Truth
    because: tuple[Known[Any], ...] = ()
    missing: tuple[Unknown, ...] = ()
    __bool__ = _no_bool


OPPOSITE = {Truth.MET: Truth.UNMET, Truth.UNMET: Truth.MET, Truth.UNKNOWN: Truth.UNKNOWN}


def negate(verdict: Verdict) -> Verdict:
    """Not: unknown stays unknown, and the reasons stay the same."""
    return Verdict(OPPOSITE[verdict.truth], verdict.because, verdict.missing)


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """And: unmet if any is, else unknown if any is, else met.

    Only the verdicts that decided keep their facts, so an option already excluded asks
    for nothing. Raises ValueError on no verdicts: an empty condition is a mistake.
    """
    return _first_of(_ALL, tuple(verdicts))


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Or: met if any is, else unknown if any is, else unmet; its facts as of `all_of`."""
    return _first_of(_ANY, tuple(verdicts))


_ALL = (Truth.UNMET, Truth.UNKNOWN, Truth.MET)
_ANY = (Truth.MET, Truth.UNKNOWN, Truth.UNMET)


def _first_of(truths: tuple[Truth, ...], verdicts: Sequence[Verdict]) -> Verdict:
    """The first of these truths that a verdict has, on the facts of all that have it."""
    found = [verdict.truth for verdict in verdicts]
    for truth in truths:
        if truth in found:
            deciders = [verdict for verdict in verdicts if verdict.truth is truth]
            if len(deciders) == 1:
                return deciders[0]
            because = dict.fromkeys([fact for v in deciders for fact in v.because])
            missing = dict.fromkeys([fact for v in deciders for fact in v.missing])
            return Verdict(truth, tuple(because), tuple(missing))
    raise ValueError("a condition needs at least one part")
