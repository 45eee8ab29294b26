"""Near misses of sentences and of the reports around them (1.9, 1.11, 2.1 to 2.4, 9)."""

from __future__ import annotations

from datetime import date

from tests.encodings import reports, sentences
from tests.encodings.counts import BLASTS
from tests.encodings.diagnoses import RESPONSE
from tests.encodings.facts import Blasts, Fact, Residual, Response
from tests.encodings.genes import GENE
from tests.encodings.residual import RESIDUAL
from tests.encodings.spoiled import Change, Decoy, answer, conclude, every, near, said
from tests.encodings.spoiled_genes import gene
from tests.encodings.terms import coded, worded

SAID = "sentence of a report"


def blasts(share: str, material: str) -> Decoy:
    return lambda day: (Blasts(day=day, blasts=share, material=material),)


def response(category: str) -> Decoy:
    return lambda day: (Response(day=day, response=category),)


def transcript(copies: str, mrd: str = "NPM1", material: str = "marrow") -> Decoy:
    def decoy(day: date) -> tuple[Fact, ...]:
        found = Residual(day=day, mrd=mrd, method="RT-qPCR", material=material,
                         found=bool(copies), copies=copies, control="34000")  # fmt: skip
        return (found,)

    return decoy


def flow(share: str, *, found: bool) -> Decoy:
    def decoy(day: date) -> tuple[Fact, ...]:
        found_ = Residual(day=day, mrd="MFC", method="flow", material="marrow", found=found,
                          share=share)  # fmt: skip
        return (found_,)

    return decoy


