"""What a user does with a card: its effect here, and the feedback that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.exceptions import BadRequest, NotFound

from standin_ehr.desk import Call
from standin_ehr.hospital import Hospital
from standin_ehr.orders import DRAFTED, reference, suggested
from standin_ehr.record_view import order_name


@dataclass(frozen=True, slots=True)
class Outcome:
    """`words`: as the user is told; `done`: what changed; `feedback`: members of the entry."""

    words: str
    feedback: Mapping[str, Any]
    done: Sequence[str] = ()


def accepted(
    hospital: Hospital, call: Call, card: Mapping[str, Any], suggestion_id: str, on: date
) -> Outcome:
    """All actions of the suggestion are carried out, in their order."""
    chosen = next(
        (s for s in card.get("suggestions", []) if s.get("uuid") == suggestion_id), None
    )
    if chosen is None:
        raise NotFound("There is no such suggestion.")
    done = [_carried_out(hospital, call.patient, a, on) for a in chosen.get("actions", [])]
    feedback = {"outcome": "accepted", "acceptedSuggestions": [{"id": suggestion_id}]}
    return Outcome(f"Accepted: {chosen['label']}", feedback, done)


def overridden(card: Mapping[str, Any], code: str, comment: str) -> Outcome:
    """With one of the card's reasons, words of the user, both or neither."""
    reasons = {str(r.get("code", "")): r for r in card.get("overrideReasons", [])}
    if code and code not in reasons:
        raise BadRequest("That is no reason of this card.")
    why: dict[str, Any] = {}
    if code:
        why["reason"] = reasons[code]
    if comment.strip():
        why["userComment"] = comment.strip()
    said = [
        *([str(reasons[code]["display"])] if code else []),
        *([comment.strip()] * bool(comment)),
    ]
    words = f"Overridden: {', '.join(filter(None, said)) or 'without a reason'}"
    return Outcome(words, {"outcome": "overridden"} | ({"overrideReason": why} if why else {}))


def _carried_out(hospital: Hospital, patient: str, action: Mapping[str, Any], on: date) -> str:
    desk = hospital.desks.of(patient)
    if action.get("type") == "delete":
        target = str(action.get("resourceId", ""))
        kind, _, id = target.rpartition("/")
        gone = desk.drafts.pop(target, None) or hospital.ehr.of(kind).get(id)
        hospital.ehr.remove(kind, id)
        return f"Taken out: {order_name(gone)}" if gone else f"Nothing to take out: {target}"
    resource = action.get("resource", {})
    if resource.get("resourceType") not in DRAFTED:
        raise BadRequest("The suggestion is about what cannot be ordered here.")
    if action.get("type") == "update":
        desk.drafts.pop(reference(resource), None)
    draft = suggested(resource, patient, on)
    desk.take(draft)
    return f"Drafted: {order_name(draft)}"
