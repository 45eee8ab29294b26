"""The body of the cards as markdown: what is known, what is open, what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from aml.assessment import (
    Assessment,
    Caution,
    Missing,
    OptionStatus,
    Recommendation,
    dated,
)
from aml.criteria import WORDS
from aml.entries import Strength
from aml.knowledge import Snapshot
from aml.states import OVERT
from cards import wording
from cards.evidence import evidence_lines

Escape = Callable[[str], str]

CONDITIONS = {w.when_open: w.condition for w in WORDS.values() if w.condition}
# Goals of care stand once, on the state card, and not with every option.
UNSPOKEN = frozenset({"goals-beyond-comfort"})
EVIDENCE = "**Evidence**"
TKD = "flt3-tkd-current"
WORD_LIMIT = 165  # of a card before its evidence; the reader has five seconds


class Brevity(Enum):
    """How much of a group's options stands before the evidence."""

    FULL = 0
    WITHOUT_FACTS = 1
    CAUTIONS_BELOW = 2


def state_detail(
    a: Assessment, snapshot: Snapshot, escape: Escape, answered: Sequence[str] = ()
) -> str:
    """The state card: facts with days, targets, alerts, what is missing, where it holds.

    `answered`: lines for cards that a user has answered already. The facts that decide always
    stand; others as far as the card stays readable.
    """
    facets = [wording.FACETS[f] for f in a.facets if f in wording.FACETS]
    said = f"**{wording.state_words(a.state, str(a.disease.since or ''))}**"
    head = ["; ".join([said, *facets]) + ".", ""]
    deciding = [f"- {escape(dated(k))}" for k in a.disease.because if k.says]
    rest = [*_targets_line(a), *_alert_lines(a, escape), ""]
    rest += [*(n.say for n in a.notes), *_not_offered(a, escape), *_open_lines(a)]
    rest += _unjudged_lines(a)
    rest += ["", wording.ANSWERED, *answered] if answered else []
    rest += ["", footer(a, snapshot)]
    room = WORD_LIMIT - words([*head, *deciding, *rest])
    for fact in dict.fromkeys(f"- {escape(dated(k))}" for k in a.facts):
        if fact not in deciding and (room := room - words([fact])) >= 0:
            deciding.append(fact)
    evidence = list(snapshot.book.state_evidence[a.state])
    evidence += [e for alert in a.alerts for e in alert.evidence]
    evidence += [e for note in a.notes for e in note.evidence]
    cited = evidence_lines(dict.fromkeys(evidence), (), snapshot)
    for r in a.recommendations:
        if r.strength is Strength.NOT_BENEFICIAL:
            cited += _evidence_of(r, snapshot)
    return joined([*head, *dict.fromkeys(deciding), *rest, "", EVIDENCE, *dict.fromkeys(cited)])


def words(lines: Sequence[str]) -> int:
    """How many words a reader meets."""
    return sum(len(line.split()) for line in lines)


def _targets_line(a: Assessment) -> list[str]:
    if not a.targets or a.state not in OVERT:
        return []
    said = {gene: f"{gene} {wording.TARGETS[status]}" for gene, status in a.targets.items()}
    if a.targets.get("FLT3") == "wild-type" and any(m.fact == TKD for m in a.missing):
        said["FLT3"] += " (TKD not tested)"
    return [f"- Targets in this event: {', '.join(said.values())}"]


def _alert_lines(a: Assessment, escape: Escape) -> list[str]:
    lines = []
    for alert in a.alerts:
        known = f" {escape(dated(alert.because))}." if alert.because.says else ""
        lines.append(f"- **{alert.text}**{known}{_local(alert.local)}")
    return lines


def _not_offered(a: Assessment, escape: Escape) -> list[str]:
    """What stands against an option, in a line; it has no card of its own."""
    lines = []
    for r in a.recommendations:
        if r.strength is Strength.CONTRAINDICATED:
            reason = "; ".join(dict.fromkeys(k.says for k in r.excluded_by))
            lines.append(f"{r.title}: not with {escape(reason)}.")
        elif r.strength is Strength.NOT_BENEFICIAL:
            lines.append(f"{r.title}: {r.text}")
    comfort = {r.sentence for r in a.recommendations if r.strength is Strength.CONTRAINDICATED}
    if len(lines) > 3 and len(comfort) == 1:
        return [f"Options against the leukemia are not shown: {escape(next(iter(comfort)))}."]
    return lines


def _open_lines(a: Assessment) -> list[str]:
    names = [wording.MISSING[m.fact] for m in a.missing]
    if not names:
        return []
    more = f" and {len(names) - 6} more" if names[6:] else ""
    return [f"Not recorded: {', '.join(names[:6])}{more}."]


def _unjudged_lines(a: Assessment) -> list[str]:
    """What nobody has looked at is said, so that silence is not read as normal (D4, G5, X7)."""
    lines = []
    if a.unknown_factors:
        lines.append(f"Prognostic factors not known: {', '.join(a.unknown_factors)}.")
    if a.unchecked and a.state in OVERT:
        lines.append(f"Not checked for fitness: {', '.join(a.unchecked)}.")
    return lines


