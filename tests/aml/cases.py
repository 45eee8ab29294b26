"""Cases built in one line: a state and the facts that matter, all else as a case has it.

A fact that is not given keeps the default of `Case`: unknown where silence is not "no".
Vignettes name the fields in kebab-case (`read_case`), tests by keyword (`case`).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Generic, TypeVar, cast

from msgspec import structs

from aml.case import Case
from aml.criteria import Asked
from aml.knowledge import Snapshot
from aml.logic import Known, Unknown, Verdict
from aml.patient import When
from aml.states import State

T = TypeVar("T")

TODAY = date(2026, 8, 2)

# What each recorded fact can say. `unknown` is possible besides, where a case allows it.
VALUES: dict[str, tuple[Any, ...]] = {
    "fitness": ("fit", "unfit"),
    "transplant_eligibility": ("eligible", "ineligible"),
    "goals_of_care": ("comfort", "life-prolonging", "curative"),
    "donor": ("identified", "searching", "none"),
    "donor_cells": ("available", "unavailable"),
    "proliferation": ("high", "low"),
    "mrd_around_hct": ("positive", "negative-by-ngs", "not-judgeable"),
    "state": tuple(State),
}
# Values that no word tells apart from another one of the same fact; a test sees to it.
ALIKE = {"goals_of_care": ("life-prolonging", "curative"), "donor": ("none", "searching")}
# What is said to a word that needs it; every other word can be asked alone.
ARGUMENTS: dict[str, tuple[Any, ...]] = {"leukocytes-at-least": (25,)}
DAYS = ("hct", "remission", "therapy_end")
NEAR = {"hct": 100, "remission": 60, "therapy_end": 30}  # days before today
DRUGS = ("given", "failed", "hypersensitive")

_TYPES: dict[str, str] = {n: str(t) for n, t in Case.__annotations__.items()}
FACTS = tuple(name for name, kind in _TYPES.items() if kind.startswith(("Fact[", "Known[")))
OPEN = tuple(name for name in FACTS if _TYPES[name].startswith("Fact["))
_SAMPLE = Case(TODAY, Known("state", State.RELAPSE, "relapse"))


def values(field: str) -> tuple[Any, ...]:
    """The values a fact can have once it is known."""
    return VALUES.get(field, (True, False))


@cache
def fact(field: str, value: Any) -> Known[Any]:
    """The fact as the record would hold it; one object for each value."""
    says = value.value if isinstance(value, State) else f"{field.replace('_', ' ')}: {value}"
    return Known(field, value, says)


@cache
def unknown(field: str) -> Unknown:
    """The fact as the record leaves it open; one object for each field."""
    default = getattr(_SAMPLE, field)
    return default if isinstance(default, Unknown) else Unknown(field.replace("_", "-"))


def case(snapshot: Snapshot, state: str = "relapse", /, **facts: Any) -> Case:
    """A case in the snapshot's place and time. A value of None stands for unknown."""
    known: dict[str, Any] = {"state": fact("state", State(state))}
    for name, value in facts.items():
        known[name] = _value(name, value)
    return Case(snapshot.on, approved=snapshot.approved, constants=snapshot.constants, **known)


def _value(field: str, value: Any) -> Any:
    if field in DAYS:
        return value if value is None or isinstance(value, When) else When.day(value)
    if field == "given":
        return {drug: Known(drug, drug, f"{drug} being given") for drug in value}
    if field in DRUGS:
        return frozenset(value)
    return unknown(field) if value is None else fact(field, value)


def read_case(given: Mapping[str, Any], snapshot: Snapshot) -> Case:
    """The case that a vignette describes. Raises ValueError for a word it does not know."""
    facts = {name.replace("-", "_"): value for name, value in given.items()}
    for name, value in facts.items():
        if name not in (*FACTS, *DAYS, *DRUGS):
            raise ValueError(f"{name.replace('_', '-')!r} is not a fact of a case")
        facts[name] = _read(name, value)
    if "state" not in facts:
        raise ValueError("a vignette begins with the state of the disease")
    return case(snapshot, facts.pop("state"), **facts)


def with_fact(case: Case, field: str, fact: Any) -> Case:
    return structs.replace(case, **{field: fact})


