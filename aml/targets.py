"""What is known of a target in the present event: found, excluded, not retested, or unknown.

A result counts as current if its sample was taken no earlier than 14 days before the deciding
sample of the event (the response contract, "Targets"), and not before a drug against it was
given (D14). Nothing older stands in for it, positive or negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from aml import facts
from aml.dates import days_before
from aml.logic import Fact, Known, Truth, Unknown, Why
from aml.patient import Finding, GeneResult, Method, MrdResult, Patient, When

DECIDING = (Finding.DETECTED, Finding.NOT_DETECTED)


class Target(Struct, frozen=True):
    """One alteration. `older`: the newest decided result that is not current, if any.

    `ever`: a positive result of any time. `conflict`: results of one day that contradict.
    """

    name: str
    current: Fact[bool]
    older: Known[Finding] | None = None
    ever: Known[Finding] | None = None
    earlier_positive: Known[Finding] | None = None
    conflict: tuple[Known[Finding], ...] = ()


def read_target(
    name: str,
    results: Iterable[GeneResult],
    since: date,
    inhibited: Sequence[When] = (),
) -> Target:
    """The state of one alteration.

    `since`: the first day from which a sample is current. `inhibited`: when drugs against the
    target that are no longer given were begun; the sample behind one being given still counts.
    """
    decided = [r for r in results if r.finding in DECIDING]
    if not decided:
        return Target(name, Unknown(name))
    if len(decided) > 1:
        decided.sort(key=lambda r: (r.when, r.allelic_ratio.recorded, r.source))
    current = [r for r in decided if _is_current(r.when, since, inhibited)]
    earlier = [r for r in decided if r not in current]
    positive = [r for r in decided if r.finding is Finding.DETECTED]
    before = [r for r in earlier if r.finding is Finding.DETECTED]
    fact_, conflict = _latest(name, current, has_older=bool(earlier))
    return Target(
        name,
        fact_,
        facts.gene(earlier[-1]) if earlier else None,
        facts.gene(positive[-1]) if positive else None,
        facts.gene(before[-1]) if before else None,
        conflict,
    )


def _is_current(when: When, since: date, inhibited: Sequence[When]) -> bool:
    """Taken in the event, and not before a drug against the target that was given (D14)."""
    return when.first >= since and all(s.before(when) is Truth.MET for s in inhibited)


def _latest(
    name: str, current: Sequence[GeneResult], *, has_older: bool
) -> tuple[Fact[bool], tuple[Known[Finding], ...]]:
    if not current:
        return Unknown(name, Why.STALE if has_older else Why.ABSENT), ()
    last = max(current, key=lambda r: r.when.last)
    rivals = [r for r in current if r.when.before(last.when) is not Truth.MET]
    if len({r.finding for r in rivals}) > 1:
        known = tuple(facts.gene(r) for r in rivals)
        sources = tuple(sorted({s for k in known for s in k.sources}))
        return Unknown(name, Why.CONFLICTING, sources), known
    best = max(rivals, key=lambda r: (r.when, r.allelic_ratio.recorded, r.source))
    known_ = facts.gene(best)
    return (
        Known(name, best.finding is Finding.DETECTED, known_.says, known_.on, known_.sources),
        (),
    )


def as_gene_result(result: MrdResult) -> GeneResult:
    """A positive NPM1 transcript is a mutated NPM1; a negative one says nothing of the gene."""
    return GeneResult(result.when, "NPM1", result.finding, result.source, result.tissue)


def from_transcripts(patient: Patient) -> list[GeneResult]:
    return [
        as_gene_result(m)
        for m in patient.mrd
        if m.marker == "NPM1"
        and m.finding is Finding.DETECTED
        and m.method in (Method.RT_QPCR, Method.DPCR)
    ]


def since_of(event: When | None, diagnosed: When, days: int) -> date:
    """From which day a sample is current: around the event, else since the diagnosis.

    Of an event without a precise day it is the last possible one: a drug needs its target in a
    sample that is certainly of this event (D3).
    """
    if event is not None:
        return days_before(event.last, days)
    return date.min if diagnosed.undated else days_before(diagnosed.first, days)


def status(target: Target, *, found: str = "mutated", excluded: str = "wild-type") -> str:
    """The word of the response contract for one target."""
    if isinstance(target.current, Known):
        return found if target.current.value else excluded
    if target.current.why is Why.CONFLICTING or target.older is None:
        return "unknown"
    return "not-retested"


def flt3_status(itd: Target, tkd: Target) -> str:
    """FLT3 is mutated if either type is found, wild-type if the ITD is excluded and the TKD is
    excluded or was not tested; excluding the TKD alone leaves it unknown."""
    now = (itd.current, tkd.current)
    if any([isinstance(fact, Known) and fact.value for fact in now]):
        return "mutated"
    conflicting = any([isinstance(f, Unknown) and f.why is Why.CONFLICTING for f in now])
    if isinstance(itd.current, Known):
        return "unknown" if conflicting else "wild-type"
    if conflicting or isinstance(tkd.current, Known):
        return "unknown"
    tested = itd.older is not None or tkd.older is not None
    return "not-retested" if tested else "unknown"
