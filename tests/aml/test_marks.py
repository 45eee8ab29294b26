"""Evidence for and against remission: sections 2.1 and 2.3 of the algorithm, D2, D19."""

from __future__ import annotations

from typing import Any

import pytest

from aml.constants import Constants
from aml.marks import Mark, relapses, remissions
from aml.response import near
from tests.aml.records import (
    Number,
    aml,
    amount,
    aza_ven,
    blasts_somewhere,
    blood,
    counts,
    cr,
    days_after,
    extramedullary,
    given,
    hct,
    library,
    marrow,
    record,
    response,
    seven_plus_three,
    when,
)

DAY = "2024-06-01"
START = (aml("2024-01-05"), seven_plus_three("2024-01-10"))
NONE: list[str] = []


def found(*entries: Any) -> list[str]:
    """The remissions of a record after 7+3, each as "CR 2024-06-01"."""
    marks = remissions(record(*START, *entries), library().pharmacy, Constants())
    return [f"{name(m)} {m.when}" for m in marks]


def name(mark: Mark) -> str:
    value = mark.because[0].value
    return str(getattr(value, "value", value))


def derived(anc: Number, platelets: Number, *, pct: Number = 2) -> str:
    """The response that a marrow and counts of one day amount to, or "none"."""
    return (found(marrow(DAY, pct), *counts(DAY, anc, platelets)) or ["none"])[0].split()[0]


def active(*entries: Any) -> list[str]:
    """What counts as active leukemia after 7+3, by day."""
    certain, _ = relapses(record(*START, *entries), library().pharmacy, Constants())
    return [str(m.when) for m in certain]


def suspected(*entries: Any) -> list[str]:
    _, doubtful = relapses(record(*START, *entries), library().pharmacy, Constants())
    return [str(m.when) for m in doubtful]


@pytest.mark.parametrize(
    ("anc", "platelets", "category"),
    [
        ("1.0", 100, "CR"),
        ("5.0", 300, "CR"),
        ("0.99", 100, "CRh"),
        ("1.0", 99, "CRh"),
        ("0.5", 50, "CRh"),
        ("0.99", 99, "CRh"),
        ("1.0", 50, "CRh"),
        ("0.5", 100, "CRh"),
        ("1.0", 49, "CRi"),
        ("0.49", 100, "CRi"),
        ("0.49", 50, "none"),
        ("0.5", 49, "none"),
        ("0.49", 49, "none"),
        ("<0.5", 120, "CRi"),
        (">=1.0", ">=100", "CR"),
        (">1.0", ">100", "CR"),
        (None, 120, "CRi"),
        (None, 40, "none"),
        (None, None, "none"),
    ],
)
def test_the_response_is_derived_from_counts_at_each_limit(
    anc: Number, platelets: Number, category: str
) -> None:
    assert derived(anc, platelets) == category


@pytest.mark.parametrize(
    ("pct", "category"),
    [
        (0, "CR"),
        ("4.9", "CR"),
        ("<5", "CR"),
        (5, "none"),
        ("5-10", "none"),
        ("<=5", "none"),
        (None, "none"),
    ],
)
def test_a_derived_remission_needs_a_marrow_certainly_below_five(
    pct: Number, category: str
) -> None:
    assert derived(2, 200, pct=pct) == category


@pytest.mark.parametrize(
    ("apart", "there"), [(14, True), (15, False), (-14, True), (-15, False)]
)
def test_counts_belong_to_a_marrow_of_at_most_two_weeks_away(apart: int, there: bool) -> None:
    assert bool(found(marrow(DAY, 2), *counts(days_after(DAY, apart), 2, 200))) is there


def test_the_counts_nearest_to_the_marrow_decide() -> None:
    near, far = counts(days_after(DAY, 7), "0.6", 60), counts(days_after(DAY, -8), 2, 200)
    assert found(marrow(DAY, 2), *near, *far) == [f"CRh {DAY}"]


@pytest.mark.parametrize("day", ["2024-06", "2024", "by 2024-06-05", ""])
def test_counts_without_a_precise_day_derive_nothing(day: str) -> None:
    assert found(marrow(DAY, 2), *counts(day, 2, 200)) == NONE


def test_neither_neutrophils_nor_platelets_alone_derive_a_remission() -> None:
    anc, platelets = counts(DAY, 2, 200)
    assert found(marrow(DAY, 2), anc) == found(marrow(DAY, 2), platelets) == NONE


def test_a_marrow_without_a_precise_day_derives_nothing() -> None:
    assert found(marrow("2024-06", 2), *counts("2024-06-10", 2, 200)) == NONE


@pytest.mark.parametrize("pct", [1, "0.5", "<1", None])
@pytest.mark.parametrize("apart", [-14, 0, 14])
def test_blasts_in_blood_that_are_not_excluded_prevent_it(pct: Number, apart: int) -> None:
    elsewhere = blood(days_after(DAY, apart), pct)
    assert found(marrow(DAY, 2), *counts(DAY, 2, 200), elsewhere) == NONE


