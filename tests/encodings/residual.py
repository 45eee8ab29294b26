"""Residual disease: transcripts in every unit, flow cytometry, sequencing (2.1 to 2.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.encodings.facts import Residual
from tests.encodings.hgvs import CHANGES
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.reports import tell
from tests.encodings.samples import Sample, place
from tests.encodings.terms import (
    SNOMED,
    coded,
    component,
    interpreted,
    observation,
    product,
    quantity,
    worded,
)
from tests.encodings.variants import ABSENT, FRACTION, GENE_NAME, PRESENT, STUDIED

Writer: TypeAlias = Callable[[Pen, Residual], list[Json]]
Level: TypeAlias = Callable[[str, str], tuple[Json, Json]]  # marker, copies -> code, value

RESIDUAL: Choice[Writer] = Choice("residual disease")
LEVEL: Choice[Level] = Choice("transcript level", "2.1", {
    "copies per 10^4, UCUM": lambda gene, copies: (
        worded(f"{gene} transcripts, RT-qPCR"),
        {"valueQuantity": quantity(copies, "copies/10^4 ABL1", "{copies}/10*4{ABL1}")},
    ),
    "copies per 10,000": lambda gene, copies: (
        worded(f"{gene} MRD (RT-qPCR)"),
        {"valueQuantity": quantity(copies, "copies/10,000 ABL1")},
    ),
    "Kopien": lambda gene, copies: (
        worded(f"{gene}-Transkripte (RT-qPCR), MRD"),
        {"valueQuantity": quantity(copies, "Kopien/10^4 ABL1")},
    ),
    "percent of ABL1": lambda gene, copies: (
        worded(f"{gene}/ABL1"),
        {"valueQuantity": quantity(product(copies, "0.01"), "%", "%")},
    ),
    "percent, the control in the unit": lambda gene, copies: (
        worded(f"{gene} MRD, RT-qPCR"),
        {"valueQuantity": quantity(product(copies, "0.01"), "% ABL1")},
    ),
    "normalised copy number": lambda gene, copies: (
        worded(f"{gene} NCN"),
        {"valueQuantity": quantity(product(copies, "0.0001"), "1", "1")},
    ),
    "ratio to ABL1": lambda gene, copies: (
        worded(f"{gene}/ABL1 ratio (RT-qPCR)"),
        {"valueQuantity": quantity(product(copies, "0.0001"), "ratio")},
    ),
    "per 10^5": lambda gene, copies: (
        worded(f"{gene} transcripts"),
        {"valueQuantity": quantity(product(copies, "10"), "copies/10^5 ABL")},
    ),
    "per 100,000, named in the test": lambda gene, copies: (
        worded(f"{gene} per 100,000 ABL1"),
        {"valueQuantity": quantity(product(copies, "10"), "copies")},
    ),
    "per 10^6": lambda gene, copies: (
        worded(f"{gene} RQ-PCR"),
        {"valueQuantity": quantity(product(copies, "100"), "copies/10^6 ABL1 copies")},
    ),
    "in words": lambda gene, copies: (
        worded(f"{gene} transcript level"), {"valueString": f"{copies} copies/10⁴ ABL1"},
    ),
    "percent in words, decimal comma": lambda gene, copies: (
        worded(f"{gene}/ABL1 (RT-qPCR)"),
        {"valueString": f"{product(copies, '0.01')} %".replace(".", ",")},
    ),
    "Ratio": lambda gene, copies: (
        worded(f"{gene}/ABL1 transcript ratio"),
        {"valueRatio": {
            "numerator": quantity(copies, "copies"),
            "denominator": quantity("10000", "copies"),
        }},
    ),
})  # fmt: skip
NONE: Choice[Json] = Choice("no transcript", "2.4", {
    "not detected": {"valueString": "not detected"},
    "zero": {"valueQuantity": quantity("0", "copies/10^4 ABL1")},
    "below the limit, comparator": {
        "valueQuantity": quantity("1", "copies/10^4 ABL1", comparator="<")
    },
    "below the limit, in words": {"valueString": "<1 copies/10^4 ABL1"},
    "SNOMED CT": {"valueCodeableConcept": coded("260415000", "Not detected", SNOMED)},
    "undetectable": {"valueString": "undetectable"},
    "interpretation ND": {"interpretation": interpreted("ND", "Not detected")},
    "zero and NEG": {
        "valueQuantity": quantity("0", "copies/10^4 ABL1"),
        "interpretation": interpreted("NEG", "Negative"),
    },
})  # fmt: skip
OPINION: Choice[Json] = Choice("opinion beside a level", "2.5", {
    "none": {},
    "POS": {"interpretation": interpreted("POS", "Positive")},
    "DET": {"interpretation": interpreted("DET", "Detected")},
    "H": {"interpretation": interpreted("H", "High")},
    "N, of the reference range": {"interpretation": interpreted("N", "Normal")},
})  # fmt: skip
CONTROL: Choice[Callable[[Json, str], None]] = Choice("control gene", "2.4", {
    "not given": lambda result, copies: None,
    "component": lambda result, copies: result.setdefault("component", []).append(
        component(
            worded("ABL1 control copies"),
            valueQuantity=quantity(copies, "copies", "{copies}"),
        )
    ),
    "note": lambda result, copies: result.update(note=[{"text": f"ABL1 {copies} copies"}]),
})  # fmt: skip


def _fusion(fact: Residual) -> bool:
    return fact.mrd in ("RUNX1::RUNX1T1", "CBFB::MYH11")


def _transcript(fact: Residual) -> bool:
    return fact.method == "RT-qPCR"


@RESIDUAL.way("2.1", "a level by its name and unit", lambda f: _transcript(f) and f.found)
def _level(pen: Pen, fact: Residual) -> list[Json]:
    code, value = pen.take(LEVEL)(fact.mrd, fact.copies)
    result = observation(pen.id("mrd"), code, **value, **pen.take(OPINION))
    pen.take(CONTROL)(result, "25000")
    if pen.sometimes(4):
        _with_log_reduction(pen, result)
    return place(pen, result, Sample(fact.day, fact.material))


LOG: Choice[Json] = Choice("log reduction beside a level", "2.2", {
    "component": component(
        worded("log reduction"), valueQuantity=quantity("2.1", "log10")
    ),
    "component in words": component(
        worded("Log10 reduction from baseline"), valueString="2.1 log"
    ),
})  # fmt: skip


def _with_log_reduction(pen: Pen, result: Json) -> None:
    result.setdefault("component", []).append(pen.take(LOG))


@RESIDUAL.way("2.4", "none found", lambda f: _transcript(f) and not f.found)
def _none(pen: Pen, fact: Residual) -> list[Json]:
    names = (f"{fact.mrd} transcripts, RT-qPCR", f"{fact.mrd} MRD (RT-qPCR)")
    code = worded(names[pen.number(len(names))])
    result = observation(pen.id("mrd"), code, **pen.take(NONE))
    pen.take(CONTROL)(result, fact.control)
    return place(pen, result, Sample(fact.day, fact.material))


@RESIDUAL.way(
    "2.1", "under a code for mutation analysis", lambda f: f.mrd == "NPM1" and f.found
)
def _under_mutation_code(pen: Pen, fact: Residual) -> list[Json]:
    code = coded("54448-6", "NPM1 gene mutation analysis")
    value = quantity(fact.copies, "copies/10^4 ABL1", "{copies}/10*4{ABL1}")
    result = observation(pen.id("mrd"), code, valueQuantity=value)
    result["method"] = worded("RT-qPCR")
    return place(pen, result, Sample(fact.day, fact.material))


@RESIDUAL.way("2.1", "LOINC ratio of a fusion", lambda f: _fusion(f) and f.found)
def _fusion_ratio(pen: Pen, fact: Residual) -> list[Json]:
    display = "t(8;21)(q22;q22.3)(RUNX1T1,RUNX1) fusion transcript/control transcript [# Ratio]"
    code = coded("72208-2", display, text="RUNX1-RUNX1T1/ABL1 ratio")
    value = quantity(product(fact.copies, "0.0001"), "ratio", "{ratio}")
    result = observation(pen.id("mrd"), code, valueQuantity=value)
    return place(pen, result, Sample(fact.day, fact.material, fact.material == "marrow"))


@RESIDUAL.way("2.1", "components of a panel", lambda f: _transcript(f) and f.found)
def _panel(pen: Pen, fact: Residual) -> list[Json]:
    code, value = pen.take(LEVEL)(fact.mrd, fact.copies)
    control = component(worded("ABL1 copies"), valueQuantity=quantity("31000", "copies"))
    parts = [component(code, **value), control]
    result = observation(pen.id("mrd"), worded(f"{fact.mrd} MRD monitoring"), component=parts)
    return place(pen, result, Sample(fact.day, fact.material))


@RESIDUAL.way("2.1", "sentence of a report", _transcript)
def _sentence(pen: Pen, fact: Residual) -> list[Json]:
    return tell(pen, fact)


FLOW_NAME = Choice("name of flow cytometry", "2.3", {
    "AML MRD flow": "AML MRD flow",
    "MRD by MFC": "MRD by multiparameter flow cytometry",
    "German": "MRD (Durchflusszytometrie)",
    "LAIP": "LAIP, aberrant cells by flow cytometry (MRD)",
})  # fmt: skip


@RESIDUAL.way("2.3", "percent by flow cytometry", lambda f: f.method == "flow")
def _flow(pen: Pen, fact: Residual) -> list[Json]:
    sign = "<" if fact.share.startswith("<") else ""
    value = quantity(fact.share.removeprefix("<"), "%", "%", sign)
    result = observation(pen.id("mrd"), worded(pen.take(FLOW_NAME)), valueQuantity=value)
    result["referenceRange"] = [{"text": "<0.1% negative; LOD 0.01%"}]
    return place(pen, result, Sample(fact.day, fact.material))


@RESIDUAL.way("2.4", "percent by flow cytometry in words", lambda f: f.method == "flow")
def _flow_words(pen: Pen, fact: Residual) -> list[Json]:
    value = f"{fact.share} %" if pen.number(2) == 0 else f"{fact.share}%".replace(".", ",")
    result = observation(pen.id("mrd"), worded(pen.take(FLOW_NAME)), valueString=value)
    return place(pen, result, Sample(fact.day, fact.material))


@RESIDUAL.way("2.5", "call of flow cytometry", lambda f: f.method == "flow")
def _flow_call(pen: Pen, fact: Residual) -> list[Json]:
    code, words = ("POS", "Positive") if fact.found else ("NEG", "Negative")
    value = {"valueString": words, "interpretation": interpreted(code, words)}
    result = observation(pen.id("mrd"), worded(pen.take(FLOW_NAME)), **value)
    return place(pen, result, Sample(fact.day, fact.material))


@RESIDUAL.way("2.3", "sentence on flow cytometry", lambda f: f.method == "flow")
def _flow_sentence(pen: Pen, fact: Residual) -> list[Json]:
    return tell(pen, fact)


@RESIDUAL.way("2.6", "gene and frequency as components", lambda f: f.method == "NGS")
def _sequenced(pen: Pen, fact: Residual) -> list[Json]:
    change = CHANGES[fact.mrd]
    parts = [
        component(STUDIED, valueCodeableConcept=pen.take(GENE_NAME)(change.number, fact.mrd)),
        component(coded("81258-6"), valueQuantity=pen.take(FRACTION)(fact.vaf)),
    ]
    code = coded("69548-6", text="NGS MRD panel")
    value = {"valueCodeableConcept": PRESENT if fact.found else ABSENT}
    result = observation(pen.id("mrd"), code, **value, component=parts)
    return place(pen, result, Sample(fact.day, fact.material))


@RESIDUAL.way("2.6", "sequencing in words", lambda f: f.method == "NGS")
def _sequenced_words(pen: Pen, fact: Residual) -> list[Json]:
    code = worded(f"{fact.mrd} MRD (NGS)")
    value = {"valueQuantity": quantity(fact.vaf, "% VAF")}
    result = observation(pen.id("mrd"), code, **value)
    return place(pen, result, Sample(fact.day, fact.material))
