"""One patient on one day, as the rules see it: every fact a rule may ask for, known or unknown.

`to_case` derives it from the record and the state; the rules read nothing else. The facts named
in `OPEN_FACTS` are those whose absence a clinician can mend; `missing` tries their values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, cached_property
from typing import Any

from msgspec import Struct, field

from aml.constants import Constants
from aml.logic import Fact, Known, Unknown, Verdict, Why
from aml.ordering import NOTHING_ORDERED, Ordering
from aml.patient import Amount, When
from aml.states import State

NO = Known("", False, "")
DEFAULTS = Constants()


class Case(Struct, frozen=True, dict=True):
    """The facts. A field with an `Unknown` default is open-world: silence is not "no".

    `current` targets are as `aml.targets` settles them. `given`: drugs against the leukemia
    being given, by name. `failed`: drugs given in this event and ended without a remission.
    `approved`: the (drug, use) pairs that are approved here, today. Times: `hct` is day 0 of
    the last allogeneic HCT, `remission` the start of the remission that holds, `therapy_end`
    the last day of the latest therapy or HCT.
    """

    on: date
    state: Known[State]
    flt3_itd: Fact[bool] = Unknown("flt3-itd-current")
    flt3_tkd: Fact[bool] = Unknown("flt3-tkd-current")
    flt3_unspecified: Known[bool] = NO
    idh1: Fact[bool] = Unknown("idh1-current")
    idh2: Fact[bool] = Unknown("idh2-current")
    npm1: Fact[bool] = Unknown("npm1-current")
    kmt2a: Fact[bool] = Unknown("kmt2a-current")
    cd33: Fact[bool] = Unknown("cd33-current")
    older_positive: Known[bool] = NO
    lost_target: Known[bool] = NO
    flt3_itd_at_diagnosis: Fact[bool] = Unknown("flt3-itd-at-diagnosis")
    fitness: Fact[str] = Unknown("fitness")
    performance_improved: Fact[bool] = Unknown("fitness")
    transplant_eligibility: Fact[str] = Unknown("transplant-eligibility")
    goals_of_care: Fact[str] = Unknown("goals-of-care")
    donor: Fact[str] = Unknown("donor")
    donor_cells: Fact[str] = Unknown("donor")
    gvhd_active: Fact[bool] = Unknown("gvhd-active")
    gvhd_prior: Fact[bool] = Unknown("gvhd-prior")
    immunosuppression: Fact[bool] = Unknown("immunosuppression")
    adverse_risk: Fact[bool] = Unknown("genetic-risk")
    proliferation: Fact[str] = Unknown("proliferation")
    pregnant: Known[bool] = NO
    hypersensitive: frozenset[str] = frozenset()
    after_hct: Fact[bool] = NO
    early_relapse: Fact[bool] = Unknown("relapse-timing")
    long_first_remission: Fact[bool] = Unknown("relapse-timing")
    after_hma_venetoclax: Fact[bool] = NO
    venetoclax_ever: Fact[bool] = NO
    remission_by_hma_venetoclax: Fact[bool] = NO
    later_remission: Known[bool] = NO
    npm1_above_200_twice: Fact[bool] = NO
    mrd_around_hct: Fact[str] = Unknown("mrd")
    sequenced_mrd_alone: Known[bool] = NO
    clonal_marker_alone: Known[bool] = NO
    dta_marker: Known[bool] = NO
    landmark_unassessed: Known[bool] = NO
    unconfirmed_for_long: Known[bool] = NO
    stale: Known[bool] = NO
    conflict: Known[bool] = NO
    unread: Known[bool] = NO
    blood_only: Known[bool] = NO
    new_high_risk_genes: Known[bool] = NO
    given: Mapping[str, Known[str]] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()
    approved: frozenset[tuple[str, str]] = frozenset()
    hct: When | None = None
    remission: When | None = None
    therapy_end: When | None = None
    first_remission: Known[bool] = NO
    constants: Constants = DEFAULTS
    of_the_disease: Mapping[str, Fact[bool]] = field(default_factory=dict)
    older_results: Mapping[str, Known[bool]] = field(default_factory=dict)
    measured: Mapping[str, tuple[Known[Amount], ...]] = field(default_factory=dict)
    veno_occlusive_disease: Known[bool] = NO
    heart_failure: Known[bool] = NO
    order: Ordering = NOTHING_ORDERED

    @cached_property
    def verdicts(self) -> dict[Any, Verdict]:
        """What words have said of it so far."""
        return {}


# Name in `missing` -> (field, the values that some rule tells apart). The state's own open
# facts, `mrd` and `marrow-now`, stand in `aml.missing`.
OPEN_FACTS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "flt3-itd-current": ("flt3_itd", (True, False)),
    "flt3-tkd-current": ("flt3_tkd", (True, False)),
    "idh1-current": ("idh1", (True, False)),
    "idh2-current": ("idh2", (True, False)),
    "npm1-current": ("npm1", (True, False)),
    "kmt2a-current": ("kmt2a", (True, False)),
    "cd33-current": ("cd33", (True, False)),
    "fitness": ("fitness", ("fit", "unfit")),
    "transplant-eligibility": ("transplant_eligibility", ("eligible", "ineligible")),
    "gvhd-active": ("gvhd_active", (True, False)),
    "gvhd-prior": ("gvhd_prior", (True, False)),
    "immunosuppression": ("immunosuppression", (True, False)),
    "donor": ("donor", ("identified", "searching", "none")),
    "goals-of-care": ("goals_of_care", ("comfort", "curative")),
    "flt3-itd-at-diagnosis": ("flt3_itd_at_diagnosis", (True, False)),
}


# Facts that stand under the name of another in `missing`: question -> that name, field, values.
BESIDE: dict[str, tuple[str, str, tuple[Any, ...]]] = {
    "donor-cells": ("donor", "donor_cells", ("available", "unavailable")),
    "performance-improved": ("fitness", "performance_improved", (True, False)),
    "mrd-around-hct": ("mrd", "mrd_around_hct", ("positive", "negative-by-ngs")),
}
# All questions whose answers are tried.
TRIED = {name: (name, fact, values) for name, (fact, values) in OPEN_FACTS.items()} | BESIDE


@cache
def supposed(name: str, value: Any) -> Known[Any]:
    """A fact as it would be if the record held it; used to try what is missing."""
    return Known(name, value, f"{name} = {value}")


def unread_as_unknown(fact_: Fact[bool], *, unread: bool, name: str) -> Fact[bool]:
    """A "no" that rests on finding nothing is unknown while part of the record is unread."""
    if unread and isinstance(fact_, Known) and not fact_.value:
        return Unknown(name, Why.UNREAD)
    return fact_
