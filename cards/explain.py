"""A rule of the library in words: conditions, evidence, dates."""

from __future__ import annotations

from typing import Any

from aml.criteria import WORDS
from aml.entries import AlertEntry, Approval, Entry
from aml.knowledge import Library
from aml.order_entries import OrderEntry
from aml.reading import clause_words
from cards.clauses import aloud
from cards.evidence import paper_line
from cards.order_rules import TABLE, conditions, says


def explain(library: Library, name: str) -> str:
    """The entry of this id, or all entries behind a recommendation or alert code.

    Raises KeyError if the library knows neither.
    """
    if name in library.entries:
        return _entry(library, library.entries[name])
    if name in library.alerts:
        return _alert(library, library.alerts[name])
    if name in library.orders:
        return _order(library, library.orders[name])
    found = [_entry(library, e) for e in library.entries.values() if e.code == name]
    found += [_alert(library, a) for a in library.alerts.values() if a.alert == name]
    found += [_order(library, o) for o in library.orders.values() if o.order == name]
    if not found:
        raise KeyError(name)
    return "\n\n".join(found)


def _entry(library: Library, entry: Entry) -> str:
    lines = [
        f"# {entry.id}",
        "",
        f"{entry.card.title}: {entry.card.text}",
        "",
        f"- Row {entry.row} · code {entry.code} · strength {entry.strength.value}",
        f"- States: {', '.join(s.value for s in entry.states)}",
    ]
    if entry.when is not None:
        lines.append(f"- When: {aloud(entry.when)}")
    lines += [f"- Provided: {aloud(c)}" for c in entry.provided]
    lines += [f"- Unless: {aloud(c)}" for c in entry.unless]
    lines += [f"- {w.to.value} when {aloud(w.when)}: {w.say}" for w in entry.weaker]
    for option in entry.options:
        lines.append(
            f"- {option.drug} ({option.use}): {_approvals(library, option.drug, option.use)}"
        )
    lines += [f"- Caution: {c.say} ({c.source})" for c in entry.cautions]
    for note in entry.notes:
        row = f"{note.row}: " if note.row else ""
        when = f" (when {aloud(note.when)})" if note.when is not None else ""
        lines.append(f"- Note {row}{note.say}{when}")
    lines += _dates(entry)
    cited = [*entry.evidence, *(e for n in entry.notes for e in n.evidence)]
    updates = [*entry.updates, *(u for n in entry.notes for u in n.updates)]
    lines += ["", "Evidence:", *_evidence(library, cited, updates)]
    lines += ["", "Words:", *_words(entry)]
    lines += ["", f"Tests: tests/vignettes/{entry.id}.yaml"]
    return "\n".join(lines)


def _alert(library: Library, alert: AlertEntry) -> str:
    lines = [
        f"# {alert.id}",
        "",
        alert.text,
        "",
        f"- Row {alert.row} · alert {alert.alert}",
        f"- States: {', '.join(s.value for s in alert.states)}",
        f"- When: {aloud(alert.when)}",
        *_dates(alert),
        "",
        "Evidence:",
        *_evidence(library, alert.evidence, alert.updates),
        "",
        "Words:",
        *_definitions(words_of(alert.when)),
        "",
        f"Tests: tests/vignettes/{alert.id}.yaml",
    ]
    return "\n".join(lines)


def _order(library: Library, order: OrderEntry) -> str:
    lines = [f"# {order.id}", "", f"{order.title}: {order.text}", ""]
    lines += [f"- {label}: {text}" for label, text in (*says(order), *conditions(order))]
    lines += [*_dates(order), "", "Evidence:"]
    lines += _evidence(library, order.evidence, order.updates)
    lines += ["", "Words:", *_definitions(words_of(order.when)), "", f"Tests: {TABLE}"]
    return "\n".join(lines)


def _dates(entry: Entry | AlertEntry | OrderEntry) -> list[str]:
    signed = f"signed {entry.reviewed} by {entry.reviewed_by}" if entry.reviewed else ""
    since = getattr(entry, "since", None)
    return [
        *([f"- In force since {since}"] if since else []),
        f"- {signed or 'Not yet signed by a clinician'} · review due {entry.due}",
    ]


def _approvals(library: Library, drug: str, use: str) -> str:
    found = [a for a in library.approvals if (a.drug, a.use) == (drug, use)]
    return "; ".join(_approval(a) for a in found) or "no approval for this use on record"


def _approval(a: Approval) -> str:
    since = f" since {a.since.isoformat()}" if a.since else ""
    until = f" until {a.until.isoformat()}" if a.until else ""
    return f"{a.jurisdiction} approved{since}{until} ({a.source})"


def _evidence(library: Library, evidence: Any, updates: Any) -> list[str]:
    lines = [f"{paper_line(library.evidence[e])} [{e}]" for e in dict.fromkeys(evidence)]
    for name in dict.fromkeys(updates):
        update = library.updates[name]
        lines.append(f"- {update.date} ({update.jurisdiction}): {update.claim} [{name}]")
    return lines


def words_of(clause: Any) -> list[str]:
    """The words that a clause uses."""
    return [name for name, _ in clause_words(clause)]


def _words(entry: Entry) -> list[str]:
    clauses = [entry.when, *entry.provided, *entry.unless]
    clauses += [w.when for w in entry.weaker] + [n.when for n in entry.notes]
    return _definitions([n for c in clauses for n in words_of(c)])


def _definitions(names: list[str]) -> list[str]:
    lines = []
    for name in sorted(set(names)):
        word = WORDS[name]
        meaning = " ".join((word.definition.__doc__ or "").split())
        lines.append(f"- {name}: {meaning} [{word.source}]")
    return lines
