"""When nothing is said again: what this service suggested, and what a user has answered.

Quiet ends with the facts: an answer on other facts than those that a card was shown on starts
anew. Whatever is kept quiet stands in the assessment, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aml.assessment import Assessment, Recommendation, Suppressed
from aml.entries import Strength
from aml.knowledge import Snapshot
from aml.ordering import Draft
from aml.orders import Judgement, OrderAlert, answered
from cards.overrides import reason_words
from cards.render import MISSING, Chart, grouped
from cds_service.facts import facts_behind, facts_of_order
from cds_service.past import Past, Reaction


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is known of earlier answers for one patient, and for how long it counts."""

    past: Past
    hours: int
    now: datetime

    def orders(
        self, judgement: Judgement, snapshot: Snapshot
    ) -> tuple[Judgement, tuple[Suppressed, ...]]:
        """What is left to be said of the drafts, and what is not said and why."""
        said = answered(judgement, (), snapshot).to_json()
        quiet: dict[Draft, tuple[str, str]] = {}
        for draft, alerts in judgement.by_draft().items():
            reason = self._overridden(draft, alerts, said)
            reason = reason or self._suggested(draft, alerts, judgement, snapshot, said)
            if reason is not None:
                quiet[draft] = reason
        suppressed = tuple(
            Suppressed(alert.entry.order, alert.draft.reference, *quiet[alert.draft])
            for alert in judgement.alerts
            if alert.draft in quiet
        )
        return judgement.without(quiet.keys()), suppressed

    def _overridden(
        self, draft: Draft, alerts: Sequence[OrderAlert], said: Mapping[str, Any]
    ) -> tuple[str, str] | None:
        rules = [alert.entry.id for alert in alerts]
        facts = facts_of_order(draft.reference, rules, draft.names, said)
        return self.until_override_ends(facts)

    def until_override_ends(self, facts: str) -> tuple[str, str] | None:
        """If a card on these facts was put aside with a reason: why, and until when."""
        reaction = self.past.reaction(facts)
        if reaction is None or not reaction.overridden_with_reason:
            return None
        until = reaction.at + timedelta(hours=self.hours)
        if self.now >= until:
            return None
        return f"overridden: {_words(reaction)}", f"{until:%Y-%m-%dT%H:%M:%SZ}"

    def _suggested(
        self,
        draft: Draft,
        alerts: Sequence[OrderAlert],
        judgement: Judgement,
        snapshot: Snapshot,
        said: Mapping[str, Any],
    ) -> tuple[str, str] | None:
        """A card on the same facts suggested the drug. Never over what is critical: the card
        could not know what else would be ordered or given."""
        if not draft.drugs or any(alert.entry.critical for alert in alerts):
            return None
        for _, group in grouped(judgement.assessment, snapshot):
            drugs = {drug for r in group for drug in _suggestions(r, snapshot)}
            if draft.drugs <= drugs and self.past.was_shown(facts_behind(_codes(group), said)):
                return "suggested by this service on the same facts", ""
        return None

    def chart(
        self, assessment: Assessment, snapshot: Snapshot
    ) -> tuple[Chart, tuple[Suppressed, ...]]:
        """Which cards of a chart were answered on these facts, and which were seen."""
        said = assessment.to_json()
        cards = [(name, _codes(group)) for name, group in grouped(assessment, snapshot)]
        folded: dict[str, str] = {}
        seen: set[str] = set()
        suppressed: list[Suppressed] = []
        for name, codes in [*cards, (MISSING, (MISSING,))]:
            facts = facts_behind(codes, said)
            if self.past.was_shown(facts):
                seen.add(name)
            if (reaction := self.past.reaction(facts)) is not None:
                folded[name] = f"{reaction.outcome} on {reaction.at.date()}{_why(reaction)}"
                suppressed += [Suppressed(code, "", folded[name]) for code in codes]
        return Chart(folded, frozenset(seen)), tuple(suppressed)


def _codes(group: Sequence[Recommendation]) -> tuple[str, ...]:
    return tuple(r.code for r in group)


def _suggestions(r: Recommendation, snapshot: Snapshot) -> Iterator[str]:
    """The drugs for which the card of a recommendation has a draft."""
    if r.strength in (Strength.RECOMMEND, Strength.CONSIDER):
        for option in r.options:
            if option.status == "approved" and not option.current:
                yield from {option.drug} & snapshot.book.drafts.keys()


def _words(reaction: Reaction) -> str:
    return reason_words(reaction.reason) or "a reason was given"


def _why(reaction: Reaction) -> str:
    words = reason_words(reaction.reason)
    return f" ({words[:1].lower()}{words[1:]})" if words else ""
