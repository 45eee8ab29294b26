"""The vocabulary: every word that a knowledge file may use, each defined once, with its source.

A word asks one thing of a case and answers with a verdict. `when_open` is the name under which
a word stands in `provided` while the record does not settle it; `names` are the facts in
`missing` that it rests on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from aml.case import Case
from aml.dates import within_months
from aml.logic import OPPOSITE, Known, Truth, Unknown, Verdict, Why, all_of, any_of, negate
from aml.patient import When

Definition = Callable[..., Verdict]
# A word as it is asked: by its name alone, or with arguments.
Asked: TypeAlias = str | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the vocabulary. `condition`: how it reads on a card while it is open."""

    name: str
    definition: Definition
    source: str
    when_open: str
    condition: str


WORDS: dict[str, Word] = {}


def word(
    source: str, *, when_open: str = "", condition: str = ""
) -> Callable[[Definition], Definition]:
    """Admit a definition to the vocabulary. `source` is an evidence id, or a paragraph of the
    product decisions (`D4`) or of the algorithm (`2.4`)."""

    def admit(definition: Definition) -> Definition:
        name = definition.__name__.replace("_", "-")
        WORDS[name] = Word(name, definition, source, when_open or name, condition)
        return definition

    return admit


@word("Table 1")
def state(case: Case, *allowed: str) -> Verdict:
    """The disease state is one of those named."""
    return case.state.check(lambda value: value.value in allowed)


@word(
    "post-hct-reduce-is",
    when_open="after-allogeneic-hct",
    condition="an allogeneic HCT took place before this relapse",
)
def after_allo_hct(case: Case) -> Verdict:
    """An allogeneic HCT is on record, at any time before the day of the assessment."""
    return case.after_hct.check(bool)


@word(
    "D12",
    when_open="no-earlier-allogeneic-hct",
    condition="no allogeneic HCT took place before (that part of the record is open)",
)
def no_allo_hct(case: Case) -> Verdict:
    """No allogeneic HCT is on record (D12: rows of a first transplant stop after one)."""
    return negate(case.after_hct.check(bool))


@word("post-hct-relapse-early")
def early_relapse(case: Case) -> Verdict:
    """Relapse within 6 calendar months, inclusive, of day 0 of the HCT or of the remission."""
    return case.early_relapse.check(bool)


@word("second-hct-select")
def late_relapse(case: Case) -> Verdict:
    """Relapse later than 6 calendar months after day 0 of the HCT, or after the remission."""
    return negate(case.early_relapse.check(bool))


@word("salvage-cr-long-cr1")
def remission_of_a_year(case: Case) -> Verdict:
    """The remission that was lost had lasted longer than 12 months."""
    return case.long_first_remission.check(bool)


@word("2.6")
def after_hma_venetoclax(case: Case) -> Verdict:
    """The last systemic line before the present event was an HMA with venetoclax."""
    return case.after_hma_venetoclax.check(bool)


@word(
    "2.6",
    when_open="last-line-not-hma-venetoclax",
    condition="the last line was not an HMA with venetoclax (that part of the record is open)",
)
def not_after_hma_venetoclax(case: Case) -> Verdict:
    """The last systemic line before the present event was no HMA with venetoclax."""
    return negate(case.after_hma_venetoclax.check(bool))


@word(
    "D23",
    when_open="never-venetoclax",
    condition="venetoclax was never given (that part of the record is open)",
)
def never_venetoclax(case: Case) -> Verdict:
    """No venetoclax at any time."""
    return negate(case.venetoclax_ever.check(bool))


@word("hma-ven-hct-before-relapse")
def remission_by_hma_venetoclax(case: Case) -> Verdict:
    """The remission that holds was reached on an HMA with venetoclax."""
    return case.remission_by_hma_venetoclax.check(bool)


@word("hma-ven-hct-before-relapse")
def performance_improved(case: Case) -> Verdict:
    """The latest ECOG is better than an earlier one on record."""
    return case.performance_improved.check(bool)


