"""Near misses of residual disease: transcripts, flow cytometry, sequencing (2.1 to 2.6)."""

from __future__ import annotations

from datetime import date

from tests.encodings import residual
from tests.encodings.facts import Fact, Residual
from tests.encodings.pen import Json
from tests.encodings.residual import LEVEL, NONE, RESIDUAL
from tests.encodings.spoiled import Decoy, answer, conclude, every, near, never, put, said, then
from tests.encodings.spoiled_sentences import flow, transcript
from tests.encodings.terms import (
    SNOMED,
    coded,
    component,
    interpreted,
    quantity,
    worded,
)

_UNIT = "valueQuantity.unit"


def _value(value: object) -> Json:
    return {"valueQuantity": value}


def sequenced(vaf: str) -> Decoy:
    def decoy(day: date) -> tuple[Fact, ...]:
        return (Residual(day=day, mrd="TET2", method="NGS", material="marrow", found=True,
                         vaf=vaf),)  # fmt: skip

    return decoy


near(RESIDUAL, transcript("412"), {
    "a level by its name and unit": then("of another gene", put(
        "code", worded("BCR::ABL1 transcripts, RT-qPCR"),
    )),
    "under a code for mutation analysis": then("code and text contradict", put(
        "code.text", "CEBPA gene mutation analysis",
    )),
    "components of a panel": then("of another gene", put(
        "component.0.code", worded("BCR::ABL1 p210 transcripts"),
    )),
    "sentence of a report": every("an earlier one", conclude("Previous report (2019): {}")),
})  # fmt: skip
near(RESIDUAL, transcript(""), {
    "none found": then("not performed", answer(dataAbsentReason=coded("not-performed"))),
})  # fmt: skip
near(RESIDUAL, transcript("412", "RUNX1::RUNX1T1"), {
    "LOINC ratio of a fusion": then("code and text contradict", put(
        "code.text", "BCR-ABL1/ABL1 ratio",
    )),
})  # fmt: skip
near(RESIDUAL, flow("0.4", found=True), {
    "percent by flow cytometry": then("in another unit", put(
        "valueQuantity", quantity("0.4", "events"),
    )),
    "percent by flow cytometry in words": then("the limit", conclude("LOD {}")),
    "call of flow cytometry": then("they clash", put(
        "interpretation", interpreted("NEG", "Negative"),
    )),
    "sentence on flow cytometry": every("asked", conclude("Question: {}")),
})  # fmt: skip
near(RESIDUAL, sequenced("31"), {
    "gene and frequency as components": then("no call", put(
        "valueCodeableConcept", coded("LA18198-4", "No call"),
    )),
    "sequencing in words": then("in another unit", put(_UNIT, "reads")),
})  # fmt: skip


def _level(name: str, value: Json) -> object:
    return lambda gene, copies: (worded(name.format(gene=gene)), value)


