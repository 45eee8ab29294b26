"""Transplants, lymphocyte infusions and graft-versus-host disease (7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.encodings.facts import Gvhd, Lymphocytes, Transplant
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.samples import Sample, place
from tests.encodings.terms import (
    CPT,
    ICD_CM,
    PCS,
    SNOMED,
    coded,
    observation,
    status,
    worded,
)

Donor: TypeAlias = str
HCT_CODE: Choice[Callable[[Donor], Json]] = Choice("transplant")
HCT_DATE: Choice[Callable[[Json, str], None]] = Choice("day 0", "7", {
    "performedDateTime": lambda p, day: p.update(performedDateTime=day),
    "performedDateTime with zone": lambda p, day: p.update(
        performedDateTime=f"{day}T22:40:00-06:00"
    ),
    "performedPeriod without end": lambda p, day: p.update(performedPeriod={"start": day}),
    "performedPeriod of a day": lambda p, day: p.update(
        performedPeriod={"start": f"{day}T09:00:00Z", "end": f"{day}T15:00:00Z"}
    ),
})  # fmt: skip


@HCT_CODE.way("7", "SNOMED CT")
def _snomed(donor: Donor) -> Json:
    display = "Allogeneic peripheral blood stem cell transplant (procedure)"
    return coded("425843001", display, SNOMED, text=f"Allogeneic HCT, {donor}")


@HCT_CODE.way("7", "SNOMED CT, marrow", lambda donor: donor == "donor not stated")
def _snomed_marrow(donor: Donor) -> Json:
    return coded("58390007", "Allogeneic bone marrow transplantation (procedure)", SNOMED)


@HCT_CODE.way("7", "CPT")
def _cpt(donor: Donor) -> Json:
    return coded("38240", "Hematopoietic progenitor cell transplantation, allogeneic", CPT)


@HCT_CODE.way("7", "ICD-10-PCS")
def _pcs(donor: Donor) -> Json:
    unrelated = "unrelated" in donor
    return coded("30243Y3" if unrelated else "30243Y4", system=PCS)


@HCT_CODE.way("7", "ICD-10-PCS under its other URL")
def _pcs_other(donor: Donor) -> Json:
    return coded("30233G4", system="http://hl7.org/fhir/sid/icd-10-pcs")


@HCT_CODE.way("7", "open code, the kind in words")
def _open(donor: Donor) -> Json:
    return coded("234336002", "Hemopoietic stem cell transplant", SNOMED, text="allo SCT")


@HCT_CODE.way("7", "words")
def _words(donor: Donor) -> Json:
    return worded(f"Allogeneic stem cell transplantation, {donor}")


@HCT_CODE.way("7", "German words")
def _german(donor: Donor) -> Json:
    return worded("Allogene Stammzelltransplantation")


def transplant(pen: Pen, fact: Transplant) -> list[Json]:
    code = pen.take(HCT_CODE, fact.transplant)(fact.transplant)
    procedure: Json = {"resourceType": "Procedure", "id": pen.id("hct")}
    procedure["status"] = "completed"
    procedure["code"] = code
    pen.take(HCT_DATE)(procedure, fact.day.isoformat())
    return [procedure]


DLI_CODE = Choice("donor lymphocytes", "7", {
    "CPT": coded("38242", "Allogeneic lymphocyte infusions", CPT),
    "DLI": worded("DLI"),
    "in words": worded("Donor lymphocyte infusion, 1x10^6 CD3+/kg"),
    "ICD-10-PCS": coded("30243Q1", system=PCS),
    "German": worded("Spenderlymphozyteninfusion"),
})  # fmt: skip


def lymphocytes(pen: Pen, fact: Lymphocytes) -> list[Json]:
    procedure: Json = {"resourceType": "Procedure", "id": pen.id("dli")}
    procedure["status"] = "completed"
    procedure["code"] = pen.take(DLI_CODE)
    pen.take(HCT_DATE)(procedure, fact.day.isoformat())
    return [procedure]


GVHD: Choice[Callable[[Pen, Gvhd], list[Json]]] = Choice("GVHD")
_GVHD_CODES = {
    "acute": (
        coded("D89.810", "Acute graft-versus-host disease", ICD_CM),
        coded("402355000", "Acute graft-versus-host disease", SNOMED),
    ),
    "chronic": (
        coded("D89.811", "Chronic graft-versus-host disease", ICD_CM),
        coded("402356004", "Chronic graft-versus-host disease", SNOMED),
    ),
}


def _gvhd_condition(pen: Pen, fact: Gvhd, code: Json) -> list[Json]:
    condition = {
        "resourceType": "Condition",
        "id": pen.id("gvhd"),
        "code": code,
        "clinicalStatus": status("condition-clinical", "active"),
        "onsetDateTime": fact.day.isoformat(),
    }
    if fact.resolved:
        condition["clinicalStatus"] = status("condition-clinical", "resolved")
        condition["abatementDateTime"] = fact.resolved.isoformat()
    return [condition]


@GVHD.way("7", "ICD-10-CM")
def _gvhd_icd(pen: Pen, fact: Gvhd) -> list[Json]:
    return _gvhd_condition(pen, fact, _GVHD_CODES[fact.gvhd][0])


@GVHD.way("7", "SNOMED CT")
def _gvhd_snomed(pen: Pen, fact: Gvhd) -> list[Json]:
    return _gvhd_condition(pen, fact, _GVHD_CODES[fact.gvhd][1])


@GVHD.way("7", "words")
def _gvhd_words(pen: Pen, fact: Gvhd) -> list[Json]:
    words = f"{fact.gvhd.capitalize()} GVHD grade {fact.grade}, skin"
    return _gvhd_condition(pen, fact, worded(words))


@GVHD.way("7", "German words", lambda f: f.gvhd == "acute")
def _gvhd_german(pen: Pen, fact: Gvhd) -> list[Json]:
    return _gvhd_condition(pen, fact, worded("Akute GvHD Grad III (Haut, Darm)"))


@GVHD.way("7", "Observation", lambda f: not f.resolved)
def _gvhd_result(pen: Pen, fact: Gvhd) -> list[Json]:
    forms = (("Acute GVHD", "grade III skin"), ("GVHD status", "active, grade III"))
    name, value = forms[pen.number(2)]
    result = observation(pen.id("gvhd"), worded(name), valueString=value)
    return place(pen, result, Sample(fact.day, "blood", True))
