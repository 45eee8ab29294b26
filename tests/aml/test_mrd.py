"""Residual disease: conversion, one-log kinetics, the 200-copy rule, confirmation (2.5, 3)."""

from __future__ import annotations

from typing import Any

import pytest

from aml.logic import Known
from aml.mrd import MrdView, Suitability, suitability, view
from aml.mrd import Test as Criterion
from aml.patient import Finding, Method, MrdResult, Tissue
from tests.aml.records import (
    Number,
    aml,
    amount,
    assessed,
    aza_ven,
    case_of,
    cr,
    days_after,
    flow,
    given,
    hct,
    mrd,
    npm1,
    record,
    sequenced,
    seven_plus_three,
    state,
    when,
)

REMISSION, THERAPY_END = "2025-01-01", "2025-06-01"
D1, D2, D3, D4 = "2026-01-10", "2026-04-10", "2026-05-05", "2026-06-05"
BLOOD = Tissue.BLOOD


def seen(*results: MrdResult, reset: str = "", therapy_end: str = THERAPY_END) -> MrdView:
    numbered = record(*results).mrd
    day_0 = when(reset) if reset else None
    return view(numbered, when(REMISSION), when(therapy_end), day_0)


def criteria(*results: MrdResult, **rest: str) -> set[Criterion]:
    """The tests met by the signals that stand, confirmed or not."""
    return {test for signal in seen(*results, **rest).signals for test in signal.tests}


def standing(*results: MrdResult, **rest: str) -> str:
    """ "none", "suspected 2026-04-10" or "confirmed 2026-04-10"."""
    signals = seen(*results, **rest).signals
    if not signals:
        return "none"
    confirmed = [s for s in signals if s.confirmed_by is not None]
    word = "confirmed" if confirmed else "suspected"
    return f"{word} {(confirmed or list(signals))[0].sample.when}"


def fusion(day: str, copies: Number, *, marker: str = "RUNX1::RUNX1T1") -> MrdResult:
    found = copies != 0
    return mrd(day, marker, found, Method.RT_QPCR, copies=copies if found else None)


@pytest.mark.parametrize("test", [npm1, fusion])
def test_conversion_is_a_positive_after_a_negative(test: Any) -> None:
    assert criteria(test(D1, 0), test(D2, 3)) == {Criterion.CONVERSION}
    assert standing(test(D1, 0), test(D2, 3)) == f"suspected {D2}"


def test_conversion_holds_for_flow_as_well() -> None:
    assert criteria(flow(D1, False), flow(D2, True)) == {Criterion.CONVERSION}


def test_a_first_positive_is_no_conversion() -> None:
    assert standing(npm1(D1, 3)) == standing(flow(D1, True)) == "none"


def test_nor_is_one_on_the_day_of_the_negative_or_before_it() -> None:
    assert standing(npm1(D2, 3), npm1(D2, 0)) == "none"
    assert standing(npm1(D1, 3), npm1(D2, 0)) == "none"


def test_a_negative_before_the_remission_does_not_count() -> None:
    assert standing(npm1("2024-12-31", 0), npm1(D2, 3)) == "none"
    assert standing(npm1(REMISSION, 0), npm1(D2, 3)) == f"suspected {D2}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (npm1(D1, 0), npm1(D2, 3, tissue=BLOOD)),
        (npm1(D1, 0), fusion(D2, 3)),
        (fusion(D1, 0), fusion(D2, 3, marker="CBFB::MYH11")),
        (flow(D1, False), npm1(D2, 3)),
        (mrd(D1, "NPM1", False, Method.DPCR, copies=0), npm1(D2, 3)),
        (npm1(D1, 0, tissue=Tissue.UNKNOWN), npm1(D2, 3)),
    ],
    ids=["material", "marker", "fusion", "flow", "method", "material not stated"],
)
def test_series_are_kept_apart(one: MrdResult, other: MrdResult) -> None:
    assert standing(one, other) == "none"


