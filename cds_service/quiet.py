"""When nothing is said again: what a user has answered, while the facts stay as they were.

Nothing here depends on how often a chart was opened: only an answer of a user, or other facts,
changes what the next call says. What is kept quiet stands in the assessment, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aml.assessment import Assessment, Recommendation, Suppressed
from aml.foreseen import mark_of
from aml.knowledge import Snapshot
from aml.ordering import Draft
from aml.orders import Judgement, OrderAlert, answered
from cards.order_cards import TESTS
from cards.overrides import reason_words
from cards.render import MISSING, Chart, grouped, marks_of
from cds_service.facts import facts_behind, facts_of_order
from cds_service.past import Past, Reaction


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is known of earlier answers for one patient, and for how long it counts."""

    past: Past
    hours: float
    now: datetime
    marks: Mapping[str, str] = field(default_factory=dict)  # by drug, of what its card warns of

    def orders(
        self, judgement: Judgement, snapshot: Snapshot
    ) -> tuple[Judgement, tuple[Suppressed, ...]]:
        """What is left to be said of the drafts, and what is not said and why."""
        said = answered(judgement, (), snapshot).to_json()
        groups = grouped(judgement.assessment, snapshot)
        accepted = {
            mark
            for _, group in groups
            if self._accepted(self._of_group(group, said))
            for mark in marks_of(group, self.marks)
        }
        quiet: dict[Draft, tuple[str, str]] = {}
        for draft, alerts in judgement.by_draft().items():
            reason = self._answered(draft, alerts, judgement, said)
            if _suggested(draft, alerts, judgement, accepted):
                reason = reason or ("suggested by this service on the same facts", "")
            if reason is not None:
                quiet[draft] = reason
        suppressed = tuple(
            Suppressed(alert.entry.order, alert.draft.reference, *quiet[alert.draft])
            for alert in judgement.alerts
            if alert.draft in quiet
        )
        return judgement.without(quiet.keys()), suppressed

    def _of_group(self, group: Sequence[Recommendation], said: Mapping[str, Any]) -> str:
        codes = [r.code for r in group]
        return facts_behind(codes, said, marks_of(group, self.marks))

    def _accepted(self, facts: str) -> bool:
        reaction = self.past.reaction(facts)
        return reaction is not None and reaction.accepted

    def _answered(
        self,
        draft: Draft,
        alerts: Sequence[OrderAlert],
        judgement: Judgement,
        said: Mapping[str, Any],
    ) -> tuple[str, str] | None:
        """If the card on these facts was answered: how, and until when that holds."""
        rules = [alert.entry.id for alert in alerts]
        facts = facts_of_order(draft.reference, rules, draft.names, said)
        tests = {TESTS.get(alert.entry.test) for alert in alerts}
        return self.until_override_ends(facts) or self.until_test_is_in(
            facts, ordered=tests <= judgement.tests
        )

    def until_override_ends(self, facts: str) -> tuple[str, str] | None:
        """If a card on these facts was put aside with a reason: why, and until when."""
        reaction = self._recent(facts)
        if reaction is None or not reaction.overridden_with_reason:
            return None
        words = reason_words(reaction.reason) or "a reason was given"
        return f"overridden: {words}", self._until(reaction)

    def until_test_is_in(self, facts: str, *, ordered: bool) -> tuple[str, str] | None:
        """If the card's test was accepted, and is among the orders: that, and until when."""
        reaction = self._recent(facts)
        if reaction is None or not reaction.accepted or not ordered:
            return None
        return "accepted: the missing test is ordered beside it", self._until(reaction)

    def _recent(self, facts: str) -> Reaction | None:
        reaction = self.past.reaction(facts)
        ended = reaction is None or self.now >= reaction.at + timedelta(hours=self.hours)
        return None if ended else reaction

    def _until(self, reaction: Reaction) -> str:
        return f"{reaction.at + timedelta(hours=self.hours):%Y-%m-%dT%H:%M:%SZ}"

    def chart(
        self, assessment: Assessment, snapshot: Snapshot
    ) -> tuple[Chart, tuple[Suppressed, ...]]:
        """Which cards of a chart were answered on these facts, and which are new since."""
        if not self.past.answered:
            return Chart(marks=self.marks), ()
        said = assessment.to_json()
        cards = [
            (name, tuple(r.code for r in group), self._of_group(group, said))
            for name, group in grouped(assessment, snapshot)
        ]
        cards.append((MISSING, (MISSING,), facts_behind([MISSING], said)))
        folded: dict[str, str] = {}
        new: set[str] = set()
        suppressed: list[Suppressed] = []
        for name, codes, facts in cards:
            reaction = self.past.reaction(facts)
            if reaction is not None:
                folded[name] = f"{reaction.outcome} on {reaction.at.date()}{_why(reaction)}"
                suppressed += [Suppressed(code, "", folded[name]) for code in codes]
            elif self.past.is_new(facts):
                new.add(name)
        return Chart(folded, frozenset(new), self.marks), tuple(suppressed)


def _suggested(
    draft: Draft, alerts: Sequence[OrderAlert], judgement: Judgement, accepted: set[str]
) -> bool:
    """A card suggested this order, and said all that would be said now: the draft carries the
    card's mark, or the card was accepted. Never what is critical."""
    mark = mark_of(judgement.assessment.patient, alerts)
    critical = any(alert.entry.critical for alert in alerts)
    return not critical and (draft.mark == mark or mark in accepted)


def _why(reaction: Reaction) -> str:
    words = reason_words(reaction.reason)
    return f" ({words[:1].lower()}{words[1:]})" if words else ""
