"""The grammar of laboratory prose, sentence by sentence."""

import pytest

from aml.patient import Amount, Finding, ResponseCategory, Tissue
from fhir_mapping import text
from fhir_mapping.text_course import (
    blast_statements,
    extramedullary_statements,
    response_statements,
)
from fhir_mapping.text_genes import gene_statements
from fhir_mapping.text_mrd import mrd_statements

_SIGNS = {"+": Finding.DETECTED, "-": Finding.NOT_DETECTED, "?": Finding.INDETERMINATE}
GENES = [
    ("PML::RARA fusion transcript detected", "PML::RARA+"),
    ("No PML::RARA fusion transcript detected", "PML::RARA-"),
    ("Es fand sich eine NPM1-Mutation", "NPM1+"),
    ("Es fand sich keine NPM1-Mutation", "NPM1-"),
    ("Es fanden sich Mutationen in NPM1 und IDH2", "NPM1+ IDH2+"),
    (
        "NPM1 type A (VAF 38%). No FLT3-ITD or TKD. IDH1/2 wild type.",
        "NPM1+ FLT3-ITD- FLT3-TKD- IDH1- IDH2-",
    ),
    (
        "FLT3-ITD nachgewiesen (Ratio 2,7), NPM1 mutiert; kein Nachweis von "
        "IDH1/IDH2-Mutationen",
        "FLT3-ITD+ NPM1+ IDH1- IDH2-",
    ),
    ("FLT3: no mutation", "FLT3-"),
    ("FLT3: ITD negative, TKD positive", "FLT3-ITD- FLT3-TKD+"),
    ("Positive for NPM1 and FLT3-ITD; negative for IDH1.", "NPM1+ FLT3-ITD+ IDH1-"),
    ("Mutations in NPM1, DNMT3A and FLT3-ITD were detected.", "NPM1+ DNMT3A+ FLT3-ITD+"),
    ("Detected: NPM1 (VAF 38%). Not detected: IDH1, IDH2.", "NPM1+ IDH1- IDH2-"),
    ("No FLT3-ITD, NPM1 mutated", "FLT3-ITD- NPM1+"),
    ("FLT3-ITD mutated but NPM1 wild type", "FLT3-ITD+ NPM1-"),
    ("FLT3-ITD neg., NPM1 pos., CEBPA wt", "FLT3-ITD- NPM1+ CEBPA-"),
    ("NPM1+/FLT3-ITD-", "NPM1+ FLT3-ITD-"),
    ("FLT3 D835Y detected (VAF 12%)", "FLT3-TKD+"),
    ("IDH2 p.R140Q (VAF 12 %), IDH1 wildtype", "IDH2+ IDH1-"),
    ("KMT2A::MLLT3 fusion detected", "KMT2A::MLLT3+ KMT2A-rearrangement+"),
    ("Nachweis von t(8;21)", "RUNX1::RUNX1T1+"),
    ("Es findet sich eine NPM1-Mutation Typ A", "NPM1+"),
    ("Mutationen in NPM1 und IDH2 nachweisbar", "NPM1+ IDH2+"),
    ("Molecular analysis showed an NPM1 mutation and FLT3-ITD.", "NPM1+ FLT3-ITD+"),
    ("NPM1 mutation detected, which is associated with favorable prognosis", "NPM1+"),
    ("CD13+, CD33+ (dim), CD117+, CD34-", "CD33+"),
    ("positive for CD13, CD33 and CD117; negative for CD34", "CD33+"),
    # negative
    ("No FLT3-ITD, NPM1 or IDH1 mutations detected", "FLT3-ITD- NPM1- IDH1-"),
    ("No mutations detected in FLT3, NPM1, IDH1 or IDH2.", "FLT3- NPM1- IDH1- IDH2-"),
    ("Keine Mutation in FLT3 nachweisbar", "FLT3-"),
    ("weder FLT3-ITD noch NPM1-Mutation nachweisbar", "FLT3-ITD- NPM1-"),
    ("neither FLT3-ITD nor NPM1 mutation detected", "FLT3-ITD- NPM1-"),
    ("FLT3-ITD could not be detected", "FLT3-ITD-"),
    ("FLT3-ITD not detected (limit of detection 1 %).", "FLT3-ITD-"),
    ("FLT3-ITD ausgeschlossen", "FLT3-ITD-"),
    ("KMT2A: no rearrangement", "KMT2A-rearrangement-"),
    ("Molecular analysis showed no FLT3-ITD.", "FLT3-ITD-"),
    ("CD34-, CD33-", "CD33-"),
    # uncertain
    ("FLT3-ITD detected, of uncertain significance", "FLT3-ITD?"),
    ("possible FLT3-ITD", "FLT3-ITD?"),
    ("FLT3-ITD cannot be excluded", "FLT3-ITD?"),
    ("kein sicherer Nachweis einer FLT3-ITD", "FLT3-ITD?"),
    ("V.a. FLT3-ITD", "FLT3-ITD?"),
    ("FLT3-ITD pending", "FLT3-ITD?"),
    ("IDH mutated", "IDH1? IDH2?"),
    ("TP53 germline variant detected", "TP53?"),
    ("FLT3 F691L detected", "FLT3?"),
    ("Nachweis von FLT3-ITD, NPM1: negativ", "FLT3-ITD? NPM1-"),
    ("CD33+/- CD34+", "CD33?"),
    ("Not FLT3 mutated", "FLT3?"),
    ("NPM1 mutation not excluded", "NPM1?"),
    ("IDH2 p.R140Q (VAF 0.4%) below reporting threshold", "IDH2?"),
    ("FLT3-ITD not performed; IDH1/IDH2 not performed.", "FLT3-ITD? IDH1? IDH2?"),
    # not about this sample, or not a result
    ("history of FLT3-ITD", ""),
    ("FLT3-ITD positive at diagnosis", ""),
    ("bekannte NPM1-Mutation", ""),
    ("Z.n. AML mit FLT3-ITD", ""),
    ("NPM1 mutated bei Erstdiagnose", ""),
    ("rule out FLT3-ITD", ""),
    ("Indication: AML, FLT3-ITD positive", ""),
    ("FLT3-ITD?", ""),
    ("AML with mutated NPM1", ""),
    ("relapsed FLT3-mutated AML", ""),
    ("FLT3-ITD mutations are associated with adverse prognosis", ""),
    ("patients with FLT3-ITD positive AML benefit", ""),
    ("This panel covers FLT3, NPM1, IDH1, IDH2", ""),
    ("FLT3, NPM1, IDH1, IDH2, TP53", ""),
    ("Donor sample: FLT3-ITD detected", ""),
    ("Previously detected FLT3-ITD is no longer detectable", ""),
    ("NPM1 mutation", ""),
    ("MLL-PTD positive", ""),
]


