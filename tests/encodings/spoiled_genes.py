"""Near misses of gene results by their name and answer (1.4 to 1.9, 11), and of variants."""

from __future__ import annotations

from datetime import date

from tests.encodings import genes, hgvs, variants, writing
from tests.encodings.facts import Fact, Gene
from tests.encodings.genes import GENE
from tests.encodings.pen import Json
from tests.encodings.spoiled import Decoy, answer, conclude, every, near, put, said, then
from tests.encodings.terms import HGNC, HGVS, SNOMED, coded, interpreted, quantity, worded
from tests.encodings.variants import PLACE_OF_CHANGE

INDETERMINATE = coded("LA11884-6", "Indeterminate")


def gene(name: str, *, found: bool = True, **rest: str) -> Decoy:
    def decoy(day: date) -> tuple[Fact, ...]:
        return (Gene(day=day, gene=name, found=found, **rest),)

    return decoy


near(genes.POSITIVE, gene("IDH1"), {
    "detected": said("a question", {"valueString": "detected?"}),
    "POSITIVE": said("of the control", {"valueString": "POSITIVE CONTROL VALID"}),
    "Mutation detected": said("not yet", {"valueString": " Mutation detection pending "}),
    "positiv": said("doubted", {"valueString": "fraglich positiv"}),
    "nachgewiesen": said("asked for", {"valueString": "Nachweis angefordert"}),
    "boolean": said("as a number", {"valueInteger": 1}),
    "SNOMED CT Positive": said("code and display contradict", {
        "valueCodeableConcept": coded("10828004", "Negative", SNOMED),
    }),
    "SNOMED CT Detected": said("equivocal", {
        "valueCodeableConcept": coded("42425007", "Equivocal", SNOMED),
    }),
    "LOINC answer": said("inconclusive", {
        "valueCodeableConcept": coded("LA9663-1", "Inconclusive"),
    }),
    "concept in words": said("of the control", {
        "valueCodeableConcept": worded("Internal control detected"),
    }),
    "interpretation alone": said("indeterminate", {
        "interpretation": interpreted("IND", "Indeterminate"),
    }),
    "value and interpretation": said("they clash", {
        "valueString": "detected", "interpretation": interpreted("ND", "Not detected"),
    }),
    "abnormal": said("without a value", {"interpretation": interpreted("A", "Abnormal")}),
}, by={GENE: "named in words"})  # fmt: skip
near(genes.NEGATIVE, gene("IDH1", found=False), {
    "not detected": said("not determined", {"valueString": "not determined"}),
    "Negative": said("of the control", {"valueString": "Negative control valid"}),
    "No mutation detected": said("not tested", {"valueString": "No mutation testing"}),
    "wild type": said("the other allele", {"valueString": "wild-type allele present"}),
    "negativ": said("doubted", {"valueString": "eher negativ"}),
    "nicht nachweisbar": said("not assessable", {"valueString": "nicht beurteilbar"}),
    "boolean": said("absent", {"_valueBoolean": {"extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "valueCode": "not-performed",
    }]}}),
    "SNOMED CT Not detected": said("code and display contradict", {
        "valueCodeableConcept": coded("260415000", "Detected", SNOMED),
    }),
    "SNOMED CT Negative": said("not done", {
        "valueCodeableConcept": coded("262008008", "Not performed", SNOMED),
    }),
    "LOINC answer": said("no call", {
        "valueCodeableConcept": coded("LA18198-4", "No call"),
    }),
    "interpretation alone": said("not interpretable", {
        "interpretation": interpreted("NR", "Not interpretable"),
    }),
    "normal": said("without a value", {"interpretation": interpreted("N", "Normal")}),
}, by={GENE: "named in words"})  # fmt: skip


def _gene_alone(result: Json) -> None:
    result["component"] = result.get("component", [])[:1]


def _panel_answers(panel: Json) -> None:
    """The panel is positive, the gene has no answer."""
    if "component" in panel:
        panel["valueString"] = "Positive"
        del panel["component"][0]["valueString"]


