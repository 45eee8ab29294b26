from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aml.patient import UNDATED, TransplantKind, When
from fhir_mapping.treatment import read_courses, read_lymphocyte_infusions, read_transplants
from tests.fhir_mapping.chart import (
    CPT,
    ICD_CM,
    PCS,
    RXNORM,
    SNOMED,
    chart,
    code,
    condition,
    medication,
    procedure,
    reasons,
)

PERIOD = {"effectivePeriod": {"start": "2026-01-10", "end": "2026-01-16"}}
JAN_10 = When.day(date(2026, 1, 10))


@pytest.mark.parametrize(
    "resource",
    [
        medication("MedicationAdministration", "azacitidine", **PERIOD),
        medication("MedicationAdministration", "azacitidine", **PERIOD, status="stopped"),
        medication("MedicationStatement", "azacitidine", **PERIOD, status="active"),
        medication("MedicationDispense", "azacitidine", whenHandedOver="2026-01-10"),
        medication("MedicationRequest", "azacitidine", intent="order", authoredOn="2026-01-10"),
        {
            "resourceType": "CarePlan",
            "status": "completed",
            "intent": "plan",
            "title": "Azacitidine",
            "period": {"start": "2026-01-10"},
        },
        procedure("Chemotherapy with azacitidine", performedDateTime="2026-01-10"),
        procedure(
            code("367336001", SNOMED),
            note=[{"text": "azacitidine C1D1"}],
            performedDateTime="2026-01-10",
        ),
    ],
)
def test_what_was_given_is_a_course(resource: Any) -> None:
    [course] = read_courses(chart(resource))
    assert (course.start, course.drugs) == (JAN_10, frozenset({"azacitidine"}))


@pytest.mark.parametrize(
    "resource",
    [
        medication("MedicationAdministration", "azacitidine", **PERIOD, status="not-done"),
        medication("MedicationAdministration", "azacitidine", status="entered-in-error"),
        medication("MedicationStatement", "azacitidine", **PERIOD, status="not-taken"),
        medication("MedicationStatement", "azacitidine", **PERIOD, status="intended"),
        medication("MedicationStatement", "azacitidine", status="stopped"),
        medication("MedicationDispense", "azacitidine", status="preparation"),
        *(
            medication("MedicationRequest", "azacitidine", intent="order", status=status)
            for status in ("draft", "on-hold", "stopped", "cancelled", "entered-in-error")
        ),
        medication("MedicationRequest", "azacitidine", intent="plan"),
        medication("MedicationRequest", "azacitidine", intent="proposal"),
        medication("MedicationRequest", "azacitidine", intent="order", doNotPerform=True),
        *(
            {
                "resourceType": "CarePlan",
                "status": status,
                "title": "azacitidine",
                "period": {"start": "2026-01-10"},
            }
            for status in ("draft", "on-hold", "revoked", "entered-in-error")
        ),
        {"resourceType": "CarePlan", "status": "active", "title": "azacitidine"},
        procedure("Chemotherapy with azacitidine", status="not-done"),
    ],
)
def test_what_was_not_given_is_no_course_and_says_so(resource: Any) -> None:
    resources = chart(resource)
    assert read_courses(resources) == ()
    assert reasons(resources)[0] in ("not-given", "entered-in-error")


def test_an_unknown_drug_is_neither_a_course_nor_noise() -> None:
    resources = chart(medication("MedicationStatement", "vitamin D3", **PERIOD))
    assert (read_courses(resources), resources.ignored) == ((), [])


@pytest.mark.parametrize("kind", ["MedicationAdministration", "MedicationStatement"])
def test_an_order_does_not_count_beside_what_names_its_drug(kind: str) -> None:
    order = medication("MedicationRequest", "azacitidine", intent="order", authoredOn="2026")
    courses = read_courses(chart(order, medication(kind, "azacitidine", **PERIOD)))
    assert [course.from_order for course in courses] == [False]


def test_an_order_for_a_drug_recorded_as_not_taken_does_not_count() -> None:
    order = medication("MedicationRequest", "venetoclax", intent="order", authoredOn="2026")
    refused = medication("MedicationStatement", "venetoclax", status="not-taken")
    assert read_courses(chart(order, refused)) == ()


def test_an_order_alone_is_marked_as_such() -> None:
    order = medication(
        "MedicationRequest",
        "ciclosporin",
        intent="order",
        status="active",
        authoredOn="2026-01-10",
    )
    [course] = read_courses(chart(order))
    assert (course.from_order, course.ongoing) == (True, True)


def test_the_end_of_a_prescription_does_not_end_an_active_drug() -> None:
    order = medication(
        "MedicationRequest",
        "tacrolimus",
        intent="order",
        status="active",
        authoredOn="2026-01-10",
        dispenseRequest={"validityPeriod": {"end": "2026-02-10"}},
    )
    [course] = read_courses(chart(order))
    assert course.end == UNDATED


