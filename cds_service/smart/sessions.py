"""What the page knows of a browser between two requests: one launch, or one open patient.

A session is sealed with a key that only the browser has, in a cookie that scripts cannot read
and that is sent to this one patient's address alone. The store holds what is sealed, so that
every process finds it; without the cookie nobody can open it, and without the store the cookie
says nothing. So an access token is never written down where somebody could use it, and two
charts in two tabs never get into each other's way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds_service.request import FhirId
from cds_service.smart.context import CardContext
from cds_service.store import Store

LONGEST = timedelta(minutes=60)


class Session(BaseModel):
    """One patient, open in one browser, until the token or our own limit ends it."""

    model_config = ConfigDict(frozen=True)

    iss: str
    patient: FhirId
    token: str = Field(repr=False)
    until: datetime
    card: CardContext = CardContext()
    banner: bool = True  # the EHR does not show whose chart this is


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of all browsers. Every method may raise StoreError."""

    store: Store

    def begin(self, session: Session, now: datetime) -> str:
        """The key, for the browser."""
        key = Fernet.generate_key()
        sealed = Fernet(key).encrypt(session.model_dump_json().encode()).decode()
        self.store.keep_session(_name(key.decode()), sealed, session.until, now)
        return key.decode()

    def of(self, key: str, now: datetime) -> Session | None:
        """None for a key that opens nothing, or nothing any more."""
        sealed = self.store.session(_name(key), now)
        if sealed is None:
            return None
        try:
            return Session.model_validate_json(Fernet(key).decrypt(sealed))
        except (InvalidToken, ValidationError, ValueError):
            return None

    def end(self, key: str) -> None:
        self.store.end_session(_name(key))


def _name(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
