"""The response to treatment: what counts as one, and what marrow and counts amount to.

Response limits: ELN 2022 (Döhner et al., Blood 2022), as section 2.1 of the algorithm has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from aml import facts
from aml.constants import Constants
from aml.dates import days_between
from aml.logic import Known, Truth
from aml.patient import (
    Amount,
    Blasts,
    Finding,
    Measurement,
    Patient,
    Response,
    ResponseCategory,
    Tissue,
    When,
)

BLASTS_PCT = 5  # a remission has fewer; Table 1: "blasts rise to at least 5 %"
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
MLFS = "MLFS"


def failed_response(response: Response) -> bool:
    """A response assessment that found no CR, CRh or CRi (MLFS and PR are none, A8)."""
    return response.category in NO_REMISSION


def opposite_blasts(blasts: Iterable[Blasts]) -> tuple[Blasts, ...]:
    """Samples of one material and day of which some have 5 % blasts and some have not (D9)."""
    days: dict[tuple[Tissue, When], list[Blasts]] = {}
    for sample in blasts:
        if sample.when.exact:
            days.setdefault((sample.tissue, sample.when), []).append(sample)
    both = {Truth.MET, Truth.UNMET}
    return tuple(
        sample
        for same in days.values()
        if both <= {s.pct.at_least(BLASTS_PCT) for s in same}
        for sample in same
    )


def response_by_counts(
    patient: Patient, marrow: Blasts, constants: Constants
) -> tuple[str, tuple[Known[Any], ...]] | None:
    """CR, CRh, CRi or MLFS by one marrow and the counts around it; None if they settle none."""
    if marrow.tissue is not Tissue.MARROW:
        return None
    if marrow.pct.at_least(BLASTS_PCT) is not Truth.UNMET:
        return None
    days = constants.counts_near_marrow_days
    if _leukemia_elsewhere(patient, marrow.when, days):
        return None
    anc = _nearest(patient, "anc_1e9_per_l", marrow.when, days)
    platelets = _nearest(patient, "platelets_1e9_per_l", marrow.when, days)
    if anc is None or platelets is None:
        return None
    because = (facts.measurement(anc), facts.measurement(platelets))
    name = _by_limits(anc.value, platelets.value)
    return (name, because) if name else None


def _by_limits(anc: Amount, platelets: Amount) -> str:
    cr = (anc.at_least(CR_ANC), platelets.at_least(CR_PLATELETS))
    crh = (anc.at_least(CRH_ANC), platelets.at_least(CRH_PLATELETS))
    if all(t is Truth.MET for t in cr):
        return "CR"
    if all(t is Truth.MET for t in crh):
        return "CRh"
    if any(t is Truth.MET for t in cr):
        return "CRi"
    short_of_both = all(t is Truth.UNMET for t in cr)
    return MLFS if short_of_both and any(t is Truth.UNMET for t in crh) else ""


def _leukemia_elsewhere(patient: Patient, when: When, days: int) -> bool:
    """Blasts in blood, unless excluded, or extramedullary disease around that time."""
    blasts = any(
        b.tissue is not Tissue.MARROW
        and b.pct.more_than(0) is not Truth.UNMET
        and near(b.when, when, days)
        for b in patient.blasts
    )
    outside = any(
        e.finding is Finding.DETECTED and near(e.when, when, days)
        for e in patient.extramedullary
    )
    return blasts or outside


def _nearest(patient: Patient, name: str, when: When, days: int) -> Measurement | None:
    """The count of the day nearest to the marrow, certainly within the limit."""
    counts = [
        (max(abs(apart[0]), abs(apart[1])), m.when, m.source, m)
        for m in patient.measurements
        if m.name == name and (apart := days_between(m.when, when)) is not None
    ]
    nearest = min((c for c in counts if c[0] <= days), key=lambda c: c[:3], default=None)
    return nearest[3] if nearest else None


def near(one: When, other: When, days: int) -> bool:
    apart = days_between(one, other)
    return apart is not None and apart[1] >= -days and apart[0] <= days
