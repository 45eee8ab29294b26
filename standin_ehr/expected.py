"""How an answer of the service differs from what expected.yaml says it must be.

The meaning of each key stands at the top of that file. Only what a case names is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Json: TypeAlias = Mapping[str, Any]

ASSESSMENT = "org.rraml.assessment"
STATE_CARD = "disease-state"
OFFERED = ("recommend", "consider", "trial-only")
NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One case. The class has the keys that a case may use, so a misspelt one is refused."""

    case: str
    bundle: str
    as_of: date
    jurisdiction: str
    cards: str
    state: str = ""
    state_since: date | None = None
    facets: Sequence[str] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    recommendations: Mapping[str, str] = field(default_factory=dict)
    absent: Sequence[str] = ()
    not_recommended: Sequence[str] = ()
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    alerts: Sequence[str] = ()
    ignored: Sequence[str] = ()
    missing_changes: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.cards not in ("none", "present"):
            raise ValueError(f"{self.case}: cards is `none` or `present`, not {self.cards}")

    @property
    def patient_id(self) -> str:
        return self.bundle.removesuffix(".json")


def read_expected(path: Path) -> list[Expected]:
    """The cases of the file. Raises TypeError or ValueError for one that says nothing known."""
    return [Expected(**case) for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


def assessment(answer: Json) -> Json:
    """What the answer says for programs; empty if it says nothing."""
    said: Json = answer.get("extension", {}).get(ASSESSMENT, {})
    return said


def topic(card: Json) -> str:
    return str(card.get("source", {}).get("topic", {}).get("code", ""))


def differences(expected: Expected, answer: Json) -> list[str]:
    """A line for each thing that is not as expected; none if the answer is right."""
    said = assessment(answer)
    return [
        *_same("as_of", said.get("asOf"), expected.as_of.isoformat()),
        *_same("jurisdiction", said.get("jurisdiction"), expected.jurisdiction),
        *_state(expected, said),
        *_among("facets", expected.facets, said.get("facets", [])),
        *_pairs("targets", expected.targets, said.get("targets", {})),
        *_recommendations(expected, said),
        *_among("alerts", expected.alerts, _each(said, "alerts", "code")),
        *_among("ignored", expected.ignored, _each(said, "ignored", "resource")),
        *_among("missing_changes", expected.missing_changes, _changes(said)),
        *_cards(expected, answer.get("cards", [])),
    ]


def _state(expected: Expected, said: Json) -> Iterator[str]:
    if expected.state:
        yield from _same("state", said.get("diseaseState"), expected.state)
    if expected.state_since:
        since = expected.state_since.isoformat()
        yield from _same("state_since", said.get("stateSince"), since)


def _recommendations(expected: Expected, said: Json) -> Iterator[str]:
    given = {each["code"]: each for each in said.get("recommendations", [])}
    strengths = {code: each["strength"] for code, each in given.items()}
    yield from _pairs("recommendations", expected.recommendations, strengths)
    for code in expected.absent:
        if strengths.get(code) in OFFERED:
            yield f"absent: found {code} as {strengths[code]}, expected it not to be offered"
    for code in expected.not_recommended:
        if strengths.get(code) == "recommend":
            yield f"not_recommended: found {code} as recommend, expected less or nothing"
    for code, drugs in expected.options.items():
        options = given.get(code, {}).get("options", [])
        statuses = {each["drug"]: each["status"] for each in options}
        yield from _pairs(f"options of {code}", drugs, statuses)


def _cards(expected: Expected, cards: Sequence[Json]) -> Iterator[str]:
    topics = [topic(card) for card in cards]
    if expected.cards == "none" and cards:
        yield f"cards: found {len(cards)} ({_list(topics)}), expected none"
    if expected.cards == "present" and STATE_CARD not in topics:
        yield f"cards: found {_list(topics)}, expected a card on {STATE_CARD}"


def _changes(said: Json) -> list[str]:
    return [code for each in said.get("missing", []) for code in each.get("changes", [])]


def _each(said: Json, member: str, name: str) -> list[str]:
    return [each[name] for each in said.get(member, [])]


def _same(key: str, found: object, expected: str) -> Iterator[str]:
    if found != expected:
        yield f"{key}: found {found or NOTHING}, expected {expected}"


def _among(key: str, expected: Iterable[str], found: Sequence[str]) -> Iterator[str]:
    for each in expected:
        if each not in found:
            yield f"{key}: found {_list(found)}, expected {each} among them"


def _pairs(key: str, expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for name, value in expected.items():
        yield from _same(f"{key}: {name}", found.get(name), value)


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or NOTHING


def first_difference(one: Any, other: Any, where: str = "") -> str:
    """The place where two answers part, uuids aside; "" if they are the same.

    A uuid belongs to the call, not to the advice: two calls never share one.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted((one.keys() | other.keys()) - {"uuid"}):
            if key not in one or key not in other:
                return f"{where}.{key}"
            if found := first_difference(one[key], other[key], f"{where}.{key}"):
                return found
        return ""
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        parts = (first_difference(a, b, f"{where}[{i}]") for i, (a, b) in pairs)
        return next(filter(None, parts), "")
    return "" if one == other else where or "everywhere"
