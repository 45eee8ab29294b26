"""A rule or an alert as a section: all that is signed with it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aml.criteria import WORDS
from aml.entries import AlertEntry, Approval, Caution, Entry, Note, Option
from aml.knowledge import Library
from aml.states import State
from cards import wording
from cards.algorithm import Algorithm
from cards.clauses import aloud
from cards.differences import Rule
from cards.explain import words_of
from cards.rulebook.document import (
    Block,
    Field,
    Fields,
    Line,
    Link,
    Section,
    Signature,
    Span,
    Strong,
    lines,
)

NOT_SIGNED = "Not yet signed by a clinician here"
USES = {
    "other-use": "another use",
    "flt3-itd-after-hct": "maintenance after HCT, FLT3-ITD",
    "rr-aml": "relapsed or refractory AML",
}
PLACES = ("US", "EU")


def state_name(state: State) -> str:
    """`mrd-relapse` of the response contract as "MRD relapse"."""
    return state.value.replace("-", " ").replace("mrd", "MRD")


def use_name(use: str) -> str:
    """A use of a drug in words: `rr-flt3` is relapsed or refractory AML with that target."""
    target = use.removeprefix("rr-").upper()
    return USES.get(use, f"relapsed or refractory AML, {target}" if target != use else use)


@dataclass(frozen=True, slots=True)
class RuleReader:
    """The library, the rows it answers, and the names of the cases of each vignette."""

    library: Library
    algorithm: Algorithm
    vignettes: Mapping[str, tuple[str, ...]]

    def rule(self, entry: Entry) -> Section:
        fields = Fields(tuple(field for field in self._rule(entry) if field.lines))
        return Section(entry.card.title, entry.id, (fields, signature_of(entry)), mark=entry.id)

    def alert(self, alert: AlertEntry) -> Section:
        title = self.library.book.alerts[alert.alert]
        fields = Fields(tuple(field for field in self._alert(alert) if field.lines))
        return Section(title, alert.id, (fields, signature_of(alert)), mark=alert.id)

    def _rule(self, entry: Entry) -> Iterator[Field]:
        code = self.library.book.codes[entry.code]
        yield Field("Status", self.status(entry))
        yield Field("Card", ((Strong(f"{entry.card.title}."), f" {entry.card.text}"),))
        said = f"{wording.STRENGTHS[entry.strength]} ({entry.strength.value})"
        yield Field("Strength", ((f"{said}; {code.display} ({entry.code}), row {entry.row}",),))
        yield Field("States", lines(", ".join(state_name(s) for s in entry.states)))
        yield Field("When", lines(aloud(entry.when)))
        yield Field("Provided", tuple((_open(c),) for c in entry.provided))
        yield Field("Not with", (*((aloud(c),) for c in entry.unless), *self._general(entry)))
        weaker = (
            f"{wording.STRENGTHS[w.to]} if {aloud(w.when)}: {w.say}" for w in entry.weaker
        )
        yield Field("Weaker", lines(*weaker))
        yield Field("Drugs", tuple(self._drugs(entry)))
        yield Field("In force", lines(*_in_force(entry)))
        yield Field("Cautions", lines(*(_caution(c) for c in entry.cautions)))
        yield Field("Notes", tuple(self._note(note) for note in entry.notes))
        if entry.draft:
            draft = self.library.book.drafts[entry.draft]
            yield Field("Draft", lines(draft.label))
        yield from self.rests_on(entry, entry.notes)
        clauses = [entry.when, *entry.provided, *entry.unless]
        clauses += [w.when for w in entry.weaker] + [n.when for n in entry.notes]
        clauses += [c.when for c in entry.cautions]
        yield Field("Words", self.words(clauses))
        yield self._cases(entry.id)

    def _alert(self, alert: AlertEntry) -> Iterator[Field]:
        yield Field("Status", self.status(alert))
        yield Field("State card", lines(alert.text))
        yield Field("Alert", lines(f"{alert.alert}, row {alert.row}"))
        yield Field("States", lines(", ".join(state_name(s) for s in alert.states)))
        yield Field("When", lines(aloud(alert.when)))
        yield from self.rests_on(alert, ())
        yield Field("Words", self.words([alert.when]))
        yield self._cases(alert.id)

    def status(self, entry: Rule) -> tuple[Line, ...]:
        """Signed or not, when it is due, whether a site changed it."""
        local = " Local rule of this site." if entry.id in self.library.local else ""
        return ((f"{_signed(entry) or NOT_SIGNED}. Review due {entry.due}.{local}",),)

    def _general(self, entry: Entry) -> Iterator[Line]:
        """Exclusions of the whole library that cover this entry."""
        for exclusion in self.library.book.exclusions:
            spared = entry.code in exclusion.spares
            beside = exclusion.drugs_only and not self.library.book.codes[entry.code].drug
            if not spared and not beside:
                yield (f"{aloud(exclusion.unless)} (all rules, {exclusion.row})",)

    def _drugs(self, entry: Entry) -> Iterator[Line]:
        for option in entry.options:
            for place in PLACES:
                yield self._approval(option, place)
        if entry.needs_approval:
            yield ("Where none of them is approved, in a trial only.",)

    def _approval(self, option: Option, place: str) -> Line:
        head = f"{option.drug.replace('-', ' ')} for {use_name(option.use)}, {place}: "
        held = [
            a
            for a in self.library.approvals
            if (a.drug, a.use, a.jurisdiction) == (option.drug, option.use, place)
        ]
        if not held:
            return (f"{head}no approval held",)
        spans: list[str | Link] = [head]
        for i, approval in enumerate(held):
            spans += [
                "; " if i else "",
                f"approved{dates(approval)} (",
                cited(approval.source),
                ")",
            ]
        return tuple(spans)

    def _note(self, note: Note) -> Line:
        row = f"{note.row}, " if note.row else ""
        ids = [s for name in (*note.evidence, *note.updates) for s in (", ", cited(name))]
        return (Strong(f"{row}{aloud(note.when)}: "), note.say, *_bracketed(ids))

    def rests_on(self, entry: Rule, notes: Iterable[Note]) -> Iterator[Field]:
        """Statements of the paper, and what came after it."""
        evidence = [*entry.evidence, *(e for note in notes for e in note.evidence)]
        updates = [*entry.updates, *(u for note in notes for u in note.updates)]
        yield Field(
            "Evidence", tuple(self._statement(name) for name in dict.fromkeys(evidence))
        )
        yield Field(
            "Since the paper", tuple(self._update(name) for name in dict.fromkeys(updates))
        )

    def _statement(self, name: str) -> Line:
        known = self.library.evidence[name]
        population = f" [{known.population}]" if known.population else ""
        text = f"{known.claim}{population} ({'; '.join(known.cites)}) ["
        return (text, cited(name), "]")

    def _update(self, name: str) -> Line:
        update = self.library.updates[name]
        text = f"{update.date}, {update.jurisdiction}, {update.confidence}: {update.claim} ["
        return (text, cited(name), "]")

    def words(self, clauses: Iterable[object]) -> tuple[Line, ...]:
        """The definitions of the words that the clauses use."""
        return tuple(
            (
                Strong(name.replace("-", " ")),
                f": {meaning(name)} [",
                source_of(name, self.library, self.algorithm),
                "]",
            )
            for name in used_words(clauses)
        )

    def _cases(self, rule: str) -> Field:
        names = self.vignettes.get(rule, ())
        return Field("Vignettes", lines(*names), run_on=True)


def _signed(entry: Rule) -> str:
    return f"Signed {entry.reviewed} by {entry.reviewed_by}" if entry.reviewed else ""


def signature_of(entry: Rule) -> Block:
    """Where it is signed."""
    return Signature(entry.id, _signed(entry))


def _open(condition: str) -> str:
    word = WORDS[condition]
    return f"{aloud(condition)} (while open, the card says: provided that {word.condition})"


def _in_force(entry: Entry) -> Iterator[str]:
    if entry.since:
        yield f"from {entry.since}"
    if entry.until:
        yield f"until {entry.until}, that day not included"


def _caution(caution: Caution) -> str:
    when = f"if {aloud(caution.when)}, or that is open: " if caution.when is not None else ""
    return f"{when}{caution.say} ({caution.source})"


def _bracketed(spans: list[str | Link]) -> tuple[str | Link, ...]:
    return (" (", *spans[1:], ")") if spans else ()


def dates(approval: Approval) -> str:
    """Since when, until when; without a day, as the paper or a label states it."""
    if not approval.since and not approval.until:
        return ", as the paper or a label states it"
    since = f" since {approval.since}" if approval.since else ""
    return f"{since}{f' until {approval.until}' if approval.until else ''}"


def cited(name: str) -> Link:
    """The id of a statement or an update, leading to its place in the lists at the end."""
    return Link(name, f"#source-{name}")


def source_of(word: str, library: Library, algorithm: Algorithm) -> Span:
    """What a word rests on: a statement of the paper, or a row of the algorithm."""
    source = WORDS[word].source
    return cited(source) if source in library.evidence else row_link(source, algorithm)


def row_link(row: str, algorithm: Algorithm) -> Span:
    anchor = algorithm.anchor_of(row)
    return Link(row, f"#{anchor}") if anchor else row


def meaning(name: str) -> str:
    return " ".join((WORDS[name].definition.__doc__ or "").split())


def used_words(clauses: Iterable[object]) -> list[str]:
    return sorted({name for clause in clauses for name in words_of(clause)})
