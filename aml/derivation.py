"""What every derived fact starts from: one record, its course, and the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from aml.assessment import sentence, sources_of
from aml.case import NO
from aml.constants import Constants
from aml.dates import day_of, days_before
from aml.eln2022 import THERAPY_QUERIES, DiseaseCourse
from aml.fitness import Newest, newest
from aml.logic import Known, Truth
from aml.patient import (
    DiagnosisKind,
    GeneResult,
    Patient,
    When,
)
from aml.pharmacy import Pharmacy
from aml.states import OVERT, State
from aml.treatment import Line, Therapy


@dataclass(frozen=True)
class Derivation:
    """The inputs of every question: one record, its course, and the day."""

    patient: Patient
    course: DiseaseCourse
    therapy: Therapy
    constants: Constants
    on: date

    @property
    def pharmacy(self) -> Pharmacy:
        return self.therapy.pharmacy

    @cached_property
    def genes(self) -> Mapping[str, Sequence[GeneResult]]:
        """The tests of each alteration."""
        found: dict[str, list[GeneResult]] = {}
        for result in self.patient.genes:
            found.setdefault(result.alteration, []).append(result)
        return found

    @cached_property
    def newest(self) -> Newest:
        return newest(self.patient)

    @cached_property
    def event_lines(self) -> tuple[Line, ...]:
        """Lines of therapy begun before the present event (all, without one)."""
        event = self.event
        if event is None or self.state not in OVERT:
            return self.therapy.lines
        found = self.therapy.lines_around([days_before(day_of(event), 1)])
        return tuple(x for x in found if x.start.before(event) is not Truth.UNMET)

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
        return self.event.first if self.event else date.min


def flag(name: str, value: bool) -> Known[bool]:
    return Known(name, value, "")


def met_on(name: str, known: Sequence[Known[Any]], says: str = "") -> Known[bool]:
    """Met on these facts; not met if there are none."""
    if not known:
        return NO
    words = says or sentence(tuple(known))
    return Known(name, True, words, max(k.on for k in known), sources_of(tuple(known)))
