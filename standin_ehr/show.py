"""Answers on a terminal, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from standin_ehr.expected import Expected, Json, assessment

WIDTH = 100
_COLOUR = {"info": "blue", "warning": "yellow", "critical": "red"}


def new_console() -> Console:
    console = Console(highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    return console


def show(console: Console, expected: Expected, answer: Json, *, in_full: bool) -> None:
    """One patient: the state, and the cards in full or by their summaries."""
    console.print(_headline(expected, answer))
    for card in answer.get("cards", []):
        console.print(_whole(card) if in_full else _summary(card))
    if in_full:
        console.print()


def _headline(expected: Expected, answer: Json) -> Text:
    said = assessment(answer)
    state = said.get("diseaseState", "no state")
    since = f" since {said['stateSince']}" if "stateSince" in said else ""
    return Text.assemble(
        (expected.case, "bold"),
        f" · {expected.as_of} · {expected.jurisdiction} · ",
        (f"{state}{since}", "bold"),
        "" if answer.get("cards") else f" · no cards{_reason(expected, said)}",
    )


def _reason(expected: Expected, said: Json) -> str:
    """Why a patient gets no cards whatever the state, if that is so."""
    patient = f"Patient/{expected.patient_id}"
    return "".join(
        f": {each['reason']}" for each in said.get("ignored", []) if each["resource"] == patient
    )


def _summary(card: Json) -> RenderableType:
    return Padding(Text(f"{_indicator(card)}: {card['summary']}"), (0, 0, 0, 4), expand=False)


def _whole(card: Json) -> Panel:
    colour = _COLOUR.get(_indicator(card), "blue")
    body = Group(
        Text(card["summary"], style="bold"),
        Text(),
        Markdown(card.get("detail", ""), hyperlinks=False),
        Text(),
        *(Text(line) for line in _foot(card)),
    )
    return Panel(body, title=_indicator(card), title_align="left", border_style=colour)


def _foot(card: Json) -> Iterator[str]:
    for suggestion in card.get("suggestions", []):
        yield f"[ {suggestion['label']} ]"
        for action in suggestion.get("actions", []):
            yield f"    {_action(action)}"
    for link in card.get("links", []):
        yield f"→ {link['label']}: {link['url']}"
    yield f"Source: {card['source']['label']}"


def _action(action: Mapping[str, Any]) -> str:
    resource = action.get("resource", {})
    kind = resource.get("resourceType", "")
    status = f" ({resource['status']})" if "status" in resource else ""
    return f"{action['type']} {kind}{status}: {action['description']}"


def _indicator(card: Json) -> str:
    return str(card["indicator"])
