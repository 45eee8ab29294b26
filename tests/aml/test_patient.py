"""Days and numbers of which the record leaves something open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from aml.logic import Truth
from aml.patient import NO_AMOUNT, UNDATED, Amount, When
from tests.aml.records import Number, amount, when

MET, UNMET, UNKNOWN = Truth.MET, Truth.UNMET, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "truth"),
    [
        ("2024-03-05", "2024-03-06", MET),
        ("2024-03-05", "2024-03-05", UNMET),
        ("2024-03-06", "2024-03-05", UNMET),
        ("2024-02", "2024-03", MET),
        ("2024-02", "2024-03-01", MET),
        ("2024-03", "2024-03", UNKNOWN),
        ("2024-03", "2024-03-01", UNMET),
        ("2024-03", "2024-03-02", UNKNOWN),
        ("2024-03", "2024-03-31", UNKNOWN),
        ("2024-03", "2024-04-01", MET),
        ("2024-03-31", "2024-03", UNMET),
        ("2024-03-30", "2024-03", UNKNOWN),
        ("2024-02-29", "2024-03", MET),
        ("2024", "2024-12-31", UNKNOWN),
        ("2024", "2025-01-01", MET),
        ("by 2024-03-05", "2024-03-06", MET),
        ("by 2024-03-05", "2024-03-05", UNKNOWN),
        ("2024-03-05", "by 2024-03-05", UNMET),
        ("2024-03-04", "by 2024-03-05", UNKNOWN),
        ("", "2024-03-05", UNKNOWN),
        ("2024-03-05", "", UNKNOWN),
        ("", "", UNKNOWN),
    ],
)
def test_before_is_settled_only_if_every_possible_day_agrees(
    one: str, other: str, truth: Truth
) -> None:
    assert when(one).before(when(other)) is truth


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("2024-03-15", MET),
        ("2024-03-16", UNMET),
        ("2024-02", MET),
        ("2024-03", UNKNOWN),
        ("2024-04", UNMET),
        ("by 2024-03-15", MET),
        ("by 2024-03-16", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_on_or_before_a_day(text: str, truth: Truth) -> None:
    assert when(text).on_or_before(date(2024, 3, 15)) is truth


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024-03-05", "2024-03-05"),
        ("2024-03", "2024-03"),
        ("2024-02", "2024-02"),
        ("2024", "2024"),
        ("by 2024-03-05", "by 2024-03-05"),
        ("", "date not recorded"),
    ],
)
def test_a_date_is_shown_as_precisely_as_it_is_recorded(text: str, shown: str) -> None:
    assert str(when(text)) == shown


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2024, 3, 1), date(2024, 3, 30), "2024-03-01 to 2024-03-30"),
        (date(2024, 3, 2), date(2024, 3, 31), "2024-03-02 to 2024-03-31"),
        (date(2024, 3, 1), date(2024, 4, 30), "2024-03-01 to 2024-04-30"),
        (date(2023, 3, 1), date(2024, 3, 31), "2023-03-01 to 2024-03-31"),
        (date(2023, 1, 1), date(2024, 12, 31), "2023-01-01 to 2024-12-31"),
    ],
)
def test_a_span_of_days_is_shown_with_both_ends(first: date, last: date, shown: str) -> None:
    assert str(When(first, last)) == shown


def test_exact_and_undated_are_told_apart() -> None:
    assert (when("2024-03-05").exact, when("2024-03-05").undated) == (True, False)
    assert (when("2024-03").exact, when("2024-03").undated) == (False, False)
    assert (when("by 2024-03-05").exact, when("by 2024-03-05").undated) == (False, True)
    assert (UNDATED.exact, UNDATED.undated) == (False, True)


@pytest.mark.parametrize(
    ("value", "at_least_5", "more_than_5"),
    [
        ("4.99", UNMET, UNMET),
        (5, MET, UNMET),
        ("5.01", MET, MET),
        ("<5", UNMET, UNMET),
        ("<=5", UNKNOWN, UNMET),
        ("<5.1", UNKNOWN, UNKNOWN),
        (">5", MET, MET),
        (">=5", MET, UNKNOWN),
        (">4.9", UNKNOWN, UNKNOWN),
        ("5-10", MET, UNKNOWN),
        ("2-5", UNKNOWN, UNMET),
        ("2-4", UNMET, UNMET),
        (None, UNKNOWN, UNKNOWN),
    ],
)
def test_a_number_against_a_limit(value: Number, at_least_5: Truth, more_than_5: Truth) -> None:
    assert amount(value).at_least(5) is at_least_5
    assert amount(value).more_than(5) is more_than_5


@pytest.mark.parametrize(
    ("value", "truth"),
    [(0, UNMET), ("0.1", MET), ("<1", UNKNOWN), (">0", MET), (">=0", UNKNOWN), (None, UNKNOWN)],
)
def test_more_than_none_at_all(value: Number, truth: Truth) -> None:
    assert amount(value).more_than(0) is truth


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (30, "30"),
        (100, "100"),
        ("0.50", "0.5"),
        ("1E+2", "100"),
        ("<5", "<5"),
        ("<=5", "≤5"),
        (">5", ">5"),
        (">=5", "≥5"),
        ("5-10", "5-10"),
        (None, "not quantified"),
    ],
)
def test_a_number_is_shown_as_it_is_recorded(value: Number, shown: str) -> None:
    assert str(amount(value)) == shown


def test_a_number_is_recorded_unless_nothing_is_known_of_it() -> None:
    assert amount("<5").recorded
    assert amount(0).recorded
    assert not NO_AMOUNT.recorded


@pytest.mark.parametrize("value", ["0.12", "<0.12", ">0.12", ">=0.12", "0.12-0.13"])
def test_scaling_keeps_what_is_open(value: str) -> None:
    scaled = amount(value).scaled(Decimal(100))
    plain = amount(value)
    assert (scaled.low_open, scaled.high_open) == (plain.low_open, plain.high_open)
    assert (scaled.low, scaled.high) == (plain.low * 100, plain.high * 100)


def test_a_scaled_number_is_not_rounded() -> None:
    assert Amount.exactly("0.12").scaled(Decimal(100)) == Amount.exactly(12)