_FOUND = {
    "mutated": ("a question", "{gene} mutated?"),
    "mutation detected": ("still to be", "{gene} mutation detection pending"),
    "mutation was identified": ("the donor's", "A {gene} mutation was identified in the donor"),
    "positive": ("of the control", "{gene}: positive control"),
    "positive for": ("tested", "Tested for {gene}"),
    "positive for a mutation": ("tested", "Sample is being tested for a {gene} mutation"),
    "shows": ("uncertain", "NGS shows a {gene} variant of uncertain significance"),
    "presence": ("the mother's", "{gene} mutation present in the mother"),
    "plus sign": ("both signs", "{gene} (+/-)"),
    "list": ("tested", "Genes tested: {gene}"),
    "nachgewiesen": ("doubted", "{gene}-Mutation fraglich nachgewiesen"),
    "Nachweis": ("ordered", "Zum Nachweis einer {gene}-Mutation eingesandt"),
    "es fand sich": ("doubted", "Es fand sich möglicherweise eine {gene}-Mutation"),
    "mutiert": ("the sister's", "{gene} mutiert bei der Schwester"),
    "positiv": ("borderline", "{gene} grenzwertig positiv"),
}
_NOT_FOUND = {
    "not detected": ("not tested", "{gene} not tested"),
    "no mutation": ("no result", "No {gene} mutation result"),
    "no evidence": ("not against it", "No evidence against a {gene} mutation"),
    "was not identified": ("not assessed", "{gene} mutation was not assessed"),
    "negative": ("of the control", "{gene}: negative control"),
    "negative for": ("of the control", "Negative control for {gene} mutation"),
    "wild type": ("the other allele", "{gene} wild type allele present"),
    "wildtype": ("a question", "{gene}: wildtype?"),
    "unmutated": ("the donor's", "{gene} unmutated in the donor"),
    "kein Nachweis": ("no test", "Kein Nachweisverfahren für eine {gene}-Mutation"),
    "keine": ("not done", "Keine {gene}-Mutationsanalyse durchgeführt"),
    "nicht nachweisbar": ("not assessable", "{gene}-Mutation nicht auswertbar"),
    "Wildtyp": ("of the control", "{gene}: Wildtyp-Kontrolle"),
    "negativ": ("doubted", "{gene} vermutlich negativ"),
}
_FREQUENCY = {
    "VAF": ("the cut-off", " (VAF cut-off {vaf} %)"),
    "VAF without space": ("above a hundred", " (VAF 1{vaf}%)"),
    "allele frequency": ("of the population", ", population allele frequency {vaf}%"),
    "with a VAF of": ("at the limit", " with a limit of detection of {vaf} %"),
    "Allelfrequenz": ("the limit", ", Nachweisgrenze {vaf} %"),
}
_RATIO = {
    "allelic ratio": ("the cut-off", "{gene} allelic ratio cut-off {ratio}"),
    "ratio in brackets": ("the limit", "{gene} detection limit (allelic ratio {ratio})"),
    "mutant to wild type": ("of the control", "{gene} control: mutant/wild-type {ratio}"),
    "percent": ("could be", "{gene} detectable down to an allelic ratio of {percent}%"),
    "Ratio": ("the limit", "Nachweisgrenze für {gene} (Ratio {comma})"),
    "Allelquotient": ("no result", "{gene} ausstehend, Grenzwert Allelquotient {comma}"),
}
_REARRANGED = {
    "rearrangement": ("still to be", "KMT2A rearrangement detection by FISH to follow"),
    "MLL": ("the probe", "FISH probe for MLL rearrangement"),
    "fusion": ("the probe", "KMT2A::MLLT3 fusion probe"),
    "Rearrangierung": ("ordered", "Zum Nachweis einer KMT2A-Rearrangierung eingesandt"),
}
_NOT_REARRANGED = {
    "no rearrangement": ("not done", "No KMT2A rearrangement testing done"),
    "MLL": ("not against it", "No evidence against MLL rearrangement"),
    "Rearrangierung": ("not assessable", "KMT2A-Rearrangierung nicht auswertbar"),
}
_FUSED = {
    "detected": ("of the control", "{gene} fusion detected in the positive control"),
    "transcript": ("the assay", "{gene} fusion transcript assay"),
    "positive": ("of the control", "{gene} positive control"),
    "Nachweis": ("ordered", "Zum Nachweis einer {gene}-Fusion eingesandt"),
}
_MARROW = {
    "Bone marrow blasts": ("other cells", "Bone marrow lymphoblasts {blasts} %"),
    "with": ("other cells", "Bone marrow with {blasts}% normoblasts"),
    "aspirate": ("other cells", "Aspirate: erythroblasts {blasts} %"),
    "account for": (
        "other cells",
        "Erythroblasts account for {blasts}% of nucleated marrow cells",
    ),
    "hypercellular": ("other cells", "Hypercellular marrow, {blasts} % megaloblasts"),
    "Blastenanteil": ("other cells", "Erythroblastenanteil von {blasts} % im Knochenmark"),
    "Blasten im Knochenmark": ("other cells", "Normoblasten im Knochenmark {blasts} %"),
    "Knochenmark mit": ("the limit", "Knochenmark mit weniger als der Grenze von 5% Blasten?"),
    "KM": ("an earlier one", "KM-Vorbefund 2019: Blasten {blasts} %"),
}
_BLOOD = {
    "Peripheral blood blasts": ("other cells", "Peripheral blood normoblasts {blasts} %"),
    "smear": ("other cells", "Peripheral blood smear: {blasts}% circulating erythroblasts"),
    "in the peripheral blood": (
        "doubted", "Blasts of {blasts} % in the peripheral blood cannot be confirmed"
    ),
    "Blasten im Blut": ("other cells", "Normoblasten im peripheren Blut {blasts} %"),
    "PB": ("a question", "PB: {blasts} % Blasten?"),
}  # fmt: skip
_CR = {
    "Complete remission (CR)": ("the aim", "Complete remission (CR) is the aim"),
    "morphologic": ("not assessable", "Morphologic complete remission cannot be assessed"),
    "in complete remission": ("a question", "Bone marrow in complete remission?"),
    "Komplette Remission": ("the aim", "Komplette Remission angestrebt"),
    "Vollremission": ("doubted", "Zytomorphologisch fragliche Vollremission"),
}
_CRI = {
    "CRi": ("negated", "No CRi"),
    "incomplete recovery": (
        "the criteria", "Criteria of complete remission with incomplete hematologic recovery"
    ),
    "inkomplette Regeneration": (
        "doubted", "Komplette Remission mit inkompletter Regeneration (CRi) fraglich"
    ),
}  # fmt: skip
_CRH = {
    "CRh": ("one of two", "CRh vs CRi"),
    "partial recovery": (
        "not assessable",
        "Complete remission with partial hematologic recovery cannot be assessed",
    ),
}
_LEVEL = {
    "copies": ("the limit", "{gene} transcripts: limit of detection {copies} copies/10^4 ABL1"),
    "copies per": (
        "at diagnosis", "{gene} transcript level at diagnosis: {copies} copies per 10,000 ABL1"
    ),
    "normalised": (
        "an earlier one",
        "Previous report, {gene}: {copies} normalized copies / 10^4 ABL1 copies",
    ),
    "per 10^5": ("the standard", "{gene} standard curve 10^5: {tenfold} copies/10^5 ABL1"),
    "percent": ("of another gene", "BCR::ABL1/ABL1 {percent} %"),
    "quantified": ("could be", "{gene} MRD by RT-qPCR detectable down to {percent} % of ABL1"),
    "MRD": ("of the control", "MRD: {gene} positive control, {copies} copies per 10^4 ABL1"),
    "Kopien": ("the limit", "{gene}-Transkripte: Nachweisgrenze {copies} Kopien/10^4 ABL1"),
    "Quotient": ("the limit", "{gene}/ABL1: Nachweisgrenze {comma} %"),
}  # fmt: skip
_UNDETECTED = {
    "not detected": ("not tested", "{gene} transcripts not determined"),
    "undetectable": ("too few controls", "{gene} transcripts undetectable (ABL1 80 copies)"),
    "no transcripts": ("no test", "No {gene} transcripts assay performed"),
    "MRD negative": ("of the control", "{gene} MRD negative control by RT-qPCR"),
    "nicht nachweisbar": ("not tested", "{gene}-Transkripte nicht bestimmt"),
    "kein Nachweis": ("no test", "Kein Nachweisverfahren für {gene}-Transkripte"),
}
_FLOW = {
    "positive": ("the cut-off", "MRD positivity threshold of flow cytometry"),
    "share": ("the limit", "MRD by flow cytometry: limit of detection {share} %"),
    "Durchflusszytometrie": ("a question", "MRD positiv? (Durchflusszytometrie)"),
}
_NO_FLOW = {
    "negative": ("of the control", "MRD negative control (flow cytometry)"),
    "no evidence": (
        "not assessable", "Measurable residual disease by flow cytometry not assessable"
    ),
    "Durchflusszytometrie": ("not assessable", "MRD nicht beurteilbar (Durchflusszytometrie)"),
}  # fmt: skip


