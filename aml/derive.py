"""From the record and the state to the facts of a case."""

from __future__ import annotations

from datetime import date

from aml.assessment import sentence, sources_of
from aml.case import NO, Case
from aml.dates import day_of
from aml.derivation import Derivation, flag
from aml.event_targets import (
    Targets,
    itd_of_the_disease,
    lost_targets,
    new_high_risk_genes,
    older_positive,
    only_true,
)
from aml.evidence_of_mrd import (
    clonal_alone,
    dta_found,
    mrd_around_hct,
    npm1_above_200,
    sequenced_alone,
    unconfirmed_for_long,
)
from aml.exposure import (
    after_hma_venetoclax,
    ever_given,
    failed_in_event,
    given_now,
    last_line_start,
    remission_by_hma_venetoclax,
    therapy_end,
)
from aml.fitness import performance_improved, statements
from aml.genetic_risk import adverse_risk
from aml.logic import Fact, Known
from aml.patient import Topic
from aml.record import conflicting_results, stale_results, unread_parts
from aml.states import REMISSION, State
from aml.transplantation import (
    after_hct,
    early_relapse,
    gvhd,
    immunosuppression,
    last_hct,
    long_first_remission,
)


def to_case(d: Derivation, found: Targets, approved: frozenset[tuple[str, str]]) -> Case:
    """The facts of a patient with AML in scope, as far as a recommendation asks for them."""
    hct = last_hct(d.patient)
    gvhd_active, gvhd_prior = gvhd(d.patient)
    doses = given_now(d)
    said = statements(d.patient, d.newest, d.on)
    return Case(
        on=d.on,
        state=_state(d),
        flt3_itd=found.flt3_itd.current,
        flt3_tkd=found.flt3_tkd.current,
        flt3_unspecified=only_true(found.flt3_unspecified.current),
        idh1=found.idh1.current,
        idh2=found.idh2.current,
        npm1=found.npm1.current,
        kmt2a=found.kmt2a.current,
        cd33=found.cd33.current,
        older_positive=older_positive(found),
        lost_target=lost_targets(found),
        flt3_itd_at_diagnosis=itd_of_the_disease(found.flt3_itd, hct),
        fitness=said[Topic.FITNESS],
        performance_improved=performance_improved(d.patient, last_line_start(d)),
        transplant_eligibility=said[Topic.TRANSPLANT_ELIGIBILITY],
        goals_of_care=said[Topic.GOALS_OF_CARE],
        donor=said[Topic.DONOR],
        donor_cells=said[Topic.DONOR_CELLS],
        gvhd_active=gvhd_active,
        gvhd_prior=gvhd_prior,
        immunosuppression=immunosuppression(d),
        adverse_risk=adverse_risk(d.patient, _diagnosis_until(d)),
        proliferation=said[Topic.PROLIFERATION],
        pregnant=_pregnant(said[Topic.PREGNANCY]),
        hypersensitive=frozenset(h.drug for h in d.patient.hypersensitivities),
        after_hct=after_hct(d, hct),
        early_relapse=early_relapse(d),
        long_first_remission=long_first_remission(d),
        after_hma_venetoclax=after_hma_venetoclax(d),
        venetoclax_ever=ever_given(d, "venetoclax"),
        remission_by_hma_venetoclax=remission_by_hma_venetoclax(d),
        later_remission=flag("later-remission", d.course.earlier_event),
        first_remission=flag(
            "first-remission", d.state in REMISSION and not d.course.earlier_event
        ),
        npm1_above_200_twice=npm1_above_200(d),
        mrd_around_hct=mrd_around_hct(d, hct),
        sequenced_mrd_alone=sequenced_alone(d),
        clonal_marker_alone=clonal_alone(d),
        dta_marker=dta_found(d),
        landmark_unassessed=flag("landmark", d.course.landmark_unassessed),
        unconfirmed_for_long=unconfirmed_for_long(d),
        stale=stale_results(d),
        conflict=conflicting_results(d, found, said),
        unread=unread_parts(d.patient),
        blood_only=flag("blood-only", d.course.blood_only),
        new_high_risk_genes=new_high_risk_genes(d),
        given=doses,
        failed=failed_in_event(d, doses),
        approved=approved,
        hct=hct.when if hct else None,
        remission=d.course.state.remission,
        therapy_end=therapy_end(d, hct),
        constants=d.constants,
    )


def _state(d: Derivation) -> Known[State]:
    """In the words of the facts that say so, each with its own day."""
    known = d.course.state
    sources = sources_of(known.because)
    if says := sentence(known.because[:2]):
        return Known("state", known.state, says, sources=sources)
    day = day_of(known.since) if known.since else date.min
    return Known("state", known.state, known.state.value, day, sources)


def _pregnant(said: Fact[str]) -> Known[bool]:
    return (
        Known("pregnancy", True, said.says, said.on, said.sources)
        if isinstance(said, Known) and said.value == "yes"
        else NO
    )


def _diagnosis_until(d: Derivation) -> date:
    """Genetic risk is the one at diagnosis: results up to the first remission."""
    remission = d.course.state.remission
    return remission.last if remission else d.on
