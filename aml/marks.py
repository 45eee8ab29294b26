"""Dated evidence for and against remission, from which the course of the disease is read.

Response limits: ELN 2022 (Döhner et al., Blood 2022), as section 2.1 of the algorithm has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aml import facts
from aml.constants import Constants
from aml.dates import days_before, days_between
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

RELAPSE_BLASTS_PCT = 5  # Table 1: "blasts rise to at least 5 %"
REGENERATION_LIMIT_PCT = 10  # 2.3 [conv]: 5 to <10 % under G-CSF or regeneration
PAIR_DAYS = 7  # Table 1: two blood samples at least one week apart
HCT_ASSESSMENT_DAYS = (
    42  # [conv]: active leukemia this early after day 0 was never in remission
)

CR_ANC, CR_PLATELETS = Decimal("1.0"), Decimal(100)
CRH_ANC, CRH_PLATELETS = Decimal("0.5"), Decimal(50)

REMISSIONS = frozenset(
    {
        ResponseCategory.CR,
        ResponseCategory.CRH,
        ResponseCategory.CRI,
        ResponseCategory.REMISSION,
    }
)
NO_REMISSION = frozenset({ResponseCategory.NR, ResponseCategory.PR, ResponseCategory.MLFS})


@dataclass(frozen=True, slots=True)
class Mark:
    """Evidence of one kind on one day. `certain` is unset for what only raises suspicion."""

    when: When
    because: tuple[Known[Any], ...]
    certain: bool = True

    @property
    def order(self) -> tuple[When, str]:
        return self.when, repr(self.because)


def first(marks: Iterable[Mark]) -> Mark:
    return min(marks, key=lambda mark: mark.order)


def remissions(patient: Patient, constants: Constants) -> tuple[Mark, ...]:
    """Each time somebody recorded a remission, or marrow and counts amount to one."""
    asserted = [
        Mark(r.when, (facts.response(r),))
        for r in patient.responses
        if r.category in REMISSIONS
    ]
    marks = [*_explained(asserted), *_derived(patient, constants), *_by_transplant(patient)]
    return tuple(sorted(marks, key=lambda mark: mark.order))


def _explained(marks: Sequence[Mark]) -> list[Mark]:
    """Without the imprecise ones that an exact one of the same kind accounts for."""
    exact = [m.when for m in marks if m.when.exact]
    return [
        m
        for m in marks
        if m.when.exact or not any(m.when.first <= day.first <= m.when.last for day in exact)
    ]


def _derived(patient: Patient, constants: Constants) -> list[Mark]:
    """A remission that nobody recorded: marrow below 5 %, no blasts elsewhere, counts of CR,
    CRh or CRi within two weeks (section 2.1). What somebody recorded for that time comes first.
    """
    found = []
    for marrow in patient.blasts:
        if marrow.tissue is not Tissue.MARROW or not marrow.when.exact:
            continue
        if marrow.pct.at_least(RELAPSE_BLASTS_PCT) is not Truth.UNMET:
            continue
        days = constants.counts_near_marrow_days
        if any(
            r.category in NO_REMISSION and _near(r.when, marrow.when, days)
            for r in patient.responses
        ):
            continue
        if category := _response_by_counts(patient, marrow, days):
            name, because = category
            says = f"{name} derived from marrow and counts, not recorded as such"
            derived = Known(
                "response", name, says, marrow.when.first, (marrow.source.resource,)
            )
            found.append(Mark(marrow.when, (derived, facts.blasts(marrow), *because)))
    return found


def _response_by_counts(
    patient: Patient, marrow: Blasts, days: int
) -> tuple[str, tuple[Known[Any], ...]] | None:
    elsewhere = [
        b
        for b in patient.blasts
        if b.tissue is not Tissue.MARROW
        and _near(b.when, marrow.when, days)
        and b.pct.more_than(0) is not Truth.UNMET
    ]
    outside = [
        e
        for e in patient.extramedullary
        if e.finding is Finding.DETECTED and _near(e.when, marrow.when, days)
    ]
    counts = {
        name: [
            m
            for m in patient.measurements
            if m.name == name and _near(m.when, marrow.when, days)
        ]
        for name in ("anc_1e9_per_l", "platelets_1e9_per_l")
    }
    if elsewhere or outside or not all(counts.values()):
        return None
    anc, platelets = (
        min(c, key=lambda m: (_distance(m.when, marrow.when), m.when, m.source))
        for c in counts.values()
    )
    because = (facts.measurement(anc), facts.measurement(platelets))
    cr = (anc.value.at_least(1), platelets.value.at_least(100))
    crh = (
        Truth.of(anc.value.low >= CRH_ANC),
        Truth.of(platelets.value.low >= CRH_PLATELETS),
    )
    if all(t is Truth.MET for t in cr):
        return "CR", because
    if all(t is Truth.MET for t in crh):
        return "CRh", because
    return ("CRi", because) if any(t is Truth.MET for t in cr) else None


def _by_transplant(patient: Patient) -> list[Mark]:
    """D19: a recorded HCT with nothing against it is a remission from day 0."""
    found = []
    for transplant in patient.transplants:
        if transplant.kind is TransplantKind.UNKNOWN or transplant.when.undated:
            continue
        if not any(
            transplant.when.before(when) is Truth.MET
            and _near(transplant.when, when, HCT_ASSESSMENT_DAYS)
            for when in _active_disease(patient)
        ):
            says = f"{transplant.kind.value} HCT counted as remission from day 0"
            known = facts.fact("transplant", transplant.kind.value, says, transplant)
            found.append(Mark(transplant.when, (known,)))
    return found


def _active_disease(patient: Patient) -> Iterable[When]:
    for blasts in patient.blasts:
        if blasts.pct.at_least(RELAPSE_BLASTS_PCT) is Truth.MET:
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
        if entry.pct.at_least(RELAPSE_BLASTS_PCT) is not Truth.MET:
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
    days = [m.when for m in [*certain, *pairs] if m.when.exact]
    asserted = [
        m
        for m in _explained(asserted)
        if m.when.exact or not any(m.when.first <= d.first <= m.when.last for d in days)
    ]
    key = lambda mark: mark.order  # noqa: E731
    return (
        tuple(sorted([*certain, *pairs, *asserted], key=key)),
        tuple(sorted([*suspected, *single], key=key)),
    )


def _regenerating(
    entry: Blasts, patient: Patient, pharmacy: Pharmacy, constants: Constants
) -> bool:
    """D2 and 2.3: G-CSF in the week before, or a regenerating marrow, explains some blasts."""
    g_csf = _under_g_csf(entry.when, patient, pharmacy, constants)
    if entry.tissue is Tissue.BLOOD:
        return g_csf
    below_ten = entry.pct.at_least(REGENERATION_LIMIT_PCT) is Truth.UNMET
    return below_ten and (g_csf or entry.regeneration)


def _under_g_csf(
    when: When, patient: Patient, pharmacy: Pharmacy, constants: Constants
) -> bool:
    members = pharmacy.members("g-csf")
    earliest = days_before(when.first, constants.g_csf_days)
    return any(
        c.drugs & members
        and c.start.first <= when.last
        and (c.start.last if c.end == UNDATED and not c.ongoing else c.end.last) >= earliest
        for c in patient.courses
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
        single.append(Mark(early.when, (facts.blasts(early),), certain=False))
    return pairs, single


def _near(one: When, other: When, days: int) -> bool:
    apart = days_between(one, other)
    return apart is not None and apart[1] >= -days and apart[0] <= days


def _distance(one: When, other: When) -> int:
    apart = days_between(one, other)
    return abs(apart[0]) if apart else 0


def failed_response(response: Response) -> bool:
    """A response assessment that found no CR, CRh or CRi (MLFS and PR are none, A8)."""
    return response.category in NO_REMISSION
