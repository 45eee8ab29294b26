"""Entries of the record in the clinic's words, each with its day and where it is written."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from aml.dates import day_of
from aml.logic import Known
from aml.patient import (
    MEASUREMENTS,
    Amount,
    Blasts,
    Course,
    Extramedullary,
    Finding,
    GeneResult,
    Gvhd,
    Measurement,
    Method,
    MrdResult,
    Response,
    ResponseCategory,
    Source,
    Tissue,
    Transplant,
)

Entry = (
    Blasts
    | Course
    | Extramedullary
    | GeneResult
    | Gvhd
    | Measurement
    | MrdResult
    | Response
    | Transplant
)

FROM_TEXT = " (from text)"  # marks what was parsed from prose (D20)

UNITS = {
    "anc_1e9_per_l": " ×10⁹/L",
    "platelets_1e9_per_l": " ×10⁹/L",
    "wbc_1e9_per_l": " ×10⁹/L",
    "lvef_pct": " %",
    "qtcf_ms": " ms",
    "creatinine_clearance_ml_per_min": " mL/min",
    "bilirubin_x_uln": " × ULN",
    "alt_x_uln": " × ULN",
    "ast_x_uln": " × ULN",
    "dlco_pct": " %",
    "fev1_pct": " %",
    "potassium_mmol_per_l": " mmol/L",
    "magnesium_mmol_per_l": " mmol/L",
    "donor_chimerism_pct": " %",
}


def fact(name: str, value: Any, says: str, entry: Entry) -> Known[Any]:
    """A settled fact that rests on one entry of the record."""
    note = FROM_TEXT if entry.source.from_text else ""
    when = entry.start if isinstance(entry, Course) else entry.when
    return Known(name, value, says + note, day_of(when), (entry.source.resource,))


_BLASTS_IN = {
    Tissue.MARROW: "marrow blasts",
    Tissue.BLOOD: "blood blasts",
    Tissue.UNKNOWN: "blasts, material not stated,",
}


def blasts(entry: Blasts) -> Known[Amount]:
    name = _BLASTS_IN[entry.tissue]
    words = f"{entry.pct} %" if entry.pct.recorded else "not quantified"
    return fact("blasts", entry.pct, f"{name} {words}", entry)


def extramedullary(entry: Extramedullary) -> Known[Finding]:
    found = "found" if entry.finding is Finding.DETECTED else "not found"
    return fact("extramedullary", entry.finding, f"{entry.site} {found}", entry)


_RESPONSES = {category: f"{category.value} recorded" for category in ResponseCategory} | {
    ResponseCategory.REFRACTORY: "refractory disease recorded",
    ResponseCategory.NR: "no response recorded",
}


def response(entry: Response) -> Known[ResponseCategory]:
    says = _RESPONSES[entry.category]
    author = f" by {entry.source.author}" if entry.source.author else ""
    return fact("response", entry.category, says + author, entry)


def mrd(entry: MrdResult) -> Known[Finding]:
    marker = "MRD" if entry.marker in ("MFC", "") else entry.marker
    method = f" by {entry.method.value}" if entry.method is not Method.UNKNOWN else ""
    where = f" in {entry.tissue.value}" if entry.tissue is not Tissue.UNKNOWN else ""
    return fact("mrd", entry.finding, f"{marker}{method}{where} {_level(entry)}", entry)


def _level(entry: MrdResult) -> str:
    if entry.finding is Finding.NOT_DETECTED:
        return "negative"
    if entry.finding is not Finding.DETECTED:
        return str(entry.finding.value)
    for amount, unit in (
        (entry.copies_per_1e4_abl1, "copies/10⁴ ABL1"),
        (entry.pct_of_leukocytes, "% of leukocytes"),
        (entry.vaf_pct, "% VAF"),
    ):
        if amount.recorded:
            return f"{amount} {unit}"
    return "positive"


_FOUND = {finding: finding.value for finding in Finding} | {
    Finding.DETECTED: "found",
    Finding.NOT_DETECTED: "not found",
}


def gene(entry: GeneResult) -> Known[Finding]:
    words = f"{entry.alteration} {_FOUND[entry.finding]}"
    if entry.alteration == "CD33":
        positive = entry.finding is Finding.DETECTED
        words = "CD33 positive" if positive else "CD33 negative"
    if entry.finding is Finding.DETECTED:
        if entry.allelic_ratio.recorded:
            words += f", allelic ratio {entry.allelic_ratio}"
        elif entry.vaf_pct.recorded:
            words += f", VAF {entry.vaf_pct} %"
    return fact("gene", entry.finding, words, entry)


# What no laboratory writes: the digits of a value that came from another unit.
_CONVERTED = re.compile(r"\d+\.\d{4,}")


def measurement(entry: Measurement) -> Known[Amount]:
    label = MEASUREMENTS[entry.name]
    value = _CONVERTED.sub(lambda number: f"{Decimal(number[0]):.3f}", str(entry.value))
    says = f"{label} {value}{UNITS.get(entry.name, '')}"
    return fact(entry.name, entry.value, says, entry)


def transplant(entry: Transplant) -> Known[str]:
    donor = f", {entry.donor}" if entry.donor else ""
    return fact("transplant", entry.kind.value, f"{entry.kind.value} HCT{donor}", entry)


def course(entry: Course, *, names: str) -> Known[str]:
    order = " (from order)" if entry.from_order else ""
    return fact("course", names, f"{names}{order}", entry)


def gvhd(entry: Gvhd) -> Known[str]:
    kind = f"{entry.kind} GVHD" if entry.kind else "GVHD"
    grade = f" grade {entry.grade}" if entry.grade else ""
    return fact("gvhd", entry.activity.value, f"{kind}{grade} {entry.activity.value}", entry)


def stated(name: str, value: Any, says: str, when: Any, source: Source) -> Known[Any]:
    """A clinician's statement, with its author where the record names one."""
    author = f" by {source.author}" if source.author else ""
    note = FROM_TEXT if source.from_text else ""
    return Known(
        name, value, f"{says} recorded{author}{note}", day_of(when), (source.resource,)
    )


def label(name: str) -> str:
    """What a measurement is called in the clinic."""
    return MEASUREMENTS[name]
