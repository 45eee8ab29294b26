"""Measurable residual disease in a remission: signals, their confirmation, marker suitability.

Definitions of MRD relapse: ELN 2022, Table 1 (conversion; a rise of one log10 from a low
level), and the 200-copy rule for NPM1 (Krönke 2011); sections 2.5 and 3 of the algorithm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct, structs

from aml.logic import Choice, Truth
from aml.patient import Finding, Method, MrdResult, Tissue, When

LOW_LEVEL_COPIES = 200  # ELN: below 2 % of ABL1 is low level; NPM1 threshold (200 per 10^4)
LOG_RISE = 10  # one log10
ADEQUATE_CONTROL_COPIES = 10_000  # A10: fewer ABL1 copies make a negative inadequate

TRANSCRIPTS = frozenset({"NPM1", "RUNX1::RUNX1T1", "CBFB::MYH11"})
UNNAMED = "MRD"  # a call that names no marker
DTA = frozenset({"DNMT3A", "TET2", "ASXL1"})

Series: TypeAlias = tuple[str, Tissue]


class Suitability(Choice):
    """Section 3. NOT_ALONE: read by NGS, so never the sole basis of a decision. UNSTATED: a
    call without marker and method, which says positive or negative and cannot be compared."""

    SUITABLE = "suitable"
    NOT_ALONE = "not alone"
    UNSTATED = "neither marker nor method stated"
    CAUTION = "may be clonal hematopoiesis"
    NEVER = "never a marker of residual disease"


def suitability(result: MrdResult) -> Suitability:
    """What a result may be used for, by marker and method."""
    if result.marker in DTA:
        return Suitability.NEVER
    quantified = result.method is Method.RT_QPCR or (
        result.method is Method.DPCR and result.copies_per_1e4_abl1.recorded
    )
    if result.marker in TRANSCRIPTS | {UNNAMED} and quantified:
        return Suitability.SUITABLE
    if result.method is Method.MFC:
        return Suitability.SUITABLE
    if result.marker == UNNAMED and result.method is not Method.NGS:
        return Suitability.UNSTATED
    if result.marker in TRANSCRIPTS | {UNNAMED, "FLT3-ITD"}:
        return Suitability.NOT_ALONE
    return Suitability.CAUTION


class Test(Choice):
    """How one sample can be a signal of MRD relapse."""

    CONVERSION = "conversion from negative to positive"
    KINETICS = "a rise of at least one log10"
    HIGH_NPM1 = "NPM1 transcripts of 200 or more per 10⁴ ABL1"


class Signal(Struct, frozen=True):
    """A sample that met a criterion, and the sample before it that it is measured against.

    `above_200`: M3, two consecutive samples of NPM1 in follow-up, both above 200 copies.
    """

    sample: MrdResult
    tests: frozenset[Test]
    baseline: MrdResult | None
    confirmed_by: MrdResult | None = None
    above_200: tuple[MrdResult, MrdResult] | None = None


class MrdView(Struct, frozen=True):
    """What the results of one remission say. `signals`: at most one per series, still valid.

    `latest`: the newest adequate result that counts, a positive one before a negative one of
    its day. `sequenced`: positive results that decide nothing alone. `never`: DTA genes found.
    `conflicts`: results of one series and day that contradict each other, and nothing later.
    """

    signals: tuple[Signal, ...] = ()
    latest: MrdResult | None = None
    sequenced: tuple[MrdResult, ...] = ()
    never: tuple[MrdResult, ...] = ()
    conflicts: tuple[MrdResult, ...] = ()

    @property
    def confirmed(self) -> tuple[Signal, ...]:
        return tuple(s for s in self.signals if s.confirmed_by is not None)


def view(
    results: Iterable[MrdResult], remission: When, therapy_end: When, reset: When | None
) -> MrdView:
    """The results collected from the start of the remission on.

    `therapy_end`: after it a sample is follow-up, where the 200-copy rule holds. `reset`: an
    HCT of this remission, before which a signal or a level says nothing on today.
    """
    taken = [r for r in results if r.when.before(remission) is Truth.UNMET]
    established = [r for r in taken if suitability(r) is Suitability.SUITABLE]
    settled, conflicts = _settled(established)
    series: dict[Series, list[MrdResult]] = {}
    for result in sorted(settled, key=_by_day):
        series.setdefault((result.marker, result.tissue), []).append(result)
    signals = [s for s in (_walk(r, therapy_end, reset) for r in series.values()) if s]
    unstated = [r for r in taken if suitability(r) is Suitability.UNSTATED and adequate(r)]
    since = [r for r in taken if reset is None or reset.before(r.when) is Truth.MET]
    counted = [r for r in since if r in settled or r in unstated]
    positive = sorted((r for r in since if _still_positive(r, since)), key=_by_day)
    limited = (Suitability.NOT_ALONE, Suitability.CAUTION)
    return MrdView(
        tuple(sorted(signals, key=lambda s: _by_day(s.sample))),
        max(
            counted,
            key=lambda r: (r.when, r.finding is Finding.DETECTED, r.source),
            default=None,
        ),
        tuple(r for r in positive if suitability(r) in limited),
        tuple(r for r in positive if suitability(r) is Suitability.NEVER),
        tuple(sorted((r for r in conflicts if not _followed(r, settled)), key=_by_day)),
    )


def _still_positive(result: MrdResult, results: Iterable[MrdResult]) -> bool:
    """Positive, and not negative since in the same test."""
    return result.finding is Finding.DETECTED and not any(
        r.finding is Finding.NOT_DETECTED
        and r.method is result.method
        and _followed(result, [r])
        for r in results
    )


def _followed(result: MrdResult, by: Iterable[MrdResult]) -> bool:
    return any(
        (r.marker, r.tissue) == (result.marker, result.tissue)
        and result.when.before(r.when) is Truth.MET
        for r in by
    )


def _by_day(result: MrdResult) -> tuple[When, object]:
    return result.when, result.source


def adequate(result: MrdResult) -> bool:
    """Positive, or negative with a control that could have shown a positive (A10)."""
    if result.finding is Finding.NOT_DETECTED:
        return result.control_copies.at_least(ADEQUATE_CONTROL_COPIES) is not Truth.UNMET
    return result.finding is Finding.DETECTED


def _settled(results: Sequence[MrdResult]) -> tuple[list[MrdResult], list[MrdResult]]:
    """One adequate result per series and day; opposite ones of one day settle nothing (D9)."""
    days: dict[tuple[Series, When], list[MrdResult]] = {}
    for result in filter(adequate, results):
        days.setdefault(((result.marker, result.tissue), result.when), []).append(result)
    settled, conflicts = [], []
    for same in days.values():
        if len({r.finding for r in same}) > 1:
            conflicts += same
        else:
            settled.append(
                max(same, key=lambda r: (r.copies_per_1e4_abl1.recorded, *_level(r), r.source))
            )
    return settled, conflicts


def _level(result: MrdResult) -> tuple[object, ...]:
    return result.copies_per_1e4_abl1.low, result.pct_of_leukocytes.low


def _walk(series: Sequence[MrdResult], therapy_end: When, reset: When | None) -> Signal | None:
    """The signal that stands at the end of one series, or None.

    A signal waits for the next sample: that confirms it by meeting a test again, or ends it.
    A negative sample ends a confirmed one.
    """
    signal: Signal | None = None
    earlier: list[MrdResult] = []
    for sample in series:
        if signal is not None and not _counts(signal.sample, reset):
            signal = None
        if signal is not None and signal.confirmed_by is None:
            again = _meets_again(signal, sample)
            if again is Truth.MET:
                signal = structs.replace(signal, confirmed_by=sample)
            elif again is Truth.UNMET:
                signal = None
        if sample.finding is Finding.NOT_DETECTED:
            signal = None
        elif signal is None:
            signal = _signal(sample, earlier, therapy_end)
        elif _above_200(earlier[-1], sample, therapy_end):
            signal = structs.replace(signal, above_200=(earlier[-1], sample))
        earlier.append(sample)
    return signal if signal is not None and _counts(signal.sample, reset) else None


def _counts(sample: MrdResult, reset: When | None) -> bool:
    """Whether a sample was certainly taken after the last HCT, if there was one."""
    return reset is None or reset.before(sample.when) is Truth.MET


def _above_200(one: MrdResult, other: MrdResult, therapy_end: When) -> bool:
    return (
        one.marker == "NPM1"
        and therapy_end.before(one.when) is Truth.MET
        and one.when.before(other.when) is Truth.MET
        and all(
            r.copies_per_1e4_abl1.more_than(LOW_LEVEL_COPIES) is Truth.MET for r in (one, other)
        )
    )


def _signal(
    sample: MrdResult, earlier: Sequence[MrdResult], therapy_end: When
) -> Signal | None:
    before = [r for r in earlier if r.when.before(sample.when) is Truth.MET]
    tests = set()
    negatives = [
        r for r in before if r.finding is Finding.NOT_DETECTED and r.method is sample.method
    ]
    if negatives:
        tests.add(Test.CONVERSION)
    base = _low_base(before)
    if base is not None and _risen(base, sample) is Truth.MET:
        tests.add(Test.KINETICS)
    if (
        sample.marker == "NPM1"
        and sample.copies_per_1e4_abl1.at_least(LOW_LEVEL_COPIES) is Truth.MET
        and therapy_end.before(sample.when) is Truth.MET
    ):
        tests.add(Test.HIGH_NPM1)
    if not tests:
        return None
    baseline = base if Test.KINETICS in tests else negatives[-1] if negatives else None
    return Signal(sample, frozenset(tests), baseline)


def _low_base(before: Sequence[MrdResult]) -> MrdResult | None:
    """The lowest earlier positive of the remission, if it is certainly of low level."""
    levels = [
        r
        for r in before
        if r.finding is Finding.DETECTED
        and r.copies_per_1e4_abl1.recorded
        and r.marker in TRANSCRIPTS
    ]
    lowest = min(levels, key=lambda r: (r.copies_per_1e4_abl1.high, r.when), default=None)
    if (
        lowest is None
        or lowest.copies_per_1e4_abl1.at_least(LOW_LEVEL_COPIES) is not Truth.UNMET
    ):
        return None
    return lowest


def _risen(base: MrdResult, sample: MrdResult) -> Truth:
    """At least tenfold, whatever the record leaves open of both numbers; nothing is rounded."""
    level, low = sample.copies_per_1e4_abl1, base.copies_per_1e4_abl1
    if level.low >= LOG_RISE * low.high:
        return Truth.MET
    return Truth.UNMET if level.high < LOG_RISE * low.low else Truth.UNKNOWN


def _meets_again(signal: Signal, sample: MrdResult) -> Truth:
    """Whether the sample confirms the signal; open if its day or its level leaves it open."""
    if sample.finding is not Finding.DETECTED:
        return Truth.UNMET
    if signal.sample.when.before(sample.when) is not Truth.MET:
        return Truth.UNKNOWN
    again = set()
    if Test.CONVERSION in signal.tests:
        again.add(Truth.MET)
    if Test.KINETICS in signal.tests and signal.baseline is not None:
        again.add(_risen(signal.baseline, sample))
    if Test.HIGH_NPM1 in signal.tests:
        again.add(sample.copies_per_1e4_abl1.more_than(LOW_LEVEL_COPIES))
    return next(t for t in (Truth.MET, Truth.UNKNOWN, Truth.UNMET) if t in again)
