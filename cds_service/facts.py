"""What a card rests on, as one text: as long as it is the same, so is it.

The day of the answer and the version of the library are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cds_service.wire import as_json

_SAID = ("recommendations", "alerts")
_OF_THE_WHOLE = ("facets", "targets", "alerts", "missing")


def facts_behind(
    codes: Iterable[str], assessment: Mapping[str, Any], warned: Iterable[str] = ()
) -> str:
    """The facts of a card with these codes, from the assessment that went with it. `warned`:
    the marks of what it warns of beside what it offers."""
    wanted = set(codes)
    said = [e for name in _SAID for e in assessment.get(name, ()) if e["code"] in wanted]
    whole = {name: assessment.get(name) for name in _OF_THE_WHOLE}
    own = [*_state(assessment), said or whole, *warned]
    return as_json(own, sorted_keys=True).decode()


def facts_of_order(
    draft: str, rules: Iterable[str], about: Iterable[str], assessment: Mapping[str, Any]
) -> str:
    """The facts of a card on an order: what is ordered, and what its rules rest on. The id of
    the draft is none: the same order, written anew, has another."""
    wanted = set(rules)
    said = [
        {name: value for name, value in alert.items() if name != "draft"}
        for alert in assessment.get("alerts", ())
        if alert["rule"] in wanted and alert.get("draft", "") == draft
    ]
    own = [*_state(assessment), sorted(about), said]
    return as_json(own, sorted_keys=True).decode()


def _state(assessment: Mapping[str, Any]) -> list[Any]:
    return [assessment["diseaseState"], assessment.get("stateSince")]
