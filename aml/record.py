"""How far the record itself can be trusted: contradictions, age, what was not read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from aml import facts
from aml.case import NO
from aml.dates import day_of
from aml.derivation import Derivation, met_on
from aml.event_targets import Targets
from aml.logic import Fact, Known, Unknown, Why
from aml.patient import Patient, Topic
from aml.states import MRD_RELAPSE, OVERT, State


def stale_results(d: Derivation) -> Known[bool]:
    """The newest result on the leukemia is older than the limit, in a state to act on."""
    if d.state not in OVERT | MRD_RELAPSE | {State.RELAPSE_SUSPECTED}:
        return NO
    known = d.course.state.because
    days = [k.on for k in known]
    days += [day_of(b.when) for b in d.patient.blasts] + [day_of(m.when) for m in d.patient.mrd]
    newest = max((day for day in days if day > date.min), default=None)
    if newest is None or (d.on - newest).days <= d.constants.stale_result_days:
        return NO
    sources = tuple(sorted({s for k in known for s in k.sources}))
    says = f"newest blast or MRD result is of {newest}"
    return Known("stale", True, says, newest, sources)


def conflicting_results(
    d: Derivation, found: Targets, said: Mapping[Topic, Fact[str]]
) -> Known[bool]:
    known: list[Known[Any]] = [k for t in found.all for k in t.conflict]
    known += [facts.mrd(r) for r in d.course.mrd.conflicts]
    known += d.course.conflicts
    known += _conflicting_statements(said)
    return met_on("conflict", known)


def _conflicting_statements(said: Mapping[Topic, Fact[str]]) -> list[Known[Any]]:
    return [
        Known(
            "conflict",
            topic.value,
            f"{topic.value} recorded in contradiction",
            date.min,
            fact.sources,
        )
        for topic, fact in said.items()
        if isinstance(fact, Unknown) and fact.why is Why.CONFLICTING
    ]


# What would be found under a query, by its key (fhir_mapping.queries).
_RESTS_ON = {
    "patient": "age",
    "conditions": "diagnoses",
    "observations": "counts, marrow, MRD, genes",
    "reports": "reports of marrow and genetics",
    "specimens": "what was sampled, and when",
    "procedures": "transplants",
    "requests": "drugs ordered",
    "administrations": "drugs given",
    "statements": "drugs reported",
    "careplans": "goals of care",
}


def unread_parts(patient: Patient) -> Known[bool]:
    if not patient.unread:
        return NO
    names = sorted({u.query for u in patient.unread})
    said = ", ".join(f"{n} ({_RESTS_ON[n]})" if n in _RESTS_ON else n for n in names)
    return Known("unread", True, f"not read in full: {said}")
