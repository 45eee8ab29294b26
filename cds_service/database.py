"""One database behind one SQLAlchemy URL: SQLite or PostgreSQL.

Nothing waits long for it. Tables are made where they are not there, and never changed: a
version that needs more of one makes another beside it. So an older store works with a newer
version; a store whose tables are otherwise is not touched, and who starts the service is told.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    URL,
    ClauseElement,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from cds_service.tables import METADATA

PATIENCE_S = 2
START_S = 1  # shorter: what times out is not tried again
_FIRST_WINS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_IN_MEMORY = (None, "", ":memory:")
_POSTGRESQL = {
    "connect_timeout": PATIENCE_S,
    "options": f"-c statement_timeout={PATIENCE_S * 1000} -c lock_timeout={PATIENCE_S * 1000}",
}


class StoreError(Exception):
    """The store cannot be used; the text is for the operator and holds no data."""


class OtherTables(StoreError):
    """The database has a table of ours that is not as this version knows it."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """`made`: of a column, by its name, what makes its value one that the driver takes."""

    text: str
    made: Mapping[str, Callable[[Any], Any]]


# By the driver's own cursor: SQLAlchemy's way to it takes several times as long, which tells in
# what every answer does.
def finds(connection: Connection, text: str, values: Mapping[str, str]) -> bool:
    """Whether a query has a first row."""
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(text, values)
        return cursor.fetchone() is not None


def insert_all(
    connection: Connection, insertion: Insertion, rows: Iterable[Mapping[str, Any]]
) -> None:
    """`rows`: all values by the names of their columns."""
    made = insertion.made.items()
    written = [{**row, **{name: make(row[name]) for name, make in made}} for row in rows]
    with closing(connection.connection.cursor()) as cursor:
        cursor.executemany(insertion.text, written)


class Database:
    """Opened when first used, and its tables made if they are not there."""

    def __init__(self, url: str) -> None:
        """Raises StoreError for a URL that can never work."""
        self._engine = _engine(url)
        self._prepared = False
        self._turn = _one_at_a_time(self._engine)
        self._own: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Raises StoreError, which names the kind of fault and no values."""
        try:
            with self._turn():
                self._prepare()
                with self._connected() as connection, connection.begin():
                    yield connection
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error, OSError) as error:
            raise StoreError(f"the database cannot be used ({type(error).__name__})") from None

    def insert_first(
        self, connection: Connection, table: Table, values: dict[str, Any]
    ) -> bool:
        """Whether the row is new; one that is there stays as it is."""
        new = self.new_row(table).values(**values)
        key = next(iter(table.primary_key))
        return connection.execute(new.returning(key)).first() is not None

    def new_row(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An insertion that leaves a row as it is if it is there."""
        return _FIRST_WINS[self._engine.dialect.name](table).on_conflict_do_nothing()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Where transactions wait for each other anyway (SQLite), one connection for all of
        them costs less than one from the pool each time. One that failed is not used again."""
        if self._engine.dialect.name != "sqlite":
            with self._engine.connect() as connection:
                yield connection
            return
        own, self._own = self._own or self._engine.connect(), None
        try:
            yield own
        except BaseException:
            own.close()
            raise
        self._drop_own()  # one that was opened meanwhile, within this transaction
        self._own = own

    def _drop_own(self) -> None:
        if self._own is not None:
            self._own.close()
            self._own = None

    def text_of(self, statement: ClauseElement) -> str:
        """A statement as the driver takes it, its values named."""
        return str(statement.compile(self._engine))

    def insertion(self, table: Table) -> Insertion:
        """Of rows that are left as they are if they are there."""
        dialect = self._engine.dialect
        kinds = {c.name: c.type.dialect_impl(dialect) for c in table.columns}
        written = {name: kind.bind_processor(dialect) for name, kind in kinds.items()}
        made = {name: process for name, process in written.items() if process}
        return Insertion(self.text_of(self.new_row(table)), made)

    def close(self) -> None:
        self._drop_own()
        self._engine.dispose()

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
                _require_own_tables(self._engine)
                self._prepared = True
            except (SQLAlchemyError, sqlite3.Error):
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)  # another process may be making the same tables


def _require_own_tables(engine: Engine) -> None:
    """Columns by name; raises OtherTables."""
    inspector = inspect(engine)
    for table in METADATA.sorted_tables:
        found = {column["name"] for column in inspector.get_columns(table.name)}
        own = {column.name for column in table.columns}
        if found != own:
            more, less = sorted(found - own), sorted(own - found)
            raise OtherTables(
                f"its table {table.name} is not the one of this version (without "
                f"{', '.join(less) or 'nothing'}; with {', '.join(more) or 'nothing'} more). "
                "Name another database, or start the version that made this one; nothing in "
                "it was changed"
            )


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
        "sqlite://",
        paramstyle="named",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
    )


def _on_disk(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(
            url, pool_pre_ping=True, pool_timeout=PATIENCE_S, connect_args=_POSTGRESQL
        )
    engine = create_engine(
        url,
        paramstyle="named",
        pool_timeout=PATIENCE_S,
        connect_args={"timeout": PATIENCE_S},
    )

    @event.listens_for(engine, "connect")
    def _for_several_processes(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint=4000")  # pages, 16 MB: seldom

    return engine
