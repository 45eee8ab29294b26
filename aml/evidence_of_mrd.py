"""What the MRD results of a case amount to, beyond the state: strength, suitability, delay."""

from __future__ import annotations

from typing import Any

from aml import facts
from aml.case import NO
from aml.constants import Constants
from aml.dates import days_between
from aml.derivation import Derivation, met_on
from aml.logic import Fact, Known, Truth, Unknown
from aml.mrd import DTA, Suitability, suitability
from aml.patient import (
    Finding,
    Method,
    MrdResult,
    Transplant,
    When,
)
from aml.states import MRD_RELAPSE, REMISSION, State


def npm1_above_200(d: Derivation) -> Fact[bool]:
    for signal in d.course.mrd.confirmed:
        if signal.above_200 is not None:
            return met_on("npm1-above-200-twice", [facts.mrd(r) for r in signal.above_200])
    return NO


def mrd_around_hct(d: Derivation, hct: Transplant | None) -> Fact[str]:
    """D18: "positive", "negative-by-ngs" or "not-judgeable", 60 days before to 90 after.

    A positive result by sequencing alone decides nothing here either (M0).
    """
    if hct is None:
        return Unknown("mrd")
    near = [r for r in d.patient.mrd if _around(hct.when, r, d.constants)]
    usable = [r for r in near if suitability(r) is Suitability.SUITABLE]
    positive = [r for r in usable if r.finding is Finding.DETECTED]
    negative = [
        r
        for r in near
        if r.marker == "FLT3-ITD"
        and r.method is Method.NGS
        and r.finding is Finding.NOT_DETECTED
    ]
    for value, found in (("positive", positive), ("negative-by-ngs", negative)):
        if found:
            known = facts.mrd(max(found, key=lambda r: (r.when, r.source)))
            return Known("mrd", value, known.says, known.on, known.sources)
    return (
        Known("mrd", "not-judgeable", "MRD around HCT not judgeable")
        if near
        else Unknown("mrd")
    )


def _around(hct: When, result: MrdResult, constants: Constants) -> bool:
    apart = days_between(hct, result.when)
    if apart is None:
        return False
    return (
        -constants.mrd_before_hct_days <= apart[0] and apart[1] <= constants.mrd_after_hct_days
    )


def sequenced_alone(d: Derivation) -> Known[bool]:
    """NGS is the only evidence of MRD in this remission (NPM1, fusions, FLT3-ITD by NGS)."""
    return met_on("sequenced-mrd", _alone(d, Suitability.NOT_ALONE))


def clonal_alone(d: Derivation) -> Known[bool]:
    """A marker that may be clonal hematopoiesis is the only evidence of MRD."""
    return met_on("clonal-marker", _alone(d, Suitability.CAUTION))


def _alone(d: Derivation, kind: Suitability) -> list[Known[Any]]:
    if d.state not in REMISSION:
        return []
    latest_ = d.course.mrd.latest
    if latest_ is not None and latest_.finding is Finding.DETECTED:
        return []
    return [
        facts.mrd(r)
        for r in d.course.mrd.sequenced
        if suitability(r) is kind
        and (latest_ is None or latest_.when.before(r.when) is not Truth.UNMET)
    ]


def dta_found(d: Derivation) -> Known[bool]:
    if d.state not in REMISSION | MRD_RELAPSE:
        return NO
    known: list[Known[Any]] = [facts.mrd(r) for r in d.course.mrd.never]
    remission = d.course.state.remission
    known += [
        facts.gene(g)
        for g in sorted(d.patient.genes, key=lambda g: (g.when, g.alteration, g.source))
        if g.alteration in DTA
        and g.finding is Finding.DETECTED
        and remission is not None
        and remission.before(g.when) is Truth.MET
    ]
    return met_on("dta-marker", known)


def unconfirmed_for_long(d: Derivation) -> Known[bool]:
    since = d.course.state.since
    if d.state is not State.MRD_RELAPSE_SUSPECTED or since is None or since.undated:
        return NO
    waits = (d.on - since.first).days
    if waits <= d.constants.confirmation_overdue_days:
        return NO
    sources = tuple(sorted({s for k in d.course.state.because for s in k.sources}))
    says = f"MRD signal of {since} unconfirmed for {waits} days"
    return Known("unconfirmed", True, says, since.first, sources)