@pytest.mark.parametrize(
    ("v1", "v2", "risen"),
    [
        (12, 119, False),
        (12, "119.9", False),
        (12, 120, True),
        (12, 130, True),
        ("12.6", 130, True),
        ("13.1", 130, False),
        (12, ">120", True),
        (12, ">119", False),
        ("<12", 120, True),
        (">12", 1300, False),
        (12, None, False),
        (None, 130, False),
    ],
)
def test_kinetics_is_a_tenfold_rise_without_rounding(
    v1: Number, v2: Number, risen: bool
) -> None:
    assert (criteria(npm1(D1, v1), npm1(D2, v2)) == {Criterion.KINETICS}) is risen


@pytest.mark.parametrize(
    ("v1", "found"),
    [
        (199, {Criterion.KINETICS}),
        ("199.9", {Criterion.KINETICS}),
        (200, set()),
        ("<=200", set()),
        ("<200", {Criterion.KINETICS}),
    ],
)
def test_the_rise_must_start_from_a_low_level(v1: Number, found: set[Criterion]) -> None:
    assert criteria(fusion(D1, v1), fusion(D2, 3000)) == found


def test_the_lowest_earlier_level_is_the_base() -> None:
    falling = (fusion(D1, 150), fusion(D2, 10), fusion(D3, 50))
    assert standing(*falling) == "none"
    assert standing(*falling, fusion(D4, 100)) == f"suspected {D4}"
    [signal] = seen(*falling, fusion(D4, 100)).signals
    assert signal.baseline is not None
    assert str(signal.baseline.when) == D2


def test_levels_of_another_material_are_no_base() -> None:
    assert standing(npm1(D1, 12, tissue=BLOOD), npm1(D2, 130)) == "none"


def test_a_level_without_comparable_unit_or_before_the_remission_is_no_base() -> None:
    assert standing(fusion(D1, None), fusion(D2, 150)) == "none"
    assert standing(fusion("2024-12-31", 2), fusion(D2, 150)) == "none"


def test_flow_has_no_kinetics() -> None:
    low, high = (
        MrdResult(when(d), "MFC", Method.MFC, Tissue.MARROW, Finding.DETECTED,
                  flow(d, True).source, pct_of_leukocytes=amount(pct))
        for d, pct in ((D1, "0.1"), (D2, 5))
    )  # fmt: skip
    assert standing(low, high) == "none"


@pytest.mark.parametrize(
    ("copies", "met"), [("199.9", False), (200, True), (">200", True), (">=200", True),
                        (">199", False), (None, False)]
)  # fmt: skip
def test_npm1_of_200_copies_in_follow_up_is_a_signal(copies: Number, met: bool) -> None:
    assert (criteria(npm1(D1, copies)) == {Criterion.HIGH_NPM1}) is met


@pytest.mark.parametrize(
    ("day", "met"), [("2025-05-31", False), (THERAPY_END, False), ("2025-06-02", True)]
)
def test_the_200_copy_rule_begins_after_the_end_of_therapy(day: str, met: bool) -> None:
    assert (criteria(npm1(day, 400)) == {Criterion.HIGH_NPM1}) is met


def test_the_200_copy_rule_is_for_npm1_alone() -> None:
    assert standing(fusion(D1, 400)) == "none"


@pytest.mark.parametrize(
    ("first", "then", "after"),
    [
        ((npm1(D1, 0), npm1(D2, 40)), npm1(D3, 5), f"confirmed {D2}"),
        ((npm1(D1, 0), npm1(D2, 40)), npm1(D3, 0), "none"),
        ((npm1(D1, 0), npm1(D2, 40)), npm1(D3, None), f"confirmed {D2}"),
        ((npm1(D1, 12), npm1(D2, 130)), npm1(D3, 120), f"confirmed {D2}"),
        ((npm1(D1, 12), npm1(D2, 130)), npm1(D3, 119), "none"),
        ((npm1(D1, 12), npm1(D2, 130)), npm1(D3, 0), "none"),
        ((npm1(D2, 200),), npm1(D3, "200.1"), f"confirmed {D2}"),
        ((npm1(D2, 300),), npm1(D3, 200), f"suspected {D3}"),
        ((npm1(D2, 300),), npm1(D3, "199.9"), "none"),
        ((flow(D1, False), flow(D2, True)), flow(D3, True), f"confirmed {D2}"),
    ],
)
def test_the_next_sample_confirms_by_meeting_the_test_again(
    first: tuple[MrdResult, ...], then: MrdResult, after: str
) -> None:
    assert standing(*first) == f"suspected {D2}"
    assert standing(*first, then) == after