@word("hct-cr1-threshold")
def first_remission(case: Case) -> Verdict:
    """The remission that holds is the first, without a relapse or refractory disease before."""
    return case.first_remission.check(bool)


@word("N8")
def later_remission(case: Case) -> Verdict:
    """The remission that holds came after a relapse or refractory disease."""
    return case.later_remission.check(bool)


@word("D6")
def adverse_risk(case: Case) -> Verdict:
    """Adverse by the ELN 2022 genetic table, on the results up to the first remission."""
    return case.adverse_risk.check(bool)


@word("D13")
def within_maintenance_window(case: Case) -> Verdict:
    """At most 24 calendar months after day 0 of the last allogeneic HCT (a constant)."""
    return _within(case, "HCT", case.hct, case.constants.after_hct_maintenance_months)


@word("D13")
def within_first_remission_window(case: Case) -> Verdict:
    """At most 12 calendar months after the remission began (a constant)."""
    months = case.constants.first_remission_months
    return _within(case, "remission", case.remission, months)


@word("D13")
def within_later_remission_window(case: Case) -> Verdict:
    """At most 24 calendar months after the remission began (a constant)."""
    months = case.constants.later_remission_months
    return _within(case, "remission", case.remission, months)


@word("D13")
def within_monitoring_window(case: Case) -> Verdict:
    """At most 24 calendar months after therapy or HCT ended, or the remission if later."""
    ends = [when for when in (case.therapy_end, case.remission) if when is not None]
    months = case.constants.mrd_monitoring_months
    return _within(case, "therapy", max(ends, default=None), months)


def _within(case: Case, name: str, start: When | None, limit: int) -> Verdict:
    fact = Known(name, start, "")
    if start is None:
        return Verdict(Truth.UNMET, (fact,))
    truth = within_months(start, When.day(case.on), limit)
    if truth is Truth.UNKNOWN:
        return Verdict(truth, missing=(Unknown(f"{name}-date", Why.IMPRECISE),))
    return Verdict(truth, (fact,))


@word("gilteritinib-approval")
def flt3_mutated(case: Case) -> Verdict:
    """FLT3-ITD, FLT3-TKD or a mutation of open type found in a sample of the present event."""
    return any_of(_flt3(case))


def _flt3(case: Case) -> list[Verdict]:
    """A mutation of unknown type is met if found, and no argument against if not."""
    facts = (case.flt3_itd, case.flt3_tkd, case.flt3_unspecified)
    return [fact.check(bool) for fact in facts]


@word("t3-ivosidenib")
def idh1_mutated(case: Case) -> Verdict:
    """IDH1 mutated in a sample of the present event."""
    return case.idh1.check(bool)


@word("t3-enasidenib")
def idh2_mutated(case: Case) -> Verdict:
    """IDH2 mutated in a sample of the present event."""
    return case.idh2.check(bool)


@word("menin-rationale")
def npm1_mutated(case: Case) -> Verdict:
    """NPM1 mutated in a sample of the present event, by gene test or positive transcript."""
    return case.npm1.check(bool)


@word("menin-rationale")
def kmt2a_rearranged(case: Case) -> Verdict:
    """KMT2A rearranged in a sample of the present event; a partial duplication is none."""
    return case.kmt2a.check(bool)


@word("t3-gemtuzumab")
def cd33_positive(case: Case) -> Verdict:
    """CD33 on the blasts of a sample of the present event."""
    return case.cd33.check(bool)


@word("repeat-mutational-analysis")
def targets_untested(case: Case) -> Verdict:
    """FLT3-ITD, FLT3-TKD, IDH1 or IDH2 has no current result (D15)."""
    tests = (
        (case.flt3_itd, "FLT3-ITD"),
        (case.flt3_tkd, "FLT3-TKD"),
        (case.idh1, "IDH1"),
        (case.idh2, "IDH2"),
    )
    lacking = [name for fact, name in tests if isinstance(fact, Unknown)]
    says = f"no current result for {', '.join(lacking)}"
    return Known("targets-untested", bool(lacking), says).check(bool)


