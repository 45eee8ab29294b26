"""Near misses of therapy (6), of assessments (8), and of what wraps a record (5, 11)."""

from __future__ import annotations

from datetime import date, timedelta

from tests.encodings import assessments, medications, therapy, writing
from tests.encodings.facts import Comorbidity, Course, Ecog, Fact, Measured, Stated
from tests.encodings.pen import Json
from tests.encodings.spoiled import Decoy, every, near, never, none, put, said, then
from tests.encodings.terms import (
    ATC,
    ICD_CM,
    ICD_GM,
    LOCAL,
    RXNORM,
    SNOMED,
    coded,
    quantity,
    worded,
)
from tests.encodings.therapy import COURSE, SOURCE


def given(drugs: tuple[str, ...], regimen: str = "", days: int | None = None) -> Decoy:
    def decoy(day: date) -> tuple[Fact, ...]:
        until = None if days is None else day + timedelta(days=days)
        return (Course(day=day, given=drugs, regimen=regimen, until=until),)

    return decoy


_AZA_VEN = ("azacitidine", "venetoclax")
_PLAN = "https://ehr.example/PlanDefinition/aza-valproate|2"


def _not_started(plan: Json) -> None:
    for activity in plan.get("activity", ()):
        activity["detail"]["status"] = "cancelled"


near(COURSE, given(_AZA_VEN, "aza-ven", 3), {
    "each drug by itself": every("not done", put("status", "not-done")),
    "CarePlan with a title": every("a proposal", put("intent", "proposal")),
    "CarePlan of a PlanDefinition": every("letters away", put(
        "instantiatesCanonical", [_PLAN],
    )),
    "CarePlan with activities": every("all cancelled", _not_started),
    "Procedure named after the regimen": every("a consultation", put(
        "code.text", "Consultation on chemotherapy, aza-ven",
    )),
    "chemotherapy with a note": every("declined", put("note", [{"text": "aza-ven declined"}])),
    "one statement for the regimen": every("not taken", put("status", "not-taken")),
})  # fmt: skip
near(therapy.TITLE, given(_AZA_VEN, "aza-ven"), {
    "regimen": said("one of two", "{regimen} vs FLAG-Ida, to be decided"),
    "induction": said("declined", "{regimen} induction declined"),
    "drugs": said("considered", "{drugs} considered"),
    "cycle": said("cancelled", "{regimen}, cycle 1 cancelled"),
    "German": said("planned", "{regimen} (Zyklus 1 geplant)"),
}, by={COURSE: "CarePlan with a title"})  # fmt: skip
_EACH = {COURSE: "each drug by itself"}
near(SOURCE, given(("gilteritinib",)), {
    "administration over a period": then("not done", put("status", "not-done")),
    "statement": then("intended", put("status", "intended")),
    "order with a period": then("not to be done", put("doNotPerform", True)),
    "order by the day it was written": then("a draft", put("status", "draft")),
    "dispense": then("in preparation", put("status", "preparation")),
}, by=_EACH)  # fmt: skip
near(SOURCE, given(("azacitidine",), days=2), {
    "an administration for each day": then("in error", put("status", "entered-in-error")),
}, by=_EACH)  # fmt: skip
near(medications.CONCEPT, given(("gilteritinib",)), {
    "RxNorm ingredient": said("a digit away", lambda drug: coded("2105807", system=RXNORM)),
    "words with strength": said("placebo", lambda drug: worded(
        "placebo for gilteritinib 40 mg",
    )),
    "RxNorm brand": said("code and display contradict", lambda drug: coded(
        "2105812", "Rydapt", RXNORM,
    )),
    "brand in words": said("letters away", lambda drug: worded("Xospiro")),
    "ATC": said("a digit away", lambda drug: coded("L01EX18", system=ATC)),
    "salt in words": said("the salt alone", lambda drug: worded("Fumarate")),
    "German words": said("placebo", lambda drug: worded("Gilteritinib-Placebo")),
    "NDC, and words": said("no words", lambda drug: coded(
        "00469-1425-90", system="http://hl7.org/fhir/sid/ndc",
    )),
    "local code and display": said("no display", lambda drug: coded("MEDGIL", system=LOCAL)),
}, by=_EACH)  # fmt: skip
near(medications.NAMING, given(("gilteritinib",)), {
    "medicationCodeableConcept": every("or placebo", put(
        "medicationCodeableConcept", worded("gilteritinib or placebo"),
    )),
    "ingredient of a contained Medication": every("not active", put(
        "contained.0.ingredient.0.isActive", False,
    )),
    "display of a reference": every("or placebo", put(
        "medicationReference.display", "Xospata or placebo",
    )),
}, by=_EACH)  # fmt: skip
near(medications.NAMING, given(("gilteritinib",)), {
    "contained Medication": every("leads nowhere", put("medicationReference.reference", "#n")),
    "Medication of its own": every("leads nowhere", put(
        "medicationReference.reference", "Medication/none",
    )),
}, by=_EACH, leaves="unread", beside=never)  # fmt: skip


