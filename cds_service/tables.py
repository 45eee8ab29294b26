"""The tables of the store. Of a patient they hold a keyed digest, never a name or an id."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

METADATA = MetaData()


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, also where the database forgets the zone (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC) if value else None


CARDS = Table(
    "cards",
    METADATA,
    Column("client", String(61), primary_key=True),
    Column("service", String(60), primary_key=True),
    Column("uuid", String(36), primary_key=True),
    Column("topic", String(60), nullable=False),
    Column("codes", JSON, nullable=False),
    Column("patient_key", String(64), nullable=False, index=True),
    Column("facts_key", String(64), nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("shown_at", Moment, nullable=False),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("received_at", Moment, nullable=False),
    Column("client", String(61), nullable=False),
    Column("service", String(60), nullable=False),
    Column("card", String(36), nullable=False, index=True),
    Column("known_card", Boolean, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("outcome_timestamp", Moment, nullable=False),
    Column("accepted_suggestions", JSON, nullable=False),
    Column("reason_system", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason_display", Text, nullable=False),
    Column("user_comment", Text, nullable=False),
)

USED_TOKENS = Table(
    "used_tokens",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)

# What is sealed can be opened with the browser's cookie alone; `key` is a digest of the same.
SMART_SESSIONS = Table(
    "smart_sessions",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

SECRETS = Table(
    "secrets",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", String(64), nullable=False),
)
