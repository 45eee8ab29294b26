"""What outlives a call: feedback, which cards were shown, and which tokens were used.

A database that does not answer soon is a StoreError, and the caller decides what that means.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, insert, select

from cds_service.database import Database, StoreError, finds, insert_all
from cds_service.past import Past, Reaction, past_of
from cds_service.tables import CARDS, FEEDBACK, SECRETS, SMART_SESSIONS, USED_TOKENS

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

__all__ = ["FeedbackRow", "ShownCard", "Store", "StoreError"]


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


class Store:
    """The tables behind one URL, opened when first used, and made if they are not there."""

    def __init__(self, url: str, secret: str = "") -> None:
        """`secret` keys the digests; without one it is made once and kept in the database.

        Raises StoreError for a URL that can never work.
        """
        self._database = Database(url)
        self._new_card = self._database.insertion(CARDS)
        self._given = self._database.text_of(_GIVEN)
        self._secret = secret

    def use_token(self, iss: str, jti: str, expires_at: datetime, now: datetime) -> bool:
        """Whether this token is used for the first time, in any process."""
        text = f"{len(iss)}:{iss}{jti}".encode("utf-8", "surrogatepass")
        values = {"key": hashlib.sha256(text).hexdigest(), "expires_at": expires_at}
        with self._database.transaction() as connection:
            connection.execute(delete(USED_TOKENS).where(USED_TOKENS.c.expires_at < now))
            return self._database.insert_first(connection, USED_TOKENS, values)

    def remember(self, cards: Iterable[ShownCard], now: datetime) -> None:
        """Cards that were shown; one shown again keeps its first day."""
        rows = [
            {name: getattr(card, name) for name in ShownCard.__slots__} | {"shown_at": now}
            for card in cards
        ]
        if rows:
            with self._database.transaction() as connection:
                insert_all(connection, self._new_card, rows)

    def add_feedback(self, rows: Iterable[FeedbackRow], now: datetime) -> None:
        """All entries of one call, or none of them.

        A card is known if it was shown to the same client by the same service.
        """
        with self._database.transaction() as connection:
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
        with self._database.transaction() as connection:
            if not finds(connection, self._given, own):
                return past_of(digest, (), ())
            answers = connection.execute(_GIVEN, own).all()
            cards = connection.execute(_SHOWN, own).all()
        reactions = [(r[0], r[1], Reaction(r[2], r[3], r[4], bool(r[5]))) for r in answers]
        return past_of(digest, [(row[0], row[1]) for row in cards], reactions)

    def keep_session(self, key: str, sealed: str, expires_at: datetime, now: datetime) -> None:
        """Something sealed, until it expires."""
        row = {"key": key, "sealed": sealed, "expires_at": expires_at}
        with self._database.transaction() as connection:
            old = SMART_SESSIONS.c.expires_at < now
            connection.execute(delete(SMART_SESSIONS).where(old))
            connection.execute(insert(SMART_SESSIONS).values(**row))

    def session(self, key: str, now: datetime) -> str | None:
        """What was sealed under this key, if it has not expired."""
        table = SMART_SESSIONS.c
        kept = select(table.sealed).where(table.key == key, table.expires_at > now)
        with self._database.transaction() as connection:
            found: str | None = connection.execute(kept).scalar_one_or_none()
        return found

    def end_session(self, key: str) -> None:
        with self._database.transaction() as connection:
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
        return hmac.digest(self._secret.encode(), raw, "sha256").hex()

    def ready(self) -> bool:
        """Whether the database answers."""
        try:
            with self._database.transaction() as connection:
                connection.execute(select(FEEDBACK.c.id).limit(1))
        except StoreError:
            return False
        return True

    def open(self) -> None:
        """Makes the tables that are not there. Raises OtherTables, or StoreError."""
        with self._database.transaction():
            pass

    def close(self) -> None:
        self._database.close()

    def forget(self, before: datetime) -> int:
        """How many rows on cards and feedback from before that moment are deleted."""
        with self._database.transaction() as connection:
            return sum(
                connection.execute(delete(moment.table).where(moment < before)).rowcount
                for moment in (FEEDBACK.c.received_at, CARDS.c.shown_at)
            )

    def _kept_secret(self) -> str:
        with self._database.transaction() as connection:
            made = {"name": "digests", "value": secrets.token_hex(32)}
            self._database.insert_first(connection, SECRETS, made)
            kept = select(SECRETS.c.value).filter_by(name="digests")
            return str(connection.execute(kept).scalar_one())

    def _rows(self, table: Table, order: Any) -> list[dict[str, Any]]:
        with self._database.transaction() as connection:
            found = connection.execute(select(table).order_by(order))
            return [dict(row._mapping) for row in found]
