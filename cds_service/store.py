"""What outlives a call: feedback, which cards were shown, and which tokens were used.

SQLite or PostgreSQL, by one SQLAlchemy URL. Nothing waits long for it: a database that does not
answer within PATIENCE_S is a StoreError, and the caller decides what that means.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    and_,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from cds_service.past import Past, Reaction, past_of
from cds_service.tables import CARDS, FEEDBACK, METADATA, SECRETS, SMART_SESSIONS, USED_TOKENS

PATIENCE_S = 2
START_S = 1  # shorter: what times out is not tried again
_FIRST_WINS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_REACTION = tuple(
    FEEDBACK.c[name] for name in ("outcome", "received_at", "reason_code", "user_comment")
)
_OWN = (
    CARDS.c.client == bindparam("client"),
    CARDS.c.patient_key == bindparam("patient_key"),
    CARDS.c.silent.is_(False),
)
_GIVEN = (
    select(CARDS.c.facts_key, CARDS.c.shown_at, *_REACTION)
    .join(
        FEEDBACK,
        and_(
            CARDS.c.client == FEEDBACK.c.client,
            CARDS.c.service == FEEDBACK.c.service,
            CARDS.c.uuid == FEEDBACK.c.card,
        ),
    )
    .where(*_OWN)
    .order_by(FEEDBACK.c.id)
)
_SHOWN = select(CARDS.c.facts_key, CARDS.c.shown_at).where(*_OWN)
_IN_MEMORY = (None, "", ":memory:")
_POSTGRESQL = {
    "connect_timeout": PATIENCE_S,
    "options": f"-c statement_timeout={PATIENCE_S * 1000} -c lock_timeout={PATIENCE_S * 1000}",
}


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card of an answer. `silent`: it was made, but not sent."""

    client: str
    service: str
    uuid: str
    topic: str
    codes: tuple[str, ...]
    patient_key: str
    facts_key: str
    silent: bool = False


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One entry of a feedback call. `card` is what the client named, known here or not."""

    client: str
    service: str
    card: str
    outcome: str
    outcome_timestamp: datetime
    accepted_suggestions: tuple[str, ...] = ()
    reason_system: str = ""
    reason_code: str = ""
    reason_display: str = ""
    user_comment: str = ""


class StoreError(Exception):
    """The store cannot be used; the text is for the operator and holds no data."""


class Store:
    """The tables behind one URL, opened when first used, and made if they are not there."""

    def __init__(self, url: str, secret: str = "") -> None:
        """`secret` keys the digests; without one it is made once and kept in the database.

        Raises StoreError for a URL that can never work.
        """
        self._engine = _engine(url)
        self._secret = secret
        self._prepared = False
        self._turn = _one_at_a_time(self._engine)

    def use_token(self, iss: str, jti: str, expires_at: datetime, now: datetime) -> bool:
        """Whether this token is used for the first time, in any process."""
        text = f"{len(iss)}:{iss}{jti}".encode("utf-8", "surrogatepass")
        values = {"key": hashlib.sha256(text).hexdigest(), "expires_at": expires_at}
        with self._open() as connection:
            connection.execute(delete(USED_TOKENS).where(USED_TOKENS.c.expires_at < now))
            return self._insert_first(connection, USED_TOKENS, values)

    def remember(self, cards: Iterable[ShownCard], now: datetime) -> None:
        """Cards that were shown; one shown again keeps its first day."""
        rows = [asdict(card) | {"codes": list(card.codes), "shown_at": now} for card in cards]
        if rows:
            new = _FIRST_WINS[self._engine.dialect.name](CARDS).on_conflict_do_nothing()
            with self._open() as connection:
                connection.execute(new, rows)

    def add_feedback(self, rows: Iterable[FeedbackRow], now: datetime) -> None:
        """All entries of one call, or none of them.

        A card is known if it was shown to the same client by the same service.
        """
        with self._open() as connection:
            for row in rows:
                shown = select(CARDS.c.uuid).filter_by(
                    client=row.client, service=row.service, uuid=row.card, silent=False
                )
                values = asdict(row) | {"received_at": now}
                values["accepted_suggestions"] = list(row.accepted_suggestions)
                values["known_card"] = connection.execute(shown).first() is not None
                connection.execute(insert(FEEDBACK).values(**values))

    def past(self, client: str, patient_key: str, digest: Callable[[str], str]) -> Past:
        """The cards that this client was shown of a patient, and the feedback on them.

        What was made without being sent was not shown.
        """
        own = {"client": client, "patient_key": patient_key}
        with self._open() as connection:
            answers = connection.execute(_GIVEN, own).all()
            cards = connection.execute(_SHOWN, own).all() if answers else []
        reactions = [(r[0], r[1], Reaction(r[2], r[3], r[4], bool(r[5]))) for r in answers]
        return past_of(digest, [(row[0], row[1]) for row in cards], reactions)

    def keep_session(self, key: str, sealed: str, expires_at: datetime, now: datetime) -> None:
        """Something sealed, until it expires."""
        row = {"key": key, "sealed": sealed, "expires_at": expires_at}
        with self._open() as connection:
            old = SMART_SESSIONS.c.expires_at < now
            connection.execute(delete(SMART_SESSIONS).where(old))
            connection.execute(insert(SMART_SESSIONS).values(**row))

    def session(self, key: str, now: datetime) -> str | None:
        """What was sealed under this key, if it has not expired."""
        table = SMART_SESSIONS.c
        kept = select(table.sealed).where(table.key == key, table.expires_at > now)
        with self._open() as connection:
            found: str | None = connection.execute(kept).scalar_one_or_none()
        return found

    def end_session(self, key: str) -> None:
        with self._open() as connection:
            connection.execute(delete(SMART_SESSIONS).where(SMART_SESSIONS.c.key == key))

    def feedback(self) -> list[dict[str, Any]]:
        """All rows, oldest first."""
        return self._rows(FEEDBACK, FEEDBACK.c.id)

    def cards(self) -> list[dict[str, Any]]:
        """All rows, oldest first."""
        return self._rows(CARDS, CARDS.c.shown_at)

    def digest(self, *parts: str) -> str:
        """The same for the same parts in all processes; without the secret it tells nothing."""
        if not self._secret:
            self._secret = self._kept_secret()
        text = "".join(f"{len(part)}:{part}" for part in parts)
        raw = text.encode("utf-8", "surrogatepass")
        return hmac.new(self._secret.encode(), raw, hashlib.sha256).hexdigest()

    def ready(self) -> bool:
        """Whether the database answers."""
        try:
            with self._open() as connection:
                connection.execute(select(FEEDBACK.c.id).limit(1))
        except StoreError:
            return False
        return True

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        """One transaction. Raises StoreError, which names the kind of fault and no values."""
        try:
            with self._turn():
                self._prepare()
                with self._engine.begin() as connection:
                    yield connection
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(f"the database cannot be used ({type(error).__name__})") from None

    def _prepare(self) -> None:
        if self._prepared:
            return
        path = self._engine.url.database
        if self._engine.dialect.name == "sqlite" and path not in _IN_MEMORY:
            _make_private(str(path))
        until = time.monotonic() + START_S
        while not self._prepared:
            try:
                METADATA.create_all(self._engine)
                self._prepared = True
            except (SQLAlchemyError, sqlite3.Error):
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)  # another process may be making the same tables

    def _kept_secret(self) -> str:
        with self._open() as connection:
            made = {"name": "digests", "value": secrets.token_hex(32)}
            self._insert_first(connection, SECRETS, made)
            kept = select(SECRETS.c.value).filter_by(name="digests")
            return str(connection.execute(kept).scalar_one())

    def _insert_first(
        self, connection: Connection, table: Table, values: dict[str, Any]
    ) -> bool:
        """Whether the row is new; one that is there stays as it is."""
        new = _FIRST_WINS[self._engine.dialect.name](table).values(**values)
        key = next(iter(table.primary_key))
        return (
            connection.execute(new.on_conflict_do_nothing().returning(key)).first() is not None
        )

    def _rows(self, table: Table, order: Any) -> list[dict[str, Any]]:
        with self._open() as connection:
            found = connection.execute(select(table).order_by(order))
            return [dict(row._mapping) for row in found]


def _one_at_a_time(engine: Engine) -> Callable[[], AbstractContextManager[None]]:
    """SQLite lets one write, and which of many that wait is chance: those of this process
    queue. Raises TimeoutError, as an OSError, after PATIENCE_S."""
    if engine.dialect.name != "sqlite":
        return nullcontext
    lock = threading.RLock()

    @contextmanager
    def turn() -> Iterator[None]:
        if not lock.acquire(timeout=PATIENCE_S):
            raise TimeoutError
        try:
            yield
        finally:
            lock.release()

    return turn


def _make_private(path: str) -> None:
    """The file, if it is not there, for its owner alone. One that is there is not opened: to
    close it would drop SQLite's locks on it in this process (POSIX), and with them writes."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in _FIRST_WINS:
            raise StoreError("expected a URL of sqlite or postgresql")
        return _in_memory() if _is_in_memory(parsed) else _on_disk(parsed)
    except (ArgumentError, ValueError):
        raise StoreError("expected an SQLAlchemy URL such as sqlite:///rraml.sqlite3") from None
    except (SQLAlchemyError, ImportError):
        raise StoreError("there is no driver here for this kind of database") from None


def _is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in _IN_MEMORY


def _in_memory() -> Engine:
    """For one process only, and for as long as it lives."""
    return create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )


def _on_disk(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(
            url, pool_pre_ping=True, pool_timeout=PATIENCE_S, connect_args=_POSTGRESQL
        )
    engine = create_engine(url, pool_timeout=PATIENCE_S, connect_args={"timeout": PATIENCE_S})

    @event.listens_for(engine, "connect")
    def _for_several_processes(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine
