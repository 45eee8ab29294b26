"""Fitness for intensive therapy and what a clinician has stated: section 0, D4, D5, D8."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from aml import facts
from aml.dates import add_months, day_of
from aml.logic import Fact, Known, Truth, Unknown, Why
from aml.patient import Amount, Measurement, Patient, Statement, Topic, When

UNFIT_AGE_YEARS = 75  # VIALE-A enrolment, as D4 lists its criteria
UNFIT_ECOG = 2
UNFIT_COMORBIDITIES = {
    "heart-failure": "heart failure",
    "stable-angina": "chronic stable angina",
}

Newest: TypeAlias = Mapping[str, tuple[Measurement, ...]]


def _at_most(limit: int) -> Callable[[Amount], Truth]:
    def test(value: Amount) -> Truth:
        above = value.more_than(limit)
        if above is Truth.UNKNOWN:
            return above
        return Truth.of(above is Truth.UNMET)

    return test


def _below(limit: int) -> Callable[[Amount], Truth]:
    def test(value: Amount) -> Truth:
        reached = value.at_least(limit)
        if reached is Truth.UNKNOWN:
            return reached
        return Truth.of(reached is Truth.UNMET)

    return test


CRITERIA: dict[str, Callable[[Amount], Truth]] = {
    "ecog": lambda value: value.at_least(UNFIT_ECOG),
    "lvef_pct": _at_most(50),
    "dlco_pct": _at_most(65),
    "fev1_pct": _at_most(65),
    "creatinine_clearance_ml_per_min": _below(45),
    "bilirubin_x_uln": lambda value: value.more_than(Decimal("1.5")),
}


def fitness(patient: Patient, found: Newest, on: date) -> Fact[str]:
    """ "fit" or "unfit". A recorded statement wins; else one VIALE-A criterion makes unfit, and
    ECOG 0-1 with none of them makes fit. Nothing on record: unknown; and so are values of one
    day on both sides of a limit (D9)."""
    said = statement(patient, Topic.FITNESS)
    if isinstance(said, Known) or said.why is Why.CONFLICTING:
        return said
    truths = {n: {CRITERIA[n](m.value) for m in found[n]} for n in CRITERIA if n in found}
    unfit = list(_unfit_criteria(patient, found, truths, on))
    if unfit:
        says = "; ".join(dict.fromkeys(k.says for k in unfit))
        return Known(
            "fitness",
            "unfit",
            f"unfit for intensive therapy: {says}",
            unfit[0].on,
            tuple(sorted({s for k in unfit for s in k.sources})),
        )
    # The newest values of one kind of which some meet a criterion and some do not.
    if torn := [n for n, either in truths.items() if {Truth.MET, Truth.UNMET} <= either]:
        return Unknown("fitness", Why.CONFLICTING, _sources(m for n in torn for m in found[n]))
    ecog = found.get("ecog", ())[-1:]
    if not ecog or ecog[0].value.at_least(UNFIT_ECOG) is not Truth.UNMET:
        return Unknown("fitness")
    known = facts.measurement(ecog[0])
    says = f"fit for intensive therapy: {known.says}"
    return Known("fitness", "fit", says, known.on, known.sources)


def _sources(measured: Iterable[Measurement]) -> tuple[str, ...]:
    return tuple(sorted({m.source.resource for m in measured}))


def _unfit_criteria(
    patient: Patient, found: Newest, truths: Mapping[str, set[Truth]], on: date
) -> Iterator[Known[Any]]:
    born = patient.birth.last
    if born.year + UNFIT_AGE_YEARS <= on.year and add_months(born, UNFIT_AGE_YEARS * 12) <= on:
        says = f"age {UNFIT_AGE_YEARS} or more"
        yield Known("age", UNFIT_AGE_YEARS, says, sources=(patient.reference,))
    for name, either in truths.items():
        if either == {Truth.MET}:
            yield facts.measurement(found[name][-1])
    for entry in sorted(patient.comorbidities, key=lambda c: (c.name, c.when, c.source)):
        if entry.active and entry.name in UNFIT_COMORBIDITIES:
            says = UNFIT_COMORBIDITIES[entry.name]
            yield Known("comorbidity", entry.name, says, sources=(entry.source.resource,))


def unchecked_criteria(patient: Patient) -> tuple[str, ...]:
    """The criteria of D4 that no measurement on record answers, in the clinic's words."""
    from_record = {m.name for m in patient.measurements}
    return tuple(facts.label(name) for name in CRITERIA if name not in from_record)


