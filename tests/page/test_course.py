"""The course of the disease: which points, bands and bars are drawn, and where."""

from __future__ import annotations

from datetime import date

import pytest

from aml.patient import Method
from page.charts import draw
from page.course import Course, course_of_disease
from page.events import Turn
from page.labels import labels
from tests.aml.records import (
    aml,
    aza_ven,
    blood,
    cr,
    flow,
    gvhd,
    hct,
    marrow,
    mrd,
    npm1,
    record,
    sequenced,
    seven_plus_three,
)
from tests.page.sights import TODAY, sight, sight_from

REMISSION = (aml("2025-01-05"), seven_plus_three("2025-01-10"), cr("2025-03-01"))


def drawn(*entries: object, on: date = TODAY) -> Course:
    return course_of_disease(sight_from(record(*REMISSION, *entries), on))


def test_a_negative_result_stands_at_the_limit_that_its_control_gives() -> None:
    [point] = drawn(npm1("2025-06-01", 0, control=30_000)).copies
    assert (point.found, point.limit_known) == (False, True)
    assert point.value == pytest.approx(1 / 3)


def test_a_negative_result_without_a_control_has_no_limit_and_says_so() -> None:
    [point] = drawn(npm1("2025-06-01", 0)).copies
    assert (point.found, point.value, point.limit_known) == (False, None, False)


def test_a_positive_result_without_a_number_is_in_the_table_and_not_in_the_picture() -> None:
    course = drawn(npm1("2025-06-01", None))
    assert [p.value for p in course.copies] == [None]
    assert course.copies[0].found


def test_blasts_that_were_seen_and_not_counted_are_not_drawn_as_none() -> None:
    course = drawn(blood("2026-02-01", ">0"), blood("2026-03-01", ">20"))
    assert [p.value for p in course.blasts] == [None, 20]
    assert draw(course, labels("en")).count("blood blasts") == 1


def test_each_marker_and_material_is_a_series_of_its_own() -> None:
    course = drawn(
        npm1("2025-06-01", 5), npm1("2025-07-01", 9), flow("2025-07-01", False),
        sequenced("2025-07-01", "TET2"),
    )  # fmt: skip
    assert {p.series for p in course.copies} == {"NPM1 (RT-qPCR, marrow)"}
    assert {p.series for p in course.percent} == {
        "MRD (flow cytometry, marrow)",
        "TET2 (NGS, marrow)",
    }


def test_the_band_reaches_from_the_nadir_of_the_remission_to_ten_times_as_much() -> None:
    before = npm1("2025-01-20", 0.5)
    levels = (npm1("2025-06-01", 12), npm1("2025-09-01", 8), npm1("2025-12-01", 40))
    [band] = drawn(before, *levels).bands
    assert (band.low, band.high, band.start) == (8.0, 80.0, date(2025, 9, 1))


def test_a_nadir_that_is_not_of_low_level_has_no_band() -> None:
    assert drawn(npm1("2025-06-01", 300), npm1("2025-09-01", 250)).bands == ()


def test_without_a_remission_there_is_no_band() -> None:
    patient = record(aml("2025-01-05"), npm1("2025-02-01", 12))
    assert course_of_disease(sight_from(patient, TODAY)).bands == ()


def test_the_signal_and_the_sample_that_confirms_it_are_marked() -> None:
    levels = (npm1("2026-01-01", 0), npm1("2026-06-01", 300), npm1("2026-07-01", 400))
    assert [p.mark for p in drawn(*levels).copies] == ["", "signal", "confirmed"]


def test_events_are_the_turns_and_not_every_statement() -> None:
    course = drawn(
        marrow("2025-03-01", 2), cr("2025-06-01"), hct("2025-08-01"), blood("2026-02-01", 40),
        blood("2026-03-01", 50),
    )  # fmt: skip
    assert [(e.turn, str(e.when)) for e in course.events] == [
        (Turn.DIAGNOSIS, "2025-01-05"),
        (Turn.REMISSION, "2025-03-01"),
        (Turn.TRANSPLANT, "2025-08-01"),
        (Turn.RELAPSE, "2026-02-01"),
    ]


def test_a_course_without_an_end_says_that_none_is_recorded() -> None:
    bars = drawn(aza_ven("2026-03-01"), aza_ven("2026-08-01", ongoing=True)).bars
    given = [(b.start, b.end, b.open) for b in bars if b.start.year == 2026]
    assert given == [
        (date(2026, 3, 1), date(2026, 3, 1), True),
        (date(2026, 8, 1), TODAY, True),
    ]


def test_gvhd_lasts_until_somebody_says_that_it_is_over() -> None:
    over = drawn(gvhd("2025-09-01", "active"), gvhd("2025-12-01", "resolved")).bars
    assert next((b.start, b.end, b.open) for b in over if b.row == "GVHD") == (
        date(2025, 9, 1),
        date(2025, 12, 1),
        False,
    )
    [lasting] = [b for b in drawn(gvhd("2025-09-01", "active")).bars if b.row == "GVHD"]
    assert (lasting.end, lasting.open) == (TODAY, True)


@pytest.mark.parametrize("when", ["2025-06", ""])
def test_a_day_that_is_not_precise_is_drawn_or_left_to_the_table(when: str) -> None:
    course = drawn(mrd(when, "NPM1", True, Method.RT_QPCR, copies=5))
    assert len(course.copies) == 1
    assert course.first >= date(2025, 1, 1)
    draw(course, labels("en"))


def test_the_picture_holds_no_style_attribute_script_or_address_elsewhere() -> None:
    course = course_of_disease(sight("patient-1-after-hct", date(2022, 6, 1)))
    svg = draw(course, labels("en"))
    assert svg.startswith("<svg")
    assert " style=" not in svg
    assert "<script" not in svg
    assert "https://" not in svg.replace("http://www.w3.org/", "")
    assert 'xlink:href="#r-Observation' in svg
    assert "200 copies" in svg


def test_without_anything_that_has_a_day_nothing_is_drawn() -> None:
    course = course_of_disease(sight_from(record(aml("")), TODAY))
    assert draw(course, labels("en")) == ""
