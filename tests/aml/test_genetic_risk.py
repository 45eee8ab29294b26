"""ELN 2022 genetic risk at diagnosis, each row of the table (D6), and cytogenetics for G5."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from aml.genetic_risk import adverse_risk, nonfavorable_cytogenetics
from aml.logic import Known, Truth
from tests.aml.records import Number, aml, case_of, cr, gene, karyotype, record

DAY, LATER = "2026-01-05", "2026-04-01"
FIRST_REMISSION = date(2026, 3, 1)
NORMAL = karyotype(DAY, "normal")
NO_ITD = gene(DAY, "FLT3-ITD", False)


def risk(*entries: Any) -> str:
    fact = adverse_risk(record(*entries), FIRST_REMISSION)
    if not isinstance(fact, Known):
        return "unknown"
    return "adverse" if fact.value else "not adverse"


@pytest.mark.parametrize(
    "lesion",
    [
        "complex",
        "monosomal",
        "-5",
        "del(5q)",
        "-7",
        "abn(17p)",
        "inv(3)",
        "t(3q26)",
        "t(6;9)",
        "t(8;16)",
        "t(9;22)",
        "t(11q23)",
    ],
)
def test_each_adverse_lesion_is_adverse_alone_and_beside_npm1(lesion: str) -> None:
    assert risk(karyotype(DAY, lesion)) == "adverse"
    assert risk(karyotype(DAY, lesion, "other"), gene(DAY, "NPM1"), NO_ITD) == "adverse"


@pytest.mark.parametrize(
    "fusion",
    ["DEK::NUP214", "BCR::ABL1", "KAT6A::CREBBP", "GATA2::MECOM", "KMT2A::AFDN", "KMT2A::ELL"],
)
def test_each_adverse_fusion_is_adverse(fusion: str) -> None:
    assert risk(gene(DAY, fusion)) == "adverse"


@pytest.mark.parametrize(
    "name",
    ["ASXL1", "BCOR", "EZH2", "RUNX1", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2"],
)
def test_each_gene_of_myelodysplasia_is_adverse_unless_a_favorable_lesion_is_there(
    name: str,
) -> None:
    assert risk(gene(DAY, name)) == "adverse"
    assert risk(gene(DAY, name, False), NORMAL) == "not adverse"
    for favorable in (
        (karyotype(DAY, "t(8;21)"),),
        (karyotype(DAY, "inv(16)"),),
        (gene(DAY, "RUNX1::RUNX1T1"), NORMAL),
        (gene(DAY, "CBFB::MYH11"), NORMAL),
        (gene(DAY, "NPM1"), NO_ITD, NORMAL),
    ):
        assert risk(gene(DAY, name), *favorable) == "not adverse", favorable


@pytest.mark.parametrize("itd", ["FLT3-ITD", "FLT3"])
def test_beside_npm1_with_an_itd_it_is_adverse(itd: str) -> None:
    assert risk(gene(DAY, "ASXL1"), gene(DAY, "NPM1"), gene(DAY, itd), NORMAL) == "adverse"


def test_beside_npm1_without_a_test_for_the_itd_it_is_unknown() -> None:
    assert risk(gene(DAY, "ASXL1"), gene(DAY, "NPM1"), NORMAL) == "unknown"
    excluded = gene(DAY, "FLT3", False)
    assert risk(gene(DAY, "ASXL1"), gene(DAY, "NPM1"), excluded, NORMAL) == "not adverse"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("K313dup", "not adverse"),
        ("K304_Q305insL", "not adverse"),
        ("R297_K302del", "not adverse"),
        ("R300P", "not adverse"),
        ("K313Kfs*41", "adverse"),
        ("K313fs", "adverse"),
        ("P23Qfs*137", "adverse"),
        ("H24_A29del", "adverse"),
        ("N321*", "adverse"),
        ("Q277del", "adverse"),
        ("A278del", "not adverse"),
        ("A345del", "not adverse"),
        ("A346del", "adverse"),
        ("c.937_939dup", "unknown"),
        ("", "unknown"),
    ],
)
def test_cebpa_is_favorable_where_the_change_is_in_frame_in_the_bzip_region(
    change: str, found: str
) -> None:
    cebpa = gene(DAY, "CEBPA", change=change)
    assert risk(gene(DAY, "ASXL1"), cebpa, NORMAL) == found
    assert risk(cebpa, NORMAL) == "not adverse"


@pytest.mark.parametrize(
    ("vaf", "found"),
    [
        ("9.9", "not adverse"),
        (10, "adverse"),
        (45, "adverse"),
        ("<10", "not adverse"),
        (">=10", "adverse"),
        ("5-15", "unknown"),
        (None, "unknown"),
    ],
)
def test_tp53_is_adverse_from_a_vaf_of_ten_percent(vaf: Number, found: str) -> None:
    assert risk(gene(DAY, "TP53", vaf=vaf), NORMAL) == found


def test_a_favorable_lesion_does_not_outweigh_tp53() -> None:
    assert risk(gene(DAY, "TP53", vaf=40), gene(DAY, "NPM1"), NO_ITD, NORMAL) == "adverse"


@pytest.mark.parametrize(
    "rest",
    [
        (karyotype(DAY, "t(9;11)"),),
        (karyotype(DAY, "t(9;11)", "t(11q23)"),),
        (gene(DAY, "KMT2A::MLLT3"), NORMAL),
    ],
)
def test_the_rearrangement_of_t_9_11_is_not_adverse(rest: tuple[Any, ...]) -> None:
    assert risk(gene(DAY, "KMT2A-rearrangement"), *rest) == "not adverse"


def test_a_kmt2a_rearrangement_of_unknown_partner_leaves_it_open() -> None:
    rearranged = gene(DAY, "KMT2A-rearrangement")
    assert risk(rearranged) == risk(rearranged, NORMAL) == "unknown"
    assert risk(rearranged, karyotype(DAY, "t(11q23)")) == "adverse"
    assert risk(rearranged, gene(DAY, "KMT2A::AFDN"), NORMAL) == "adverse"


def test_a_partial_tandem_duplication_does_not_count() -> None:
    assert risk(gene(DAY, "KMT2A-PTD"), NORMAL) == "not adverse"


@pytest.mark.parametrize("defining", ["t(8;21)", "inv(16)", "t(9;11)"])
def test_complex_does_not_count_beside_a_class_defining_lesion(defining: str) -> None:
    assert risk(karyotype(DAY, "complex", defining), gene(DAY, "KIT")) == "not adverse"


def test_nor_does_a_hyperdiploid_karyotype_with_trisomies_only() -> None:
    assert risk(karyotype(DAY, "hyperdiploid"), gene(DAY, "KIT", False)) == "not adverse"
    both = karyotype(DAY, "hyperdiploid", "complex")
    assert risk(both, gene(DAY, "KIT", False)) == "not adverse"


@pytest.mark.parametrize(
    "entries",
    [
        (NORMAL, gene(DAY, "NPM1"), NO_ITD),
        (NORMAL, gene(DAY, "NPM1"), gene(DAY, "FLT3-ITD")),
        (NORMAL, gene(DAY, "NPM1", False), gene(DAY, "FLT3-ITD")),
        (NORMAL, gene(DAY, "DNMT3A"), gene(DAY, "TET2"), gene(DAY, "NRAS")),
        (karyotype(DAY, "other"), gene(DAY, "IDH2")),
        (karyotype(DAY, "t(8;21)"), gene(DAY, "KIT")),
        (karyotype(DAY, "inv(16)"), gene(DAY, "KIT", False)),
    ],
)
def test_favorable_and_intermediate_groups_are_not_adverse(entries: tuple[Any, ...]) -> None:
    assert risk(*entries) == "not adverse"


def test_without_both_karyotype_and_mutations_it_is_unknown() -> None:
    assert risk() == risk(NORMAL) == risk(gene(DAY, "NPM1"), NO_ITD) == "unknown"


def test_only_results_up_to_the_first_remission_count() -> None:
    assert risk(gene(LATER, "ASXL1"), gene(DAY, "NPM1", False), NORMAL) == "not adverse"
    assert risk(karyotype(LATER, "complex")) == "unknown"
    assert risk(karyotype("2026-03-01", "complex")) == "adverse"


def test_the_fact_names_the_lesions_that_decide() -> None:
    fact = adverse_risk(record(karyotype(DAY, "-7"), gene(DAY, "RUNX1")), FIRST_REMISSION)
    assert isinstance(fact, Known)
    assert fact.says == "ELN 2022 genetic risk adverse: karyotype -7; RUNX1 found"
    assert fact.sources == ("Entry/1", "Entry/2")


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ((NORMAL,), "karyotype normal"),
        ((karyotype(DAY, "complex", "-7"),), "karyotype -7, complex"),
        ((karyotype(DAY, "t(8;21)"),), None),
        ((karyotype(DAY, "inv(16)", "other"),), None),
        ((NORMAL, karyotype("2026-02-01", "-7")), "karyotype -7"),
        ((karyotype("2026-03-02", "-7"),), None),
        ((), None),
    ],
)
def test_every_karyotype_but_a_favorable_one_is_a_poor_factor(
    entries: tuple[Any, ...], says: str | None
) -> None:
    known = nonfavorable_cytogenetics(record(*entries), FIRST_REMISSION)
    assert (None if known is None else known.says) == says


@pytest.mark.parametrize(
    ("lesions", "iscn", "says"),
    [
        (("normal",), "46,XX[20]", "karyotype normal"),
        (("-7",), "45,XX,-7[20]", "karyotype 45,XX,-7[20]"),
        (("-7",), "", "karyotype -7"),
        (("complex",), "Complex karyotype", "Complex karyotype"),
    ],
)
def test_a_karyotype_is_said_as_it_was_written_unless_it_is_normal(
    lesions: tuple[str, ...], iscn: str, says: str
) -> None:
    entry = replace(karyotype(DAY, *lesions), iscn=iscn)
    known = nonfavorable_cytogenetics(record(entry), date(2026, 8, 2))
    assert known is not None and known.says == says


def test_a_result_in_the_month_of_the_remission_may_be_of_the_diagnosis() -> None:
    entries = (aml("2026-01-05"), karyotype("2026-03-20", "complex"), cr("2026-03"))
    assert case_of(record(*entries), "2026-08-02").adverse_risk.check(bool).truth is Truth.MET