@pytest.mark.parametrize(
    "elsewhere",
    [blood(DAY, 0), blood("2024-06-16", 1), blood("2024-05-17", 1), blood("", 1)],
    ids=["none", "15 days later", "15 days earlier", "no day"],
)
def test_blood_without_blasts_or_of_another_time_does_not(elsewhere: Any) -> None:
    assert found(marrow(DAY, 2), *counts(DAY, 2, 200), elsewhere) == [f"CR {DAY}"]


def test_extramedullary_disease_prevents_it_and_its_exclusion_does_not() -> None:
    rest = (marrow(DAY, 2), *counts(DAY, 2, 200))
    assert found(*rest, extramedullary(DAY)) == NONE
    assert found(*rest, extramedullary(DAY, found=False)) == [f"CR {DAY}"]


@pytest.mark.parametrize("category", ["NR", "PR", "MLFS", "refractory"])
@pytest.mark.parametrize(
    ("apart", "there"), [(0, False), (14, False), (-14, False), (15, True)]
)
def test_a_recorded_failure_comes_before_a_derived_remission(
    category: str, apart: int, there: bool
) -> None:
    said = response(days_after(DAY, apart), category)
    assert bool(found(marrow(DAY, 2), *counts(DAY, 2, 200), said)) is there


@pytest.mark.parametrize(("apart", "there"), [(-14, False), (0, False), (1, True)])
def test_so_does_a_relapse_recorded_by_that_day(apart: int, there: bool) -> None:
    said = response(days_after(DAY, apart), "relapse")
    assert bool(found(marrow(DAY, 2), *counts(DAY, 2, 200), said)) is there


@pytest.mark.parametrize("category", ["CR", "CRh", "CRi", "remission"])
def test_each_remission_that_somebody_recorded_is_one(category: str) -> None:
    assert found(response(DAY, category)) == [f"{category} {DAY}"]


@pytest.mark.parametrize("category", ["MLFS", "PR", "NR", "refractory", "relapse"])
def test_no_other_response_is_a_remission(category: str) -> None:
    assert found(response(DAY, category)) == NONE


def test_an_imprecise_remission_is_dropped_beside_the_exact_one_it_can_be() -> None:
    assert found(cr(DAY), response("2024", "remission")) == [f"CR {DAY}"]
    assert len(found(cr(DAY), response("2025", "remission"))) == 2


@pytest.mark.parametrize(
    "exact", [(hct(DAY),), (marrow(DAY, 2), *counts(DAY, 2, 200))], ids=["HCT", "derived"]
)
def test_a_transplant_or_a_derived_remission_accounts_for_it_too(
    exact: tuple[Any, ...],
) -> None:
    assert len(found(*exact, response("by 2024-08-01", "remission"))) == 1


@pytest.mark.parametrize("kind", ["allogeneic", "autologous"])
def test_a_transplant_counts_as_remission_from_day_0(kind: str) -> None:
    assert found(hct(DAY, kind)) == [f"{kind} {DAY}"]


def test_a_transplant_of_unknown_kind_or_day_does_not() -> None:
    assert found(hct(DAY, "type not stated")) == found(hct("")) == NONE


@pytest.mark.parametrize(
    "against",
    [
        lambda day: marrow(day, 5),
        lambda day: blood(day, 30),
        lambda day: response(day, "NR"),
        lambda day: response(day, "MLFS"),
        lambda day: response(day, "relapse"),
        lambda day: response(day, "refractory"),
    ],
)
@pytest.mark.parametrize(("apart", "there"), [(1, False), (42, False), (43, True), (0, True)])
def test_active_disease_within_six_weeks_of_day_0_speaks_against_it(
    against: Any, apart: int, there: bool
) -> None:
    assert (f"allogeneic {DAY}" in found(hct(DAY), against(days_after(DAY, apart)))) is there


BEFORE_AML = "2020-03-01"


def test_a_normal_marrow_before_the_diagnosis_is_no_remission() -> None:
    assert found(marrow(BEFORE_AML, 2), *counts(BEFORE_AML, 3, 250)) == NONE


@pytest.mark.parametrize("kind", ["allogeneic", "autologous"])
def test_nor_is_a_transplant_for_another_disease(kind: str) -> None:
    assert found(hct(BEFORE_AML, kind)) == NONE


