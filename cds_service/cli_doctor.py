"""`rraml doctor`: why a FHIR server cannot be read from, and what to do about it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cds_service.doctor import examine
from cds_service.settings import SettingsError, read_reach
from cds_service.terminal import UNREADABLE, printable, stop
from cds_service.way import Grade


def add_doctor(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    fhir_base: Annotated[str, typer.Argument(help="The base URL of a FHIR R4 server.")],
    patient: Annotated[str, typer.Option(help="A patient whose record is read for it.")] = "",
    token: Annotated[
        bool, typer.Option("--token", help="Read an access token from standard input.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="For all of it.")] = 30,
) -> None:
    """Try what a call would: address, TLS, scopes, queries, codes. Status 2 if one fails."""
    try:
        reach = read_reach()
    except SettingsError as error:
        stop(str(error))
    bearer = sys.stdin.readline().strip() if token else ""
    bad = 0
    try:
        for finding in examine(fhir_base, bearer, patient, reach, seconds):
            bad += finding.grade is Grade.BAD
            print(f"{finding.grade.value:<3}{printable(finding.says)}")
            if finding.remedy:
                print(f"   -> {printable(finding.remedy)}")
    except ValueError as error:
        stop(str(error))
    if bad:
        raise typer.Exit(UNREADABLE)
