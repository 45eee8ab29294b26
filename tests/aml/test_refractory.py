"""Refractory disease: two intensive courses, or the landmark of a non-intensive line (2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aml.records import (
    Number,
    aml,
    aza_ven,
    blood,
    counts,
    course,
    cr,
    days_after,
    given,
    hct,
    marrow,
    record,
    response,
    seven_plus_three,
    since,
    state,
)

FIRST, SECOND = "2026-01-10", "2026-02-14"
TWO = (aml("2026-01-05"), seven_plus_three(FIRST), seven_plus_three(SECOND))
LATER = "2026-08-02"

START = "2026-01-01"
LANDMARK = "2026-06-30"
LINE = (aml("2025-12-28"), aza_ven(START))


def after_course_2(*entries: Any) -> str:
    return since(record(*TWO, *entries), LATER)


def at_landmark(*entries: Any, on: str = LANDMARK) -> str:
    return since(record(*LINE, *entries), on)


@pytest.mark.parametrize(
    ("day", "found"), [(27, "in-treatment"), (28, "refractory"), (60, "refractory")]
)
def test_the_response_marrow_is_that_of_day_28_of_the_second_course(
    day: int, found: str
) -> None:
    patient = record(*TWO, marrow(days_after(SECOND, day), 20))
    assert state(patient, LATER) == found


@pytest.mark.parametrize(
    ("day", "found"), [(14, "in-treatment"), (21, "in-treatment"), (22, "refractory")]
)
def test_with_recovered_counts_an_earlier_marrow_counts_but_never_that_of_day_14_to_21(
    day: int, found: str
) -> None:
    sample = days_after(SECOND, day)
    patient = record(*TWO, marrow(sample, 20), *counts(sample, 1, 100))
    assert state(patient, LATER) == found


@pytest.mark.parametrize(
    ("anc", "platelets", "apart"),
    [("0.99", 100, 0), (1, 99, 0), (None, 100, 0), (1, 100, 15), (1, 100, -15)],
)
def test_counts_that_have_not_recovered_leave_it_at_day_28(
    anc: Number, platelets: Number, apart: int
) -> None:
    sample = days_after(SECOND, 25)
    around = counts(days_after(sample, apart), anc, platelets)
    assert state(record(*TWO, marrow(sample, 20), *around), LATER) == "in-treatment"


@pytest.mark.parametrize(("pct", "found"), [("4.9", "in-treatment"), (5, "refractory")])
def test_five_percent_blasts_are_no_remission(pct: Number, found: str) -> None:
    assert state(record(*TWO, marrow(days_after(SECOND, 30), pct)), LATER) == found


def test_refractory_counts_from_the_first_marrow_that_decides() -> None:
    marrows = (marrow("2026-03-01", 40), marrow("2026-03-20", 20), marrow("2026-04-20", 30))
    assert after_course_2(*marrows) == "refractory 2026-03-20"


def test_one_intensive_course_is_not_enough() -> None:
    assert state(record(*TWO[:2], marrow("2026-05-01", 40)), LATER) == "in-treatment"


def test_a_second_course_of_another_regimen_counts() -> None:
    second = given(SECOND, "fludarabine", "cytarabine", "idarubicin", regimen="flag-ida")
    patient = record(*TWO[:2], second, marrow("2026-03-20", 20))
    assert state(patient, LATER) == "refractory"


@pytest.mark.parametrize(("apart", "courses"), [(13, 1), (14, 2)])
def test_drugs_begun_within_two_weeks_are_one_course(apart: int, courses: int) -> None:
    second = seven_plus_three(days_after(FIRST, apart))
    found = state(record(*TWO[:2], second, marrow("2026-03-20", 20)), LATER)
    assert found == ("refractory" if courses == 2 else "in-treatment")


@pytest.mark.parametrize("category", ["NR", "PR", "MLFS"])
@pytest.mark.parametrize(("day", "found"), [(21, "in-treatment"), (22, "refractory")])
def test_a_recorded_failure_after_the_second_course_decides(
    category: str, day: int, found: str
) -> None:
    said = response(days_after(SECOND, day), category)
    assert state(record(*TWO, said), LATER) == found


def test_a_failure_after_the_first_course_does_not() -> None:
    assert state(record(*TWO, response("2026-02-10", "NR")), LATER) == "in-treatment"


@pytest.mark.parametrize(
    ("anc", "platelets", "found"),
    [
        ("0.3", 20, "refractory"),
        ("0.6", 40, "refractory"),
        ("0.6", 60, "remission-mrd-unknown"),
        ("0.3", 120, "remission-mrd-unknown"),
        (None, 20, "in-treatment"),
        ("0.3", None, "in-treatment"),
    ],
)
def test_a_marrow_without_blasts_or_counts_is_mlfs_and_no_remission(
    anc: Number, platelets: Number, found: str
) -> None:
    sample = days_after(SECOND, 28)
    patient = record(*TWO, marrow(sample, 2), *counts(sample, anc, platelets))
    assert state(patient, LATER) == found


def test_mlfs_before_day_28_decides_nothing() -> None:
    sample = days_after(SECOND, 27)
    patient = record(*TWO, marrow(sample, 2), *counts(sample, "0.3", 20))
    assert state(patient, LATER) == "in-treatment"


def test_a_marrow_without_counts_decides_nothing() -> None:
    assert state(record(*TWO, marrow("2026-03-20", 2)), LATER) == "in-treatment"


def test_a_remission_between_prevents_refractory() -> None:
    patient = record(*TWO, cr("2026-02-10"), marrow("2026-03-20", 20))
    assert since(patient, LATER) == "relapse 2026-03-20"


def test_refractory_ends_with_the_next_remission() -> None:
    refractory = (*TWO, marrow("2026-03-20", 20))
    assert state(record(*refractory, marrow("2026-05-20", 3)), LATER) == "refractory"
    remission = record(*refractory, cr("2026-05-20"))
    assert since(remission, LATER) == "remission-mrd-unknown 2026-05-20"
    assert course(remission, LATER).earlier_event


def test_a_recorded_refractory_disease_is_accepted_at_any_time() -> None:
    patient = record(*TWO[:2], response("2026-02-12", "refractory"))
    assert since(patient, LATER) == "refractory 2026-02-12"


def test_the_day_of_an_imprecise_marrow_must_be_certain() -> None:
    assert state(record(*TWO, marrow("2026-03", 20)), LATER) == "in-treatment"
    assert state(record(*TWO, marrow("2026-04", 20)), LATER) == "refractory"


def test_opposite_marrows_of_one_day_do_not_decide() -> None:
    opposite = (marrow("2026-03-20", 4), marrow("2026-03-20", 20))
    assert state(record(*TWO, *opposite), LATER) == "in-treatment"


@pytest.mark.parametrize(
    ("on", "found"),
    [("2026-06-29", f"in-treatment {START}"), (LANDMARK, f"refractory {LANDMARK}")],
)
def test_the_landmark_is_day_180_of_the_line(on: str, found: str) -> None:
    assert at_landmark(marrow("2026-06-20", 8), on=on) == found


@pytest.mark.parametrize(("before", "found"), [(28, "refractory"), (29, "in-treatment")])
def test_a_marrow_counts_from_28_days_before_the_landmark(before: int, found: str) -> None:
    patient = record(*LINE, marrow(days_after(LANDMARK, -before), 8))
    assert state(patient, LANDMARK) == found


def test_after_the_landmark_refractory_counts_from_the_marrow() -> None:
    assert at_landmark(marrow("2026-07-20", 8), on=LATER) == "refractory 2026-07-20"


def test_the_deciding_marrow_is_the_event_also_before_the_landmark() -> None:
    found = course(record(*LINE, marrow("2026-06-20", 8)), LANDMARK).state
    assert (str(found.since), str(found.event)) == (LANDMARK, "2026-06-20")


@pytest.mark.parametrize(("pct", "found"), [("<5", "in-treatment"), (5, "refractory")])
def test_blasts_of_five_percent_at_the_landmark_are_no_remission(
    pct: Number, found: str
) -> None:
    assert state(record(*LINE, marrow("2026-06-20", pct)), LANDMARK) == found


def test_blood_alone_does_not_tell_the_response() -> None:
    assert state(record(*LINE, blood("2026-06-20", 30)), LANDMARK) == "in-treatment"


@pytest.mark.parametrize("category", ["NR", "PR", "MLFS"])
def test_a_recorded_failure_at_the_landmark_decides(category: str) -> None:
    early, late = days_after(LANDMARK, -29), days_after(LANDMARK, -28)
    assert state(record(*LINE, response(late, category)), LANDMARK) == "refractory"
    assert state(record(*LINE, response(early, category)), LANDMARK) == "in-treatment"


def test_mlfs_by_counts_at_the_landmark_is_no_remission() -> None:
    marrow_, around = marrow("2026-06-20", 2), counts("2026-06-20", "0.4", 30)
    assert state(record(*LINE, marrow_, *around), LANDMARK) == "refractory"


@pytest.mark.parametrize(
    ("entries", "on", "unassessed"),
    [
        ((), "2026-06-29", False),
        ((), LANDMARK, True),
        ((marrow("2026-05-01", 8),), LANDMARK, True),
        ((marrow("2026-06-20", 2),), LANDMARK, True),
        ((marrow("2026-06-20", 8),), LANDMARK, False),
        ((cr("2026-04-01"),), LANDMARK, False),
    ],
    ids=["before", "no marrow", "early marrow", "no counts", "decided", "remission"],
)
def test_a_landmark_without_an_assessment_is_told(
    entries: tuple[Any, ...], on: str, unassessed: bool
) -> None:
    assert course(record(*LINE, *entries), on).landmark_unassessed is unassessed


def test_a_remission_within_the_line_prevents_refractory() -> None:
    patient = record(*LINE, cr("2026-04-01"), marrow("2026-06-20", 8))
    assert since(patient, LANDMARK) == "relapse 2026-06-20"


def test_a_site_may_set_the_landmark() -> None:
    patient = record(*LINE, marrow("2026-04-20", 8))
    site = course(patient, "2026-05-01", nonintensive_landmark_days=120)
    assert site.state.state.value == "refractory"
    narrow = course(patient, "2026-05-20", nonintensive_landmark_days=120,
                    landmark_marrow_days=5)  # fmt: skip
    assert narrow.state.state.value == "in-treatment"


def test_each_non_intensive_line_has_its_own_landmark() -> None:
    second = given("2026-05-01", "ivosidenib")
    patient = record(*LINE, second, marrow("2026-07-10", 30))
    assert since(patient, LATER) == "refractory 2026-07-10"
    fresh = record(aml("2026-01-05"), seven_plus_three(FIRST), aza_ven("2026-05-01"))
    assert state(fresh, LATER) == "in-treatment"


def test_maintenance_of_an_intensive_line_has_no_landmark() -> None:
    midostaurin = (given(FIRST, "midostaurin"), given("2026-02-20", "midostaurin"))
    patient = record(*TWO[:2], *midostaurin, marrow("2026-07-30", 30))
    assert state(patient, LATER) == "in-treatment"


def test_an_imprecise_start_counts_from_its_last_possible_day() -> None:
    patient = record(aml("2025-12-28"), aza_ven("2026-01"), marrow("2026-07-20", 8))
    assert state(patient, "2026-07-29") == "in-treatment"
    assert state(patient, "2026-07-30") == "refractory"


def test_a_line_without_any_day_has_no_landmark() -> None:
    patient = record(aml("2025-12-28"), aza_ven(""), marrow("2026-06-20", 8))
    assert state(patient, LATER) == "in-treatment"
    assert not course(patient, LATER).landmark_unassessed


def test_blasts_after_a_transplant_in_active_disease_are_still_refractory() -> None:
    refractory = (*TWO, marrow("2026-03-20", 20), hct("2026-04-10"))
    persisting = record(*refractory, marrow("2026-05-08", 12))
    assert since(persisting, LATER) == "refractory 2026-03-20"


def test_the_state_names_the_sample_and_the_therapy() -> None:
    intensive = course(record(*TWO, marrow("2026-03-20", 20)), LATER).state
    assert [k.says for k in intensive.because] == [
        "marrow blasts 20 %",
        "2 intensive courses, the second from 2026-02-14",
    ]
    milder = course(record(*LINE, marrow("2026-06-20", 8)), LANDMARK).state
    assert [k.says for k in milder.because] == [
        "marrow blasts 8 %",
        "azacitidine, venetoclax given",
    ]


def test_a_failure_without_a_day_decides_nothing() -> None:
    twice = (aml("2026-01-01"), seven_plus_three("2026-01-05"), seven_plus_three("2026-02-10"))
    assert state(record(*twice, response("", "NR")), "2026-04-01") == "in-treatment"
    assert state(record(*twice, marrow("", 40)), "2026-04-01") == "in-treatment"
