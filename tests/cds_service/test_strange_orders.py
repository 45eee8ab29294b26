"""Draft orders as no specification describes them: answered all the same, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.settings import Settings
from tests.support import HOOKS

DAY = {"org.rraml.replay": {"asOf": "2022-01-12"}}
SUBJECT = {"subject": {"reference": "Patient/order-target-lost"}}
ORDER = {"resourceType": "MedicationRequest", "id": "request-123", "status": "draft", **SUBJECT}
DRUG = {"medicationCodeableConcept": {"text": "gilteritinib 40 mg tablets"}}
DSTU2 = {"resourceType": "MedicationOrder", "id": "order-123", "patient": SUBJECT["subject"]}

each_hook = pytest.mark.parametrize("hook", ["order-select", "order-sign"])


@pytest.fixture(scope="module")
def client(library: Library) -> FlaskClient:
    return create_app(Settings(allow_replay=True), library).test_client()


def call_of(hook: str, **context: Any) -> dict[str, Any]:
    path = HOOKS / f"{hook}-order-target-lost.json"
    call: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return call | {"context": call["context"] | context, "extension": DAY}


def status(client: FlaskClient, hook: str, **context: Any) -> int:
    return client.post(f"/cds-services/rraml-{hook}", json=call_of(hook, **context)).status_code


def bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


STRANGE: dict[str, Any] = {
    "no entries": {"resourceType": "Bundle", "type": "collection"},
    "an entry without resource": {"resourceType": "Bundle", "entry": [{}]},
    "an entry that is null": {"resourceType": "Bundle", "entry": [None]},
    "entries no list": {"resourceType": "Bundle", "entry": {"resource": ORDER}},
    "a resource without type": bundle({"id": "1"}),
    "no drug yet": bundle(ORDER),
    "a drug by reference": bundle(
        ORDER | {"medicationReference": {"reference": "Medication/1"}}
    ),
    "a drug that is a list": bundle(ORDER | {"medicationCodeableConcept": [7]}),
    "a category that is an object": bundle(ORDER | DRUG | {"category": {"coding": [{}]}}),
    "another kind of order": bundle({"resourceType": "NutritionOrder", "id": "n", **SUBJECT}),
    "a service": bundle({"resourceType": "ServiceRequest", "id": "s", "code": 7, **SUBJECT}),
    "the same twice": bundle(ORDER | DRUG, ORDER | DRUG),
}


@pytest.mark.covers("CTX-05", "SBX-02")
@each_hook
@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_draft_does_no_harm(client: FlaskClient, hook: str, name: str) -> None:
    assert status(client, hook, draftOrders=STRANGE[name]) == 200


@pytest.mark.covers("SBX-03")
@each_hook
def test_a_draft_of_an_older_fhir_does_no_harm(client: FlaskClient, hook: str) -> None:
    assert status(client, hook, draftOrders=bundle(DSTU2 | DRUG)) == 200


@pytest.mark.covers("CTX-06")
@pytest.mark.parametrize(
    "selections", [[], ["MedicationRequest/not-there"], ["request-123"], [7], [None]], ids=str
)
def test_selections_that_match_nothing_do_no_harm(
    client: FlaskClient, selections: list[Any]
) -> None:
    assert status(client, "order-select", selections=selections) == 200


@pytest.mark.covers("CTX-01", "CTX-02")
@each_hook
@pytest.mark.parametrize("value", [None, "text", 7, [], {"resourceType": "Patient"}], ids=str)
def test_drafts_that_are_no_bundle_are_refused(
    client: FlaskClient, hook: str, value: object
) -> None:
    assert status(client, hook, draftOrders=value) == 400


@pytest.mark.covers("SBX-13", "ACT-01", "ACT-02", "CARD-07")
@each_hook
def test_what_replaces_or_drops_an_order_comes_first_and_whole(
    client: FlaskClient, hook: str
) -> None:
    answer = client.post(f"/cds-services/rraml-{hook}", json=call_of(hook)).get_json()
    suggestions = [s for card in answer["cards"] for s in card.get("suggestions", [])]
    assert suggestions
    for action in (action for each in suggestions for action in each["actions"]):
        assert action["description"]
        if action["type"] == "delete":
            assert action["resourceId"] == "MedicationRequest/request-123"
            assert "resource" not in action
        else:
            assert action["resource"]["resourceType"]
    for first in (each["actions"][0] for each in suggestions):
        drug = first.get("resource", {}).get("medicationCodeableConcept")
        assert drug is None or drug["text"]
