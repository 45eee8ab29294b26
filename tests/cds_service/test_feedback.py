"""What a client says about a card: what is taken, what is refused, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.store import Store
from tests.cds_service.ehr import call_of
from tests.cds_service.outcomes import AML, issue_of
from tests.cds_service.service import PATIENT_VIEW
from tests.support import PREFETCH

HOOK = f"/cds-services/{PATIENT_VIEW}"
FEEDBACK = f"{HOOK}/feedback"
CARD = "0b2a5b0e-0000-4000-8000-00000000000a"
SUGGESTION = "0b2a5b0e-0000-4000-8000-00000000000b"
OVERRIDDEN: dict[str, Any] = {
    "card": CARD,
    "outcome": "overridden",
    "outcomeTimestamp": "2026-01-02T03:04:05Z",
}
ACCEPTED = OVERRIDDEN | {"outcome": "accepted", "acceptedSuggestions": [{"id": SUGGESTION}]}
REASON = {"code": "patient-refuses", "system": "http://example.org/r", "display": "Refused"}
ABSENT = object()


@pytest.fixture
def store() -> Store:
    return Store("sqlite://")


@pytest.fixture
def client(library: Library, store: Store) -> FlaskClient:
    return create_app(Settings(), library, store=store).test_client()


def entry(base: Mapping[str, Any] = OVERRIDDEN, **members: Any) -> dict[str, Any]:
    return {name: v for name, v in ({**base} | members).items() if v is not ABSENT}


def override(**members: Any) -> dict[str, Any]:
    return entry(overrideReason=members)


TAKEN: dict[str, dict[str, Any]] = {
    "accepted": ACCEPTED,
    "two suggestions": entry(ACCEPTED, acceptedSuggestions=[{"id": CARD}, {"id": SUGGESTION}]),
    "overridden": OVERRIDDEN,
    "a reason": override(reason=REASON),
    "a comment": override(userComment="because"),
    "both": override(reason=REASON, userComment="because"),
    "a reason without system": override(reason={"code": "x"}),
    "a reason and an empty comment": override(reason={"code": "x"}, userComment=""),
    "a reason and a null comment": override(reason={"code": "x"}, userComment=None),
    "no reason, said so": entry(overrideReason=None),
    "no suggestions, said so": entry(acceptedSuggestions=None),
    "capitals": entry(card=CARD.upper()),
    "members of a later version": entry(future=1, extension={"com.example": True}),
    "fractions of a second": entry(outcomeTimestamp="2026-01-02T03:04:05.678901234Z"),
    "an offset of zero": entry(outcomeTimestamp="2026-01-02T03:04:05+00:00"),
    "small letters": entry(outcomeTimestamp="2026-01-02t03:04:05z"),
}


@pytest.mark.covers("FB-01", "FB-02", "SBX-04")
@pytest.mark.parametrize("name", TAKEN)
def test_feedback_is_taken(client: FlaskClient, store: Store, name: str) -> None:
    response = client.post(FEEDBACK, json={"feedback": [TAKEN[name]]})
    assert (response.status_code, response.get_json()) == (200, {})
    [row] = store.feedback()
    assert (row["card"], row["outcome"]) == (CARD, TAKEN[name]["outcome"])
    assert row["outcome_timestamp"].replace(microsecond=0) == datetime(
        2026, 1, 2, 3, 4, 5, tzinfo=UTC
    )


def test_what_was_said_is_kept_as_it_was_said(client: FlaskClient, store: Store) -> None:
    said = override(reason=REASON, userComment="≥ 5 % – <b>später</b>\x00\ud800")
    client.post(FEEDBACK, json={"feedback": [said, ACCEPTED]})
    first, second = store.feedback()
    assert (first["reason_code"], first["reason_system"], first["reason_display"]) == (
        "patient-refuses", "http://example.org/r", "Refused",
    )  # fmt: skip
    assert first["user_comment"] == "≥ 5 % – <b>später</b>\ufffd\ufffd"
    assert second["accepted_suggestions"] == [SUGGESTION]
    assert (first["client"], first["service"]) == ("", PATIENT_VIEW)


@pytest.mark.covers("FB-03")
def test_several_entries_and_the_same_card_again_are_all_kept(
    client: FlaskClient, store: Store
) -> None:
    later = entry(outcomeTimestamp="2026-01-02T03:04:06Z")
    for _ in range(2):
        client.post(FEEDBACK, json={"feedback": [OVERRIDDEN, later, ACCEPTED]})
    assert len(store.feedback()) == 6


def _whole(**members: Any) -> bytes:
    return json.dumps({"feedback": [entry(**members)]}).encode()


# name: body, and the element at fault
REFUSED: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", ""),
    "empty": (b"", ""),
    "a list": (b"[]", ""),
    "an object": (b"{}", "feedback"),
    "null": (b'{"feedback": null}', "feedback"),
    "a text": (b'{"feedback": "Kowalski"}', "feedback"),
    "no entries": (b'{"feedback": []}', "feedback"),
    "an entry that is none": (b'{"feedback": [1]}', "feedback.0"),
    "too many": (json.dumps({"feedback": [OVERRIDDEN] * 201}).encode(), "feedback"),
    "deep": (b'{"feedback": ' + b"[" * 60_000, ""),
    "no card": (_whole(card=ABSENT), "feedback.0.card"),
    "card a number": (_whole(card=7), "feedback.0.card"),
    "card no uuid": (_whole(card="Kowalski"), "feedback.0.card"),
    "card a urn": (_whole(card=f"urn:uuid:{CARD}"), "feedback.0.card"),
    "card in braces": (_whole(card=f"{{{CARD[:34]}}}"), "feedback.0.card"),
    "no outcome": (_whole(outcome=ABSENT), "feedback.0.outcome"),
    "an outcome there is not": (_whole(outcome="ignored"), "feedback.0.outcome"),
    "no time": (_whole(outcomeTimestamp=ABSENT), "feedback.0.outcomeTimestamp"),
    "a word": (_whole(outcomeTimestamp="yesterday"), "feedback.0.outcomeTimestamp"),
    "a number": (_whole(outcomeTimestamp=5), "feedback.0.outcomeTimestamp"),
    "a day": (_whole(outcomeTimestamp="2026-01-02"), "feedback.0.outcomeTimestamp"),
    "no zone": (_whole(outcomeTimestamp="2026-01-02T03:04:05"), "feedback.0.outcomeTimestamp"),
    "another zone": (
        _whole(outcomeTimestamp="2026-01-02T03:04:05+02:00"), "feedback.0.outcomeTimestamp",
    ),
    "no such day": (
        _whole(outcomeTimestamp="2026-02-30T03:04:05Z"), "feedback.0.outcomeTimestamp",
    ),
    "a blank for the T": (
        _whole(outcomeTimestamp="2026-01-02 03:04:05Z"), "feedback.0.outcomeTimestamp",
    ),
    "other digits": (
        _whole(outcomeTimestamp="２０２６-01-02T03:04:05Z"), "feedback.0.outcomeTimestamp",
    ),
    "accepted, but not what": (_whole(outcome="accepted"), "feedback.0"),
    "accepted nothing": (_whole(outcome="accepted", acceptedSuggestions=[]), "feedback.0"),
    "accepted without id": (
        _whole(outcome="accepted", acceptedSuggestions=[{}]),
        "feedback.0.acceptedSuggestions.0.id",
    ),
    "accepted a word": (
        _whole(outcome="accepted", acceptedSuggestions=[{"id": "Kowalski"}]),
        "feedback.0.acceptedSuggestions.0.id",
    ),
    "an empty reason": (_whole(overrideReason={}), "feedback.0.overrideReason"),
    "only an empty comment": (
        _whole(overrideReason={"userComment": ""}), "feedback.0.overrideReason",
    ),
    "a reason without code": (
        _whole(overrideReason={"reason": {"display": "Kowalski"}}),
        "feedback.0.overrideReason.reason.code",
    ),
    "a comment that is a list": (
        _whole(overrideReason={"userComment": ["Kowalski"]}),
        "feedback.0.overrideReason.userComment",
    ),
    "a very long comment": (
        _whole(overrideReason={"userComment": "K" * 10_001}),
        "feedback.0.overrideReason.userComment",
    ),
}  # fmt: skip


@pytest.mark.covers("FB-04", "FB-05", "FB-06")
@pytest.mark.parametrize("name", REFUSED)
def test_feedback_that_is_wrong_is_refused_and_not_kept(
    client: FlaskClient, store: Store, name: str
) -> None:
    body, element = REFUSED[name]
    response = client.post(FEEDBACK, data=body, content_type="application/json")
    assert response.status_code == 400
    assert issue_of(response.data).get("expression", [""])[0] == element
    assert store.feedback() == []


def test_one_wrong_entry_refuses_all_of_a_call(client: FlaskClient, store: Store) -> None:
    response = client.post(FEEDBACK, json={"feedback": [ACCEPTED, entry(outcome="ignored")]})
    assert response.status_code == 400
    assert issue_of(response.data)["expression"] == ["feedback.1.outcome"]
    assert store.feedback() == []


@pytest.mark.covers("FB-07")
def test_feedback_is_only_posted_and_only_to_a_service(client: FlaskClient) -> None:
    body = {"feedback": [OVERRIDDEN]}
    assert client.get(FEEDBACK).status_code == 405
    assert client.put(FEEDBACK, json=body).status_code == 405
    assert client.post("/cds-services/Kowalski/feedback", json=body).status_code == 404
    assert client.post(f"{FEEDBACK}/", json=body).status_code == 404
    assert client.post(FEEDBACK, data=json.dumps(body)).status_code == 415


def test_a_card_that_was_shown_is_known_and_another_is_flagged(
    client: FlaskClient, store: Store
) -> None:
    with client.post(HOOK, json=call_of(AML, "patient", *PREFETCH)) as response:
        [first, *_] = response.get_json()["cards"]
    body = {"feedback": [entry(card=first["uuid"]), OVERRIDDEN]}
    assert client.post(FEEDBACK, json=body).status_code == 200
    assert [row["known_card"] for row in store.feedback()] == [True, False]


@pytest.mark.covers("FB-08")
def test_a_call_without_feedback_leaves_no_row_of_it(client: FlaskClient, store: Store) -> None:
    with client.post(HOOK, json=call_of(AML, "patient", *PREFETCH)) as response:
        assert response.get_json()["cards"]
    assert store.feedback() == []


def test_feedback_that_cannot_be_kept_is_not_taken(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Store("sqlite:////no/such/folder/store.sqlite3")
    client = create_app(Settings(), library, store=broken).test_client()
    said = {"feedback": [override(userComment="Kowalski")]}
    response = client.post(FEEDBACK, json=said)
    assert response.status_code == 503
    assert issue_of(response.data)["code"] == "transient"
    assert "feedback is refused: the database cannot be used" in caplog.text
    assert "Kowalski" not in caplog.text
