from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from aml.knowledge import Library
from cds_service.admission import NOBODY
from cds_service.cli import app
from cds_service.serve import Server
from cds_service.settings import Settings
from cds_service.store import Store
from tests.cds_service.test_store import CARD, ENTRY


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    for name in os.environ:
        if name.startswith("RRAML_"):
            monkeypatch.delenv(name)
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    monkeypatch.setenv("RRAML_DATABASE_URL", url)
    return url


def rraml(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_what_is_older_than_so_many_days_is_deleted(url: str) -> None:
    now = datetime.now(UTC)
    with closing(Store(url)) as store:
        store.remember([CARD], now - timedelta(days=800))
        store.add_feedback([ENTRY], now - timedelta(days=700))
        store.remember([replace(CARD, uuid="newer")], now)
    result = rraml("forget", "--days", "730")
    assert (result.exit_code, result.stdout) == (0, "1 rows older than 730 days are deleted\n")
    with closing(Store(url)) as store:
        assert [row["uuid"] for row in store.cards()] == ["newer"]
        assert len(store.feedback()) == 1


@pytest.mark.parametrize("days", ["0", "-1", "many", "99999999"])
def test_days_that_cannot_be_meant_delete_nothing(url: str, days: str) -> None:
    with closing(Store(url)) as store:
        store.remember([CARD], datetime.now(UTC))
    assert rraml("forget", "--days", days).exit_code == 2
    with closing(Store(url)) as store:
        assert len(store.cards()) == 1


def test_a_store_of_another_version_stops_the_start(url: str) -> None:
    with closing(Store(url)) as store:
        store.open()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE cards ADD COLUMN mood VARCHAR(9)"))
    engine.dispose()
    for command in ("serve", "forget"):
        result = rraml(command, *(("--days", "9") if command == "forget" else ()))
        assert result.exit_code == 2
        assert "RRAML_DATABASE_URL cannot be used: its table cards is not" in result.stderr
        assert "nothing in it was changed" in result.stderr


def test_a_store_that_does_not_answer_yet_does_not_hinder_the_start(
    library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Charts are answered without it; `GET /health/ready` says that it is missing."""
    nowhere = f"sqlite:///{tmp_path / 'no-folder' / 'store.sqlite3'}"
    Server(Settings(database_url=nowhere), library, NOBODY)
    assert "the store does not answer yet" in caplog.text
