"""The resources behind the answer, so that every fact is a click from where it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aml.assessment import Assessment
from cards.wording import plain
from fhir_mapping.answers import Json, as_list, dicts, text
from page.entries import Entry, anchor, entries_of
from page.sight import Sight

JSON_LIMIT = 8000  # characters of one resource
PLAIN_COUNTS = ("anc_1e9_per_l", "platelets_1e9_per_l", "wbc_1e9_per_l")
_DATES = (
    "effectiveDateTime", "effectivePeriod", "effectiveInstant", "performedDateTime",
    "performedPeriod", "onsetDateTime", "onsetPeriod", "recordedDate", "issued", "authoredOn",
    "dateAsserted", "abatementDateTime",
)  # fmt: skip
# Half characters, and those by which text could steer a screen: shown by their number.
_STEERING = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_PEOPLE = ("performer", "asserter", "recorder", "informationSource", "requester", "author")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: what it is, what was read in it, when and by whom, and all of it."""

    name: str
    anchor: str
    title: str
    read: tuple[Entry, ...]
    rows: tuple[tuple[str, str], ...]
    body: str


def record_of(sight: Sight) -> tuple[Resource, ...]:
    """Those that a fact was read from or the answer rests on, the newest first.

    Of plain blood counts only those that decide something: the course lists the others.
    """
    decide = deciding(sight.assessment)
    counts = {
        m.source.resource for m in sight.patient.measurements if m.name in PLAIN_COUNTS
    } - decide
    read: dict[str, list[Entry]] = {}
    for entry in entries_of(sight.patient):
        if entry.source.resource not in counts:
            read.setdefault(entry.source.resource, []).append(entry)
    names = [*read, *(n for n in sorted(decide) if n not in read and n in sight.resources)]
    found = [_resource(name, tuple(read.get(name, ())), sight) for name in names]
    return tuple(reversed(found))


def deciding(a: Assessment) -> frozenset[str]:
    """The resources that the answer rests on."""
    known = [*a.disease.because, *a.facts]
    known += [k for r in a.recommendations for k in (*r.because, *r.excluded_by)]
    known += [alert.because for alert in a.alerts]
    return frozenset(source for k in known for source in k.sources)


def _resource(name: str, read: tuple[Entry, ...], sight: Sight) -> Resource:
    body = sight.resources.get(name, {})
    whole = json.dumps(body, indent=1, ensure_ascii=False, default=_number)
    shown = _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", whole)
    if len(shown) > JSON_LIMIT:
        shown = f"{shown[:JSON_LIMIT]}\n…"
    title = _concept(body.get("code") or body.get("medicationCodeableConcept"))
    return Resource(name, anchor(name), title, read, tuple(_rows(body, sight)), shown)


def _rows(body: Json, sight: Sight) -> Iterator[tuple[str, str]]:
    """The members that date a resource and say whose it is; names as FHIR has them."""
    status = body.get("status") or _concept(body.get("clinicalStatus"))
    if text(status):
        yield "status", plain(text(status))
    for name in _DATES:
        if shown := _date(body.get(name)):
            yield name, shown
    for name in _PEOPLE:
        if people := [p for each in as_list(body.get(name)) if (p := _person(each))]:
            yield name, "; ".join(people)
    if sample := _sample(body, sight):
        yield "specimen", sample
    for note in dicts(body.get("note")):
        if words := plain(text(note.get("text"))):
            yield "note", words
    if words := plain(text(body.get("conclusion"))):
        yield "conclusion", words
    meta = body.get("meta")
    if isinstance(meta, Mapping) and text(meta.get("lastUpdated")):
        yield "meta.lastUpdated", plain(text(meta["lastUpdated"]))


def _concept(value: object) -> str:
    if isinstance(value, str):
        return plain(value)
    if not isinstance(value, Mapping):
        return ""
    named = [text(c.get("display")) or text(c.get("code")) for c in dicts(value.get("coding"))]
    return plain(text(value.get("text")) or next(filter(None, named), ""))


def _date(value: object) -> str:
    if isinstance(value, Mapping):
        start, end = plain(text(value.get("start"))), plain(text(value.get("end")))
        return f"{start} – {end}" if start or end else ""
    return plain(text(value))


def _person(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    inner = value.get("actor", value)
    if not isinstance(inner, Mapping):
        return ""
    return plain(text(inner.get("display")) or text(inner.get("reference")))


def _sample(body: Json, sight: Sight) -> str:
    reference = body.get("specimen")
    for each in as_list(reference):
        if isinstance(each, Mapping) and (name := text(each.get("reference"))):
            sample = sight.resources.get(name, {})
            kind = _concept(sample.get("type"))
            return plain(f"{kind} ({name})" if kind else name)
    return ""


def _number(value: object) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
