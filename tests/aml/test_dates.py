"""Calendar months with clamped ends, and spans between dates that are not precise."""

from __future__ import annotations

from datetime import date

import pytest

from aml.dates import add_months, day_of, days_before, days_between, within_months
from aml.logic import Truth
from tests.aml.records import when

MET, UNMET, UNKNOWN = Truth.MET, Truth.UNMET, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-01-31", 6, "2026-07-31"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2023-08-31", 6, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-11-30", 3, "2025-02-28"),
        ("2024-05-05", 0, "2024-05-05"),
        ("2008-11-24", 18 * 12, "2026-11-24"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(
    day: str, months: int, later: str
) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(later)


@pytest.mark.parametrize(
    ("start", "end", "truth"),
    [
        ("2026-01-31", "2026-07-31", MET),
        ("2026-01-31", "2026-08-01", UNMET),
        ("2025-08-31", "2026-02-28", MET),
        ("2025-08-31", "2026-03-01", UNMET),
        ("2026-01-31", "2026-01-31", MET),
        ("2026-01", "2026-06", MET),
        ("2026-01", "2026-07-01", MET),
        ("2026-01", "2026-07-02", UNKNOWN),
        ("2026-01", "2026-07", UNKNOWN),
        ("2026-01", "2026-07-31", UNKNOWN),
        ("2026-01", "2026-08-01", UNMET),
        ("2025", "2026-01-01", UNKNOWN),
        ("2025", "2026-07-01", UNMET),
        ("by 2026-01-31", "2026-03-01", UNKNOWN),
        ("by 2026-01-31", "2026-08-01", UNMET),
        ("by 2026-01-31", "2026-08", UNMET),
        ("by 2026-01-31", "by 2026-08-01", UNKNOWN),
        ("2026-01-31", "by 2026-03-01", MET),
        ("", "2026-03-01", UNKNOWN),
        ("2026-01-31", "", UNKNOWN),
    ],
)
def test_within_six_months_includes_both_edges_and_leaves_open_what_straddles(
    start: str, end: str, truth: Truth
) -> None:
    assert within_months(when(start), when(end), 6) is truth


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-05-01", "2026-05-08", (7, 7)),
        ("2026-05-08", "2026-05-01", (-7, -7)),
        ("2026-05-01", "2026-05", (0, 30)),
        ("2026-05", "2026-05", (-30, 30)),
        ("2024-02", "2024-03-01", (1, 29)),
        ("by 2026-05-01", "2026-05-08", None),
        ("2026-05-01", "by 2026-05-08", None),
        ("2026-05-01", "", None),
    ],
)
def test_days_between_gives_the_least_and_the_most(
    start: str, end: str, days: tuple[int, int] | None
) -> None:
    assert days_between(when(start), when(end)) == days


def test_days_before_stops_where_the_calendar_begins() -> None:
    assert days_before(date(2026, 1, 10), 14) == date(2025, 12, 27)
    assert days_before(date(1, 1, 3), 14) == date.min


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-04", date(2026, 5, 4)),
        ("2026-05", date(2026, 5, 1)),
        ("by 2026-05-04", date(2026, 5, 4)),
        ("", date.min),
    ],
)
def test_the_day_to_show_is_the_first_possible_or_none(text: str, day: date) -> None:
    assert day_of(when(text)) == day
