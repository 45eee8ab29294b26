"""The ten questions asked of an EHR about one patient, as CDS Hooks prefetch templates.

No query filters by code: a fact under a local code, or without any, must not be lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

PATIENT_TOKEN = "{{context.patientId}}"
_NAME_MEDICATIONS = ("MedicationRequest", "MedicationAdministration", "MedicationStatement")
_FHIR_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Query:
    """One read or search. `first`: enough, with the others so marked, for a first look.

    `include`: what its resources may only refer to. Not part of the template: no client of
    CDS Hooks need know `_include`, but a FHIR server that offers it is asked for it.
    """

    key: str
    resource_type: str
    template: str
    first: bool = False
    include: str = ""


def _search(key: str, resource_type: str, *, first: bool = False) -> Query:
    include = f"{resource_type}:medication" if resource_type in _NAME_MEDICATIONS else ""
    template = f"{resource_type}?patient={PATIENT_TOKEN}"
    return Query(key, resource_type, template, first, include)


QUERIES: tuple[Query, ...] = (
    Query("patient", "Patient", f"Patient/{PATIENT_TOKEN}", first=True),
    _search("conditions", "Condition", first=True),
    _search("observations", "Observation"),
    _search("reports", "DiagnosticReport"),
    _search("specimens", "Specimen"),
    _search("procedures", "Procedure"),
    _search("requests", "MedicationRequest"),
    _search("administrations", "MedicationAdministration"),
    _search("statements", "MedicationStatement"),
    _search("careplans", "CarePlan"),
)


def filled(query: Query, patient_id: str) -> str:
    """The query with the patient's id in place, percent-encoded.

    Raises ValueError if the id is not one that FHIR allows: it becomes part of a URL.
    """
    if not _FHIR_ID.fullmatch(patient_id) or set(patient_id) <= {"."}:
        raise ValueError("the patient's id is not a FHIR id (letters, digits, '-' and '.')")
    return query.template.replace(PATIENT_TOKEN, quote(patient_id, safe=""))
