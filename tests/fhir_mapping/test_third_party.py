"""What others published is read as it was reviewed: every fact, and no other."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from aml.assess import assess
from aml.knowledge import load
from cds_service.app import create_app
from cds_service.settings import Settings
from fhir_mapping import to_patient
from fhir_mapping.answers import decode
from fhir_mapping.code_report import report_on
from fhir_mapping.resources import Resources
from tests.hospitals import facts
from tests.support import FIXTURES

FOLDER = FIXTURES / "third_party"
REVIEWED = yaml.safe_load(
    (FIXTURES.parent / "tests/fhir_mapping/third_party.yaml").read_text("utf-8")
)
each_file = pytest.mark.parametrize("reviewed", REVIEWED, ids=[r["file"] for r in REVIEWED])


@each_file
def test_every_fact_is_read_and_no_other(reviewed: dict[str, Any]) -> None:
    resources = Resources.from_bundle(_document(reviewed["file"]), reviewed["patient"])
    patient = to_patient(resources)
    assert sorted(facts(patient)) == sorted(reviewed.get("found", []))
    ignored = {each.resource: each.reason for each in patient.ignored}
    assert ignored == reviewed.get("ignored", {})
    unread = {each.query: each.reason for each in patient.unread}
    assert unread == reviewed.get("unread", {})


@each_file
def test_its_codes_are_told_without_an_error(reviewed: dict[str, Any]) -> None:
    report_on(_document(reviewed["file"]))


@pytest.mark.parametrize(
    "reviewed", [r for r in REVIEWED if "hook" in r], ids=lambda r: r["file"]
)
def test_a_published_call_is_answered_with_what_is_wrong(reviewed: dict[str, Any]) -> None:
    client = create_app(Settings(), load()).test_client()
    address = f"/cds-services/{reviewed['hook']['service']}"
    answer = client.post(address, json=json.loads((FOLDER / reviewed["file"]).read_text()))
    assert answer.status_code == reviewed["hook"]["status"]
    assert answer.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    ("patient", "files", "state"),
    [
        ("cancer-patient-brian-l", "mcode__*-brian-l.json", "not-aml"),
        ("eumfh-39-07", "ips__*.json", "untreated"),
    ],
)
def test_the_resources_of_one_patient_together_get_an_answer(
    patient: str, files: str, state: str
) -> None:
    entries = [{"resource": _document(path.name)} for path in FOLDER.glob(files)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    snapshot = load().in_force("US", Settings().today())
    answer = assess(to_patient(Resources.from_bundle(bundle, patient)), snapshot)
    assert answer.state.value == state


def test_every_file_is_reviewed_and_attributed() -> None:
    files = {path.name for path in FOLDER.glob("*.json")}
    assert {r["file"] for r in REVIEWED} == files
    sources = (FOLDER / "SOURCES.md").read_text("utf-8")
    assert all(f"`{name.split('__')[0]}__*`" in sources for name in files)


def _document(name: str) -> Any:
    return decode((FOLDER / name).read_bytes())
