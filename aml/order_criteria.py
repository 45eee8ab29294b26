"""The words that rules on orders use beside the others: targets, approval, safety values.

Targets go by the names of the response contract: FLT3, IDH1, IDH2, NPM1, KMT2A, CD33. All of
these words are two-valued: an alert is raised on what is on record, and silence raises one only
where a rule asks for silence (`target-open`).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from aml.case import Case
from aml.criteria import WORDS, word
from aml.logic import Fact, Known, Truth, Unknown, Verdict, Why, any_of, negate
from aml.patient import Amount
from aml.states import MRD_RELAPSE, OVERT, REMISSION

__all__ = ["TARGETS", "TARGET_WORDS", "WORDS"]

TARGETS = ("FLT3", "IDH1", "IDH2", "NPM1", "KMT2A", "CD33")
TARGET_WORDS = ("target-excluded", "target-open", "not-approved-for-target")

# [conv] the usual lower limits of a laboratory: below, "correct first" (X4).
POTASSIUM_MMOL_PER_L = Decimal("3.5")
MAGNESIUM_MMOL_PER_L = Decimal("0.7")
LVEF_PCT = Decimal(50)
# The label of gemtuzumab ozogamicin: hold it until both are below.
BILIRUBIN_X_ULN = Decimal(2)
TRANSAMINASES_X_ULN = Decimal("2.5")

_TARGET_OF_USE = {
    "rr-flt3": "FLT3",
    "rr-idh1": "IDH1",
    "rr-idh2": "IDH2",
    "rr-npm1": "NPM1",
    "rr-kmt2a": "KMT2A",
    "rr-cd33": "CD33",
}
_USE_AFTER_HCT = "flt3-itd-after-hct"


@word("contract")
def in_relapse_or_after_hct(case: Case) -> Verdict:
    """Relapse, refractory disease, MRD relapse or its suspicion; or a remission after an
    allogeneic HCT: where orders are judged on target, approval and benefit."""
    after_hct = case.after_hct.check(bool).truth is Truth.MET
    state = case.state.value
    judged = state in OVERT | MRD_RELAPSE or (state in REMISSION and after_hct)
    return Verdict(Truth.of(judged))


@word("contract")
def target_excluded(case: Case, *targets: str) -> Verdict:
    """Each of these targets was tested and is absent: in a current sample, or, in a remission,
    in the disease that was treated. FLT3 is absent if the ITD is excluded and the TKD is
    excluded or was not tested."""
    found = _targets(case)
    asked = [found[name] for name in targets]
    excluded = [fact for fact in asked if isinstance(fact, Known) and not fact.value]
    if not asked or len(excluded) < len(asked):
        return Verdict(Truth.UNMET)
    beside = _tkd_beside(case) if "FLT3" in targets else ()
    return Verdict(Truth.MET, (*excluded, *beside))


def _tkd_beside(case: Case) -> tuple[Known[bool], ...]:
    """What is known of the TKD where the ITD is excluded: that it was not tested, too."""
    if case.state.value in REMISSION:
        return ()
    if isinstance(case.flt3_tkd, Known):
        return (case.flt3_tkd,)
    return (Known("flt3-tkd", False, "FLT3-TKD not tested in this event"),)


@word("contract")
def target_open(case: Case, *targets: str) -> Verdict:
    """None of these targets was found, and one at least was never tested, or not in this event;
    older results are named."""
    found = _targets(case)
    asked = [found[name] for name in targets]
    if any(isinstance(fact, Known) and fact.value for fact in asked):
        return Verdict(Truth.UNMET)
    open_ = [name for name in targets if isinstance(found[name], Unknown)]
    older = case.older_results
    known = tuple(older[name] for name in open_ if name in older)
    return Verdict(Truth.of(bool(open_)), known)


def _targets(case: Case) -> dict[str, Fact[bool]]:
    """What is known of each target where an order is judged on it."""
    current: dict[str, Fact[bool]] = {
        "FLT3": _flt3(case),
        "IDH1": case.idh1,
        "IDH2": case.idh2,
        "NPM1": case.npm1,
        "KMT2A": case.kmt2a,
        "CD33": case.cd33,
    }
    disease = {"FLT3": _flt3_of_the_disease(case)}
    disease |= {name: case.of_the_disease.get(name, current[name]) for name in TARGETS[1:]}
    return disease if case.state.value in REMISSION else current


def _flt3(case: Case) -> Fact[bool]:
    for fact in (case.flt3_itd, case.flt3_tkd, case.flt3_unspecified):
        if isinstance(fact, Known) and fact.value:
            return fact
    torn = isinstance(case.flt3_tkd, Unknown) and case.flt3_tkd.why is Why.CONFLICTING
    if torn and isinstance(case.flt3_itd, Known):
        return case.flt3_tkd
    return case.flt3_itd


def _flt3_of_the_disease(case: Case) -> Fact[bool]:
    """The ITD decides (N1); a mutation of another type that was found is a target too."""
    itd, other = case.flt3_itd_at_diagnosis, case.of_the_disease.get("FLT3", Unknown("flt3"))
    if isinstance(other, Known) and other.value:
        return other
    return itd


@word("contract")
def not_approved_here(case: Case) -> Verdict:
    """One of the drugs is neither approved here for this use (relapsed or refractory disease,
    or after HCT) nor offered by the assessment as recommended or an option."""
    return _not_approved(case, set())


@word("contract")
def not_approved_for_target(case: Case, *targets: str) -> Verdict:
    """As `not-approved-here`, for a drug against one of these targets: a use counts if its
    target is found. While none is found and a use is approved, the alert on the target speaks.
    """
    found = _targets(case)
    present = {
        name for name in targets if isinstance(f := found[name], Known) and f.value is True
    }
    return _not_approved(case, present)


def _not_approved(case: Case, present: set[str]) -> Verdict:
    drugs = sorted(case.order.drugs - case.order.offered)
    return Verdict(Truth.of(any(not _approved(drug, case, present) for drug in drugs)))


def _approved(drug: str, case: Case, present: set[str]) -> bool:
    uses = {use for approved, use in case.approved if approved == drug}
    if case.state.value in REMISSION:
        return _USE_AFTER_HCT in uses
    if case.state.value not in OVERT:
        return False
    targets = {_TARGET_OF_USE[use] for use in uses if use in _TARGET_OF_USE}
    return bool(targets & present if present else targets) or "rr-aml" in uses


@word("X2")
def hypersensitive_to_the_drug(case: Case) -> Verdict:
    """Hypersensitivity on record to a drug of the order."""
    found = sorted(case.order.drugs & case.hypersensitive)
    says = f"hypersensitivity to {', '.join(found)} recorded"
    return Known("hypersensitivity", bool(found), says).check(bool)


@word("X4")
def qtcf_above(case: Case, limit: int = 500) -> Verdict:
    """The latest QTcF, not older than the limit for safety values, is above so many ms."""
    return _all(case, "qtcf_ms", lambda value: value.more_than(limit))


@word("X4")
def electrolytes_low(case: Case) -> Verdict:
    """The latest potassium is below 3.5 or the latest magnesium below 0.7 mmol/L."""
    return any_of(
        [
            _below(case, "potassium_mmol_per_l", POTASSIUM_MMOL_PER_L),
            _below(case, "magnesium_mmol_per_l", MAGNESIUM_MMOL_PER_L),
        ]
    )


@word("X7")
def creatinine_clearance_below(case: Case, limit: int = 30) -> Verdict:
    """The latest creatinine clearance, not older than the limit for safety values, is below so
    many mL/min."""
    return _below(case, "creatinine_clearance_ml_per_min", Decimal(limit))


@word("T4")
def veno_occlusive_disease(case: Case) -> Verdict:
    """Veno-occlusive disease of the liver at any time on record."""
    return case.veno_occlusive_disease.check(bool)


@word("X7")
def weak_heart(case: Case) -> Verdict:
    """The newest LVEF is below 50 %, however old it is, or heart failure is on record."""
    lvef = _below(case, "lvef_pct", LVEF_PCT)
    return any_of([lvef, case.heart_failure.check(bool)])


@word("T4")
def liver_tests_high(case: Case) -> Verdict:
    """The latest bilirubin is above 2 times, or ALT or AST above 2.5 times the upper limit of
    normal; not older than the limit for blood tests."""
    limits = {
        "bilirubin_x_uln": BILIRUBIN_X_ULN,
        "alt_x_uln": TRANSAMINASES_X_ULN,
        "ast_x_uln": TRANSAMINASES_X_ULN,
    }
    return any_of([_above(case, name, limit) for name, limit in limits.items()])


@word("X7")
def leukocytes_at_least(case: Case, limit: int) -> Verdict:
    """The latest leukocytes, not older than the limit for blood tests, are so many 10^9/L or
    more."""
    return _all(case, "wbc_1e9_per_l", lambda value: value.at_least(limit))


@word("contract")
def being_given(case: Case) -> Verdict:
    """One of the drugs of the order is being given already: the order does not begin it."""
    return Verdict(Truth.of(not case.order.drugs.isdisjoint(case.given)))


def _above(case: Case, name: str, limit: Decimal) -> Verdict:
    return _all(case, name, lambda value: value.more_than(limit))


def _below(case: Case, name: str, limit: Decimal) -> Verdict:
    return _all(case, name, lambda value: _opposite(value.at_least(limit)))


def _all(case: Case, name: str, test: Callable[[Amount], Truth]) -> Verdict:
    """Met if the newest value is; of several of one day, if all are."""
    known = case.measured.get(name, ())
    met = bool(known) and all(test(k.value) is Truth.MET for k in known)
    return Verdict(Truth.of(met), known[-1:])


def _opposite(truth: Truth) -> Truth:
    return negate(Verdict(truth)).truth
