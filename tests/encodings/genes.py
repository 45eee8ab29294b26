"""Gene tests by name, one name and one answer (1.4 to 1.9), panels of them (11), karyotypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.encodings import variants
from tests.encodings.facts import Gene, Karyotype
from tests.encodings.hgvs import CHANGES, FUSIONS, filled
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.reports import tell
from tests.encodings.samples import Sample, place
from tests.encodings.sentences import sentence
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

Writer: TypeAlias = Callable[[Pen, Gene], list[Json]]

GENE: Choice[Writer] = Choice("gene result")
KARYOTYPE: Choice[Callable[[Pen, Karyotype], list[Json]]] = Choice("karyotype")
POSITIVE: Choice[Json] = Choice("answer, found", "1.4", {
    "detected": {"valueString": "detected"},
    "POSITIVE": {"valueString": "POSITIVE"},
    "Mutation detected": {"valueString": " Mutation detected "},
    "positiv": {"valueString": "positiv"},
    "nachgewiesen": {"valueString": "nachgewiesen"},
    "boolean": {"valueBoolean": True},
    "SNOMED CT Positive": {"valueCodeableConcept": coded("10828004", "Positive", SNOMED)},
    "SNOMED CT Detected": {"valueCodeableConcept": coded("260373001", "Detected", SNOMED)},
    "LOINC answer": {"valueCodeableConcept": coded("LA6576-8", "Positive")},
    "concept in words": {"valueCodeableConcept": worded("Detected")},
    "interpretation alone": {"interpretation": interpreted("POS", "Positive")},
    "value and interpretation": {
        "valueString": "detected", "interpretation": interpreted("DET", "Detected"),
    },
    "abnormal": {"valueString": "detected", "interpretation": interpreted("A", "Abnormal")},
})  # fmt: skip
NEGATIVE: Choice[Json] = Choice("answer, excluded", "1.4", {
    "not detected": {"valueString": "not detected"},
    "Negative": {"valueString": "Negative"},
    "No mutation detected": {"valueString": "No mutation detected"},
    "wild type": {"valueString": "wild-type"},
    "negativ": {"valueString": "negativ"},
    "nicht nachweisbar": {"valueString": "nicht nachweisbar"},
    "boolean": {"valueBoolean": False},
    "SNOMED CT Not detected": {
        "valueCodeableConcept": coded("260415000", "Not detected", SNOMED)
    },
    "SNOMED CT Negative": {"valueCodeableConcept": coded("260385009", "Negative", SNOMED)},
    "LOINC answer": {"valueCodeableConcept": coded("LA6577-6", "Negative")},
    "interpretation alone": {"interpretation": interpreted("NEG", "Negative")},
    "normal": {"valueString": "not detected", "interpretation": interpreted("N", "Normal")},
})  # fmt: skip
_NAMES = {
    "FLT3-ITD": ("FLT3-ITD", "FLT3 ITD", "FLT3 internal tandem duplication", "FLT3\u2011ITD"),
    "FLT3-TKD": ("FLT3-TKD", "FLT3 D835/I836", "FLT3 TKD (D835)", "FLT3-TKD-Mutation"),
    "NPM1": ("NPM1 mutation", "NPM1", "NPM1-Mutation", "NPM1 exon 12 mutation analysis"),
    "KMT2A-rearrangement": (
        "KMT2A rearrangement", "MLL rearrangement, FISH", "KMT2A (MLL) break-apart FISH",
        "KMT2A-Rearrangierung",
    ),
    "RUNX1::RUNX1T1": ("RUNX1::RUNX1T1", "AML1-ETO", "RUNX1-RUNX1T1 (t(8;21))", "AML1/ETO"),
    "PML::RARA": ("PML::RARA", "PML-RARA fusion transcript", "t(15;17) PML/RARA", "PML/RARα"),
}  # fmt: skip
_LOINC = {
    "FLT3-ITD": (("79210-1", ""), ("85100-6", "marrow")),
    "FLT3-TKD": (("92843-2", ""), ("72520-0", "")),
    "NPM1": (("75034-9", "marrow"),),
    "IDH2": (("100306-0", ""),),
    "KMT2A-rearrangement": (("78219-3", ""),),
    "PML::RARA": (("77031-3", ""),),
    "RUNX1::RUNX1T1": (("77040-4", ""),),
}
RATIO: Choice[Callable[[str], Json]] = Choice("allelic ratio", "1.6", {
    "ratio": lambda r: {"valueQuantity": quantity(r, "ratio", "{ratio}")},
    "percent": lambda r: {"valueQuantity": quantity(product(r, "100"), "%", "%")},
    "words": lambda r: {"valueString": f"{r} (high)"},
    "unit 1": lambda r: {"valueQuantity": quantity(r, "1", "1")},
})  # fmt: skip
_CHANGE_TESTS = frozenset({"NPM1", "IDH1", "IDH2"})
RATIO_NAME: Choice[Json] = Choice("name of an allelic ratio", "1.6", {
    "LOINC": coded("92844-0", "FLT3 gene internal tandem duplication/Normal [Ratio]"),
    "allelic ratio": worded("FLT3-ITD allelic ratio"),
    "AR": worded("FLT3-ITD AR"),
    "signal ratio": worded("FLT3-ITD signal ratio"),
})  # fmt: skip


def _names(fact: Gene) -> tuple[str, ...]:
    ours = (f"{fact.gene} mutation", fact.gene, f"{fact.gene}-Mutation (NGS)")
    return _NAMES.get(fact.gene, ours)


def _named(pen: Pen, fact: Gene) -> Json:
    names = _names(fact)
    return worded(names[pen.number(len(names))])


def _answer(pen: Pen, fact: Gene) -> Json:
    answer: Json = pen.take(POSITIVE if fact.found else NEGATIVE)
    return dict(answer)


def _test(pen: Pen, fact: Gene, code: Json, *, named: bool = False) -> list[Json]:
    result = observation(pen.id("gene"), code, **_answer(pen, fact), **_performed(fact))
    if fact.vaf:
        vaf = variants.FRACTION
        frequency = worded("VAF") if pen.number(2) else coded("81258-6", "Allelic frequency")
        result["component"] = [component(frequency, valueQuantity=pen.take(vaf)(fact.vaf))]
    return place(pen, result, Sample(fact.day, fact.material, named))


def _performed(fact: Gene) -> Json:
    return {"performer": [{"display": fact.laboratory}]} if fact.laboratory else {}


@GENE.way("1.1", "variant with components", lambda f: variants.has_change(f))
def _variant(pen: Pen, fact: Gene) -> list[Json]:
    return _with_laboratory(variants.mcode(pen, fact), fact)


@GENE.way("1.4", "named in words", lambda f: not f.ratio)
def _in_words(pen: Pen, fact: Gene) -> list[Json]:
    return _test(pen, fact, _named(pen, fact))


@GENE.way("1.2", "variant without value", lambda f: variants.has_change(f))
def _implicit(pen: Pen, fact: Gene) -> list[Json]:
    return _with_laboratory(variants.without_value(pen, fact), fact)


@GENE.way("1.3", "variant that is absent", lambda f: not f.found and f.gene in CHANGES)
def _absent(pen: Pen, fact: Gene) -> list[Json]:
    return _with_laboratory(variants.absent(pen, fact), fact)


def _with_laboratory(written: list[Json], fact: Gene) -> list[Json]:
    written[0].update(_performed(fact))
    return written


@GENE.way("1.9", "two genes that are present", lambda f: f.found and f.gene in FUSIONS)
def _fusion(pen: Pen, fact: Gene) -> list[Json]:
    return variants.fusion(pen, fact)


@GENE.way("1.4", "named by LOINC", lambda f: f.gene in _LOINC and not f.ratio)
def _by_loinc(pen: Pen, fact: Gene) -> list[Json]:
    codes = [c for c in _LOINC[fact.gene] if c[1] in ("", fact.material)]
    code, axis = codes[pen.number(len(codes))]
    return _test(pen, fact, coded(code), named=bool(axis))


@GENE.way("1.6", "allelic ratio alone", lambda f: bool(f.ratio))
def _by_ratio(pen: Pen, fact: Gene) -> list[Json]:
    code, answer = pen.take(RATIO_NAME), pen.take(RATIO)(fact.ratio)
    result = observation(pen.id("ratio"), code, **answer)
    return place(pen, result, Sample(fact.day, fact.material))


@GENE.way("1.6", "result and ratio apart", lambda f: bool(f.ratio))
def _with_ratio(pen: Pen, fact: Gene) -> list[Json]:
    return [*_test(pen, fact, _named(pen, fact)), *_by_ratio(pen, fact)]


@GENE.way("1.7", "the change as the value", lambda f: f.found and f.gene in _CHANGE_TESTS)
def _change_as_value(pen: Pen, fact: Gene) -> list[Json]:
    change = CHANGES[fact.gene]
    forms = ("p.{protein}", "p.{short}", "c.{coding}", "{short}")
    written = filled(forms[pen.number(len(forms))], change)
    code = worded(f"{fact.gene} mutation analysis")
    result = observation(pen.id("gene"), code, valueString=written)
    return place(pen, result, Sample(fact.day, fact.material))


@GENE.way("11", "code.text of the gene, a component for each alteration",
          lambda f: f.gene in ("FLT3-ITD", "FLT3-TKD") and not f.ratio)  # fmt: skip
def _flt3_component(pen: Pen, fact: Gene) -> list[Json]:
    name = "ITD" if fact.gene == "FLT3-ITD" else "D835"
    part = component(worded(name), **_answer(pen, fact))
    result = observation(pen.id("panel"), worded("FLT3"), component=[part])
    return place(pen, {**result, **_performed(fact)}, Sample(fact.day, fact.material))


@GENE.way("11", "component of a panel", lambda f: not f.ratio and not f.vaf)
def _panel_component(pen: Pen, fact: Gene) -> list[Json]:
    part = component(_named(pen, fact), **_answer(pen, fact))
    name = worded("Myeloid gene panel")
    result = observation(pen.id("panel"), name, component=[part], **_performed(fact))
    return place(pen, result, Sample(fact.day, fact.material))


@GENE.way("11", "panel with hasMember", lambda f: not f.ratio)
def _panel_member(pen: Pen, fact: Gene) -> list[Json]:
    written = _test(pen, fact, _named(pen, fact))
    member = {"reference": f"Observation/{written[0]['id']}"}
    name = worded("Myeloid panel")
    panel = observation(pen.id("panel"), name, hasMember=[member])
    return [*written, {**panel, "effectiveDateTime": fact.day.isoformat()}]


@GENE.way("1.11", "sentence of a report", lambda f: not f.laboratory)
def _sentence(pen: Pen, fact: Gene) -> list[Json]:
    return tell(pen, fact)


@GENE.way("1.11", "an Observation that is prose")
def _narrative(pen: Pen, fact: Gene) -> list[Json]:
    """Numbered, as a correction of one would else be a correction of all."""
    words, identity = sentence(pen, fact), pen.id("narrative")
    code = worded(f"Molecular genetics, interpretation {identity.split('-')[-1]}")
    result = observation(identity, code, valueString=words, **_performed(fact))
    return place(pen, result, Sample(fact.day, fact.material))


@KARYOTYPE.way("1.13", "LOINC, as text of the value")
def _karyotype_text(pen: Pen, fact: Karyotype) -> list[Json]:
    code = coded("33893-9", "Karyotype [Identifier] in Bone marrow Nominal")
    value = {"valueCodeableConcept": worded(fact.karyotype)}
    result = observation(pen.id("karyotype"), code, **value)
    return place(pen, result, Sample(fact.day, fact.material, True))


@KARYOTYPE.way("1.13", "in words")
def _karyotype_words(pen: Pen, fact: Karyotype) -> list[Json]:
    names = ("Karyotype", "Chromosomes", "Chromosomenanalyse (Karyotyp)", "Cytogenetics study")
    code = worded(names[pen.number(len(names))])
    result = observation(pen.id("karyotype"), code, valueString=fact.karyotype)
    return place(pen, result, Sample(fact.day, fact.material))


@KARYOTYPE.way("1.13", "variant with an ISCN component")
def _karyotype_variant(pen: Pen, fact: Karyotype) -> list[Json]:
    return variants.karyotype(pen, fact)


@KARYOTYPE.way("1.13", "sentence of a report")
def _karyotype_sentence(pen: Pen, fact: Karyotype) -> list[Json]:
    return tell(pen, fact)