def _changes(table: dict[str, tuple[str, str]]) -> dict[str, Change]:
    return {name: said(change, form) for name, (change, form) in table.items()}


_GENE = {GENE: SAID}
near(sentences.FOUND, gene("IDH1"), _changes(_FOUND), by=_GENE)
near(sentences.NOT_FOUND, gene("IDH1", found=False), _changes(_NOT_FOUND), by=_GENE)
near(sentences.FREQUENCY, gene("NF1", vaf="31"), _changes(_FREQUENCY), by=_GENE,
     instead=gene("NF1"))  # fmt: skip
near(sentences.RATIO, gene("FLT3-ITD", ratio="0.71"), _changes(_RATIO), by=_GENE)
_KMT2A = "KMT2A-rearrangement"
near(sentences.REARRANGED[True], gene(_KMT2A), _changes(_REARRANGED), by=_GENE)
near(sentences.REARRANGED[False], gene(_KMT2A, found=False), _changes(_NOT_REARRANGED),
     by=_GENE)  # fmt: skip
near(sentences.FUSED, gene("RUNX1::RUNX1T1"), _changes(_FUSED), by=_GENE)
_OF_BLASTS = {BLASTS: SAID}
near(sentences.BLASTS["marrow"], blasts("46", "marrow"), _changes(_MARROW), by=_OF_BLASTS)
near(sentences.BLASTS["blood"], blasts("12", "blood"), _changes(_BLOOD), by=_OF_BLASTS)
for category, table in (("CR", _CR), ("CRi", _CRI), ("CRh", _CRH)):
    near(sentences.RESPONSES[category], response(category), _changes(table),
         by={RESPONSE: SAID})  # fmt: skip
near(sentences.LEVEL, transcript("412"), _changes(_LEVEL), by={RESIDUAL: SAID})
near(sentences.UNDETECTED, transcript(""), _changes(_UNDETECTED), by={RESIDUAL: SAID},
     leaves="control")  # fmt: skip
_OF_FLOW = {RESIDUAL: "sentence on flow cytometry"}
near(sentences.FLOW[True], flow("0.4", found=True), _changes(_FLOW), by=_OF_FLOW)
near(sentences.FLOW[False], flow("<0.01", found=False), _changes(_NO_FLOW), by=_OF_FLOW)


def _two(day: date) -> tuple[Fact, ...]:
    return (*gene("IDH1")(day), *gene("IDH2")(day))


near(reports.REPORTS, _two, {
    "one for each": every("asked", conclude("Question: {}")),
    "one for all": every("of the past", conclude("Clinical history:\n{}")),
}, by=_GENE)  # fmt: skip
near(reports.TOLD_AGAIN, gene("IDH1"), {
    "the result alone": every("no result", answer(valueString="see report")),
    "result": every("no result", answer(valueString="see attached report")),
    "the report says it too": every("each names the other", conclude("see report")),
}, by={GENE: "named in words"})  # fmt: skip
near(reports.LAYOUT, gene("IDH1"), {
    "sentences": said("a question", "{}? "),
    "lines": said("an order", "Tests requested: {}\n"),
    "bullets": said("to follow", "- {} - to follow.\n"),
    "semicolons": said("if", "if {}; "),
}, by=_GENE)  # fmt: skip
near(reports.HEADING, gene("IDH1"), {
    "none": said("asked", "Indication: "),
    "conclusion": said("the donor's", "CONCLUSION (DONOR):\n"),
    "history first": said("history last", "Results: pending\nClinical history:\n"),
    "Beurteilung": said("asked", "Fragestellung:\n"),
}, by=_GENE)  # fmt: skip
near(reports.REPORT_NAME, gene("IDH1"), {
    "molecular": said("the donor's", worded("Molecular genetics, donor")),
    "LOINC": said("the donor's", coded("51969-4", "Genetic analysis report of the donor")),
    "integrated": said("the mother's", worded("Hematopathology report, mother of the patient")),
    "German": said("the donor's", worded("Hämatologischer Befund, Spender")),
}, by=_GENE)  # fmt: skip