@pytest.mark.parametrize(
    "then",
    [npm1(D3, None), npm1(D3, ">100"), npm1(D3, "100-130"), npm1(D3, "100-120")],
    ids=["no number", "open above", "straddling", "up to the limit"],
)
def test_a_next_sample_that_leaves_it_open_neither_confirms_nor_ends(then: MrdResult) -> None:
    signal = (npm1(D1, 12), npm1(D2, 130))
    assert standing(*signal, then) == f"suspected {D2}"


def test_a_sample_whose_day_is_not_certainly_later_does_not_confirm() -> None:
    assert standing(npm1(D1, 12), npm1("2026-04", 150), npm1(D2, 150)) == "suspected 2026-04"


def test_only_the_next_sample_can_confirm() -> None:
    failed = (npm1(D1, 12), npm1(D2, 130), npm1(D3, 100))
    assert standing(*failed) == "none"
    assert standing(*failed, npm1(D4, 150)) == f"suspected {D4}"


def test_a_sample_of_the_same_day_does_not_confirm() -> None:
    assert standing(npm1(D1, 0), npm1(D2, 40), npm1(D2, 60)) == f"suspected {D2}"


@pytest.mark.parametrize("other", [npm1(D3, 60, tissue=BLOOD), flow(D3, True), fusion(D3, 60)])
def test_another_material_marker_or_method_does_not_confirm(other: MrdResult) -> None:
    assert standing(npm1(D1, 0), npm1(D2, 40), other) == f"suspected {D2}"


def test_marrow_and_blood_are_each_a_series_of_their_own() -> None:
    marrow = (npm1(D1, 0), npm1(D2, 40))
    blood = (npm1(D1, 0, tissue=BLOOD), npm1(D2, 60, tissue=BLOOD))
    found = seen(*marrow, *blood)
    assert [s.sample.tissue for s in found.signals] == [Tissue.MARROW, Tissue.BLOOD]
    assert found.confirmed == ()
    confirmed = seen(*marrow, *blood, npm1(D3, 70, tissue=BLOOD)).confirmed
    assert [s.sample.tissue for s in confirmed] == [Tissue.BLOOD]


def test_a_confirmed_relapse_lasts_until_a_negative_sample() -> None:
    confirmed = (npm1(D1, 12), npm1(D2, 130), npm1(D3, 150))
    assert standing(*confirmed, npm1(D4, 20)) == f"confirmed {D2}"
    assert standing(*confirmed, npm1(D4, 0)) == "none"


def test_after_that_a_positive_is_a_new_conversion() -> None:
    ended = (npm1(D1, 12), npm1(D2, 130), npm1(D3, 150), npm1(D4, 0))
    assert standing(*ended, npm1("2026-07-05", 3)) == "suspected 2026-07-05"


@pytest.mark.parametrize(
    ("control", "counts"),
    [(9_999, False), (10_000, True), (None, True), ("<10000", False), (">=10000", True)],
)
def test_a_negative_needs_ten_thousand_control_copies(control: Number, counts: bool) -> None:
    found = seen(npm1(D1, 0, control=control), npm1(D2, 40))
    assert bool(found.signals) is counts
    assert (seen(npm1(D1, 0, control=control)).latest is not None) is counts


