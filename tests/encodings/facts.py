"""What a clinician would say of a patient, one fact at a time, without a word on encoding."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

import yaml

RECORDS = Path(__file__).with_name("records.yaml")


@dataclass(frozen=True, kw_only=True)
class Fact:
    day: date


@dataclass(frozen=True, kw_only=True)
class Diagnosis(Fact):
    """`diagnosis`: aml, apl, or words for another disease. `status`: of the disease today."""

    diagnosis: str
    status: str = "active"
    verification: str = "confirmed"


@dataclass(frozen=True, kw_only=True)
class Gene(Fact):
    """A test for an alteration; `ratio` is allelic, `vaf` in percent."""

    gene: str
    found: bool
    material: str = "marrow"
    ratio: str = ""
    vaf: str = ""
    laboratory: str = ""


@dataclass(frozen=True, kw_only=True)
class Karyotype(Fact):
    karyotype: str
    material: str = "marrow"


@dataclass(frozen=True, kw_only=True)
class Residual(Fact):
    """A test for residual disease: `copies` per 10^4 ABL1, `share` of leukocytes, `vaf`; %."""

    mrd: str
    method: str
    material: str
    found: bool
    copies: str = ""
    share: str = ""
    vaf: str = ""
    control: str = ""


@dataclass(frozen=True, kw_only=True)
class Blasts(Fact):
    """In percent; "<5" and "5-10" are bounds."""

    blasts: str
    material: str


@dataclass(frozen=True, kw_only=True)
class Response(Fact):
    response: str  # CR, CRh, CRi


@dataclass(frozen=True, kw_only=True)
class Extramedullary(Fact):
    extramedullary: str


@dataclass(frozen=True, kw_only=True)
class Course(Fact):
    """Drugs given from `on` to `until` (the same day for one dose), or still given."""

    given: tuple[str, ...]
    until: date | None = None
    regimen: str = ""


@dataclass(frozen=True, kw_only=True)
class Transplant(Fact):
    transplant: str  # the donor


@dataclass(frozen=True, kw_only=True)
class Lymphocytes(Fact):
    lymphocytes: str


@dataclass(frozen=True, kw_only=True)
class Gvhd(Fact):
    gvhd: str  # acute or chronic
    grade: str = ""
    resolved: date | None = None


@dataclass(frozen=True, kw_only=True)
class Ecog(Fact):
    ecog: int


@dataclass(frozen=True, kw_only=True)
class Measured(Fact):
    """anc, platelets, wbc (10^9/L), lvef (%), bilirubin (x ULN)."""

    measured: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Cd33(Fact):
    cd33: str  # percent of blasts


@dataclass(frozen=True, kw_only=True)
class Comorbidity(Fact):
    comorbidity: str


@dataclass(frozen=True, kw_only=True)
class Stated(Fact):
    stated: str  # fitness, transplant-eligibility, goals-of-care, donor
    value: str


_KINDS: dict[str, type[Fact]] = {
    next(f.name for f in fields(kind) if f.name != "day"): kind
    for kind in (
        Diagnosis, Gene, Karyotype, Residual, Blasts, Response, Extramedullary, Course,
        Transplant, Lymphocytes, Gvhd, Ecog, Measured, Cd33, Comorbidity, Stated,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Record:
    """A patient. `marks`: what the Patient resource itself says (deceased, merged, test)."""

    id: str
    born: date
    sex: str
    facts: tuple[Fact, ...]
    marks: tuple[str, ...] = ()
    expect: dict[str, Any] = field(default_factory=dict)

    def of(self, kind: type[Fact]) -> tuple[Any, ...]:
        return tuple(fact for fact in self.facts if isinstance(fact, kind))

    @property
    def last_day(self) -> date:
        return max((fact.day for fact in self.facts), default=self.born)


def read_records() -> dict[str, Record]:
    """The patients by id. One that `extends` another has its facts too, `until` a day."""
    found: dict[str, Record] = {}
    for entry in yaml.safe_load(RECORDS.read_text(encoding="utf-8")):
        base = found.get(entry.get("extends", ""))
        kept = base.facts if base else ()
        last = entry.get("until", date.max)
        without = set(entry.get("without", ()))
        kept = tuple(f for f in kept if f.day <= last and _kind(f) not in without)
        facts = (*kept, *map(_fact, entry.get("facts", ())))
        found[entry["id"]] = Record(
            entry["id"],
            entry.get("born") or (base.born if base else date.max),
            entry.get("sex") or (base.sex if base else "unknown"),
            _diagnosed(facts, entry.get("status", "")),
            tuple(entry.get("marks", ())),
            entry.get("expect", {}),
        )
    return found


def _kind(fact: Fact) -> str:
    return next(f.name for f in fields(fact) if f.name != "day")


def _fact(entry: dict[str, Any]) -> Fact:
    kind = _KINDS[next(iter(entry))]
    return kind(**{name: _value(name, value) for name, value in entry.items()})


def _value(name: str, value: Any) -> Any:
    """Numbers as they are written, but for the grade of ECOG."""
    if isinstance(value, list):
        return tuple(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number and name != "ecog" else value


def _diagnosed(facts: tuple[Fact, ...], status: str) -> tuple[Fact, ...]:
    if not status:
        return facts
    return tuple(
        Diagnosis(day=f.day, diagnosis=f.diagnosis, status=status, verification=f.verification)
        if isinstance(f, Diagnosis)
        else f
        for f in facts
    )
