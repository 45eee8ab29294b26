"""`rraml burden`: what the order hooks would cost a ward in alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from aml.knowledge import KnowledgeError, load
from cds_service.burden import burden_of
from cds_service.settings import SettingsError, read_settings
from cds_service.terminal import stop
from cds_service.ward import DAY, ward


def add_burden(app: typer.Typer) -> None:
    app.command()(burden)


def burden(
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="On the ward.")] = 1000,
    aml: Annotated[int, typer.Option(min=0, help="Of these, with AML.")] = 30,
    orders: Annotated[int, typer.Option(min=1, max=1000, help="For each patient.")] = 20,
    seed: Annotated[int, typer.Option(help="Another one gives another ward.")] = 7,
    jurisdiction: Annotated[
        str | None, typer.Option(metavar="US|EU", help="Whose approvals count.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="By default the ward's day.")
    ] = None,
) -> None:
    """Count the alerts on the orders of a synthetic ward: how many, how loud, by which rule."""
    try:
        settings = read_settings(None, jurisdiction=jurisdiction)
        library = load(settings.knowledge)
    except (SettingsError, KnowledgeError) as error:
        stop(str(error))
    if aml > patients:
        stop(f"{aml} patients with AML are more than {patients} patients")
    day = as_of.date() if as_of else DAY
    snapshot = library.in_force(settings.jurisdiction, day)
    print(burden_of(ward(patients, aml, orders, seed), snapshot).to_text())
