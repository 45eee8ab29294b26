"""The keys to the records: bearer tokens, each for what it was issued for and no longer."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass

# SMART App Launch 2 (`rs`) and 1 (`read`); of both only what reads.
_READING = re.compile(r"patient/(?P<kind>\*|[A-Za-z]+)\.(?P<may>c?r?u?d?s?|read|\*)")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token opens: one patient's record or, without a patient, everybody's."""

    patient: str = ""
    kinds: frozenset[str] = frozenset({"*"})
    until: float = float("inf")

    def covers(self, kind: str) -> bool:
        return "*" in self.kinds or kind in self.kinds


class Tokens:
    """The tokens that were issued and have not run out."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(
        self, patient: str = "", scope: str = "patient/*.rs", seconds: float = float("inf")
    ) -> str:
        now = time.monotonic()
        self._grants = {t: g for t, g in list(self._grants.items()) if g.until > now}
        token = secrets.token_urlsafe(24)
        self._grants[token] = Grant(patient, readable_kinds(scope), now + seconds)
        return token

    def of(self, authorization: str) -> Grant | None:
        """What an Authorization header opens; None if nothing."""
        scheme, _, token = authorization.partition(" ")
        grant = self._grants.get(token) if scheme.lower() == "bearer" else None
        return grant if grant and grant.until > time.monotonic() else None


def readable_kinds(scope: str) -> frozenset[str]:
    """The resource types that a SMART scope lets a client read; `*` is all."""
    found = (_READING.fullmatch(each) for each in scope.split())
    return frozenset(m["kind"] for m in found if m and set(m["may"]) & set("rs*"))


def reads_only(scope: str) -> bool:
    """Whether this is a scope for reading a patient's record, and for nothing more."""
    found = _READING.fullmatch(scope)
    return bool(found and found["may"] in ("r", "s", "rs", "read"))
