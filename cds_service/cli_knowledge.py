"""`rraml rulebook`, `check`, `due` and `diff`: the library for those who answer for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from aml.assess import assess
from aml.constants import Constants
from aml.knowledge import FOLDER, KnowledgeError, Library, Snapshot, load
from cards.algorithm import read_algorithm
from cards.differences import (
    advice_changes,
    changed_fields,
    library_changes,
    rules_of,
)
from cards.rulebook import rulebook as make_rulebook
from cards.rulebook import to_html, to_markdown
from cards.uses import read_vignettes
from cds_service.cases import PatientCase, UnreadableCase, read_cases
from cds_service.settings import Jurisdiction, Settings, SettingsError, read_settings
from cds_service.terminal import UNREADABLE, complain, printable, stop

ROOT = FOLDER.parent
VIGNETTES = ROOT / "tests" / "vignettes"
PATIENTS = ROOT / "fixtures" / "patients"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Format(Enum):
    HTML = "html"
    MARKDOWN = "md"


def add_commands(app: typer.Typer) -> None:
    for command in (rulebook, check, due, diff):
        app.command()(command)


def rulebook(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file, in place of the screen.")
    ] = None,
    format: Annotated[
        Format | None, typer.Option(help="By default what the file's name says, else HTML.")
    ] = None,
) -> None:
    """Print the library as one document to read, print and sign."""
    settings = _settings()
    try:
        library, algorithm = load(settings.knowledge), read_algorithm()
        document = make_rulebook(library, algorithm, read_vignettes(VIGNETTES))
    except KnowledgeError as error:
        stop(str(error))
    named = Format.MARKDOWN if output and output.suffix == ".md" else Format.HTML
    write = to_markdown if (format or named) is Format.MARKDOWN else to_html
    text = write(document)
    if output is None:
        print(text, end="")
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        stop(f"{output}: {error.strerror}")


def check(
    folder: Annotated[Path, typer.Argument(help="A site's own folder (RRAML_KNOWLEDGE).")],
) -> None:
    """Say what a site's folder adds, replaces, switches off and sets, or what is wrong."""
    ours, theirs = _load(), _load(folder)
    said = list(_site_changes(ours, theirs))
    print(f"{printable(str(folder))} over library {ours.book.version}:")
    for line in said or ["changes nothing"]:
        print(f"  {line}")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".yaml":
            print(f"  does not read {printable(path.relative_to(folder).as_posix())}")


def due(
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="By default today.")
    ] = None,
) -> None:
    """List the rules and alerts whose review is due."""
    settings = _settings()
    day = on.date() if on else settings.today()
    library = _load(settings.knowledge)
    found = sorted((r.due, r.id, r) for r in rules_of(library).values() if r.due <= day)
    if not found:
        print(f"Nothing is due for review on {day} or before.")
    for when, name, rule in found:
        signed = f"signed {rule.reviewed} by {rule.reviewed_by}" if rule.reviewed else ""
        print(f"{when}  {name}  {signed or 'not yet signed by a clinician here'}")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two libraries that are compared, and the day on which it is taken."""

    name: str
    library: Library
    on: date

    def snapshot(self, jurisdiction: Jurisdiction) -> Snapshot:
        return self.library.in_force(jurisdiction, self.on)


def diff(
    old: Annotated[str, typer.Argument(help="A date, or a folder of knowledge.")],
    new: Annotated[str, typer.Argument(help="A date, or a folder of knowledge.")],
    cases: Annotated[Path, typer.Option(help="Bundles, one patient each.")] = PATIENTS,
    jurisdiction: Annotated[
        str | None, typer.Option(metavar="US|EU", help="Whose approvals count.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The day on which all are assessed. By default the last day of each record.",
        ),
    ] = None,
) -> None:
    """Say which patients' advice changes between two dates or versions of the library.

    The patients stay as they are: only the library is taken at another date.
    """
    settings = _settings(jurisdiction=jurisdiction)
    place = settings.jurisdiction
    sides = [_side(name, settings) for name in (old, new)]
    before, after = (side.snapshot(place) for side in sides)
    for word, side in zip(("Old", "New"), sides, strict=True):
        version = f"library {side.library.book.version}, {side.library.digest[:12]}"
        print(f"{word}: {side.name} ({version}), in force on {side.on}, {place}")
    print("\nLibrary")
    for line in list(library_changes(before, after)) or ["no difference"]:
        print(f"  {line}")
    _print_cases(cases, before, after, as_of.date() if as_of else None)


def _print_cases(folder: Path, old: Snapshot, new: Snapshot, as_of: date | None) -> None:
    found = list(read_cases(folder))
    read = [case for case in found if isinstance(case, PatientCase)]
    if not found:
        stop(f"{folder}: no bundles (*.json) there; name a folder with --cases")
    changed = 0
    for case in read:
        day = as_of or case.day or new.on
        was, now = (assess(case.patient, replace(side, on=day)) for side in (old, new))
        if lines := advice_changes(was, now):
            changed += 1
            print(f"\n{printable(case.name)}, on {day}: {now.state.value}")
            for line in lines:
                print(f"  {printable(line)}")
    print(f"\nThe answer differs for {changed} of {len(read)} patients.")
    unreadable = [case for case in found if isinstance(case, UnreadableCase)]
    for bad in unreadable:
        complain(f"{bad.name}: not read, {bad.reason}")
    if unreadable:
        raise typer.Exit(UNREADABLE)


def _side(name: str, settings: Settings) -> Side:
    """A date is our library then, with the site's own folder; a folder is read as of today."""
    if _DAY.fullmatch(name):
        with suppress(ValueError):
            return Side("the library", _load(settings.knowledge), date.fromisoformat(name))
    folder = Path(name)
    if not folder.is_dir():
        stop(f"{name}: expected a date such as 2024-01-01, or a folder of knowledge")
    whole = (folder / "library.yaml").is_file()
    library = _load(None, folder) if whole else _load(folder)
    return Side(printable(name), library, settings.today())


def _site_changes(ours: Library, theirs: Library) -> Iterator[str]:
    """Adds, replaces, switches off, sets; within each by name."""
    old, new = rules_of(ours), rules_of(theirs)
    constants = {each.name for each in fields(Constants)}
    changed = sorted(theirs.local - constants)
    for name in (n for n in changed if n in new and n not in old):
        yield f"adds {name} (row {new[name].row})"
    for name in (n for n in changed if n in new and n in old):
        differing = ", ".join(changed_fields(old[name], new[name])) or "word for word the same"
        yield f"replaces {name}: {differing}"
    yield from (f"switches off {n}" for n in changed if n not in new)
    for name in sorted(theirs.local & constants):
        before, after = getattr(ours.constants, name), getattr(theirs.constants, name)
        yield f"sets {name} = {after} ({'as ours' if before == after else f'ours: {before}'})"


def _settings(**options: str | None) -> Settings:
    try:
        return read_settings(None, **options)
    except SettingsError as error:
        stop(str(error))


def _load(site: Path | None = None, folder: Path = FOLDER) -> Library:
    try:
        return load(site, folder)
    except KnowledgeError as error:
        stop(str(error))
