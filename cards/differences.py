"""What differs: between two libraries, and between the advice to one patient under each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeAlias

from aml.assessment import Alert, Assessment, OptionStatus, Recommendation
from aml.constants import Constants
from aml.entries import AlertEntry, Entry
from aml.knowledge import Library, Snapshot
from aml.order_entries import OrderEntry

Rule: TypeAlias = Entry | AlertEntry | OrderEntry
Rules: TypeAlias = Mapping[str, Rule]


def rules_of(library: Library | Snapshot) -> dict[str, Rule]:
    """Entries, alerts and rules on orders by id."""
    if isinstance(library, Library):
        return {**library.entries, **library.alerts, **library.orders}
    rules: tuple[Rule, ...] = (*library.entries, *library.alerts, *library.orders)
    return {rule.id: rule for rule in rules}


def rule_changes(old: Rules, new: Rules) -> Iterator[str]:
    """`adds`, `drops` and `changes`, each with the id; of a change, the fields."""
    for name in sorted(new.keys() - old.keys()):
        yield f"adds {name} ({_kind(new[name])}, row {new[name].row})"
    for name in sorted(old.keys() - new.keys()):
        yield f"drops {name} ({_kind(old[name])}, row {old[name].row})"
    for name in sorted(old.keys() & new.keys()):
        if changed := changed_fields(old[name], new[name]):
            yield f"changes {name}: {', '.join(changed)}"


def changed_fields(old: Rule, new: Rule) -> list[str]:
    if type(old) is not type(new):
        return [f"{_kind(old)} becomes {_kind(new)}"]
    names = type(new).model_fields
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def _kind(rule: Rule) -> str:
    if isinstance(rule, OrderEntry):
        return f"order alert {rule.order}"
    return f"alert {rule.alert}" if isinstance(rule, AlertEntry) else f"code {rule.code}"


def constant_changes(old: Constants, new: Constants) -> Iterator[str]:
    for each in fields(Constants):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before != after:
            yield f"sets {each.name} = {after} (before: {before})"


def library_changes(old: Snapshot, new: Snapshot) -> Iterator[str]:
    """Rules, constants, approvals and updates, as each is in force."""
    yield from rule_changes(rules_of(old), rules_of(new))
    yield from constant_changes(old.constants, new.constants)
    before, after = ({(a.drug, a.use): a for a in s.approvals} for s in (old, new))
    for drug, use in sorted(after.keys() - before.keys()):
        since = after[drug, use].since
        yield f"approves {drug} for {use}{f' since {since}' if since else ''}"
    for drug, use in sorted(before.keys() - after.keys()):
        yield f"no longer approves {drug} for {use}"
    yield from (f"knows {name}" for name in sorted(new.updates.keys() - old.updates.keys()))
    yield from (f"forgets {name}" for name in sorted(old.updates.keys() - new.updates.keys()))


def advice_changes(old: Assessment, new: Assessment) -> list[str]:
    """What a reader of the two answers would find different: state, codes, alerts, the rest."""
    return [*_state(old, new), *_codes(old, new), *_alerts(old.alerts, new.alerts)]


def _state(old: Assessment, new: Assessment) -> Iterator[str]:
    if old.state is not new.state:
        yield f"state: {old.state.value} → {new.state.value}"
    if old.disease.since != new.disease.since:
        was, now = (a.disease.since or "day not recorded" for a in (old, new))
        yield f"state: since {was} → since {now}"
    for gene in sorted(old.targets.keys() | new.targets.keys()):
        before, after = (a.targets.get(gene, "open") for a in (old, new))
        if before != after:
            yield f"{gene}: {before} → {after}"
    yield from _sets("facets:", old.facets, new.facets)
    facts = ([m.fact for m in a.missing] for a in (old, new))
    yield from _sets("missing:", *facts)
    yield from _sets("state card: says", *([n.say for n in a.notes] for a in (old, new)))


def _codes(old: Assessment, new: Assessment) -> Iterator[str]:
    before, after = ({r.code: r for r in a.recommendations} for a in (old, new))
    for code in sorted(before.keys() | after.keys()):
        yield from _recommendation(code, before.get(code), after.get(code))


def _recommendation(
    code: str, old: Recommendation | None, new: Recommendation | None
) -> Iterator[str]:
    if old is None or new is None:
        if new is not None:
            yield f"{code}: new, {new.strength.value} ({new.rule})"
        elif old is not None:
            yield f"{code}: gone, was {old.strength.value} ({old.rule})"
        return
    if old.strength is not new.strength:
        yield f"{code}: {old.strength.value} → {new.strength.value}"
    if old.rule != new.rule:
        yield f"{code}: rule {old.rule} → {new.rule}"
    yield from (f"{code}: {line}" for line in _options(old.options, new.options))
    yield from (f"{code}: {line}" for line in _sets("provided", old.provided, new.provided))
    if _words(old) != _words(new):
        yield f"{code}: other words"
    cited = ((*r.evidence, *r.updates) for r in (old, new))
    yield from (f"{code}: {line}" for line in _sets("cites", *cited))


def _options(old: Iterable[OptionStatus], new: Iterable[OptionStatus]) -> Iterator[str]:
    before, after = ({o.drug: _status(o) for o in options} for options in (old, new))
    for drug in sorted(before.keys() | after.keys()):
        if before.get(drug) != after.get(drug):
            yield f"{drug} {before.get(drug, 'not named')} → {after.get(drug, 'not named')}"


def _status(option: OptionStatus) -> str:
    since = f" since {option.since}" if option.since and option.status == "approved" else ""
    return f"{option.status}{since}{', being given' if option.current else ''}"


def _words(r: Recommendation) -> tuple[Any, ...]:
    cautions = tuple((c.say, c.open) for c in r.cautions)
    return r.title, r.text, r.weaker, cautions, tuple(n.say for n in r.notes), r.draft


def _sets(name: str, old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    gained, lost = sorted({*new} - {*old}), sorted({*old} - {*new})
    if gained:
        yield f"{name} also {', '.join(gained)}"
    if lost:
        yield f"{name} no longer {', '.join(lost)}"


def _alerts(old: Iterable[Alert], new: Iterable[Alert]) -> Iterator[str]:
    before, after = ({(a.code, a.rule): a.text for a in alerts} for alerts in (old, new))
    for code, rule in sorted(before.keys() | after.keys()):
        was, now = before.get((code, rule)), after.get((code, rule))
        if was is None:
            yield f"alert {code}: new ({rule})"
        elif now is None:
            yield f"alert {code}: gone ({rule})"
        elif was != now:
            yield f"alert {code}: other words"
