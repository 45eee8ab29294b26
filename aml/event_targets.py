"""The targets of one patient in the present event, from gene tests, karyotypes, transcripts."""

from __future__ import annotations

from itertools import product
from typing import Any

from msgspec import Struct, structs

from aml import facts, targets
from aml.case import NO
from aml.derivation import Derivation, met_on
from aml.logic import Fact, Known, Unknown, Why
from aml.patient import (
    Finding,
    GeneResult,
    Patient,
    Transplant,
    When,
)
from aml.targets import Target

HIGH_RISK_GENES = ("TP53", "FLT3-ITD", "FLT3-TKD", "NRAS", "KRAS")  # V6

INHIBITORS = {
    "flt3": "flt3-inhibitor",
    "idh1": "idh1-inhibitor",
    "idh2": "idh2-inhibitor",
    "npm1": "menin-inhibitor",
    "kmt2a": "menin-inhibitor",
    "cd33": "cd33-antibody",
}
_KMT2A_LESIONS = frozenset({"t(9;11)", "t(11q23)"})


class Targets(Struct, frozen=True):
    """All targets of one patient, current and not.

    `flt3_unspecified`: a mutation whose type is not stated, against what excludes both types.
    """

    flt3_itd: Target
    flt3_tkd: Target
    flt3_unspecified: Target
    idh1: Target
    idh2: Target
    npm1: Target
    kmt2a: Target
    cd33: Target

    @property
    def all(self) -> tuple[Target, ...]:
        return (
            self.flt3_itd,
            self.flt3_tkd,
            self.idh1,
            self.idh2,
            self.npm1,
            self.kmt2a,
            self.cd33,
        )


def read_targets(d: Derivation) -> Targets:
    patient = d.patient
    since = targets.since_of(d.event, d.diagnosed, d.constants.current_sample_days)
    excluded = _excluded(d, "FLT3")

    def one(key: str, alteration: str, *more: GeneResult, name: str = "") -> Target:
        results = (*d.genes.get(alteration, ()), *more)
        stopped = _stopped(d, INHIBITORS[key]) if results else ()
        return targets.read_target(f"{name or key}-current", results, since, stopped)

    flt3_any = one("flt3", "FLT3", *_both_excluded(d))
    itd = one("flt3", "FLT3-ITD", *excluded, name="flt3-itd")
    tkd = one("flt3", "FLT3-TKD", *excluded, name="flt3-tkd")
    found_now = any(only_true(t.current).value for t in (itd, tkd, flt3_any))
    return Targets(
        flt3_itd=_disputed(itd if found_now else _with_older(itd, flt3_any), flt3_any),
        flt3_tkd=_disputed(tkd, flt3_any),
        flt3_unspecified=flt3_any,
        idh1=one("idh1", "IDH1"),
        idh2=one("idh2", "IDH2"),
        npm1=one("npm1", "NPM1", *targets.from_transcripts(patient)),
        kmt2a=one("kmt2a", "KMT2A-rearrangement", *_from_karyotypes(patient)),
        cd33=one("cd33", "CD33"),
    )


def _excluded(d: Derivation, alteration: str) -> list[GeneResult]:
    results = d.genes.get(alteration)
    return [g for g in results if g.finding is Finding.NOT_DETECTED] if results else []


def _both_excluded(d: Derivation) -> list[GeneResult]:
    """ITD and TKD each excluded: from the earlier of the two on, a mutation of either type."""
    pairs = product(_excluded(d, "FLT3-ITD"), _excluded(d, "FLT3-TKD"))
    return [
        structs.replace(one if one.when <= other.when else other, alteration="FLT3")
        for one, other in pairs
    ]


def _disputed(flt3_type: Target, unspecified: Target) -> Target:
    """The type excluded on a day on which another report found a mutation of open type (D9)."""
    now, rivals = flt3_type.current, unspecified.conflict
    if not rivals or not isinstance(now, Known) or now.value:
        return flt3_type
    if now.on > max(known.on for known in rivals):
        return flt3_type
    sources = tuple(sorted({s for known in rivals for s in known.sources}))
    open_ = Unknown(now.name, Why.CONFLICTING, sources)
    return structs.replace(flt3_type, current=open_, conflict=rivals)


def _with_older(itd: Target, unspecified: Target) -> Target:
    """A mutation of open type, found before this event, waits to be retested as an ITD does."""
    old, known = unspecified.older, itd.older
    if old is None or old.value is not Finding.DETECTED:
        return itd
    if isinstance(itd.current, Known) or itd.current.why is Why.CONFLICTING:
        return itd
    if known is not None and known.on >= old.on:
        return itd
    return structs.replace(itd, current=Unknown(itd.name, Why.STALE), older=old)


def _from_karyotypes(patient: Patient) -> list[GeneResult]:
    return [
        GeneResult(k.when, "KMT2A-rearrangement", Finding.DETECTED, k.source)
        for k in patient.karyotypes
        if k.lesions & _KMT2A_LESIONS
    ]


def _stopped(d: Derivation, drug_class: str) -> list[When]:
    """When drugs against a target were begun that are no longer given."""
    return [
        course.start
        for _, course in d.therapy.exposures(drug_class)
        if d.therapy.ended(course, d.on) is not None
    ]


def only_true(current: Fact[bool]) -> Known[bool]:
    return current if isinstance(current, Known) and current.value else NO


def older_positive(found: Targets) -> Known[bool]:
    """Targets mutated when last tested, before this event, and not tested in it."""
    old = [
        t.older
        for t in found.all
        if isinstance(t.current, Unknown)
        and t.current.why is Why.STALE
        and t.older is not None
        and t.older.value is Finding.DETECTED
    ]
    return met_on("older-positive", old)


def lost_targets(found: Targets) -> Known[bool]:
    lost: list[Known[Any]] = []
    for target in (*found.all, found.flt3_unspecified):
        now = target.current
        if target.earlier_positive is not None and isinstance(now, Known) and not now.value:
            lost += [target.earlier_positive, now]
    return met_on("lost-target", lost)


def itd_of_the_disease(itd: Target, hct: Transplant | None) -> Fact[bool]:
    """N1: FLT3-ITD in the disease that was transplanted, in whichever sample showed it."""
    name = "flt3-itd-at-diagnosis"
    if itd.ever is not None:
        return Known(name, True, itd.ever.says, itd.ever.on, itd.ever.sources)
    if isinstance(itd.current, Known):
        return Known(name, False, itd.current.says, itd.current.on, itd.current.sources)
    if itd.older is not None and itd.older.value is Finding.NOT_DETECTED:
        return Known(name, False, itd.older.says, itd.older.on, itd.older.sources)
    return Unknown(name, itd.current.why)


def new_high_risk_genes(d: Derivation) -> Known[bool]:
    """V6: TP53, FLT3 or N/KRAS found in the present event and not before."""
    if d.event is None:
        return NO
    known = []
    since = targets.since_of(d.event, d.diagnosed, d.constants.current_sample_days)
    for name in HIGH_RISK_GENES:
        positive = [g for g in d.genes.get(name, ()) if g.finding is Finding.DETECTED]
        if positive and all(g.when.first >= since for g in positive):
            known.append(facts.gene(max(positive, key=lambda g: (g.when, g.source))))
    return met_on("new-high-risk", known)
