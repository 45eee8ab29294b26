"""FHIR data types as the core's: codings, words, days and numbers. Nothing here raises.

What cannot be read is left open (`UNDATED`, `NO_AMOUNT`, an empty tuple or string), never
guessed: a bare year is a year, a comma before three digits is no number. An open date is
`UNDATED` itself, so that it can be told from a known one without a comparison of days.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from aml.patient import UNDATED, When
from fhir_mapping.amounts import plain, quantity
from fhir_mapping.codeable import Coding, codings, normal, words
from fhir_mapping.resources import Resources

__all__ = [
    "EFFECTIVE",
    "USABLE",
    "Coding",
    "codings",
    "day",
    "normal",
    "plain",
    "quantity",
    "sample_when",
    "span",
    "until",
    "usable",
    "when",
    "words",
]

USABLE = frozenset({"final", "amended", "corrected", "appended"})

EFFECTIVE = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming")
_FIRST_YEAR, _LAST_YEAR = 1901, 2099
_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})?)?)?)?"
)


def usable(resource: Mapping[str, Any]) -> bool:
    """A result that counts: final, also amended, corrected or appended to."""
    status = resource.get("status")
    return isinstance(status, str) and status.strip() in USABLE


def day(value: object) -> When:
    """A date, dateTime or instant: the calendar day of the zone it is written in.

    `2024` and `2024-03` are the intervals they name; an impossible date is `UNDATED`, and so
    is one that only fills a column, such as 9999-12-31 and 1900-01-01.
    """
    match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        return UNDATED
    year, month, of_month = map(int, match.groups("0"))
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return UNDATED
    try:
        if of_month:
            found = date(year, month, of_month)
            return When(found, found)
        if month:
            last = calendar.monthrange(year, month)[1]
            return When(date(year, month, 1), date(year, month, last))
        return When(date(year, 1, 1), date(year, 12, 31))
    except ValueError:
        return UNDATED


def until(value: object) -> When:
    """Some day, not after the one written."""
    return When.until(day(value).last)


def span(period: object) -> tuple[When, When]:
    """Start and end of a Period, each `UNDATED` where it is not recorded."""
    if not isinstance(period, dict):
        return UNDATED, UNDATED
    return day(period.get("start")), day(period.get("end"))


def when(resource: Mapping[str, Any], *elements: str) -> When:
    """The first of these elements that holds a readable date, Period or Timing."""
    for element in elements:
        value = resource.get(element)
        if value is not None and (found := _moment(value)) is not UNDATED:
            return found
    return UNDATED


def _moment(value: object) -> When:
    if not isinstance(value, dict):
        return day(value)
    if "event" in value or "repeat" in value:
        return _timing(value)
    start, end = span(value)
    if start is UNDATED and end is UNDATED:
        return UNDATED
    if end.first < start.first and not end.undated:
        return When(end.first, start.last)
    return When(start.first, max(start.last, end.last) if end.undated else end.last)


def _timing(timing: Mapping[str, Any]) -> When:
    events = timing.get("event")
    days = [day(event) for event in events] if isinstance(events, list) else []
    if days:
        found = When(min(d.first for d in days), max(d.last for d in days))
        return found if found != UNDATED else UNDATED
    repeat = timing.get("repeat")
    bounds = repeat.get("boundsPeriod") if isinstance(repeat, dict) else None
    return _moment(bounds) if isinstance(bounds, dict) else UNDATED


def sample_when(resource: Mapping[str, Any], resources: Resources) -> When:
    """When the sample was taken, or the finding made, as far as the record says.

    The specimen's collection, else the effective time, of the result or of a report that names
    it; else some day not after it was received or issued.
    """
    candidates = (resource, *resources.parents(resource))
    for one in candidates:
        found = _collected(one, resources) if "specimen" in one else UNDATED
        found = when(one, *EFFECTIVE) if found is UNDATED else found
        if found is not UNDATED:
            return found
    latest = [until(one.get("issued")) for one in candidates]
    latest += [until(s.get("receivedTime")) for s in _specimens(resource, resources)]
    return min(latest, key=lambda bound: bound.last)


def _collected(resource: Mapping[str, Any], resources: Resources) -> When:
    for specimen in _specimens(resource, resources):
        collection = specimen.get("collection")
        if isinstance(collection, dict):
            found = when(collection, "collectedDateTime", "collectedPeriod")
            if found is not UNDATED:
                return found
    return UNDATED


def _specimens(
    resource: Mapping[str, Any], resources: Resources
) -> Iterator[Mapping[str, Any]]:
    references = resource.get("specimen")
    if references is None:
        return
    for reference in references if isinstance(references, list) else [references]:
        yield resources.resolve(reference, resource)
