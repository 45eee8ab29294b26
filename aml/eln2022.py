"""The disease state by ELN 2022, from the record of one patient.

Refractory, relapse and MRD relapse as Table 1 of Thol, Döhner and Ganser (Blood 2024) gives
them after Döhner et al. (Blood 2022); sections 2.1 to 2.5 of the algorithm, section 0 first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from msgspec import Struct, structs

from aml import facts, mrd
from aml.constants import Constants
from aml.dates import add_months, day_of, days_before
from aml.logic import Known, Truth, Unknown, Why
from aml.marks import Mark, first, relapses, remissions
from aml.mrd import MrdView
from aml.patient import (
    UNDATED,
    Blasts,
    Course,
    DiagnosisKind,
    Finding,
    Patient,
    ResponseCategory,
    Tissue,
    TransplantKind,
    When,
)
from aml.pharmacy import Intensity, Pharmacy
from aml.refractory import landmark, line_given, refractory
from aml.response import BLASTS_PCT, opposite_blasts
from aml.states import MRD_RELAPSE, REMISSION, DiseaseState, State
from aml.treatment import Line, Therapy

INTENSIVE_COURSE_DAYS = 28  # [conv]: an intensive course without a recorded end is over by then
ADULT_YEARS = 18

RESULT_QUERIES = frozenset({"observations", "reports", "bundle"})
THERAPY_QUERIES = frozenset(
    {"requests", "administrations", "statements", "careplans", "procedures", "bundle"}
)


class DiseaseCourse(Struct, frozen=True):
    """What the course of the disease says beside the state.

    `earlier_event`: a relapse or refractory disease lies behind the remission that holds, a
    relapse behind the one that was lost.
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
    therapy: Therapy
    constants: Constants
    on: date

    @property
    def pharmacy(self) -> Pharmacy:
        return self.therapy.pharmacy

    def unread(self, queries: frozenset[str]) -> bool:
        return any(u.query in queries for u in self.patient.unread)


