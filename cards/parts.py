"""Parts that several kinds of card share: where it stands from, its ids, what it can create."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from aml.knowledge import Snapshot
from aml.ordering import SUGGESTED
from cards.models import Action, Coding, Source, Suggestion

SYSTEM = "https://rraml.example/fhir/CodeSystem/recommendation"
PAPER = "Thol, Döhner, Ganser: How I treat R/R AML, Blood 2024; dated updates since"


def source(snapshot: Snapshot, code: str, display: str, label: str = "") -> Source:
    """The paper with its address; or a label of a drug, which has none here."""
    topic = Coding(system=SYSTEM, code=code, display=display)
    if label:
        return Source(label=label, topic=topic)
    return Source(label=PAPER, url=snapshot.book.paper_url, topic=topic)


def call_id(hook_instance: str) -> UUID:
    """What the ids within one answer are made from: with a name, `uuid5(call, name)`."""
    return uuid5(NAMESPACE_URL, hook_instance.encode("utf-8", "replace").decode())


def drafting(name: str, patient: str, snapshot: Snapshot, mark: str = "") -> Action:
    """Creates a draft of library.yaml for this patient, without a dose. `mark`: what the card
    said of it, so that its order is not warned of again."""
    draft = snapshot.book.drafts[name]
    resource: dict[str, Any] = {**draft.resource, "subject": {"reference": patient}}
    if mark:
        resource["instantiatesUri"] = [f"{SUGGESTED}{mark}"]
    return Action(type="create", description=draft.label, resource=resource)


def suggestion(label: str, uuid: UUID, *actions: Action) -> Suggestion:
    return Suggestion(label=label, uuid=uuid, actions=actions)
