"""FHIR data types as the core's: codings, words, days and numbers. Nothing here raises.

What cannot be read is left open (`UNDATED`, `NO_AMOUNT`, an empty tuple or string), never
guessed: a bare year is a year, a comma before three digits is no number.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aml.patient import UNDATED, When
from fhir_mapping.amounts import plain, quantity
from fhir_mapping.resources import Resources

__all__ = [
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

_SYSTEMS = {
    "http://loinc.org": ("loinc", "loinc.org", "2.16.840.1.113883.6.1"),
    "http://snomed.info/sct": ("snomed", "snomed.info/sct", "2.16.840.1.113883.6.96"),
    "http://www.nlm.nih.gov/research/umls/rxnorm": (
        "rxnorm", "nlm.nih.gov/research/umls/rxnorm", "2.16.840.1.113883.6.88",
    ),
    "http://hl7.org/fhir/sid/icd-10-cm": (
        "icd-10-cm", "hl7.org/fhir/sid/icd-10-cm", "2.16.840.1.113883.6.90",
    ),
    "http://hl7.org/fhir/sid/icd-10": (
        "icd-10", "hl7.org/fhir/sid/icd-10", "2.16.840.1.113883.6.3", "who.int/icd-10",
    ),
    "http://hl7.org/fhir/sid/icd-10-gm": (
        "icd-10-gm", "hl7.org/fhir/sid/icd-10-gm", "fhir.de/codesystem/bfarm/icd-10-gm",
        "fhir.de/codesystem/dimdi/icd-10-gm",
    ),
    "http://www.cms.gov/Medicare/Coding/ICD10": (
        "icd-10-pcs", "cms.gov/medicare/coding/icd10", "hl7.org/fhir/sid/icd-10-pcs",
        "2.16.840.1.113883.6.4",
    ),
    "http://www.ama-assn.org/go/cpt": ("cpt", "ama-assn.org/go/cpt", "2.16.840.1.113883.6.12"),
    "http://terminology.hl7.org/CodeSystem/icd-o-3": (
        "icd-o-3", "terminology.hl7.org/codesystem/icd-o-3", "hl7.org/fhir/sid/icd-o-3",
        "2.16.840.1.113883.6.43.1",
    ),
    "http://www.whocc.no/atc": (
        "atc", "whocc.no/atc", "fhir.de/codesystem/bfarm/atc", "fhir.de/codesystem/dimdi/atc",
        "2.16.840.1.113883.6.73",
    ),
    "http://www.genenames.org/geneId": (
        "hgnc", "genenames.org", "genenames.org/geneid", "2.16.840.1.113883.6.281",
    ),
    "http://varnomen.hgvs.org": ("hgvs", "varnomen.hgvs.org", "2.16.840.1.113883.6.282"),
    "http://unitsofmeasure.org": ("ucum", "unitsofmeasure.org", "2.16.840.1.113883.6.8"),
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation": (
        "terminology.hl7.org/codesystem/v3-observationinterpretation",
        "hl7.org/fhir/v3/observationinterpretation", "hl7.org/fhir/v2/0078",
        "2.16.840.1.113883.5.83",
    ),
}  # fmt: skip
_CANONICAL = {alias: url for url, aliases in _SYSTEMS.items() for alias in aliases}

_EFFECTIVE = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming")
_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})?)?)?)?"
)


@dataclass(frozen=True, slots=True)
class Coding:
    """System (canonical URL where it is known, "" where it is missing), code and display."""

    system: str
    code: str
    display: str


def codings(concept: object) -> tuple[Coding, ...]:
    """The codings of a CodeableConcept, a Coding, or a list of either, in order."""
    return tuple(_codings(concept))


def _codings(concept: object) -> Iterator[Coding]:
    for item in concept if isinstance(concept, list | tuple) else (concept,):
        if not isinstance(item, Mapping):
            continue
        inner = item.get("coding", [item] if "code" in item else [])
        for coding in inner if isinstance(inner, list) else [inner]:
            if isinstance(coding, Mapping) and ("code" in coding or "display" in coding):
                parts = (_text(coding.get(name)) for name in ("system", "code", "display"))
                system, code, display = parts
                yield Coding(_canonical(system), code, display)


def _canonical(system: str) -> str:
    bare = system.lower().removeprefix("urn:oid:").removeprefix("http://")
    bare = bare.removeprefix("https://").removeprefix("www.").strip("/")
    if bare.startswith("snomed.info/sct/"):
        bare = "snomed.info/sct"
    return _CANONICAL.get(bare, system)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def normal(text: str) -> str:
    """One form for hyphens, spaces and full-width letters; lower case."""
    return plain(text).lower()


def words(concept: object) -> str:
    """A concept's text and displays, normalised; different wordings joined by " | "."""
    return " | ".join(dict.fromkeys(normal(text) for text in _wordings(concept) if text))


