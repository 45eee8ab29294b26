"""Clones over time: what was found at diagnosis and at each relapse, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from aml.dates import day_of, days_before
from aml.facts import FROM_TEXT, gene
from aml.knowledge import Snapshot
from aml.patient import Finding, GeneResult, Patient
from page.events import Event, Turn, events_of


@dataclass(frozen=True, slots=True)
class Period:
    """From an event to the next one."""

    turn: Turn
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Cell:
    """What one period says of one alteration. `level`: VAF or ratio, in words."""

    finding: str  # found | absent | both
    level: str
    share: float | None
    results: tuple[tuple[str, str], ...]  # words with the day, and the resource


@dataclass(frozen=True, slots=True)
class Clone:
    """`change` compares the first and the last period in which it was tested."""

    alteration: str
    cells: tuple[Cell | None, ...]
    change: str  # gained | lost | kept | absent | once


@dataclass(frozen=True, slots=True)
class Clones:
    periods: tuple[Period, ...]
    clones: tuple[Clone, ...]


def clones_of(patient: Patient, snapshot: Snapshot) -> Clones:
    """Every alteration that was found at some time; those never found are not listed.

    A sample belongs to a relapse from a fortnight before it on (the rule for what is current).
    """
    days = snapshot.constants.current_sample_days
    periods = _periods(events_of(patient, snapshot), days)
    results = [g for g in patient.genes if g.alteration != "CD33" and not g.when.undated]
    names = sorted({g.alteration for g in results if g.finding is Finding.DETECTED})
    by_period = [[g for g in results if p.start <= day_of(g.when) < p.end] for p in periods]
    kept = [i for i, found in enumerate(by_period) if found]
    clones = tuple(_clone(name, [by_period[i] for i in kept]) for name in names)
    order = {"gained": 0, "lost": 1, "kept": 2, "once": 3, "absent": 4}
    return Clones(
        tuple(periods[i] for i in kept),
        tuple(sorted(clones, key=lambda c: (order[c.change], c.alteration))),
    )


def _periods(events: Sequence[Event], days: int) -> list[Period]:
    starts: list[tuple[Turn, date]] = []
    for event in events:
        if event.turn is Turn.TRANSPLANT:
            continue
        day = day_of(event.when)
        start = days_before(day, days) if event.turn is Turn.RELAPSE else day
        starts.append((event.turn, start if starts else date.min))
    if not starts:
        return [Period(Turn.DIAGNOSIS, date.min, date.max)]
    ends = [*(start for _, start in starts[1:]), date.max]
    return [Period(turn, start, end) for (turn, start), end in zip(starts, ends, strict=True)]


def _clone(name: str, periods: Sequence[Sequence[GeneResult]]) -> Clone:
    cells = tuple(_cell([g for g in found if _same(g, name)]) for found in periods)
    return Clone(name, cells, _change(cells))


def _same(result: GeneResult, name: str) -> bool:
    """A report that excludes FLT3 mutations excludes both kinds."""
    excluded = result.finding is Finding.NOT_DETECTED and result.alteration == "FLT3"
    return result.alteration == name or (excluded and name in ("FLT3-ITD", "FLT3-TKD"))


def _cell(results: Iterable[GeneResult]) -> Cell | None:
    tested = [r for r in results if r.finding in (Finding.DETECTED, Finding.NOT_DETECTED)]
    if not tested:
        return None
    tested.sort(key=lambda r: (r.when, r.source))
    findings = {r.finding for r in tested}
    found = [r for r in tested if r.finding is Finding.DETECTED]
    finding = "both" if len(findings) > 1 else "found" if found else "absent"
    level, share = next(((w, s) for r in found for w, s in [_level(r)] if w), ("", None))
    words = tuple(
        (f"{gene(r).says.removesuffix(FROM_TEXT)} ({r.when})", r.source.resource)
        for r in tested
    )
    return Cell(finding, level, share, words)


def _level(result: GeneResult) -> tuple[str, float | None]:
    if result.allelic_ratio.recorded:
        ratio = result.allelic_ratio
        share = float(ratio.low / (1 + ratio.low)) if ratio.exact else None
        return f"ratio {ratio}", share
    if result.vaf_pct.recorded:
        vaf = result.vaf_pct
        return f"VAF {vaf} %", float(vaf.low) / 100 if vaf.exact else None
    return "", None


_CHANGES: Mapping[tuple[bool, bool], str] = {
    (False, True): "gained",
    (True, False): "lost",
    (True, True): "kept",
    (False, False): "absent",
}


def _change(cells: Sequence[Cell | None]) -> str:
    tested = [c for c in cells if c is not None]
    if len(tested) < 2:
        return "once"
    first, last = (c.finding != "absent" for c in (tested[0], tested[-1]))
    return _CHANGES[first, last]
