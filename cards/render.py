"""An assessment as CDS Hooks cards, or as a page of text for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from aml.assessment import Assessment, Recommendation, dated
from aml.entries import Strength
from aml.facts import FROM_TEXT
from aml.knowledge import Snapshot
from aml.orders import draftable
from aml.states import MRD_RELAPSE, OUT_OF_SCOPE, OVERT, REMISSION, State
from cards import wording
from cards.detail import group_detail, missing_detail, state_detail
from cards.models import SUMMARY_LIMIT, Card, HookResponse, Suggestion
from cards.overrides import OVERRIDE_REASONS
from cards.parts import call_id, drafting, source, suggestion

CODES = "org.rraml.codes"
WARNED = "org.rraml.warned"
MISSING = "missing-data"
ASSESSMENT = "org.rraml.assessment"
WITH_MISSING_CARD = OVERT | MRD_RELAPSE | REMISSION
WARNING = OVERT | MRD_RELAPSE | {State.RELAPSE_SUSPECTED}
GENETIC = ("flt3", "idh1", "idh2", "npm1", "kmt2a")


@dataclass(frozen=True, slots=True)
class Chart:
    """What was done with cards on these facts before, by group, or `missing-data`.

    `folded`: those a user has answered, and how; each becomes a line of the state card.
    `new`: those that were not there yet when a user last answered; they stand first. `marks`:
    of each drug whose order would draw a warning, the mark that says so.
    """

    folded: Mapping[str, str] = field(default_factory=dict)
    new: frozenset[str] = frozenset()
    marks: Mapping[str, str] = field(default_factory=dict)


UNOPENED = Chart()


def to_response(
    assessment: Assessment, snapshot: Snapshot, hook_instance: str, chart: Chart = UNOPENED
) -> dict[str, object]:
    """The response to a patient-view call: the state card first, at most five cards in all.

    Card and suggestion ids are the same for the same hook instance and content.
    """
    call = call_id(hook_instance)
    cards = [] if silent(assessment) else _cards(assessment, snapshot, call, chart)
    return HookResponse(cards=cards, extension={ASSESSMENT: assessment.to_json()}).to_json()


def silent(assessment: Assessment) -> bool:
    """Out of scope, or a patient who gets no cards."""
    return bool(assessment.excluded) or assessment.state in OUT_OF_SCOPE


def _cards(a: Assessment, snapshot: Snapshot, call: UUID, chart: Chart) -> list[Card]:
    groups = dict(grouped(a, snapshot))
    cards = {
        group: _group_card(a, group, said, snapshot, call, chart.marks)
        for group, said in groups.items()
        if group not in chart.folded
    }
    if a.missing and a.state in WITH_MISSING_CARD and MISSING not in chart.folded:
        cards[MISSING] = _missing_card(a, snapshot, call)
    ordered = sorted(cards, key=lambda name: name not in chart.new)
    folded = {name: groups[name] for name in groups if name in chart.folded}
    state = _state_card(a, snapshot, call, folded, chart)
    return [state, *(cards[name] for name in ordered)]


def grouped(a: Assessment, snapshot: Snapshot) -> list[tuple[str, tuple[Recommendation, ...]]]:
    """What is offered, group by group; each code on exactly one card."""
    found = []
    for group in snapshot.book.groups:
        said = tuple(r for r in a.offered if snapshot.book.codes[r.code].group == group)
        if said:
            found.append((group, said))
    return found


def _state_card(
    a: Assessment,
    snapshot: Snapshot,
    call: UUID,
    folded: Mapping[str, Sequence[Recommendation]],
    chart: Chart,
) -> Card:
    lines = [
        f"- {wording.GROUPS[name]}: {'; '.join(_title(r) for r in said)} ({chart.folded[name]})"
        for name, said in folded.items()
    ]
    codes = [r.code for said in folded.values() for r in said]
    return Card(
        uuid=uuid5(call, "disease-state"),
        summary=state_summary(a),
        detail=state_detail(a, snapshot, wording.escaped, lines),
        indicator="warning" if a.state in WARNING or a.alerts else "info",
        source=source(snapshot, "disease-state", "Disease state"),
        overrideReasons=OVERRIDE_REASONS,
        extension={CODES: codes} if codes else {},
    )


def state_summary(a: Assessment) -> str:
    """What the disease is doing, since when, and the facts that say so, as far as they fit."""
    head = wording.state_words(a.state, str(a.disease.since or ""))
    said = [k.says.replace(FROM_TEXT, "") for k in a.disease.because if k.says]
    facts = [wording.plain(text) for text in said]
    if a.state in OVERT:
        facts += [f"{t} mutated" for t, s in a.targets.items() if s == "mutated"]
        facts += [f"{t} positive" for t, s in a.targets.items() if s == "positive"]
    if a.unread:
        facts.insert(0, wording.UNREAD)
    return fitting(head, facts, ": ", ", ")


def fitting(head: str, parts: Iterable[str], first: str, then: str) -> str:
    """The head and as many whole parts as stay below the specification's limit."""
    text, separator = head, first
    for part in dict.fromkeys(parts):
        if len(text) + len(separator) + len(part) > SUMMARY_LIMIT:
            break
        text, separator = f"{text}{separator}{part}", then
    return text[:SUMMARY_LIMIT]