def silent(snapshot: Snapshot, state: State) -> Case:
    """A record that holds the state and days inside each window, and nothing else."""
    days = {name: snapshot.on - timedelta(before) for name, before in NEAR.items()}
    return case(snapshot, state.value, **days)


def _read(field: str, value: Any) -> Any:
    if field in DAYS:
        return _month(value) if isinstance(value, str) else value
    if field in DRUGS:
        if not isinstance(value, list):
            raise ValueError(f"{field}: expected a list of drugs, found {value!r}")
        return value
    if value == "unknown" and field in OPEN:
        return None
    if value not in [v.value if isinstance(v, State) else v for v in values(field)]:
        raise ValueError(f"{field}: {value!r} is not a value of this fact")
    return value


def _month(text: str) -> When:
    """`2024-03`: some day of that month, which one is not recorded."""
    year, month = (int(part) for part in text.split("-"))
    return When(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def domain(snapshot: Snapshot, drugs: Iterable[str] = ()) -> dict[str, tuple[Any, ...]]:
    """Every value that a rule can tell apart in each field: what is known, and unknown where
    the field allows it; for days, inside, beyond and astride each window, and none; for drugs,
    none, each and all of `drugs`."""
    found: dict[str, tuple[Any, ...]] = {}
    for field in FACTS:
        alike = ALIKE.get(field, ())[1:]
        known = tuple(fact(field, value) for value in values(field) if value not in alike)
        found[field] = (*known, unknown(field)) if field in OPEN else known
    long_ago = date(2000, 1, 1)
    days = (When.day(snapshot.on), When.day(long_ago), When(long_ago, snapshot.on), None)
    found |= dict.fromkeys(DAYS, days)
    each = [frozenset({drug}) for drug in sorted(set(drugs))]
    sets = tuple(dict.fromkeys([frozenset(), *each, frozenset(drugs)]))
    found |= {"hypersensitive": sets, "failed": sets}
    # The rest, the place and time among it, is as a case of the snapshot has it.
    return {name: (getattr(case(snapshot), name),) for name in _TYPES} | found


ANY = object()


class _Asked(Exception):
    """A question asked for a field whose value is not decided yet."""

    def __init__(self, field: str) -> None:
        self.field = field


class _Partial:
    """A case of which some fields are decided; asking for another one is noticed."""

    def __init__(self, decided: Mapping[str, Any]) -> None:
        self._decided = decided
        self.verdicts: dict[Asked, Verdict] = {}

    def __getattr__(self, field: str) -> Any:
        try:
            return self._decided[field]
        except KeyError:
            raise _Asked(field) from None


@dataclass(frozen=True, slots=True)
class Fork(Generic[T]):
    """A question goes on differently by the value of a field that it asks for."""

    field: str
    branches: tuple[tuple[Any, Fork[T] | Answer[T]], ...]


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    value: T


def explore(
    ask: Callable[[Case], T], values_of: Mapping[str, Sequence[Any]], **decided: Any
) -> Fork[T] | Answer[T]:
    """All the ways a question can go, over exactly the fields that it asks for."""
    try:
        return Answer(ask(cast(Case, _Partial(decided))))
    except _Asked as asked:
        field = asked.field
    return Fork(
        field,
        tuple((v, explore(ask, values_of, **decided, **{field: v})) for v in values_of[field]),
    )


def paths(
    tree: Fork[T] | Answer[T], decided: dict[str, Any] | None = None
) -> Iterator[tuple[dict[str, Any], T]]:
    """Each answer with the fields that led to it."""
    decided = decided or {}
    if isinstance(tree, Answer):
        yield decided, tree.value
        return
    for value, branch in tree.branches:
        yield from paths(branch, decided | {tree.field: value})


def answers(tree: Fork[T] | Answer[T], decided: Mapping[str, Any]) -> Iterator[T]:
    """The answers that fit what is decided; of undecided fields, any value."""
    if isinstance(tree, Answer):
        yield tree.value
        return
    value = decided.get(tree.field, ANY)
    for each, branch in tree.branches:
        if value is ANY or value is each:
            yield from answers(branch, decided)


def fields_read(tree: Fork[T] | Answer[T]) -> set[str]:
    if isinstance(tree, Answer):
        return set()
    return {tree.field}.union(*(fields_read(branch) for _, branch in tree.branches))
