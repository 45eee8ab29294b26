"""The disease state by ELN 2022, from the record of one patient.

Refractory, relapse and MRD relapse as Table 1 of Thol, Döhner and Ganser (Blood 2024) gives
them after Döhner et al. (Blood 2022); sections 2.1 to 2.5 of the algorithm, section 0 first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aml import facts, mrd
from aml.constants import Constants
from aml.dates import add_months, days_before, days_between
from aml.logic import Known, Truth, Unknown, Why
from aml.marks import RELAPSE_BLASTS_PCT, Mark, failed_response, first, relapses, remissions
from aml.mrd import MrdView
from aml.patient import (
    UNDATED,
    Blasts,
    DiagnosisKind,
    Finding,
    Patient,
    ResponseCategory,
    Tissue,
    TransplantKind,
    When,
)
from aml.pharmacy import Intensity, Pharmacy
from aml.states import DiseaseState, State
from aml.treatment import Line, cycles, ended, lines

INDUCTION_COURSES = 2  # Table 1: refractory after two courses of intensive induction
RESPONSE_MARROW_DAYS = 28  # 2.2: the response marrow of an induction course that counts as one
EARLIEST_RESPONSE_DAYS = (
    22  # 2.2: with counts recovered; a marrow of day 14-21 declares nothing
)
INTENSIVE_COURSE_DAYS = 28  # [conv]: an intensive course without a recorded end is over by then
ADULT_YEARS = 18

RESULT_QUERIES = frozenset({"observations", "reports", "bundle"})
THERAPY_QUERIES = frozenset(
    {"requests", "administrations", "statements", "careplans", "procedures", "bundle"}
)


@dataclass(frozen=True, slots=True)
class DiseaseCourse:
    """What the course of the disease says beside the state.

    `earlier_event`: a relapse or refractory disease lies behind the present remission.
    `landmark_unassessed`: the non-intensive landmark has passed without a marrow after it.
    `blood_only`: the relapse rests on blood alone.
    """

    state: DiseaseState
    mrd: MrdView = MrdView()
    earlier_event: bool = False
    landmark_unassessed: bool = False
    blood_only: bool = False
    conflicts: tuple[Known[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """What every step of the classification looks at."""

    patient: Patient
    pharmacy: Pharmacy
    constants: Constants
    on: date

    def unread(self, queries: frozenset[str]) -> bool:
        return any(u.query in queries for u in self.patient.unread)


def classify(
    patient: Patient, pharmacy: Pharmacy, constants: Constants, on: date
) -> DiseaseCourse:
    """The state on a day. The record holds nothing dated after that day."""
    kinds = {d.kind: d for d in sorted(patient.diagnoses, key=lambda d: (d.when, d.source))}
    if apl := kinds.get(DiagnosisKind.APL):
        return DiseaseCourse(
            DiseaseState(State.APL, because=(_diagnosis(apl.when, "APL", apl),))
        )
    aml = min(
        (d for d in patient.diagnoses if d.kind is DiagnosisKind.AML),
        key=lambda d: (d.when.undated, d.when, d.source),
        default=None,
    )
    if aml is None:
        return DiseaseCourse(DiseaseState(State.NOT_AML))
    diagnosis = _diagnosis(aml.when, "AML", aml)
    if is_adult(patient.birth, on) is Truth.UNMET:
        return DiseaseCourse(DiseaseState(State.PEDIATRIC, because=(diagnosis,)))
    return _course(_Reading(patient, pharmacy, constants, on), aml.when, diagnosis)


def is_adult(birth: When, on: date) -> Truth:
    """18 years or older on the day; unknown where the date of birth leaves it open."""
    if birth.undated or birth.last == date.max:
        return Truth.UNKNOWN
    if add_months(birth.last, ADULT_YEARS * 12) <= on:
        return Truth.MET
    return Truth.UNMET if add_months(birth.first, ADULT_YEARS * 12) > on else Truth.UNKNOWN


def _diagnosis(when: When, name: str, diagnosis: Any) -> Known[Any]:
    day = when.last if when.undated else when.first
    return Known("diagnosis", name, f"{name} diagnosed", day, (diagnosis.source.resource,))


def _course(r: _Reading, diagnosed: When, diagnosis: Known[Any]) -> DiseaseCourse:
    rest = _dated(remissions(r.patient, r.constants))
    active, suspected = relapses(r.patient, r.pharmacy, r.constants)
    asserted = [m for m in active if m.because[0].name == "response"]
    if not rest:
        if recorded := [m for m in asserted if _is_relapse(m)]:
            return _relapse(first(recorded), recorded, None)
        return _never_in_remission(r, diagnosed, diagnosis)
    after = [m for m in active if any(x.when.before(m.when) is Truth.MET for x in rest)]
    open_order = [
        m
        for m in active
        if m not in after and any(x.when.before(m.when) is Truth.UNKNOWN for x in rest)
    ]
    if clash := _same_day(active, rest, after):
        return _indeterminate([*clash], "a remission and active leukemia on one day")
    rivals = [*after, *open_order]
    settled = [x for x in rest if all(m.when.before(x.when) is Truth.MET for m in rivals)]
    if settled:
        return _remission(r, rest, rivals, settled, suspected)
    current = [m for m in after if all(x.when.before(m.when) is Truth.MET for x in rest)]
    if current:
        lost = _lost(rest, after, current)
        return _relapse(first(current), current, lost)
    return _indeterminate([rest[-1], rivals[-1]], "the order of remission and relapse is open")


def _dated(marks: Sequence[Mark]) -> list[Mark]:
    """An undated remission says nothing beside a dated one."""
    dated = [m for m in marks if m.when != UNDATED]
    return dated or list(marks)


def _is_relapse(mark: Mark) -> bool:
    return mark.because[0].value is ResponseCategory.RELAPSE


def _same_day(
    active: Sequence[Mark], rest: Sequence[Mark], after: Sequence[Mark]
) -> tuple[Mark, ...]:
    """A recorded remission and active leukemia on one and the same day, neither resolved by
    anything later."""
    latest = max(m.when.first for m in [*active, *rest]) if active else date.min
    for mark in active:
        for other in rest:
            if mark.when.exact and mark.when == other.when and mark.when.first == latest:
                if any(k.name == "transplant" for k in other.because):
                    continue
                return other, mark
    return ()


def _lost(rest: Sequence[Mark], after: Sequence[Mark], current: Sequence[Mark]) -> Mark:
    """The start of the remission that the present relapse ended."""
    before = [
        m
        for m in after
        if m not in current and any(m.when.before(x.when) is Truth.MET for x in rest)
    ]
    run = [x for x in rest if all(m.when.before(x.when) is Truth.MET for m in before)]
    return first(run or rest)


def _relapse(mark: Mark, marks: Sequence[Mark], lost: Mark | None) -> DiseaseCourse:
    because = mark.because
    blood = all(_from_blood(m) for m in marks)
    if lost is not None:
        because += lost.because[:1]
    state = DiseaseState(
        State.RELAPSE, mark.when, because, mark.when, lost.when if lost else None
    )
    return DiseaseCourse(state, blood_only=blood)


def _from_blood(mark: Mark) -> bool:
    return all(k.name == "blasts" and k.says.startswith("blood") for k in mark.because)


def _indeterminate(marks: Sequence[Mark], why: str) -> DiseaseCourse:
    known = tuple(k for m in marks for k in m.because[:1])
    state = DiseaseState(
        State.INDETERMINATE, because=known, open=(Unknown("marrow-now", Why.CONFLICTING),)
    )
    return DiseaseCourse(state, conflicts=(Known("course", why, why), *known))


def _remission(
    r: _Reading,
    rest: Sequence[Mark],
    rivals: Sequence[Mark],
    settled: Sequence[Mark],
    suspected: Sequence[Mark],
) -> DiseaseCourse:
    start = first(settled)
    earlier = bool(rivals) or _was_refractory(r, start)
    doubt = [
        m
        for m in suspected
        if start.when.before(m.when) is Truth.MET and not _cleared(m, r.patient, rest)
    ]
    if doubt:
        mark = first(doubt)
        because = mark.because + start.because[:1]
        event = DiseaseState(
            State.RELAPSE_SUSPECTED,
            mark.when,
            because,
            mark.when,
            start.when,
            (Unknown("marrow-now"),),
        )
        return DiseaseCourse(event, earlier_event=earlier)
    if r.unread(RESULT_QUERIES):
        state = DiseaseState(
            State.INDETERMINATE,
            because=start.because[:1],
            remission=start.when,
            open=(Unknown("marrow-now", Why.UNREAD), Unknown("mrd", Why.UNREAD)),
        )
        return DiseaseCourse(state, earlier_event=earlier)
    view = mrd.view(
        r.patient.mrd, start.when, _therapy_end(r, start.when), _last_hct(r.patient, start.when)
    )
    return DiseaseCourse(_by_mrd(view, start), view, earlier)


def _cleared(mark: Mark, patient: Patient, rest: Sequence[Mark]) -> bool:
    """A later sample without blasts, or a remission recorded later, answers a suspicion."""
    if any(mark.when.before(x.when) is Truth.MET for x in rest):
        return True
    for later in patient.blasts:
        limit = RELAPSE_BLASTS_PCT if later.tissue is Tissue.MARROW else 0
        below = (later.pct.at_least(limit) if limit else later.pct.more_than(0)) is Truth.UNMET
        if below and mark.when.before(later.when) is Truth.MET:
            return True
    return False


def _by_mrd(view: MrdView, start: Mark) -> DiseaseState:
    if confirmed := view.confirmed:
        signal = min(confirmed, key=lambda s: (s.sample.when, s.sample.source))
        assert signal.confirmed_by is not None
        because = (facts.mrd(signal.sample), facts.mrd(signal.confirmed_by))
        when = signal.sample.when
        return DiseaseState(State.MRD_RELAPSE, when, because, when, start.when)
    if view.signals:
        same = [s for s in view.signals if s.sample.when == view.signals[0].sample.when]
        when = same[0].sample.when
        known = [facts.mrd(s.sample) for s in same]
        known += [facts.mrd(s.baseline) for s in same[:1] if s.baseline]
        return DiseaseState(
            State.MRD_RELAPSE_SUSPECTED,
            when,
            tuple(known),
            when,
            start.when,
            (Unknown("mrd"),),
        )
    if view.latest is None:
        return DiseaseState(
            State.REMISSION_MRD_UNKNOWN,
            start.when,
            start.because,
            remission=start.when,
            open=(Unknown("mrd"),),
        )
    found = view.latest.finding is Finding.DETECTED
    return DiseaseState(
        State.REMISSION_MRD_POSITIVE if found else State.REMISSION_MRD_NEGATIVE,
        start.when,
        (*start.because, facts.mrd(view.latest)),
        remission=start.when,
    )


def _therapy_end(r: _Reading, remission: When) -> When:
    """The last day of the therapy behind the remission; a drug still being given has none."""
    ends = [remission.last]
    for cycle in cycles(r.patient, r.pharmacy):
        for course in cycle.courses:
            end = ended(course, r.patient, r.pharmacy, r.on)
            if end is not None:
                ends.append(end.last)
            elif cycle.intensity is Intensity.INTENSIVE and not course.ongoing:
                ends.append(course.start.last + timedelta(days=INTENSIVE_COURSE_DAYS))
            elif course.end == UNDATED and cycle.intensity is Intensity.UNKNOWN:
                ends.append(course.start.last)
            else:
                ends.append(r.on)
    return When.day(max(ends))


def _last_hct(patient: Patient, since: When) -> When | None:
    """Day 0 of the last transplant within the remission, after which results begin anew."""
    days = [
        t.when
        for t in patient.transplants
        if t.kind is TransplantKind.ALLOGENEIC and since.before(t.when) is Truth.MET
    ]
    return max(days, default=None)


def _was_refractory(r: _Reading, start: Mark) -> bool:
    induction = [
        c for c in cycles(r.patient, r.pharmacy) if c.start.before(start.when) is Truth.MET
    ]
    intensive = [c for c in induction if c.intensity is Intensity.INTENSIVE]
    if len(intensive) < INDUCTION_COURSES:
        return False
    return _response_marrow(r, intensive[1].start, start.when) is not None


def _never_in_remission(r: _Reading, diagnosed: When, diagnosis: Known[Any]) -> DiseaseCourse:
    recorded = [x for x in r.patient.responses if x.category is ResponseCategory.REFRACTORY]
    therapy = lines(r.patient, r.pharmacy)
    if recorded:
        entry = min(recorded, key=lambda x: (x.when, x.source))
        return DiseaseCourse(_refractory(entry.when, (facts.response(entry),)))
    if not therapy:
        return DiseaseCourse(_untreated(r, diagnosed, diagnosis))
    for decided in (
        _refractory_intensive(r),
        *(_refractory_by_landmark(r, x) for x in therapy),
    ):
        if decided is not None:
            return DiseaseCourse(decided)
    line = therapy[-1]
    given = _given(line, r.pharmacy)
    state = DiseaseState(State.IN_TREATMENT, line.start, (given, diagnosis))
    unassessed = any(not x.intensive and r.on >= _landmark(x, r.constants) for x in therapy)
    if unassessed:
        open_ = (Unknown("marrow-now"),)
        state = DiseaseState(State.IN_TREATMENT, line.start, (given, diagnosis), open=open_)
    return DiseaseCourse(state, landmark_unassessed=unassessed)


def _untreated(r: _Reading, diagnosed: When, diagnosis: Known[Any]) -> DiseaseState:
    if r.unread(THERAPY_QUERIES | RESULT_QUERIES):
        return DiseaseState(State.INDETERMINATE, because=(diagnosis,))
    return DiseaseState(State.UNTREATED, diagnosed, (diagnosis,))


def _given(line: Line, pharmacy: Pharmacy) -> Known[Any]:
    names = ", ".join(sorted(line.drugs))
    day = line.start.last if line.start.undated else line.start.first
    return Known("therapy", names, f"{names} given", day, line.sources)


def _refractory(when: When, because: tuple[Known[Any], ...]) -> DiseaseState:
    return DiseaseState(State.REFRACTORY, when, because, when)


def _refractory_intensive(r: _Reading) -> DiseaseState | None:
    """REF-I: the response marrow after the second intensive course shows no remission."""
    courses = [c for c in cycles(r.patient, r.pharmacy) if c.intensity is Intensity.INTENSIVE]
    if len(courses) < INDUCTION_COURSES:
        return None
    second = courses[INDUCTION_COURSES - 1]
    found = _response_marrow(r, second.start, When.day(r.on + timedelta(days=1)))
    if found is None:
        return None
    when, known = found
    given = Known(
        "therapy",
        len(courses),
        f"{INDUCTION_COURSES} intensive courses, the second from {second.start}",
        sources=tuple(sorted(x.source.resource for c in courses[:2] for x in c.courses)),
    )
    return _refractory(when, (known, given))


def _response_marrow(r: _Reading, course: When, until: When) -> tuple[When, Known[Any]] | None:
    """The first marrow, or recorded response, late enough after the course that shows none."""
    found: list[tuple[When, Known[Any]]] = []
    for marrow in r.patient.blasts:
        if marrow.tissue is Tissue.MARROW and _is_response(r, marrow, course):
            found.append((marrow.when, facts.blasts(marrow)))
    for response in r.patient.responses:
        if failed_response(response) and _days_after(
            course, response.when, EARLIEST_RESPONSE_DAYS
        ):
            found.append((response.when, facts.response(response)))
    found = [f for f in found if f[0].before(until) is Truth.MET]
    return min(found, key=lambda f: (f[0], f[1].sources), default=None)


def _is_response(r: _Reading, marrow: Blasts, course: When) -> bool:
    if marrow.pct.at_least(RELAPSE_BLASTS_PCT) is not Truth.MET:
        return False
    if _days_after(course, marrow.when, RESPONSE_MARROW_DAYS):
        return True
    recovered = [
        any(
            m.name == name
            and m.value.at_least(limit) is Truth.MET
            and (apart := days_between(m.when, marrow.when)) is not None
            and -r.constants.counts_near_marrow_days
            <= apart[0]
            <= r.constants.counts_near_marrow_days
            for m in r.patient.measurements
        )
        for name, limit in (("anc_1e9_per_l", 1), ("platelets_1e9_per_l", 100))
    ]
    return all(recovered) and _days_after(course, marrow.when, EARLIEST_RESPONSE_DAYS)


def _days_after(start: When, when: When, days: int) -> bool:
    apart = days_between(start, when)
    return apart is not None and apart[0] >= days


def _landmark(line: Line, constants: Constants) -> date:
    return line.start.last + timedelta(days=constants.nonintensive_landmark_days)


def _refractory_by_landmark(r: _Reading, line: Line) -> DiseaseState | None:
    """REF-N: the landmark has passed, and a marrow from 28 days before it on shows leukemia."""
    if line.intensive or line.start.undated:
        return None
    landmark = _landmark(line, r.constants)
    if r.on < landmark:
        return None
    opens = days_before(landmark, r.constants.landmark_marrow_days)
    late: list[tuple[When, Known[Any]]] = [
        (b.when, facts.blasts(b))
        for b in r.patient.blasts
        if b.tissue is Tissue.MARROW
        and b.pct.at_least(RELAPSE_BLASTS_PCT) is Truth.MET
        and b.when.first >= opens
    ]
    late += [
        (x.when, facts.response(x))
        for x in r.patient.responses
        if failed_response(x) and x.when.first >= opens
    ]
    if not late:
        return None
    when, known = min(late, key=lambda f: (f[0], f[1].sources))
    since = when if when.first >= landmark else When.day(landmark)
    given = _given(line, r.pharmacy)
    state = DiseaseState(State.REFRACTORY, since, (known, given), when)
    return state


def known_resources(facts_: Iterable[Known[Any]]) -> tuple[str, ...]:
    """The resources behind facts, each once, sorted."""
    return tuple(sorted({s for k in facts_ for s in k.sources}))