def test_the_dosages_own_period_dates_an_order() -> None:
    timing = {"repeat": {"boundsPeriod": {"start": "2026-01-10", "end": "2026-01-23"}}}
    order = medication(
        "MedicationRequest",
        "midostaurin",
        intent="order",
        authoredOn="2026-01-02",
        dosageInstruction=[{"timing": timing}],
    )
    [course] = read_courses(chart(order))
    assert (course.start, course.end) == (JAN_10, When.day(date(2026, 1, 23)))


@pytest.mark.parametrize(
    "medication_part",
    [
        {"medicationCodeableConcept": code("2105812", RXNORM, "Xospata")},
        {"medicationReference": {"display": "Xospata"}},
        {
            "medicationReference": {"reference": "#m"},
            "contained": [
                {
                    "resourceType": "Medication",
                    "id": "m",
                    "ingredient": [{"itemCodeableConcept": {"text": "Gilteritinib fumarate"}}],
                }
            ],
        },
    ],
)
def test_a_drug_is_found_wherever_it_is_named(medication_part: Any) -> None:
    resource = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "effectiveDateTime": "2026-01-10",
        **medication_part,
    }
    [course] = read_courses(chart(resource))
    assert course.drugs == {"gilteritinib"}


def test_a_referenced_medication_is_read() -> None:
    product = {"resourceType": "Medication", "id": "m1", "code": {"text": "Vyxeos"}}
    given = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationReference": {"reference": "Medication/m1"},
    }
    [course] = read_courses(chart(product, given))
    assert course.drugs == {"cpx-351"}


def test_one_administration_is_one_course_of_one_day() -> None:
    given = medication("MedicationAdministration", "cytarabine", effectiveDateTime="2026-01-10")
    [course] = read_courses(chart(given))
    assert (course.start, course.end) == (JAN_10, JAN_10)


def test_a_canonical_names_the_regimen_of_a_plan() -> None:
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "instantiatesCanonical": ["http://x.example/PlanDefinition/FLAG-IDA|1.0"],
        "period": {"start": "2026-01-10"},
    }
    assert [course.regimen for course in read_courses(chart(plan))] == ["flag-ida"]


def test_an_activity_not_begun_gives_nothing() -> None:
    detail = {"status": "not-started", "description": "gilteritinib"}
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "activity": [{"detail": detail}],
        "period": {"start": "2026-01-10"},
    }
    assert read_courses(chart(plan)) == ()


def test_a_code_and_a_text_for_different_drugs_give_no_course() -> None:
    resource = medication(
        "MedicationAdministration", code("1251", RXNORM, text="venetoclax"), **PERIOD
    )
    resources = chart(resource)
    assert (read_courses(resources), reasons(resources)) == ((), ["conflicting"])


def test_a_statement_without_date_is_bounded_by_when_it_was_made() -> None:
    resource = medication("MedicationStatement", "posaconazole", dateAsserted="2026-01-10")
    [course] = read_courses(chart(resource))
    assert course.start == When.until(date(2026, 1, 10))


DAY = {"performedDateTime": "2025-06-12"}


@pytest.mark.parametrize(
    ("what", "kind", "donor"),
    [
        (code("425843001", SNOMED), TransplantKind.ALLOGENEIC, ""),
        (code("38240", CPT), TransplantKind.ALLOGENEIC, ""),
        (code("30243Y3", PCS), TransplantKind.ALLOGENEIC, "unrelated donor"),
        (
            code("30243G2", "http://hl7.org/fhir/sid/icd-10-pcs"),
            TransplantKind.ALLOGENEIC,
            "related donor",
        ),
        (code("30243U4", PCS), TransplantKind.ALLOGENEIC, ""),
        (code("30233Y1", PCS), TransplantKind.ALLOGENEIC, ""),
        (code("30243Y0", PCS), TransplantKind.AUTOLOGOUS, ""),
        (
            code("234336002", SNOMED, text="MUD allo SCT"),
            TransplantKind.ALLOGENEIC,
            "matched unrelated donor",
        ),
        (code("234336002", SNOMED), TransplantKind.UNKNOWN, ""),
        (
            code("58776007", SNOMED, "Autologous bone marrow transplant", "transplant"),
            TransplantKind.AUTOLOGOUS,
            "",
        ),
        (code("425843001", SNOMED, text="Autologous HCT"), TransplantKind.UNKNOWN, ""),
        ("Allogene Stammzelltransplantation", TransplantKind.ALLOGENEIC, ""),
        ("haploidentical HCT", TransplantKind.ALLOGENEIC, "haploidentical donor"),
        ("allo-HSCT", TransplantKind.ALLOGENEIC, ""),
        ("autologous stem cell transplant", TransplantKind.AUTOLOGOUS, ""),
        ("Stammzelltransplantation", TransplantKind.UNKNOWN, ""),
        ("Allogeneic HCT, donor not stated", TransplantKind.ALLOGENEIC, ""),
        ("Allogene Blutstammzelltransplantation", TransplantKind.ALLOGENEIC, ""),
        ("Stammzelltransfusion, allogen, HLA-identisch", TransplantKind.ALLOGENEIC, ""),
        ("Autogene Stammzelltransfusion, ohne Reinigung", TransplantKind.AUTOLOGOUS, ""),
        ("Allogene Knochenmarktransplantation", TransplantKind.ALLOGENEIC, ""),
        (
            "Transfusion of Nonautologous Peripheral Blood Stem Cells into Central Vein",
            TransplantKind.ALLOGENEIC,
            "",
        ),
        (
            "Transfusion von peripher gewonnenen hämatopoetischen Stammzellen, allogen",
            TransplantKind.ALLOGENEIC,
            "",
        ),
        ("Autologous stem cell reinfusion", TransplantKind.AUTOLOGOUS, ""),
        ("Allogeneic HCT, reduced-intensity conditioning", TransplantKind.ALLOGENEIC, ""),
        (
            code("38240", CPT, text="HPC transplant, no T-cell depletion"),
            TransplantKind.ALLOGENEIC,
            "",
        ),
    ],
)
def test_a_transplant_has_its_kind_and_donor(
    what: Any, kind: TransplantKind, donor: str
) -> None:
    found = read_transplants(chart(procedure(what, **DAY)))
    assert [(t.kind, t.donor, t.when) for t in found] == [
        (kind, donor, When.day(date(2025, 6, 12)))
    ]


