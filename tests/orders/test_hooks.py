"""The order hooks over the real application: the order cases, and what the cards carry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from aml.assessment import SCHEMA
from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.settings import Settings
from tests.orders.calls import SELECT, SIGN, call, prescription, request
from tests.orders.situations import library as shelf
from tests.support import HOOKS

ASSESSMENT = "org.rraml.assessment"
ORDERED = {"resourceType": "MedicationRequest", "id": "request-123"}
TODAY = "2026-06-01"

each_service = pytest.mark.parametrize("service", [SIGN, SELECT])


@pytest.fixture
def library() -> Library:
    return shelf()


@pytest.fixture
def client(library: Library) -> FlaskClient:
    return create_app(Settings(allow_replay=True), library).test_client()


def answer(client: FlaskClient, patient: str, *drafts: Any, **how: Any) -> dict[str, Any]:
    body = call(patient, *drafts, **how)
    response = client.post(f"/cds-services/{how.get('service', SIGN)}", json=body)
    assert response.status_code == 200, response.text
    return dict(response.get_json())


def cards(client: FlaskClient, patient: str, *drafts: Any, **how: Any) -> list[dict[str, Any]]:
    return list(answer(client, patient, *drafts, **how)["cards"])


def topic(card: dict[str, Any]) -> str:
    return str(card["source"]["topic"]["code"])


def actions(card: dict[str, Any]) -> list[list[tuple[str, str]]]:
    """Of each suggestion its actions: the type, and what it deletes or creates."""
    return [
        [
            (a["type"], a.get("resourceId") or a["resource"]["resourceType"])
            for a in suggestion["actions"]
        ]
        for suggestion in card.get("suggestions", [])
    ]


GILTERITINIB = prescription("gilteritinib 40 mg tablets")
DELETED = ("delete", "MedicationRequest/request-123")


@each_service
def test_the_right_drug_draws_no_alert(client: FlaskClient, service: str) -> None:
    said = answer(client, "patient-1-relapse", GILTERITINIB, service=service)
    assert said["cards"] == []
    assert said["extension"][ASSESSMENT]["diseaseState"] == "relapse"


@each_service
def test_a_target_that_was_lost_is_critical_and_the_draft_can_go(
    client: FlaskClient, service: str
) -> None:
    [card] = cards(client, "order-target-lost", GILTERITINIB, service=service)
    assert (topic(card), card["indicator"]) == ("order-target-absent", "critical")
    assert actions(card) == [[DELETED]]
    assert "FLT3-ITD not found" in card["summary"]
    assert "FLT3-TKD" in card["detail"]


@each_service
def test_donor_lymphocytes_with_active_gvhd_are_critical(
    client: FlaskClient, service: str
) -> None:
    order = request("Donor lymphocyte infusion")
    [card] = cards(client, "order-dli-with-gvhd", order, service=service)
    assert (topic(card), card["indicator"]) == ("order-contraindicated", "critical")
    assert actions(card) == [[("delete", "ServiceRequest/service-1")]]


@each_service
def test_venetoclax_on_posaconazole_is_a_warning(client: FlaskClient, service: str) -> None:
    order = prescription("venetoclax 400 mg daily")
    [card] = cards(client, "order-venetoclax-posaconazole", order, service=service)
    assert (topic(card), card["indicator"]) == ("order-interaction", "warning")
    assert "70 mg with posaconazole" in card["detail"]


def test_the_dose_beside_posaconazole_is_that_of_the_place(client: FlaskClient) -> None:
    order = prescription("venetoclax 400 mg daily")
    [card] = cards(client, "order-venetoclax-posaconazole", order, jurisdiction="EU")
    assert "100 mg or less" in card["detail"]
    assert "70 mg" not in card["detail"]


def test_an_option_that_fits_can_take_the_place_of_the_draft(client: FlaskClient) -> None:
    [card] = cards(client, "order-target-lost", GILTERITINIB, day=TODAY)
    delete, replace, *_ = card["suggestions"]
    assert [action["type"] for action in delete["actions"]] == ["delete"]
    create, removed = replace["actions"]
    drug = create["resource"]["medicationCodeableConcept"]
    assert drug["text"] == "revumenib"
    assert create["resource"]["subject"] == {"reference": "Patient/order-target-lost"}
    assert (removed["type"], removed["resourceId"]) == DELETED


def test_an_option_that_is_ordered_already_is_not_offered_again(client: FlaskClient) -> None:
    drafts = [GILTERITINIB, prescription("midostaurin 50 mg", "m")]
    [card] = cards(client, "patient-1-relapse", *drafts)
    assert topic(card) == "order-not-approved"
    assert actions(card) == [[("delete", "MedicationRequest/m")]]


def test_an_option_that_would_draw_an_alert_is_not_offered(client: FlaskClient) -> None:
    beside = prescription("rifampicin 600 mg", "other")
    card, *_ = cards(client, "order-target-lost", GILTERITINIB, beside, day=TODAY)
    assert actions(card) == [[DELETED]]


def test_a_missing_test_can_be_added_or_come_first(client: FlaskClient) -> None:
    [card] = cards(client, "patient-1-relapse", prescription("ivosidenib 500 mg"))
    assert (topic(card), card["indicator"]) == ("order-target-unknown", "warning")
    test = ("create", "ServiceRequest")
    assert actions(card) == [[test], [DELETED, test]]


def test_a_test_that_is_ordered_already_is_not_offered(client: FlaskClient) -> None:
    drafts = [prescription("ivosidenib 500 mg"), request("Myeloid NGS panel")]
    [card] = cards(client, "patient-1-relapse", *drafts)
    assert topic(card) == "order-target-unknown"
    assert "suggestions" not in card


def test_each_draft_has_one_card_and_the_gravest_stands_first(client: FlaskClient) -> None:
    drafts = [prescription("ivosidenib 500 mg", "a"), prescription("quizartinib", "b")]
    drafts += [prescription("gilteritinib 40 mg", "c"), prescription("enasidenib", "d")]
    found = cards(client, "order-target-lost", *drafts)
    assert [topic(card) for card in found] == [
        "order-target-absent",
        "order-target-absent",
        "order-interaction",
        "order-target-unknown",
    ]
    assert len({card["extension"]["org.rraml.draft"] for card in found}) == len(found)


def test_only_selected_orders_are_judged_but_with_the_others_beside_them(
    client: FlaskClient,
) -> None:
    drafts = [prescription("venetoclax 100 mg", "v"), prescription("posaconazole", "p")]
    body = call("patient-1-relapse", *drafts, service=SELECT)
    body["context"]["selections"] = ["MedicationRequest/p"]
    [card] = client.post(f"/cds-services/{SELECT}", json=body).get_json()["cards"]
    assert card["extension"]["org.rraml.draft"] == "MedicationRequest/p"
    assert topic(card) == "order-interaction"
    body["context"]["selections"] = []
    assert client.post(f"/cds-services/{SELECT}", json=body).get_json()["cards"] == []


@each_service
def test_the_assessment_carries_the_patients_alerts_and_those_on_orders(
    client: FlaskClient, service: str
) -> None:
    said = answer(client, "order-target-lost", GILTERITINIB, service=service)
    assessment = said["extension"][ASSESSMENT]
    drafts = {alert["code"]: alert.get("draft") for alert in assessment["alerts"]}
    assert drafts == {
        "target-lost": None,
        "order-target-absent": "MedicationRequest/request-123",
    }
    Draft202012Validator(SCHEMA).validate(assessment)


@each_service
def test_the_state_card_is_left_to_the_chart(client: FlaskClient, service: str) -> None:
    found = cards(client, "order-target-lost", GILTERITINIB, service=service)
    assert "disease-state" not in {topic(card) for card in found}


@pytest.mark.parametrize(
    "patient", ["not-aml", "apl", "fifteen-years-old", "deceased", "merged", "test-tagged"]
)
def test_patients_out_of_scope_draw_no_order_card(client: FlaskClient, patient: str) -> None:
    drafts = [GILTERITINIB, prescription("venetoclax 400 mg", "v")]
    drafts += [prescription("posaconazole 300 mg", "p"), request("Donor lymphocyte infusion")]
    assert cards(client, patient, *drafts, day=TODAY) == []


@pytest.mark.parametrize(
    "said", ["paracetamol 500 mg", "ondansetron 8 mg", "filgrastim 480 mcg", "morphine 10 mg"]
)
def test_supportive_care_draws_no_card(client: FlaskClient, said: str) -> None:
    assert cards(client, "order-target-lost", prescription(said)) == []


def test_ids_stay_the_same_in_one_call_and_differ_between_calls(client: FlaskClient) -> None:
    first = cards(client, "order-target-lost", GILTERITINIB)
    assert first == cards(client, "order-target-lost", GILTERITINIB)
    body = call("order-target-lost", GILTERITINIB)
    other = {**body, "hookInstance": "9c1a4a6e-0000-4000-8000-1b1e4a6e0001"}
    [card] = client.post(f"/cds-services/{SIGN}", json=other).get_json()["cards"]
    assert card["uuid"] != first[0]["uuid"]


def test_words_of_an_order_do_nothing_on_a_card(client: FlaskClient) -> None:
    order = prescription("gilteritinib <b onclick='x'>40 mg</b>")
    [card] = cards(client, "order-target-lost", order)
    assert "<" not in card["detail"] + card["summary"]


def test_summaries_stay_below_the_limit(client: FlaskClient) -> None:
    drafts = [prescription(drug, drug) for drug in ("quizartinib", "ivosidenib", "enasidenib")]
    for card in cards(client, "order-venetoclax-posaconazole", *drafts):
        assert len(card["summary"]) < 140


def test_a_right_order_is_acknowledged_where_a_site_asks_for_it(library: Library) -> None:
    settings = Settings(allow_replay=True, acknowledge_orders=True)
    site = create_app(settings, library).test_client()
    [card] = cards(site, "patient-1-relapse", GILTERITINIB)
    assert (topic(card), card["indicator"]) == ("gilteritinib", "info")
    assert card["extension"]["org.rraml.codes"] == ["gilteritinib"]
    assert "differentiation syndrome" in card["detail"]
    assert "Not checked, not on record or too old: QTcF, potassium" in card["detail"]


@pytest.mark.parametrize("service", [SIGN, SELECT])
def test_the_kept_hook_request_is_the_one_made_from_its_bundle(service: str) -> None:
    hook = service.removeprefix("rraml-")
    kept = (HOOKS / f"{hook}-order-target-lost.json").read_text(encoding="utf-8")
    assert json.loads(kept) == call("order-target-lost", GILTERITINIB, service=service)


@each_service
@pytest.mark.parametrize("key", ["observations", "requests"])
def test_an_alert_on_half_a_record_says_that_it_is_half(
    client: FlaskClient, service: str, key: str
) -> None:
    body = call(
        "order-target-lost", prescription("gilteritinib 40 mg tablets"), service=service
    )
    whole = client.post(f"/cds-services/{service}", json=body).get_json()
    del body["prefetch"][key]
    half = client.post(f"/cds-services/{service}", json=body).get_json()
    assert "could not be read" not in whole["cards"][0]["detail"]
    assert half["cards"]
    for card in half["cards"]:
        assert f"not read in full: {key} (" in card["detail"]
