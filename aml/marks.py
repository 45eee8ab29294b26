"""Dated evidence for and against remission, from which the course of the disease is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from aml import facts
from aml.constants import Constants
from aml.dates import days_before
from aml.logic import Known, Truth
from aml.patient import (
    UNDATED,
    Blasts,
    Finding,
    Patient,
    Response,
    ResponseCategory,
    Tissue,
    TransplantKind,
    When,
)
from aml.pharmacy import Pharmacy
from aml.response import BLASTS_PCT, MLFS, REMISSIONS, near, response_by_counts

REGENERATION_LIMIT_PCT = 10  # 2.3 [conv]: 5 to <10 % under G-CSF or regeneration
PAIR_DAYS = 7  # Table 1: two blood samples at least one week apart
HCT_ASSESSMENT_DAYS = (
    42  # [conv]: active leukemia this early after day 0 was never in remission
)


class Mark(Struct, frozen=True):
    """Evidence of one kind on one day."""

    when: When
    because: tuple[Known[Any], ...]


def first(marks: Sequence[Mark]) -> Mark:
    return in_order(marks)[0]


def in_order(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """By day; those of one day always in the same order, by what they say."""
    if len({mark.when for mark in marks}) < len(marks):
        marks = sorted(marks, key=lambda mark: repr(mark.because))
    return tuple(sorted(marks, key=lambda mark: mark.when))


def remissions(patient: Patient, pharmacy: Pharmacy, constants: Constants) -> tuple[Mark, ...]:
    """Each time somebody recorded a remission, or marrow and counts amount to one."""
    asserted = [
        Mark(r.when, (facts.response(r),))
        for r in patient.responses
        if r.category in REMISSIONS
    ]
    marks = [*_derived(patient, pharmacy, constants), *_by_transplant(patient)]
    marks += _explained(asserted, [*asserted, *marks])
    return in_order(marks)


def _explained(marks: Sequence[Mark], by: Iterable[Mark]) -> list[Mark]:
    """Without the imprecise ones that an exact one accounts for."""
    exact = [m.when.first for m in by if m.when.exact]
    return [
        m
        for m in marks
        if m.when.exact or not any(m.when.first <= day <= m.when.last for day in exact)
    ]


def _derived(patient: Patient, pharmacy: Pharmacy, constants: Constants) -> list[Mark]:
    """A remission that nobody recorded: marrow below 5 %, no blasts elsewhere, counts of CR,
    CRh or CRi within two weeks (section 2.1). What somebody recorded for that time comes first.
    """
    found = []
    for marrow in patient.blasts:
        response = response_by_counts(patient, marrow, constants)
        if response is None or response[0] == MLFS:
            continue
        days = constants.counts_near_marrow_days
        if any(_contradicts(r, marrow.when, days) for r in patient.responses):
            continue
        if not _leukemia_before(marrow.when, patient, pharmacy):
            continue
        name, because = response
        says = f"{name} derived from marrow and counts, not recorded as such"
        derived = Known("response", name, says, marrow.when.first, (marrow.source.resource,))
        found.append(Mark(marrow.when, (derived, facts.blasts(marrow), *because)))
    return found


def _contradicts(response: Response, when: When, days: int) -> bool:
    """Recorded around that time: no remission; or, by that day, a relapse."""
    if response.category in REMISSIONS or not near(response.when, when, days):
        return False
    relapse = response.category is ResponseCategory.RELAPSE
    return not (relapse and when.before(response.when) is Truth.MET)


def _leukemia_before(when: When, patient: Patient, pharmacy: Pharmacy) -> bool:
    """Whether there was a leukemia to be in remission from: a normal marrow of the years before
    the diagnosis is none. Where the diagnosis has no day, treatment or blasts must show it."""
    if _before_diagnosis(when, patient):
        return False
    signs = [d.when for d in patient.diagnoses]
    signs += [c.start for c in patient.courses if pharmacy.antileukemic(c.drugs)]
    signs += [r.when for r in patient.responses]
    signs += [b.when for b in patient.blasts if b.pct.at_least(BLASTS_PCT) is Truth.MET]
    return any(sign.before(when) is Truth.MET for sign in signs)


def _before_diagnosis(when: When, patient: Patient) -> bool:
    return all(when.before(d.when) is Truth.MET for d in patient.diagnoses)


def _by_transplant(patient: Patient) -> list[Mark]:
    """D19: a recorded HCT with nothing against it is a remission from day 0. Against it speak
    active leukemia soon after, and a diagnosis of AML that came later."""
    found = []
    for transplant in patient.transplants:
        if transplant.kind is TransplantKind.UNKNOWN or transplant.when.undated:
            continue
        if _before_diagnosis(transplant.when, patient):
            continue
        if not any(
            transplant.when.before(when) is Truth.MET
            and near(transplant.when, when, HCT_ASSESSMENT_DAYS)
            for when in _active_disease(patient)
        ):
            says = f"{transplant.kind.value} HCT counted as remission from day 0"
            known = facts.fact("transplant", transplant.kind.value, says, transplant)
            found.append(Mark(transplant.when, (known,)))
    return found


def _active_disease(patient: Patient) -> Iterable[When]:
    for blasts in patient.blasts:
        if blasts.pct.at_least(BLASTS_PCT) is Truth.MET:
            yield blasts.when
    for response in patient.responses:
        if response.category not in REMISSIONS:
            yield response.when


def relapses(
    patient: Patient, pharmacy: Pharmacy, constants: Constants
) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """What is, or may be, active leukemia: (by definition, only suspected). Whether it is a
    relapse depends on a remission before it (Table 1: REL-B, REL-E, REL-P; D2)."""
    certain: list[Mark] = []
    suspected: list[Mark] = []
    for entry in patient.blasts:
        if entry.pct.at_least(BLASTS_PCT) is not Truth.MET:
            continue
        mark = Mark(entry.when, (facts.blasts(entry),))
        cautious = _regenerating(entry, patient, pharmacy, constants)
        (suspected if cautious else certain).append(mark)
    certain += [
        Mark(e.when, (facts.extramedullary(e),))
        for e in patient.extramedullary
        if e.finding is Finding.DETECTED
    ]
    pairs, single = _blood_blasts(patient, constants)
    asserted = [
        Mark(r.when, (facts.response(r),))
        for r in patient.responses
        if r.category in (ResponseCategory.RELAPSE, ResponseCategory.REFRACTORY)
    ]
    asserted = _explained(asserted, [*asserted, *certain, *pairs])
    return in_order([*certain, *pairs, *asserted]), in_order([*suspected, *single])


def _regenerating(
    entry: Blasts, patient: Patient, pharmacy: Pharmacy, constants: Constants
) -> bool:
    """D2 and 2.3: G-CSF in the week before, or a regenerating marrow, explains some blasts."""
    if entry.tissue is not Tissue.BLOOD:
        if entry.pct.at_least(REGENERATION_LIMIT_PCT) is not Truth.UNMET:
            return False
        if entry.regeneration:
            return True
    return _under_g_csf(entry.when, patient, pharmacy, constants)


def _under_g_csf(
    when: When, patient: Patient, pharmacy: Pharmacy, constants: Constants
) -> bool:
    """G-CSF on record for that week; one dose where no end is recorded, unless it goes on. A
    mention without any day proves nothing of that week."""
    members = pharmacy.members("g-csf")
    given = [c for c in patient.courses if not members.isdisjoint(c.drugs)]
    if not given:
        return False
    earliest = days_before(when.first, constants.g_csf_days)
    return any(
        c.start.first <= when.last
        and (c.start != UNDATED or c.ongoing)
        and (c.start.last if c.end == UNDATED and not c.ongoing else c.end.last) >= earliest
        for c in given
    )


def _blood_blasts(patient: Patient, constants: Constants) -> tuple[list[Mark], list[Mark]]:
    """REL-P: blasts above 0 % in two blood samples at least 7 days apart, none without blasts
    between; and the samples that for now stand alone."""
    samples = sorted(
        (b for b in patient.blasts if b.tissue is Tissue.BLOOD and b.when.exact),
        key=lambda b: (b.when, b.source),
    )
    pairs, single = [], []
    for i, early in enumerate(samples):
        if early.pct.more_than(0) is not Truth.MET:
            continue
        for late in samples[i + 1 :]:
            if late.pct.more_than(0) is Truth.UNMET and late.when != early.when:
                break
            apart = (late.when.first - early.when.first).days
            if (
                late.pct.more_than(0) is Truth.MET
                and PAIR_DAYS <= apart <= constants.blood_blasts_pair_days
            ):
                pairs.append(Mark(early.when, (facts.blasts(early), facts.blasts(late))))
                break
        single.append(Mark(early.when, (facts.blasts(early),)))
    return pairs, single
