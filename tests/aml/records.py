"""Records in two readable lines: `record(aml("2024-01-05"), cr("2024-03-01"), flow(...))`.

A date is written as a record would have it: "2024-03-05", "2024-03", "2024", "by 2024-03-05"
(not after that day), or "" (not recorded). A number likewise: 5, "<5", ">5", ">=5", "5-10", or
None. Entries get their sources from their place in the record: the first is `Entry/1`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from msgspec.structs import replace

from aml.assess import assess, until
from aml.assessment import Assessment
from aml.case import Case
from aml.constants import Constants
from aml.derivation import Derivation
from aml.derive import to_case
from aml.eln2022 import DiseaseCourse, classify
from aml.event_targets import Targets, read_targets
from aml.knowledge import Library, load
from aml.patient import (
    NO_AMOUNT,
    UNDATED,
    Amount,
    Blasts,
    Comorbidity,
    Course,
    Diagnosis,
    DiagnosisKind,
    Extramedullary,
    Finding,
    GeneResult,
    Gvhd,
    GvhdActivity,
    Karyotype,
    Measurement,
    Method,
    MrdResult,
    Patient,
    Response,
    ResponseCategory,
    Source,
    Statement,
    Tissue,
    Topic,
    Transplant,
    TransplantKind,
    Unread,
    When,
)
from aml.treatment import Therapy

Number = int | float | str | None

_UNPLACED = Source("")
_FIELDS: dict[type, str] = {
    Diagnosis: "diagnoses",
    Blasts: "blasts",
    Extramedullary: "extramedullary",
    Response: "responses",
    MrdResult: "mrd",
    GeneResult: "genes",
    Karyotype: "karyotypes",
    Course: "courses",
    Transplant: "transplants",
    Gvhd: "gvhd",
    Measurement: "measurements",
    Comorbidity: "comorbidities",
    Statement: "statements",
    Unread: "unread",
}


def record(*entries: Any, born: str = "1960-01-01") -> Patient:
    """A patient with these entries, in the order given; a tuple counts as its members."""
    flat = [e for entry in entries for e in (entry if isinstance(entry, tuple) else (entry,))]
    kept: dict[str, list[Any]] = {}
    for number, entry in enumerate(flat, start=1):
        placed = entry
        if hasattr(entry, "source"):
            written = replace(entry.source, resource=f"Entry/{number}")
            placed = replace(entry, source=written)
        kept.setdefault(_FIELDS[type(entry)], []).append(placed)
    lists: dict[str, Any] = {name: tuple(found) for name, found in kept.items()}
    return Patient("Patient/p", birth=when(born), **lists)


def when(text: str) -> When:
    if not text:
        return UNDATED
    if text.startswith("by "):
        return When.until(date.fromisoformat(text.removeprefix("by ")))
    year, month, day = (*(int(part) for part in text.split("-")), 0, 0)[:3]
    if day:
        return When.day(date(year, month, day))
    first, last = (month, month) if month else (1, 12)
    return When(date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def days_after(text: str, days: int) -> str:
    return (date.fromisoformat(text) + timedelta(days=days)).isoformat()


def amount(value: Number) -> Amount:
    if value is None:
        return NO_AMOUNT
    text = str(value)
    if found := re.fullmatch(r"([<>])(=?)(.+)", text):
        make = Amount.below if found[1] == "<" else Amount.above
        return make(found[3], or_equal=bool(found[2]))
    if found := re.fullmatch(r"([\d.]+)-([\d.]+)", text):
        return Amount(Decimal(found[1]), Decimal(found[2]))
    return Amount.exactly(text)


def aml(day: str) -> Diagnosis:
    return Diagnosis(DiagnosisKind.AML, when(day), _UNPLACED)


def apl(day: str) -> Diagnosis:
    return Diagnosis(DiagnosisKind.APL, when(day), _UNPLACED)


def marrow(day: str, pct: Number, *, regeneration: bool = False) -> Blasts:
    return Blasts(when(day), Tissue.MARROW, amount(pct), _UNPLACED, regeneration)


def blood(day: str, pct: Number) -> Blasts:
    return Blasts(when(day), Tissue.BLOOD, amount(pct), _UNPLACED)


def blasts_somewhere(day: str, pct: Number) -> Blasts:
    return Blasts(when(day), Tissue.UNKNOWN, amount(pct), _UNPLACED)


def extramedullary(day: str, *, found: bool = True) -> Extramedullary:
    finding = Finding.DETECTED if found else Finding.NOT_DETECTED
    return Extramedullary(when(day), finding, "skin", _UNPLACED)


def response(day: str, category: str) -> Response:
    return Response(when(day), ResponseCategory(category), _UNPLACED)


def cr(day: str) -> Response:
    return response(day, "CR")


def counts(day: str, anc: Number, platelets: Number) -> tuple[Measurement, Measurement]:
    return (
        measured(day, "anc_1e9_per_l", anc),
        measured(day, "platelets_1e9_per_l", platelets),
    )


def measured(day: str, name: str, value: Number) -> Measurement:
    return Measurement(name, when(day), amount(value), _UNPLACED)


def given(
    day: str, *drugs: str, end: str = "", regimen: str = "", ongoing: bool = False
) -> Course:
    return Course(
        when(day), when(end), frozenset(drugs), _UNPLACED, regimen=regimen, ongoing=ongoing
    )


def seven_plus_three(day: str) -> Course:
    return given(day, "cytarabine", "daunorubicin", regimen="7+3")


def aza_ven(day: str, *, end: str = "", ongoing: bool = False) -> Course:
    return given(day, "azacitidine", "venetoclax", end=end, regimen="aza-ven", ongoing=ongoing)


def hct(day: str, kind: str = "allogeneic") -> Transplant:
    return Transplant(when(day), TransplantKind(kind), "", _UNPLACED)


def mrd(
    day: str,
    marker: str,
    found: bool | Finding,
    method: Method,
    *,
    tissue: Tissue = Tissue.MARROW,
    copies: Number = None,
    control: Number = None,
) -> MrdResult:
    finding = found if isinstance(found, Finding) else _finding(found)
    return MrdResult(
        when(day),
        marker,
        method,
        tissue,
        finding,
        _UNPLACED,
        copies_per_1e4_abl1=amount(copies),
        control_copies=amount(control),
    )


def npm1(
    day: str, copies: Number, *, tissue: Tissue = Tissue.MARROW, control: Number = None
) -> MrdResult:
    """RT-qPCR of mutated NPM1: copies per 10⁴ ABL1; 0 is a negative result."""
    found = copies != 0
    level = copies if found else None
    method = Method.RT_QPCR
    return mrd(day, "NPM1", found, method, tissue=tissue, copies=level, control=control)


def flow(day: str, found: bool) -> MrdResult:
    return mrd(day, "MFC", found, Method.MFC)


def sequenced(day: str, gene_: str, found: bool = True) -> MrdResult:
    return mrd(day, gene_, found, Method.NGS)


def gene(
    day: str, alteration: str, found: bool = True, *, vaf: Number = None, change: str = ""
) -> GeneResult:
    return GeneResult(
        when(day), alteration, _finding(found), _UNPLACED, vaf_pct=amount(vaf), change=change
    )


def _finding(found: bool) -> Finding:
    return Finding.DETECTED if found else Finding.NOT_DETECTED


def karyotype(day: str, *lesions: str) -> Karyotype:
    return Karyotype(when(day), frozenset(lesions), "", _UNPLACED)


def gvhd(day: str, activity: str) -> Gvhd:
    return Gvhd(when(day), GvhdActivity(activity), "", "", _UNPLACED)


def said(day: str, topic: Topic, value: str) -> Statement:
    return Statement(topic, value, when(day), _UNPLACED)


def comorbidity(name: str, *, active: bool = True) -> Comorbidity:
    return Comorbidity(name, UNDATED, active, _UNPLACED)


@cache
def library() -> Library:
    """The library of the repository, read once for all tests."""
    return load()


def course(patient: Patient, on: str, **constants: int) -> DiseaseCourse:
    """The course of the disease as it is known on a day."""
    day = date.fromisoformat(on)
    held = until(patient, day)
    therapy = Therapy(held, library().pharmacy)
    return classify(held, therapy, Constants(**constants), day)


def state(patient: Patient, on: str) -> str:
    return course(patient, on).state.state.value


def since(patient: Patient, on: str) -> str:
    """The state with the day since when: "relapse 2025-01-02"."""
    found = course(patient, on).state
    return f"{found.state.value} {found.since}" if found.since else found.state.value


def derivation(patient: Patient, on: str) -> Derivation:
    day = date.fromisoformat(on)
    held = until(patient, day)
    therapy = Therapy(held, library().pharmacy)
    return Derivation(held, course(patient, on), therapy, Constants(), day)


def targets(patient: Patient, on: str) -> Targets:
    return read_targets(derivation(patient, on))


def case_of(patient: Patient, on: str) -> Case:
    d = derivation(patient, on)
    return to_case(d, read_targets(d), library().in_force("US", d.on).approved)


def assessed(patient: Patient, on: str, jurisdiction: str = "US") -> Assessment:
    return assess(patient, library().in_force(jurisdiction, date.fromisoformat(on)))
