"""`rraml codes`: which codes and texts of a record were not understood."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cds_service.settings import SettingsError, read_settings
from cds_service.terminal import escaped, printable, stop
from fhir_mapping.answers import decode
from fhir_mapping.code_report import Found, Report, report_on
from fhir_mapping.local_codes import COLUMNS


def add_codes(app: typer.Typer, load: Callable[[tuple[Path, ...]], None]) -> None:
    """`load`: what a site's own codes are loaded by, before anything is looked at."""

    def codes(
        bundle: Annotated[
            str, typer.Argument(help="A FHIR R4 Bundle or a hook call (JSON); - for stdin.")
        ],
        as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    ) -> None:
        """Tell which codes and texts of a Bundle were not understood, and what would help.

        Looks at any number of patients and names none of them.
        """
        try:
            load(read_settings().local_codes)
        except SettingsError as error:
            stop(str(error))
        report = report_on(_read(bundle))
        if as_json:
            print(escaped(json.dumps(report.to_json(), indent=2, ensure_ascii=False)))
            return
        for line in _lines(report):
            print(printable(line))

    app.command()(codes)


def _read(name: str) -> Mapping[str, Any]:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        document = decode(raw)
    except OSError as error:
        stop(f"{name}: {error.strerror}")
    except ValueError as error:
        stop(f"{name}: {error}")
    prefetch = document.get("prefetch") if isinstance(document, Mapping) else None
    if isinstance(prefetch, Mapping):
        entries = [{"resource": sent} for sent in prefetch.values() if sent]
        return {"resourceType": "Bundle", "entry": entries}
    if not isinstance(document, Mapping) or not isinstance(document.get("resourceType"), str):
        stop(f"{name}: expected a FHIR Bundle or resource, an object with a resourceType")
    return document


def _lines(report: Report) -> Iterator[str]:
    yield from _section("Recognised", report.recognised)
    yield from _section("Near misses", report.near_misses)
    if any(each.line for each in report.near_misses):
        yield "The lines are for a file that RRAML_LOCAL_CODES names, if they are true there:"
        yield f"its first line is {','.join(COLUMNS)}"
        yield ""
    yield from _section("Sentences that were not understood", report.sentences)
    yield from _section("Ignored: nothing that a reader looks for", report.ignored)


def _section(title: str, found: tuple[Found, ...]) -> Iterator[str]:
    yield f"{title}: {len(found)}"
    for each in found:
        meaning = f" -> {each.read_as}" if each.read_as and not each.why else ""
        yield f"  {each.count} x {each.path}: {_named(each)}{meaning}"
        if each.why:
            closest = f"; closest: {each.read_as}" if each.read_as else ""
            yield f"      {each.why}{closest}"
        if each.line:
            yield f"      {each.line}"
    yield ""


def _named(found: Found) -> str:
    coded = [f"{system or '(no system)'} {code}" for system, code, _ in found.codes if code]
    written = [found.text or next((d for *_, d in found.codes if d), "")]
    return ", ".join([*coded, *(f'"{words}"' for words in written if words)])
