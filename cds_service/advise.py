"""The straight line: from a call to its answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial

from msgspec import structs

from aml.assess import Examination, examine
from aml.assessment import Assessment, Suppressed
from aml.foreseen import Foreseen, foresee, forewarned, mark_of
from aml.knowledge import Snapshot
from aml.ordering import Draft
from aml.orders import Judgement, answered, judge
from aml.patient import Patient
from cards.links import linked
from cards.order_cards import to_order_response
from cards.render import silent, to_response
from cds_service.admission import Terms
from cds_service.fhir_http import Deadline
from cds_service.past import NOTHING_PAST, Past
from cds_service.quiet import Quiet
from cds_service.record import gather
from cds_service.request import HookRequest, OrderContext, Replay, SelectContext
from cds_service.settings import Settings
from cds_service.turns import Turns
from cds_service.wire import as_json
from fhir_mapping import to_patient
from fhir_mapping.drafts import read_drafts
from fhir_mapping.resources import Resources

PAPER = date(2024, 1, 1)  # approvals and developments up to here are the paper's own
# Calls of a process that read at once: with more of them all finish late, and fewer in time
# (docs/measurements/load.md). Each may ask eight queries at the same time.
READERS = 24
READING_SHARE = 0.85  # of the deadline; the rest is for thinking and writing


def _nothing(terms: Terms, patient_id: str) -> Past:
    return NOTHING_PAST


@dataclass(frozen=True, slots=True)
class Chart:
    """One patient's record on one day, read and judged."""

    snapshot: Snapshot
    resources: Resources
    patient: Patient
    examination: Examination


@dataclass(frozen=True, slots=True)
class Adviser:
    """What a call is answered with: the settings, the library in force, and what users did
    with earlier answers."""

    settings: Settings
    in_force: Callable[[str, date], Snapshot]
    recall: Callable[[Terms, str], Past] = _nothing
    reading: Turns = field(default_factory=partial(Turns, READERS))
    thinking: Turns = field(default_factory=partial(Turns, 1))

    def advise(
        self, request: HookRequest, terms: Terms, deadline: Deadline
    ) -> dict[str, object]:
        """The response to a call, on the terms of whoever called.

        Raises MissingData, AnotherPatient, BadField or Unavailable (see `cds_service.errors`).
        """
        spared = self.settings.deadline_s * (1 - READING_SHARE)
        in_time = deadline.earlier(spared)
        with self.reading.turn(in_time):
            resources = self._gathered(request, terms, in_time)
        with self.thinking.turn(deadline.earlier(spared / 2)):
            return self._answer(request, terms, self._judged(request, terms, resources))

    def _answer(self, request: HookRequest, terms: Terms, chart: Chart) -> dict[str, object]:
        snapshot, examination = chart.snapshot, chart.examination
        if isinstance(request.context, OrderContext):
            drafts = _drafts(request.context, chart.resources)
            judgement = judge(drafts, examination, snapshot)
            response = self._on_orders(judgement, examination, snapshot, request, terms)
        else:
            response = self._on_chart(examination, snapshot, request, terms)
        return linked(response, self.settings.page_url, snapshot)

    def look(self, request: HookRequest, terms: Terms, seconds: float) -> Chart:
        """The line up to the assessment; cards and the page show the same one.

        `seconds`: how long reading may take. Raises as `advise` does.
        """
        resources = self._gathered(request, terms, Deadline.after(seconds))
        return self._judged(request, terms, resources)

    def paper(self, snapshot: Snapshot) -> Snapshot:
        """The library as on the day of the paper, for the same day and place."""
        return replace(self.in_force(snapshot.jurisdiction, PAPER), on=snapshot.on)

    def _on_chart(
        self, examination: Examination, snapshot: Snapshot, request: HookRequest, terms: Terms
    ) -> dict[str, object]:
        assessment = examination.assessment
        if silent(assessment):
            return to_response(assessment, snapshot, request.hookInstance)
        instance = _instance(request, assessment)
        foreseen = foresee(examination, snapshot)
        assessment = forewarned(assessment, foreseen)
        quiet = self._quiet(request, terms, foreseen)
        chart, suppressed = quiet.chart(assessment, snapshot)
        if suppressed:
            assessment = structs.replace(assessment, suppressed=suppressed)
        return to_response(assessment, snapshot, instance, chart)

    def _on_orders(
        self,
        judgement: Judgement,
        examination: Examination,
        snapshot: Snapshot,
        request: HookRequest,
        terms: Terms,
    ) -> dict[str, object]:
        suppressed: tuple[Suppressed, ...] = ()
        instance = _instance(request, answered(judgement, (), snapshot))
        if judgement.alerts:
            quiet = self._quiet(request, terms, foresee(examination, snapshot))
            judgement, suppressed = quiet.orders(judgement, snapshot)
        return to_order_response(
            judgement,
            answered(judgement, suppressed, snapshot),
            snapshot,
            instance,
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
        replay = request.replay() if self.settings.allow_replay else Replay()
        on = replay.asOf or self.settings.today()
        return self.in_force(replay.jurisdiction or terms.jurisdiction, on)

    def _gathered(self, request: HookRequest, terms: Terms, deadline: Deadline) -> Resources:
        server = None
        if request.fhirServer is not None:
            server = terms.servers.open(request.fhirServer, request.token, deadline)
        return gather(request, server)

    def _judged(self, request: HookRequest, terms: Terms, resources: Resources) -> Chart:
        snapshot = self._snapshot(request, terms)
        patient = to_patient(resources)
        return Chart(snapshot, resources, patient, examine(patient, snapshot))


def _instance(request: HookRequest, assessment: Assessment) -> str:
    """What the ids of cards are made from: the call, the patient, and what is said of him. So
    feedback means one card, also of a client that uses a hookInstance twice."""
    said = as_json(assessment.to_json(), sorted_keys=True)
    digest = hashlib.sha256(said).hexdigest()
    return f"{request.hookInstance} {request.context.patientId} {digest}"


def _drafts(context: OrderContext, resources: Resources) -> tuple[Draft, ...]:
    """Of order-select those that were selected are judged, the others stand beside them."""
    selections = context.selections if isinstance(context, SelectContext) else None
    return read_drafts(context.draftOrders, selections, resources)
