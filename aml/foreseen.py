"""What an order of a drug that is offered would draw, said before it is ordered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from msgspec import structs

from aml.assess import Examination
from aml.assessment import Assessment, Caution, Recommendation, sentence, sources_of
from aml.knowledge import Snapshot
from aml.ordering import Draft
from aml.orders import OrderAlert, draftable, judge_on

Foreseen = Mapping[str, tuple[OrderAlert, ...]]  # by drug; only those that would draw an alert


def foresee(examination: Examination, snapshot: Snapshot) -> Foreseen:
    """Each drug for which a card has a draft, judged as if it were ordered alone today."""
    found: dict[str, tuple[OrderAlert, ...]] = {}
    said = examination.assessment
    if drugs := draftable(said.recommendations, snapshot):
        facts = examination.on_orders()
        for drug in drugs:
            draft = Draft("", frozenset({drug}), says=drug)
            if alerts := judge_on([draft], facts, said, snapshot).alerts:
                found[drug] = alerts
    return found


def forewarned(assessment: Assessment, foreseen: Foreseen) -> Assessment:
    """The assessment with what an order would draw among the cautions of its options, and
    without a draft for what would be critical."""
    if not foreseen:
        return assessment
    said = tuple(_forewarned(r, foreseen) for r in assessment.recommendations)
    return structs.replace(assessment, recommendations=said)


def _forewarned(r: Recommendation, foreseen: Foreseen) -> Recommendation:
    alerts = [alert for option in r.options for alert in foreseen.get(option.drug, ())]
    critical = {drug for drug, said in foreseen.items() if any(a.entry.critical for a in said)}
    options = tuple(structs.replace(o, held=o.drug in critical) for o in r.options)
    cautions = tuple(
        Caution(_said(alert), alert.entry.source, ordering=True) for alert in alerts
    )
    return structs.replace(r, options=options, cautions=(*r.cautions, *cautions))


def _said(alert: OrderAlert) -> str:
    name = " ".join(alert.draft.drugs).replace("-", " ")
    facts = sentence(alert.because)
    return f"{name[:1].upper()}{name[1:]}: {alert.entry.title}{f' ({facts})' if facts else ''}."


def mark_of(patient: str, alerts: Iterable[OrderAlert]) -> str:
    """The same for the same patient, drugs and alerts on the same facts: what a draft carries
    that a card suggested, to say what was known as it did."""
    said = [
        [alert.entry.id, alert.draft.names, sentence(alert.because), sources_of(alert.because)]
        for alert in alerts
    ]
    text = json.dumps([patient, sorted(said)], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
