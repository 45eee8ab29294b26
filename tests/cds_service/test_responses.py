"""What is sent keeps the specification, field by field, for every fixture patient."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.hooks import SERVICES, discovery
from cds_service.settings import Settings
from tests.cds_service.ehr import call_of
from tests.cds_service.service import PATIENT_VIEW
from tests.support import PATIENTS, PREFETCH

HOOK = f"/cds-services/{PATIENT_VIEW}"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DOMAIN = re.compile(r"[a-z]+(\.[A-Za-z0-9-]+)+")
LISTED = {
    "hook", "title", "description", "id", "prefetch", "usageRequirements", "version",
    "hookVersion", "extension",
}  # fmt: skip
ON_A_CARD = {
    "uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior",
    "overrideReasons", "links", "extension",
}  # fmt: skip
Json = dict[str, Any]


@pytest.fixture(scope="module")
def client(library: Library) -> FlaskClient:
    return create_app(Settings(allow_replay=True), library).test_client()


@pytest.fixture(scope="module")
def answers(client: FlaskClient) -> list[Json]:
    replay = {"extension": {"org.rraml.replay": {"asOf": "2026-08-02"}}}
    names = sorted(path.stem for path in PATIENTS.glob("*.json"))
    calls = [call_of(name, "patient", *PREFETCH) | replay for name in names]
    return [client.post(HOOK, json=call).get_json() for call in calls]


@pytest.fixture(scope="module")
def cards(answers: list[Json]) -> list[Json]:
    return [card for answer in answers for card in answer["cards"]]


@pytest.fixture(scope="module")
def suggestions(cards: list[Json]) -> list[Json]:
    return [suggestion for card in cards for suggestion in card.get("suggestions", [])]


@pytest.fixture(scope="module")
def actions(suggestions: list[Json]) -> list[Json]:
    return [action for suggestion in suggestions for action in suggestion["actions"]]


@pytest.mark.covers("DISC-05", "DISC-06", "SBX-01")
def test_every_hook_has_an_id_of_its_own_that_is_fit_for_an_address() -> None:
    ids = [service.id for service in SERVICES]
    assert len(set(ids)) == len(ids) == len({service.hook for service in SERVICES})
    for service in SERVICES:
        assert re.fullmatch(r"[a-z-]+", service.id)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", service.hook)


@pytest.mark.covers("DISC-13")
def test_a_listed_service_has_only_what_the_specification_names() -> None:
    listed: Any = discovery("full")["services"]
    assert not [name for service in listed for name in service if name not in LISTED]


@pytest.mark.covers("RESP-01")
def test_nothing_is_empty_but_the_list_of_cards(answers: list[Json]) -> None:
    for answer in answers:
        rest = {**answer, "cards": answer["cards"] or ["none"]}
        assert not [value for value in _values(rest) if value in (None, "", [], {})]


@pytest.mark.covers("RESP-02")
def test_own_members_are_in_extensions_under_a_domain(answers: list[Json]) -> None:
    for answer in answers:
        assert answer.keys() <= {"cards", "extension"}
        for part in (answer, *answer["cards"]):
            assert all(DOMAIN.fullmatch(name) for name in part.get("extension", {}))


@pytest.mark.covers("CARD-01", "CARD-02", "CARD-03")
def test_a_card_says_what_how_urgent_and_from_where(cards: list[Json]) -> None:
    assert len(cards) > 20
    for card in cards:
        assert card.keys() <= ON_A_CARD
        assert 0 < len(card["summary"]) < 140
        assert "\n" not in card["summary"]
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"]
        assert _absolute(card["source"]["url"])
        assert card["source"]["topic"]["system"] and card["source"]["topic"]["code"]


@pytest.mark.covers("SBX-12")
def test_cards_stand_as_a_client_that_sorts_them_by_urgency_leaves_them(
    answers: list[Json],
) -> None:
    urgency = {"critical": 0, "warning": 1, "info": 2}
    for answer in answers:
        ranks = [urgency[card["indicator"]] for card in answer["cards"]]
        assert ranks == sorted(ranks)


@pytest.mark.covers("CARD-04", "CARD-05", "SBX-14")
def test_every_card_and_suggestion_has_a_uuid_of_its_own(answers: list[Json]) -> None:
    for answer in answers:
        parts = [p for card in answer["cards"] for p in (card, *card.get("suggestions", []))]
        uuids = [part["uuid"] for part in parts]
        assert all(UUID.fullmatch(uuid) for uuid in uuids)
        assert len(set(uuids)) == len(uuids)


@pytest.mark.covers("CARD-06")
def test_no_card_holds_html(cards: list[Json]) -> None:
    for card in cards:
        assert not re.search(r"<\s*[a-z/!]", card["detail"] + card["summary"], re.IGNORECASE)


@pytest.mark.covers("CARD-07", "SUG-02")
def test_of_suggestions_one_may_be_chosen_and_none_is_preferred(cards: list[Json]) -> None:
    for card in cards:
        chosen = card.get("selectionBehavior")
        assert chosen == ("at-most-one" if card.get("suggestions") else None)
        assert not [s for s in card.get("suggestions", []) if "isRecommended" in s]


@pytest.mark.covers("CARD-08")
def test_every_card_can_be_overridden_for_a_reason(cards: list[Json]) -> None:
    for card in cards:
        reasons = card["overrideReasons"]
        assert reasons
        assert all(r["code"] and r["system"] and r["display"] for r in reasons)


@pytest.mark.covers("SUG-01", "SUG-03")
def test_a_suggestion_has_a_label_and_asks_nothing_new_of_the_client(
    suggestions: list[Json],
) -> None:
    assert suggestions
    for suggestion in suggestions:
        assert suggestion["label"]
        assert "actionSelectionBehavior" not in suggestion


@pytest.mark.covers("ACT-01", "ACT-02", "ACT-03")
def test_an_action_creates_one_whole_draft(
    suggestions: list[Json], actions: list[Json]
) -> None:
    assert len(actions) == len(suggestions)
    for action in actions:
        assert action["type"] == "create"
        assert action["description"]
        assert action["resource"]["resourceType"] in ("MedicationRequest", "ServiceRequest")
        assert action["resource"]["subject"]["reference"].startswith("Patient/")


@pytest.mark.covers("SYS-01", "SBX-15", "SBX-16")
def test_without_a_page_there_are_no_links_nor_ever_system_actions(answers: list[Json]) -> None:
    for answer in answers:
        assert "systemActions" not in answer
        assert not [card for card in answer["cards"] if "links" in card]


@pytest.mark.covers("REQ-08")
@pytest.mark.parametrize("instance", ["not-a-uuid", "urn:uuid:1", "é", "1" * 2000])
def test_any_text_may_name_an_instance(client: FlaskClient, instance: str) -> None:
    call = call_of("patient-2", "patient", *PREFETCH) | {"hookInstance": instance}
    response = client.post(HOOK, json=call)
    assert response.status_code == 200
    assert all(UUID.fullmatch(card["uuid"]) for card in response.get_json()["cards"])


@pytest.mark.covers("SBX-02", "SBX-07")
def test_a_call_of_the_public_sandbox_is_answered(client: FlaskClient) -> None:
    call = call_of("patient-2", "patient", *PREFETCH)
    call["context"].pop("encounterId", None)
    call |= {"fhirServer": "https://launch.smarthealthit.org/v/r2/fhir"}
    response = client.post(HOOK, json=call, headers={"Accept": "application/json"})
    assert response.status_code == 200
    assert response.get_json()["cards"]


@pytest.mark.covers("FB-00")
def test_every_service_has_its_address_for_feedback(client: FlaskClient) -> None:
    for service in SERVICES:
        assert client.get(f"/cds-services/{service.id}/feedback").status_code == 405


@pytest.mark.covers("SEC-02")
@pytest.mark.parametrize(
    "path", ["/console", f"{HOOK}?__debugger__=yes&cmd=resource&f=debugger.js"]
)
def test_there_is_no_debugger(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (404, 405)


def _absolute(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname)


def _values(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _values(each)
