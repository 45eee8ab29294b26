"""Synthetic charts: one patient, and resources with nothing but what the test names."""

from __future__ import annotations

import json
from typing import Any

from fhir_mapping.answers import decode
from fhir_mapping.resources import Resources

Json = dict[str, Any]

ICD_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
ICD = "http://hl7.org/fhir/sid/icd-10"
ICD_O = "http://terminology.hl7.org/CodeSystem/icd-o-3"
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
CPT = "http://www.ama-assn.org/go/cpt"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
LOINC = "http://loinc.org"


def bundle(*resources: Json, patient: Json | None = None) -> Json:
    entries = [{"resourceType": "Patient", "id": "p", **(patient or {})}]
    for number, resource in enumerate(resources):
        subject = "patient" if resource["resourceType"] == "AllergyIntolerance" else "subject"
        entries.append({"id": f"r{number}", subject: {"reference": "Patient/p"}, **resource})
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in entries],
    }


def chart(*resources: Json, patient: Json | None = None) -> Resources:
    raw = json.dumps(bundle(*resources, patient=patient)).encode()
    return Resources.from_bundle(decode(raw))


def status(code: str) -> Json:
    return {"coding": [{"code": code}]}


def code(value: str, system: str = "", display: str = "", text: str = "") -> Json:
    coding = {"system": system, "code": value, "display": display}
    concept: Json = {"coding": [{k: v for k, v in coding.items() if v}]}
    return {**concept, "text": text} if text else concept


def condition(what: str | Json, **rest: Any) -> Json:
    concept = {"text": what} if isinstance(what, str) else what
    return {"resourceType": "Condition", "code": concept, **rest}


def observation(asked: str | Json, **rest: Any) -> Json:
    concept = {"text": asked} if isinstance(asked, str) else asked
    found = {"resourceType": "Observation", "status": "final", "code": concept}
    return {**found, "effectiveDateTime": "2026-03-02", **rest}


def procedure(what: str | Json, **rest: Any) -> Json:
    concept = {"text": what} if isinstance(what, str) else what
    return {"resourceType": "Procedure", "status": "completed", "code": concept, **rest}


def medication(kind: str, what: str | Json, **rest: Any) -> Json:
    concept = {"text": what} if isinstance(what, str) else what
    return {
        "resourceType": kind,
        "status": "completed",
        "medicationCodeableConcept": concept,
        **rest,
    }


def reasons(resources: Resources) -> list[str]:
    return [entry.reason for entry in resources.ignored]