near(LEVEL, transcript("412"), {
    "copies per 10^4, UCUM": said("in another unit", _level(
        "{gene} transcripts, RT-qPCR", _value(quantity("412", "arbitrary", "[arb'U]")),
    )),
    "copies per 10,000": said("a mass", _level(
        "{gene} MRD (RT-qPCR)", _value(quantity("412", "ng", "ng")),
    )),
    "Kopien": said("of the control alone", _level(
        "ABL1-Transkripte (RT-qPCR), Kontrollgen", _value(quantity("412", "Kopien/10^4 ABL1")),
    )),
    "percent of ABL1": said("turned over", _level(
        "ABL1/{gene}", _value(quantity("4.12", "%", "%")),
    )),
    "percent, the control in the unit": said("the assay's precision", _level(
        "{gene} RT-qPCR coefficient of variation", _value(quantity("4.12", "% ABL1")),
    )),
    "normalised copy number": said("a cycle, not a number", _level(
        "{gene} Ct", _value(quantity("31.5", "1", "1")),
    )),
    "ratio to ABL1": said("in another unit", _level(
        "{gene}/ABL1 ratio (RT-qPCR)", _value(quantity("0.0412", "cycles")),
    )),
    "per 10^5": said("a limit of the test", _level(
        "{gene} transcripts, limit of detection", _value(quantity("4120", "copies/10^5 ABL")),
    )),
    "per 100,000, named in the test": said("of another gene", _level(
        "BCR::ABL1 per 100,000 ABL1", _value(quantity("4120", "copies")),
    )),
    "per 10^6": said("the standard", _level(
        "{gene} RQ-PCR, plasmid standard", _value(quantity("41200", "copies/10^6 ABL1 copies")),
    )),
    "in words": said("expected", _level(
        "{gene} transcript level", {"valueString": "expected below 412 copies/10⁴ ABL1 ?"},
    )),
    "percent in words, decimal comma": said("which comma?", _level(
        "{gene}/ABL1 (RT-qPCR)", {"valueString": "4,120,0 %"},
    )),
    "Ratio": said("to zero", _level("{gene}/ABL1 transcript ratio", {"valueRatio": {
        "numerator": quantity("412", "copies"), "denominator": quantity("0", "copies"),
    }})),
}, by={RESIDUAL: "a level by its name and unit"})  # fmt: skip
near(NONE, transcript(""), {
    "not detected": said("not determined", {"valueString": "not determined"}),
    "zero": said("no number", {"valueQuantity": {"unit": "copies/10^4 ABL1"}}),
    "below the limit, comparator": said("in another unit", _value(
        quantity("1", "ng", comparator="<"),
    )),
    "below the limit, in words": said("the limit alone", {
        "valueString": "LOD 1 copies/10^4 ABL1",
    }),
    "SNOMED CT": said("code and display contradict", {
        "valueCodeableConcept": coded("260415000", "Detected", SNOMED),
    }),
    "undetectable": said("could be none", {"valueString": "undetectable or not tested"}),
    "interpretation ND": said("not done", {"interpretation": [worded("ND: not done")]}),
    "zero and NEG": said("zero and POS", {
        "valueQuantity": quantity("0", "copies/10^4 ABL1"),
        "interpretation": interpreted("POS", "Positive"),
    }),
}, by={RESIDUAL: "none found"})  # fmt: skip
near(residual.OPINION, transcript("412"), {
    "none": said("error", {"interpretation": [worded("invalid")]}),
    "POS": said("NEG", {"interpretation": interpreted("NEG", "Negative")}),
    "DET": said("ND", {"interpretation": interpreted("ND", "Not detected")}),
    "H": said("IND", {"interpretation": interpreted("IND", "Indeterminate")}),
    "N, of the reference range": said("NEG", {"interpretation": interpreted("NEG", "Normal")}),
}, by={RESIDUAL: "a level by its name and unit"})  # fmt: skip


def _control_words(result: Json, copies: str) -> None:
    result["note"] = [{"text": "ABL1 control insufficient"}]


near(residual.CONTROL, transcript(""), {
    "not given": said("insufficient", _control_words),
    "component": said("too few", lambda result, copies: result.setdefault(
        "component", []).append(component(
            worded("ABL1 control copies"), valueQuantity=quantity("80", "copies", "{copies}"),
        ))),
    "note": said("too few", lambda result, copies: result.update(
        note=[{"text": "ABL1 80 copies"}],
    )),
}, by={RESIDUAL: "none found"}, leaves="control")  # fmt: skip
near(residual.LOG, transcript("412"), {
    "component": said("in another unit", component(
        worded("log reduction"), valueQuantity=quantity("2.1", "%"),
    )),
    "component in words": said("the aim", component(
        worded("Log10 reduction from baseline"), valueString="aim: 2.1 log",
    )),
}, by={RESIDUAL: "a level by its name and unit"}, beside=never, numbers=lambda below: below - 1,
     without=said("other words", component(worded("method"), valueString="RT-qPCR"))
)  # fmt: skip
near(residual.FLOW_NAME, flow("0.4", found=True), {
    "AML MRD flow": said("of another disease", "ALL MRD flow"),
    "MRD by MFC": said("the limit", "MRD by multiparameter flow cytometry, limit of detection"),
    "German": said("the limit", "MRD (Durchflusszytometrie), Nachweisgrenze"),
    "LAIP": said("of another disease", "Aberrant plasma cells by flow cytometry (MRD myeloma)"),
}, by={RESIDUAL: "percent by flow cytometry"})  # fmt: skip