def footer(a: Assessment, snapshot: Snapshot) -> str:
    """For which day and place, on which library; the service informs and does not decide."""
    parts = [f"As of {a.on.isoformat()}", a.jurisdiction, f"library {a.knowledge_version}"]
    if a.unsigned:
        parts.append(wording.UNSIGNED)
    if snapshot.local:
        parts.append("with local changes")
    return f"{' · '.join(parts)}. {wording.INFORMS}"


def group_detail(said: Sequence[Recommendation], snapshot: Snapshot, escape: Escape) -> str:
    """The options of one group, each with conditions and cautions, then what they rest on.

    Where several options would make it long, the facts stay on the state card alone, and then
    the cautions move to each option's evidence.
    """
    for brevity in Brevity:
        body = [line for r in said for line in (*_paragraph(r, escape, brevity), "")]
        if words(body) <= WORD_LIMIT:
            break
    if brevity is Brevity.CAUTIONS_BELOW:
        body += [*_shared_conditions(said), wording.CAUTIONS_BELOW]
    if sum(bool(r.options) for r in said) > 1:
        body.append(wording.NO_RANKING)
    lines = [*body, "", EVIDENCE]
    for r in said:
        if len(said) > 1:
            lines += ["", f"*{r.title}*", ""]
        if brevity is Brevity.CAUTIONS_BELOW:
            lines += _caution_lines(r.cautions)
        lines += _evidence_of(r, snapshot)
    return joined(lines)


def _evidence_of(r: Recommendation, snapshot: Snapshot) -> list[str]:
    noted = {e for n in r.notes for e in (*n.evidence, *n.updates)}
    own = [e for e in r.evidence if e not in noted]
    lines = evidence_lines(own, [u for u in r.updates if u not in noted], snapshot)
    for note in r.notes:
        rest = evidence_lines(note.evidence, note.updates, snapshot)
        lines += [f"- {note.say}", *(f"  {line}" for line in rest)]
    return lines


def _caution_lines(cautions: Iterable[Caution]) -> list[str]:
    return [f"- {'Check: ' if c.open else ''}{c.say}" for c in cautions if not c.ordering]


def _ordering_lines(r: Recommendation, escape: Escape) -> list[str]:
    """What its order would draw, with words of the record."""
    return [f"- {escape(c.say)}" for c in r.cautions if c.ordering]


def _paragraph(r: Recommendation, escape: Escape, brevity: Brevity) -> list[str]:
    given = [o.drug for o in r.options if o.current]
    strength = f"being given: {', '.join(given)}" if given else wording.STRENGTHS[r.strength]
    text = " ".join([f"**{r.title}** ({strength}){_local(r.local)}.", r.text, *r.weaker])
    lines = [text]
    facts = [dated(k) for k in r.because[1:] if k.says]
    if facts and brevity is Brevity.FULL:
        lines.append(f"- Because: {escape('; '.join(dict.fromkeys(facts)))}")
    if r.options:
        lines.append(f"- {approvals(r.options)}")
    if brevity is Brevity.CAUTIONS_BELOW:
        return lines + _ordering_lines(r, escape)
    if conditions := _conditions([r]):
        lines.append(f"- Provided that {'; '.join(conditions)} (not recorded).")
    return lines + _caution_lines(r.cautions) + _ordering_lines(r, escape)


def _conditions(said: Sequence[Recommendation]) -> list[str]:
    names = [p for r in said for p in r.provided if p not in UNSPOKEN]
    return [CONDITIONS[name] for name in dict.fromkeys(names)]


def _shared_conditions(said: Sequence[Recommendation]) -> list[str]:
    """What the options of a long card rest on, said once for all of them."""
    conditions = _conditions(said)
    return (
        [f"Not recorded, and to be settled first: {'; '.join(conditions)}."]
        if conditions
        else []
    )


def approvals(options: Sequence[OptionStatus]) -> str:
    """Which drugs are approved for this use, here, today."""
    words = {
        "approved": "approved here for this use",
        "not-approved": "not approved here for this use",
        "investigational": "investigational",
    }
    said = []
    for option in options:
        since = f" since {option.since.isoformat()}" if option.since else ""
        status = words[option.status] + (since if option.status == "approved" else "")
        said.append(f"{option.drug.replace('-', ' ')} {status}")
    return "; ".join(said)


def missing_detail(missing: Sequence[Missing], snapshot: Snapshot) -> str:
    """Each open fact with what its values would change."""
    lines = ["Each of these, once known, could change what is shown.", ""]
    for m in missing:
        changes = [
            snapshot.book.codes[c].display if c in snapshot.book.codes else c.replace("-", " ")
            for c in m.changes
        ]
        shown = ", ".join(changes[:4]) + (
            f" and {len(changes) - 4} more" if changes[4:] else ""
        )
        lines.append(f"- {wording.MISSING[m.fact]}: {shown}")
    lines += ["", EVIDENCE, *evidence_lines(["repeat-mutational-analysis"], (), snapshot)]
    return joined(lines)


def _local(local: bool) -> str:
    return " (local rule)" if local else ""


def joined(lines: Sequence[str]) -> str:
    """Lines as one text, without more than one blank line in a row."""
    text = "\n".join(lines)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()
