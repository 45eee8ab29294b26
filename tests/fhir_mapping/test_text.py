"""The grammar of laboratory prose, sentence by sentence."""

import pytest

from aml.patient import Amount, Finding, ResponseCategory, Tissue
from fhir_mapping import text
from fhir_mapping.text_course import (
    blast_statements,
    response_statements,
)
from fhir_mapping.text_genes import gene_statements


def test_an_allelic_ratio_is_no_allele_frequency() -> None:
    [itd] = gene_statements("FLT3-ITD detected, allelic ratio 62%")
    assert (itd.allelic_ratio, itd.vaf_pct.recorded) == (Amount.exactly("0.62"), False)


def test_numbers_for_two_genes_are_given_to_neither() -> None:
    said = gene_statements("NPM1 and FLT3-ITD mutated (VAF 38% and 20%)")
    assert not any(s.vaf_pct.recorded for s in said)


def test_what_stands_under_clinical_history_is_set_aside() -> None:
    prose = "CLINICAL HISTORY:\nAML.\nFLT3-ITD detected.\nRESULTS:\nNPM1 mutated."
    assert [s.alteration for s in gene_statements(prose)] == ["NPM1"]


def test_a_decimal_comma_does_not_end_a_sentence() -> None:
    assert text.sentences("Ratio 2,7. p.R132H; t(8;21) (a; b). Z.n. AML. V. a. MDS") == (
        "Ratio 2,7",
        "p.R132H",
        "t(8;21) (a; b)",
        "Z.n. AML",
        "V.a. MDS",
    )


@pytest.mark.parametrize(
    "phrase", ["Not Detected", " negative. ", "wild-type", "kein Nachweis"]
)
def test_a_negative_phrase_is_negative(phrase: str) -> None:
    assert text.outcome(phrase) is Finding.NOT_DETECTED


@pytest.mark.parametrize(
    "phrase", ["see comment", "detected in 2019", "negative control passed"]
)
def test_an_unknown_phrase_is_indeterminate(phrase: str) -> None:
    assert text.outcome(phrase) is Finding.INDETERMINATE


def test_a_second_share_in_a_sentence_is_of_the_other_tissue() -> None:
    said = blast_statements("Blasts are 3 % in blood and 46 % in marrow")
    assert [(s.tissue, str(s.pct)) for s in said] == [
        (Tissue.BLOOD, "3"),
        (Tissue.MARROW, "46"),
    ]


def test_marrow_and_blood_in_one_sentence_stay_apart() -> None:
    said = blast_statements("46% blasts in the marrow and 12% blasts in peripheral blood")
    assert [(s.tissue, str(s.pct)) for s in said] == [
        (Tissue.MARROW, "46"),
        (Tissue.BLOOD, "12"),
    ]


_UNCERTAIN = [
    "TIER 3 (VARIANTS OF UNKNOWN SIGNIFICANCE)", "Tier III: Variants of uncertain significance",
    "VARIANTS OF UNCERTAIN SIGNIFICANCE", "Variants of Uncertain Clinical Significance (VUS)",
    "Varianten unklarer Signifikanz", "Variants of unknown significance:", "VUS:", "Tier III",
    "Likely germline variants", "Benign variants", "PREVIOUS RESULTS", "Methodology",
    "References", "Limitations:", "Vorbefunde",
]  # fmt: skip


@pytest.mark.parametrize("heading", _UNCERTAIN)
@pytest.mark.parametrize(
    "next_heading",
    ["PERTINENT NEGATIVES", "Interpretation:", "Tier I/II", "Pathogenic variants"],
)
def test_what_stands_under_a_heading_of_doubt_is_set_aside(
    heading: str, next_heading: str
) -> None:
    doubtful = f"{heading}\nIDH1 p.R132H, VAF 48 %"
    prose = f"IDH2 p.R140Q VAF 43 %\n{doubtful}\n{next_heading}\nNPM1: not detected"
    assert [s.alteration for s in gene_statements(prose)] == ["IDH2", "NPM1"]


@pytest.mark.parametrize(
    "sentence",
    ["Tier III: IDH1 p.V71I, VAF 48 %", "IDH1 p.V71I, VAF 48 %, tier 3", "Class 3: IDH1 p.V71I",
     "IDH1 p.V71I (Klasse 3), VAF 48 %"],
)  # fmt: skip
def test_a_variant_of_a_doubtful_tier_is_not_detected(sentence: str) -> None:
    assert Finding.DETECTED not in [s.finding for s in gene_statements(sentence)]


@pytest.mark.parametrize(
    "sentence", ["No variants of uncertain significance were detected.", "VUS: none detected"]
)
def test_that_there_is_nothing_doubtful_sets_nothing_aside(sentence: str) -> None:
    found = gene_statements(f"{sentence}\nIDH1 p.R132H, VAF 48 %")
    assert [(s.alteration, s.finding) for s in found] == [("IDH1", Finding.DETECTED)]


@pytest.mark.parametrize(
    "sentence",
    ["IDH1: kein Nachweis einer Mutation", "IDH1 kein Nachweis einer pathogenen Variante",
     "IDH1: ohne Nachweis einer Mutation", "Kein Nachweis einer IDH1-Mutation",
     "Kein Nachweis einer Mutation in IDH1", "IDH1: kein Mutationsnachweis",
     "IDH1: Mutation nicht nachgewiesen", "IDH1: keine Mutation nachgewiesen"],
)  # fmt: skip
def test_no_proof_of_a_mutation_denies_it(sentence: str) -> None:
    found = [(s.alteration, s.finding) for s in gene_statements(sentence)]
    assert found == [("IDH1", Finding.NOT_DETECTED)]


@pytest.mark.parametrize(
    "sentence",
    ["Persistent acute myeloid leukemia, blasts 64 %", "Persistent disease", "Persisting AML",
     "Persistierende AML mit 30 % Blasten", "Persistierende akute myeloische Leukämie"],
)  # fmt: skip
def test_leukemia_that_persists_is_no_response(sentence: str) -> None:
    assert [s.category for s in response_statements(sentence)] == [ResponseCategory.NR]


@pytest.mark.parametrize(
    "sentence",
    ["No persistent acute myeloid leukemia", "No morphologic evidence of persistent leukemia",
     "Negative for persistent AML", "Kein Anhalt für persistierende AML",
     "Ohne Nachweis einer persistierenden Leukämie", "No increase in blasts; no persistent AML",
     "Persistent measurable residual disease by flow", "Persistent cytopenia"],
)  # fmt: skip
def test_leukemia_that_does_not_persist_is_none(sentence: str) -> None:
    assert response_statements(sentence) == ()