def _group_card(
    a: Assessment,
    group: str,
    said: Sequence[Recommendation],
    snapshot: Snapshot,
    call: UUID,
    marks: Mapping[str, str],
) -> Card:
    titles = [_title(r) for r in said]
    suggestions = _suggestions(a, said, snapshot, call, marks)
    warned = marks_of(said, marks)
    display = snapshot.book.codes[said[0].code].display
    return Card(
        uuid=uuid5(call, group),
        summary=fitting(wording.GROUPS[group], titles, ": ", "; "),
        detail=group_detail(said, snapshot, wording.escaped),
        indicator="info",
        source=source(snapshot, said[0].code, display),
        suggestions=suggestions,
        selectionBehavior="at-most-one" if suggestions else None,
        overrideReasons=OVERRIDE_REASONS,
        extension={CODES: [r.code for r in said]} | ({WARNED: list(warned)} if warned else {}),
    )


def marks_of(said: Sequence[Recommendation], marks: Mapping[str, str]) -> tuple[str, ...]:
    """The marks of what a card warns of, beside what it offers."""
    drugs = {option.drug for r in said for option in r.options}
    return tuple(sorted(mark for drug, mark in marks.items() if drug in drugs))


def _title(r: Recommendation) -> str:
    if any(o.current for o in r.options):
        return f"{r.title} (being given)"
    suffix = {Strength.CONSIDER: " (option)", Strength.TRIAL_ONLY: " (trial only)"}
    return r.title + suffix.get(r.strength, "")


def _missing_card(a: Assessment, snapshot: Snapshot, call: UUID) -> Card:
    names = [wording.MISSING[m.fact] for m in a.missing]
    offered = {r.draft for r in a.offered}
    drafts = []
    if (
        any(m.fact.startswith(GENETIC) for m in a.missing)
        and "molecular-testing" not in offered
    ):
        drafts.append("molecular-testing")
    suggestions = tuple(_suggestion(a, d, snapshot, call) for d in drafts)
    return Card(
        uuid=uuid5(call, MISSING),
        summary=fitting("Data that would change this advice", names, ": ", ", "),
        detail=missing_detail(a.missing, snapshot),
        indicator="info",
        source=source(snapshot, MISSING, "Missing data"),
        suggestions=suggestions,
        selectionBehavior="at-most-one" if suggestions else None,
        overrideReasons=OVERRIDE_REASONS,
    )


def _suggestions(
    a: Assessment,
    said: Sequence[Recommendation],
    snapshot: Snapshot,
    call: UUID,
    marks: Mapping[str, str],
) -> tuple[Suggestion, ...]:
    """Drafts for tests and referrals, and for drugs approved here that are not yet given."""
    held = {o.drug for r in said for o in r.options if o.held}
    drafts = [r.draft for r in said if r.draft]
    drafts += [drug for drug in draftable(said, snapshot) if drug not in held]
    return tuple(
        _suggestion(a, draft, snapshot, call, marks.get(draft, ""))
        for draft in dict.fromkeys(drafts)
    )


def _suggestion(
    a: Assessment, name: str, snapshot: Snapshot, call: UUID, mark: str = ""
) -> Suggestion:
    uuid = uuid5(call, f"suggestion/{name}")
    action = drafting(name, a.patient, snapshot, mark)
    return suggestion(snapshot.book.drafts[name].label, uuid, action)


def to_text(assessment: Assessment, snapshot: Snapshot, *, markdown: bool = False) -> str:
    """The same answer for a person at a terminal, as markdown or as plain text."""
    if silent(assessment):
        reason = assessment.excluded or assessment.state.value
        facts = [dated(k) for k in assessment.disease.because if k.says]
        return "\n".join([f"No cards: {reason}.", *(f"- {wording.plain(f)}" for f in facts)])
    escape = wording.escaped if markdown else wording.plain
    parts = [f"# {state_summary(assessment)}", state_detail(assessment, snapshot, escape)]
    for group, said in grouped(assessment, snapshot):
        parts += [f"## {wording.GROUPS[group]}", group_detail(said, snapshot, escape)]
    if assessment.missing and assessment.state in WITH_MISSING_CARD:
        parts += [
            "## Data that would change this advice",
            missing_detail(assessment.missing, snapshot),
        ]
    return "\n\n".join(parts)
