"""Primary refractory disease, before any remission (Table 1; section 2.2 of the algorithm)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aml import facts
from aml.constants import Constants
from aml.dates import day_of, days_before, days_between
from aml.logic import Known, Truth
from aml.patient import Blasts, Patient, ResponseCategory, Tissue, When
from aml.pharmacy import Intensity
from aml.response import BLASTS_PCT, MLFS, failed_response, response_by_counts
from aml.states import DiseaseState, State
from aml.treatment import Line, Therapy

INDUCTION_COURSES = 2  # Table 1: refractory after two courses of intensive induction
RESPONSE_MARROW_DAYS = 28  # 2.2: the response marrow if counts do not recover
# 2.2: with counts recovered; a marrow of day 14-21 alone declares nothing.
EARLIEST_RESPONSE_DAYS = 22


@dataclass(frozen=True, slots=True)
class _Failure:
    """A sample or a recorded assessment without remission, and from which day of an intensive
    course on it tells the response."""

    when: When
    known: Known[Any]
    from_day: int

    @property
    def order(self) -> tuple[When, tuple[str, ...]]:
        return self.when, self.known.sources


def refractory(
    patient: Patient,
    therapy: Therapy,
    constants: Constants,
    on: date,
    before: When | None = None,
) -> DiseaseState | None:
    """Refractory on the day, if no remission came before it; None if it is not.

    With `before`, only what is certainly earlier than that counts.
    """

    def held(when: When) -> bool:
        return before is None or when.before(before) is Truth.MET

    recorded = [
        r
        for r in patient.responses
        if r.category is ResponseCategory.REFRACTORY and held(r.when)
    ]
    if recorded:
        entry = min(recorded, key=lambda r: (r.when, r.source))
        return _state(entry.when, entry.when, (facts.response(entry),))
    failures = [f for f in _failures(patient, constants) if held(f.when)]
    if decided := _after_two_courses(therapy, failures):
        return decided
    for line in therapy.lines:
        if decided := _at_landmark(line, constants, on, failures):
            return decided
    return None


def landmark(line: Line, constants: Constants) -> date | None:
    """When the response to a non-intensive line is due; None if that cannot be said."""
    if line.intensive or line.start.last == date.max:
        return None
    return line.start.last + timedelta(days=constants.nonintensive_landmark_days)


def line_given(line: Line) -> Known[Any]:
    """The drugs of a line, as a fact."""
    names = ", ".join(sorted(line.drugs))
    return Known("therapy", names, f"{names} given", day_of(line.start), line.sources)


def _state(since: When, event: When, because: tuple[Known[Any], ...]) -> DiseaseState:
    return DiseaseState(State.REFRACTORY, since, because, event)


def _failures(patient: Patient, constants: Constants) -> Iterator[_Failure]:
    for marrow in patient.blasts:
        if marrow.tissue is not Tissue.MARROW:
            continue
        if marrow.pct.at_least(BLASTS_PCT) is Truth.MET:
            ready = _counts_recovered(patient, marrow, constants)
            from_day = EARLIEST_RESPONSE_DAYS if ready else RESPONSE_MARROW_DAYS
            yield _Failure(marrow.when, facts.blasts(marrow), from_day)
        elif (found := response_by_counts(patient, marrow, constants)) and found[0] == MLFS:
            says = f"{facts.blasts(marrow).says}, counts not recovered (MLFS)"
            sources = (marrow.source.resource,)
            known = Known("blasts", marrow.pct, says, day_of(marrow.when), sources)
            yield _Failure(marrow.when, known, RESPONSE_MARROW_DAYS)
    for entry in patient.responses:
        if failed_response(entry):
            yield _Failure(entry.when, facts.response(entry), EARLIEST_RESPONSE_DAYS)


def _counts_recovered(patient: Patient, marrow: Blasts, constants: Constants) -> bool:
    """ANC and platelets of a CR on record, certainly within two weeks of the marrow."""
    days = constants.counts_near_marrow_days
    return all(
        any(
            m.name == name
            and m.value.at_least(limit) is Truth.MET
            and (apart := days_between(m.when, marrow.when)) is not None
            and max(abs(apart[0]), abs(apart[1])) <= days
            for m in patient.measurements
        )
        for name, limit in (("anc_1e9_per_l", 1), ("platelets_1e9_per_l", 100))
    )


def _after_two_courses(therapy: Therapy, failures: list[_Failure]) -> DiseaseState | None:
    """REF-I: the response marrow after the second intensive course shows no remission."""
    courses = [c for c in therapy.cycles if c.intensity is Intensity.INTENSIVE]
    if len(courses) < INDUCTION_COURSES:
        return None
    second = courses[INDUCTION_COURSES - 1].start
    late = [f for f in failures if _days_after(second, f.when, f.from_day)]
    if not late:
        return None
    failure = min(late, key=lambda f: f.order)
    given = Known(
        "therapy",
        len(courses),
        f"{INDUCTION_COURSES} intensive courses, the second from {second}",
        sources=tuple(
            sorted(x.source.resource for c in courses[:INDUCTION_COURSES] for x in c.courses)
        ),
    )
    return _state(failure.when, failure.when, (failure.known, given))


def _days_after(start: When, when: When, days: int) -> bool:
    apart = days_between(start, when)
    return apart is not None and apart[0] >= days


def _at_landmark(
    line: Line, constants: Constants, on: date, failures: list[_Failure]
) -> DiseaseState | None:
    """REF-N: the landmark has passed, and from 28 days before it on a marrow, or a recorded
    assessment, shows no remission. Since the deciding sample, or the landmark if later."""
    due = landmark(line, constants)
    if due is None or on < due:
        return None
    opens = days_before(due, constants.landmark_marrow_days)
    late = [f for f in failures if f.when.first >= opens]
    if not late:
        return None
    failure = min(late, key=lambda f: f.order)
    since = failure.when if failure.when.first >= due else When.day(due)
    return _state(since, failure.when, (failure.known, line_given(line)))
