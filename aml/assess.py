"""The whole answer for one patient: state, facts, advice, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import partial
from typing import Any

from msgspec import structs

from aml import targets
from aml.assessment import Alert, Assessment
from aml.case import Case
from aml.criteria import holds
from aml.derivation import Derivation
from aml.derive import to_case
from aml.eln2022 import DiseaseCourse, classify
from aml.event_targets import Targets, read_targets
from aml.fitness import unchecked_criteria
from aml.genetic_risk import nonfavorable_cytogenetics
from aml.knowledge import Snapshot
from aml.logic import Known, Truth, Unknown
from aml.missing import missing
from aml.order_facts import OrderFacts, order_facts
from aml.patient import (
    Blasts,
    Course,
    Extramedullary,
    Finding,
    GeneResult,
    Karyotype,
    Measurement,
    MrdResult,
    Patient,
    Response,
)
from aml.recommend import everything_said, merged, notes_of
from aml.states import OUT_OF_SCOPE, OVERT, REMISSION, State
from aml.targets import Target
from aml.treatment import Therapy

RESULTS = (Blasts, Extramedullary, Response, MrdResult, GeneResult, Karyotype, Measurement)


@dataclass(frozen=True, slots=True)
class Examination:
    """The answer, and the case that it rests on: None where nothing is advised. `on_orders`
    gives what orders are judged on, and None there; most answers are asked for none."""

    assessment: Assessment
    case: Case | None = None
    on_orders: Callable[[], OrderFacts | None] = lambda: None


def assess(patient: Patient, snapshot: Snapshot) -> Assessment:
    """The assessment on the snapshot's day, from what the record held by then."""
    return examine(patient, snapshot).assessment


def examine(patient: Patient, snapshot: Snapshot) -> Examination:
    """The assessment, with the facts that it rests on."""
    patient = until(patient, snapshot.on)
    therapy = Therapy(patient, snapshot.pharmacy)
    course = classify(patient, therapy, snapshot.constants, snapshot.on)
    answer = Assessment(
        patient=patient.reference,
        on=snapshot.on,
        jurisdiction=snapshot.jurisdiction,
        knowledge_version=snapshot.version,
        disease=course.state,
        excluded=patient.excluded,
        ignored=tuple(sorted(set(patient.ignored))),
        unread=tuple(sorted(set(patient.unread))),
    )
    if course.state.state in OUT_OF_SCOPE or patient.excluded:
        return Examination(answer)
    derivation = Derivation(patient, course, therapy, snapshot.constants, snapshot.on)
    found = read_targets(derivation)
    case = to_case(derivation, found, snapshot.approved)
    advised = _advised(answer, derivation, found, case, snapshot)
    return Examination(advised, case, partial(order_facts, case, derivation, found))


def until(patient: Patient, day: date) -> Patient:
    """The record without what is dated after the day."""
    kept: dict[str, Any] = {}
    for name, dated_by in _ENTRIES.items():
        entries = getattr(patient, name)
        if entries and any([getattr(entry, dated_by).last > day for entry in entries]):
            kept[name] = tuple(entry for entry in entries if _by(entry, day))
    return replace(patient, **kept) if kept else patient


# The fields of a record that hold dated entries, and what dates them.
_ENTRIES = {
    each.name: "start" if each.name == "courses" else "when"
    for each in fields(Patient)
    if isinstance(each.default, tuple) and each.name not in ("ignored", "unread")
}


def _by(entry: Any, day: date) -> bool:
    when = entry.start if isinstance(entry, Course) else entry.when
    if when.last <= day:
        return True
    # A result that is known by the day of its report alone was not known before that day.
    reported = isinstance(entry, RESULTS) and when.undated and when.last != date.max
    return bool((when.last if reported else when.first) <= day)


def _advised(
    answer: Assessment, d: Derivation, found: Targets, case: Case, snapshot: Snapshot
) -> Assessment:
    said = everything_said(case, snapshot)
    return structs.replace(
        answer,
        facets=tuple(sorted(_facets(d, found, case))),
        targets=_targets(found),
        recommendations=merged(said, case, snapshot),
        alerts=tuple(alerts_of(case, snapshot)),
        missing=missing(case, snapshot, said),
        notes=tuple(
            notes_of(
                (n for n in snapshot.book.state_notes if d.state in n.states), case, snapshot
            )
        ),
        facts=_shown_facts(d, found, case),
        unchecked=unchecked_criteria(d.patient) if isinstance(case.fitness, Known) else (),
        unknown_factors=_unknown_factors(d, found),
        unsigned=not all(e.reviewed for e in snapshot.entries),
    )


def alerts_of(case: Case, snapshot: Snapshot) -> Iterator[Alert]:
    """The alerts that stand for a case."""
    for entry in snapshot.alerts:
        if case.state.value not in entry.states:
            continue
        verdict = holds(entry.when, case)
        if verdict.truth is Truth.MET:
            known = verdict.because[0]
            yield Alert(
                entry.alert,
                entry.id,
                known,
                entry.text,
                entry.evidence,
                entry.id in snapshot.local,
            )


