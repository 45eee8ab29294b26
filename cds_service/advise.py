"""The straight line: from a call to its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from aml.assess import Examination, examine
from aml.assessment import Suppressed
from aml.foreseen import Foreseen, foresee, forewarned, mark_of
from aml.knowledge import Snapshot
from aml.ordering import Draft
from aml.orders import Judgement, answered, judge
from cards.order_cards import to_order_response
from cards.render import silent, to_response
from cds_service.admission import Terms
from cds_service.fhir_client import FhirServer
from cds_service.fhir_http import Deadline
from cds_service.past import NOTHING_PAST, Past
from cds_service.quiet import Quiet
from cds_service.record import gather
from cds_service.request import HookRequest, OrderContext, SelectContext
from cds_service.settings import Jurisdiction, Settings
from fhir_mapping import to_patient
from fhir_mapping.drafts import read_drafts
from fhir_mapping.resources import Resources

READING_SHARE = 0.85  # of the deadline; the rest is for thinking and writing


def _nothing(terms: Terms, patient_id: str) -> Past:
    return NOTHING_PAST


@dataclass(frozen=True, slots=True)
class Adviser:
    """What a call is answered with: the settings, the library in force, and what users did
    with earlier answers."""

    settings: Settings
    in_force: Callable[[Jurisdiction, date], Snapshot]
    recall: Callable[[Terms, str], Past] = _nothing

    def advise(self, request: HookRequest, terms: Terms) -> dict[str, object]:
        """The response to a call, on the terms of whoever called.

        Raises MissingData, AnotherPatient or BadField (see `cds_service.errors`).
        """
        snapshot = self._snapshot(request, terms)
        resources = gather(request, self._server(request, terms))
        patient = to_patient(resources)
        examination = examine(patient, snapshot)
        if isinstance(request.context, OrderContext):
            drafts = _drafts(request.context, resources)
            judgement = judge(drafts, examination, snapshot)
            return self._on_orders(judgement, examination, snapshot, request, terms)
        return self._on_chart(examination, snapshot, request, terms)

    def _on_chart(
        self, examination: Examination, snapshot: Snapshot, request: HookRequest, terms: Terms
    ) -> dict[str, object]:
        assessment = examination.assessment
        if silent(assessment):
            return to_response(assessment, snapshot, request.hookInstance)
        foreseen = foresee(examination, snapshot)
        assessment = forewarned(assessment, foreseen)
        quiet = self._quiet(request, terms, foreseen)
        chart, suppressed = quiet.chart(assessment, snapshot)
        assessment = replace(assessment, suppressed=suppressed)
        return to_response(assessment, snapshot, request.hookInstance, chart)

    def _on_orders(
        self,
        judgement: Judgement,
        examination: Examination,
        snapshot: Snapshot,
        request: HookRequest,
        terms: Terms,
    ) -> dict[str, object]:
        suppressed: tuple[Suppressed, ...] = ()
        if judgement.alerts:
            quiet = self._quiet(request, terms, foresee(examination, snapshot))
            judgement, suppressed = quiet.orders(judgement, snapshot)
        return to_order_response(
            judgement,
            answered(judgement, suppressed, snapshot),
            snapshot,
            request.hookInstance,
            acknowledge=self.settings.acknowledge_orders,
        )

    def _quiet(self, request: HookRequest, terms: Terms, foreseen: Foreseen) -> Quiet:
        patient = request.context.patientId
        marks = {
            drug: mark_of(f"Patient/{patient}", alerts) for drug, alerts in foreseen.items()
        }
        past = self.recall(terms, patient)
        return Quiet(past, self.settings.quiet_hours, datetime.now(UTC), marks)

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


def _drafts(context: OrderContext, resources: Resources) -> tuple[Draft, ...]:
    """Of order-select those that were selected are judged, the others stand beside them."""
    selections = context.selections if isinstance(context, SelectContext) else None
    return read_drafts(context.draftOrders, selections, resources)
