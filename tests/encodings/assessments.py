"""Performance, organ function, comorbidities and what clinicians stated (8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.encodings.facts import Comorbidity, Ecog, Measured, Stated
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.terms import (
    ICD_CM,
    ICD_GM,
    SNOMED,
    coded,
    observation,
    product,
    quantity,
    status,
    worded,
)

ECOG: Choice[Callable[[int], Json]] = Choice("ECOG", "8", {
    "integer": lambda n: {"valueInteger": n},
    "LOINC answer": lambda n: {"valueCodeableConcept": _answer(n)},
    "interpretation beside an integer": lambda n: {
        "valueInteger": n, "interpretation": [_answer(n)],
    },
    "string": lambda n: {"valueString": str(n)},
    "string with its name": lambda n: {"valueString": f"ECOG {n}"},
    "quantity": lambda n: {"valueQuantity": quantity(str(n), "{score}", "{score}")},
    "grade in words": lambda n: {"valueCodeableConcept": worded(f"Grade {n}")},
})  # fmt: skip
ECOG_NAME = Choice("name of ECOG", "8", {
    "LOINC": coded("89247-1", "ECOG Performance Status score"),
    "ECOG PS": worded("ECOG PS"),
    "ECOG performance status": worded("ECOG performance status"),
    "German": worded("ECOG-Status"),
})  # fmt: skip
_ANSWERS = (
    ("LA9622-7", "Fully active, able to carry on all pre-disease performance"),
    ("LA9623-5", "Restricted in physically strenuous activity but ambulatory"),
    ("LA9624-3", "Ambulatory and capable of all selfcare"),
    ("LA9625-0", "Capable of only limited selfcare"),
)


def _answer(grade: int) -> Json:
    return coded(*_ANSWERS[grade])


def ecog(pen: Pen, fact: Ecog) -> list[Json]:
    value = pen.take(ECOG)(fact.ecog)
    result = observation(pen.id("ecog"), pen.take(ECOG_NAME), **value)
    return [{**result, "effectiveDateTime": fact.day.isoformat()}]


LVEF: Choice[Callable[[str], Json]] = Choice("LVEF", "8", {
    "percent": lambda v: {"valueQuantity": quantity(v, "%", "%")},
    "fraction, unit 1": lambda v: {"valueQuantity": quantity(product(v, "0.01"), "1", "1")},
    "range": lambda v: {"valueRange": {
        "low": quantity("40", "%", "%"), "high": quantity(v, "%", "%"),
    }},
    "words": lambda v: {"valueString": f"{v} %"},
})  # fmt: skip
LVEF_NAME = Choice("name of LVEF", "8", {
    "LOINC": coded("10230-1", "Left ventricular Ejection fraction"),
    "LVEF": worded("LVEF, echocardiography"),
    "German": worded("Linksventrikuläre Ejektionsfraktion"),
})  # fmt: skip


def lvef(pen: Pen, fact: Measured) -> list[Json]:
    value = pen.take(LVEF)(fact.value)
    result = observation(pen.id("lvef"), pen.take(LVEF_NAME), **value)
    return [{**result, "effectiveDateTime": fact.day.isoformat()}]


HEART_FAILURE = Choice("heart failure", "8", {
    "ICD-10-CM": coded("I50.22", "Chronic systolic (congestive) heart failure", ICD_CM),
    "SNOMED CT": coded("42343007", "Congestive heart failure", SNOMED),
    "ICD-10-GM": coded("I50.13", "Linksherzinsuffizienz", ICD_GM),
    "in words": worded("Congestive heart failure, NYHA II"),
    "German words": worded("Chronische Herzinsuffizienz"),
})  # fmt: skip


def comorbidity(pen: Pen, fact: Comorbidity) -> list[Json]:
    condition = {
        "resourceType": "Condition",
        "id": pen.id("heart"),
        "code": pen.take(HEART_FAILURE),
        "clinicalStatus": status("condition-clinical", "active"),
        "onsetDateTime": fact.day.isoformat(),
    }
    return [condition]


Statement: TypeAlias = Callable[[Pen, Stated], list[Json]]
STATED: Choice[Statement] = Choice("statement of a clinician")
_QUESTIONS = {
    "transplant-eligibility": ("Transplant eligibility", "Eligible for allogeneic HCT"),
    "goals-of-care": ("Goals of care", "Therapieziel"),
}
_SENTENCES = {
    ("transplant-eligibility", "eligible"): (
        "Eligible for allogeneic stem cell transplantation.",
        "Für eine allogene Transplantation geeignet.",
    ),
    ("transplant-eligibility", "ineligible"): (
        "Not a candidate for allogeneic HCT.",
        "Nicht transplantabel.",
    ),
    ("goals-of-care", "comfort"): ("Comfort measures only.", "Hospice care."),
}
_ANSWER = {
    "eligible": ("eligible", "yes"),
    "ineligible": ("ineligible", "no"),
    "comfort": ("comfort", "hospice"),
}


@STATED.way("8", "question and answer")
def _asked(pen: Pen, fact: Stated) -> list[Json]:
    question = _QUESTIONS[fact.stated][0]
    answer = _ANSWER[fact.value][pen.number(2)]
    result = observation(pen.id("statement"), worded(question), valueString=answer)
    return [{**result, "effectiveDateTime": fact.day.isoformat()}]


@STATED.way("8", "sentence")
def _sentence(pen: Pen, fact: Stated) -> list[Json]:
    words = _SENTENCES[fact.stated, fact.value][pen.number(2)]
    result = observation(pen.id("statement"), worded("Tumor board"), valueString=words)
    return [{**result, "effectiveDateTime": fact.day.isoformat()}]


@STATED.way("8", "note of a CarePlan")
def _planned(pen: Pen, fact: Stated) -> list[Json]:
    words = _SENTENCES[fact.stated, fact.value][pen.number(2)]
    plan = {
        "resourceType": "CarePlan",
        "id": pen.id("plan"),
        "status": "active",
        "intent": "plan",
        "title": words,
        "period": {"start": fact.day.isoformat()},
    }
    return [plan]


@STATED.way("8", "Goal", lambda f: f.stated == "goals-of-care")
def _goal(pen: Pen, fact: Stated) -> list[Json]:
    goal = {
        "resourceType": "Goal",
        "id": pen.id("goal"),
        "lifecycleStatus": "active",
        "description": worded("Comfort care"),
        "startDate": fact.day.isoformat(),
    }
    return [goal]
