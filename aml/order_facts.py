"""What orders are judged on beside the facts of a recommendation: safety values, targets of the
disease, medication on record."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct, structs

from aml import facts
from aml.case import NO, Case
from aml.dates import days_before
from aml.derivation import Derivation
from aml.event_targets import Targets
from aml.logic import Fact, Known, Unknown
from aml.patient import Amount, Course, Finding
from aml.targets import Target

SAFETY_VALUES = (
    "qtcf_ms",
    "potassium_mmol_per_l",
    "magnesium_mmol_per_l",
    "creatinine_clearance_ml_per_min",
)
BLOOD_TESTS = ("wbc_1e9_per_l", "bilirubin_x_uln", "alt_x_uln", "ast_x_uln")
HOWEVER_OLD = ("lvef_pct",)  # a heart that was weak is asked about, whenever that was


class Active(Struct, frozen=True):
    """A drug on record, and the last day on which it was given; the day of the assessment
    while it is being given."""

    drug: str
    last: date
    because: Known[str]


class OrderFacts(Struct, frozen=True):
    """What orders are judged on: the case with the facts that no recommendation asks for, and
    the drugs on record."""

    case: Case
    medication: tuple[Active, ...] = ()


def order_facts(case: Case, d: Derivation, found: Targets) -> OrderFacts:
    case = structs.replace(
        case,
        of_the_disease=of_the_disease(found),
        older_results=older_results(found),
        measured=safety_values(d),
        veno_occlusive_disease=veno_occlusive_disease(d),
        heart_failure=heart_failure(d),
    )
    return OrderFacts(case, medication(d))


def safety_values(d: Derivation) -> dict[str, tuple[Known[Amount], ...]]:
    """The newest values of each kind, unless they are older than the constants allow. Those of
    one day all stand: what they do not agree on settles nothing (D9)."""
    newest, found = d.newest, {}
    for names, since in (
        (SAFETY_VALUES, days_before(d.on, d.constants.safety_value_days)),
        (BLOOD_TESTS, days_before(d.on, d.constants.blood_test_days)),
        (HOWEVER_OLD, date.min),
    ):
        for name in names:
            if name in newest and newest[name][-1].when.first >= since:
                found[name] = tuple([facts.measurement(m) for m in newest[name]])
    return found


def of_the_disease(found: Targets) -> dict[str, Fact[bool]]:
    """Each target in the disease that was treated, in whichever sample showed it. FLT3 here is
    a mutation other than the ITD, which is a fact of its own."""
    other = found.flt3_tkd if found.flt3_tkd.ever is not None else found.flt3_unspecified
    return {"FLT3": _ever(other)} | {name: _ever(t) for name, t in _named(found).items()}


def _ever(target: Target) -> Fact[bool]:
    if target.ever is not None:
        return _as(target.ever, value=True)
    if isinstance(target.current, Known):
        return target.current
    if target.older is not None and target.older.value is Finding.NOT_DETECTED:
        return _as(target.older, value=False)
    return Unknown(target.name, target.current.why)


def older_results(found: Targets) -> dict[str, Known[bool]]:
    """The newest result of each target that is not of this event."""
    flt3 = (found.flt3_unspecified, found.flt3_tkd, found.flt3_itd)
    results = {name: (target,) for name, target in _named(found).items()} | {"FLT3": flt3}
    older = {
        name: [t.older for t in targets if t.older is not None]
        for name, targets in results.items()
    }
    return {
        name: max((_as(k, value=k.value is Finding.DETECTED) for k in known), key=_weight)
        for name, known in older.items()
        if known
    }


def _weight(known: Known[bool]) -> tuple[bool, date]:
    return known.value, known.on


def _named(found: Targets) -> dict[str, Target]:
    return {
        "IDH1": found.idh1,
        "IDH2": found.idh2,
        "NPM1": found.npm1,
        "KMT2A": found.kmt2a,
        "CD33": found.cd33,
    }


def _as(known: Known[Any], *, value: bool) -> Known[bool]:
    return Known(known.name, value, known.says, known.on, known.sources)


def veno_occlusive_disease(d: Derivation) -> Known[bool]:
    return _recorded(d, "vod", "veno-occlusive disease", active=False)


def heart_failure(d: Derivation) -> Known[bool]:
    return _recorded(d, "heart-failure", "heart failure", active=True)


def _recorded(d: Derivation, name: str, says: str, *, active: bool) -> Known[bool]:
    for entry in sorted(d.patient.comorbidities, key=lambda c: (c.when, c.source)):
        if entry.name == name and (entry.active or not active):
            return Known(name, True, f"{says} recorded", sources=(entry.source.resource,))
    return NO


def medication(d: Derivation) -> tuple[Active, ...]:
    """Each drug on record with its latest course, by name."""
    latest: dict[str, Active] = {}
    for course in sorted(d.patient.courses, key=lambda c: (c.start, c.source)):
        last = _last_day(course, d)
        for drug in sorted(course.drugs):
            if drug not in latest or last >= latest[drug].last:
                latest[drug] = Active(drug, last, facts.course(course, names=drug))
    return tuple(latest[drug] for drug in sorted(latest))


def _last_day(course: Course, d: Derivation) -> date:
    """The end on record; the day itself for what is recorded as being given, or was begun in
    this event and has no end (D16). Else the last day on which it was certainly given."""
    if not course.end.undated:
        return course.end.last
    if d.pharmacy.antileukemic(course.drugs):
        end = d.therapy.ended(course, d.on)
        if end is not None:
            return end.last
        in_event = course.start.first >= d.event_day
        return d.on if course.ongoing or in_event else course.start.last
    return d.on if course.ongoing else course.start.last