def test_a_positive_counts_with_few_control_copies() -> None:
    assert standing(npm1(D1, 0), npm1(D2, 40, control=500)) == f"suspected {D2}"


@pytest.mark.parametrize("finding", [Finding.INADEQUATE, Finding.INDETERMINATE])
def test_a_failed_or_unclear_sample_is_passed_over(finding: Finding) -> None:
    def unclear(day: str) -> MrdResult:
        return mrd(day, "NPM1", finding, Method.RT_QPCR)

    assert seen(unclear(D1)).latest is None
    assert standing(unclear(D1), npm1(D2, 40)) == "none"
    confirmed = (npm1(D1, 0), npm1(D2, 40), unclear(D3), npm1(D4, 40))
    assert standing(*confirmed) == f"confirmed {D2}"


def test_opposite_results_of_one_day_settle_nothing() -> None:
    found = seen(npm1(D1, 0), npm1(D1, 12))
    assert (found.latest, len(found.conflicts)) == (None, 2)
    assert standing(npm1(D1, 0), npm1(D1, 12), npm1(D2, 5)) == "none"
    assert standing(npm1(D1, 0), npm1(D2, 40), npm1(D2, 0)) == "none"


def test_a_later_sample_of_the_series_settles_the_conflict() -> None:
    assert seen(npm1(D1, 0), npm1(D1, 12), npm1(D2, 0)).conflicts == ()
    assert len(seen(npm1(D1, 0), npm1(D1, 12), flow(D2, False)).conflicts) == 2


def test_opposite_results_of_two_materials_are_no_conflict() -> None:
    assert seen(npm1(D1, 0), npm1(D1, 12, tissue=BLOOD)).conflicts == ()


def test_the_latest_adequate_result_is_the_newest_and_a_positive_before_a_negative() -> None:
    def latest(*results: MrdResult) -> str:
        found = seen(*results).latest
        return f"{found.marker} {found.finding.value}" if found else "none"

    assert latest(npm1(D1, 3), npm1(D2, 0)) == "NPM1 not detected"
    assert latest(npm1(D1, 0), flow(D2, True)) == "MFC detected"
    assert latest(npm1(D1, 0), flow(D1, True)) == "MFC detected"
    assert latest(sequenced(D2, "FLT3-ITD"), npm1(D1, 0)) == "NPM1 not detected"
    assert latest(npm1("2024-12-31", 0)) == "none"


@pytest.mark.parametrize(
    ("marker", "method", "verdict"),
    [
        ("NPM1", Method.RT_QPCR, Suitability.SUITABLE),
        ("RUNX1::RUNX1T1", Method.RT_QPCR, Suitability.SUITABLE),
        ("CBFB::MYH11", Method.RT_QPCR, Suitability.SUITABLE),
        ("MFC", Method.MFC, Suitability.SUITABLE),
        ("NPM1", Method.NGS, Suitability.NOT_ALONE),
        ("NPM1", Method.UNKNOWN, Suitability.NOT_ALONE),
        ("NPM1", Method.DPCR, Suitability.NOT_ALONE),
        ("TP53", Method.RT_QPCR, Suitability.CAUTION),
        ("FLT3-ITD", Method.RT_QPCR, Suitability.NOT_ALONE),
        ("FLT3-ITD", Method.NGS, Suitability.NOT_ALONE),
        ("FLT3-ITD", Method.UNKNOWN, Suitability.NOT_ALONE),
        ("MRD", Method.NGS, Suitability.NOT_ALONE),
        ("MRD", Method.RT_QPCR, Suitability.SUITABLE),
        ("MRD", Method.UNKNOWN, Suitability.UNSTATED),
        ("SRSF2", Method.NGS, Suitability.CAUTION),
        ("IDH2", Method.NGS, Suitability.CAUTION),
        ("JAK2", Method.NGS, Suitability.CAUTION),
        ("TP53", Method.NGS, Suitability.CAUTION),
        ("NRAS", Method.NGS, Suitability.CAUTION),
        ("IDH1", Method.NGS, Suitability.CAUTION),
        ("RUNX1", Method.UNKNOWN, Suitability.CAUTION),
        ("DNMT3A", Method.NGS, Suitability.NEVER),
        ("TET2", Method.NGS, Suitability.NEVER),
        ("ASXL1", Method.DPCR, Suitability.NEVER),
    ],
)
def test_each_marker_and_method_is_as_suitable_as_section_3_says(
    marker: str, method: Method, verdict: Suitability
) -> None:
    assert suitability(mrd(D1, marker, True, method)) is verdict


