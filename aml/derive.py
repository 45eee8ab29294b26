"""From the record and the state to the facts of a case. Each function answers one question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aml import facts, targets
from aml.case import NO, Case, unread_as_unknown
from aml.constants import Constants
from aml.dates import day_of, days_between, within_months
from aml.eln2022 import THERAPY_QUERIES, DiseaseCourse
from aml.fitness import fitness, latest, performance_improved, statement
from aml.genetic_risk import adverse_risk
from aml.logic import Fact, Known, Truth, Unknown, Why
from aml.mrd import Suitability, npm1_above_200_twice, suitability
from aml.patient import (
    DiagnosisKind,
    Finding,
    GeneResult,
    Gvhd,
    GvhdActivity,
    Method,
    MrdResult,
    Patient,
    Topic,
    Transplant,
    TransplantKind,
    When,
)
from aml.pharmacy import Pharmacy
from aml.states import MRD_RELAPSE, OVERT, REMISSION, State
from aml.targets import Target
from aml.treatment import (
    Line,
    being_given,
    cycles,
    ended,
    exposures,
    hma_with_venetoclax,
    lines,
)

EARLY_MONTHS = 6  # 2.4: within the first 6 months, both edges included
LONG_CR1_MONTHS = 12  # 2.4: salvage-cr-long-cr1
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


@dataclass(frozen=True, slots=True)
class Targets:
    """All targets of one patient, current and not."""

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


@dataclass(frozen=True, slots=True)
class Derivation:
    """The inputs of every question: one record, its course, and the day."""

    patient: Patient
    course: DiseaseCourse
    pharmacy: Pharmacy
    constants: Constants
    on: date

    @property
    def state(self) -> State:
        return self.course.state.state

    @property
    def event(self) -> When | None:
        return self.course.state.event

    @property
    def diagnosed(self) -> When:
        days = [d.when for d in self.patient.diagnoses if d.kind is DiagnosisKind.AML]
        return min(days, key=lambda w: (w.undated, w))

    @property
    def therapy_unread(self) -> bool:
        return any(u.query in THERAPY_QUERIES for u in self.patient.unread)

    @property
    def event_day(self) -> date:
        return self.event.first if self.event and not self.event.undated else date.min


def to_case(d: Derivation, found: Targets, approved: frozenset[tuple[str, str]]) -> Case:
    """The facts of a patient with AML in scope."""
    hct = last_hct(d.patient)
    gvhd_active, gvhd_prior = _gvhd(d.patient)
    doses = _given(d)
    return Case(
        on=d.on,
        state=_state(d),
        flt3_itd=found.flt3_itd.current,
        flt3_tkd=found.flt3_tkd.current,
        flt3_unspecified=_only_true(found.flt3_unspecified.current),
        idh1=found.idh1.current,
        idh2=found.idh2.current,
        npm1=found.npm1.current,
        kmt2a=found.kmt2a.current,
        cd33=found.cd33.current,
        older_positive=_older_positive(found),
        lost_target=_lost_targets(found),
        flt3_itd_at_diagnosis=_itd_of_the_disease(found.flt3_itd, hct),
        fitness=fitness(d.patient, d.on),
        performance_improved=performance_improved(d.patient, _last_line_start(d)),
        transplant_eligibility=statement(d.patient, Topic.TRANSPLANT_ELIGIBILITY),
        goals_of_care=statement(d.patient, Topic.GOALS_OF_CARE),
        donor=statement(d.patient, Topic.DONOR),
        donor_cells=statement(d.patient, Topic.DONOR_CELLS),
        gvhd_active=gvhd_active,
        gvhd_prior=gvhd_prior,
        immunosuppression=immunosuppression(d),
        adverse_risk=adverse_risk(d.patient, _diagnosis_until(d)),
        proliferation=statement(d.patient, Topic.PROLIFERATION),
        pregnant=_pregnant(d.patient),
        hypersensitive=frozenset(h.drug for h in d.patient.hypersensitivities),
        after_hct=_after_hct(d, hct),
        early_relapse=early_relapse(d),
        long_first_remission=_long_first_remission(d),
        after_hma_venetoclax=after_hma_venetoclax(d),
        venetoclax_ever=_ever(d, "venetoclax"),
        remission_by_hma_venetoclax=_remission_by_hma_venetoclax(d),
        later_remission=_flag("later-remission", d.course.earlier_event),
        first_remission=_flag(
            "first-remission", d.state in REMISSION and not d.course.earlier_event
        ),
        npm1_above_200_twice=_npm1_above_200(d),
        mrd_around_hct=_mrd_around_hct(d, hct),
        sequenced_mrd_alone=_sequenced(d),
        clonal_marker_alone=_clonal(d),
        dta_marker=_dta(d),
        landmark_unassessed=_flag("landmark", d.course.landmark_unassessed),
        unconfirmed_for_long=_unconfirmed_for_long(d),
        stale=_stale(d),
        conflict=_conflict(d, found),
        unread=_unread(d.patient),
        blood_only=_flag("blood-only", d.course.blood_only),
        new_high_risk_genes=_new_high_risk(d),
        given=doses,
        failed=_failed(d, doses),
        approved=approved,
        hct=hct.when if hct else None,
        remission=d.course.state.remission,
        therapy_end=_therapy_end(d, hct),
        constants=d.constants,
    )


def _state(d: Derivation) -> Known[State]:
    known = d.course.state
    says = "; ".join(k.says for k in known.because[:2]) or known.state.value
    sources = tuple(sorted({s for k in known.because for s in k.sources}))
    day = day_of(known.since) if known.since else date.min
    return Known("state", known.state, says, day, sources)


def _flag(name: str, value: bool) -> Known[bool]:
    return Known(name, value, "")


def _true(name: str, known: Sequence[Known[Any]], says: str = "") -> Known[bool]:
    """Met on these facts; not met if there are none."""
    if not known:
        return NO
    words = says or "; ".join(dict.fromkeys(_dated(k) for k in known))
    sources = tuple(sorted({s for k in known for s in k.sources}))
    return Known(name, True, words, max(k.on for k in known), sources)


def _dated(known: Known[Any]) -> str:
    return known.says if known.on == date.min else f"{known.says} ({known.on.isoformat()})"


def read_targets(d: Derivation) -> Targets:
    patient = d.patient
    since = targets.since_of(d.event, d.diagnosed, d.constants.current_sample_days)
    stopped = {key: _stopped(d, drug_class) for key, drug_class in INHIBITORS.items()}
    flt3 = targets.results_for(patient, ["FLT3"])
    excluded = [g for g in flt3 if g.finding is Finding.NOT_DETECTED]
    found = [g for g in flt3 if g.finding is Finding.DETECTED]

    def one(name: str, results: Iterable[GeneResult], key: str) -> Target:
        return targets.read_target(name, results, since, stopped[key])

    def flt3_type(alteration: str) -> list[GeneResult]:
        return [*targets.results_for(patient, [alteration]), *excluded]

    return Targets(
        flt3_itd=one("flt3-itd-current", flt3_type("FLT3-ITD"), "flt3"),
        flt3_tkd=one("flt3-tkd-current", flt3_type("FLT3-TKD"), "flt3"),
        flt3_unspecified=one("flt3-current", found, "flt3"),
        idh1=one("idh1-current", targets.results_for(patient, ["IDH1"]), "idh1"),
        idh2=one("idh2-current", targets.results_for(patient, ["IDH2"]), "idh2"),
        npm1=one("npm1-current", targets.npm1_results(patient), "npm1"),
        kmt2a=one("kmt2a-current", _kmt2a(patient), "kmt2a"),
        cd33=one("cd33-current", targets.results_for(patient, ["CD33"]), "cd33"),
    )


def _kmt2a(patient: Patient) -> list[GeneResult]:
    karyotypes = [
        GeneResult(k.when, "KMT2A-rearrangement", Finding.DETECTED, k.source)
        for k in patient.karyotypes
        if k.lesions & _KMT2A_LESIONS
    ]
    return [*targets.results_for(patient, ["KMT2A-rearrangement"]), *karyotypes]


def _stopped(d: Derivation, drug_class: str) -> list[When]:
    """When drugs against a target were begun that are no longer given."""
    return [
        course.start
        for _, course in exposures(d.patient, d.pharmacy, drug_class)
        if ended(course, d.patient, d.pharmacy, d.on) is not None
    ]


def _only_true(current: Fact[bool]) -> Known[bool]:
    return current if isinstance(current, Known) and current.value else NO


def _older_positive(found: Targets) -> Known[bool]:
    """Targets found before this event and not tested in it."""
    old = [
        t.earlier_positive
        for t in found.all
        if isinstance(t.current, Unknown)
        and t.current.why is Why.STALE
        and t.earlier_positive is not None
    ]
    return _true("older-positive", old)


def _lost_targets(found: Targets) -> Known[bool]:
    lost: list[Known[Any]] = []
    for target in found.all:
        now = target.current
        if target.earlier_positive is not None and isinstance(now, Known) and not now.value:
            lost += [target.earlier_positive, now]
    return _true("lost-target", lost)


def _itd_of_the_disease(itd: Target, hct: Transplant | None) -> Fact[bool]:
    """N1: FLT3-ITD in the disease that was transplanted, in whichever sample showed it."""
    name = "flt3-itd-at-diagnosis"
    if itd.ever is not None:
        return Known(name, True, itd.ever.says, itd.ever.on, itd.ever.sources)
    if isinstance(itd.current, Known):
        return Known(name, False, itd.current.says, itd.current.on, itd.current.sources)
    if itd.older is not None:
        return Known(name, False, itd.older.says, itd.older.on, itd.older.sources)
    return Unknown(name, itd.current.why)


def last_hct(patient: Patient) -> Transplant | None:
    found = [t for t in patient.transplants if t.kind is TransplantKind.ALLOGENEIC]
    return max(found, key=lambda t: (not t.when.undated, t.when, t.source), default=None)


def _after_hct(d: Derivation, hct: Transplant | None) -> Fact[bool]:
    if hct is not None:
        known = facts.transplant(hct)
        return Known("after-hct", True, known.says, known.on, known.sources)
    unclear = [t for t in d.patient.transplants if t.kind is TransplantKind.UNKNOWN]
    if unclear:
        sources = tuple(sorted(t.source.resource for t in unclear))
        return Unknown("earlier-allogeneic-hct", Why.UNREADABLE, sources)
    unread = any(u.query in ("procedures", "bundle") for u in d.patient.unread)
    return unread_as_unknown(NO, unread=unread, name="earlier-allogeneic-hct")


def _gvhd(patient: Patient) -> tuple[Fact[bool], Fact[bool]]:
    """Active now, and ever before; each unknown unless somebody recorded it (F17)."""
    said = sorted(patient.gvhd, key=lambda g: (g.when.last, g.source))
    active: Fact[bool] = Unknown("gvhd-active")
    prior: Fact[bool] = Unknown("gvhd-prior")
    if said:
        last = said[-1]
        rivals = [g for g in said if g.when.before(last.when) is not Truth.MET]
        states = {g.activity is GvhdActivity.ACTIVE for g in rivals}
        chosen = next((g for g in rivals if g.activity is GvhdActivity.ACTIVE), last)
        if len(states) == 1 or chosen.activity is GvhdActivity.ACTIVE:
            active = _gvhd_fact("gvhd-active", chosen, value=True in states)
    ever = [g for g in said if g.activity in (GvhdActivity.ACTIVE, GvhdActivity.RESOLVED)]
    never = [g for g in said if g.activity is GvhdActivity.NEVER]
    if ever:
        prior = _gvhd_fact("gvhd-prior", ever[0], value=True)
    elif never:
        prior = _gvhd_fact("gvhd-prior", never[-1], value=False)
    return active, prior


def _gvhd_fact(name: str, entry: Gvhd, *, value: bool) -> Known[bool]:
    known = facts.gvhd(entry)
    return Known(name, value, known.says, known.on, known.sources)


def immunosuppression(d: Derivation) -> Fact[bool]:
    """On record as being given. That no prescription runs is not known to mean none (7)."""
    for drug, course in reversed(exposures(d.patient, d.pharmacy, "immunosuppressant")):
        open_end = course.end.undated or course.end.last >= d.on
        if open_end and not _superseded(course.start, d):
            known = facts.course(course, names=drug)
            says = f"on {known.says}"
            return Known("immunosuppression", True, says, known.on, known.sources)
    return Unknown("immunosuppression")


def _superseded(start: When, d: Derivation) -> bool:
    """Begun before the last transplant: what runs since then is another course."""
    hct = last_hct(d.patient)
    return bool(
        hct
        and days_between(start, hct.when)
        and start.last < hct.when.first
        and (hct.when.first - start.last).days > 14
    )


def early_relapse(d: Derivation) -> Fact[bool]:
    """2.4: within 6 calendar months, inclusive, of day 0 of the last allogeneic HCT since the
    previous event, else of the remission that was lost."""
    if d.state is not State.RELAPSE or d.course.state.since is None:
        return NO
    base, name = _timing_base(d)
    if base is None:
        return Unknown("relapse-timing", Why.IMPRECISE)
    verdict = within_months(base, d.course.state.since, EARLY_MONTHS)
    if verdict is Truth.UNKNOWN:
        return Unknown("relapse-timing", Why.IMPRECISE)
    early = verdict is Truth.MET
    says = f"relapse {'within' if early else 'later than'} {EARLY_MONTHS} months after {name}"
    return Known("relapse-timing", early, f"{says} ({base})")


def _timing_base(d: Derivation) -> tuple[When | None, str]:
    since, lost = d.course.state.since, d.course.state.remission
    assert since is not None
    transplants = [
        t.when
        for t in d.patient.transplants
        if t.kind is TransplantKind.ALLOGENEIC
        and t.when.before(since) is not Truth.UNMET
        and (lost is None or t.when.before(lost) is not Truth.MET)
    ]
    if transplants:
        return max(transplants), "allogeneic HCT"
    return lost, "the remission"


def _long_first_remission(d: Derivation) -> Fact[bool]:
    since, lost = d.course.state.since, d.course.state.remission
    if d.state is not State.RELAPSE or since is None or lost is None:
        return NO
    short = within_months(lost, since, LONG_CR1_MONTHS)
    if short is Truth.UNKNOWN:
        return Unknown("relapse-timing", Why.IMPRECISE)
    return _flag("long-remission", short is Truth.UNMET)


def _event_lines(d: Derivation) -> tuple[Line, ...]:
    """Lines begun before the present event (all, without one)."""
    breaks = [day_of(w) for w in (d.event,) if w is not None]
    found = lines(d.patient, d.pharmacy, breaks)
    if d.event is None or d.state not in OVERT:
        return found
    return tuple(x for x in found if x.start.first <= d.event.last)


def _last_line_start(d: Derivation) -> When | None:
    found = _event_lines(d)
    return found[-1].start if found else None


def after_hma_venetoclax(d: Derivation) -> Fact[bool]:
    """2.6: the last systemic line before the present event was an HMA with venetoclax."""
    if d.state not in OVERT:
        return NO
    found = _event_lines(d)
    if found and hma_with_venetoclax(found[-1], d.pharmacy) and not _hct_since(d, found[-1]):
        line = found[-1]
        says = f"last line: {', '.join(sorted(line.drugs))}"
        return Known("after-hma-venetoclax", True, says, line.start.first, line.sources)
    return unread_as_unknown(NO, unread=d.therapy_unread, name="last-line-not-hma-venetoclax")


def _hct_since(d: Derivation, line: Line) -> bool:
    """An allogeneic HCT between the line and the event: the graft was the last therapy."""
    event = d.event
    return event is not None and any(
        t.kind is TransplantKind.ALLOGENEIC
        and line.start.before(t.when) is Truth.MET
        and t.when.before(event) is Truth.MET
        for t in d.patient.transplants
    )


def _ever(d: Derivation, drug_class: str) -> Fact[bool]:
    found = exposures(d.patient, d.pharmacy, drug_class)
    known = [facts.course(course, names=f"{drug} given") for drug, course in found]
    return unread_as_unknown(
        _true(drug_class, known[-1:]), unread=d.therapy_unread, name=f"no-earlier-{drug_class}"
    )


def _remission_by_hma_venetoclax(d: Derivation) -> Fact[bool]:
    """V0: the remission that holds was reached on an HMA with venetoclax."""
    remission = d.course.state.remission
    if d.state not in REMISSION or remission is None:
        return NO
    before = [x for x in lines(d.patient, d.pharmacy) if x.start.before(remission) is Truth.MET]
    if not before or not hma_with_venetoclax(before[-1], d.pharmacy):
        return NO
    line = before[-1]
    return Known(
        "remission-by-hma-venetoclax",
        True,
        f"remission on {', '.join(sorted(line.drugs))}",
        line.start.first,
        line.sources,
    )


def _given(d: Derivation) -> dict[str, Known[str]]:
    """Drugs against the leukemia begun in this event and still being given (D14)."""
    drugs = sorted({drug for c in d.patient.courses for drug in c.drugs})
    found = {}
    for drug in drugs:
        course = being_given(drug, d.patient, d.pharmacy, d.on, d.event_day)
        if course is not None:
            found[drug] = facts.course(course, names=drug)
    return found


def _failed(d: Derivation, given: dict[str, Known[str]]) -> frozenset[str]:
    """Targeted drugs given in this event and no longer, while the leukemia is still there."""
    if d.state not in OVERT:
        return frozenset()
    return frozenset(
        drug
        for drug_class in set(INHIBITORS.values())
        for drug, course in exposures(d.patient, d.pharmacy, drug_class)
        if course.start.first >= d.event_day and drug not in given
    )


def _therapy_end(d: Derivation, hct: Transplant | None) -> When | None:
    days = [hct.when.last] if hct and not hct.when.undated else []
    for cycle in cycles(d.patient, d.pharmacy):
        for course in cycle.courses:
            end = ended(course, d.patient, d.pharmacy, d.on)
            days.append(
                end.last
                if end
                else max(course.start.last, d.on if course.ongoing else date.min)
            )
    return When.day(max(days)) if days else None


def _npm1_above_200(d: Derivation) -> Fact[bool]:
    for signal in d.course.mrd.confirmed:
        if npm1_above_200_twice(signal) is Truth.MET and signal.confirmed_by:
            known = [facts.mrd(signal.sample), facts.mrd(signal.confirmed_by)]
            return _true("npm1-above-200-twice", known)
    return NO


def _mrd_around_hct(d: Derivation, hct: Transplant | None) -> Fact[str]:
    """D18: "positive", "negative-by-ngs" or "not-judgeable", 60 days before to 90 after day 0."""
    if hct is None:
        return Unknown("mrd")
    near = [r for r in d.patient.mrd if _around(hct.when, r, d.constants)]
    usable = [
        r for r in near if suitability(r) in (Suitability.SUITABLE, Suitability.NOT_ALONE)
    ]
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


def _sequenced(d: Derivation) -> Known[bool]:
    """NGS is the only evidence of MRD in this remission (NPM1, fusions, FLT3-ITD by NGS)."""
    return _true("sequenced-mrd", _alone(d, Suitability.NOT_ALONE))


def _clonal(d: Derivation) -> Known[bool]:
    """A marker that may be clonal hematopoiesis is the only evidence of MRD."""
    return _true("clonal-marker", _alone(d, Suitability.CAUTION))


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


def _dta(d: Derivation) -> Known[bool]:
    if d.state not in REMISSION | MRD_RELAPSE:
        return NO
    known: list[Known[Any]] = [facts.mrd(r) for r in d.course.mrd.never]
    remission = d.course.state.remission
    known += [
        facts.gene(g)
        for g in d.patient.genes
        if g.alteration in ("DNMT3A", "TET2", "ASXL1")
        and g.finding is Finding.DETECTED
        and remission is not None
        and remission.before(g.when) is Truth.MET
    ]
    return _true("dta-marker", known)


def _unconfirmed_for_long(d: Derivation) -> Known[bool]:
    since = d.course.state.since
    if d.state is not State.MRD_RELAPSE_SUSPECTED or since is None or since.undated:
        return NO
    waits = (d.on - since.first).days
    if waits <= d.constants.confirmation_overdue_days:
        return NO
    sources = tuple(sorted({s for k in d.course.state.because for s in k.sources}))
    says = f"MRD signal of {since} unconfirmed for {waits} days"
    return Known("unconfirmed", True, says, since.first, sources)


def _stale(d: Derivation) -> Known[bool]:
    """The newest result on the leukemia is older than the limit, in a state to act on."""
    if d.state not in OVERT | MRD_RELAPSE | {State.RELAPSE_SUSPECTED}:
        return NO
    known = d.course.state.because
    days = [k.on for k in known if k.on > date.min]
    days += [day_of(b.when) for b in d.patient.blasts] + [day_of(m.when) for m in d.patient.mrd]
    if not days or (d.on - max(days)).days <= d.constants.stale_result_days:
        return NO
    sources = tuple(sorted({s for k in known for s in k.sources}))
    says = f"newest blast or MRD result is of {max(days)}"
    return Known("stale", True, says, max(days), sources)


def _conflict(d: Derivation, found: Targets) -> Known[bool]:
    known: list[Known[Any]] = [k for t in found.all for k in t.conflict]
    known += [facts.mrd(r) for r in d.course.mrd.conflicts]
    known += d.course.conflicts
    return _true("conflict", known)


def _unread(patient: Patient) -> Known[bool]:
    if not patient.unread:
        return NO
    names = ", ".join(sorted({u.query for u in patient.unread}))
    return Known("unread", True, f"not read in full: {names}")


def _new_high_risk(d: Derivation) -> Known[bool]:
    """V6: TP53, FLT3 or N/KRAS found in the present event and not before."""
    if d.event is None:
        return NO
    known = []
    for name in HIGH_RISK_GENES:
        positive = [
            g for g in targets.results_for(d.patient, [name]) if g.finding is Finding.DETECTED
        ]
        since = targets.since_of(d.event, d.diagnosed, d.constants.current_sample_days)
        if positive and all(g.when.first >= since for g in positive):
            known.append(facts.gene(positive[-1]))
    return _true("new-high-risk", known)


def _pregnant(patient: Patient) -> Known[bool]:
    said = statement(patient, Topic.PREGNANCY)
    return (
        Known("pregnancy", True, said.says, said.on, said.sources)
        if isinstance(said, Known) and said.value == "yes"
        else NO
    )


def _diagnosis_until(d: Derivation) -> date:
    """Genetic risk is the one at diagnosis: results up to the first remission."""
    remission = d.course.state.remission
    return remission.last if remission else d.on


def label_latest(patient: Patient, name: str) -> Known[Any] | None:
    measured = latest(patient, name)
    return facts.measurement(measured) if measured else None
