"""The options with what they rest on: evidence in a table, approvals, conditions, cautions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aml.assessment import Assessment, Caution, NoteShown, OptionStatus, Recommendation, dated
from aml.entries import Evidence, Update
from aml.knowledge import Snapshot
from aml.logic import Known
from cards.detail import CONDITIONS, UNSPOKEN
from cards.render import grouped


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence, and the resources that it was read from."""

    says: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """Of a drug for this use, here. `source`: where the date was read."""

    option: OptionStatus
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class Option:
    recommendation: Recommendation
    because: tuple[Fact, ...]
    against: tuple[Fact, ...]
    conditions: tuple[str, ...]
    approvals: tuple[Approval, ...]
    cautions: tuple[Caution, ...]
    evidence: tuple[Evidence, ...]
    updates: tuple[Update, ...]
    notes: tuple[NoteShown, ...]

    @property
    def code(self) -> str:
        return self.recommendation.code


def offered(a: Assessment, snapshot: Snapshot) -> list[tuple[str, tuple[Option, ...]]]:
    """Group by group, as the cards have them."""
    groups = grouped(a, snapshot)
    return [(group, tuple(_option(r, snapshot) for r in said)) for group, said in groups]


def not_offered(a: Assessment, snapshot: Snapshot) -> tuple[Option, ...]:
    return tuple(_option(r, snapshot) for r in a.recommendations if not r.strength.offered)


def facts_of(known: Iterable[Known[Any]]) -> tuple[Fact, ...]:
    """Facts with their days, each once."""
    said = (Fact(dated(k), tuple(s for s in k.sources if s)) for k in known if k.says)
    return tuple(dict.fromkeys(said))


def by_day(updates: Iterable[Update]) -> tuple[Update, ...]:
    return tuple(sorted(updates, key=lambda update: (update.date, update.id)))


def _option(r: Recommendation, snapshot: Snapshot) -> Option:
    against = facts_of(r.excluded_by)
    return Option(
        r,
        facts_of(r.because[1:]),  # the first is the state
        against,
        tuple(CONDITIONS[p] for p in r.provided if p not in UNSPOKEN),
        tuple(_approval(o, r, snapshot) for o in r.options),
        r.cautions,
        tuple(snapshot.evidence[name] for name in r.evidence),
        by_day(snapshot.updates[name] for name in r.updates if name in snapshot.updates),
        r.notes,
    )


def _approval(option: OptionStatus, r: Recommendation, snapshot: Snapshot) -> Approval:
    uses = {
        o.use
        for e in snapshot.entries
        if e.id in (r.rule, *r.also_rules)
        for o in e.options
        if o.drug == option.drug
    }
    rows = [a for a in snapshot.approvals if a.drug == option.drug and a.use in uses]
    if option.status != "approved" or not rows:
        return Approval(option, "", "")
    source = rows[0].source
    update = snapshot.updates.get(source)
    if update is not None:
        return Approval(option, update.claim, update.url)
    stated = snapshot.evidence.get(source)
    return Approval(option, stated.claim if stated else "", "")
