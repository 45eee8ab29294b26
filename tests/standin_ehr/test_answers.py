"""What accepting or overriding a card does here, and what the service is told of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from werkzeug.exceptions import BadRequest, NotFound

from standin_ehr.answers import accepted, overridden
from standin_ehr.cds_client import Exchange
from standin_ehr.desk import Call
from standin_ehr.hospital import Hospital
from standin_ehr.orders import medication, reference
from tests.support import FIXTURES

ON = date(2022, 1, 12)
PATIENT = "patient-2"
CALL = Call("1", PATIENT, "order-sign", {"id": "any"}, Exchange("", {}, 200, {}, 0.0))
REASON = {"code": "later", "system": "https://ehr.example/reasons", "display": "Not now"}


@pytest.fixture
def hospital() -> Hospital:
    return Hospital(FIXTURES)


def carried_out(hospital: Hospital, *actions: dict[str, Any]) -> list[str]:
    suggestion = {"uuid": "s", "label": "Do it", "actions": list(actions)}
    return list(accepted(hospital, CALL, {"suggestions": [suggestion]}, "s", ON).done)


def test_what_is_created_becomes_a_draft_with_an_id_a_patient_and_a_day(
    hospital: Hospital,
) -> None:
    order = {"resourceType": "ServiceRequest", "status": "draft", "code": {"text": "marrow"}}
    assert carried_out(hospital, {"type": "create", "resource": order}) == ["Drafted: marrow"]
    [draft] = hospital.desks.of(PATIENT).drafts.values()
    assert draft["subject"] == {"reference": f"Patient/{PATIENT}"}
    assert (draft["authoredOn"], draft["code"]) == ("2022-01-12", {"text": "marrow"})
    assert draft["id"]


def test_what_is_deleted_by_its_id_leaves_the_drafts_or_the_record(hospital: Hospital) -> None:
    desk = hospital.desks.of(PATIENT)
    draft = medication(PATIENT, "", "enasidenib", ON)
    desk.take(draft)
    kept = next(r for r in hospital.ehr.record(PATIENT) if r["resourceType"] == "Condition")
    for target in (reference(draft), reference(kept), "MedicationRequest/nothing"):
        carried_out(hospital, {"type": "delete", "resourceId": target})
    assert desk.drafts == {}
    assert kept not in hospital.ehr.record(PATIENT)


def test_actions_of_one_suggestion_are_all_carried_out_in_their_order(
    hospital: Hospital,
) -> None:
    desk = hospital.desks.of(PATIENT)
    draft = medication(PATIENT, "", "venetoclax", ON)
    desk.take(draft)
    other = {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "b"}}
    done = carried_out(
        hospital,
        {"type": "delete", "resourceId": reference(draft)},
        {"type": "create", "resource": other},
    )
    assert done == ["Taken out: venetoclax", "Drafted: b"]


def test_an_update_takes_the_place_of_the_draft(hospital: Hospital) -> None:
    desk = hospital.desks.of(PATIENT)
    draft = medication(PATIENT, "", "venetoclax", ON)
    desk.take(draft)
    better = draft | {"medicationCodeableConcept": {"text": "venetoclax, reduced"}}
    carried_out(hospital, {"type": "update", "resource": better})
    [left] = desk.drafts.values()
    assert left["medicationCodeableConcept"]["text"] == "venetoclax, reduced"


def test_what_is_no_order_cannot_be_created_by_a_card(hospital: Hospital) -> None:
    with pytest.raises(BadRequest):
        carried_out(hospital, {"type": "create", "resource": {"resourceType": "Patient"}})


def test_a_suggestion_of_another_card_is_not_found(hospital: Hospital) -> None:
    with pytest.raises(NotFound):
        accepted(hospital, CALL, {"suggestions": []}, "s", ON)


@pytest.mark.parametrize(
    ("code", "comment", "why"),
    [
        ("", "", None),
        ("later", "", {"reason": REASON}),
        ("", " why ", {"userComment": "why"}),
        ("later", "why", {"reason": REASON, "userComment": "why"}),
    ],
)
def test_an_override_is_told_with_what_the_user_gave(
    code: str, comment: str, why: dict[str, Any] | None
) -> None:
    told = overridden({"overrideReasons": [REASON]}, code, comment).feedback
    assert told["outcome"] == "overridden"
    assert told.get("overrideReason") == why


def test_a_reason_that_the_card_does_not_have_is_refused() -> None:
    with pytest.raises(BadRequest):
        overridden({"overrideReasons": [REASON]}, "made-up", "")
