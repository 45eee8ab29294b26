"""The facts of a record as resources, each in a shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.encodings import assessments, diagnoses, reports, transplants, variants
from tests.encodings.counts import BLASTS, CD33, COUNT, OUTSIDE
from tests.encodings.facts import (
    Blasts,
    Cd33,
    Comorbidity,
    Course,
    Diagnosis,
    Ecog,
    Extramedullary,
    Fact,
    Gene,
    Gvhd,
    Karyotype,
    Lymphocytes,
    Measured,
    Record,
    Residual,
    Response,
    Stated,
    Transplant,
)
from tests.encodings.genes import GENE, KARYOTYPE
from tests.encodings.hgvs import CHANGES
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.residual import RESIDUAL
from tests.encodings.standing import STANDING
from tests.encodings.therapy import COURSE
from tests.encodings.wrapping import IDENTIFIER, twisted

_CHOICES: dict[type[Fact], Choice[Callable[[Pen, Any], list[Json]]]] = {
    Gene: GENE,
    Karyotype: KARYOTYPE,
    Residual: RESIDUAL,
    Blasts: BLASTS,
    Response: diagnoses.RESPONSE,
    Extramedullary: OUTSIDE,
    Course: COURSE,
    Gvhd: transplants.GVHD,
    Measured: COUNT,
    Cd33: CD33,
    Stated: assessments.STATED,
}
_WRITERS: dict[type[Fact], Callable[[Pen, Any], list[Json]]] = {
    Diagnosis: diagnoses.diagnosis,
    Transplant: transplants.transplant,
    Lymphocytes: transplants.lymphocytes,
    Ecog: assessments.ecog,
    Comorbidity: assessments.comorbidity,
}
_RESULTS = (Gene, Karyotype, Residual, Blasts, Response, Ecog, Measured, Cd33)


def write(pen: Pen, record: Record) -> list[Json]:
    """Every fact in the shape that the pen takes; `pen.facts` names each resource's fact."""
    pen.kept["courses"] = record.of(Course)
    named = _named_by_diagnosis(pen, record)
    pen.kept["NPM1 in the diagnosis"] = named
    resources, told = _negatives_together(pen, record)
    for fact in record.facts:
        if fact not in (*named, *told):
            resources += _written(pen, fact)
    return resources + twisted(pen, reports.write_reports(pen))


NAMED: Choice[bool] = Choice(
    "NPM1 at diagnosis", "1.12", {"a result": False, "in the diagnosis": True}
)
TOGETHER: Choice[bool] = Choice(
    "negatives of a day", "1.3", {"each alone": False, "one variant": True}
)


def _named_by_diagnosis(pen: Pen, record: Record) -> tuple[Fact, ...]:
    """A gene that the diagnosis names needs no result of its own."""
    days = {d.day for d in record.of(Diagnosis) if d.diagnosis == "aml"}
    genes = [g for g in record.of(Gene) if g.gene == "NPM1" and g.found and g.day in days]
    named = bool(genes) and pen.take(NAMED)
    return tuple(genes) if named else ()


def _negatives_together(pen: Pen, record: Record) -> tuple[list[Json], tuple[Fact, ...]]:
    """Genes excluded on one day, in one resource; not FLT3, of which there are two kinds."""
    absent = [g for g in record.of(Gene) if not g.found and g.gene in CHANGES]
    absent = [g for g in absent if not g.gene.startswith("FLT3") and g.day == absent[-1].day]
    together = len(absent) > 1 and pen.take(TOGETHER)
    if not together:
        return [], ()
    written = twisted(pen, variants.absent(pen, *absent))
    pen.facts[f"Observation/{written[0]['id']}"] = absent[0]
    return written, tuple(absent)


def _written(pen: Pen, fact: Fact) -> list[Json]:
    written = twisted(pen, _shape(pen, fact)(pen, fact))
    if written and isinstance(fact, _RESULTS):
        reports.tell_again(pen, fact)
        written = pen.take(STANDING, written)(pen, written)
    for resource in written:
        pen.facts[f"{resource['resourceType']}/{resource['id']}"] = fact
    return written


def _shape(pen: Pen, fact: Fact) -> Callable[[Pen, Any], list[Json]]:
    if isinstance(fact, Measured) and fact.measured == "lvef":
        return assessments.lvef
    kind = type(fact)
    return pen.take(_CHOICES[kind], fact) if kind in _CHOICES else _WRITERS[kind]


BIRTH = Choice("birth date", "11", {"day": 10, "year alone": 4})


def patient(pen: Pen, record: Record) -> Json:
    patient: Json = {
        "resourceType": "Patient",
        "id": pen.patient,
        "identifier": [IDENTIFIER],
        "gender": record.sex,
        "birthDate": record.born.isoformat()[: pen.take(BIRTH)],
    }
    if "deceased" in record.marks:
        patient["deceasedDateTime"] = record.last_day.isoformat()
    if "merged" in record.marks:
        other = {"reference": "Patient/other"}
        patient["link"] = [{"other": other, "type": "replaced-by"}]
    if "test" in record.marks:
        patient["meta"] = {"tag": [{"code": "HTEST", "display": "test health data"}]}
    return patient
