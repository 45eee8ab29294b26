"""What was shown of one patient before, and what users did with it, by the facts behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """The newest feedback on a card. `reason`: the code that was given, if one was."""

    outcome: str
    at: datetime
    reason: str = ""
    commented: bool = False

    @property
    def overridden_with_reason(self) -> bool:
        return self.outcome == "overridden" and bool(self.reason or self.commented)


def _no_key(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Past:
    """`key` gives the digest under which the facts of a card were kept."""

    key: Callable[[str], str] = _no_key
    shown: frozenset[str] = frozenset()
    reactions: Mapping[str, Reaction] = field(default_factory=dict)

    def was_shown(self, facts: str) -> bool:
        return bool(self.shown) and self.key(facts) in self.shown

    def reaction(self, facts: str) -> Reaction | None:
        return self.reactions.get(self.key(facts)) if self.reactions else None


NOTHING_PAST = Past()
