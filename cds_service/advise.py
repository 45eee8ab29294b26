"""The straight line: from a call to its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from aml.assess import assess
from aml.knowledge import Snapshot
from cards.render import to_response
from cds_service.admission import Terms
from cds_service.fhir_client import Deadline, FhirServer
from cds_service.record import gather
from cds_service.request import HookRequest
from cds_service.settings import Jurisdiction, Settings
from fhir_mapping import to_patient

READING_SHARE = 0.85  # of the deadline; the rest is for thinking and writing


@dataclass(frozen=True, slots=True)
class Adviser:
    """What a call is answered with: the settings, and the library in force."""

    settings: Settings
    in_force: Callable[[Jurisdiction, date], Snapshot]

    def advise(self, request: HookRequest, terms: Terms) -> dict[str, object]:
        """The response to a patient-view call, on the terms of whoever called.

        Raises MissingData, AnotherPatient or BadField (see `cds_service.errors`).
        """
        snapshot = self._snapshot(request, terms)
        resources = gather(request, self._server(request, terms))
        patient = to_patient(resources)
        assessment = assess(patient, snapshot)
        return to_response(assessment, snapshot, request.hookInstance)

    def _snapshot(self, request: HookRequest, terms: Terms) -> Snapshot:
        jurisdiction, on = terms.jurisdiction, self.settings.today()
        if self.settings.allow_replay:
            replay = request.replay()
            jurisdiction, on = replay.jurisdiction or jurisdiction, replay.asOf or on
        return self.in_force(jurisdiction, on)

    def _server(self, request: HookRequest, terms: Terms) -> FhirServer | None:
        if request.fhirServer is None:
            return None
        deadline = Deadline.after(self.settings.deadline_s * READING_SHARE)
        return terms.servers.open(request.fhirServer, request.token, deadline)
