"""Near misses of blasts and counts (3), CD33 (10), extramedullary disease (9), karyotypes."""

from __future__ import annotations

from datetime import date

from tests.encodings import counts
from tests.encodings.facts import Cd33, Extramedullary, Fact, Karyotype, Measured
from tests.encodings.genes import KARYOTYPE
from tests.encodings.pen import Json
from tests.encodings.spoiled import Decoy, conclude, every, near, put, said, then
from tests.encodings.spoiled_sentences import blasts
from tests.encodings.terms import (
    ICD_CM,
    SNOMED,
    coded,
    quantity,
    worded,
)


def _value(value: object) -> Json:
    return {"valueQuantity": value}


near(counts.BLASTS, blasts("46", "marrow"), {
    "by LOINC": then("code and text contradict", put("code.text", "CD34 positive cells")),
    "named in words": then("other cells", put("code.text", "Normoblasts")),
    "component of a differential": then("other cells", put(
        "component.1.code", worded("Erythroblasts"),
    )),
    "sentence of a report": every("asked", conclude("Question: {}")),
    "an Observation that is prose": then("an earlier one", conclude("Previous report: {}")),
})  # fmt: skip
near(counts.BLAST_NAME, blasts("46", "marrow"), {
    "Blasts": said("other cells", "Sideroblasts"),
    "Blasts, manual differential": said("other cells", "Lymphoblasts, manual differential"),
    "Myeloblasts": said("other cells", "Megaloblasts"),
    "Blasten": said("other cells", "Normoblasten"),
    "Blast count": said("other cells", "Lymphoblast count (%)"),
}, by={counts.BLASTS: "named in words"})  # fmt: skip
near(counts.SHARE, blasts("46", "marrow"), {
    "percent": said("in another unit", lambda share: _value(quantity(share, "cells"))),
    "in words": said("about what?", lambda share: {"valueString": f"{share}-fold"}),
    "fraction, unit 1": said("above one", lambda share: _value(quantity(share, "1", "1"))),
}, by={counts.BLASTS: "named in words"}, leaves="amount")  # fmt: skip
near(counts.SHARE, blasts("<5", "marrow"), {
    "comparator": said("no such comparator", lambda share: _value(
        quantity(share[1:], "%", "%", "~"),
    )),
}, by={counts.BLASTS: "named in words"})  # fmt: skip


def counted(measured: str, value: str) -> Decoy:
    return lambda day: (Measured(day=day, measured=measured, value=value),)


near(counts.COUNT, counted("anc", "0.4"), {
    "by LOINC": then("code and text contradict", put("code.text", "Lymphocytes")),
    "named in words": then("a share", put("code.text", "Neutrophils/100 leukocytes")),
})  # fmt: skip
near(counts.COUNT_UNIT, counted("anc", "0.4"), {
    "10*9/L": said("unit and code contradict", lambda v: quantity(v, "10*9/L", "/uL")),
    "10*3/uL": said("a thousandfold", lambda v: quantity("400", "10*3/uL", "10*3/uL")),
    "K/ul without code": said("no unit", lambda v: quantity(v, "")),
    "per microlitre": said("a share", lambda v: quantity("400", "/100{WBCs}", "/100{WBCs}")),
    "micro sign": said("per nothing", lambda v: quantity("400", "\u00b5L")),
    "Greek mu": said("a length", lambda v: quantity("0.4", "10\u00b3/\u03bcm")),
    "giga per litre": said("a mass", lambda v: quantity(v, "g/dL")),
    "Gpt/L": said("no such unit", lambda v: quantity(v, "Gpt")),
    "per nanolitre": said("a mass", lambda v: quantity(v, "/ng")),
    "x10E3": said("a factor alone", lambda v: quantity(v, "x10E3")),
    "cells per mm3": said("a square", lambda v: quantity("400", "cells/mm2")),
}, by={counts.COUNT: "by LOINC"})  # fmt: skip


def _cd33(day: date) -> tuple[Fact, ...]:
    return (Cd33(day=day, cd33="92"),)


near(counts.CD33, _cd33, {
    "percent of blasts, LOINC": then("code and text contradict", put("code.text", "CD34")),
    "list of markers": then("the next one's sign", put(
        "valueString", "CD33, CD34-, CD117 not done",
    )),
    "named in words": then("of other cells", put(
        "code.text", "CD33 expression on granulocytes",
    )),
    "sentence of a report": every("a panel", conclude("Panel: CD13, CD33, CD34")),
})  # fmt: skip


def _sarcoma(day: date) -> tuple[Fact, ...]:
    return (Extramedullary(day=day, extramedullary="myeloid sarcoma"),)


near(counts.OUTSIDE, _sarcoma, {
    "ICD-10-CM": then("code and display contradict", put(
        "code", coded("C92.30", "Non-Hodgkin lymphoma", ICD_CM),
    )),
    "SNOMED CT morphology": then("a digit away", put(
        "code", coded("35287007", "Sarcoma", SNOMED),
    )),
    "in words": then("asked", put("code.text", "V.a. Myelosarkom")),
    "sentence of a report": every("asked", conclude("Question: {}")),
})  # fmt: skip


def _monosomy(day: date) -> tuple[Fact, ...]:
    return (Karyotype(day=day, karyotype="45,XX,-7[20]"),)


near(KARYOTYPE, _monosomy, {
    "LOINC, as text of the value": then("the donor's", put(
        "valueCodeableConcept", worded("//45,XX,-7[20]"),
    )),
    "in words": then("failed", put("valueString", "no growth, -7 probe not evaluable")),
    "variant with an ISCN component": then("indeterminate", put(
        "valueCodeableConcept", coded("LA11884-6", "Indeterminate"),
    )),
    "sentence of a report": every("an earlier one", conclude("Previous report (2019): {}")),
})  # fmt: skip
