"""What is remembered of an answer, and that remembering never stands in its way."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.facts import facts_behind
from cds_service.settings import Settings
from cds_service.store import Store
from tests.cds_service.ehr import call_of
from tests.cds_service.outcomes import AML
from tests.cds_service.service import PATIENT_VIEW
from tests.support import PREFETCH

HOOK = f"/cds-services/{PATIENT_VIEW}"
CALL = call_of(AML, "patient", *PREFETCH)
BROKEN = "sqlite:////no/such/folder/store.sqlite3"
DAY = {"allow_replay": True}


@pytest.fixture
def store() -> Store:
    return Store("sqlite://")


def client_of(library: Library, store: Store, **settings: Any) -> FlaskClient:
    return create_app(Settings(**settings), library, store=store).test_client()


def open_chart(client: FlaskClient, **members: Any) -> dict[str, Any]:
    """The answer as a client has it when the connection is done with."""
    with client.post(HOOK, json=CALL | members) as response:
        assert response.status_code == 200
        return dict(response.get_json())


def test_every_card_is_remembered_with_what_it_was_about(
    library: Library, store: Store
) -> None:
    cards = open_chart(client_of(library, store))["cards"]
    rows = {row["uuid"]: row for row in store.cards()}
    assert rows.keys() == {card["uuid"] for card in cards}
    for card in cards:
        row = rows[card["uuid"]]
        assert row["topic"] == card["source"]["topic"]["code"]
        assert row["codes"] == card.get("extension", {}).get("org.rraml.codes", [])
        assert (row["client"], row["service"], row["silent"]) == ("", PATIENT_VIEW, False)
        assert len(row["patient_key"]) == len(row["facts_key"]) == 64


def test_nothing_of_the_patient_is_in_the_store(library: Library, store: Store) -> None:
    open_chart(client_of(library, store))
    text = str(store.cards())
    for private in (AML, "Practitioner/example", "2021-12-10", "Observation/"):
        assert private not in text


def test_a_silent_answer_is_remembered_as_what_it_would_have_been(
    library: Library, store: Store
) -> None:
    answer = open_chart(client_of(library, store, mode="silent"))
    assert answer == {"cards": []}
    assert {row["silent"] for row in store.cards()} == {True}


def test_an_answer_without_cards_leaves_no_row(library: Library, store: Store) -> None:
    client = client_of(library, store)
    with client.post(HOOK, json=call_of("not-aml", "patient", "conditions")) as response:
        assert response.get_json()["cards"] == []
    assert store.cards() == []


def test_another_day_leaves_the_facts_as_they_were(library: Library, store: Store) -> None:
    client = client_of(library, store, **DAY)
    for number, day in enumerate(("2022-01-03", "2022-01-04")):
        replay = {"org.rraml.replay": {"asOf": day}}
        open_chart(client, hookInstance=f"instance-{number}", extension=replay)
    keys: dict[str, set[str]] = {}
    for row in store.cards():
        keys.setdefault(row["topic"], set()).add(row["facts_key"])
    assert keys and all(len(same) == 1 for same in keys.values())


ASSESSMENT: dict[str, Any] = {
    "asOf": "2022-01-03",
    "knowledgeVersion": "2026.11",
    "diseaseState": "relapse",
    "stateSince": "2022-01-01",
    "recommendations": [
        {"code": "gilteritinib", "basedOn": ["Observation/1"]},
        {"code": "donor-search", "basedOn": ["Observation/2"]},
    ],
    "alerts": [{"code": "target-lost"}],
}


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"asOf": "2023-01-01", "knowledgeVersion": "2027.01"}, True),
        ({"recommendations": ASSESSMENT["recommendations"][:1]}, True),
        ({"stateSince": "2022-01-02"}, False),
        ({"diseaseState": "refractory"}, False),
        ({"recommendations": [{"code": "gilteritinib", "basedOn": ["Observation/3"]}]}, False),
    ],
)
def test_the_facts_behind_a_card_are_those_of_its_codes(
    changed: dict[str, Any], same: bool
) -> None:
    before = facts_behind(["gilteritinib"], ASSESSMENT)
    assert (facts_behind(["gilteritinib"], ASSESSMENT | changed) == before) is same


def test_the_facts_behind_the_state_card_are_the_state_and_what_is_wrong_with_it() -> None:
    before = facts_behind(["disease-state"], ASSESSMENT)
    assert facts_behind(["disease-state"], ASSESSMENT | {"alerts": []}) != before
    assert facts_behind(["disease-state"], ASSESSMENT | {"recommendations": []}) == before


def test_a_store_that_fails_is_no_reason_not_to_answer(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(library, Store(BROKEN))
    assert open_chart(client)["cards"]
    assert open_chart(client)["cards"]
    assert "cards that were shown are not remembered: the database cannot" in caplog.text
    assert caplog.text.count("earlier cards are not known: the database cannot") == 1
    assert AML not in caplog.text
    said = client.get("/health/ready").get_json()
    assert (said["status"], said["store"], said["storeFailures"]) == ("ready", "not ready", 3)
