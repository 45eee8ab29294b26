"""What one file of the library names must stand in another; a clause must mean something."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aml.criteria import WORDS
from aml.entries import AlertEntry, Entry, Note
from aml.order_criteria import TARGET_WORDS, TARGETS
from aml.order_entries import OrderEntry
from aml.states import State
from aml.yaml_files import YamlFile

if TYPE_CHECKING:
    from aml.knowledge import Library

Path_ = tuple[str | int, ...]


def check(
    library: Library, files: Mapping[str, YamlFile], tables: Mapping[str, YamlFile]
) -> None:
    """Raises KnowledgeError for the first name that nothing answers to.

    `files` are those of the entries by id, `tables` those of the whole library by name.
    """
    for name, entry in library.entries.items():
        _check_entry(library, files[name], entry)
    for name, alert in library.alerts.items():
        file = files[name]
        if alert.alert not in library.book.alerts:
            raise file.error(("alert",), f"{alert.alert!r} is not an alert code")
        _check_sources(library, file, (), alert)
        _check_arguments(library, file, ("when",), alert.when)
    for name, order in library.orders.items():
        _check_order(library, files[name], order)
    _check_approvals(library, tables["approvals"])
    _check_regimens(library, tables["drugs"])
    _check_book(library, tables["library"])


def _check_entry(library: Library, file: YamlFile, entry: Entry) -> None:
    if entry.code not in library.book.codes:
        raise file.error(("code",), f"{entry.code!r} is not a recommendation code")
    if entry.draft and entry.draft not in library.book.drafts:
        raise file.error(("draft",), f"{entry.draft!r} is not a draft of library.yaml")
    for i, option in enumerate(entry.options):
        _must_know(file, ("options", i, "drug"), option.drug, library.pharmacy.classes)
    _check_sources(library, file, (), entry)
    for i, note in enumerate(entry.notes):
        _check_sources(library, file, ("notes", i), note)
    for field in ("provided", "unless"):
        for i, clause in enumerate(getattr(entry, field)):
            if not isinstance(clause, str) or not WORDS[clause].condition:
                problem = f"{clause!r} has no wording for a card while it is open"
                raise file.error((field, i), problem)
    for path, clause in _clauses(entry):
        _check_arguments(library, file, path, clause)


def _check_order(library: Library, file: YamlFile, order: OrderEntry) -> None:
    if order.order not in library.book.orders:
        raise file.error(("order",), f"{order.order!r} is not a code of an order alert")
    if order.test:
        _must_know(file, ("test",), order.test, library.book.drafts)
    classes = library.pharmacy.classes_of(library.pharmacy.classes)
    for field in ("drafted", "together", "without"):
        if (among := getattr(order, field)) is not None:
            for i, drug in enumerate(among.drugs):
                _must_know(file, (field, "drugs", i), drug, library.pharmacy.classes)
            for i, name in enumerate(among.classes):
                _must_know(file, (field, "classes", i), name, classes)
    _check_sources(library, file, (), order)
    _check_arguments(library, file, ("when",), order.when)


def _clauses(entry: Entry) -> Iterator[tuple[Path_, Any]]:
    yield ("when",), entry.when
    for field in ("weaker", "notes", "cautions"):
        for i, part in enumerate(getattr(entry, field)):
            yield (field, i, "when"), part.when


def _check_sources(
    library: Library, file: YamlFile, at: Path_, cites: Entry | AlertEntry | OrderEntry | Note
) -> None:
    for field, known in (("evidence", library.evidence), ("updates", library.updates)):
        for i, source in enumerate(getattr(cites, field)):
            if source not in known:
                raise file.error((*at, field, i), f"{source!r} is not in {field}.yaml")


def _check_arguments(library: Library, file: YamlFile, at: Path_, clause: Any) -> None:
    """States and drugs that a word is asked about exist."""
    known: dict[str, Collection[str]] = {
        "state": [state.value for state in State],
        "failed-in-this-event": library.pharmacy.classes.keys(),
        **dict.fromkeys(TARGET_WORDS, TARGETS),
    }
    for name, arguments in _asked(clause):
        for argument in arguments:
            if name in known and argument not in known[name]:
                raise file.error(at, f"{name}: {argument!r} is not known")


def _asked(clause: Any) -> Iterator[tuple[str, list[Any]]]:
    """Each word of a clause that has arguments."""
    match clause:
        case {"all": list(parts)} | {"any": list(parts)}:
            for part in parts:
                yield from _asked(part)
        case {"not": part}:
            yield from _asked(part)
        case dict():
            yield from clause.items()


def _check_approvals(library: Library, file: YamlFile) -> None:
    sources = {*library.evidence, *library.updates}
    for i, approval in enumerate(library.approvals):
        _must_know(file, (i, "source"), approval.source, sources)
        _must_know(file, (i, "drug"), approval.drug, library.pharmacy.classes)


def _check_regimens(library: Library, file: YamlFile) -> None:
    for name, regimen in library.pharmacy.regimens.items():
        for drug in sorted(regimen.drugs):
            _must_know(file, ("regimens", name, "drugs"), drug, library.pharmacy.classes)


def _check_book(library: Library, file: YamlFile) -> None:
    book = library.book
    for code, row in book.codes.items():
        if row.group not in book.groups:
            raise file.error(("codes", code, "group"), "not a group of this file")
    for state, sources in book.state_evidence.items():
        for i, source in enumerate(sources):
            at = ("state_evidence", state.value, i)
            _must_know(file, at, source, library.evidence)
    for i, note in enumerate(book.state_notes):
        _check_sources(library, file, ("state_notes", i), note)
        _check_arguments(library, file, ("state_notes", i, "when"), note.when)
    for i, exclusion in enumerate(book.exclusions):
        if not isinstance(exclusion.unless, str):
            raise file.error(("exclusions", i, "unless"), "expected one word of the vocabulary")
        for j, code in enumerate(exclusion.spares):
            _must_know(file, ("exclusions", i, "spares", j), code, book.codes)


def _must_know(file: YamlFile, at: Path_, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise file.error(at, f"{name!r} is not known")
