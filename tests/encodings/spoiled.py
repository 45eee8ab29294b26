"""A near miss for every shape: a fact written in that very shape, but for one named change.

A decoy is a fact that counts where it is stated plainly. It is written in the shape, by the
writers of that shape, and either as it is or spoiled by the change. The changes stand in the
modules `spoiled_*`, one for each option of each choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, TypeVar

from tests.encodings.facts import Course, Diagnosis, Fact, Measured, Record, Response
from tests.encodings.pen import Choice, Fits, Json, Option, Pen, always
from tests.encodings.wrapping import wrap
from tests.encodings.writing import patient, write

T = TypeVar("T")
Decoy: TypeAlias = Callable[[date], tuple[Fact, ...]]
By: TypeAlias = Mapping[Choice[Any], str]

NEAR: dict[str, Near] = {}
_BORN = date(1962, 3, 14)
BASE = (
    Diagnosis(day=date(2024, 1, 10), diagnosis="aml"),
    Course(day=date(2024, 1, 15), until=date(2024, 1, 21), given=("cytarabine", "daunorubicin"),
           regimen="7+3"),
    Response(day=date(2024, 2, 20), response="CR"),
    Measured(day=date(2025, 3, 1), measured="wbc", value="4.1"),
)  # fmt: skip


def same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Change:
    """What is not right: in what an option holds, or in the resources written by it."""

    name: str
    option: Callable[[Any], Any] = same
    resources: Callable[[list[Json]], list[Json] | None] = same


@dataclass(frozen=True)
class Near:
    """`by`: the options that lead to the shape. `instead`: what is read all the same.

    `leaves`: what of the decoy may be read without its material, its date or its amount.
    `beside`: the records in which the near miss changes nothing either.
    """

    section: str
    choice: Choice[Any]
    option: Option[Any]
    change: Change
    decoy: Decoy
    by: By
    instead: Decoy
    without: Change | None
    leaves: str
    beside: Fits
    base: tuple[Fact, ...]
    numbers: Callable[[int], int]

    @property
    def title(self) -> str:
        return self.choice.title(self.option)


def none(day: date) -> tuple[Fact, ...]:
    return ()


def never(_: object) -> bool:
    """Beside no record: what is read all the same would change it."""
    return False


def said(name: str, value: object) -> Change:
    """The option holds something else."""
    return Change(name, lambda _: value)


def then(name: str, mutate: Callable[[Json], object]) -> Change:
    """After the writer, which is the option, all that it wrote is changed in place."""

    def spoiled(writer: Callable[..., Any]) -> Callable[..., Any]:
        def write_spoiled(*given: Any) -> Any:
            written = deepcopy(writer(*given))
            for part in written if isinstance(written, list) else [written]:
                mutate(part)
            return written

        return write_spoiled

    return Change(name, spoiled)


def every(name: str, mutate: Callable[[Json], object]) -> Change:
    """Each resource of the decoy is changed in place, when all is written."""

    def spoil(resources: list[Json]) -> None:
        for resource in resources:
            mutate(resource)

    return Change(name, resources=spoil)


def near(
    choice: Choice[Any],
    decoy: Decoy,
    changes: Change | Mapping[str, Change],
    *,
    by: By | None = None,
    instead: Decoy = none,
    without: Change | None = None,
    leaves: str = "",
    beside: Fits = always,
    base: tuple[Fact, ...] = BASE,
    numbers: Callable[[int], int] = lambda below: 0,
) -> None:
    """Near misses for options of the choice by name; one change alone is for all options."""
    by_name = {option.name: option for option in choice.options}
    if isinstance(changes, Change):
        changes = dict.fromkeys(by_name, changes)
    for name, change in changes.items():
        option = by_name[name]
        NEAR[choice.title(option)] = Near(
            option.section, choice, option, change, decoy, by or {}, instead, without, leaves,
            beside, base, numbers,
        )  # fmt: skip


class Forced(Pen):
    """Takes the options it is told to where they fit, and else the plainest."""

    def __init__(self, each: Near, change: Change, patient: str, prefix: str) -> None:
        super().__init__(each.numbers, patient)
        self._near = each
        self._change = change
        self._prefix = prefix

    def take(self, choice: Choice[T], fact: object = None) -> T:
        options = [option for option in choice.options if option.fits(fact)]
        forced = (
            self._near.option.name if choice is self._near.choice else self._near.by.get(choice)
        )
        chosen = next((option for option in options if option.name == forced), options[0])
        self.used[choice.title(chosen)] += 1
        if choice is self._near.choice and chosen is self._near.option:
            spoiled: T = self._change.option(deepcopy(chosen.value))
            return spoiled
        return chosen.value

    def id(self, stem: str) -> str:
        return f"{self._prefix}-{super().id(stem)}"


def put(path: str, value: object) -> Callable[[Json], None]:
    """Sets what is found under the path, as "component.0.valueString", where it is found."""

    def mutate(resource: Json) -> None:
        *parents, last = [int(p) if p.isdecimal() else p for p in path.split(".")]
        part: Any = resource
        for name in parents:
            part = part[name] if _has(part, name) else None
        if _has(part, last) or isinstance(part, dict):
            part[last] = deepcopy(value)

    return mutate


def _has(part: Any, name: int | str) -> bool:
    if isinstance(part, dict):
        return name in part
    return isinstance(part, list) and isinstance(name, int) and name < len(part)


def answer(**value: object) -> Callable[[Json], None]:
    """The value of each resource that has one is another."""

    def mutate(resource: Json) -> None:
        told = [name for name in resource if name.startswith("value")]
        for name in [*told, "interpretation"]:
            resource.pop(name, None)
        if told:
            resource.update(deepcopy(value))

    return mutate


def conclude(form: str) -> Callable[[Json], None]:
    """The conclusion of a report, or the text of a result, says something else of itself."""

    def mutate(resource: Json) -> None:
        for name in ("conclusion", "valueString"):
            if name in resource:
                resource[name] = form.format(resource[name])

    return mutate


AS_IT_IS = Change("as it is")


def decoy(each: Near, pen: Forced, change: Change, facts: Iterable[Fact]) -> list[Json]:
    resources = write(pen, Record("decoy", _BORN, "female", tuple(facts)))
    found = change.resources(resources)
    return resources if found is None else found


def beside(each: Near, pen: Pen, record: Record) -> list[Json]:
    """The near miss alone, for a record of any kind, dated on its last day."""
    forced = Forced(each, each.change, pen.patient, pen.id("near-miss"))
    return decoy(each, forced, each.change, each.decoy(record.last_day))


def bundle(each: Near, change: Change | None) -> tuple[Json, Pen]:
    """A small record with the decoy as the change leaves it; without the decoy if None."""
    base = Record("base", _BORN, "female", each.base)
    facts = each.decoy if change or each.without else each.instead
    change = change or each.without or AS_IT_IS
    pen = Forced(each, change, "p", "decoy")
    resources = write(Pen.plain("p"), base)
    resources += decoy(each, pen, change, facts(date(2025, 3, 1)))
    return wrap(pen, patient(pen, base), resources), pen
