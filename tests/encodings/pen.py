"""Choosing: every way to write something is an option of a `Choice`, and a pen takes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, TypeAlias, TypeVar

from tests.encodings.facts import Fact

Json: TypeAlias = dict[str, Any]
T = TypeVar("T")
Fits: TypeAlias = Callable[[Any], bool]

CHOICES: list[Choice[Any]] = []


def always(_: object) -> bool:
    return True


@dataclass(frozen=True)
class Option(Generic[T]):
    """One way. `section`: where it is described; `fits`: the facts that it can say in full."""

    section: str
    name: str
    value: T
    fits: Fits = always


class Choice(Generic[T]):
    """The ways to write one thing, the plainest first."""

    def __init__(
        self, what: str, section: str = "", options: Mapping[str, T] | None = None
    ) -> None:
        self.what = what
        self.options = [Option(section, name, v) for name, v in (options or {}).items()]
        CHOICES.append(self)

    def way(self, section: str, name: str, fits: Fits = always) -> Callable[[T], T]:
        def admit(value: T) -> T:
            self.options.append(Option(section, name, value, fits))
            return value

        return admit

    def title(self, option: Option[T]) -> str:
        return f"{option.section} {self.what}: {option.name}"


def shapes() -> tuple[str, ...]:
    """Every shape there is, by section and name."""
    named = {choice.title(option) for choice in CHOICES for option in choice.options}
    return tuple(sorted(named, key=lambda title: (_number(title), title)))


def _number(title: str) -> tuple[int, ...]:
    return tuple(int(part) for part in title.split(" ", 1)[0].split("."))


class Pen:
    """Takes options by the numbers it is given, and keeps what was written for one patient.

    `draw(n)` gives a number below n; one that always gives 0 writes the plainest record.
    """

    def __init__(self, draw: Callable[[int], int], patient: str) -> None:
        self._draw = draw
        self.patient = patient
        self.used: Counter[str] = Counter()
        self.kept: dict[str, Any] = {}  # what was decided once for the whole record
        self.facts: dict[str, Fact] = {}  # resource -> the fact that it was written for
        self._ids: Counter[str] = Counter()

    @classmethod
    def random(cls, seed: int | str, patient: str) -> Pen:
        return cls(Random(seed).randrange, patient)

    @classmethod
    def plain(cls, patient: str) -> Pen:
        return cls(lambda n: 0, patient)

    def take(self, choice: Choice[T], fact: object = None) -> T:
        options = [option for option in choice.options if option.fits(fact)]
        chosen = options[self._draw(len(options))]
        self.used[choice.title(chosen)] += 1
        return chosen.value

    def once(self, key: str, choice: Choice[T], fact: object = None) -> T:
        """Taken the first time and kept for the record, under the key."""
        if key not in self.kept:
            self.kept[key] = self.take(choice, fact)
        kept: T = self.kept[key]
        return kept

    def sometimes(self, one_in: int) -> bool:
        """Never in the plainest record."""
        return self._draw(one_in) == one_in - 1

    def number(self, below: int) -> int:
        return self._draw(below)

    def id(self, stem: str) -> str:
        self._ids[stem] += 1
        return f"{stem}-{self._ids[stem]}"
