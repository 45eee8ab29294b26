"""The grammar of laboratory prose, sentence by sentence."""

import pytest

from aml.patient import Amount, Finding, Tissue
from fhir_mapping import text
from fhir_mapping.text_course import (
    blast_statements,
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
