"""What a page is made from, in one line: of a fixture, or of a record made for the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from aml.assess import examine, until
from aml.knowledge import Library, load
from aml.patient import Patient
from fhir_mapping import to_patient
from fhir_mapping.resources import Resources
from page.labels import labels
from page.place import Place
from page.sight import Sight
from tests.support import read_bundle

PAPER = date(2024, 1, 1)
TODAY = date(2026, 11, 24)


@cache
def library() -> Library:
    return load(None)


def sight(name: str, on: date, jurisdiction: str = "US") -> Sight:
    """Of a fixture."""
    return sight_of(read_bundle(name), on, jurisdiction)


def sight_of(bundle: Mapping[str, Any], on: date, jurisdiction: str = "US") -> Sight:
    resources = Resources.from_bundle(bundle)
    found = sight_from(to_patient(resources), on, jurisdiction)
    return replace(found, resources=resources.named())


def sight_from(patient: Patient, on: date, jurisdiction: str = "US") -> Sight:
    """Of a record without resources."""
    snapshot = library().in_force(jurisdiction, on)
    return Sight(
        examination=examine(patient, snapshot),
        snapshot=snapshot,
        paper=replace(library().in_force(jurisdiction, PAPER), on=on),
        patient=until(patient, on),
        resources={},
        over=datetime(2026, 11, 24, 12, tzinfo=UTC),
        paper_day=PAPER,
    )


def place(language: str = "en") -> Place:
    return Place("/smart", "key", labels(language))
