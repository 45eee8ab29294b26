"""Assessments and responses for the tests of the cards: fixtures, and what is made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from aml.assess import assess
from aml.assessment import Assessment
from aml.knowledge import Library, Snapshot, load
from cards.render import to_response
from fhir_mapping import to_patient
from fhir_mapping.resources import Resources, decode
from tests.support import Json, read_bundle, read_expected

HOOK = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


@cache
def library() -> Library:
    return load()


def answer(bundle: Json, on: date, jurisdiction: str = "US") -> tuple[Assessment, Snapshot]:
    resources = Resources.from_bundle(decode(json.dumps(bundle).encode()))
    snapshot = library().in_force(jurisdiction, on)
    return assess(to_patient(resources), snapshot), snapshot


def response(bundle: Json, on: date, jurisdiction: str = "US", hook: str = HOOK) -> Any:
    assessment, snapshot = answer(bundle, on, jurisdiction)
    return to_response(assessment, snapshot, hook)


def with_text_results(name: str, results: dict[str, str], day: str) -> Json:
    """A fixture with more laboratory results as text, all of one day."""
    bundle = json.loads(json.dumps(read_bundle(name)))
    patient = bundle["entry"][0]["resource"]["id"]
    for number, (test, value) in enumerate(results.items()):
        resource = {
            "resourceType": "Observation",
            "id": f"added-{number}",
            "status": "final",
            "code": {"text": test},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": day,
            "valueString": value,
        }
        bundle["entry"].append({"resource": resource})
    return dict(bundle)


def every_target() -> Json:
    """The paper's first patient in relapse, with every target there is."""
    found = {
        "IDH1 mutation": "Detected",
        "IDH2 mutation": "Detected",
        "KMT2A rearrangement, FISH": "Positive",
        "CD33 on blasts": "positive",
    }
    return with_text_results("patient-1-relapse", found, "2022-01-10")


def all_responses() -> Iterator[tuple[str, Any]]:
    """Every case as expected, and again today in both jurisdictions."""
    for case in read_expected():
        bundle = read_bundle(case["bundle"])
        days = {(case["as_of"], case["jurisdiction"])}
        days |= {(date(2026, 11, 24), place) for place in ("US", "EU")}
        for day, place in sorted(days):
            yield f"{case['case']} {day} {place}", response(bundle, day, place)
    for day, place in ((date(2022, 1, 12), "US"), (date(2026, 11, 24), "EU")):
        yield f"every target {day} {place}", response(every_target(), day, place)
