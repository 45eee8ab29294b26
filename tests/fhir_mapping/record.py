"""Small synthetic records: one patient, and the results given, as an EHR would send them."""

from __future__ import annotations

import json
from typing import Any

from fhir_mapping.answers import decode
from fhir_mapping.resources import Resources

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
HGNC = "http://www.genenames.org/geneId"
DAY = "2024-03-01"

Json = dict[str, Any]


def record(*results: Json) -> Resources:
    """A record of patient `p`; a result without type is a final Observation of one day."""
    entries: list[Json] = [{"resource": {"resourceType": "Patient", "id": "p"}}]
    for number, result in enumerate(results):
        resource: Json = {
            "resourceType": "Observation",
            "id": f"r{number}",
            "status": "final",
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": DAY,
            **result,
        }
        entries.append({"resource": resource})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return Resources.from_bundle(decode(json.dumps(bundle).encode()), "p")


def coded(code: str, display: str = "", system: str = LOINC) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def lab_test(name: str, **rest: Any) -> Json:
    """A result named by text alone."""
    return {"code": {"text": name}, **rest}


def quantity(value: float, unit: str = "", **rest: Any) -> Json:
    return {"value": value, "unit": unit, **rest}


def report(name: str, conclusion: str, **rest: Any) -> Json:
    return {
        "resourceType": "DiagnosticReport",
        "code": {"text": name},
        "conclusion": conclusion,
        **rest,
    }


def gene(code: str, display: str = "") -> Json:
    return {"code": coded("48018-6"), "valueCodeableConcept": coded(code, display, HGNC)}


def variant(*component: Json, **rest: Any) -> Json:
    return {"code": coded("69548-6"), "component": list(component), **rest}


PRESENT: Json = {"valueCodeableConcept": coded("LA9633-4", "Present")}
ABSENT: Json = {"valueCodeableConcept": coded("LA9634-2", "Absent")}
