"""Code systems, and the small parts of which resources are built."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.encodings.pen import Json

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
ICD_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_WHO = "http://hl7.org/fhir/sid/icd-10"
ICD_GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
ICD_O = "http://terminology.hl7.org/CodeSystem/icd-o-3"
CPT = "http://www.ama-assn.org/go/cpt"
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
HGNC = "http://www.genenames.org/geneId"
HGVS = "http://varnomen.hgvs.org"
LOCAL = "https://lab.example/codes"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_HL7 = "http://terminology.hl7.org/CodeSystem/"


def coded(code: str, display: str = "", system: str = LOINC, text: str = "") -> Json:
    coding = {"system": system, "code": code, "display": display}
    concept: Json = {"coding": [{k: v for k, v in coding.items() if v}]}
    return {**concept, "text": text} if text else concept


def worded(text: str) -> Json:
    return {"text": text}


def status(system: str, code: str) -> Json:
    """A status element of a Condition: `condition-clinical`, `condition-ver-status`."""
    return coded(code, system=_HL7 + system)


def quantity(value: str, unit: str, code: str = "", comparator: str = "") -> Json:
    """The number keeps its digits: it is written as JSON from a Decimal."""
    measured: Json = {"value": Decimal(value), "unit": unit}
    if comparator:
        measured["comparator"] = comparator
    return {**measured, "system": UCUM, "code": code} if code else measured


def interpreted(code: str, display: str) -> list[Json]:
    return [coded(code, display, INTERPRETATION)]


def component(code: Json, **value: Any) -> Json:
    return {"code": code, **value}


def observation(identity: str, code: Json, **rest: Any) -> Json:
    found = {"resourceType": "Observation", "id": identity, "status": "final", "code": code}
    return {**found, **rest}


def report(identity: str, code: Json, **rest: Any) -> Json:
    found = {"resourceType": "DiagnosticReport", "id": identity, "status": "final"}
    return {**found, "code": code, **rest}


def later(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


def product(value: str, factor: str) -> str:
    """The decimal product, in digits alone."""
    found = Decimal(value) * Decimal(factor)
    return f"{found.normalize():f}"
