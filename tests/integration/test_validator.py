"""HAPI's validator on everything that is kept or suggested: FHIR R4, without an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.hapi import Verdict, validated
from tests.integration.resources import collect
from tests.support import HOOKS, PATIENTS

pytestmark = pytest.mark.integration

DRAFT = {
    "resourceType": "ServiceRequest",
    "status": "draft",
    "intent": "proposal",
    "code": {"text": "Bone marrow aspirate with blast count"},
    "subject": {"reference": "Patient/example"},
}
# What is wrong: the resource, and what the validator says of it.
BROKEN = {
    "no-such-code": (DRAFT | {"intent": "perhaps"}, "ServiceRequest.intent"),
    "no-subject": (
        {k: v for k, v in DRAFT.items() if k != "subject"},
        "ServiceRequest.subject",
    ),
    "no-such-element": (DRAFT | {"dosage": "1 g"}, "Unrecognized property 'dosage'"),
    "no-such-day": (DRAFT | {"authoredOn": "2026-13-01"}, "Not a valid date"),
}
LOINC = "http://loinc.org"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("resources")
    collect(folder)
    return folder


@pytest.fixture(scope="module")
def verdict(built: None, collected: Path) -> Verdict:
    return validated(collected)


def test_no_fixture_and_no_suggested_resource_has_an_error(verdict: Verdict) -> None:
    assert verdict.errors == []
    assert verdict.status == 0


def test_every_file_was_looked_at(verdict: Verdict, collected: Path) -> None:
    files = list(collected.iterdir())
    assert verdict.lines[-1].startswith(f"{len(files)} resources, 0 errors")


def test_the_fixtures_are_among_the_files(collected: Path) -> None:
    assert len(list(collected.glob("patient-*"))) == len(list(PATIENTS.glob("*.json")))
    for path in HOOKS.glob("*.json"):
        assert list(collected.glob(f"hook-{path.stem}-*"))


@pytest.mark.parametrize("kind", ["ServiceRequest", "MedicationRequest"])
@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
def test_orders_that_the_service_suggested_are_among_the_files(
    collected: Path, kind: str, jurisdiction: str
) -> None:
    suggested = collected.glob(f"suggested-*-{jurisdiction}-*")
    kinds = {json.loads(path.read_text("utf-8"))["resourceType"] for path in suggested}
    assert kind in kinds


def test_a_code_of_a_system_that_is_not_at_hand_is_a_warning(verdict: Verdict) -> None:
    assert [line for line in verdict.lines if line.startswith("WARNING") and LOINC in line]


@pytest.fixture(scope="module")
def verdict_on_broken(built: None, tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    folder = tmp_path_factory.mktemp("broken")
    for name, (resource, _) in {**BROKEN, "whole": (DRAFT, "")}.items():
        (folder / f"{name}.json").write_text(json.dumps(resource), encoding="utf-8")
    return validated(folder)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_resource_is_an_error(name: str, verdict_on_broken: Verdict) -> None:
    _, said = BROKEN[name]
    assert verdict_on_broken.status == 1
    assert [e for e in verdict_on_broken.errors if f"{name}.json" in e and said in e]


def test_the_whole_resource_beside_the_broken_ones_is_none(verdict_on_broken: Verdict) -> None:
    assert [e for e in verdict_on_broken.errors if "whole.json" in e] == []


def test_to_have_looked_at_nothing_is_no_success(built: None, tmp_path: Path) -> None:
    assert validated(tmp_path).status == 2