def _ecog(day: date) -> tuple[Fact, ...]:
    return (Ecog(day=day, ecog=2),)


near(assessments.ECOG, _ecog, {
    "integer": said("no grade", lambda n: {"valueInteger": 20}),
    "LOINC answer": said("code and display contradict", lambda n: {
        "valueCodeableConcept": coded("LA9624-3", "Fully active"),
    }),
    "interpretation beside an integer": said("they clash", lambda n: {
        "valueInteger": n, "interpretation": [coded("LA9622-7", "Fully active")],
    }),
    "string": said("a question", lambda n: {"valueString": f"{n}?"}),
    "string with its name": said("a trial", lambda n: {"valueString": "ECOG E2906"}),
    "quantity": said("in another unit", lambda n: {"valueQuantity": quantity("2", "h", "h")}),
    "grade in words": said("of something else", lambda n: {
        "valueCodeableConcept": worded("Grade 2 nausea"),
    }),
})  # fmt: skip
near(assessments.ECOG_NAME, _ecog, {
    "LOINC": said("code and display contradict", coded("89247-1", "Karnofsky score")),
    "ECOG PS": said("of the electrocardiogram", worded("ECG PR")),
    "ECOG performance status": said("a trial", worded("ECOG trial number")),
    "German": said("letters away", worded("EKG-Status")),
})  # fmt: skip


def _heart(day: date) -> tuple[Fact, ...]:
    return (Measured(day=day, measured="lvef", value="45"),)


near(assessments.LVEF, _heart, {
    "percent": said("a volume", lambda v: {"valueQuantity": quantity(v, "mL", "mL")}),
    "fraction, unit 1": said("above one", lambda v: {"valueQuantity": quantity(v, "1", "1")}),
    "range": said("turned over", lambda v: {"valueRange": {
        "low": quantity("65", "%", "%"), "high": quantity(v, "%", "%"),
    }}),
    "words": said("no number", lambda v: {"valueString": "normal LV function"}),
})  # fmt: skip
near(assessments.LVEF_NAME, _heart, {
    "LOINC": said("code and display contradict", coded(
        "10230-1", "Right ventricular Ejection fraction",
    )),
    "LVEF": said("a letter away", worded("RVEF, echocardiography")),
    "German": said("the other side", worded("Rechtsventrikuläre Ejektionsfraktion")),
})  # fmt: skip


def _failing(day: date) -> tuple[Fact, ...]:
    return (Comorbidity(day=day, comorbidity="heart-failure"),)


near(assessments.HEART_FAILURE, _failing, {
    "ICD-10-CM": said("digits turned", coded("I05.2", "Rheumatic mitral stenosis", ICD_CM)),
    "SNOMED CT": said("negated", coded(
        "42343007", system=SNOMED, text="No congestive heart failure",
    )),
    "ICD-10-GM": said("excluded", coded("I50.13", "Ausschluss Linksherzinsuffizienz", ICD_GM)),
    "in words": said("excluded", worded("Congestive heart failure ruled out")),
    "German words": said("of the kidney", worded("Chronische Niereninsuffizienz")),
})  # fmt: skip


def stated(topic: str, value: str) -> Decoy:
    return lambda day: (Stated(day=day, stated=topic, value=value),)


_OPEN = "Eligibility for allogeneic stem cell transplantation to be assessed"
near(assessments.STATED, stated("transplant-eligibility", "eligible"), {
    "question and answer": every("still open", put("valueString", "to be discussed")),
    "sentence": every("still open", put("valueString", _OPEN)),
    "note of a CarePlan": every("still open", put("title", _OPEN)),
})  # fmt: skip
near(assessments.STATED, stated("goals-of-care", "comfort"), {
    "Goal": every("rejected", put("lifecycleStatus", "rejected")),
})  # fmt: skip
near(writing.BIRTH, none, {
    "day": said("a digit short", 9),
    "year alone": said("a digit short", 3),
}, without=said("left out", 0), beside=never)  # fmt: skip
