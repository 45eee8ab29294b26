"""What the specification does not allow is never sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from msgspec import ValidationError
from msgspec.structs import replace

from cards.models import SUMMARY_LIMIT, Action, Card, Coding, HookResponse, Source, Suggestion

_ONE = UUID(int=1)
_TOPIC = Coding(system="s", code="c")
CARD = Card(
    uuid=_ONE,
    summary="s" * SUMMARY_LIMIT,
    detail="d",
    indicator="info",
    source=Source(label="l", topic=_TOPIC),
)
DRAFT = Action(type="create", description="d", resource={"resourceType": "Task"})


def test_what_is_not_said_is_not_sent() -> None:
    assert HookResponse(cards=[]).to_json() == {"cards": []}
    sent = HookResponse(cards=[CARD]).to_json()["cards"][0]
    assert sent.keys() == {"uuid", "summary", "detail", "indicator", "source"}
    assert sent["source"] == {"label": "l", "topic": {"system": "s", "code": "c"}}


@pytest.mark.parametrize(
    "change",
    [
        {"summary": "s" * (SUMMARY_LIMIT + 1)},
        {"summary": ""},
        {"detail": ""},
        {"indicator": "success"},
        {"uuid": "one"},
        {"source": Source(label="", topic=_TOPIC)},
        {"source": Source(label="l", topic=Coding(system="s", code=""))},
        {
            "suggestions": (Suggestion(label="l", uuid=_ONE, actions=()),),
            "selectionBehavior": "at-most-one",
        },
        {
            "suggestions": (Suggestion(label="l", uuid=_ONE, actions=(DRAFT,)),),
            "selectionBehavior": "any",
        },
    ],
)
def test_a_card_beyond_the_bounds_is_not_sent(change: dict[str, Any]) -> None:
    response = HookResponse(cards=[CARD, replace(CARD, **change)])
    with pytest.raises(ValidationError):
        response.to_json()


def test_suggestions_and_how_many_to_choose_go_together() -> None:
    one = Suggestion(label="l", uuid=_ONE, actions=(DRAFT,))
    for change in ({"suggestions": (one,)}, {"selectionBehavior": "at-most-one"}):
        with pytest.raises(ValueError, match="suggestions need a selectionBehavior"):
            Card(**{name: getattr(CARD, name) for name in CARD.__struct_fields__} | change)