def classify(
    patient: Patient, therapy: Therapy, constants: Constants, on: date
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
    disputed = opposite_blasts(patient.blasts)
    if not disputed:
        return _course(_Reading(patient, therapy, constants, on), aml.when, diagnosis)
    settled = replace(patient, blasts=tuple(b for b in patient.blasts if b not in disputed))
    reading = _Reading(settled, therapy, constants, on)
    return _with_disputes(_course(reading, aml.when, diagnosis), disputed, reading)


def _with_disputes(
    course: DiseaseCourse, disputed: Sequence[Blasts], r: _Reading
) -> DiseaseCourse:
    """D9: opposite blast counts of one day settle nothing until a later sample or response.
    In a remission they leave it open whether that still holds."""
    later = [
        *(b.when for b in r.patient.blasts),
        *(m.when for m in remissions(r.patient, r.pharmacy, r.constants)),
    ]
    unanswered = [b for b in disputed if not any(b.when.before(w) is Truth.MET for w in later)]
    if not unanswered:
        return course
    known = tuple(facts.blasts(b) for b in sorted(unanswered, key=lambda b: b.source))
    state = course.state
    if state.state in REMISSION | MRD_RELAPSE | {State.RELAPSE_SUSPECTED}:
        open_ = (Unknown("marrow-now", Why.CONFLICTING),)
        state = DiseaseState(
            State.INDETERMINATE, because=known, remission=state.remission, open=open_
        )
    return structs.replace(course, state=state, conflicts=(*course.conflicts, *known))


def is_adult(birth: When, on: date) -> Truth:
    """18 years or older on the day; unknown where the date of birth leaves it open."""
    if birth.last == date.max:
        return Truth.UNKNOWN
    if add_months(birth.last, ADULT_YEARS * 12) <= on:
        return Truth.MET
    return Truth.UNMET if add_months(birth.first, ADULT_YEARS * 12) > on else Truth.UNKNOWN


def _diagnosis(when: When, name: str, diagnosis: Any) -> Known[Any]:
    says = f"{name} diagnosed"
    return Known("diagnosis", name, says, day_of(when), (diagnosis.source.resource,))


def _course(r: _Reading, diagnosed: When, diagnosis: Known[Any]) -> DiseaseCourse:
    rest = _dated(remissions(r.patient, r.pharmacy, r.constants))
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
    if clash := _same_day(active, rest):
        return _indeterminate([*clash], "a remission and active leukemia on one day")
    rivals = [*after, *open_order]
    settled = [x for x in rest if all(m.when.before(x.when) is Truth.MET for m in rivals)]
    if settled:
        return _remission(r, rest, rivals, settled, suspected)
    current = [m for m in after if all(x.when.before(m.when) is Truth.MET for x in rest)]
    if current:
        return _relapse_of_remission(rest, after, current)
    return _indeterminate([rest[-1], rivals[-1]], "the order of remission and relapse is open")


def _dated(marks: Sequence[Mark]) -> list[Mark]:
    """An undated remission says nothing beside a dated one."""
    dated = [m for m in marks if m.when != UNDATED]
    return dated or list(marks)


def _is_relapse(mark: Mark) -> bool:
    return mark.because[0].value is ResponseCategory.RELAPSE


def _same_day(active: Sequence[Mark], rest: Sequence[Mark]) -> tuple[Mark, ...]:
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


def _relapse_of_remission(
    rest: Sequence[Mark], after: Sequence[Mark], current: Sequence[Mark]
) -> DiseaseCourse:
    """With the start of the remission that was lost: the first one since an earlier relapse."""
    before = [
        m
        for m in after
        if m not in current and any(m.when.before(x.when) is Truth.MET for x in rest)
    ]
    run = [x for x in rest if all(m.when.before(x.when) is Truth.MET for m in before)]
    found = _relapse(first(current), current, first(run or rest))
    return structs.replace(found, earlier_event=bool(before))


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
    earlier = bool(rivals) or _failed_before(r, start)
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
    """A later remission answers a suspicion, and so does a later marrow below 5 %, or, where
    the suspicion came from blood, blood without blasts."""
    later = [b for b in patient.blasts if mark.when.before(b.when) is Truth.MET]
    return (
        any(mark.when.before(x.when) is Truth.MET for x in rest)
        or any(
            b.tissue is Tissue.MARROW and b.pct.at_least(BLASTS_PCT) is Truth.UNMET
            for b in later
        )
        or (
            _from_blood(mark)
            and any(
                b.tissue is Tissue.BLOOD and b.pct.more_than(0) is Truth.UNMET for b in later
            )
        )
    )


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
    """The last day of the therapy behind the remission; a drug still being given has none.

    A gentler line begun later (for an MRD signal, after an HCT) takes nothing of it back.
    """
    gentle = (Intensity.NONINTENSIVE, Intensity.TARGETED)
    ends = [remission.last]
    for line in r.therapy.lines:
        if remission.before(line.start) is Truth.MET and all(
            cycle.intensity in gentle for cycle in line.cycles
        ):
            continue
        ends += _ends(r, line)
    return When.day(max(ends))


def _ends(r: _Reading, line: Line) -> list[date]:
    ends = [_end(r, course, c.intensity) for c in line.cycles for course in c.courses]
    return [end for end in ends if end is not None]


def _end(r: _Reading, course: Course, intensity: Intensity) -> date | None:
    """The last day on which a course can have been given; None if nothing tells of a day."""
    if (end := r.therapy.ended(course, r.on)) is not None:
        return end.last
    if course.ongoing or not course.end.undated:
        return r.on
    if course.start == UNDATED:
        return None
    if intensity is Intensity.INTENSIVE:
        return course.start.last + timedelta(days=INTENSIVE_COURSE_DAYS)
    return course.start.last if intensity is Intensity.UNKNOWN else r.on


def _last_hct(patient: Patient, since: When) -> When | None:
    """Day 0 of the last transplant within the remission, after which results begin anew."""
    days = [
        t.when
        for t in patient.transplants
        if t.kind is TransplantKind.ALLOGENEIC and since.before(t.when) is Truth.MET
    ]
    return max(days, default=None)


def _failed_before(r: _Reading, start: Mark) -> bool:
    """A relapse on record or refractory disease before a remission that is the first known."""
    if any(
        x.category is ResponseCategory.RELAPSE and x.when.before(start.when) is Truth.MET
        for x in r.patient.responses
    ):
        return True
    day = days_before(start.when.first, 1)
    return refractory(r.patient, r.therapy, r.constants, day, start.when) is not None


def _never_in_remission(r: _Reading, diagnosed: When, diagnosis: Known[Any]) -> DiseaseCourse:
    if decided := refractory(r.patient, r.therapy, r.constants, r.on):
        return DiseaseCourse(decided)
    given = r.therapy.lines
    if not given:
        return DiseaseCourse(_untreated(r, diagnosed, diagnosis))
    because = (line_given(given[-1]), diagnosis)
    if r.unread(RESULT_QUERIES):
        open_ = (Unknown("marrow-now", Why.UNREAD),)
        return DiseaseCourse(DiseaseState(State.INDETERMINATE, because=because, open=open_))
    due = [day for line in given if (day := landmark(line, r.constants)) is not None]
    unassessed = any(day <= r.on for day in due)
    state = DiseaseState(
        State.IN_TREATMENT,
        given[-1].start,
        because,
        open=(Unknown("marrow-now"),) if unassessed else (),
    )
    return DiseaseCourse(state, landmark_unassessed=unassessed)


def _untreated(r: _Reading, diagnosed: When, diagnosis: Known[Any]) -> DiseaseState:
    if r.unread(THERAPY_QUERIES | RESULT_QUERIES):
        return DiseaseState(State.INDETERMINATE, because=(diagnosis,))
    return DiseaseState(State.UNTREATED, diagnosed, (diagnosis,))
