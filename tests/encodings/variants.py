"""Variants with components, of mCODE and Genomics Reporting STU2 and STU3 (1.1 to 1.3, 1.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.encodings.facts import Gene, Karyotype
from tests.encodings.hgvs import CHANGES, CODING, FUSIONS, NPM1_CODING, PROTEIN, filled
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.samples import Sample, place
from tests.encodings.terms import (
    HGNC,
    HGVS,
    coded,
    component,
    observation,
    product,
    quantity,
    worded,
)

Namer: TypeAlias = Callable[[str, str], Json]
Written: TypeAlias = list[Json]

ASSESSMENT = coded("69548-6", "Genetic variant assessment")
STUDIED = coded("48018-6", "Gene studied [ID]")
PRESENT, ABSENT = coded("LA9633-4", "Present"), coded("LA9634-2", "Absent")

GENE_NAME: Choice[Namer] = Choice("gene", "1.1", {
    "HGNC under geneId": lambda number, symbol: coded(f"HGNC:{number}", symbol, HGNC),
    "HGNC under the bare domain": lambda number, symbol: coded(
        f"HGNC:{number}", symbol, "http://www.genenames.org"
    ),
    "number without prefix": lambda number, symbol: coded(number, symbol, HGNC),
    "number without display": lambda number, symbol: coded(f"HGNC:{number}", system=HGNC),
    "symbol as code": lambda number, symbol: coded(symbol, symbol, HGNC),
    "words alone": lambda number, symbol: worded(symbol),
    "HGNC by OID": lambda number, symbol: coded(
        f"HGNC:{number}", symbol, "urn:oid:2.16.840.1.113883.6.281"
    ),
})  # fmt: skip
FRACTION: Choice[Callable[[str], Json]] = Choice("allele frequency", "1.1", {
    "fraction, unit 1": lambda vaf: quantity(product(vaf, "0.01"), "relative frequency", "1"),
    "percent": lambda vaf: quantity(vaf, "%", "%"),
    "percent in words": lambda vaf: quantity(vaf, "percent"),
})  # fmt: skip
PLACE_OF_CHANGE: Choice[Callable[[Pen, str], Json]] = Choice("place of the change")
VALUE: Choice[Json] = Choice("variant found", "1.1", {
    "Present": {"valueCodeableConcept": PRESENT},
    "Present in words": {"valueCodeableConcept": worded("Present")},
    "Positive by SNOMED CT": {
        "valueCodeableConcept": coded("10828004", "Positive", "http://snomed.info/sct")
    },
})  # fmt: skip


@PLACE_OF_CHANGE.way("1.1", "p. as code of 48005-3")
def _protein_code(pen: Pen, name: str) -> Json:
    written = filled(pen.take(PROTEIN), CHANGES[name])
    return component(coded("48005-3"), valueCodeableConcept=coded(written, system=HGVS))


@PLACE_OF_CHANGE.way("1.1", "p. as text of 48005-3")
def _protein_words(pen: Pen, name: str) -> Json:
    written = filled(pen.take(PROTEIN), CHANGES[name])
    return component(
        coded("48005-3", "Amino acid change"), valueCodeableConcept=worded(written)
    )


@PLACE_OF_CHANGE.way("1.1", "c. as code of 48004-6")
def _coding_code(pen: Pen, name: str) -> Json:
    written = filled(pen.take(CODING), CHANGES[name])
    return component(coded("48004-6"), valueCodeableConcept=coded(written, system=HGVS))


@PLACE_OF_CHANGE.way("1.7", "c. of NPM1 in other numbers", lambda name: name == "NPM1")
def _npm1_code(pen: Pen, name: str) -> Json:
    written = pen.take(NPM1_CODING)
    return component(coded("48004-6"), valueCodeableConcept=worded(written))


@PLACE_OF_CHANGE.way("1.1", "c. where the genomic change belongs")
def _coding_as_genomic(pen: Pen, name: str) -> Json:
    written = filled(pen.take(CODING), CHANGES[name])
    return component(coded("81290-9"), valueCodeableConcept=coded(written, system=HGVS))


@PLACE_OF_CHANGE.way("1.1", "in the display of a ClinVar variant")
def _clinvar(pen: Pen, name: str) -> Json:
    written = filled("NM_{reference}({symbol}):c.{coding} (p.{protein})", CHANGES[name])
    value = coded("376523", written, "http://www.ncbi.nlm.nih.gov/clinvar")
    return component(coded("81252-9"), valueCodeableConcept=value)


def has_change(fact: Gene) -> bool:
    return fact.found and fact.gene in CHANGES


def mcode(pen: Pen, fact: Gene) -> Written:
    """1.1: gene, change and frequency as components, the finding as the value."""
    return _variant(pen, fact, pen.take(VALUE))


def without_value(pen: Pen, fact: Gene) -> Written:
    """1.2: STU3 leaves the value out where a change is described."""
    return _variant(pen, fact, {})


def _variant(pen: Pen, fact: Gene, value: Json) -> Written:
    change = CHANGES[fact.gene]
    gene = pen.take(GENE_NAME)(change.number, change.symbol)
    parts = [component(STUDIED, valueCodeableConcept=gene)]
    parts.append(pen.take(PLACE_OF_CHANGE, fact.gene)(pen, fact.gene))
    if fact.vaf:
        fraction = pen.take(FRACTION)(fact.vaf)
        parts.append(component(coded("81258-6"), valueQuantity=fraction))
    if fact.ratio:
        ratio = coded("92844-0", "FLT3 gene internal tandem duplication/Normal [Ratio]")
        parts.append(component(ratio, valueQuantity=quantity(fact.ratio, "ratio", "{ratio}")))
    result = observation(pen.id("variant"), ASSESSMENT, **value, component=parts)
    return place(pen, result, Sample(fact.day, fact.material))


def absent(pen: Pen, *facts: Gene) -> Written:
    """1.3: the genes of one resource, all negative."""
    parts = []
    for fact in facts:
        change = CHANGES[fact.gene]
        gene = pen.take(GENE_NAME)(change.number, change.symbol)
        parts.append(component(STUDIED, valueCodeableConcept=gene))
    code = ASSESSMENT
    if facts[0].gene.startswith("FLT3-"):
        code = {**ASSESSMENT, "text": facts[0].gene}
    value = {"valueCodeableConcept": ABSENT}
    result = observation(pen.id("variant"), code, **value, component=parts)
    return place(pen, result, Sample(facts[0].day, facts[0].material))


def fusion(pen: Pen, fact: Gene) -> Written:
    """1.9: two genes that are Present, in either order."""
    pair = FUSIONS[fact.gene]
    genes = pair if pen.number(2) == 0 else pair[::-1]
    parts = [
        component(STUDIED, valueCodeableConcept=pen.take(GENE_NAME)(number, symbol))
        for number, symbol in genes
    ]
    result = observation(
        pen.id("fusion"), ASSESSMENT, valueCodeableConcept=PRESENT, component=parts
    )
    return place(pen, result, Sample(fact.day, fact.material))


def karyotype(pen: Pen, fact: Karyotype) -> Written:
    """1.13: a karyotype, also a normal one, as a variant that is Present."""
    written = coded(fact.karyotype, system="https://iscn.karger.com")
    parts = [component(coded("81291-7", "Variant ISCN"), valueCodeableConcept=written)]
    result = observation(
        pen.id("karyotype"), ASSESSMENT, valueCodeableConcept=PRESENT, component=parts
    )
    return place(pen, result, Sample(fact.day, fact.material))
