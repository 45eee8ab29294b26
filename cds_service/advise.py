"""The straight line: from a call to its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from aml.assess import examine
from aml.assessment import Suppressed
from aml.knowledge import Snapshot
from aml.ordering import Draft
from aml.orders import answered, judge
from cards.order_cards import to_order_response
from cards.render import to_response
from cds_service.admission import Terms
from cds_service.fhir_client import Deadline, FhirServer
from cds_service.record import gather
from cds_service.request import HookRequest, OrderContext, SelectContext
from cds_service.settings import Jurisdiction, Settings
from fhir_mapping import to_patient
from fhir_mapping.drafts import read_drafts
from fhir_mapping.resources import Resources

NOTHING_SUPPRESSED: tuple[Suppressed, ...] = ()
READING_SHARE = 0.85  # of the deadline; the rest is for thinking and writing


@dataclass(frozen=True, slots=True)
class Adviser:
    """What a call is answered with: the settings and the library in force."""

    settings: Settings
    in_force: Callable[[Jurisdiction, date], Snapshot]

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
            return to_order_response(
                judgement,
                answered(judgement, NOTHING_SUPPRESSED, snapshot),
                snapshot,
                request.hookInstance,
                acknowledge=self.settings.acknowledge_orders,
            )
        return to_response(examination.assessment, snapshot, request.hookInstance)

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
