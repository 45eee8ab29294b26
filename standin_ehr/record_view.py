"""A record as the chart shows it: who it is, and what was found, done and given, by date.

It shows whatever is there, in any form: a resource that says something odd is shown oddly, and
never in the way of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from standin_ehr.search import Json

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Problems", ("Condition",)),
    (
        "Therapy",
        ("MedicationRequest", "MedicationAdministration", "MedicationStatement", "CarePlan"),
    ),
    ("Procedures", ("Procedure",)),
    ("Results", ("Observation",)),
    ("Reports", ("DiagnosticReport",)),
    ("Family history", ("FamilyMemberHistory",)),
)
CHARTED = frozenset(kind for _, kinds in SECTIONS for kind in kinds)
_WHEN = (
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveInstant",
    "performedDateTime",
    "performedPeriod",
    "onsetDateTime",
    "onsetPeriod",
    "onsetString",
    "authoredOn",
    "period",
    "recordedDate",
    "issued",
    "date",
)
_NAME = (
    "code",
    "medicationCodeableConcept",
    "medicationReference",
    "title",
    "category",
    "relationship",
    "description",
)
_VALUE = (
    "valueQuantity",
    "valueCodeableConcept",
    "valueString",
    "valueBoolean",
    "valueInteger",
    "valueRatio",
    "valueRange",
    "valueDateTime",
    "dataAbsentReason",
)


@dataclass(frozen=True, slots=True)
class Banner:
    """Who the patient is; `born` as it is written."""

    id: str
    name: str
    born: str
    sex: str
    number: str
    deceased: bool

    def age(self, on: date) -> str:
        """In years, if the day of birth is written in full."""
        try:
            born = date.fromisoformat(self.born)
        except ValueError:
            return ""
        return str(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as one line. `later`: it is from after the day of the chart."""

    reference: str
    when: str
    name: str
    value: str
    status: str
    later: bool


def banner(patient: Json) -> Banner:
    number = next(_dicts(patient.get("identifier")), {})
    return Banner(
        id=str(patient["id"]),
        name=_person(next(_dicts(patient.get("name")), {})) or "no name",
        born=said(patient.get("birthDate")),
        sex=said(patient.get("gender")),
        number=said(number.get("value")),
        deceased=patient.get("deceasedBoolean") is True or "deceasedDateTime" in patient,
    )


def sections(record: Iterable[Json], on: date) -> list[tuple[str, list[Row]]]:
    """The parts of the chart that have anything in them, the newest line first."""
    rows: dict[str, list[Row]] = {}
    for resource in record:
        rows.setdefault(resource["resourceType"], []).append(_row(resource, on))
    parts = (
        (title, [r for kind in kinds for r in rows.get(kind, [])]) for title, kinds in SECTIONS
    )
    return [
        (title, sorted(part, key=lambda row: (row.when, row.reference), reverse=True))
        for title, part in parts
        if part
    ]


def order_name(order: Json) -> str:
    """What is ordered, in words."""
    return _first(order, _NAME) or "an order without a name"


def said(value: Any) -> str:
    """A value of FHIR in words, whatever its type; empty if it says nothing."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(said, value)))
    if isinstance(value, Mapping):
        return _structured(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _row(resource: Json, on: date) -> Row:
    when = _first(resource, _WHEN)
    day = when[:10]
    return Row(
        reference=f"{resource['resourceType']}/{resource['id']}",
        when=when.replace("T00:00:00Z", ""),
        name=_first(resource, _NAME) or resource["resourceType"],
        value=_value(resource),
        status=said(resource.get("clinicalStatus")) or said(resource.get("status")),
        later=day[:4].isdecimal() and day > on.isoformat()[: len(day)],
    )


def _value(resource: Json) -> str:
    parts = [
        _first(resource, _VALUE),
        *(
            f"{_first(part, _NAME)}: {_first(part, _VALUE)}"
            for part in _dicts(resource.get("component"))
        ),
        said(resource.get("interpretation")),
        said(resource.get("conclusion")),
        _specimen(resource.get("specimen")),
        *(said(each.get("text")) for each in _dicts(resource.get("dosageInstruction"))),
        *(said(each.get("text")) for each in _dicts(resource.get("note"))),
        said(resource.get("description")) if "title" in resource else "",
    ]
    return " · ".join(filter(None, parts))


def _specimen(value: Any) -> str:
    return ", ".join(filter(None, (said(each.get("display")) for each in _dicts(value))))


def _first(resource: Json, elements: Iterable[str]) -> str:
    return next(filter(None, (said(resource.get(element)) for element in elements)), "")


def _structured(value: Json) -> str:
    """CodeableConcept, Coding, Reference, Quantity, Ratio, Range, Period or Annotation."""
    if "numerator" in value or "denominator" in value:
        return f"{said(value.get('numerator'))} / {said(value.get('denominator'))}"
    if "low" in value or "high" in value:
        return f"{said(value.get('low'))} – {said(value.get('high'))}"
    if "start" in value or "end" in value:
        start, end = said(value.get("start")), said(value.get("end"))
        return start if start == end else f"{start} – {end}"
    if "value" in value:
        unit = said(value.get("unit")) or said(value.get("code"))
        return f"{said(value.get('comparator'))}{said(value['value'])} {unit}".strip()
    plain = said(value.get("text")) or said(value.get("display"))
    coding = said(list(_dicts(value.get("coding")))[:1])
    return plain or coding or said(value.get("code")) or said(value.get("reference"))


def _person(name: Json) -> str:
    given, family = said(name.get("given")), said(name.get("family"))
    return ", ".join(filter(None, (family, given))) or said(name.get("text"))


def _dicts(value: Any) -> Iterator[Json]:
    items = value if isinstance(value, list) else [value]
    yield from (item for item in items if isinstance(item, Mapping))
