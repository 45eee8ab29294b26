"""The library of knowledge: read once, strictly; `in_force` gives what holds here, on a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import compress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from aml.constants import Constants
from aml.entries import (
    AlertEntry,
    Approval,
    Book,
    DrugBook,
    Entry,
    Evidence,
    Exclusion,
    Site,
    Update,
)
from aml.order_entries import OrderEntry
from aml.pharmacy import Pharmacy, Regimen
from aml.references import check
from aml.yaml_files import KnowledgeError, YamlFile, read_yaml

__all__ = ["FOLDER", "KnowledgeError", "Library", "Snapshot", "load"]

FOLDER = Path(__file__).parents[1] / "knowledge"
TABLES = ("library", "evidence", "updates", "approvals", "drugs")

M = TypeVar("M", bound=BaseModel)
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The library as it holds in one jurisdiction on one day. `digest` names its bytes."""

    version: str
    digest: str
    jurisdiction: str
    on: date
    entries: tuple[Entry, ...]
    alerts: tuple[AlertEntry, ...]
    orders: tuple[OrderEntry, ...]
    evidence: Mapping[str, Evidence]
    updates: Mapping[str, Update]
    approvals: tuple[Approval, ...]
    authorised: frozenset[str]
    book: Book
    pharmacy: Pharmacy
    constants: Constants
    local: frozenset[str] = frozenset()
    _derived: dict[Any, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def approved(self) -> frozenset[tuple[str, str]]:
        """(drug, use) pairs that are approved here, today."""
        return self.derived(_approved)

    @property
    def approved_since(self) -> Mapping[tuple[str, str], date | None]:
        """Of each such pair the day from which it is, as far as it is known."""
        return self.derived(_approved_since)

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        return self.book.exclusions

    def derived(self, derive: Callable[[Snapshot], D]) -> D:
        """What a function makes of the library; asked once, it is remembered, and for every
        day on which the library holds the same: the function must not look at the day."""
        try:
            known: D = self._derived[derive]
        except KeyError:
            known = self._derived[derive] = derive(self)
        return known


def _approved(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    return frozenset(snapshot.approved_since)


def _approved_since(snapshot: Snapshot) -> dict[tuple[str, str], date | None]:
    found: dict[tuple[str, str], date | None] = {}
    for row in snapshot.approvals:
        days = [day for day in (found.get((row.drug, row.use)), row.since) if day]
        found[row.drug, row.use] = min(days, default=None)
    return found


@dataclass(frozen=True, slots=True)
class Library:
    """All entries, of every jurisdiction and date. `local`: ids that a site changed."""

    book: Book
    entries: Mapping[str, Entry]
    alerts: Mapping[str, AlertEntry]
    orders: Mapping[str, OrderEntry]
    evidence: Mapping[str, Evidence]
    updates: Mapping[str, Update]
    approvals: tuple[Approval, ...]
    pharmacy: Pharmacy
    constants: Constants
    digest: str
    local: frozenset[str] = frozenset()
    _derived: dict[Any, dict[Any, Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def in_force(self, jurisdiction: str, on: date) -> Snapshot:
        holding = tuple(a.holds_on(on) for a in self.approvals)
        held = list(compress(self.approvals, holding))
        snapshot = Snapshot(
            version=self.book.version,
            digest=self.digest,
            jurisdiction=jurisdiction,
            on=on,
            entries=tuple(e for _, e in sorted(self.entries.items()) if _in_force(e, on)),
            alerts=tuple(a for _, a in sorted(self.alerts.items())),
            orders=tuple(
                o
                for _, o in sorted(self.orders.items())
                if not o.jurisdictions or jurisdiction in o.jurisdictions
            ),
            evidence=self.evidence,
            updates={i: u for i, u in self.updates.items() if u.date <= on},
            approvals=tuple(a for a in held if a.jurisdiction == jurisdiction),
            authorised=frozenset(a.drug for a in held),
            book=self.book,
            pharmacy=self.pharmacy,
            constants=self.constants,
            local=self.local,
        )
        ids = (*(e.id for e in snapshot.entries), *snapshot.updates)
        shared = self._derived.setdefault((jurisdiction, ids, holding), {})
        object.__setattr__(snapshot, "_derived", shared)  # a copy with other rules has its own
        return snapshot


def _in_force(entry: Entry, on: date) -> bool:
    return (entry.since is None or entry.since <= on) and (
        entry.until is None or on < entry.until
    )


def load(site: Path | None = None, folder: Path = FOLDER) -> Library:
    """The library of `folder`, with a site's own folder over it.

    Raises KnowledgeError, naming file, line and field, for anything that cannot be meant.
    """
    tables = {name: read_yaml(folder / f"{name}.yaml") for name in TABLES}
    book = _model(Book, tables["library"], tables["library"].content, ())
    rules = _Rules()
    files = _entry_files(folder)
    for file in files:
        _take(file, rules, replace=False)
    constants = dict(book.constants)
    local: set[str] = set()
    site_files: list[YamlFile] = []
    if site is not None:
        constants, local, site_files = _site(site, rules, constants)
    evidence = _by_id(Evidence, tables["evidence"])
    updates = _by_id(Update, tables["updates"])
    approvals = tuple(_rows(Approval, tables["approvals"]))
    pharmacy = _pharmacy(tables["drugs"])
    library = Library(
        book=book,
        entries=rules.entries,
        alerts=rules.alerts,
        orders=rules.orders,
        evidence=evidence,
        updates=updates,
        approvals=approvals,
        pharmacy=pharmacy,
        constants=_constants(constants, tables["library"]),
        digest=_digest([*tables.values(), *files, *site_files]),
        local=frozenset(local),
    )
    check(library, {f.path.stem: f for f in [*files, *site_files]}, tables)
    return library


def _entry_files(folder: Path) -> list[YamlFile]:
    return [read_yaml(p) for p in sorted(folder.glob("*/*.yaml"))]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What was read so far, by id; an id stands in one of the three only."""

    entries: dict[str, Entry] = field(default_factory=dict)
    alerts: dict[str, AlertEntry] = field(default_factory=dict)
    orders: dict[str, OrderEntry] = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        return name in self.entries or name in self.alerts or name in self.orders

    def drop(self, name: str) -> None:
        self.entries.pop(name, None)
        self.alerts.pop(name, None)
        self.orders.pop(name, None)


def _take(file: YamlFile, rules: _Rules, *, replace: bool) -> str:
    content = file.content
    if not isinstance(content, dict):
        raise file.error((), "expected a mapping with id, row, states and the rest")
    name = content.get("id")
    if name != file.path.stem:
        raise file.error(("id",), f"expected the file's own name {file.path.stem!r}")
    if not replace and name in rules:
        raise file.error(("id",), "another file has this id")
    rules.drop(name)
    if "alert" in content:
        rules.alerts[name] = _model(AlertEntry, file, content, ())
    elif "order" in content:
        rules.orders[name] = _model(OrderEntry, file, content, ())
    else:
        rules.entries[name] = _model(Entry, file, content, ())
    return str(name)


def _site(
    site: Path, rules: _Rules, constants: dict[str, int]
) -> tuple[dict[str, int], set[str], list[YamlFile]]:
    """A site's folder: `site.yaml` sets constants and switches entries off; entry files, in any
    folder below, add entries or take the place of ours."""
    if not site.is_dir():
        raise KnowledgeError(f"{site}: expected a folder with site.yaml and entry files")
    for path in sorted(site.rglob("*.yml")):
        raise KnowledgeError(f"{path}: expected the ending .yaml")
    local: set[str] = set()
    files = [read_yaml(path) for path in sorted(site.rglob("*.yaml"))]
    settings = [f for f in files if f.path == site / "site.yaml"]
    for file in files:
        if file in settings:
            continue
        if file.path.stem in local:
            raise file.error(("id",), "another file of this folder has this id")
        local.add(_take(file, rules, replace=True))
    for file in settings:
        _apply_site(file, rules, constants, local)
    return constants, local, files


def _apply_site(
    file: YamlFile, rules: _Rules, constants: dict[str, int], local: set[str]
) -> None:
    settings = _model(Site, file, file.content or {}, ())
    known = {f.name for f in fields(Constants)}
    for name, value in settings.constants.items():
        if name not in known:
            raise file.error(("constants", name), "not a constant of this library")
        constants[name] = value
    for i, name in enumerate(settings.off):
        if name in local:
            raise file.error(("off", i), f"{name!r} stands in this folder as well")
        if name not in rules:
            raise file.error(("off", i), f"{name!r} is not an entry of this library")
        rules.drop(name)
    local.update(settings.constants, settings.off)


def _constants(values: Mapping[str, int], file: YamlFile) -> Constants:
    try:
        return Constants(**values)
    except TypeError:
        known = {f.name for f in fields(Constants)}
        wrong = next(name for name in values if name not in known)
        raise file.error(("constants", wrong), "not a constant of this library") from None


def _model(kind: type[M], file: YamlFile, content: Any, at: tuple[str | int, ...]) -> M:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        place = (*at, *(step for step in problem["loc"] if step != "[key]"))
        message = problem["msg"].removeprefix("Value error, ")
        raise file.error(place, message) from None


def _rows(kind: type[M], file: YamlFile) -> Iterator[M]:
    if not isinstance(file.content, list):
        raise file.error((), "expected a list")
    for i, row in enumerate(file.content):
        yield _model(kind, file, row, (i,))


def _by_id(kind: type[M], file: YamlFile) -> dict[str, M]:
    found: dict[str, M] = {}
    for i, row in enumerate(_rows(kind, file)):
        name = str(getattr(row, "id"))  # noqa: B009
        if name in found:
            raise file.error((i, "id"), f"{name!r} stands twice")
        found[name] = row
    return found


def _pharmacy(file: YamlFile) -> Pharmacy:
    rows = _model(DrugBook, file, file.content, ())
    return Pharmacy(
        {drug: frozenset(row.classes) for drug, row in rows.drugs.items()},
        {
            name: Regimen(frozenset(row.drugs), row.intensity)
            for name, row in rows.regimens.items()
        },
    )


def _digest(files: Iterable[YamlFile]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.path.name.encode() + b"\0" + file.path.read_bytes() + b"\0")
    return whole.hexdigest()
