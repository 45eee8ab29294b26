"""Cycles and lines of therapy, derived from the courses on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from msgspec import Struct

from aml.logic import Truth
from aml.patient import Course, Patient, TransplantKind, When
from aml.pharmacy import Intensity, Pharmacy

# Drugs begun within this time of each other are one cycle [conv]: midostaurin from day 8 of
# 7+3, a week of daily administrations.
CYCLE_DAYS = 14
# An HMA and venetoclax belong together if one starts within a cycle of the other (section 2.6).
HMA_VEN_DAYS = 28


class Cycle(Struct, frozen=True):
    """Antileukemic drugs begun together. `start` is the first day of the first of them."""

    start: When
    courses: tuple[Course, ...]
    drugs: frozenset[str]
    intensity: Intensity


class Line(Struct, frozen=True):
    """Cycles of one therapeutic intention, with nothing that ends a line in between."""

    cycles: tuple[Cycle, ...]

    @property
    def start(self) -> When:
        return self.cycles[0].start

    @property
    def drugs(self) -> frozenset[str]:
        return frozenset(d for cycle in self.cycles for d in cycle.drugs)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(sorted({c.source.resource for cy in self.cycles for c in cy.courses}))

    @property
    def intensive(self) -> bool:
        return any(cycle.intensity is Intensity.INTENSIVE for cycle in self.cycles)


@dataclass(frozen=True)
class Therapy:
    """What one patient was given, as cycles and lines: derived once, asked for often."""

    patient: Patient
    pharmacy: Pharmacy

    @cached_property
    def drugs(self) -> frozenset[str]:
        """All drugs of the courses on record."""
        return frozenset().union(*(course.drugs for course in self.patient.courses))

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """All antileukemic cycles, in order of their first day."""
        courses = sorted(
            (c for c in self.patient.courses if self.pharmacy.antileukemic(c.drugs)),
            key=lambda c: (c.start, sorted(c.drugs), c.source),
        )
        groups: list[list[Course]] = []
        for course in courses:
            within = timedelta(days=CYCLE_DAYS)
            if groups and course.start.first - groups[-1][0].start.first < within:
                groups[-1].append(course)
            else:
                groups.append([course])
        return tuple(_cycle(group, self.pharmacy) for group in groups)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Lines of therapy, whatever happened between them."""
        return self.lines_around(())

    def lines_around(self, breaks: Iterable[date]) -> tuple[Line, ...]:
        """Lines of therapy. `breaks` are days of events: a cycle after one starts a new line.

        A transplant ends a line too; so does a cycle that shares no drug with the line, unless
        both are intensive (induction and consolidation are one line) or an HMA and venetoclax
        belong together.
        """
        transplants = self.patient.transplants
        days = sorted(
            [*breaks, *(t.when.first for t in transplants if t.kind != TransplantKind.UNKNOWN)]
        )
        found: list[list[Cycle]] = []
        for cycle in self.cycles:
            if found and _continues(found[-1], cycle, days, self.pharmacy):
                found[-1].append(cycle)
            else:
                found.append([cycle])
        return tuple(Line(tuple(group)) for group in found)

    def exposures(self, drug_class: str) -> tuple[tuple[str, Course], ...]:
        """Each (drug, course) in which a drug of the class was given, by start."""
        members = self.pharmacy.members(drug_class)
        if members.isdisjoint(self.drugs):
            return ()
        found = [(d, c) for c in self.patient.courses for d in c.drugs & members]
        return tuple(sorted(found, key=lambda pair: (pair[1].start, pair[0], pair[1].source)))

    def ended(self, course: Course, on: date) -> When | None:
        """When a course ended, if it had by `on`.

        An open end runs until the next line or event (D16): here until the next antileukemic
        cycle without the drug, or the next transplant, and is still open otherwise.
        """
        if not course.end.undated:
            return course.end if course.end.last < on else None
        later = [
            cycle.start
            for cycle in self.cycles
            if course.start.before(cycle.start) is Truth.MET
            and cycle.start.first - course.start.first >= timedelta(days=CYCLE_DAYS)
            and not cycle.drugs & course.drugs
        ]
        later += [
            t.when for t in self.patient.transplants if course.start.before(t.when) is Truth.MET
        ]
        return min(later, default=None)

    def being_given(self, drug: str, on: date, since: date) -> Course | None:
        """The latest course of the drug, begun on or after `since`, that is still going on."""
        courses = [
            c
            for c in self.patient.courses
            if drug in c.drugs and c.start.first >= since and self.ended(c, on) is None
        ]
        return max(courses, key=lambda c: (c.start, c.source), default=None)


def _cycle(courses: Sequence[Course], pharmacy: Pharmacy) -> Cycle:
    drugs = pharmacy.antileukemic(d for course in courses for d in course.drugs)
    intensity = pharmacy.intensity(drugs, [c.regimen for c in courses])
    return Cycle(courses[0].start, tuple(courses), drugs, intensity)


def _continues(
    line: Sequence[Cycle], cycle: Cycle, days: Sequence[date], pharmacy: Pharmacy
) -> bool:
    if any(line[-1].start.first <= day < cycle.start.first for day in days):
        return False
    intensive = Intensity.INTENSIVE
    if cycle.intensity is intensive and any(c.intensity is intensive for c in line):
        return True
    if any(cycle.drugs & earlier.drugs for earlier in line):
        return True
    before = [c for earlier in line for c in earlier.courses]
    return _hma_with_venetoclax(before, cycle.courses, pharmacy) or _hma_with_venetoclax(
        cycle.courses, before, pharmacy
    )


def hma_with_venetoclax(line: Line, pharmacy: Pharmacy) -> bool:
    """An HMA and venetoclax in one line, venetoclax begun within 28 days of a cycle (2.6)."""
    courses = [c for cycle in line.cycles for c in cycle.courses]
    return _hma_with_venetoclax(courses, courses, pharmacy)


def _hma_with_venetoclax(
    one: Iterable[Course], other: Iterable[Course], pharmacy: Pharmacy
) -> bool:
    hma = [c for c in one if not c.drugs.isdisjoint(pharmacy.members("hma"))]
    ven = [c for c in other if not c.drugs.isdisjoint(pharmacy.members("venetoclax"))]
    return any(_belongs(v, h) for h in hma for v in ven)


def _belongs(venetoclax: Course, hma: Course) -> bool:
    """Begun within 28 days of the HMA, or while that was going on in further cycles."""
    if venetoclax is hma:
        return True
    if hma.start.undated:
        return False
    apart = (venetoclax.start.first - hma.start.first).days
    going_on = hma.ongoing or (not hma.end.undated and venetoclax.start.first <= hma.end.last)
    return apart >= -HMA_VEN_DAYS and (apart <= HMA_VEN_DAYS or going_on)
