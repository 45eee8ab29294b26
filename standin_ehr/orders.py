"""Draft orders: what can be chosen, what is made of it, and the Bundle that a hook is sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from standin_ehr.search import Json

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
# What the formulary of this hospital calls it: system, code.
FORMULARY: Mapping[str, tuple[str, str]] = {
    "azacitidine 75 mg/m² i.v.": (RXNORM, "1251"),
    "cytarabine i.v.": (RXNORM, "3041"),
    "enasidenib 100 mg tablets": (RXNORM, "1940332"),
    "gemtuzumab ozogamicin 3 mg/m² i.v.": (RXNORM, "1294580"),
    "gilteritinib 40 mg tablets": (RXNORM, "2105806"),
    "ivosidenib 250 mg tablets": (RXNORM, "2049873"),
    "midostaurin 25 mg capsules": (RXNORM, "1919083"),
    "posaconazole 100 mg tablets": (RXNORM, "282446"),
    "quizartinib 26.5 mg tablets": (ATC, "L01EX11"),
    "revumenib 160 mg tablets": (RXNORM, "2698331"),
    "sorafenib 200 mg tablets": (RXNORM, "495881"),
    "venetoclax 100 mg tablets": (RXNORM, "1747556"),
    "ziftomenib 200 mg capsules": (RXNORM, "2725990"),
}
SERVICES = (
    "Donor lymphocyte infusion",
    "NPM1 MRD in bone marrow by RT-qPCR",
    "Myeloid mutation panel with FLT3-ITD and FLT3-TKD, IDH1, IDH2, NPM1, TP53",
    "Bone marrow aspiration",
    "Allogeneic stem cell transplantation",
)
DRAFTED = ("MedicationRequest", "ServiceRequest", "CarePlan")


def medication(patient_id: str, chosen: str, text: str, on: date) -> dict[str, Any]:
    """A prescription from the formulary, or in free text; of both, the words of the text."""
    concept: dict[str, Any] = {"text": text or chosen}
    if chosen in FORMULARY:
        system, code = FORMULARY[chosen]
        concept["coding"] = [{"system": system, "code": code, "display": chosen}]
    return _order("MedicationRequest", patient_id, on) | {"medicationCodeableConcept": concept}


def service(patient_id: str, text: str, on: date) -> dict[str, Any]:
    return _order("ServiceRequest", patient_id, on) | {"code": {"text": text}}


def suggested(resource: Json, patient_id: str, on: date) -> dict[str, Any]:
    """The resource of a create action as a draft of ours: with an id, patient and day."""
    kind = str(resource["resourceType"])
    return (
        _order(kind, patient_id, on) | dict(resource) | {"id": f"draft-{uuid.uuid4().hex[:12]}"}
    )


def signed(draft: Json) -> dict[str, Any]:
    return dict(draft) | {"status": "active", "intent": "order"}


def draft_orders(drafts: Iterable[Json], fhir_url: str) -> dict[str, Any]:
    """`context.draftOrders` of the order hooks."""
    entries = [{"fullUrl": f"{fhir_url}/{reference(x)}", "resource": dict(x)} for x in drafts]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def reference(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _order(kind: str, patient_id: str, on: date) -> dict[str, Any]:
    """A CarePlan has its day in `created`, requests in `authoredOn`."""
    return {
        "resourceType": kind,
        "id": f"draft-{uuid.uuid4().hex[:12]}",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient_id}"},
        "created" if kind == "CarePlan" else "authoredOn": on.isoformat(),
    }
