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
from fhir_mapping.memory import once
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
_YEARS = range(1901, 2100)
_DATE = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
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
    written = value.strip() if isinstance(value, str) else ""
    if not _DATE.fullmatch(written):
        return UNDATED
    try:
        found = date.fromisoformat(written[:10])
    except ValueError:
        return _month_or_year(written[:10])
    return When(found, found) if found.year in _YEARS else UNDATED


def _month_or_year(written: str) -> When:
    """As `2024-03` or `2024`, or with zeros for what is not known; else no date at all."""
    year, month, of_month = (*map(int, written.split("-")), 0, 0)[:3]
    if of_month or month > 12 or year not in _YEARS:
        return UNDATED
    last = calendar.monthrange(year, month or 12)[1]
    return When(date(year, month or 1, 1), date(year, month or 12, last))


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
        if value is not None:
            found = _moment(value) if isinstance(value, dict) else day(value)
            if found is not UNDATED:
                return found
    return UNDATED


def _moment(value: Mapping[str, Any]) -> When:
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
    found = _taken(resource, resources)
    if found is not UNDATED:
        return found
    parents = resources.parents(resource)
    for parent in parents:
        found = _taken(parent, resources)
        if found is not UNDATED:
            return found
    latest = [until(one.get("issued")) for one in (resource, *parents)]
    latest += [until(s.get("receivedTime")) for s in _specimens(resource, resources)]
    return min(latest, key=lambda bound: bound.last)


def _taken(resource: Mapping[str, Any], resources: Resources) -> When:
    found = _collected(resource, resources) if "specimen" in resource else UNDATED
    return when(resource, *EFFECTIVE) if found is UNDATED else found


def _collected(resource: Mapping[str, Any], resources: Resources) -> When:
    for specimen in _specimens(resource, resources):
        found = _collection(specimen)
        if found is not UNDATED:
            return found
    return UNDATED


@once
def _collection(specimen: Mapping[str, Any]) -> When:
    """Many results are of one sample."""
    collection = specimen.get("collection")
    if not isinstance(collection, dict):
        return UNDATED
    return when(collection, "collectedDateTime", "collectedPeriod")


def _specimens(
    resource: Mapping[str, Any], resources: Resources
) -> Iterator[Mapping[str, Any]]:
    references = resource.get("specimen")
    if references is None:
        return
    for reference in references if isinstance(references, list) else [references]:
        yield resources.resolve(reference, resource)