@word(
    "A26",
    when_open="no-actionable-target",
    condition="FLT3 and, where approved here, IDH1/IDH2 turn out unmutated in this event",
)
def no_actionable_target(case: Case) -> Verdict:
    """No FLT3 mutation in the present event, nor an IDH1 or IDH2 mutation with an approved R/R
    drug here (A26: CD33, NPM1 and KMT2A do not count)."""
    uses = _uses(case.approved)
    found = _flt3(case)
    for use, fact in (("rr-idh1", case.idh1), ("rr-idh2", case.idh2)):
        if use in uses:
            found.append(fact.check(bool))
    return negate(any_of(found))


@cache
def _uses(approved: frozenset[tuple[str, str]]) -> frozenset[str]:
    """For what some drug is approved: one table for each place and time of the library."""
    return frozenset(use for _, use in approved)


@word("sorafenib-eln-option")
def flt3_itd_disease(case: Case) -> Verdict:
    """FLT3-ITD in the disease that was treated, in whichever sample showed it."""
    return case.flt3_itd_at_diagnosis.check(bool)


@word("hma-ven-failure-risk-features")
def new_high_risk_genes(case: Case) -> Verdict:
    """TP53, FLT3 or N/KRAS found in the present event and never before."""
    return case.new_high_risk_genes.check(bool)


@word("npm1-200-threshold-hct")
def npm1_above_200_twice(case: Case) -> Verdict:
    """NPM1 transcripts above 200 per 10⁴ ABL1 in the first and in the confirming sample."""
    return case.npm1_above_200_twice.check(bool)


@word("mrd-ngs-not-sole-basis")
def sequenced_mrd_alone(case: Case) -> Verdict:
    """NGS is the only evidence of MRD in this remission."""
    return case.sequenced_mrd_alone.check(bool)


@word("mrd-ch-caution-genes")
def clonal_marker_alone(case: Case) -> Verdict:
    """A marker that may be clonal hematopoiesis is the only evidence of MRD."""
    return case.clonal_marker_alone.check(bool)


@word("mrd-dta-never")
def dta_marker(case: Case) -> Verdict:
    """DNMT3A, TET2 or ASXL1 found in this remission: never a marker of residual disease."""
    return case.dta_marker.check(bool)


@word("morpho-mrd-subset")
def mrd_positive_around_hct(case: Case) -> Verdict:
    """MRD positive within 60 days before or 90 days after day 0 (D18)."""
    return case.mrd_around_hct.check(lambda value: value == "positive")


@word("morpho-mrd-subset")
def mrd_negative_by_ngs_around_hct(case: Case) -> Verdict:
    """FLT3-ITD negative by the trial's own NGS method around the HCT; no other method tells."""
    return case.mrd_around_hct.check(lambda value: value == "negative-by-ngs")


@word("D4", when_open="fit-intensive", condition="the patient is fit for intensive therapy")
def fit_intensive(case: Case) -> Verdict:
    """Fit for intensive therapy, by a recorded statement or by the criteria of D4."""
    return case.fitness.check(lambda value: value == "fit")


@word("D4", when_open="unfit-intensive", condition="the patient is unfit for intensive therapy")
def unfit_intensive(case: Case) -> Verdict:
    """Unfit for intensive therapy, by a recorded statement or by a VIALE-A criterion."""
    return case.fitness.check(lambda value: value == "unfit")


@word("D5")
def unfit_and_eligibility_silent(case: Case) -> Verdict:
    """Unfit on record while nobody has recorded transplant eligibility (D5); two-valued."""
    unfit = isinstance(case.fitness, Known) and case.fitness.value == "unfit"
    silent = isinstance(case.transplant_eligibility, Unknown)
    facts = [f for f in (case.fitness,) if isinstance(f, Known)]
    return Verdict(Truth.of(unfit and silent), tuple(facts))