def newest(patient: Patient) -> Newest:
    """The measurements of each kind, by its name, that no other is certainly later than; of one
    day, the last by resource name comes last."""
    kinds: dict[str, list[Measurement]] = {}
    for measurement in patient.measurements:
        kinds.setdefault(measurement.name, []).append(measurement)
    return {n: _newest(f) if len(f) > 1 else tuple(f) for n, f in kinds.items()}


def _newest(found: Sequence[Measurement]) -> tuple[Measurement, ...]:
    days = [m.when.last for m in found]
    last = found[days.index(max(days))].when
    rivals = [m for m, day in zip(found, days, strict=True) if day >= last.first]
    if len(rivals) > 1:
        rivals.sort(key=lambda m: (m.when, m.source))
    return tuple(rivals)


def performance_improved(patient: Patient, since: When | None) -> Fact[bool]:
    """V0: the latest ECOG is better than one recorded around the start of the therapy."""
    values = sorted(
        (m for m in patient.measurements if m.name == "ecog"), key=lambda m: (m.when, m.source)
    )
    if since is None or len(values) < 2:
        return Unknown("fitness")
    last = values[-1]
    worse = [m for m in values[:-1] if m.value.low > last.value.high]
    if not worse:
        return Known("performance", False, "ECOG not improved")
    says = f"ECOG {worse[-1].value} → {last.value}"
    sources = tuple(sorted({worse[-1].source.resource, last.source.resource}))
    return Known("performance", True, says, day_of(last.when), sources)


_WORDS = {
    (Topic.FITNESS, "fit"): "fit for intensive therapy",
    (Topic.FITNESS, "unfit"): "unfit for intensive therapy",
    (Topic.TRANSPLANT_ELIGIBILITY, "eligible"): "eligible for transplant",
    (Topic.TRANSPLANT_ELIGIBILITY, "ineligible"): "not a transplant candidate",
    (Topic.GOALS_OF_CARE, "comfort"): "comfort as the goal of care",
    (Topic.GOALS_OF_CARE, "curative"): "cure as the goal of care",
    (Topic.GOALS_OF_CARE, "life-prolonging"): "longer life as the goal of care",
    (Topic.DONOR, "identified"): "donor identified",
    (Topic.DONOR, "searching"): "donor search under way",
    (Topic.DONOR, "none"): "no donor",
    (Topic.DONOR_CELLS, "available"): "donor cells available",
    (Topic.DONOR_CELLS, "unavailable"): "no donor cells available",
    (Topic.PREGNANCY, "yes"): "pregnancy",
    (Topic.PREGNANCY, "no"): "no pregnancy",
    (Topic.PROLIFERATION, "high"): "highly proliferative disease",
    (Topic.PROLIFERATION, "low"): "slowly growing disease",
    (Topic.TRIAL, "enrolled"): "enrolled in a trial",
    (Topic.TRIAL, "available"): "trial available",
    (Topic.TRIAL, "none"): "no trial available",
}


# Each topic while nobody has stated anything, under its name in `missing`.
_SILENT = {topic: Unknown(topic.value) for topic in Topic} | {
    Topic.DONOR_CELLS: Unknown("donor")
}


def statements(patient: Patient, found: Newest, on: date) -> dict[Topic, Fact[str]]:
    """What clinicians have stated on each topic; fitness is judged where nobody stated it."""
    judged = fitness(patient, found, on)
    return {t: judged if t is Topic.FITNESS else statement(patient, t) for t in Topic}


def statement(patient: Patient, topic: Topic) -> Fact[str]:
    """The latest thing a clinician stated; opposite statements of one day settle nothing."""
    found = [s for s in patient.statements if s.topic is topic]
    if not found:
        return _SILENT[topic]
    name = _SILENT[topic].name
    last = max(found, key=lambda s: s.when.last)
    rivals = [s for s in found if s.when.before(last.when) is not Truth.MET]
    if len({s.value for s in rivals}) > 1:
        return Unknown(
            name, Why.CONFLICTING, tuple(sorted({s.source.resource for s in rivals}))
        )
    return _stated(max(rivals, key=lambda s: (s.when, s.source)), name)


def _stated(entry: Statement, name: str) -> Known[str]:
    says = _WORDS.get((entry.topic, entry.value), f"{entry.topic.value}: {entry.value}")
    return facts.stated(name, entry.value, says, entry.when, entry.source)
