"""FHIR R4 resources as facts of `aml.patient`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Protocol, TypeVar

from aml.patient import (
    Diagnosis,
    DiagnosisKind,
    Finding,
    GeneResult,
    Ignored,
    Karyotype,
    MrdResult,
    Patient,
    Source,
)
from fhir_mapping import (
    assessments,
    conditions,
    genomics,
    laboratory,
    mrd,
    person,
    treatment,
)
from fhir_mapping.leukemia import aml_possible
from fhir_mapping.memory import reading
from fhir_mapping.overlooked import list_overlooked
from fhir_mapping.resources import Resources

__all__ = ["aml_possible", "to_patient"]

_APL_FUSION, _APL_LESION = "PML::RARA", "t(15;17)"


_source = attrgetter("source")


class _Sourced(Protocol):
    @property
    def source(self) -> Source: ...


_Fact = TypeVar("_Fact", bound=_Sourced)


def to_patient(resources: Resources) -> Patient:
    """The whole record, read; the same record in another order gives the same patient."""
    with reading():
        return _read(resources)


def _read(resources: Resources) -> Patient:
    genes = genomics.read_genes(resources)
    karyotypes = genomics.read_karyotypes(resources)
    residual = mrd.read_mrd(resources)
    diagnoses = conditions.read_diagnoses(resources)
    diagnoses += tuple(_promyelocytic(genes, karyotypes, residual))
    responses = conditions.read_responses(resources) + laboratory.read_responses(resources)
    extramedullary = conditions.read_extramedullary(resources)
    extramedullary += laboratory.read_extramedullary(resources)
    measurements = laboratory.read_measurements(resources)
    measurements += assessments.read_performance(resources)
    excluded = person.excluded(resources)
    return Patient(
        reference=f"Patient/{resources.patient_id}",
        birth=person.birth(resources),
        excluded=excluded,
        diagnoses=_sorted(diagnoses),
        blasts=_sorted(laboratory.read_blasts(resources)),
        extramedullary=_sorted(extramedullary),
        responses=_sorted(responses),
        mrd=_sorted(residual),
        genes=_sorted(genes),
        karyotypes=_sorted(karyotypes),
        courses=_sorted(treatment.read_courses(resources)),
        transplants=_sorted(treatment.read_transplants(resources)),
        lymphocyte_infusions=_sorted(treatment.read_lymphocyte_infusions(resources)),
        gvhd=_sorted(conditions.read_gvhd(resources)),
        measurements=_sorted(measurements),
        comorbidities=_sorted(conditions.read_comorbidities(resources)),
        statements=_sorted(assessments.read_statements(resources)),
        hypersensitivities=_sorted(assessments.read_hypersensitivities(resources)),
        ignored=_ignored(resources, excluded),
        unread=tuple(sorted(resources.unread)),
    )


def _promyelocytic(
    genes: Iterable[GeneResult], karyotypes: Iterable[Karyotype], residual: Iterable[MrdResult]
) -> Iterable[Diagnosis]:
    """PML::RARA, or its translocation, makes acute promyelocytic leukemia whatever is coded."""
    for gene in genes:
        if gene.alteration == _APL_FUSION and gene.finding is Finding.DETECTED:
            yield Diagnosis(DiagnosisKind.APL, gene.when, gene.source)
    for karyotype in karyotypes:
        if _APL_LESION in karyotype.lesions:
            yield Diagnosis(DiagnosisKind.APL, karyotype.when, karyotype.source)
    for result in residual:
        if result.marker == _APL_FUSION and result.finding is Finding.DETECTED:
            yield Diagnosis(DiagnosisKind.APL, result.when, result.source)


def _sorted(facts: Iterable[_Fact]) -> tuple[_Fact, ...]:
    """By source; what comes from the same words, by all that it says."""
    places = groupby(sorted(facts, key=_source), key=_source)
    return tuple([fact for _, same in places for fact in _by_content(list(same))])


def _by_content(facts: list[_Fact]) -> list[_Fact]:
    return sorted(facts, key=repr) if len(facts) > 1 else facts


def _ignored(resources: Resources, excluded: str) -> tuple[Ignored, ...]:
    """After everything was read: what was set aside, and why this patient gets no cards."""
    list_overlooked(resources)
    own = [Ignored(f"Patient/{resources.patient_id}", excluded)] if excluded else []
    return tuple(sorted({*resources.ignored, *own}))