def test_digital_pcr_counts_where_it_reports_copies_per_abl1() -> None:
    level = mrd(D1, "NPM1", True, Method.DPCR, copies=12)
    assert suitability(level) is Suitability.SUITABLE
    assert standing(level, mrd(D2, "NPM1", True, Method.DPCR, copies=120)) == f"suspected {D2}"
    assert standing(level, npm1(D2, 120)) == f"suspected {D2}"
    by_sequencing = mrd(D1, "NPM1", True, Method.NGS, copies=12)
    assert suitability(by_sequencing) is Suitability.NOT_ALONE


@pytest.mark.parametrize("gene", ["NPM1", "FLT3-ITD", "TP53", "NRAS", "TET2"])
def test_sequencing_alone_is_never_a_signal_nor_the_latest_result(gene: str) -> None:
    found = seen(sequenced(D1, gene, False), sequenced(D2, gene), sequenced(D3, gene))
    assert (found.signals, found.latest) == ((), None)


def test_a_call_of_unstated_method_names_the_state_but_is_no_signal() -> None:
    def call(day: str, found: bool) -> MrdResult:
        return mrd(day, "MRD", found, Method.UNKNOWN)

    assert standing(call(D1, False), call(D2, True)) == "none"
    in_cr = (aml("2024-11-01"), seven_plus_three("2024-11-05"), cr(REMISSION))
    assert state(record(*in_cr, call(D1, False)), D2) == "remission-mrd-negative"
    positive = assessed(record(*in_cr, call(D1, True)), D2)
    assert (positive.state.value, positive.alerts) == ("remission-mrd-positive", ())


@pytest.mark.parametrize(
    ("gene", "where"),
    [("FLT3-ITD", "sequenced"), ("TP53", "sequenced"), ("DNMT3A", "never")],
)
def test_what_decides_nothing_is_kept_to_be_shown(gene: str, where: str) -> None:
    assert len(getattr(seen(sequenced(D1, gene)), where)) == 1
    assert getattr(seen(sequenced(D1, gene, False)), where) == ()


def test_it_is_shown_until_the_same_test_is_negative_or_an_hct_follows() -> None:
    positive = sequenced(D1, "FLT3-ITD")
    assert seen(positive, sequenced(D2, "FLT3-ITD", False)).sequenced == ()
    assert len(seen(positive, sequenced(D2, "TP53", False)).sequenced) == 1
    assert seen(positive, reset=D2).sequenced == ()


def test_a_signal_before_an_hct_says_nothing_after_it() -> None:
    signal = (npm1(D1, 0), npm1(D2, 40))
    assert standing(*signal, reset="2026-04-20") == "none"
    assert seen(*signal, reset="2026-04-20").latest is None
    confirmed = (*signal, npm1(D3, 60))
    assert standing(*confirmed, reset="2026-05-20") == "none"


def test_after_an_hct_a_positive_is_a_new_signal_that_waits_for_its_own_confirmation() -> None:
    before = (npm1(D1, 0), npm1(D2, 40))
    after = (*before, npm1(D3, 60))
    assert standing(*after, reset="2026-04-20") == f"suspected {D3}"
    assert standing(*after, npm1(D4, 60), reset="2026-04-20") == f"confirmed {D3}"


