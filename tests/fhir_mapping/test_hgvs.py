"""Changes as laboratories write them."""

import pytest

from aml.patient import Finding
from fhir_mapping import hgvs
from fhir_mapping.hgvs import Flt3


@pytest.mark.parametrize(
    "written",
    [
        "p.Arg132His",
        "p.(Arg132His)",
        "p.[Arg132His]",
        "p.R132H",
        "R132H",
        "NP_005887.2:p.R132H",
        "NM_005896.4(IDH1):c.395G>A (p.Arg132His)",
    ],
)
def test_every_spelling_of_a_protein_change_is_the_same_change(written: str) -> None:
    assert hgvs.change(written) == "R132H"


@pytest.mark.parametrize(
    "written", ["p.?", "p.=", "c.=", "p.(=)", "p.Gly12=", "p.R132R", "", "exon 12"]
)
def test_no_change_is_read_where_none_is_written(written: str) -> None:
    assert hgvs.change(written) == ""


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("c.1780_1800dup", Flt3.ITD),
        ("p.E598_Y599insDYVDFREYE", Flt3.ITD),
        ("p.Tyr597_Glu598insAspTyrValAsp", Flt3.ITD),
        ("p.(Gly583_Asn587dup)", Flt3.ITD),
        ("c.1780_1799dup", Flt3.OTHER),  # not in frame
        ("p.Asp835Tyr", Flt3.TKD),
        ("c.2503G>T", Flt3.TKD),
        ("p.Ile836del", Flt3.TKD),
        ("p.Asn841Lys", Flt3.TKD),
        ("p.F691L", Flt3.OTHER),
        ("p.T227M", Flt3.OTHER),
        ("p.?", Flt3.OTHER),
    ],
)
def test_a_change_of_flt3_is_itd_tkd_or_neither(written: str, kind: Flt3) -> None:
    assert hgvs.flt3(written) is kind


@pytest.mark.parametrize(
    ("gene", "written"),
    [
        ("IDH1", "p.Arg132Cys"),
        ("IDH1", "c.394C>T"),
        ("IDH2", "p.R140Q"),
        ("IDH2", "c.515G>A"),
        ("NPM1", "p.Trp288CysfsTer12"),
        ("NPM1", "p.W288Cfs*12"),
        ("NPM1", "p.W288CfsX12"),
        ("NPM1", "p.Leu287fs"),
        ("NPM1", "c.860_863dup"),
        ("NPM1", "c.863_864insTCTG"),
        ("NPM1", "c.956_959dup"),
    ],
)
def test_a_hot_spot_is_known_in_every_numbering(gene: str, written: str) -> None:
    assert hgvs.is_hot_spot(gene, written)


@pytest.mark.parametrize(
    ("gene", "written"),
    [
        ("IDH1", "p.V178I"),
        ("IDH2", "p.R132H"),
        ("IDH1", "p.R132fs"),
        ("NPM1", "p.A10T"),
        ("TP53", "p.R175H"),
    ],
)
def test_what_lies_elsewhere_is_no_hot_spot(gene: str, written: str) -> None:
    assert not hgvs.is_hot_spot(gene, written)


def test_a_change_off_the_hot_spot_settles_nothing() -> None:
    assert hgvs.judged("IDH1", Finding.DETECTED, "p.V178I") is Finding.INDETERMINATE


def test_one_excluded_change_does_not_clear_the_gene() -> None:
    assert hgvs.judged("IDH2", Finding.NOT_DETECTED, "p.R140Q") is Finding.INDETERMINATE
