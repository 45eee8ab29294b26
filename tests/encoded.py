"""The records of tests/encodings as the product reads and answers them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from aml.assess import assess
from aml.assessment import Assessment
from aml.knowledge import Library, Snapshot, load
from aml.patient import Patient
from cards.render import to_response
from fhir_mapping import to_patient
from fhir_mapping.resources import Resources, decode
from standin_ehr.expected import Expected, differences, read_expected
from tests.encodings.encode import encode
from tests.encodings.facts import Record, read_records
from tests.encodings.pen import Json, Pen
from tests.support import FIXTURES

PATIENT = "p"
HOOK = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
# What no encoding may change. `because`, `basedOn` and `ignored` name resources and words.
COMPARED = ("diseaseState", "stateSince", "facets", "targets", "missing", "unread")
OF_A_RECOMMENDATION = ("strength", "rule", "alsoRules", "provided", "options")


@dataclass(frozen=True)
class Encoded:
    """A record, what it must be answered with, and one encoding of it."""

    record: Record
    expected: Expected
    pen: Pen
    bundle: Json


@cache
def records() -> dict[str, Record]:
    return read_records()


@cache
def cases() -> tuple[Expected, ...]:
    """Those of fixtures/expected.yaml and those that stand with the records themselves."""
    own = [
        Expected(
            case=r.id, bundle=f"{r.id}.json", jurisdiction="US", cards="present", **r.expect
        )
        for r in records().values()
        if r.expect
    ]
    return (*read_expected(FIXTURES / "expected.yaml"), *own)


def record_of(expected: Expected) -> Record:
    return records()[expected.patient_id]


@cache
def _below(limit: int) -> st.SearchStrategy[int]:
    return st.integers(0, limit - 1)


@st.composite
def encodings(draw: st.DrawFn, *, near_misses: bool = True) -> Encoded:
    """Any case in any encoding."""
    expected = draw(st.sampled_from(cases()))
    pen = Pen(lambda limit: draw(_below(limit)), PATIENT)
    record = record_of(expected)
    return Encoded(record, expected, pen, encode(record, pen, near_misses=near_misses))


def plain(expected: Expected) -> Encoded:
    pen = Pen.plain(PATIENT)
    record = record_of(expected)
    return Encoded(record, expected, pen, encode(record, pen, near_misses=False))


@cache
def library() -> Library:
    return load()


def snapshot(expected: Expected) -> Snapshot:
    return library().in_force(expected.jurisdiction, expected.as_of)


def raw(bundle: Json) -> bytes:
    """As it would come over the wire; a decimal keeps its digits."""
    numbers: dict[str, str] = {}

    def written(value: object) -> str:
        if not isinstance(value, Decimal):
            raise TypeError(f"{value!r} is not JSON")
        mark = f"@decimal {len(numbers)}@"
        numbers[f'"{mark}"'] = f"{value:f}"
        return mark

    text = json.dumps(bundle, default=written)
    for mark, number in numbers.items():
        text = text.replace(mark, number, 1)
    return text.encode()


def read(bundle: Json, patient: str = PATIENT) -> Patient:
    return to_patient(Resources.from_bundle(decode(raw(bundle)), patient))


def assessed(bundle: Json, expected: Expected, patient: str = PATIENT) -> Assessment:
    return assess(read(bundle, patient), snapshot(expected))


def answered(assessment: Assessment, expected: Expected) -> dict[str, object]:
    return to_response(assessment, snapshot(expected), HOOK)


def wrong(assessment: Assessment, expected: Expected) -> list[str]:
    """How the answer differs from what was written by hand; `ignored` names the resources of
    one encoding alone."""
    found = differences(expected, answered(assessment, expected))
    return [line for line in found if not line.startswith("ignored")]


def gist(assessment: Assessment) -> dict[str, Any]:
    """The advice alone, without the words and resources in which it was found."""
    said = assessment.to_json()
    kept = {key: said.get(key) for key in COMPARED}
    for each in said.get("recommendations", []):
        kept[each["code"]] = {name: each.get(name) for name in OF_A_RECOMMENDATION}
    kept["alerts"] = sorted((each["code"], each["rule"]) for each in said.get("alerts", []))
    return kept


def changed(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the two advices do not share, by its name."""
    keys = sorted({*one, *other})
    return {
        key: (one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)
    }
