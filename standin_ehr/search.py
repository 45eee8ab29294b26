"""FHIR R4 searches over a few resources: every parameter that is accepted is honoured."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]
Match: TypeAlias = Callable[[Json, Sequence[str], str], bool]
Pairs: TypeAlias = Iterable[tuple[str, str]]

PAGING = ("_count", "_offset")


class BadSearch(ValueError):
    """A parameter that is not known for the type, or a value that cannot be read."""


def matching(kind: str, resources: Iterable[Json], parameters: Pairs) -> list[Json]:
    """The resources that meet all parameters; values joined by commas are alternatives.

    Raises BadSearch.
    """
    known = PARAMETERS.get(kind, {}) | _ANY_TYPE
    found = list(resources)
    for name, value in parameters:
        if name in PAGING:
            continue
        if name not in known:
            raise BadSearch(f"parameter {name} is not known for {kind}")
        match, elements = known[name]
        found = [r for r in found if any(match(r, elements, v) for v in value.split(","))]
    return found


def _id(resource: Json, elements: Sequence[str], wanted: str) -> bool:
    return any(resource.get(element) == wanted for element in elements)


def _code(resource: Json, elements: Sequence[str], wanted: str) -> bool:
    """`status` and its like: the element is the code itself, without a system."""
    if "|" in wanted:
        raise BadSearch("a status is searched by its code alone, without a system")
    return any(resource.get(element) == wanted for element in elements)


def _token(resource: Json, elements: Sequence[str], wanted: str) -> bool:
    """`code`, `system|code`, `system|` or `|code` against a CodeableConcept, or a list."""
    system, bar, code = wanted.rpartition("|")
    return any(
        (not code or coding.get("code") == code)
        and (not bar or coding.get("system", "") == system)
        for element in elements
        for concept in _each(resource.get(element))
        for coding in _each(concept.get("coding"))
    )


def _reference(resource: Json, elements: Sequence[str], wanted: str) -> bool:
    last = wanted.rstrip("/").rpartition("/")[2]
    return any(
        str(concept.get("reference", "")).rpartition("/")[2] == last
        for element in elements
        for concept in _each(resource.get(element))
    )


def _date(resource: Json, elements: Sequence[str], wanted: str) -> bool:
    """By whole days: eq, lt, gt, le, ge against a date, a month or a year."""
    found = re.fullmatch(r"(eq|lt|gt|le|ge)?(\d{4}(?:-\d\d){0,2})", wanted)
    if not found:
        raise BadSearch("a date is a year, month or day, after eq, lt, gt, le, ge or nothing")
    first, last = _days(found[2])
    spans = [s for e in elements for s in _spans(resource, e)]
    within = any(first <= s and e <= last for s, e in spans)
    if found[1] in ("lt", "le"):
        return (found[1] == "le" and within) or any(s < first for s, _ in spans)
    if found[1] in ("gt", "ge"):
        return (found[1] == "ge" and within) or any(e > last for _, e in spans)
    return within


def _spans(resource: Json, element: str) -> Iterator[tuple[date, date]]:
    """When it was, as far as that can be read: what is no date is at no time."""
    if isinstance(instant := resource.get(f"{element}DateTime", resource.get(element)), str):
        yield from _readable(instant)
    period = resource.get(f"{element}Period", resource.get(element))
    if isinstance(period, Mapping) and ("start" in period or "end" in period):
        for first, _ in _readable(period["start"]) if "start" in period else _ALWAYS:
            for _, last in _readable(period["end"]) if "end" in period else _ALWAYS:
                yield first, last


_ALWAYS = ((date.min, date.max),)


def _readable(value: object) -> Iterator[tuple[date, date]]:
    text = value[:10] if isinstance(value, str) else ""
    if re.fullmatch(r"\d{4}(?:-\d\d){0,2}", text, re.ASCII):
        with suppress(BadSearch):
            yield _days(text)


def _days(text: str) -> tuple[date, date]:
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    try:
        if day:
            return date(year, month, day), date(year, month, day)
        last = calendar.monthrange(year, month)[1] if month else 31
        return date(year, month or 1, 1), date(year, month or 12, last)
    except (ValueError, calendar.IllegalMonthError):
        raise BadSearch("a day that no calendar has") from None


def _each(value: Any) -> Iterator[Json]:
    items = value if isinstance(value, list) else [value]
    yield from (item for item in items if isinstance(item, Mapping))


_ANY_TYPE: dict[str, tuple[Match, tuple[str, ...]]] = {"_id": (_id, ("id",))}
_PATIENT: dict[str, tuple[Match, tuple[str, ...]]] = {
    "patient": (_reference, ("subject", "patient"))
}
_STATUS: dict[str, tuple[Match, tuple[str, ...]]] = _PATIENT | {"status": (_code, ("status",))}
_RESULT: dict[str, tuple[Match, tuple[str, ...]]] = _STATUS | {
    "date": (_date, ("effective",)),
    "category": (_token, ("category",)),
    "code": (_token, ("code",)),
}
_DRUG: dict[str, tuple[Match, tuple[str, ...]]] = _STATUS | {
    "code": (_token, ("medicationCodeableConcept",))
}

# Names as the R4 resource pages have them: a Condition, for example, has no `status` or `date`.
PARAMETERS: dict[str, dict[str, tuple[Match, tuple[str, ...]]]] = {
    "Patient": {},
    "Condition": _PATIENT
    | {
        "clinical-status": (_token, ("clinicalStatus",)),
        "verification-status": (_token, ("verificationStatus",)),
        "category": (_token, ("category",)),
        "code": (_token, ("code",)),
        "onset-date": (_date, ("onset",)),
        "recorded-date": (_date, ("recordedDate",)),
    },
    "Observation": _RESULT,
    "DiagnosticReport": _RESULT,
    "Specimen": _STATUS | {"type": (_token, ("type",))},
    "Procedure": _STATUS
    | {
        "date": (_date, ("performed",)),
        "category": (_token, ("category",)),
        "code": (_token, ("code",)),
    },
    "MedicationRequest": _DRUG | {"authoredon": (_date, ("authoredOn",))},
    "MedicationAdministration": _DRUG | {"effective-time": (_date, ("effective",))},
    "MedicationStatement": _DRUG
    | {"effective": (_date, ("effective",)), "category": (_token, ("category",))},
    "CarePlan": _STATUS | {"date": (_date, ("period",)), "category": (_token, ("category",))},
    "FamilyMemberHistory": _STATUS,
}
