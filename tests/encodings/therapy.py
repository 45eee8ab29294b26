"""Drugs and regimens that were given, in every resource that can say so (6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeAlias

from tests.encodings.facts import Course
from tests.encodings.medications import DRUGS, NAMING
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.terms import SNOMED, coded, later, worded

Writer: TypeAlias = Callable[[Pen, Course], list[Json]]
ByDrug: TypeAlias = Callable[[Pen, Course, str], list[Json]]

COURSE: Choice[Writer] = Choice("course")
SOURCE: Choice[ByDrug] = Choice("source of a drug")
TITLE = Choice("title of a regimen", "6", {
    "regimen": "{regimen}", "induction": "{regimen} induction", "drugs": "{drugs}",
    "cycle": "{regimen}, cycle 1", "German": "{regimen} (Zyklus 1)",
})  # fmt: skip


def _is_regimen(fact: Course) -> bool:
    return bool(fact.regimen)


def _has_end(fact: Course) -> bool:
    return fact.until is not None


def _ongoing(fact: Course) -> bool:
    return fact.until is None


@COURSE.way("6", "each drug by itself")
def _each(pen: Pen, fact: Course) -> list[Json]:
    """One source for a drug in all the record: an order counts where nothing else names it."""
    found = []
    for drug in fact.given:
        source = pen.once(f"source of {drug}", SOURCE, _whole(pen, drug))
        found += source(pen, fact, drug)
    return found


def _whole(pen: Pen, drug: str) -> tuple[Course, ...]:
    """All courses of the drug, that one source must be able to say."""
    courses: tuple[Course, ...] = tuple(
        fact for fact in pen.kept["courses"] if drug in fact.given
    )
    return courses


def _title(pen: Pen, fact: Course) -> str:
    return pen.take(TITLE).format(regimen=fact.regimen, drugs=" + ".join(fact.given))


@COURSE.way("6", "CarePlan with a title", _is_regimen)
def _care_plan(pen: Pen, fact: Course) -> list[Json]:
    return [_plan(pen, fact, title=_title(pen, fact))]


@COURSE.way(
    "6", "CarePlan of a PlanDefinition", lambda f: f.regimen in ("7+3", "aza-ven", "dec-ven")
)
def _protocol(pen: Pen, fact: Course) -> list[Json]:
    url = f"https://ehr.example/PlanDefinition/{fact.regimen}|2"
    return [_plan(pen, fact, title="Antileukemic therapy", instantiatesCanonical=[url])]


@COURSE.way("6", "CarePlan with activities", _is_regimen)
def _activities(pen: Pen, fact: Course) -> list[Json]:
    details = [{"detail": {"status": "completed", "description": drug}} for drug in fact.given]
    return [_plan(pen, fact, title="Induction protocol", activity=details)]


def _plan(pen: Pen, fact: Course, **rest: object) -> Json:
    period = {"start": fact.day.isoformat()}
    if fact.until:
        period["end"] = fact.until.isoformat()
    status = "completed" if fact.until else "active"
    plan = {"resourceType": "CarePlan", "id": pen.id("plan"), "status": status}
    return {**plan, "intent": "plan", "period": period, **rest}


@COURSE.way("6", "Procedure named after the regimen", lambda f: _is_regimen(f) and _has_end(f))
def _procedure(pen: Pen, fact: Course) -> list[Json]:
    code = worded(f"Chemotherapy, {_title(pen, fact)}")
    return [_given(pen, fact, code)]


@COURSE.way("6", "chemotherapy with a note", lambda f: _is_regimen(f) and _has_end(f))
def _noted(pen: Pen, fact: Course) -> list[Json]:
    code = coded("367336001", "Chemotherapy", SNOMED)
    note = [{"text": f"{fact.regimen} C1D1"}]
    return [{**_given(pen, fact, code), "note": note}]


def _given(pen: Pen, fact: Course, code: Json) -> Json:
    period = {"start": f"{fact.day}T08:00:00Z", "end": f"{fact.until}"}
    procedure = {"resourceType": "Procedure", "id": pen.id("chemotherapy"), "code": code}
    return {**procedure, "status": "completed", "performedPeriod": period}


@COURSE.way("6", "one statement for the regimen", _is_regimen)
def _statement_of_regimen(pen: Pen, fact: Course) -> list[Json]:
    text = f"{fact.regimen} ({', '.join(fact.given)})"
    statement = _statement(pen, fact)
    return [{**statement, "medicationCodeableConcept": worded(text)}]


def _statement(pen: Pen, fact: Course) -> Json:
    period = {"start": fact.day.isoformat()}
    if fact.until:
        period["end"] = fact.until.isoformat()
    status = "completed" if fact.until else "active"
    statement = {"resourceType": "MedicationStatement", "id": pen.id("statement")}
    return {**statement, "status": status, "effectivePeriod": period}


def _all(test: Callable[[Course], bool]) -> Callable[[tuple[Course, ...]], bool]:
    return lambda courses: all(map(test, courses))


@SOURCE.way("6", "administration over a period")
def _administration(pen: Pen, fact: Course, drug: str) -> list[Json]:
    period = {"start": f"{fact.day}T10:00:00Z"}
    if fact.until:
        period["end"] = f"{fact.until}T12:00:00Z"
    given = {"resourceType": "MedicationAdministration", "id": pen.id("administration")}
    status = "completed" if fact.until else "in-progress"
    resource = {**given, "status": status, "effectivePeriod": period}
    return [resource, *pen.take(NAMING)(pen, DRUGS[drug], resource)]


@SOURCE.way("6", "statement")
def _stated(pen: Pen, fact: Course, drug: str) -> list[Json]:
    resource = _statement(pen, fact)
    return [resource, *pen.take(NAMING)(pen, DRUGS[drug], resource)]


def _short(fact: Course) -> bool:
    return fact.until is not None and fact.until - fact.day < timedelta(days=10)


@SOURCE.way("6", "an administration for each day", _all(_short))
def _daily(pen: Pen, fact: Course, drug: str) -> list[Json]:
    last = fact.until or fact.day
    found = []
    for number in range((last - fact.day).days + 1):
        given = {"resourceType": "MedicationAdministration", "id": pen.id("administration")}
        day = later(fact.day, number)
        resource = {**given, "status": "completed", "effectiveDateTime": f"{day}T09:00:00Z"}
        found += [resource, *pen.take(NAMING)(pen, DRUGS[drug], resource)]
    return found


@SOURCE.way("6", "order with a period")
def _order(pen: Pen, fact: Course, drug: str) -> list[Json]:
    bounds = {"start": fact.day.isoformat()}
    if fact.until:
        bounds["end"] = fact.until.isoformat()
    resource: Json = {
        "resourceType": "MedicationRequest",
        "id": pen.id("order"),
        "status": "completed" if fact.until else "active",
        "intent": "order",
        "authoredOn": _before(fact.day, 1),
        "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": bounds}}}],
    }
    return [resource, *pen.take(NAMING)(pen, DRUGS[drug], resource)]


@SOURCE.way("6", "order by the day it was written", _all(_ongoing))
def _authored(pen: Pen, fact: Course, drug: str) -> list[Json]:
    resource: Json = {
        "resourceType": "MedicationRequest",
        "id": pen.id("order"),
        "status": "active",
        "intent": "original-order",
        "authoredOn": f"{fact.day}T14:00:00+01:00",
    }
    return [resource, *pen.take(NAMING)(pen, DRUGS[drug], resource)]


@SOURCE.way("6", "dispense", _all(_ongoing))
def _dispense(pen: Pen, fact: Course, drug: str) -> list[Json]:
    resource: Json = {
        "resourceType": "MedicationDispense",
        "id": pen.id("dispense"),
        "status": "completed",
        "whenHandedOver": fact.day.isoformat(),
    }
    return [resource, *pen.take(NAMING)(pen, DRUGS[drug], resource)]


def _before(day: date, days: int) -> str:
    return (day - timedelta(days=days)).isoformat()
