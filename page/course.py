"""The course of the disease as rows: what is drawn, and what stands in the tables beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from aml import facts
from aml.assess import course_of
from aml.dates import day_of
from aml.logic import Truth
from aml.mrd import LOG_RISE, LOW_LEVEL_COPIES, TRANSCRIPTS, MrdView
from aml.patient import (
    UNDATED,
    Amount,
    Finding,
    GvhdActivity,
    MrdResult,
    Patient,
    Source,
    Tissue,
    When,
)
from page.entries import names_of
from page.events import Event, Turn, events_of, since
from page.sight import Sight

PER_ABL1 = Decimal(10_000)
COUNTS = ("wbc_1e9_per_l", "anc_1e9_per_l", "platelets_1e9_per_l")


@dataclass(frozen=True, slots=True)
class Point:
    """A value on a day. `found`: False for a negative result, which stands at its detection
    limit; `limit_known`: whether the record gives that limit. `mark`: signal, confirmed."""

    series: str
    day: date
    value: float | None
    found: bool
    says: str
    source: Source
    when: When
    limit_known: bool = True
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """From the lowest positive result of the remission to ten times as much (one log10)."""

    series: str
    start: date
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Something given or present over a time. `open`: no end is on record."""

    row: str
    start: date
    end: date
    open: bool
    says: str
    source: Source
    moment: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    copies: tuple[Point, ...]
    percent: tuple[Point, ...]
    bands: tuple[Band, ...]
    blasts: tuple[Point, ...]
    counts: tuple[Point, ...]
    bars: tuple[Bar, ...]
    events: tuple[Event, ...]
    first: date
    last: date

    @property
    def points(self) -> tuple[Point, ...]:
        return (*self.copies, *self.percent, *self.blasts, *self.counts)

    @property
    def drawn(self) -> bool:
        return any(p.value is not None for p in self.points) or bool(self.bars)


def course_of_disease(sight: Sight) -> Course:
    """The whole record on one time axis, from its first dated entry to the day of the page."""
    patient, on = sight.patient, sight.snapshot.on
    view = course_of(patient, sight.snapshot).mrd
    events = events_of(patient, sight.snapshot)
    copies, percent = _residual(patient, view)
    bands = tuple(_bands(patient, events, sight.assessment.on))
    blasts = tuple(sorted(_blasts(patient), key=_order))
    counts = tuple(sorted(_counts(patient), key=_order))
    bars = tuple(sorted(_bars(sight), key=lambda b: (b.start, b.row, b.source)))
    days = [p.day for p in (*copies, *percent, *blasts)] + [b.start for b in bars]
    days += [day_of(e.when) for e in events]
    days = [day for day in days if day > date.min]
    first = min(days, default=on - timedelta(days=30))
    counts = tuple(c for c in counts if c.day >= first)
    return Course(copies, percent, bands, blasts, counts, bars, events, first, on)


def _order(point: Point) -> tuple[date, str, Source]:
    return point.day, point.series, point.source


