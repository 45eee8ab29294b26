"""Calls of the order hooks for the fixture patients, with drafts as an EHR sends them."""

from __future__ import annotations

from typing import Any

from tests.support import FHIR_BASE, hook_request, read_bundle

SIGN, SELECT = "rraml-order-sign", "rraml-order-select"
HOOKS = {SIGN: "order-sign", SELECT: "order-select"}
REPLAY = "org.rraml.replay"
# The order cases: the patient, the day, what is ordered.
DAYS = {
    "patient-1-relapse": "2022-01-12",
    "patient-1-after-hct": "2022-09-20",
    "order-target-lost": "2022-01-12",
    "order-dli-with-gvhd": "2023-03-06",
    "order-venetoclax-posaconazole": "2022-01-12",
}


def prescription(text: str, id: str = "request-123", **more: Any) -> dict[str, Any]:
    draft = {"resourceType": "MedicationRequest", "id": id, "status": "draft"}
    return draft | {"intent": "order", "medicationCodeableConcept": {"text": text}} | more


def request(text: str, id: str = "service-1") -> dict[str, Any]:
    draft = {"resourceType": "ServiceRequest", "id": id, "status": "draft", "intent": "order"}
    return draft | {"code": {"text": text}}


def basket(*drafts: dict[str, Any]) -> dict[str, Any]:
    entries = [
        {"fullUrl": f"{FHIR_BASE}/{draft['resourceType']}/{draft['id']}", "resource": draft}
        for draft in drafts
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def call(
    patient: str, *drafts: dict[str, Any], service: str = SIGN, day: str = "", **replay: str
) -> dict[str, Any]:
    """A call with the whole record as prefetch, on the day of the case; all drafts selected."""
    whole: dict[str, Any] = dict(hook_request(read_bundle(patient)))
    reference = {"reference": f"Patient/{patient}"}
    mine = [{"subject": reference} | draft for draft in drafts]
    context = whole["context"] | {"draftOrders": basket(*mine)}
    if service == SELECT:
        context["selections"] = [f"{d['resourceType']}/{d['id']}" for d in drafts]
    as_of = {"asOf": day or DAYS[patient], **replay}
    return whole | {
        "hook": HOOKS[service],
        "context": context,
        "extension": {REPLAY: as_of},
    }