def test_with_an_undated_diagnosis_something_must_show_that_there_was_leukemia() -> None:
    normal = (marrow(DAY, 2), *counts(DAY, 3, 250))
    early, late = "2024-03-01", "2024-09-01"
    for evidence, there in [
        ((), False),
        ((marrow(early, 60),), True),
        ((marrow(late, 60),), False),
        ((marrow(early, 2),), False),
        ((aza_ven(early),), True),
        ((aza_ven(late),), False),
        ((given(early, "posaconazole"),), False),
        ((response(early, "relapse"),), True),
        ((response(late, "relapse"),), False),
    ]:
        patient = record(aml("by 2026-01-01"), *normal, *evidence)
        assert bool(remissions(patient, library().pharmacy, Constants())) is there, evidence


@pytest.mark.parametrize(
    ("pct", "certain"),
    [
        ("4.9", False),
        (5, True),
        (46, True),
        ("<5", False),
        ("<=5", False),
        (">5", True),
        (">=5", True),
        (">4", False),
        ("5-10", True),
        ("2-6", False),
        (None, False),
    ],
)
@pytest.mark.parametrize("of", [marrow, blood, blasts_somewhere])
def test_five_percent_blasts_are_active_leukemia_in_any_material(
    of: Any, pct: Number, certain: bool
) -> None:
    assert active(of(DAY, pct)) == ([DAY] if certain else NONE)


def test_extramedullary_disease_is_active_leukemia_and_its_exclusion_is_not() -> None:
    assert active(extramedullary(DAY)) == [DAY]
    assert active(extramedullary(DAY, found=False)) == NONE


@pytest.mark.parametrize(("pct", "certain"), [(5, False), ("9.9", False), (10, True)])
def test_under_g_csf_a_marrow_of_five_to_ten_is_only_suspected(
    pct: Number, certain: bool
) -> None:
    under = given(days_after(DAY, -3), "filgrastim", end=DAY)
    assert (active(under, marrow(DAY, pct)), suspected(under, marrow(DAY, pct))) == (
        ([DAY], NONE) if certain else (NONE, [DAY])
    )


@pytest.mark.parametrize(("pct", "certain"), [(5, False), ("9.9", False), (10, True)])
def test_so_is_a_regenerating_marrow(pct: Number, certain: bool) -> None:
    regenerating = marrow(DAY, pct, regeneration=True)
    assert active(regenerating) == ([DAY] if certain else NONE)


@pytest.mark.parametrize("pct", [5, 35])
def test_under_g_csf_blood_of_any_height_is_only_suspected(pct: int) -> None:
    under = given(days_after(DAY, -3), "pegfilgrastim")
    assert (active(under, blood(DAY, pct)), suspected(under, blood(DAY, pct))) == (
        NONE,
        [DAY, DAY],
    )


@pytest.mark.parametrize(
    ("start", "end", "certain"),
    [
        (-20, -7, False),
        (-20, -8, True),
        (-7, -7, False),
        (-8, -8, True),
        (0, 0, False),
        (1, 5, True),
        (-1, 5, False),
    ],
)
def test_g_csf_counts_for_the_seven_days_before_the_sample(
    start: int, end: int, certain: bool
) -> None:
    under = given(days_after(DAY, start), "filgrastim", end=days_after(DAY, end))
    assert active(under, blood(DAY, 35)) == ([DAY] if certain else NONE)


def test_g_csf_without_any_day_proves_nothing_unless_it_goes_on() -> None:
    assert active(given("", "filgrastim"), blood(DAY, 35)) == [DAY]
    assert active(given("", "filgrastim", ongoing=True), blood(DAY, 35)) == NONE


def test_no_other_drug_explains_blasts() -> None:
    assert active(given(DAY, "azacitidine", end=DAY), blood(DAY, 35)) == [DAY]


@pytest.mark.parametrize(
    ("start", "end", "sample", "certain"),
    [
        ("2024-06-20", "2024-06-20", "2024-06", False),
        ("2024-07-01", "2024-07-01", "2024-06", True),
        ("2024-05-25", "2024-05-25", "2024-06", False),
        ("2024-05-24", "2024-05-24", "2024-06", True),
        ("2024-06", "2024-06", "2024-06-10", False),
        ("2024-05", "", "2024-06-07", False),
        ("2024-05", "", "2024-06-08", True),
    ],
)
def test_with_imprecise_dates_g_csf_counts_if_it_can_have_been_given(
    start: str, end: str, sample: str, certain: bool
) -> None:
    found = active(given(start, "filgrastim", end=end), blood(sample, 35))
    assert found == ([sample] if certain else NONE)


def test_g_csf_that_is_still_being_given_counts_and_one_dose_long_ago_does_not() -> None:
    start = days_after(DAY, -20)
    assert active(given(start, "filgrastim", ongoing=True), blood(DAY, 35)) == NONE
    assert active(given(start, "filgrastim"), blood(DAY, 35)) == [DAY]


@pytest.mark.parametrize(("apart", "certain"), [(6, False), (7, True), (56, True), (57, False)])
def test_two_blood_samples_make_a_pair_from_7_to_56_days_apart(
    apart: int, certain: bool
) -> None:
    samples = (blood(DAY, 2), blood(days_after(DAY, apart), 1))
    assert active(*samples) == ([DAY] if certain else NONE)


