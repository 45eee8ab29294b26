"""`rraml forget`: rows of the store that the site does not want to keep any longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cds_service.settings import SettingsError, read_settings
from cds_service.store import Store, StoreError
from cds_service.terminal import stop


def add_store(app: typer.Typer) -> None:
    app.command()(forget)


def forget(
    days: Annotated[int, typer.Option(min=1, help="What is older is deleted.")],
) -> None:
    """Delete cards that were shown, and feedback on them, from before so many days."""
    try:
        store = Store(read_settings().database_url)
        deleted = store.forget(datetime.now(UTC) - timedelta(days=days))
        store.close()
    except SettingsError as error:
        stop(str(error))
    except (StoreError, OverflowError) as error:
        stop(f"RRAML_DATABASE_URL cannot be used: {error}")
    print(f"{deleted} rows older than {days} days are deleted")
