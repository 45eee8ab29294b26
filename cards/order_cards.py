"""Alerts on orders as CDS Hooks cards: one for each draft, with what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID, uuid5

from aml.assessment import Assessment, Recommendation, dated
from aml.facts import FROM_TEXT
from aml.knowledge import Snapshot
from aml.order_entries import OrderEntry, Remedy
from aml.ordering import Draft, Procedure
from aml.orders import Judgement, OrderAlert
from cards import wording
from cards.detail import EVIDENCE, WORD_LIMIT, footer, joined, words
from cards.evidence import evidence_lines
from cards.models import Action, Card, HookResponse, Suggestion
from cards.overrides import OVERRIDE_REASONS, order_reasons
from cards.parts import call_id, drafting, source, suggestion
from cards.render import ASSESSMENT, CODES, fitting, silent

DRAFT = "org.rraml.draft"
RULES = "org.rraml.rules"
UNREAD = "data-unavailable"
ABOUT = "org.rraml.about"
MOST_NAMES = 3  # of drugs in a summary
MOST_OPTIONS = 2  # replacements on one card
# The drafts of library.yaml that are tests, and what they are among the orders.
TESTS = {
    "molecular-testing": Procedure.MOLECULAR_TEST,
    "cd33-testing": Procedure.IMMUNOPHENOTYPE,
}


def to_order_response(
    judgement: Judgement,
    assessment: Assessment,
    snapshot: Snapshot,
    hook_instance: str,
    *,
    acknowledge: bool = False,
) -> dict[str, object]:
    """The response to an order hook: order cards only, the gravest first.

    `assessment` is what goes with the cards. `acknowledge`: say it too of an order that fits.
    """
    cards: list[Card] = []
    if not silent(assessment):
        voice = _Voice(judgement, assessment, snapshot, hook_instance)
        cards += voice.alerts()
        cards += voice.acknowledgements() if acknowledge else ()
    return HookResponse(cards=cards, extension={ASSESSMENT: assessment.to_json()}).to_json()


class _Voice:
    """The cards of one call."""

    def __init__(
        self,
        judgement: Judgement,
        assessment: Assessment,
        snapshot: Snapshot,
        hook_instance: str,
    ) -> None:
        self._judgement = judgement
        self._assessment = assessment
        self._snapshot = snapshot
        self._call = call_id(hook_instance)

    def alerts(self) -> list[Card]:
        gravity = list(self._snapshot.book.orders)
        warned = sorted(
            self._judgement.by_draft().items(),
            key=lambda pair: gravity.index(pair[1][0].entry.order),
        )
        return [self._alert(draft, alerts) for draft, alerts in warned]

    def _alert(self, draft: Draft, alerts: Sequence[OrderAlert]) -> Card:
        first = alerts[0].entry
        codes = list(dict.fromkeys(alert.entry.order for alert in alerts))
        suggestions = tuple(self._suggestions(draft, alerts))
        extension = {
            DRAFT: draft.reference,
            ABOUT: list(draft.names),
            RULES: [alert.entry.id for alert in alerts],
        }
        display = self._snapshot.book.orders[first.order]
        return Card(
            uuid=self._uuid(draft, "alert"),
            summary=_summary(alerts),
            detail=self._detail(alerts),
            indicator="critical" if any(a.entry.critical for a in alerts) else "warning",
            source=source(self._snapshot, first.order, display, first.source),
            suggestions=suggestions,
            selectionBehavior="at-most-one" if suggestions else None,
            overrideReasons=order_reasons(codes),
            extension={name: value for name, value in extension.items() if value},
        )

    def _detail(self, alerts: Sequence[OrderAlert]) -> str:
        """The gravest in full; the others too, unless that would make it long."""
        body = [line for alert in alerts for line in _paragraph(alert, full=True)]
        if words(body) > WORD_LIMIT:
            head, *rest = alerts
            body = _paragraph(head, full=True)
            body += [line for alert in rest for line in _paragraph(alert, full=False)]
        watch = [f"- {c.say}" for r in self._offering(alerts) for c in r.cautions]
        watch += self._unread()
        lines = [*body, *dict.fromkeys(watch), "", footer(self._assessment, self._snapshot)]
        cited = [line for alert in alerts for line in self._grounds(alert.entry)]
        return joined([*lines, "", EVIDENCE, *dict.fromkeys(cited)])

    def _unread(self) -> list[str]:
        """An order was judged by what could be read, and by no more."""
        alerts = (a for a in self._assessment.alerts if a.code == UNREAD)
        return [f"- **{a.text}** {wording.escaped(a.because.says)}." for a in alerts]

    def _offering(self, alerts: Sequence[OrderAlert]) -> Iterator[Recommendation]:
        """What offers the drug all the same: its label's cautions are worth a line."""
        about = {name for alert in alerts for name in alert.about}
        for r in self._assessment.offered:
            if about & {option.drug for option in r.options}:
                yield r

    def _grounds(self, entry: OrderEntry) -> list[str]:
        updates = [u for u in entry.updates if u in self._snapshot.updates]
        lines = evidence_lines(entry.evidence, updates, self._snapshot)
        if entry.source:
            lines.append(f"- {entry.source}")
        if entry.check_label:
            lines.append("- Not read in a label: check it there.")
        return lines

    def _suggestions(self, draft: Draft, alerts: Sequence[OrderAlert]) -> Iterator[Suggestion]:
        """Take the draft out; put an option in its place; add the test, or order it first."""
        remedies = {alert.entry.remedy for alert in alerts}
        out = self._deletion(draft, alerts[0])
        if out and remedies & {Remedy.DELETE, Remedy.REPLACE}:
            yield suggestion(out.description, self._uuid(draft, "delete"), out)
        for option in self._judgement.options.get(draft, ())[:MOST_OPTIONS]:
            label = f"Order {option.replace('-', ' ')} instead, without dose"
            create = self._drafting(option)
            actions = (create, out) if out else (create,)
            yield suggestion(label, self._uuid(draft, f"replace/{option}"), *actions)
        missing = (alert.entry.test for alert in alerts if alert.entry.test)
        for test in dict.fromkeys(missing):
            if TESTS.get(test) not in self._judgement.tests:
                yield from self._testing(draft, test, out)

    def _testing(self, draft: Draft, test: str, out: Action | None) -> Iterator[Suggestion]:
        create = self._drafting(test)
        yield suggestion(
            "Add the missing test, keep the order", self._uuid(draft, f"add/{test}"), create
        )
        if out:
            label = f"Test first: {out.description[0].lower()}{out.description[1:]}"
            yield suggestion(label, self._uuid(draft, f"first/{test}"), out, create)

    def _deletion(self, draft: Draft, alert: OrderAlert) -> Action | None:
        if not draft.reference:
            return None
        label = f"Take {_names(_own(alert))} out of the orders"
        return Action(type="delete", description=label, resourceId=draft.reference)

    def _drafting(self, name: str) -> Action:
        return drafting(name, self._assessment.patient, self._snapshot)

    def acknowledgements(self) -> list[Card]:
        """A short word on orders that fit, one for each code that offers them."""
        cards = []
        for r in self._assessment.offered:
            ordered = {o.drug for o in r.options} & {
                drug for draft in self._judgement.right for drug in draft.drugs
            }
            if ordered:
                cards.append(self._acknowledgement(r, _names(ordered)))
        return cards

    def _acknowledgement(self, r: Recommendation, name: str) -> Card:
        facts = [f"- {wording.escaped(dated(k))}" for k in r.because[1:] if k.says]
        watch = [f"- {caution.say}" for caution in r.cautions]
        if unchecked := self._judgement.unchecked:
            watch.append(f"- Not checked, not on record or too old: {', '.join(unchecked)}.")
        watch += self._unread()
        lines = [f"**{r.title}** ({wording.STRENGTHS[r.strength]}).", *facts, *watch]
        lines += ["", footer(self._assessment, self._snapshot), "", EVIDENCE]
        lines += evidence_lines(r.evidence, r.updates, self._snapshot)
        display = self._snapshot.book.codes[r.code].display
        return Card(
            uuid=uuid5(self._call, f"order/{r.code}"),
            summary=fitting(f"{_capital(name)}: fits what is on record", (), "", ""),
            detail=joined(lines),
            indicator="info",
            source=source(self._snapshot, r.code, display),
            overrideReasons=OVERRIDE_REASONS,
            extension={CODES: [r.code]},
        )

    def _uuid(self, draft: Draft, name: str) -> UUID:
        return uuid5(self._call, f"order/{draft.reference or draft.says}/{name}")


