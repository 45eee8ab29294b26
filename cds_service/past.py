"""What was shown of one patient before, and what users did with it, by the facts behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    def accepted(self) -> bool:
        return self.outcome == "accepted"

    @property
    def overridden_with_reason(self) -> bool:
        return self.outcome == "overridden" and bool(self.reason or self.commented)

    def replaces(self, earlier: Reaction) -> bool:
        """All but an override without a reason after one with a reason: dismissed again, it
        is as well answered as before."""
        mere = not self.accepted and not self.overridden_with_reason
        return not (mere and earlier.overridden_with_reason)


def _no_key(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Past:
    """`key` gives the digest under which the facts of a card were kept. `seen`: those of cards
    that stood there when a user last answered one; nothing, as long as nobody has."""

    key: Callable[[str], str] = _no_key
    seen: frozenset[str] = frozenset()
    reactions: Mapping[str, Reaction] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """Whether a user has ever answered a card of this patient."""
        return bool(self.seen or self.reactions)

    def is_new(self, facts: str) -> bool:
        """Whether a card on these facts was not there yet at the last answer of a user."""
        return bool(self.seen) and self.key(facts) not in self.seen

    def reaction(self, facts: str) -> Reaction | None:
        return self.reactions.get(self.key(facts)) if self.reactions else None


NOTHING_PAST = Past()


def past_of(
    key: Callable[[str], str],
    shown: Iterable[tuple[str, datetime]],
    given: Iterable[tuple[str, datetime, Reaction]],
) -> Past:
    """`shown`: facts, and when a card on them was shown. `given`, the oldest first: facts of a
    card, when it was shown, and what a user did with it."""
    answers = list(given)
    if not answers:
        return Past(key)
    # A card that is on the screen was shown, even if the feedback is stored before the card is.
    last = max(moment for _, at, reaction in answers for moment in (at, reaction.at))
    seen = frozenset(facts for facts, at in shown if at <= last)
    reactions: dict[str, Reaction] = {}
    for facts, _, reaction in answers:
        known = reactions.get(facts)
        if known is None or reaction.replaces(known):
            reactions[facts] = reaction
    return Past(key, seen, reactions)