IN_MONTH_OF_D1, IN_MONTH_BEFORE_D1 = D1[:7], days_after(D1[:7] + "-01", -1)[:7]
IN_CR = (aml("2024-11-01"), seven_plus_three("2024-11-05"), cr(REMISSION))


@pytest.mark.parametrize(
    ("levels", "twice"),
    [
        ([(D2, "200.1"), (D3, "200.1")], True),
        ([(D2, 200), (D3, 300)], False),
        ([(D2, 300), (D3, 200)], False),
        ([(D1, 12), (D2, 130), (D3, 150)], False),
        ([(D1, 12), (D2, 130), (D3, 300)], False),
        ([(D1, 12), (D2, 130), (D3, 300), (D4, 400)], True),
        ([(D1, 0), (D2, 300), (D3, None)], False),
        ([(D1, 0), (D2, 300)], False),
    ],
)
def test_hct_rests_on_two_consecutive_samples_above_200(
    levels: list[tuple[str, Number]], twice: bool
) -> None:
    patient = record(*IN_CR, *(npm1(day, copies) for day, copies in levels))
    fact = case_of(patient, "2026-06-10").npm1_above_200_twice
    assert (getattr(fact, "value", None) is True) is twice


def test_hct_names_the_two_samples_on_which_it_rests() -> None:
    levels = ((D1, 12), (D2, 130), (D3, 300), (D4, 400))
    patient = record(*IN_CR, *(npm1(day, copies) for day, copies in levels))
    fact = case_of(patient, "2026-06-10").npm1_above_200_twice
    assert isinstance(fact, Known)
    assert fact.sources == ("Entry/6", "Entry/7")


def test_the_two_samples_must_come_after_the_end_of_therapy() -> None:
    levels = (npm1("2025-02-01", 0), npm1("2025-03-01", 300), npm1("2025-04-01", 400))
    during = record(*IN_CR, given("2025-01-20", "cytarabine", end=THERAPY_END,
                                  regimen="idac"), *levels)  # fmt: skip
    assert state(during, THERAPY_END) == "mrd-relapse"
    assert case_of(during, THERAPY_END).npm1_above_200_twice.check(bool).truth.value == "unmet"


@pytest.mark.parametrize(
    ("therapy", "met"),
    [
        (given("2025-01-20", "cytarabine", regimen="idac", end="2025-01-25"), True),
        (given("2025-01-20", "cytarabine", regimen="idac"), True),
        (given(days_after(D1, -28), "cytarabine", regimen="idac"), False),
        (given(days_after(D1, -29), "cytarabine", regimen="idac"), True),
        (given("2024-11-12", "midostaurin", ongoing=True), False),
        (given("2024-11-12", "midostaurin", end=days_after(D1, -1)), True),
        (given("2024-11-12", "midostaurin", end=D1), False),
        (aza_ven("2024-12-20", ongoing=True), False),
        (aza_ven("2024-12-20"), False),
        (given("2025-01-20", "midostaurin", ongoing=True), True),
        (aza_ven("2025-01-20", ongoing=True), True),
        (given("", "cytarabine", "daunorubicin"), True),
        (given(days_after(D1, -60), "cytarabine", regimen="idac", ongoing=True), False),
        (given(IN_MONTH_BEFORE_D1, "cytarabine", regimen="idac"), False),
        (given(IN_MONTH_OF_D1, "cytarabine"), False),
        (given(days_after(D1, -60), "cytarabine"), True),
        (given(days_after(D1, -60), "cytarabine", ongoing=True), False),
        (given(days_after(D1, -60), "cytarabine", regimen="idac", end=IN_MONTH_OF_D1), False),
    ],
)
def test_therapy_ends_with_its_last_course_or_has_not_ended(therapy: Any, met: bool) -> None:
    found = state(record(*IN_CR, therapy, npm1(D1, 400)), D2)
    assert found == ("mrd-relapse-suspected" if met else "remission-mrd-positive")