def _member_cancelled(result: Json) -> None:
    if "hasMember" not in result:
        result["status"] = "cancelled"


def _see_each_other(result: Json) -> None:
    other = "result" if "ratio" in str(result.get("code")) else "allelic ratio"
    answer(valueString=f"see {other}")(result)


near(GENE, gene("IDH1"), {
    "variant with components": then("Present, but no call", answer(
        valueCodeableConcept=coded("LA18198-4", "No call"),
    )),
    "named in words": then("a digit away", put("code.text", "IDH3 mutation")),
    "variant without value": then("the gene alone", _gene_alone),
    "the change as the value": then("no change", put("valueString", "p.Arg132=")),
    "component of a panel": then("the panel answers, not the gene", _panel_answers),
    "panel with hasMember": then("the member is cancelled", _member_cancelled),
    "sentence of a report": every("asked", conclude("Indication: {}")),
    "an Observation that is prose": then("on the method", conclude("Assay tells whether {}")),
})  # fmt: skip
near(GENE, gene("IDH2"), {
    "named by LOINC": then("text and code contradict", put("code.text", "IDH1 mutation")),
})  # fmt: skip
near(GENE, gene("IDH1", found=False), {
    "variant that is absent": then("indeterminate", answer(valueCodeableConcept=INDETERMINATE)),
})  # fmt: skip
near(GENE, gene("RUNX1::RUNX1T1"), {
    "two genes that are present": then("a number away", put(
        "component.1.valueCodeableConcept", coded("HGNC:1536", "CBFA2T2", HGNC),
    )),
})  # fmt: skip
near(GENE, gene("FLT3-ITD", ratio="0.71"), {
    "allelic ratio alone": then("in another unit", put(
        "valueQuantity", quantity("0.71", "log10"),
    )),
    "result and ratio apart": then("each names the other", _see_each_other),
})  # fmt: skip
near(GENE, gene("FLT3-ITD"), {
    "code.text of the gene, a component for each alteration": then("of the control", put(
        "component.0", {"code": worded("ITD control"), "valueString": "detected"},
    )),
})  # fmt: skip
near(genes.RATIO, gene("FLT3-ITD", ratio="0.71"), {
    "ratio": said("of nothing", lambda r: {"valueQuantity": quantity("62", "")}),
    "percent": said("of normal", lambda r: {"valueQuantity": quantity("71", "% IS")}),
    "words": said("the cut-off", lambda r: {"valueString": f"cut-off {r}"}),
    "unit 1": said("below zero", lambda r: {"valueQuantity": quantity("-1", "1", "1")}),
}, by={GENE: "allelic ratio alone"})  # fmt: skip
near(genes.RATIO_NAME, gene("FLT3-ITD", ratio="0.71"), {
    "LOINC": said("code and display contradict", coded("92844-0", "FLT3 D835 [Ratio]")),
    "allelic ratio": said("the cut-off", worded("FLT3-ITD allelic ratio cut-off")),
    "AR": said("of no gene", worded("AR")),
    "signal ratio": said("of no kind", worded("FLT3 signal ratio")),
}, by={GENE: "allelic ratio alone"})  # fmt: skip
near(variants.FRACTION, gene("NF1", vaf="31"), {
    "fraction, unit 1": said("above one", lambda vaf: quantity(vaf, "frequency", "1")),
    "percent": said("above a hundred", lambda vaf: quantity(f"1{vaf}", "%", "%")),
    "percent in words": said("in another unit", lambda vaf: quantity(vaf, "reads")),
}, by={GENE: "variant with components"}, instead=gene("NF1"))  # fmt: skip
near(variants.GENE_NAME, gene("IDH1"), {
    "HGNC under geneId": said("code and display contradict", lambda number, symbol: coded(
        "HGNC:5383", symbol, HGNC,
    )),
    "HGNC under the bare domain": said("a digit is missing", lambda number, symbol: coded(
        f"HGNC:{number[:-1]}", "", "http://www.genenames.org",
    )),
    "number without prefix": said("a digit more", lambda number, symbol: coded(
        f"{number}1", "", HGNC,
    )),
    "number without display": said("a digit away", lambda number, symbol: coded(
        "HGNC:5381", system=HGNC,
    )),
    "symbol as code": said("the antisense gene", lambda number, symbol: coded(
        f"{symbol}-AS1", f"{symbol}-AS1", HGNC,
    )),
    "words alone": said("a pseudogene", lambda number, symbol: worded(f"{symbol}P1")),
    "HGNC by OID": said("of another system", lambda number, symbol: coded(
        number, "", "urn:oid:2.16.840.1.113883.6.96",
    )),
}, by={GENE: "variant with components"})  # fmt: skip
near(variants.VALUE, gene("IDH1"), {
    "Present": said("code and display contradict", {
        "valueCodeableConcept": coded("LA9633-4", "Absent"),
    }),
    "Present in words": said("doubted", {"valueCodeableConcept": worded("Possibly present")}),
    "Positive by SNOMED CT": said("equivocal", {
        "valueCodeableConcept": coded("42425007", "Equivocal", SNOMED),
    }),
}, by={GENE: "variant with components"})  # fmt: skip
_IDH2 = "NM_002168.4(IDH2):c.419G>A (p.Arg140Gln)"
_CODING = "valueCodeableConcept"
near(PLACE_OF_CHANGE, gene("IDH1"), {
    "p. as code of 48005-3": then("no change", put(_CODING, coded("p.Arg132=", system=HGVS))),
    "p. as text of 48005-3": then("effect unknown", put(_CODING, worded("p.?"))),
    "c. as code of 48004-6": then("no change", put(_CODING, coded("c.395=", system=HGVS))),
    "c. where the genomic change belongs": then("the whole chromosome", put(
        _CODING, coded("NC_000002.12:g.=", system=HGVS),
    )),
    "in the display of a ClinVar variant": then("of another gene", put(
        _CODING, coded("376523", _IDH2, "http://www.ncbi.nlm.nih.gov/clinvar"),
    )),
}, by={GENE: "variant without value"})  # fmt: skip
near(PLACE_OF_CHANGE, gene("NPM1"), {
    "c. of NPM1 in other numbers": then("no change", put(_CODING, worded("c.956_959="))),
}, by={GENE: "variant without value"})  # fmt: skip
near(hgvs.PROTEIN, gene("IDH1"), {
    "p. in three letters": said("no change", "p.Arg132="),
    "p. in brackets": said("effect unknown", "p.(?)"),
    "p. in one letter": said("to itself", "p.R132R"),
    "without p.": said("the codon alone", "R132"),
    "with its reference": said("no protein", "NP_{reference}:p.0?"),
}, by={GENE: "variant without value"})  # fmt: skip
near(hgvs.CODING, gene("IDH1"), {
    "c. alone": said("no change", "c.="),
    "with its gene": said("of another gene", "IDH2:c.419G>A"),
    "with its transcript": said("base unknown", "NM_{reference}:c.395G>?"),
    "with transcript, gene and protein": said(
        "no change", "NM_{reference}({symbol}):c.315C>T (p.Gly105=)"
    ),
}, by={GENE: "variant without value", PLACE_OF_CHANGE: "c. as code of 48004-6"})  # fmt: skip
near(hgvs.NPM1_CODING, gene("NPM1"), {
    "older numbering": said("no change", "c.956_959="),
    "the inserted bases": said("none inserted", "c.863_864"),
}, by={
    GENE: "variant without value", PLACE_OF_CHANGE: "c. of NPM1 in other numbers",
})  # fmt: skip


def _two_negatives(day: date) -> tuple[Fact, ...]:
    return (*gene("IDH1", found=False)(day), *gene("IDH2", found=False)(day))


near(writing.TOGETHER, _two_negatives, {
    "each alone": every("not tested", answer(valueString="not tested")),
    "one variant": every("indeterminate", answer(valueCodeableConcept=INDETERMINATE)),
})  # fmt: skip
