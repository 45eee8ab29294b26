"""Diagnoses (9, 1.12) and responses (9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.encodings.facts import Diagnosis, Response
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.reports import tell
from tests.encodings.samples import DATE, Sample
from tests.encodings.sentences import sentence
from tests.encodings.terms import (
    ICD_CM,
    ICD_GM,
    ICD_O,
    ICD_WHO,
    SNOMED,
    coded,
    later,
    observation,
    status,
    worded,
)

AML = Choice("AML", "9", {
    "SNOMED CT": coded("91861009", "Acute myeloid leukemia, disease (disorder)", SNOMED),
    "ICD-10-CM": coded("C92.00", "Acute myeloblastic leukemia, not having achieved", ICD_CM),
    "ICD-10-CM without its dot": coded("C9200", system=ICD_CM),
    "multilineage dysplasia": coded("C92.A0", system=ICD_CM),
    "ICD-10 of the WHO": coded("C92.0", "Acute myeloblastic leukaemia [AML]", ICD_WHO),
    "ICD-10-GM": coded("C92.00", "Akute myeloblastische Leukämie", ICD_GM),
    "ICD-O morphology": coded("9861/3", "Acute myeloid leukemia, NOS", ICD_O),
    "two codings": {"coding": [
        {"system": "https://ehr.example/problems", "code": "38271", "display": "AML (HCC)"},
        {"system": ICD_CM, "code": "C92.00"},
        {"system": SNOMED, "code": "91861009"},
    ]},
    "ICD-10 without system": {"coding": [{"code": "C92.00", "display": "AML"}]},
    "AML": worded("AML"),
    "in words": worded("Acute myeloid leukemia"),
    "German words": worded("Akute myeloische Leukämie"),
    "old name": worded("Acute myelogenous leukaemia (M2)"),
})  # fmt: skip
APL = Choice("APL", "9", {
    "ICD-10-CM": coded("C92.40", "Acute promyelocytic leukemia", ICD_CM),
    "SNOMED CT": coded("110004001", "Acute promyelocytic leukemia, FAB M3", SNOMED),
    "in words": worded("Acute promyelocytic leukemia"),
    "AML M3": worded("AML M3"),
    "under AML": coded("C92.00", system=ICD_CM, text="AML with t(15;17), APL"),
    "both codes": {"coding": [
        {"system": ICD_CM, "code": "C92.00"}, {"system": ICD_CM, "code": "C92.40"},
    ]},
})  # fmt: skip
WITH_NPM1 = Choice("diagnosis that carries NPM1", "1.12", {
    "in words": worded("AML with mutated NPM1"),
    "NPM1+": worded("AML NPM1+"),
    "ICD-O": coded("9877/3", "AML with mutated NPM1", ICD_O),
    "German": worded("AML mit NPM1-Mutation"),
})  # fmt: skip
ONSET: Choice[Callable[[str], Json]] = Choice("onset", "4", {
    "onsetDateTime": lambda day: {"onsetDateTime": day},
    "onsetDateTime with zone": lambda day: {"onsetDateTime": f"{day}T00:00:00+02:00"},
    "onsetPeriod": lambda day: {"onsetPeriod": {"start": day}},
})  # fmt: skip
_OTHERS = {
    "breast cancer": coded("C50.912", "Malignant neoplasm of left female breast", ICD_CM),
    "hypertension": coded("I10", "Essential (primary) hypertension", ICD_CM),
}


def diagnosis(pen: Pen, fact: Diagnosis) -> list[Json]:
    code = _code(pen, fact)
    found = [_condition(pen, fact, code, pen.take(ONSET)(fact.day.isoformat()))]
    copies = (
        pen.number(4) if fact.diagnosis == "aml" and fact.verification == "confirmed" else 0
    )
    for _ in range(max(0, copies - 1)):
        found.append(_copy(pen, fact))
    return found


def _code(pen: Pen, fact: Diagnosis) -> Json:
    if fact.diagnosis == "aml":
        carried = pen.kept.get("NPM1 in the diagnosis")
        return pen.take(WITH_NPM1) if carried else pen.take(AML)
    return pen.take(APL) if fact.diagnosis == "apl" else _OTHERS[fact.diagnosis]


def _condition(pen: Pen, fact: Diagnosis, code: Json, onset: Json) -> Json:
    condition: Json = {"resourceType": "Condition", "id": pen.id("diagnosis"), "code": code}
    condition["verificationStatus"] = status("condition-ver-status", fact.verification)
    if fact.verification != "entered-in-error":
        condition["clinicalStatus"] = status("condition-clinical", fact.status)
    return {**condition, **onset, "recordedDate": later(fact.day, 1)}


COPY: Choice[Json] = Choice("copy of a diagnosis", "9", {
    "billing row": {"code": coded("C92.00", system=ICD_CM)},
    "encounter diagnosis": {
        "category": [worded("encounter-diagnosis")],
        "code": coded("91861009", "Acute myeloid leukemia", SNOMED),
    },
    "year of onset": {"code": worded("AML")},
})  # fmt: skip


def _copy(pen: Pen, fact: Diagnosis) -> Json:
    """Rows of billing and encounters repeat the diagnosis, with less of a date."""
    copied = pen.take(COPY)
    row = {"resourceType": "Condition", "id": pen.id("diagnosis-copy"), **copied}
    if "text" in row["code"]:
        return {**row, "onsetDateTime": str(fact.day.year)}
    return {**row, "recordedDate": later(fact.day, 20)}


Writer: TypeAlias = Callable[[Pen, Response], list[Json]]
RESPONSE: Choice[Writer] = Choice("response")
RESPONSE_NAME = Choice("name of a response", "9", {
    "Response (ELN)": worded("Response (ELN)"),
    "Disease status": worded("Disease status, AML"),
    "mCODE": coded("97509-4", "Cancer Disease Progression"),
    "German": worded("Remissionsstatus (ELN)"),
})  # fmt: skip


def _dated(pen: Pen, fact: Response, result: Json) -> list[Json]:
    sample = Sample(fact.day, "marrow", True)
    return [result, *pen.take(DATE, (result, sample))(pen, result, sample, [])]


@RESPONSE.way("9", "category in words")
def _category(pen: Pen, fact: Response) -> list[Json]:
    code = pen.take(RESPONSE_NAME)
    return _dated(pen, fact, observation(pen.id("response"), code, valueString=fact.response))


@RESPONSE.way("9", "category as text of a concept")
def _concept(pen: Pen, fact: Response) -> list[Json]:
    value = {"valueCodeableConcept": worded(sentence(pen, fact))}
    return _dated(pen, fact, observation(pen.id("response"), pen.take(RESPONSE_NAME), **value))


@RESPONSE.way("9", "SNOMED CT", lambda f: f.response == "CR")
def _snomed(pen: Pen, fact: Response) -> list[Json]:
    value = coded("103338009", "In full remission (qualifier value)", SNOMED)
    code = coded("97509-4", "Cancer Disease Progression")
    result = observation(pen.id("response"), code, valueCodeableConcept=value)
    return _dated(pen, fact, result)


@RESPONSE.way("9", "with MRD in one value", lambda f: f.response == "CRh")
def _with_mrd(pen: Pen, fact: Response) -> list[Json]:
    code = worded("Response (ELN)")
    return _dated(pen, fact, observation(pen.id("response"), code, valueString="CRh, MRD neg"))


@RESPONSE.way("9", "sentence of a report")
def _sentence(pen: Pen, fact: Response) -> list[Json]:
    return tell(pen, fact)