@pytest.mark.parametrize(("prose", "expected"), GENES)
def test_a_sentence_says_no_more_of_a_gene_than_it_says(prose: str, expected: str) -> None:
    said = [(s.alteration, s.finding) for s in gene_statements(prose)]
    assert said == [(item[:-1], _SIGNS[item[-1]]) for item in expected.split()]


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


BLASTS = [
    ("Less than 5 percent blasts", Tissue.UNKNOWN, "<5"),
    ("No increase of blasts above 5 %", Tissue.UNKNOWN, "not quantified"),
    ("No excess of blasts (>5 %)", Tissue.UNKNOWN, "not quantified"),
    ("Kein Blastenexzess (>5 %)", Tissue.UNKNOWN, "not quantified"),
    ("Keine Blastenvermehrung über 5 %", Tissue.UNKNOWN, "not quantified"),
    ("Keine Blastenvermehrung, Blasten 2 %", Tissue.UNKNOWN, "2"),
    ("Normal cellularity, blasts >20 %", Tissue.UNKNOWN, ">20"),
    ("46 % blasts", Tissue.UNKNOWN, "46"),
    ("Blasten 24 %", Tissue.UNKNOWN, "24"),
    ("Bone marrow with 46% blasts", Tissue.MARROW, "46"),
    ("Blastenanteil von 24 % im Knochenmark", Tissue.MARROW, "24"),
    ("Blasten PB: 3%", Tissue.BLOOD, "3"),
    ("Peripheral blood smear: 35% circulating blasts", Tissue.BLOOD, "35"),
    ("<5% blasts", Tissue.UNKNOWN, "<5"),
    ("Less than 5% blasts", Tissue.UNKNOWN, "<5"),
    ("unter 5 % Blasten", Tissue.UNKNOWN, "<5"),
    ("More than 20 % blasts", Tissue.UNKNOWN, ">20"),
    ("5-10% blasts", Tissue.UNKNOWN, "5-10"),
    ("no excess of blasts", Tissue.UNKNOWN, "not quantified"),
    ("No circulating blasts.", Tissue.BLOOD, "0"),
    ("rare blasts in peripheral blood", Tissue.BLOOD, ">0"),
]


