"""`rraml`: the service and the same answers on the command line."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markdown import Markdown

from aml.assess import examine
from aml.assessment import SCHEMA
from aml.foreseen import foresee, forewarned
from aml.knowledge import KnowledgeError, Library, load
from cards.explain import explain as explain_entry
from cards.render import to_text
from cds_service.admission import read_clients
from cds_service.cli_burden import add_burden
from cds_service.cli_clients import add_clients
from cds_service.cli_codes import add_codes
from cds_service.cli_doctor import add_doctor
from cds_service.cli_knowledge import add_commands
from cds_service.cli_store import add_store
from cds_service.record import looked_at
from cds_service.serve import Server
from cds_service.settings import Settings, SettingsError, read_settings
from cds_service.store import StoreError
from cds_service.terminal import escaped
from fhir_mapping import to_patient
from fhir_mapping.answers import decode
from fhir_mapping.local_codes import load_codes
from fhir_mapping.resources import MoreThanOnePatient, NoPatient, Resources

UNREADABLE = 2
SEVERAL_PATIENTS = 3
# Control characters, halves of characters, and what turns the direction of writing.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Decision support for relapsed or refractory acute myeloid leukemia. "
    "Informs a physician; not a medical device.",
)

HostOption = Annotated[str | None, typer.Option(help="Address to listen on.")]
PortOption = Annotated[int | None, typer.Option(help="Port to listen on.")]
JurisdictionOption = Annotated[
    str | None, typer.Option(metavar="US|EU", help="Whose approvals count.")
]
AsOfOption = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the assessment.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the assessment object.")]


def main() -> None:
    app()


@app.command()
def serve(
    host: HostOption = None, port: PortOption = None, jurisdiction: JurisdictionOption = None
) -> None:
    """Answer CDS Hooks calls until stopped. Settings come from RRAML_* variables."""
    settings, library = _start(host=host, port=port, jurisdiction=jurisdiction)
    try:
        server = Server(settings, library, read_clients(settings))
    except SettingsError as error:
        _stop(str(error))
    except StoreError as error:
        _stop(f"RRAML_DATABASE_URL cannot be used: {error}")
    print(f"rraml serves {settings.url}/cds-services", file=sys.stderr)
    server.run()


@app.command()
def assess(
    bundle: Annotated[str, typer.Argument(help="A FHIR R4 Bundle (JSON); - for stdin.")],
    as_json: JsonOption = False,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
) -> None:
    """Assess the one patient of a Bundle."""
    settings, library = _start(as_of=as_of.date() if as_of else None, jurisdiction=jurisdiction)
    resources = _read_bundle(bundle)
    snapshot = library.in_force(settings.jurisdiction, settings.today())
    examination = examine(to_patient(resources), snapshot)
    assessment = forewarned(examination.assessment, foresee(examination, snapshot))
    if as_json:
        _print_json(assessment.to_json())
    else:
        _print_text(to_text(assessment, snapshot, markdown=_is_terminal()))


@app.command()
def explain(
    id: Annotated[str, typer.Argument(help="A knowledge entry or recommendation code.")],
) -> None:
    """Print a rule: its words, conditions, evidence, dates and tests."""
    _, library = _start()
    try:
        text = explain_entry(library, id)
    except KeyError:
        _stop(f"{_printable(id)} names no knowledge entry and no recommendation code")
    _print_text(text)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the assessment object."""
    _print_json(SCHEMA)


def _start(**options: str | int | date | None) -> tuple[Settings, Library]:
    try:
        settings = read_settings(None, **options)
        library = load(settings.knowledge)
    except (SettingsError, KnowledgeError) as error:
        _stop(str(error))
    _load_codes(settings.local_codes)
    return settings, library


def _load_codes(files: Sequence[Path]) -> None:
    try:
        load_codes(files)
    except (OSError, ValueError, csv.Error) as error:
        names = ",".join(str(file) for file in files)
        _stop(f"RRAML_LOCAL_CODES={names} cannot be used: {error}")


def _read_bundle(name: str) -> Resources:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return looked_at(decode(raw))
    except MoreThanOnePatient as error:
        _stop(f"{name}: {error}", SEVERAL_PATIENTS)
    except NoPatient as error:
        _stop(f"{name}: {error}")
    except OSError as error:
        _stop(f"{name}: {error.strerror}")
    except ValueError as error:
        _stop(f"{name}: {error}")


def _stop(message: str, status: int = UNREADABLE) -> NoReturn:
    print(f"rraml: {_printable(message)}", file=sys.stderr)
    raise typer.Exit(status)


def _printable(text: str) -> str:
    """Without the characters by which a record could steer the terminal."""
    return _CONTROL.sub("", text)


def _is_terminal() -> bool:
    return Console().is_terminal


def _print_text(text: str) -> None:
    if _is_terminal():
        Console().print(Markdown(_printable(text)))
    else:
        print(_printable(text))


def _print_json(value: object) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    print(escaped(text))


add_commands(app)
add_burden(app)
add_clients(app)
add_codes(app, _load_codes)
add_doctor(app)
add_store(app)

if __name__ == "__main__":
    main()