@word("D5", when_open="transplant-eligible", condition="the patient is eligible for transplant")
def transplant_ineligible(case: Case) -> Verdict:
    """Recorded as no transplant candidate; never judged from age (D5)."""
    return case.transplant_eligibility.check(lambda value: value == "ineligible")


@word("D17")
def transplant_ineligible_on_record(case: Case) -> Verdict:
    """Recorded as no transplant candidate; two-valued: silence is not ineligible (D17)."""
    said = case.transplant_eligibility
    known = isinstance(said, Known) and said.value == "ineligible"
    return Verdict(Truth.of(known), (said,) if isinstance(said, Known) else ())


@word(
    "D17", when_open="transplant-eligible", condition="the patient is eligible for transplant"
)
def transplant_in_view(case: Case) -> Verdict:
    """Whether transplant is possible has been judged. Salvage aims at it: silence leaves that
    open, while a recorded "no" makes salvage weaker instead of hiding it (D17)."""
    return case.transplant_eligibility.check(lambda value: True)


@word(
    "D22", when_open="goals-beyond-comfort", condition="the goal of care is not comfort alone"
)
def comfort_goals(case: Case) -> Verdict:
    """Comfort is recorded as the goal of care."""
    return case.goals_of_care.check(lambda value: value == "comfort")


@word("A22", when_open="no-active-gvhd", condition="there is no active GVHD")
def gvhd_active(case: Case) -> Verdict:
    """GVHD recorded as active."""
    return case.gvhd_active.check(bool)


@word("A22", when_open="no-prior-gvhd", condition="there never was GVHD")
def gvhd_prior(case: Case) -> Verdict:
    """GVHD at any time on record."""
    return case.gvhd_prior.check(bool)


@word("D7", when_open="on-immunosuppression", condition="the patient is on immunosuppression")
def on_immunosuppression(case: Case) -> Verdict:
    """Immunosuppression on record as being given."""
    return case.immunosuppression.check(bool)


@word("asap-primary")
def donor_identified(case: Case) -> Verdict:
    """A donor is on record as identified; two-valued: silence is no donor (F4)."""
    known = isinstance(case.donor, Known) and case.donor.value == "identified"
    return Verdict(Truth.of(known), (case.donor,) if isinstance(case.donor, Known) else ())


@word("donor-search-all-eligible", when_open="no-donor-yet", condition="no donor is identified")
def no_donor_yet(case: Case) -> Verdict:
    """No donor is identified: the search is to be started or resumed (G3, M2)."""
    return negate(case.donor.check(lambda value: value == "identified"))


@word("dli-preferred", when_open="donor-cells", condition="donor cells are available")
def donor_cells_unavailable(case: Case) -> Verdict:
    """Donor cells recorded as unavailable (no donor left, or a cord blood graft)."""
    return case.donor_cells.check(lambda value: value == "unavailable")


@word(
    "asap-primary", when_open="not-proliferative", condition="the disease is not proliferative"
)
def highly_proliferative(case: Case) -> Verdict:
    """Recorded by a clinician as highly proliferative; never computed."""
    return case.proliferation.check(lambda value: value == "high")


@word("X1")
def pregnant(case: Case) -> Verdict:
    """Pregnancy on record."""
    return case.pregnant.check(bool)


@word(
    "X2",
    when_open="tolerates-hma-venetoclax",
    condition="azacitidine and venetoclax are both tolerated",
)
def hma_venetoclax_not_tolerated(case: Case) -> Verdict:
    """Hypersensitivity to azacitidine or venetoclax on record: the two are given together, so
    that one of them excludes both."""
    found = sorted(case.hypersensitive & {"azacitidine", "venetoclax"})
    says = f"hypersensitivity to {', '.join(found)}"
    return Known("hypersensitivity", bool(found), says).check(bool)


