from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run
from sys import executable

import pytest
from sqlalchemy import MetaData, create_engine, text

from cds_service.database import OtherTables
from cds_service.store import FeedbackRow, ShownCard, Store, StoreError
from cds_service.tables import METADATA
from tests.cds_service.databases import new_database, postgresql

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
LATER = NOW + timedelta(minutes=5)
CARD = ShownCard(
    client="ehr",
    service="rraml-patient-view",
    uuid="00000000-0000-5000-8000-000000000001",
    topic="gilteritinib",
    codes=("gilteritinib", "menin-inhibitor"),
    patient_key="p" * 64,
    facts_key="f" * 64,
)
ENTRY = FeedbackRow(
    client="ehr",
    service="rraml-patient-view",
    card=CARD.uuid,
    outcome="accepted",
    outcome_timestamp=NOW,
    accepted_suggestions=("00000000-0000-5000-8000-000000000002",),
    reason_system="http://example.org/r",
    reason_code="x",
    reason_display="Später – ≥ 5 %",
    user_comment="'; DROP TABLE cards; --",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite3'}"
    else:
        with new_database(request.getfixturevalue("server")) as url:
            yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()


@pytest.fixture
def other(url: str) -> Iterator[Store]:
    """The same database as another process sees it."""
    other = Store(url)
    yield other
    other.close()


def test_a_token_is_used_once_in_all_processes(store: Store, other: Store) -> None:
    assert store.use_token("iss", "1", LATER, NOW)
    assert not other.use_token("iss", "1", LATER, NOW)
    assert other.use_token("iss", "2", LATER, NOW)
    assert store.use_token("other", "1", LATER, NOW)


def test_issuer_and_jti_are_told_apart(store: Store) -> None:
    assert store.use_token("ab", "c", LATER, NOW)
    assert store.use_token("a", "bc", LATER, NOW)


def test_a_token_is_forgotten_when_it_could_not_be_used_any_more(store: Store) -> None:
    store.use_token("iss", "1", NOW, NOW)
    assert not store.use_token("iss", "1", LATER, NOW)
    assert store.use_token("iss", "1", LATER, NOW + timedelta(seconds=1))


def test_of_many_at_once_one_is_the_first(store: Store, other: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        used = threads.map(lambda s: s.use_token("iss", "1", LATER, NOW), [store, other] * 10)
        assert sum(used) == 1


def test_a_session_is_found_by_all_processes_until_it_ends(store: Store, other: Store) -> None:
    store.keep_session("k" * 64, "sealed", LATER, NOW)
    assert other.session("k" * 64, NOW) == "sealed"
    assert other.session("x" * 64, NOW) is None
    assert other.session("k" * 64, LATER) is None
    other.end_session("k" * 64)
    assert store.session("k" * 64, NOW) is None


def test_a_session_that_is_over_is_deleted_with_the_next_one(store: Store) -> None:
    store.keep_session("a" * 64, "sealed", NOW, NOW)
    store.keep_session("b" * 64, "sealed", LATER + timedelta(minutes=5), LATER)
    assert store.session("a" * 64, NOW - timedelta(minutes=1)) is None


def test_feedback_is_kept_as_it_was_said(store: Store, other: Store) -> None:
    store.add_feedback([ENTRY], LATER)
    [row] = other.feedback()
    assert row.pop("id") == 1
    assert row.pop("received_at") == LATER
    assert row.pop("known_card") is False
    assert row.pop("accepted_suggestions") == list(ENTRY.accepted_suggestions)
    assert row == {name: getattr(ENTRY, name) for name in row}


def test_a_card_is_known_where_it_was_shown(store: Store, other: Store) -> None:
    store.remember([CARD], NOW)
    silent = "00000000-0000-5000-8000-000000000003"
    store.remember([replace(CARD, uuid=silent, silent=True)], NOW)
    entries = [
        ENTRY,
        replace(ENTRY, client="another"),
        replace(ENTRY, service="rraml-order-sign"),
        replace(ENTRY, card=silent),
    ]
    other.add_feedback(entries, NOW)
    assert [row["known_card"] for row in store.feedback()] == [True, False, False, False]


def test_a_card_that_is_shown_again_keeps_its_first_day(store: Store, other: Store) -> None:
    store.remember([CARD], NOW)
    other.remember([CARD], LATER)
    [row] = store.cards()
    assert (row["shown_at"], row["codes"]) == (NOW, list(CARD.codes))


def test_the_cards_of_two_clients_are_not_mixed_up(store: Store) -> None:
    store.remember([CARD, replace(CARD, client="another")], NOW)
    assert sorted(row["client"] for row in store.cards()) == ["another", "ehr"]


def test_all_of_a_call_is_stored_or_nothing(store: Store) -> None:
    broken = replace(ENTRY, outcome_timestamp=None)  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        store.add_feedback([ENTRY, broken], NOW)
    assert store.feedback() == []


def test_a_digest_is_the_same_in_all_processes(store: Store, other: Store) -> None:
    assert store.digest("ehr", "patient-1") == other.digest("ehr", "patient-1")
    different = {store.digest(*parts) for parts in (("a", "bc"), ("ab", "c"), ("abc",), ("a",))}
    assert len(different) == 4


def test_a_digest_depends_on_the_secret(url: str) -> None:
    keys = {_digest(url, secret * 32) for secret in ("a", "b")}
    assert len(keys | {_digest(url)}) == 3


def test_a_store_that_answers_is_ready(store: Store) -> None:
    assert store.ready()


def test_processes_that_start_at_once_share_one_store(url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(_digest, [url] * 4))) == 1


BROKEN = "sqlite:////no/such/folder/store.sqlite3"


def test_a_store_that_does_not_answer_says_so() -> None:
    broken = Store(BROKEN)
    assert not broken.ready()
    for use in (
        lambda: broken.use_token("Kowalski", "1", LATER, NOW),
        lambda: broken.remember([CARD], NOW),
        lambda: broken.add_feedback([ENTRY], NOW),
        broken.feedback,
        lambda: broken.digest("Kowalski"),
    ):
        with pytest.raises(StoreError, match=r"cannot be used \(\w+\)$"):
            use()


def test_a_store_answers_again_when_it_can(tmp_path: Path) -> None:
    path = tmp_path / "later" / "store.sqlite3"
    store = Store(f"sqlite:///{path}")
    assert not store.ready()
    path.parent.mkdir()
    assert store.ready()


def test_a_database_that_is_busy_is_not_waited_for_long(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    store = Store(f"sqlite:///{path}")
    assert store.ready()
    with sqlite3.connect(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(StoreError):
            store.remember([CARD], NOW)
        assert time.monotonic() - started < 4
    connection.close()


def test_a_server_that_is_not_there_is_not_waited_for_long() -> None:
    started = time.monotonic()
    assert not Store("postgresql://user:secret-value@127.0.0.1:9/rraml").ready()
    assert time.monotonic() - started < 4


def test_the_file_is_the_services_own(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    Store(f"sqlite:///{path}").ready()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "SQLAlchemy URL"),
        ("rraml.sqlite3", "SQLAlchemy URL"),
        ("mysql://secret-value@db/rraml", "sqlite or postgresql"),
        ("sqlite+nodriver:///rraml.sqlite3", "SQLAlchemy URL"),
        ("postgresql+pg8000://db/rraml", "no driver"),
        ("postgresql://user:secret-value@db:port/rraml", "SQLAlchemy URL"),
    ],
)
def test_a_url_that_can_never_work_is_refused(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as refused:
        Store(url)
    assert "secret-value" not in str(refused.value)


def test_a_store_in_memory_lives_with_its_process() -> None:
    store = Store("sqlite://")
    store.add_feedback([ENTRY], NOW)
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(store.feedback).result() == store.feedback()


def test_two_processes_use_one_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    program = (
        "import sys; from datetime import datetime, UTC; from cds_service.store import Store;"
        "until = datetime(9999, 1, 1, tzinfo=UTC);"
        "print(sum(Store(sys.argv[1]).use_token('iss', str(n), until, datetime.now(UTC))"
        " for n in range(50)))"
    )
    command = [executable, "-c", program, url]
    with ThreadPoolExecutor(2) as threads:
        ran = threads.map(
            lambda _: run(command, capture_output=True, text=True, check=True), range(2)
        )
        assert sum(int(each.stdout) for each in ran) == 50


def _digest(url: str, secret: str = "") -> str:
    with closing(Store(url, secret)) as store:
        return store.digest("patient-1")


def digest(facts: str) -> str:
    return facts * 64


OVERRIDDEN = replace(ENTRY, outcome="overridden", accepted_suggestions=())


def test_an_answer_is_known_by_the_facts_of_its_card(store: Store, other: Store) -> None:
    store.remember([CARD], NOW)
    other.add_feedback([OVERRIDDEN], LATER)
    past = store.past("ehr", CARD.patient_key, digest)
    reaction = past.reaction("f")
    assert reaction is not None
    assert (reaction.at, reaction.reason, reaction.overridden_with_reason) == (LATER, "x", True)
    assert past.reaction("g") is None


@pytest.mark.parametrize(
    ("client", "patient"), [("other", CARD.patient_key), ("ehr", "q" * 64)], ids=str
)
def test_an_answer_holds_for_its_client_and_patient_alone(
    store: Store, client: str, patient: str
) -> None:
    store.remember([CARD], NOW)
    store.add_feedback([OVERRIDDEN], LATER)
    assert store.past(client, patient, digest).reaction("f") is None


def test_a_card_that_was_made_but_not_sent_has_no_answer(store: Store) -> None:
    store.remember([replace(CARD, silent=True)], NOW)
    store.add_feedback([OVERRIDDEN], LATER)
    assert store.past("ehr", CARD.patient_key, digest).reaction("f") is None


def test_feedback_that_is_stored_before_its_card_counts_all_the_same(store: Store) -> None:
    store.add_feedback([OVERRIDDEN], NOW)
    store.remember([CARD], LATER)
    past = store.past("ehr", CARD.patient_key, digest)
    assert past.reaction("f") is not None
    assert not past.is_new("f")


def test_what_is_new_is_what_was_not_there_at_the_last_answer(store: Store) -> None:
    again = replace(CARD, uuid=CARD.uuid[:-1] + "9", facts_key=digest("g"))
    store.remember([CARD], NOW)
    assert not store.past("ehr", CARD.patient_key, digest).is_new("g")
    store.add_feedback([OVERRIDDEN], LATER)
    store.remember([again], LATER + timedelta(seconds=1))
    past = store.past("ehr", CARD.patient_key, digest)
    assert (past.is_new("f"), past.is_new("g")) == (False, True)


def test_the_newest_answer_on_the_same_facts_counts(store: Store) -> None:
    store.remember([CARD], NOW)
    store.add_feedback([OVERRIDDEN], NOW)
    store.add_feedback([ENTRY], LATER)
    reaction = store.past("ehr", CARD.patient_key, digest).reaction("f")
    assert reaction is not None
    assert reaction.accepted


def test_what_is_older_is_forgotten_and_the_rest_stays(store: Store) -> None:
    store.remember([CARD], NOW)
    store.add_feedback([ENTRY], NOW)
    newer = replace(CARD, uuid="00000000-0000-5000-8000-000000000009")
    store.remember([newer], LATER)
    store.add_feedback([replace(ENTRY, card=newer.uuid)], LATER)
    assert store.forget(NOW) == 0
    assert store.forget(LATER) == 2
    assert [row["uuid"] for row in store.cards()] == [newer.uuid]
    assert [row["card"] for row in store.feedback()] == [newer.uuid]


def test_a_store_of_the_first_version_is_used_as_it_is(url: str) -> None:
    """It has the tables of then: what came since is made beside them."""
    first = MetaData()
    for name in ("cards", "feedback", "used_tokens", "secrets"):
        METADATA.tables[name].to_metadata(first)
    with closing(Store(url)) as old:
        old.remember([CARD], NOW)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            if table.name not in first.tables:
                table.drop(connection)
    engine.dispose()
    with closing(Store(url)) as new:
        new.keep_session("key", "sealed", LATER, NOW)
        assert [row["uuid"] for row in new.cards()] == [CARD.uuid]
        assert new.session("key", NOW) == "sealed"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("ALTER TABLE cards ADD COLUMN mood VARCHAR(9)", "with mood more"),
        ("ALTER TABLE feedback DROP COLUMN user_comment", "without user_comment"),
    ],
)
def test_a_store_of_another_version_is_said_to_be_and_not_touched(
    url: str, change: str, says: str
) -> None:
    with closing(Store(url)) as store:
        store.remember([CARD], NOW)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    with closing(Store(url)) as store:
        with pytest.raises(OtherTables, match=says):
            store.remember([replace(CARD, uuid="x")], NOW)
        assert not store.ready()