def _targets(found: Targets) -> dict[str, str]:
    answer = {
        "FLT3": "mutated"
        if _is_true(found.flt3_unspecified)
        else targets.flt3_status(found.flt3_itd, found.flt3_tkd),
        "IDH1": targets.status(found.idh1),
        "IDH2": targets.status(found.idh2),
    }
    for name, target in (("NPM1", found.npm1), ("KMT2A", found.kmt2a), ("CD33", found.cd33)):
        if isinstance(target.current, Known) or target.older is not None or target.conflict:
            words = {} if name == "NPM1" else {"found": "positive", "excluded": "negative"}
            answer[name] = targets.status(target, **words)
    return answer


def _is_true(target: Target) -> bool:
    return isinstance(target.current, Known) and target.current.value


def _facets(d: Derivation, found: Targets, case: Case) -> Iterator[str]:
    if _true(case.after_hct):
        yield "after-allo-hct"
    if d.state is State.RELAPSE and isinstance(case.early_relapse, Known):
        yield "early-relapse" if case.early_relapse.value else "late-relapse"
    for fact, name in (
        (case.after_hma_venetoclax, "after-hma-venetoclax"),
        (case.gvhd_active, "gvhd-active"),
        (case.gvhd_prior, "gvhd-prior"),
        (case.immunosuppression, "on-immunosuppression"),
    ):
        if _true(fact):
            yield name
    if _extramedullary(d):
        yield "extramedullary"
    yield _three(
        case.fitness, {"fit": "fit-intensive", "unfit": "unfit-intensive"}, "fitness-unknown"
    )
    yield _three(
        case.transplant_eligibility,
        {"eligible": "transplant-eligible", "ineligible": "transplant-ineligible"},
        "transplant-eligibility-unknown",
    )
    for target, name in (
        (found.npm1, "npm1-mutated"),
        (found.kmt2a, "kmt2a-rearranged"),
        (found.cd33, "cd33-positive"),
    ):
        if target.ever is not None:
            yield name
    if d.therapy.exposures("flt3-inhibitor"):
        yield "prior-flt3-inhibitor"
    if d.state in OVERT and poor_factors(d, found, case):
        yield "adverse-prognosis"


def _extramedullary(d: Derivation) -> bool:
    """Found since the remission that was lost, or ever if there was none and is none now."""
    remission = d.course.state.remission
    return d.state not in REMISSION and any(
        e.finding is Finding.DETECTED
        and (remission is None or remission.before(e.when) is Truth.MET)
        for e in d.patient.extramedullary
    )


def _true(fact: Any) -> bool:
    return isinstance(fact, Known) and fact.value is True


def _three(fact: Any, words: dict[str, str], unknown: str) -> str:
    return words.get(fact.value, unknown) if isinstance(fact, Known) else unknown


def poor_factors(d: Derivation, found: Targets, case: Case) -> tuple[Known[Any], ...]:
    """Row G5: FLT3-ITD, non-favorable cytogenetics, earlier allogeneic HCT, early relapse. Age
    is named by the paper without a cut-off, so it is not computed."""
    factors: list[Known[Any]] = []
    if _true(case.flt3_itd) and isinstance(case.flt3_itd, Known):
        factors.append(case.flt3_itd)
    if (karyotype := nonfavorable_cytogenetics(d.patient, d.on)) is not None:
        factors.append(karyotype)
    for fact in (case.after_hct, case.early_relapse):
        if isinstance(fact, Known) and fact.value is True:
            factors.append(fact)
    return tuple(factors)


def _unknown_factors(d: Derivation, found: Targets) -> tuple[str, ...]:
    """Row G5: the prognostic factors that the record leaves open."""
    if d.state not in OVERT:
        return ()
    factors = [] if d.patient.karyotypes else ["cytogenetics"]
    return (*factors, *(["FLT3-ITD"] if isinstance(found.flt3_itd.current, Unknown) else []))


def _shown_facts(d: Derivation, found: Targets, case: Case) -> tuple[Known[Any], ...]:
    """The facts beside the state that a reader wants to see, each with day and source."""
    known: list[Known[Any]] = []
    if d.state in OVERT:
        known += poor_factors(d, found, case)
    known += [t.current for t in found.all if isinstance(t.current, Known)]
    known += [f for f in (case.fitness, case.transplant_eligibility) if isinstance(f, Known)]
    known += list(case.given.values())
    return tuple(k for k in dict.fromkeys(known) if k.says)


def course_of(patient: Patient, snapshot: Snapshot) -> DiseaseCourse:
    """The state alone, for those who need no advice."""
    patient = until(patient, snapshot.on)
    therapy = Therapy(patient, snapshot.pharmacy)
    return classify(patient, therapy, snapshot.constants, snapshot.on)
