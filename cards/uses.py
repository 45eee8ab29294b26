"""Where the library speaks of a row, and where it cites a statement or an update."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aml.knowledge import Library
from aml.yaml_files import KnowledgeError, read_yaml

ORDER = "order"


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """`kind`: rule, note, alert, order, approval, or the table of library.yaml that speaks.

    `rule` is the id of the entry or alert; empty where none is behind it. An alert on an order
    cites a row, but does not carry it.
    """

    rule: str
    kind: str


@dataclass(frozen=True, slots=True)
class Uses:
    """By row of the algorithm; by id of a statement or update."""

    rows: Mapping[str, tuple[Use, ...]]
    sources: Mapping[str, tuple[Use, ...]]


def uses_of(library: Library) -> Uses:
    rows: dict[str, set[Use]] = {}
    sources: dict[str, set[Use]] = {}
    for use, row, cited in _spoken(library):
        if row:
            rows.setdefault(row, set()).add(use)
        for source in cited:
            sources.setdefault(source, set()).add(use)
    return Uses(_sorted(rows), _sorted(sources))


def _sorted(found: Mapping[str, set[Use]]) -> dict[str, tuple[Use, ...]]:
    return {name: tuple(sorted(uses)) for name, uses in sorted(found.items())}


def _spoken(library: Library) -> Iterator[tuple[Use, str, Iterable[str]]]:
    for entry in library.entries.values():
        yield Use(entry.id, "rule"), entry.row, (*entry.evidence, *entry.updates)
        for note in entry.notes:
            row = note.row or entry.row
            yield Use(entry.id, "note"), row, (*note.evidence, *note.updates)
    for alert in library.alerts.values():
        yield Use(alert.id, "alert"), alert.row, (*alert.evidence, *alert.updates)
    for order in library.orders.values():
        yield Use(order.id, ORDER), order.row, (*order.evidence, *order.updates)
    book = library.book
    for state_note in book.state_notes:
        cited = (*state_note.evidence, *state_note.updates)
        yield Use("", "state card"), state_note.row, cited
    for cited in book.state_evidence.values():
        yield Use("", "state card"), "", cited
    for exclusion in book.exclusions:
        yield Use("", "exclusion"), exclusion.row, ()
    for approval in library.approvals:
        behind = [
            entry.id
            for entry in library.entries.values()
            if any((o.drug, o.use) == (approval.drug, approval.use) for o in entry.options)
        ]
        for rule in behind or [""]:
            yield Use(rule, "approval"), "", (approval.source,)


def read_vignettes(folder: Path) -> dict[str, tuple[str, ...]]:
    """The names of the cases of each vignette file, by the id of its rule.

    Empty where the folder is not there: an installed package has no tests.
    """
    return {path.stem: _names(path) for path in sorted(folder.glob("*.yaml"))}


def _names(path: Path) -> tuple[str, ...]:
    file = read_yaml(path)
    match file.content:
        case list(cases):
            return tuple(str(case["name"]) for case in cases if _named(case))
    raise KnowledgeError(f"{path}: expected a list of cases, each with a name")


def _named(case: object) -> bool:
    return isinstance(case, dict) and "name" in case
