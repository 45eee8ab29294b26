"""Every entry of a record in the clinic's words, with its day and its place in the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from aml import facts
from aml.patient import (
    Comorbidity,
    Course,
    Diagnosis,
    Hypersensitivity,
    Karyotype,
    LymphocyteInfusion,
    Patient,
    Source,
    Statement,
    When,
)
from cards.wording import plain

TEXT_LIMIT = 600  # of original words; the resource itself stands below them


@dataclass(frozen=True, slots=True)
class Entry:
    """What was read at one place of the record."""

    says: str
    when: When
    source: Source

    @property
    def original(self) -> str:
        """The words of the record, without characters that steer a screen."""
        text = plain(self.source.text)
        return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]} …"


def anchor(name: str) -> str:
    """Where a resource stands on the page."""
    return f"r-{quote(name.replace('#', '~'), safe='/~.-')}"


def names_of(course: Course) -> str:
    """The regimen, or the drugs of a course."""
    return course.regimen or " + ".join(sorted(d.replace("-", " ") for d in course.drugs))


def entries_of(patient: Patient) -> tuple[Entry, ...]:
    """All of them, the oldest first."""
    found = [*_by_fact(patient), *_others(patient)]
    return tuple(sorted(found, key=lambda e: (e.when, e.source, e.says)))


def _by_fact(patient: Patient) -> Iterator[Entry]:
    pairs: Iterable[tuple[str, When, Source]] = (
        *((facts.blasts(b).says, b.when, b.source) for b in patient.blasts),
        *((facts.extramedullary(e).says, e.when, e.source) for e in patient.extramedullary),
        *((facts.response(r).says, r.when, r.source) for r in patient.responses),
        *((facts.mrd(m).says, m.when, m.source) for m in patient.mrd),
        *((facts.gene(g).says, g.when, g.source) for g in patient.genes),
        *((facts.transplant(t).says, t.when, t.source) for t in patient.transplants),
        *((facts.gvhd(g).says, g.when, g.source) for g in patient.gvhd),
        *((facts.measurement(m).says, m.when, m.source) for m in patient.measurements),
        *(
            (facts.course(c, names=names_of(c)).says, c.start, c.source)
            for c in patient.courses
        ),
    )
    for says, when, source in pairs:
        yield Entry(says.removesuffix(facts.FROM_TEXT), when, source)


def _others(patient: Patient) -> Iterator[Entry]:
    others: tuple[
        Diagnosis | Karyotype | LymphocyteInfusion | Comorbidity | Statement | Hypersensitivity,
        ...,
    ] = (
        *patient.diagnoses,
        *patient.karyotypes,
        *patient.lymphocyte_infusions,
        *patient.comorbidities,
        *patient.statements,
        *patient.hypersensitivities,
    )
    for each in others:
        yield Entry(_words(each), each.when, each.source)


def _words(
    entry: Diagnosis
    | Karyotype
    | LymphocyteInfusion
    | Comorbidity
    | Statement
    | Hypersensitivity,
) -> str:
    match entry:
        case Diagnosis():
            return f"{entry.kind.value} diagnosed"
        case Karyotype():
            return f"karyotype {', '.join(sorted(entry.lesions)) or entry.iscn}"
        case LymphocyteInfusion():
            return "donor lymphocyte infusion"
        case Comorbidity():
            return f"{entry.name.replace('-', ' ')}{'' if entry.active else ', not active'}"
        case Statement():
            return f"{entry.topic.value.replace('-', ' ')}: {entry.value}"
        case Hypersensitivity():
            return f"hypersensitivity to {entry.drug.replace('-', ' ')}"