def _wordings(concept: object) -> Iterator[str]:
    if isinstance(concept, str):
        yield concept
    elif isinstance(concept, list | tuple):
        for item in concept:
            yield from (part for part in _wordings(item) if not isinstance(item, list))
    elif isinstance(concept, Mapping):
        yield _text(concept.get("text"))
        yield from (coding.display for coding in codings(concept))


def usable(resource: Mapping[str, Any]) -> bool:
    """A result that counts: final, also amended, corrected or appended to."""
    return _text(resource.get("status")) in USABLE


def day(value: object) -> When:
    """A date, dateTime or instant: the calendar day of the zone it is written in.

    `2024` and `2024-03` are the intervals they name; an impossible date is `UNDATED`.
    """
    match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        return UNDATED
    year, month, of_month = (int(part) if part else 0 for part in match.groups())
    try:
        if of_month:
            return When.day(date(year, month, of_month))
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
    if not isinstance(period, Mapping):
        return UNDATED, UNDATED
    return day(period.get("start")), day(period.get("end"))


def when(resource: Mapping[str, Any], *elements: str) -> When:
    """The first of these elements that holds a readable date, Period or Timing."""
    for element in elements:
        found = _moment(resource.get(element))
        if found != UNDATED:
            return found
    return UNDATED


def _moment(value: object) -> When:
    if not isinstance(value, Mapping):
        return day(value)
    if "event" in value or "repeat" in value:
        return _timing(value)
    start, end = span(value)
    if end.first < start.first and not end.undated:
        return When(end.first, start.last)
    return When(start.first, max(start.last, end.last) if end.undated else end.last)


def _timing(timing: Mapping[str, Any]) -> When:
    events = timing.get("event")
    days = [day(event) for event in events] if isinstance(events, list) else []
    if days:
        return When(min(d.first for d in days), max(d.last for d in days))
    repeat = timing.get("repeat")
    bounds = repeat.get("boundsPeriod") if isinstance(repeat, Mapping) else None
    return _moment(bounds) if isinstance(bounds, Mapping) else UNDATED


def sample_when(resource: Mapping[str, Any], resources: Resources) -> When:
    """When the sample was taken, or the finding made, as far as the record says.

    The specimen's collection, else the effective time, of the result or of a report that names
    it; else some day not after it was received or issued.
    """
    candidates = (resource, *resources.parents(resource))
    for one in candidates:
        for found in (_collected(one, resources), when(one, *_EFFECTIVE)):
            if found != UNDATED:
                return found
    latest = [until(one.get("issued")) for one in candidates]
    latest += [until(s.get("receivedTime")) for s in _specimens(resource, resources)]
    return min(latest, key=lambda bound: bound.last)


def _collected(resource: Mapping[str, Any], resources: Resources) -> When:
    for specimen in _specimens(resource, resources):
        collection = specimen.get("collection")
        if isinstance(collection, Mapping):
            found = when(collection, "collectedDateTime", "collectedPeriod")
            if found != UNDATED:
                return found
    return UNDATED


def _specimens(
    resource: Mapping[str, Any], resources: Resources
) -> Iterator[Mapping[str, Any]]:
    references = resource.get("specimen")
    for reference in references if isinstance(references, list) else [references]:
        yield resources.resolve(reference, resource)
