"""Small changes of a form of the library: a part less, a number or a day more or less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Change = tuple[str, M]

# Stands for a condition that is dropped where the form asks for one.
TAUTOLOGY = {
    "any": ["comfort-goals", {"not": "comfort-goals"}, "pregnant", {"not": "pregnant"}]
}


def without_states(entry: M) -> Iterator[Change[M]]:
    states = getattr(entry, "states")  # noqa: B009
    if len(states) > 1:
        for i, kept in without_each(states):
            yield f"without state {states[i].value}", copied(entry, states=kept)


def in_clause(form: M, field: str, dropped: object) -> Iterator[Change[M]]:
    clause = getattr(form, field)
    if clause is None:
        return
    yield f"without {field}", copied(form, **{field: dropped})
    for name, changed in _clause_changes(clause):
        yield f"{field} {name}", copied(form, **{field: changed})


def _clause_changes(clause: Any) -> Iterator[tuple[str, Any]]:
    """A clause without each of its parts, with `all` for `any`, without its `not`."""
    match clause:
        case {"all": parts} | {"any": parts}:
            [kind] = clause
            yield f"{kind} turned", {"any" if kind == "all" else "all": parts}
            for i, kept in without_each(parts):
                yield f"without {kind}[{i}]", {kind: list(kept)}
            for i, part in enumerate(parts):
                for name, changed in _clause_changes(part):
                    yield f"{kind}[{i}] {name}", {kind: [*put(parts, i, changed)]}
        case {"not": part}:
            yield "without not", part
            for name, changed in _clause_changes(part):
                yield f"not {name}", {"not": changed}
        case dict():
            [(word, arguments)] = clause.items()
            for i, kept in without_each(arguments):
                if not isinstance(arguments[i], int):
                    yield f"{word} without {arguments[i]}", {word: list(kept)}
                    continue
                for number in (arguments[i] - 1, arguments[i] + 1):
                    yield f"{word} {number}", {word: [*put(arguments, i, number)]}


def moved(day: date | None) -> list[tuple[str, date]]:
    steps = (("a day earlier", -1), ("a day later", 1))
    return [(name, day + timedelta(days)) for name, days in steps] if day else []


def without_each(parts: Sequence[T]) -> list[tuple[int, tuple[T, ...]]]:
    return [(i, (*parts[:i], *parts[i + 1 :])) for i in range(len(parts))]


def put(parts: Sequence[T], place: int, one: T) -> tuple[T, ...]:
    return (*parts[:place], one, *parts[place + 1 :])


def copied(form: M, **change: object) -> M:
    return form.model_copy(update=change)
