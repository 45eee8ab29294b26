"""What is on the user's desk: drafts of orders, calls of the service, answers to its cards.

In memory, for as long as the stand-in runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from standin_ehr.cds_client import Exchange
from standin_ehr.orders import reference

MOST_CALLS = 40
JURISDICTIONS = ("US", "EU")
WAYS = {"fhir": "access to the FHIR server", "prefetch": "the whole record as prefetch"}


@dataclass(frozen=True, slots=True)
class Setting:
    """How the chart is looked at: for which day, where, and how the service gets the record."""

    on: date
    here: str = "US"
    way: str = "fhir"

    @property
    def query(self) -> dict[str, Any]:
        return {"on": self.on.isoformat(), "here": self.here, "way": self.way}

    @property
    def replay(self) -> dict[str, Any]:
        """The extension by which a call names day and jurisdiction."""
        return {"org.rraml.replay": {"asOf": self.on.isoformat(), "jurisdiction": self.here}}


@dataclass(frozen=True, slots=True)
class Call:
    """One exchange with the service. `hook` is `feedback` for what was told afterwards."""

    id: str
    patient: str
    hook: str
    service: Mapping[str, Any]
    exchange: Exchange

    def card(self, card_id: str) -> Mapping[str, Any] | None:
        return next((c for c in self.exchange.cards if c.get("uuid") == card_id), None)


@dataclass
class Desk:
    """One per patient."""

    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    order_call: str = ""
    asked_to_sign: bool = False
    answered: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def take(self, draft: dict[str, Any]) -> None:
        self.drafts[reference(draft)] = draft

    def notices_once(self) -> list[str]:
        shown, self.notices = self.notices, []
        return shown


class Desks:
    """Every patient's desk, and the calls of all."""

    def __init__(self) -> None:
        self._desks: dict[str, Desk] = {}
        self._calls: dict[str, Call] = {}

    def of(self, patient: str) -> Desk:
        return self._desks.setdefault(patient, Desk())

    def clear(self, patient: str) -> None:
        self._desks.pop(patient, None)
        self._calls = {k: c for k, c in self._calls.items() if c.patient != patient}

    def note(
        self, patient: str, hook: str, service: Mapping[str, Any], exchange: Exchange
    ) -> Call:
        call = Call(uuid.uuid4().hex, patient, hook, service, exchange)
        kept = list(self._calls.items())[-MOST_CALLS + 1 :]
        self._calls = dict([*kept, (call.id, call)])
        return call

    def call(self, id: str) -> Call | None:
        return self._calls.get(id)

    def calls(self, patient: str) -> Iterator[Call]:
        """The newest first."""
        return (c for c in reversed(list(self._calls.values())) if c.patient == patient)
