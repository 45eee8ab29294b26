"""Orders judged: which rule warns of which draft, by what is ordered and given beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from msgspec import structs

from aml.assess import Examination
from aml.assessment import (
    NOT_JUDGED,
    Alert,
    Assessment,
    Recommendation,
    Suppressed,
    sentence,
    sources_of,
)
from aml.case import Case
from aml.criteria import holds
from aml.entries import Strength
from aml.facts import label
from aml.knowledge import Snapshot
from aml.logic import Known, Truth
from aml.order_entries import DUPLICATE, INTERACTION, Among, Drafted, OrderEntry, Remedy
from aml.order_facts import SAFETY_VALUES, OrderFacts
from aml.ordering import Draft, Ordering, Procedure
from aml.pharmacy import Intensity
from aml.treatment import HMA_VEN_DAYS

SALVAGE = "salvage-chemotherapy"  # with or without venetoclax (the response contract)
ORDERED = "ordered"
CONDITIONING = "conditioning"
NO_CLASS: frozenset[str] = frozenset()
_CHEMOTHERAPY = frozenset({"cytarabine", "anthracycline", "purine-analog", "topoisomerase"})


@dataclass(frozen=True, slots=True)
class OrderAlert:
    """A rule that warns of a draft. `about`: the drugs or procedures that it is about."""

    entry: OrderEntry
    draft: Draft
    about: tuple[str, ...]
    because: tuple[Known[Any], ...] = ()

    def as_alert(self, snapshot: Snapshot) -> Alert:
        known = Known("order", True, sentence(self.because), sources=sources_of(self.because))
        entry = self.entry
        return Alert(
            entry.order,
            entry.id,
            known,
            entry.text,
            entry.evidence,
            entry.id in snapshot.local,
            self.draft.reference,
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of the drafts of one call, each draft's gravest alert first.

    `options`: the drugs that would draw no alert in the place of a draft. `right`: drafts of
    drugs that the assessment offers, without an alert. `tests`: what is ordered beside them.
    `unjudged`: drafts of which nothing is said by their kind or the patient's, and why.
    `unchecked`: the safety values that are not on record, or too old to be used.
    """

    assessment: Assessment
    alerts: tuple[OrderAlert, ...] = ()
    options: Mapping[Draft, tuple[str, ...]] = field(default_factory=dict)
    right: tuple[Draft, ...] = ()
    tests: frozenset[Procedure] = frozenset()
    unjudged: tuple[Suppressed, ...] = ()
    unchecked: tuple[str, ...] = ()

    def without(self, drafts: Collection[Draft]) -> Judgement:
        """What is left when nothing is said of these drafts."""
        return replace(self, alerts=tuple(a for a in self.alerts if a.draft not in drafts))

    def by_draft(self) -> dict[Draft, tuple[OrderAlert, ...]]:
        found: dict[Draft, tuple[OrderAlert, ...]] = {}
        for alert in self.alerts:
            found[alert.draft] = (*found.get(alert.draft, ()), alert)
        return found


def judge(drafts: Sequence[Draft], examination: Examination, snapshot: Snapshot) -> Judgement:
    """The selected drafts, judged together with all others and with what is being given.

    Nothing is said in patients of whom the assessment says nothing.
    """
    return judge_on(drafts, examination.on_orders(), examination.assessment, snapshot)


def judge_on(
    drafts: Sequence[Draft],
    facts: OrderFacts | None,
    assessment: Assessment,
    snapshot: Snapshot,
) -> Judgement:
    """The same on these facts; None in patients of whom the assessment says nothing."""
    selected = [draft for draft in drafts if draft.selected]
    if facts is None:
        why = f"patient out of scope: {assessment.excluded or assessment.state.value}"
        outside = tuple(Suppressed(NOT_JUDGED, draft.reference, why) for draft in selected)
        return Judgement(assessment, unjudged=outside)
    basket = _Basket(tuple(drafts), assessment, facts, snapshot)
    alerts = [alert for draft in selected for alert in basket.alerts(draft)]
    warned = {alert.draft for alert in alerts}
    replace_ = {a.draft for a in alerts if a.entry.remedy is Remedy.REPLACE}
    return Judgement(
        assessment,
        tuple(alerts),
        {draft: basket.options(draft) for draft in drafts if draft in replace_},
        tuple(d for d in selected if d not in warned and d.drugs & basket.offered),
        frozenset(p for draft in drafts for p in draft.procedures),
        tuple(
            Suppressed(NOT_JUDGED, draft.reference, "supportive care")
            for draft in selected
            if draft not in warned
            and snapshot.pharmacy.supportive(draft.drugs)
            and draft.drugs.isdisjoint(_named_beside(alerts))
        ),
        tuple(label(name) for name in SAFETY_VALUES if name not in facts.case.measured),
    )