@pytest.mark.parametrize(("prose", "tissue", "share"), BLASTS)
def test_blasts_keep_their_tissue_and_bound(prose: str, tissue: Tissue, share: str) -> None:
    [said] = blast_statements(prose)
    assert (said.tissue, str(said.pct)) == (tissue, share)


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


@pytest.mark.parametrize(
    "prose",
    [
        "CD33 expressed on 92% of blasts",
        "Marrow blasts were 46% at diagnosis",
        "blasts decreased from 46% to 3%",
        "Lymphoblasts 20%",
        "20% CD34+ blasts",
        "Possible increase in blasts to 8%",
        "Relapse is defined by blasts >=5 %",
        "ELN criteria: blasts ≥ 5 %",
        "Blasts 8 % (hemodilute, not representative)",
        "Knochenmark nicht repräsentativ, Blasten 8 %",
    ],
)
def test_another_percentage_is_not_the_blasts(prose: str) -> None:
    assert blast_statements(prose) == ()


RESPONSES = [
    ("complete remission", ResponseCategory.CR),
    ("Vollremission", ResponseCategory.CR),
    ("CRh, MRD pos", ResponseCategory.CRH),
    ("CRi", ResponseCategory.CRI),
    ("complete remission with incomplete hematologic recovery", ResponseCategory.CRI),
    ("MLFS", ResponseCategory.MLFS),
    ("partial remission", ResponseCategory.PR),
    ("no response", ResponseCategory.NR),
    ("not in remission", ResponseCategory.NR),
    ("CR not achieved", ResponseCategory.NR),
    ("refractory disease", ResponseCategory.REFRACTORY),
    ("Rezidiv der AML", ResponseCategory.RELAPSE),
    ("complete remission, no evidence of relapse", ResponseCategory.CR),
    ("In hematologic complete remission, molecular relapse", ResponseCategory.CR),
]


@pytest.mark.parametrize(("prose", "category"), RESPONSES)
def test_a_response_is_read_as_stated(prose: str, category: ResponseCategory) -> None:
    assert [s.category for s in response_statements(prose)] == [category]


@pytest.mark.parametrize(
    "prose",
    [
        "no evidence of relapse",
        "kein Anhalt für Rezidiv",
        "suspected relapse",
        "molecular relapse",
        "history of relapse",
        "relapsed/refractory AML",
        "Remissionskontrolle",
        "CR?",
        "cannot exclude relapse",
        "relapse excluded",
        "Patient's condition improved",
        "refractory anemia with excess blasts",
        "V. a. Rezidiv",
        "Z. n. Rezidiv",
        "Bone marrow biopsy to confirm remission",
    ],
)
def test_no_response_is_read_where_none_is_stated(prose: str) -> None:
    assert response_statements(prose) == ()