@word("D14")
def failed_in_this_event(case: Case, *drugs: str) -> Verdict:
    """One of these drugs was given in the present event, is given no more, and the leukemia is
    still there."""
    found = sorted(case.failed & set(drugs))
    says = f"{', '.join(found)} given in this event without lasting remission"
    return Known("failed", bool(found), says if found else "").check(bool)


@word("2.2")
def landmark_unassessed(case: Case) -> Verdict:
    """The non-intensive landmark has passed without a marrow that tells the response."""
    return case.landmark_unassessed.check(bool)


@word("2.5")
def confirmation_overdue(case: Case) -> Verdict:
    """An MRD signal waits longer than 28 days for its confirming sample."""
    return case.unconfirmed_for_long.check(bool)


@word("D9")
def results_conflict(case: Case) -> Verdict:
    """Results of one day contradict each other, or the course of the disease does."""
    return case.conflict.check(bool)


@word("contract")
def result_stale(case: Case) -> Verdict:
    """The newest result on the leukemia is older than the limit in the constants."""
    return case.stale.check(bool)


@word("contract")
def record_unread(case: Case) -> Verdict:
    """Part of the record could not be read."""
    return case.unread.check(bool)


@word("2.3")
def relapse_in_blood_only(case: Case) -> Verdict:
    """The relapse rests on blood alone; no marrow shows it (D2)."""
    return case.blood_only.check(bool)


@word("flt3-loss-after-midostaurin")
def target_found_before_only(case: Case) -> Verdict:
    """A target was found before this event and has not been tested in it."""
    return case.older_positive.check(bool)


@word("flt3-loss-after-midostaurin")
def target_lost(case: Case) -> Verdict:
    """A target that was found earlier is excluded in the present event."""
    return case.lost_target.check(bool)


def holds(clause: object, case: Case) -> Verdict:
    """A clause of a knowledge file: a word, {word: arguments}, or all / any / not of clauses.

    The loader has checked its words and arguments.
    """
    if isinstance(clause, str):
        return verdict_of(clause, case)
    if not isinstance(clause, dict) or len(clause) != 1:
        raise TypeError(f"not a clause: {clause!r}")
    [(name, parts)] = clause.items()
    if name == "all":
        return all_of([holds(part, case) for part in parts])
    if name == "any":
        return any_of([holds(part, case) for part in parts])
    if name == "not":
        return negate(holds(parts, case))
    return verdict_of((name, *parts), case)


def truth_of(clause: object, case: Case) -> Truth:
    """Whether a clause holds, without the facts that say so, and no further than it takes."""
    if isinstance(clause, str):
        known = case.verdicts.get(clause)  # most have been asked before
        return verdict_of(clause, case).truth if known is None else known.truth
    if not isinstance(clause, dict) or len(clause) != 1:
        raise TypeError(f"not a clause: {clause!r}")
    [(name, parts)] = clause.items()
    if name in _SETTLED_BY:
        settled, otherwise = _SETTLED_BY[name]
        for part in parts:
            truth = truth_of(part, case)
            if truth is settled:
                return settled
            if truth is Truth.UNKNOWN:
                otherwise = truth
        return otherwise
    if name == "not":
        return OPPOSITE[truth_of(parts, case)]
    return verdict_of((name, *parts), case).truth


_SETTLED_BY = {"all": (Truth.UNMET, Truth.MET), "any": (Truth.MET, Truth.UNMET)}


def verdict_of(asked: Asked, case: Case) -> Verdict:
    """What a word says of this case; asked once, it is remembered."""
    known = case.verdicts.get(asked)
    if known is None:
        if isinstance(asked, str):
            known = WORDS[asked].definition(case)
        else:
            known = WORDS[asked[0]].definition(case, *asked[1:])
        case.verdicts[asked] = known
    return known
