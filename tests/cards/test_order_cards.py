"""Cards on orders: each card of the table keeps the specification and is readable."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec import ValidationError, convert

from aml.orders import answered
from cards.detail import EVIDENCE, WORD_LIMIT
from cards.models import Action
from cards.order_cards import TESTS, to_order_response
from cards.overrides import order_reasons, reason_words
from tests.orders.situations import TABLE, Row, judged, library, read_table
from tests.support import one_by_one

CALL = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
MOST_WORDS = WORD_LIMIT + 80  # the gravest alert in full, the others in a line, and the footer
LOUD = [row for row in read_table(TABLE) if row.said != "silence"]
each_row = one_by_one([(row.name, row) for row in LOUD])


def response(row: Row, **how: Any) -> dict[str, Any]:
    setting = row.situation.setting
    snapshot = library().in_force(setting.jurisdiction, setting.date)
    judgement = judged(row)
    assessment = answered(judgement, (), snapshot)
    said: dict[str, Any] = to_order_response(judgement, assessment, snapshot, CALL, **how)
    return json.loads(json.dumps(said))  # type: ignore[no-any-return]


def cards(row: Row) -> list[dict[str, Any]]:
    return list(response(row)["cards"])


@each_row
def test_a_summary_is_short_and_names_the_drug(row: Row) -> None:
    for card in cards(row):
        assert len(card["summary"]) < 140
        assert card["summary"][0].isupper() or card["summary"][0].isdigit()
        assert ": " in card["summary"]


@each_row
def test_a_card_can_be_read_in_a_minute(row: Row) -> None:
    for card in cards(row):
        before, _, evidence = card["detail"].partition(EVIDENCE)
        assert len(before.split()) <= MOST_WORDS
        assert evidence.strip().startswith("- ")


@each_row
def test_a_card_says_where_and_when_it_holds(row: Row) -> None:
    setting = row.situation.setting
    for card in cards(row):
        assert f"As of {setting.date} · {setting.jurisdiction}" in card["detail"]


@each_row
def test_every_card_can_be_put_aside_with_a_reason_of_its_own(row: Row) -> None:
    for card in cards(row):
        reasons = [reason["code"] for reason in card["overrideReasons"]]
        assert len(reasons) == len(set(reasons)) >= 4
        topic = card["source"]["topic"]["code"]
        assert reasons[0] == order_reasons([topic])[0].code
        assert all(reason_words(code) for code in reasons)
        assert {
            "action-completed",
            "patient-refuses",
            "trial-enrolled",
            "disagree-data",
            "disagree-advice",
            "later",
        } <= set(reasons)


@each_row
def test_suggestions_do_one_thing_each_and_name_what_they_do(row: Row) -> None:
    for card in cards(row):
        suggestions = card.get("suggestions", [])
        assert bool(suggestions) == ("selectionBehavior" in card)
        ids = [card["uuid"], *(suggestion["uuid"] for suggestion in suggestions)]
        assert len(ids) == len(set(ids))
        for suggestion in suggestions:
            types = [action["type"] for action in suggestion["actions"]]
            assert types in (["delete"], ["create"], ["create", "delete"], ["delete", "create"])
            for action in suggestion["actions"]:
                convert(action, Action)


@each_row
def test_a_drug_that_is_created_stands_before_what_is_deleted(row: Row) -> None:
    for card in cards(row):
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"][1:]:
                assert "medicationCodeableConcept" not in action.get("resource", {})


@each_row
def test_no_card_proposes_a_dose_or_commands(row: Row) -> None:
    for card in cards(row):
        for suggestion in card.get("suggestions", []):
            assert not re.search(r"\d+ ?mg", json.dumps(suggestion))
        assert not re.search(r"\bmust\b", card["detail"].partition(EVIDENCE)[0])


def test_silence_is_the_answer_to_a_right_order_unless_asked_for() -> None:
    row = next(row for row in read_table() if row.basket == "gilteritinib 40 mg tablets")
    assert response(row)["cards"] == []
    [card] = response(row, acknowledge=True)["cards"]
    assert card["summary"] == "Gilteritinib: fits what is on record"
    assert card["indicator"] == "info"


def test_every_test_that_a_rule_asks_for_is_known_among_the_orders() -> None:
    assert {order.test for order in library().orders.values() if order.test} == set(TESTS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "create"},
        {"type": "delete"},
        {"type": "delete", "resource": {"resourceType": "MedicationRequest"}},
        {"type": "create", "resourceId": "MedicationRequest/1"},
        {"type": "delete", "resourceId": "MedicationRequest/1", "resource": {}},
        {"type": "update", "resource": {}},
    ],
)
def test_an_action_that_is_neither_creation_nor_deletion_is_refused(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError, match=r"carries a resource|Invalid enum value"):
        convert(wrong | {"description": "x"}, Action)


@each_row
def test_cards_stand_in_the_order_of_their_urgency(row: Row) -> None:
    urgency = {"critical": 0, "warning": 1, "info": 2}
    ranks = [urgency[card["indicator"]] for card in cards(row)]
    assert ranks == sorted(ranks)


@each_row
def test_each_draft_has_one_card_and_it_is_as_grave_as_its_gravest_rule(row: Row) -> None:
    rules = library().orders
    found = cards(row)
    drafts = [card["extension"]["org.rraml.draft"] for card in found]
    assert len(drafts) == len(set(drafts)) <= len(row.orders)
    for card in found:
        spoken = [rules[name] for name in card["extension"]["org.rraml.rules"]]
        critical = any(rule.critical for rule in spoken)
        assert card["indicator"] == ("critical" if critical else "warning")
        assert card["source"]["topic"]["code"] == spoken[0].order
