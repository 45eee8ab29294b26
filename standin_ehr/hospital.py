"""The hospital behind the pages: records, desks, registered apps, and the service it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from standin_ehr.cds_client import CdsClient, Exchange
from standin_ehr.desk import Call, Desks, Setting
from standin_ehr.expected import Expected, read_expected
from standin_ehr.oauth import App
from standin_ehr.records import Ehr
from standin_ehr.service import SMART_CLIENT_ID
from standin_ehr.smart import SmartServer

USER = "Practitioner/example"
HOOK_TOKEN_S = 300


@dataclass
class Hospital:
    """`url` is its own address, `service_url` that of the service; both are known late.

    `problem`: what was wrong with the record that was dropped in last, to be said once.
    """

    fixtures: Path
    url: str = ""
    service_url: str = ""
    problem: str = ""
    desks: Desks = field(default_factory=Desks)
    _services: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cases = read_expected(self.fixtures / "expected.yaml")
        self.ehr = Ehr(self.fixtures / "patients")
        self.smart = SmartServer(self.ehr)
        self._at_first = {c.patient_id: self.ehr.record(c.patient_id) for c in self.cases}

    @property
    def fhir_url(self) -> str:
        return f"{self.url}/fhir"

    def connect(self, url: str, service_url: str) -> None:
        """Says where both answer, and registers the page that the service's cards link to."""
        self.url, self.service_url = url, service_url
        redirect = f"{service_url}/smart/callback"
        self.smart.register(App(SMART_CLIENT_ID, (redirect,), f"{service_url}/smart/launch"))

    def case_of(self, patient: str) -> Expected | None:
        """The first case about a fixture patient: the day that its chart opens on."""
        return next((case for case in self.cases if case.patient_id == patient), None)

    def usual(self, patient: str) -> Setting:
        case = self.case_of(patient)
        if case is None:
            return Setting(datetime.now(UTC).date())
        return Setting(case.as_of, case.jurisdiction)

    def put_back(self, patient: str) -> None:
        """The record as it was at first, and an empty desk."""
        self.desks.clear(patient)
        if patient in self._at_first:
            self.ehr.replace(patient, self._at_first[patient])

    def ask(self, hook: str, patient: str, setting: Setting, **context: Any) -> Call:
        """What the service says when the user does this, as of the day of the chart."""
        whole = {"userId": USER, "patientId": patient, **context}
        with self._client(patient) as client:
            try:
                service = self._service(client, hook)
                prefetched = setting.way == "prefetch"
                request = client.by_prefetch if prefetched else client.by_fhir_server
                body = request(service, whole, setting.replay)
            except (LookupError, requests.RequestException) as error:
                said = f"no answer: {type(error).__name__}"
                lost = Exchange(f"{self.service_url}/cds-services", {}, 0, said, 0.0)
                return self.desks.note(patient, hook, {}, lost)
            return self.desks.note(patient, hook, service, client.ask(service, body))

    def tell(self, call: Call, card: str, outcome: Mapping[str, Any]) -> Call:
        """What the user did with a card, told to the service that sent it."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        entry = {"card": card, **outcome, "outcomeTimestamp": now}
        with self._client(call.patient) as client:
            exchange = client.give_feedback(call.service, entry)
        return self.desks.note(call.patient, "feedback", call.service, exchange)

    def _client(self, patient: str) -> CdsClient:
        """With a token for this record and no other, for as long as a call may take."""
        token = self.ehr.tokens.issue(patient, "patient/*.rs", HOOK_TOKEN_S)
        return CdsClient(self.service_url, self.fhir_url, token)

    def _service(self, client: CdsClient, hook: str) -> Mapping[str, Any]:
        if hook not in self._services:
            self._services[hook] = client.discover(hook)
        return self._services[hook]