def _residual(patient: Patient, view: MrdView) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Results per 10⁴ ABL1, and those in percent; a result without a number goes where its
    series has numbers."""
    marks = {s.sample: "signal" for s in view.signals}
    marks |= {s.confirmed_by: "confirmed" for s in view.signals if s.confirmed_by}
    copies: list[Point] = []
    percent: list[Point] = []
    for result in sorted(patient.mrd, key=lambda r: (r.when, r.source)):
        if result.finding not in (Finding.DETECTED, Finding.NOT_DETECTED):
            continue
        by_copies = result.marker in TRANSCRIPTS or result.copies_per_1e4_abl1.recorded
        value, known = _value(result, by_copies=by_copies)
        point = Point(
            _series(result),
            _day(result.when),
            value,
            result.finding is Finding.DETECTED,
            facts.mrd(result).says.removesuffix(facts.FROM_TEXT),
            result.source,
            result.when,
            known,
            marks.get(result, ""),
        )
        (copies if by_copies else percent).append(point)
    return tuple(copies), tuple(percent)


def _series(result: MrdResult) -> str:
    marker = "MRD" if result.marker in ("MFC", "") else result.marker
    tissue = "" if result.tissue is Tissue.UNKNOWN else f", {result.tissue.value}"
    return f"{marker} ({result.method.value}{tissue})"


def _value(result: MrdResult, *, by_copies: bool) -> tuple[float | None, bool]:
    """Where the point stands; of a negative result, its detection limit if there is one."""
    amounts = (
        (result.copies_per_1e4_abl1,)
        if by_copies
        else (result.pct_of_leukocytes, result.vaf_pct)
    )
    amount = next((a for a in amounts if a.recorded), None)
    if result.finding is Finding.DETECTED:
        value = _middle(amount) if amount else None
        return (value if value else None), True
    if amount is not None and amount.high.is_finite() and amount.high > 0:
        return float(amount.high), True
    control = result.control_copies
    if by_copies and control.recorded and control.low > 0:
        return float(PER_ABL1 / control.low), True
    return None, False


def _middle(amount: Amount) -> float | None:
    """The number; of `<x` and `>x` the bound, of a range its lower end. "Some", which is all
    that `>0` says, has none."""
    if not amount.high.is_finite():
        return float(amount.low) or None
    if amount.exact:
        return float(amount.low)
    return float(amount.high if amount.low == 0 else amount.low)


def _day(when: When) -> date:
    return when.first if not when.undated else day_of(when)


def _bands(patient: Patient, events: tuple[Event, ...], on: date) -> Iterator[Band]:
    """Per series of the remission that holds or was lost last: one log10 above its nadir, if
    that is of low level (the criterion of a rise holds only there)."""
    start = since(events, Turn.REMISSION, When.day(on))
    if start is None:
        return
    lowest: dict[str, MrdResult] = {}
    for result in sorted(patient.mrd, key=lambda r: (r.when, r.source)):
        amount = result.copies_per_1e4_abl1
        usable = result.finding is Finding.DETECTED and amount.recorded
        if not usable or result.when.before(start) is not Truth.UNMET or amount.high <= 0:
            continue
        name = _series(result)
        if name not in lowest or amount.high < lowest[name].copies_per_1e4_abl1.high:
            lowest[name] = result
    for name, result in lowest.items():
        amount = result.copies_per_1e4_abl1
        if amount.at_least(LOW_LEVEL_COPIES) is Truth.UNMET:
            low = float(amount.high)
            yield Band(name, _day(result.when), low, low * LOG_RISE)


def _blasts(patient: Patient) -> Iterator[Point]:
    for entry in patient.blasts:
        if entry.pct.recorded:
            says = facts.blasts(entry).says.removesuffix(facts.FROM_TEXT)
            value = _middle(entry.pct)
            day = _day(entry.when)
            yield Point(entry.tissue.value, day, value, True, says, entry.source, entry.when)


def _counts(patient: Patient) -> Iterator[Point]:
    for entry in patient.measurements:
        if entry.name in COUNTS and entry.value.recorded and not entry.when.undated:
            says = facts.measurement(entry).says.removesuffix(facts.FROM_TEXT)
            value = _middle(entry.value)
            yield Point(
                facts.label(entry.name),
                _day(entry.when),
                value,
                True,
                says,
                entry.source,
                entry.when,
            )


def _bars(sight: Sight) -> Iterator[Bar]:
    yield from _therapy(sight)
    for transplant in sight.patient.transplants:
        says = facts.transplant(transplant).says
        yield from _moment("HCT", transplant.when, says, transplant.source)
    for infusion in sight.patient.lymphocyte_infusions:
        yield from _moment("DLI", infusion.when, "donor lymphocyte infusion", infusion.source)
    yield from _gvhd(sight)


def _therapy(sight: Sight) -> Iterator[Bar]:
    """Drugs against the leukemia, and immunosuppression; supportive care is not drawn."""
    pharmacy = sight.snapshot.pharmacy
    suppressing = pharmacy.members("immunosuppressant")
    for course in sight.patient.courses:
        row = "immunosuppression" if course.drugs & suppressing else "therapy"
        against = pharmacy.antileukemic(course.drugs) or course.regimen
        if course.start == UNDATED or not (against or row == "immunosuppression"):
            continue
        if row == "immunosuppression" and against:
            row = "therapy"
        start, on = _day(course.start), sight.snapshot.on
        if start == date.min:
            continue
        open_ = course.end == UNDATED or course.end.last > on
        end = on if course.ongoing else start if open_ else max(course.end.last, start)
        says = f"{names_of(course)}{' (order)' if course.from_order else ''}"
        yield Bar(row, start, min(end, on), open_, says, course.source)


def _moment(row: str, when: When, says: str, source: Source) -> Iterable[Bar]:
    day = _day(when)
    return () if day == date.min else (Bar(row, day, day, False, says, source, moment=True),)


def _gvhd(sight: Sight) -> Iterator[Bar]:
    """From an onset to the next statement that it is over, else to the day of the page."""
    entries = sorted(sight.patient.gvhd, key=lambda g: (g.when, g.source))
    for entry in entries:
        day = _day(entry.when)
        if entry.activity in (GvhdActivity.NEVER, GvhdActivity.NOT_NOW) or day == date.min:
            continue
        over = [
            _day(g.when)
            for g in entries
            if g.activity is not GvhdActivity.ACTIVE and entry.when.before(g.when) is Truth.MET
        ]
        active = entry.activity is GvhdActivity.ACTIVE
        end = min(over) if over else sight.snapshot.on if active else day
        says = facts.gvhd(entry).says.removesuffix(facts.FROM_TEXT)
        yield Bar("GVHD", day, end, active and not over, says, entry.source)
