"""The FHIR side of the stand-in, asked as the service and an integrator would ask it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from standin_ehr.fhir_server import PAGE, create_app
from standin_ehr.records import Ehr, patient_of
from standin_ehr.search import PARAMETERS
from tests.support import PATIENTS, resources_of


class Rig:
    """A stand-in over one folder, and a caller that holds its token."""

    def __init__(self, folder: Path) -> None:
        self.ehr = Ehr(folder)
        self.http = Client(create_app(self.ehr))
        self.key = {"Authorization": f"Bearer {self.ehr.issue_token()}"}

    def get(self, path: str) -> TestResponse:
        return self.http.get(f"/fhir/{path}", headers=self.key)

    def json(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.json


@pytest.fixture(scope="module")
def fixtures() -> Rig:
    return Rig(PATIENTS)


def write_bundle(folder: Path, resources: Iterable[dict[str, Any]], name: str = "a") -> None:
    entries = [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    (folder / f"{name}.json").write_text(json.dumps(bundle), encoding="utf-8")


def observations(number: int) -> list[dict[str, Any]]:
    patient = {"reference": "urn:uuid:p"}
    return [
        {"resourceType": "Patient", "id": "p"},
        *(
            {"resourceType": "Observation", "id": f"o{i}", "subject": patient}
            for i in range(number)
        ),
    ]


def test_a_resource_is_read_by_its_id(fixtures: Rig) -> None:
    patient = fixtures.json("Patient/patient-2")
    assert (patient["resourceType"], patient["id"]) == ("Patient", "patient-2")


@pytest.mark.parametrize("path", ["Patient/nobody", "Unicorn/1", "Unicorn?patient=patient-2"])
def test_what_is_not_there_is_a_404_with_an_outcome(fixtures: Rig, path: str) -> None:
    response = fixtures.get(path)
    assert response.status_code == 404
    assert response.json["resourceType"] == "OperationOutcome"  # type: ignore[index]


@pytest.mark.parametrize("path", ["Patient/patient-2", "Observation?patient=patient-2"])
@pytest.mark.parametrize("key", ["", "Bearer wrong", "Basic cGF0aWVudA==", "Bearer"])
def test_nothing_is_given_without_the_token(fixtures: Rig, path: str, key: str) -> None:
    headers = {"Authorization": key} if key else {}
    response = fixtures.http.get(f"/fhir/{path}", headers=headers)
    assert response.status_code == 401
    assert response.json["resourceType"] == "OperationOutcome"  # type: ignore[index]


def test_the_token_alone_without_its_scheme_opens_nothing(fixtures: Rig) -> None:
    token = fixtures.key["Authorization"].removeprefix("Bearer ")
    response = fixtures.http.get("/fhir/Patient/patient-2", headers={"Authorization": token})
    assert response.status_code == 401


@pytest.mark.parametrize("path", ["Observation?colour=red", "Observation?_count=many"])
def test_a_search_that_cannot_be_honoured_is_a_400(fixtures: Rig, path: str) -> None:
    assert fixtures.get(path).status_code == 400


def test_a_search_that_finds_nothing_has_a_total_and_no_empty_list(fixtures: Rig) -> None:
    bundle = fixtures.json("Observation?patient=nobody")
    assert bundle["total"] == 0
    assert "entry" not in bundle


def test_pages_follow_each_other_until_everything_was_given(tmp_path: Path) -> None:
    write_bundle(tmp_path, observations(2 * PAGE + 1))
    rig = Rig(tmp_path)
    sizes, given = [], []
    path = "Observation?patient=p"
    while path:
        page = rig.json(path)
        sizes.append(len(page["entry"]))
        given += [entry["resource"]["id"] for entry in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        path = links.get("next", "").rpartition("/fhir/")[2]
    assert sizes == [PAGE, PAGE, 1]
    assert given == [f"o{i}" for i in range(2 * PAGE + 1)]


def test_a_page_is_as_long_as_asked_for(tmp_path: Path) -> None:
    write_bundle(tmp_path, observations(3))
    page = Rig(tmp_path).json("Observation?patient=p&_count=2")
    assert (len(page["entry"]), page["total"]) == (2, 3)


def test_references_by_full_url_become_references_of_this_server(tmp_path: Path) -> None:
    write_bundle(tmp_path, observations(1))
    found = Rig(tmp_path).json("Observation/o0")
    assert found["subject"] == {"reference": "Patient/p"}


def test_numbers_keep_their_value(tmp_path: Path) -> None:
    value = {"value": 0.021, "unit": "%"}
    write_bundle(tmp_path, [{"resourceType": "Observation", "id": "o", "valueQuantity": value}])
    assert Rig(tmp_path).json("Observation/o")["valueQuantity"] == value


def test_an_id_that_two_records_share_stops_the_start(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_bundle(tmp_path, observations(1), name)
    with pytest.raises(ValueError, match="used before"):
        Ehr(tmp_path)


@pytest.fixture
def referring(tmp_path: Path) -> Rig:
    """An order that refers to its drug, and one that names it."""
    order: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "subject": {"reference": "urn:uuid:p"},
    }
    drug: dict[str, Any] = {"medicationReference": {"reference": "urn:uuid:drug"}}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "p"},
        {"resourceType": "Medication", "id": "drug", "code": {"text": "gilteritinib"}},
        {**order, "id": "a", **drug},
        {**order, "id": "b", "medicationCodeableConcept": {"text": "venetoclax"}},
    ]
    write_bundle(tmp_path, resources)
    return Rig(tmp_path)


def test_medications_come_with_the_orders_that_refer_to_them(referring: Rig) -> None:
    bundle = referring.json("MedicationRequest?patient=p&_include=MedicationRequest:medication")
    given = [(e["search"]["mode"], e["resource"]["id"]) for e in bundle["entry"]]
    assert given == [("match", "a"), ("match", "b"), ("include", "drug")]
    assert bundle["total"] == 2


@pytest.mark.parametrize(
    "path", ["MedicationRequest?_include=MedicationRequest:subject", "Observation?_include=x"]
)
def test_an_include_that_is_not_offered_is_a_400(referring: Rig, path: str) -> None:
    assert referring.get(path).status_code == 400


def test_the_key_to_one_record_opens_what_is_about_nobody(referring: Rig) -> None:
    token = referring.ehr.tokens.issue("p", "patient/*.rs", 60)
    for path, status in (("Medication/drug", 200), ("Patient/p", 200), ("Patient/q", 404)):
        answer = referring.http.get(
            f"/fhir/{path}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("resource", "patient"),
    [
        ({"subject": {"reference": "Patient/a"}}, "a"),
        ({"patient": {"reference": "https://ehr.example/fhir/Patient/a/_history/2"}}, "a"),
        ({"subject": {"reference": "Group/a"}}, ""),
        ({"subject": {"reference": "#a"}}, ""),
        ({"subject": {"identifier": {"value": "a"}}}, ""),
        ({"subject": "Patient/a"}, ""),
        ({"resourceType": "Patient", "id": "b"}, "b"),
    ],
)
def test_whom_a_resource_is_about_is_read_from_its_subject(
    resource: dict[str, Any], patient: str
) -> None:
    assert patient_of({"resourceType": "Observation"} | resource) == patient


def test_the_capability_page_needs_no_token_and_names_what_is_searched(fixtures: Rig) -> None:
    response = fixtures.http.get("/fhir/metadata")
    assert response.json is not None
    assert response.json["fhirVersion"] == "4.0.1"
    [rest] = response.json["rest"]
    stated = {r["type"]: {p["name"] for p in r["searchParam"]} for r in rest["resource"]}
    assert stated == {kind: {"_id", *names} for kind, names in PARAMETERS.items()}


@pytest.mark.parametrize("path", sorted(PATIENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_resource_of_a_record_is_found_by_its_patient(fixtures: Rig, path: Path) -> None:
    record = resources_of(json.loads(path.read_bytes()))
    kinds = {str(each["resourceType"]) for each in record} - {"Patient"}
    given = {
        f"{kind}/{entry['resource']['id']}"
        for kind in kinds
        for entry in fixtures.json(f"{kind}?patient={path.stem}&_count=50").get("entry", [])
    }
    own = {f"{each['resourceType']}/{each['id']}" for each in record}
    assert given == own - {f"Patient/{path.stem}"}
