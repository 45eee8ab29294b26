from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aml.patient import DiagnosisKind, Ignored, When
from fhir_mapping import to_patient
from fhir_mapping.resources import Resources
from tests.fhir_mapping.chart import bundle, chart, condition, medication, observation

HTEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


@pytest.mark.parametrize(
    ("patient", "reason"),
    [
        ({"deceasedBoolean": True}, "deceased"),
        ({"deceasedDateTime": "2026-01-01"}, "deceased"),
        ({"link": [{"type": "replaced-by", "other": {}}]}, "replaced-by"),
        ({"meta": {"tag": [HTEST]}}, "test-patient"),
        ({"meta": {"security": [HTEST]}}, "test-patient"),
        ({"meta": {"tag": [{"display": "Test patient"}]}}, "test-patient"),
    ],
)
def test_a_patient_who_gets_no_cards_is_excluded_with_the_reason(
    patient: Any, reason: str
) -> None:
    read = to_patient(chart(patient=patient))
    assert (read.excluded, read.ignored) == (reason, (Ignored("Patient/p", reason),))


@pytest.mark.parametrize(
    "patient",
    [
        {"deceasedBoolean": False},
        {"link": [{"type": "replaces", "other": {}}]},
        {"meta": {"tag": [{"code": "synthetic"}]}},
    ],
)
def test_a_living_patient_is_not_excluded(patient: Any) -> None:
    assert to_patient(chart(patient=patient)).excluded == ""


def test_a_birth_year_is_an_interval() -> None:
    read = to_patient(chart(patient={"birthDate": "1960"}))
    assert read.birth == When(date(1960, 1, 1), date(1960, 12, 31))


def test_a_pml_rara_fusion_is_acute_promyelocytic_leukemia() -> None:
    read = to_patient(chart(condition("AML"), observation("PML::RARA", valueString="positive")))
    assert DiagnosisKind.APL in {diagnosis.kind for diagnosis in read.diagnoses}


def test_the_order_of_the_entries_changes_nothing() -> None:
    whole = bundle(
        condition("AML", onsetDateTime="2024"),
        condition("family history of AML"),
        medication("MedicationStatement", "7+3", effectivePeriod={"start": "2024-03-10"}),
        observation("ECOG", valueInteger=1),
    )
    turned = {**whole, "entry": whole["entry"][::-1]}
    assert to_patient(Resources.from_bundle(whole)) == to_patient(Resources.from_bundle(turned))


_SHAPES = [
    None,
    "x",
    7,
    True,
    [],
    [None],
    ["x"],
    {},
    {"x": 1},
    {"coding": 7},
    [{"coding": [7]}],
]
_ELEMENTS = [
    "code",
    "status",
    "subject",
    "meta",
    "category",
    "onsetDateTime",
    "clinicalStatus",
    "verificationStatus",
    "medicationCodeableConcept",
    "medicationReference",
    "effectivePeriod",
    "performedPeriod",
    "dosage",
    "dosageInstruction",
    "dispenseRequest",
    "period",
    "activity",
    "note",
    "stage",
    "component",
    "interpretation",
    "specimen",
    "contained",
    "valueQuantity",
    "valueString",
    "instantiatesCanonical",
    "reaction",
    "link",
    "identifier",
    "focus",
    "encounter",
]
_WHOLE: list[dict[str, Any]] = [
    condition("AML", onsetDateTime="2024"),
    condition("GVHD grade II"),
    medication("MedicationStatement", "azacitidine"),
    medication("MedicationAdministration", "azacitidine"),
    medication("MedicationRequest", "tacrolimus", intent="order"),
    {"resourceType": "CarePlan", "status": "active", "title": "7+3"},
    {"resourceType": "Procedure", "status": "completed", "code": {"text": "allo-HCT"}},
    {"resourceType": "AllergyIntolerance", "code": {"text": "cytarabine"}},
    {"resourceType": "Goal", "description": {"text": "Comfort"}},
    {"resourceType": "DiagnosticReport", "status": "final"},
    observation("ECOG", valueInteger=1),
    observation("GVHD", valueString="grade II"),
]


@pytest.mark.parametrize("element", _ELEMENTS)
def test_no_shape_of_an_element_stops_the_reading(element: str) -> None:
    for shape in _SHAPES:
        broken = [{**resource, element: shape} for resource in _WHOLE]
        read = to_patient(chart(*broken, patient={element: shape}))
        assert read.reference == "Patient/p", shape