@pytest.mark.parametrize(("waits", "overdue"), [(28, False), (29, True)])
def test_confirmation_is_overdue_after_four_weeks(waits: int, overdue: bool) -> None:
    answer = assessed(record(*IN_CR, npm1(D2, 400)), days_after(D2, waits))
    assert ("confirmation-overdue" in [a.code for a in answer.alerts]) is overdue


@pytest.mark.parametrize(
    ("results", "alert"),
    [
        ((sequenced(D1, "FLT3-ITD"),), "ngs-mrd-alone"),
        ((sequenced(D1, "NPM1"),), "ngs-mrd-alone"),
        ((sequenced(D1, "TP53"),), "mrd-marker-unsuitable"),
        ((sequenced(D1, "NRAS"),), "mrd-marker-unsuitable"),
        ((sequenced(D1, "DNMT3A"),), "mrd-marker-unsuitable"),
        ((sequenced(D1, "FLT3-ITD"), npm1(D1, 0)), ""),
        ((sequenced(D1, "FLT3-ITD"), npm1(D2, 0)), ""),
        ((sequenced(D2, "FLT3-ITD"), npm1(D1, 0)), "ngs-mrd-alone"),
        ((sequenced(D2, "FLT3-ITD"), npm1(D1, 3)), ""),
        ((sequenced(D1, "FLT3-ITD", False),), ""),
    ],
)
def test_sequencing_without_flow_or_qpcr_is_told_and_changes_no_state(
    results: tuple[MrdResult, ...], alert: str
) -> None:
    answer = assessed(record(*IN_CR, *results), D3)
    assert [a.code for a in answer.alerts] == ([alert] if alert else [])
    assert answer.state.value.startswith("remission")


@pytest.mark.parametrize(
    ("day", "value"),
    [(-61, None), (-60, "positive"), (0, "positive"), (90, "positive"), (91, None)],
)
def test_mrd_around_an_hct_is_that_of_60_days_before_to_90_after(
    day: int, value: str | None
) -> None:
    day_0 = "2026-03-01"
    patient = record(*IN_CR, hct(day_0), flow(days_after(day_0, day), True))
    assert getattr(case_of(patient, "2026-08-02").mrd_around_hct, "value", None) == value


@pytest.mark.parametrize(
    ("day", "value"),
    [("2026-03", "positive"), ("2025-12", None), ("2026-05", None), ("", None)],
)
def test_the_day_of_mrd_around_an_hct_must_be_certain(day: str, value: str | None) -> None:
    patient = record(*IN_CR, hct("2026-03-01"), flow(day, True))
    assert getattr(case_of(patient, "2026-08-02").mrd_around_hct, "value", None) == value


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (sequenced("2026-03-10", "FLT3-ITD", False), "negative-by-ngs"),
        (npm1("2026-03-10", 0), "not-judgeable"),
        (flow("2026-03-10", False), "not-judgeable"),
        (flow("2026-03-10", True), "positive"),
        (sequenced("2026-03-10", "TET2"), "not-judgeable"),
        (sequenced("2026-03-10", "FLT3-ITD"), "not-judgeable"),
    ],
)
def test_only_sequencing_of_the_itd_excludes_mrd_around_an_hct(
    result: MrdResult, value: str
) -> None:
    fact = case_of(record(*IN_CR, hct("2026-03-01"), result), "2026-08-02").mrd_around_hct
    assert getattr(fact, "value", None) == value


def test_without_an_hct_mrd_around_it_is_unknown() -> None:
    fact = case_of(record(*IN_CR, npm1(D1, 3)), D2).mrd_around_hct
    assert not hasattr(fact, "value")


def test_the_order_of_the_results_does_not_matter() -> None:
    results = record(npm1(D1, 12), npm1(D2, 130), npm1(D3, 150), flow(D1, False)).mrd
    days = (when(REMISSION), when(THERAPY_END))
    assert view(results, *days, None) == view(results[::-1], *days, None)


def test_an_undated_result_belongs_to_no_remission() -> None:
    assert seen(npm1("", 0)).latest is None