@pytest.mark.parametrize(
    "what",
    [
        code("418576007", SNOMED, "Harvesting of peripheral blood stem cells"),
        code("38243", CPT),
        code("38242", CPT),
        "Stem cell boost",
        "allogeneic stem cell transplant evaluation",
        "Stem cell collection, autologous",
        "Kidney transplant",
        "Donor lymphocyte infusion",
        "Transplant clinic follow-up",
        "No allogeneic stem cell transplantation",
        "Allogeneic HCT not performed",
        "Chimerism after allogeneic HCT",
        "Chimerism, day 100, allogeneic HCT",
        "Total body irradiation before allogeneic transplant",
        "Central line for stem cell transplant",
        "Conditioning for allogeneic HCT",
        "Allogeneic HCT conditioning",
        "BMT clinic",
        "Untersuchung nach allogener Stammzelltransplantation",
        "Allogeneic HCT: no",
    ],
)
def test_what_is_no_infusion_of_stem_cells_is_no_transplant(what: Any) -> None:
    assert read_transplants(chart(procedure(what, **DAY))) == ()


@pytest.mark.parametrize(
    "status", ["preparation", "not-done", "in-progress", "entered-in-error"]
)
def test_a_transplant_that_is_not_completed_is_none(status: str) -> None:
    resources = chart(procedure("allo-HCT", status=status, **DAY))
    assert (read_transplants(resources), len(resources.ignored)) == ((), 1)


def test_a_period_without_end_began_on_day_0() -> None:
    row = procedure(code("38240", CPT), performedPeriod={"start": "2025-06-12"})
    assert [t.when for t in read_transplants(chart(row))] == [When.day(date(2025, 6, 12))]


def test_a_status_code_is_a_transplant_of_unknown_kind_and_day() -> None:
    row = condition(code("Z94.84", ICD_CM), recordedDate="2026-01-05")
    found = [(t.kind, t.when) for t in read_transplants(chart(row))]
    assert found == [(TransplantKind.UNKNOWN, When.until(date(2026, 1, 5)))]


def test_a_status_code_adds_nothing_to_a_dated_procedure() -> None:
    row = condition(code("Z94.84", ICD_CM))
    assert len(read_transplants(chart(row, procedure("allo-HCT", **DAY)))) == 1


@pytest.mark.parametrize(
    "what",
    [
        code("38242", CPT),
        code("30243Q1", PCS),
        "DLI",
        "Gabe von Spenderlymphozyten",
        "Infusion of donor leukocytes",
    ],
)
def test_a_lymphocyte_infusion_is_read(what: Any) -> None:
    assert len(read_lymphocyte_infusions(chart(procedure(what, **DAY)))) == 1


@pytest.mark.parametrize(
    "what",
    [
        code("30243Q1", PCS, text="Granulocyte transfusion"),
        "DLI planned",
        "allo-HCT",
        "DLI?",
        "Donor lymphocyte infusion cancelled",
        "Spenderlymphozyten abgelehnt",
    ],
)
def test_other_cells_are_no_lymphocyte_infusion(what: Any) -> None:
    assert read_lymphocyte_infusions(chart(procedure(what, **DAY))) == ()


def test_a_medication_that_is_not_in_the_record_is_unread() -> None:
    given = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationReference": {"reference": "Medication/elsewhere"},
    }
    resources = chart(given)
    assert read_courses(resources) == ()
    assert [entry.query for entry in resources.unread] == ["administrations"]
