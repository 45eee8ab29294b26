"""Calendar arithmetic of the definitions: whole days and calendar months."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from aml.logic import Truth
from aml.patient import When


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day (section 2.4: clamped)."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    if day.day <= 28:  # every month has that day
        return date(year, month, day.day)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def within_months(start: When, end: When, months: int) -> Truth:
    """Whether `end` is at most so many calendar months after `start`, both edges included."""
    if end.last <= add_months(start.first, months):
        return Truth.MET
    later = start.last != date.max and end.first > add_months(start.last, months)
    return Truth.UNMET if later else Truth.UNKNOWN


def days_before(day: date, days: int) -> date:
    """So many days earlier, but not before the calendar begins."""
    try:
        return day - timedelta(days)
    except OverflowError:
        return date.min


def days_between(start: When, end: When) -> tuple[int, int] | None:
    """The least and most days from start to end; None while one of them has no bounds."""
    if start.undated or end.undated:
        return None
    return (end.first - start.last).days, (end.last - start.first).days


def day_of(when: When) -> date:
    """The day to show for an event: the first of what the record leaves open, or the one it
    lies before; `date.min`, which is never shown, if there is none."""
    return when.last if when.undated and when.last != date.max else when.first