def _summary(alerts: Sequence[OrderAlert]) -> str:
    """The drug, what is wrong, and as many facts and further alerts as fit."""
    first = alerts[0]
    facts = [wording.plain(dated(k).replace(FROM_TEXT, "")) for k in first.because if k.says]
    others = [alert.entry.title for alert in alerts[1:]]
    return fitting(_head(first), [*facts, *others], "; ", "; ")


def _paragraph(alert: OrderAlert, *, full: bool) -> list[str]:
    head = f"**{_head(alert)}.**"
    lines = [f"{head} {alert.entry.text}" if full else head]
    lines += [f"- {wording.escaped(dated(k))}" for k in alert.because if k.says]
    return [*lines, ""]


def _head(alert: OrderAlert) -> str:
    """What is ordered, and what is wrong with it; with the drug that is being given, if the
    rule is about that one."""
    own = _own(alert)
    beside = "" if set(own) <= set(alert.about) else f" with {_names(alert.about)}"
    return _capital(f"{_names(own)}{beside}: {alert.entry.title}")


def _own(alert: OrderAlert) -> tuple[str, ...]:
    """The part of the draft that the alert is about."""
    return tuple(n for n in alert.draft.names if n in alert.about) or alert.draft.names


def _names(about: Iterable[str]) -> str:
    names = [wording.PROCEDURES.get(n, n.replace("-", " ")) for n in sorted(about)]
    return ", ".join(names[:MOST_NAMES]) + (" …" if names[MOST_NAMES:] else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