def answered(
    judgement: Judgement, suppressed: Iterable[Suppressed], snapshot: Snapshot
) -> Assessment:
    """The assessment as an order hook answers it: the patient's alerts and those on orders."""
    assessment = judgement.assessment
    said = tuple(alert.as_alert(snapshot) for alert in judgement.alerts)
    return structs.replace(
        assessment,
        alerts=(*assessment.alerts, *said),
        suppressed=(*suppressed, *judgement.unjudged),
    )


def offered_drugs(recommendations: Iterable[Recommendation]) -> frozenset[str]:
    """Drugs that the assessment offers as recommended or an option: those that are approved
    for it, or all where it offers an off-label use as such."""
    found: set[str] = set()
    for r in recommendations:
        if r.strength in (Strength.RECOMMEND, Strength.CONSIDER):
            approved = {o.drug for o in r.options if o.status == "approved"}
            found |= approved or {o.drug for o in r.options}
    return frozenset(found)


def draftable(recommendations: Iterable[Recommendation], snapshot: Snapshot) -> list[str]:
    """Drugs that are approved and recommended or an option, for which the library has a draft;
    in the order of the recommendations, and not being given already."""
    options = [
        o
        for r in recommendations
        if r.strength in (Strength.RECOMMEND, Strength.CONSIDER)
        for o in r.options
    ]
    return [
        o.drug
        for o in options
        if o.status == "approved" and not o.current and o.drug in snapshot.book.drafts
    ]


@dataclass(frozen=True)
class _Basket:
    """The drafts, and what they are judged on."""

    drafts: tuple[Draft, ...]
    assessment: Assessment
    facts: OrderFacts
    snapshot: Snapshot

    @property
    def case(self) -> Case:
        return self.facts.case

    def alerts(self, draft: Draft) -> list[OrderAlert]:
        """What the rules say of one draft, the gravest first."""
        gravity = list(self.snapshot.book.orders)
        rules = _rules_on(draft, self.snapshot)
        said = [a for entry in rules if (a := self._judged(entry, draft))]
        return sorted(
            said,
            key=lambda a: (gravity.index(a.entry.order), not a.entry.critical, a.entry.id),
        )

    def options(self, draft: Draft) -> tuple[str, ...]:
        """Approved drugs of the assessment that would draw no alert in the draft's place, and
        are not ordered already."""
        found = []
        for drug in draftable(self.assessment.recommendations, self.snapshot):
            other = replace(draft, drugs=frozenset({drug}), regimen="", says=drug)
            basket = tuple(other if each is draft else each for each in self.drafts)
            ordered = any(drug in each.drugs for each in self.drafts)
            if not ordered and not replace(self, drafts=basket).alerts(other):
                found.append(drug)
        return tuple(found)

    def _judged(self, entry: OrderEntry, draft: Draft) -> OrderAlert | None:
        if self.case.state.value not in entry.states:
            return None
        about, partners = self._about(entry, draft)
        if not about or (entry.together is not None and not partners):
            return None
        if entry.without is not None and self._accompanied(entry.without, draft):
            return None
        because: list[Known[Any]] = []
        if entry.when is not None:
            drugs = frozenset(about & self.snapshot.pharmacy.classes.keys())
            verdict = holds(entry.when, self._case_of(drugs))
            if verdict.truth is not Truth.MET:
                return None
            because += [known for known in verdict.because if known.says]
        because += [partners[name] for name in sorted(partners)]
        return OrderAlert(entry, draft, tuple(sorted(about)), tuple(dict.fromkeys(because)))

    def _case_of(self, drugs: frozenset[str]) -> Case:
        """The case with an order of these drugs."""
        if drugs not in self._cases:
            order = Ordering(drugs, self.offered)
            self._cases[drugs] = structs.replace(self.case, order=order)
        return self._cases[drugs]

    @cached_property
    def _cases(self) -> dict[frozenset[str], Case]:
        return {}

    @cached_property
    def offered(self) -> frozenset[str]:
        said = self.assessment.recommendations
        found = offered_drugs(said)
        if self._intensive and any(
            r.code == SALVAGE and r.strength in (Strength.RECOMMEND, Strength.CONSIDER)
            for r in said
        ):
            found |= {"venetoclax"}
        return found

    def _about(
        self, entry: OrderEntry, draft: Draft
    ) -> tuple[set[str], Mapping[str, Known[Any]]]:
        """What in the draft the rule is about, and what stands beside it that it asks for."""
        about = self._among(entry.drafted, draft)
        if entry.together is None:
            return about, {}
        if about:
            return about, self._partners(entry, draft, about)
        if entry.order != INTERACTION or not self._in(entry.together, draft.drugs):
            return set(), {}
        given = self._beside(draft, self._window(entry), judged=False)
        about = self._in(entry.drafted, given)
        return about, {drug: given[drug] for drug in about}

    def _among(self, drafted: Drafted, draft: Draft) -> set[str]:
        found = self._in(drafted, draft.drugs)
        found |= {p.value for p in draft.procedures if p in drafted.procedures}
        pharmacy = self.snapshot.pharmacy
        if drafted.antileukemic:
            found |= pharmacy.antileukemic(draft.drugs)
        if drafted.chemotherapy and draft is self._chemotherapy:
            found |= pharmacy.antileukemic(draft.drugs)
        return found

    def _in(self, among: Among, drugs: Iterable[str]) -> set[str]:
        return _in(among, drugs, self.snapshot)

    def _partners(
        self, entry: OrderEntry, draft: Draft, about: set[str]
    ) -> Mapping[str, Known[Any]]:
        assert entry.together is not None
        beside = self._beside(draft, self._window(entry), judged=True)
        if entry.order == DUPLICATE:
            beside = self._before(draft)
        beside |= {drug: _ordered(drug) for drug in draft.drugs}
        others = beside.keys() - (about if len(about) == 1 else set())
        found = {drug: beside[drug] for drug in self._in(entry.together, others)}
        for other in self.drafts:
            if other is not draft:
                for procedure in other.procedures & set(entry.together.procedures):
                    found[procedure.value] = _ordered(procedure.value)
        return found

    def _before(self, draft: Draft) -> dict[str, Known[Any]]:
        """What a draft would duplicate: of two drafts that are judged, one is warned of: the
        one that the assessment does not offer, else the later."""
        found = self._beside(draft, 0, judged=False)
        for other in self.drafts:
            if other is not draft and other.selected and self._rank(other) < self._rank(draft):
                found |= {drug: _ordered(drug) for drug in other.drugs}
        return found

    def _rank(self, draft: Draft) -> tuple[bool, int]:
        return draft.drugs.isdisjoint(self.offered), self.drafts.index(draft)

    def _beside(self, draft: Draft, days: int, *, judged: bool) -> dict[str, Known[Any]]:
        """What is given, or was within so many days, and what is ordered beside the draft.
        Without the `judged` drafts where these bear the alert themselves."""
        found: dict[str, Known[Any]] = {
            active.drug: active.because
            for active in self.facts.medication
            if (self.case.on - active.last).days <= days
            and draft.reference not in active.because.sources
        }
        for other in self.drafts:
            if other is not draft and (judged or not other.selected):
                found |= {drug: _ordered(drug) for drug in other.drugs}
        return found

    def _window(self, entry: OrderEntry) -> int:
        return 0 if entry.order == DUPLICATE else self.case.constants.interaction_days

    def _accompanied(self, without: Among, draft: Draft) -> bool:
        beside = self._beside(draft, HMA_VEN_DAYS, judged=True)
        return bool(self._in(without, beside.keys() | draft.drugs))

    @cached_property
    def _intensive(self) -> bool:
        """Whether the drafts are an intensive regimen, be it one draft or one for each drug."""
        drugs = {drug for draft in self.drafts for drug in draft.drugs}
        regimens = [draft.regimen for draft in self.drafts]
        return self.snapshot.pharmacy.intensity(drugs, regimens) is Intensity.INTENSIVE

    @cached_property
    def _chemotherapy(self) -> Draft | None:
        """The first draft of cytotoxic chemotherapy. A drug that conditions for an HCT too
        (fludarabine) counts within an intensive regimen only."""
        listed = self.snapshot.pharmacy.classes
        for draft in self.drafts:
            for classes in (listed[drug] for drug in draft.drugs):
                counted = self._intensive or CONDITIONING not in classes
                if draft.selected and counted and not _CHEMOTHERAPY.isdisjoint(classes):
                    return draft
        return None