MRD = [
    ("NPM1 412 copies/10^4 ABL1", "NPM1", Finding.DETECTED, "412"),
    ("NPM1 412 Kopien/10⁴ ABL1", "NPM1", Finding.DETECTED, "412"),
    ("NPM1/ABL1 2.3 %", "NPM1", Finding.DETECTED, "230"),
    ("NPM1 transcripts 2300 copies/10^5 ABL", "NPM1", Finding.DETECTED, "230"),
    ("NPM1 transcripts 15 copies per 10^4 GUSB", "NPM1", Finding.DETECTED, "not quantified"),
    ("NPM1-Transkripte: negativ", "NPM1", Finding.NOT_DETECTED, "not quantified"),
    (
        "RUNX1::RUNX1T1-Transkripte nicht nachweisbar",
        "RUNX1::RUNX1T1",
        Finding.NOT_DETECTED,
        "not quantified",
    ),
    ("CBFB::MYH11/ABL1 0.55 %", "CBFB::MYH11", Finding.DETECTED, "55"),
    (
        "AML1-ETO transcripts undetectable",
        "RUNX1::RUNX1T1",
        Finding.NOT_DETECTED,
        "not quantified",
    ),
    (
        "No CBFB::MYH11 transcripts detected",
        "CBFB::MYH11",
        Finding.NOT_DETECTED,
        "not quantified",
    ),
    ("No NPM1 transcripts detected", "NPM1", Finding.NOT_DETECTED, "not quantified"),
    (
        "Keine CBFB::MYH11-Transkripte nachweisbar",
        "CBFB::MYH11",
        Finding.NOT_DETECTED,
        "not quantified",
    ),
    (
        "Kein Nachweis von CBFB::MYH11-Transkripten",
        "CBFB::MYH11",
        Finding.NOT_DETECTED,
        "not quantified",
    ),
    ("NPM1: 412 normalized copies / 10^4 ABL1 copies", "NPM1", Finding.DETECTED, "412"),
    (
        "NPM1 transcripts reliably detected in no sample",
        "NPM1",
        Finding.INDETERMINATE,
        "not quantified",
    ),
    ("CBFB-MYH11 copies/10^4 ABL1: 55", "CBFB::MYH11", Finding.DETECTED, "55"),
    ("NPM1 copies/10^4 ABL1: 412", "NPM1", Finding.DETECTED, "412"),
    ("NPM1 Kopien/10^5 ABL1 = 4120", "NPM1", Finding.DETECTED, "412"),
    ("no longer detectable NPM1 transcripts", "NPM1", Finding.NOT_DETECTED, "not quantified"),
    ("MRD negative (flow)", "MFC", Finding.NOT_DETECTED, "not quantified"),
    ("MRD by flow: 0.08 %", "MFC", Finding.NOT_DETECTED, "not quantified"),
    ("MRD by flow: 0.3 %", "MFC", Finding.DETECTED, "not quantified"),
    ("MRD positive 0.05% by MFC", "MFC", Finding.DETECTED, "not quantified"),
    ("NPM1 MRD: detected, not quantifiable", "NPM1", Finding.DETECTED, "not quantified"),
    ("NPM1: ABL 800 copies - insufficient", "NPM1", Finding.INADEQUATE, "not quantified"),
    ("MRD cannot be excluded", "MRD", Finding.INDETERMINATE, "not quantified"),
    ("CBFB-MYH11 MRD negative", "CBFB::MYH11", Finding.NOT_DETECTED, "not quantified"),
]


@pytest.mark.parametrize(("prose", "marker", "finding", "level"), MRD)
def test_residual_disease_is_read_with_its_marker_and_scale(
    prose: str, marker: str, finding: Finding, level: str
) -> None:
    [said] = mrd_statements(prose)
    assert (said.marker, said.finding, str(said.copies_per_1e4_abl1)) == (
        marker,
        finding,
        level,
    )


@pytest.mark.parametrize("prose", ["BCR-ABL1 transcripts 0.1% IS", "history of MRD positivity"])
def test_residual_disease_of_others_is_not_read(prose: str) -> None:
    assert mrd_statements(prose) == ()


@pytest.mark.parametrize(
    ("prose", "finding"),
    [
        ("myeloid sarcoma of the skin", Finding.DETECTED),
        ("myeloid sarcoma in complete remission", Finding.INDETERMINATE),
        ("leukemia cutis, resolved", Finding.INDETERMINATE),
        ("Meningeosis leucaemica", Finding.DETECTED),
        ("no CNS involvement", Finding.NOT_DETECTED),
        ("ZNS-Befall ausgeschlossen", Finding.NOT_DETECTED),
        ("possible chloroma", Finding.INDETERMINATE),
    ],
)
def test_extramedullary_disease_is_found_excluded_or_open(prose: str, finding: Finding) -> None:
    assert [s.finding for s in extramedullary_statements(prose)] == [finding]


@pytest.mark.parametrize(
    "prose", ["history of myeloid sarcoma", "extramedullary hematopoiesis"]
)
def test_extramedullary_disease_is_not_read_from_other_words(prose: str) -> None:
    assert extramedullary_statements(prose) == ()
