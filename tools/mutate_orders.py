"""Change the rules on orders in every small way, and see that a table of orders notices.

The lines of each rule by itself (tests/orders/alone.yaml) are asked first, then the table of
what all rules together say (tests/orders/table.yaml).

Deletes each rule; drops each drug, class and procedure that it is about, asks for or excludes,
each part of its clause, each state and place that narrows it, each of its grades; moves the
numbers in its clause by one. A part of `tools.mutate_knowledge`, which prints the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from aml.assess import Examination
from aml.knowledge import Library, Snapshot
from aml.order_entries import ALWAYS_CRITICAL, IN_SCOPE, Among, OrderEntry
from aml.ordering import Draft
from aml.orders import Judgement, judge
from tests.orders.alone import read_alone
from tests.orders.situations import Row, drafts, examined, in_words, library, read_table
from tools.mutations import Change, copied, in_clause, without_each, without_states

# Why a change need not be noticed by the table, by the beginning of its name.
NO_APPROVAL = "such a use is approved nowhere; the condition guards an approval to come"
ONE_TARGET = "a drug on one target: what is approved for another target does not arise"
ORDER_REASONS: dict[str, str] = {
    "drug-in-mrd-relapse: without when": NO_APPROVAL,
    "oral-azacitidine-after-hct: when without all[1]": NO_APPROVAL,
    "venetoclax-after-hct: when without all[1]": NO_APPROVAL,
    "quizartinib-after-hct: when without all[1]": NO_APPROVAL,
    "quizartinib-not-approved: without when": NO_APPROVAL,
    **{
        f"{rule}: when {where}not-approved-for-target without {target}": ONE_TARGET
        for rule, where, target in (
            ("flt3-inhibitor-not-approved", "all[1] ", "FLT3"),
            ("quizartinib-after-hct", "all[1] ", "FLT3"),
            ("quizartinib-not-approved", "", "FLT3"),
            ("idh1-inhibitor-not-approved", "all[1] ", "IDH1"),
            ("idh2-inhibitor-not-approved", "all[1] ", "IDH2"),
            ("gemtuzumab-not-approved", "all[1] ", "CD33"),
        )
    },
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of the table, ready to be judged again."""

    row: Row
    drafts: tuple[Draft, ...]
    examination: Examination
    snapshot: Snapshot

    def judged_by(self, *rules: OrderEntry) -> Judgement:
        place = self.snapshot.jurisdiction
        held = tuple(r for r in rules if not r.jurisdictions or place in r.jurisdictions)
        return judge(self.drafts, self.examination, replace(self.snapshot, orders=held))


@dataclass(frozen=True, slots=True)
class OrderMutant:
    """`rule` as it is, and as it was changed; None where it was deleted."""

    name: str
    rule: OrderEntry
    changed: OrderEntry | None

    @property
    def survives(self) -> bool:
        """A row is judged in full only where the rule by itself says something else in it."""
        if not all(line.holds_for(self.changed) for line in read_alone()[self.rule.id]):
            return False
        changed = () if self.changed is None else (self.changed,)
        others = {**library().orders, self.rule.id: self.changed}
        rules = [rule for _, rule in sorted(others.items()) if rule is not None]
        for seen, said in zip(_rows(), _alone(self.rule.id), strict=True):
            if _said(seen.judged_by(*changed)) == said:
                continue
            if in_words(seen.row, seen.judged_by(*rules)) != seen.row.expected:
                return False
        return True

    @property
    def reason(self) -> str:
        return next((name for name in ORDER_REASONS if self.name.startswith(name)), "")


@cache
def _rows() -> tuple[Seen, ...]:
    found = []
    for row in read_table():
        snapshot, examination = examined(row.where)
        found.append(Seen(row, drafts(row.orders), examination, snapshot))
    return tuple(found)


@cache
def _alone(rule_id: str) -> tuple[Any, ...]:
    """What a rule by itself says in each row."""
    rule = library().orders[rule_id]
    return tuple(_said(seen.judged_by(rule)) for seen in _rows())


def _said(judgement: Judgement) -> set[Any]:
    return {(a.draft.reference, a.entry.order, a.entry.critical) for a in judgement.alerts}


def order_mutants(shelf: Library) -> Iterator[OrderMutant]:
    for rule in shelf.orders.values():
        yield OrderMutant(f"{rule.id}: deleted", rule, None)
        for name, changed in _changes(rule):
            yield OrderMutant(f"{rule.id}: {name}", rule, changed)


def _changes(rule: OrderEntry) -> Iterator[Change[OrderEntry]]:
    if set(rule.states) != set(IN_SCOPE):
        yield from without_states(rule)
    yield from in_clause(rule, "when", None)
    for field in ("drafted", "together", "without"):
        among = getattr(rule, field)
        if among is None:
            continue
        if field != "drafted":
            yield f"without {field}", copied(rule, **{field: None})
        for name, fewer in _fewer(among):
            yield f"{field} without {name}", copied(rule, **{field: fewer})
    if rule.jurisdictions:
        yield "in every place", copied(rule, jurisdictions=())
        for i, kept in without_each(rule.jurisdictions):
            if kept:
                yield f"not in {rule.jurisdictions[i]}", copied(rule, jurisdictions=kept)
    if rule.order not in ALWAYS_CRITICAL:
        yield "graded otherwise", copied(rule, critical=not rule.critical)


def _fewer(among: Among) -> Iterator[Change[Among]]:
    for kind in ("classes", "drugs", "procedures"):
        for i, kept in without_each(getattr(among, kind)):
            yield str(getattr(among, kind)[i]), copied(among, **{kind: kept})
    for flag in ("antileukemic", "chemotherapy"):
        if getattr(among, flag, False):
            yield flag, copied(among, **{flag: False})