def _in(among: Among, drugs: Iterable[str], snapshot: Snapshot) -> set[str]:
    listed = snapshot.pharmacy.classes
    return {
        drug
        for drug in drugs
        if drug in among.drugs or not listed.get(drug, NO_CLASS).isdisjoint(among.classes)
    }


def _rules_on(draft: Draft, snapshot: Snapshot) -> Iterable[OrderEntry]:
    """The rules that can be about something in the draft; the others need not be asked."""
    by_name = snapshot.derived(_rules_by_name)
    rules = [rule for name in draft.names for rule in by_name.get(name, ())]
    return {rule.id: rule for rule in rules}.values()


def _rules_by_name(snapshot: Snapshot) -> dict[str, list[OrderEntry]]:
    """Each rule under the drugs and procedures of which a draft has to hold one."""
    found: dict[str, list[OrderEntry]] = {}
    drugs = snapshot.pharmacy.classes
    for rule in snapshot.orders:
        names = _in(rule.drafted, drugs, snapshot) | {p.value for p in rule.drafted.procedures}
        if rule.drafted.antileukemic or rule.drafted.chemotherapy:
            names |= snapshot.pharmacy.antileukemic(drugs)
        if rule.order == INTERACTION and rule.together is not None:
            names |= _in(rule.together, drugs, snapshot)
        for name in names:
            found.setdefault(name, []).append(rule)
    return found


def _named_beside(alerts: Iterable[OrderAlert]) -> set[str]:
    """What is ordered in the same basket and stands on the card of another draft."""
    return {known.value for a in alerts for known in a.because if known.name == ORDERED}


def _ordered(name: str) -> Known[Any]:
    return Known(ORDERED, name, f"{name.replace('-', ' ')} in the same orders")