def test_a_blood_sample_without_blasts_between_breaks_the_pair() -> None:
    assert active(blood(DAY, 2), blood("2024-06-04", 0), blood("2024-06-10", 2)) == NONE


def test_one_of_the_same_day_is_not_between() -> None:
    assert active(blood(DAY, 2), blood(DAY, 0), blood("2024-06-09", 1)) == [DAY]


def test_samples_with_blasts_between_do_not() -> None:
    days = ("2024-06-01", "2024-06-06", "2024-06-08")
    assert active(*(blood(day, 1) for day in days)) == [DAY]


@pytest.mark.parametrize("pct", ["<1", "<=5", None])
def test_a_sample_that_may_hold_blasts_neither_makes_nor_breaks_a_pair(pct: Number) -> None:
    unclear, later = blood("2024-06-10", pct), blood("2024-06-12", 1)
    assert active(blood(DAY, 2), unclear) == NONE
    assert active(blood(DAY, 2), unclear, later) == [DAY]


def test_a_pair_begins_anew_after_a_sample_without_blasts() -> None:
    samples = [(DAY, 2), ("2024-06-03", 0), ("2024-06-05", 1), ("2024-06-12", 1)]
    assert active(*(blood(day, pct) for day, pct in samples)) == ["2024-06-05"]


def test_blood_without_a_precise_day_makes_no_pair() -> None:
    assert active(blood(DAY, 2), blood("2024-07", 2)) == NONE


def test_each_blood_sample_with_blasts_alone_raises_suspicion() -> None:
    assert suspected(blood(DAY, "0.5"), blood("2024-06-04", 2)) == [DAY, "2024-06-04"]


@pytest.mark.parametrize("pct", [0, "<5", None])
def test_blood_that_may_be_without_blasts_raises_none(pct: Number) -> None:
    assert suspected(blood(DAY, pct)) == NONE


def test_an_imprecise_relapse_is_dropped_beside_the_exact_sample_it_can_be() -> None:
    assert active(marrow(DAY, 30), response("2024-06", "relapse")) == [DAY]
    assert active(marrow(DAY, 30), response("2024-07", "relapse")) == [DAY, "2024-07"]


def test_the_limits_of_a_site_apply() -> None:
    site = Constants(blood_blasts_pair_days=10, g_csf_days=2, counts_near_marrow_days=3)
    pharmacy = library().pharmacy
    patient = record(*START, blood(DAY, 1), blood("2024-06-12", 1))
    assert relapses(patient, pharmacy, site)[0] == ()
    under = given(days_after(DAY, -3), "filgrastim", end=days_after(DAY, -3))
    certain, _ = relapses(record(*START, under, blood(DAY, 35)), pharmacy, site)
    assert [str(m.when) for m in certain] == [DAY]
    late = counts(days_after(DAY, 4), 2, 200)
    assert remissions(record(*START, marrow(DAY, 2), *late), pharmacy, site) == ()


def test_a_derived_remission_says_that_it_is_derived_and_on_what() -> None:
    patient = record(*START, marrow(DAY, 2), *counts(DAY, "0.6", 70))
    [mark] = remissions(patient, library().pharmacy, Constants())
    assert [k.says for k in mark.because] == [
        "CRh derived from marrow and counts, not recorded as such",
        "marrow blasts 2 %",
        "ANC 0.6 ×10⁹/L",
        "platelets 70 ×10⁹/L",
    ]
    assert [k.sources for k in mark.because] == [
        ("Entry/3",), ("Entry/3",), ("Entry/4",), ("Entry/5",)
    ]  # fmt: skip


def test_amounts_of_a_mark_are_those_of_the_record() -> None:
    certain, _ = relapses(record(marrow(DAY, ">5")), library().pharmacy, Constants())
    assert certain[0].because[0].value == amount(">5")


@pytest.mark.parametrize(
    ("other", "is_near"),
    [("2024-06-15", True), ("2024-06-16", False), ("2024-05-18", True), ("2024-05-17", False),
     ("2024-05", True), ("2024-07", False), ("2024-06", True), ("", False)],
)  # fmt: skip
def test_near_is_whatever_can_lie_within_the_days(other: str, is_near: bool) -> None:
    assert near(when(DAY), when(other), 14) is is_near
    assert near(when(other), when(DAY), 14) is is_near


def test_a_recorded_remission_stands_beside_the_derived_one() -> None:
    marrow_and_counts = (marrow(DAY, 2), *counts(DAY, 2, 200))
    days = found(*marrow_and_counts, response(days_after(DAY, 3), "CRi"))
    assert days == [f"CR {DAY}", f"CRi {days_after(DAY, 3)}"]
