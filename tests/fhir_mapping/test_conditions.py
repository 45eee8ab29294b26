from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aml.patient import UNDATED, DiagnosisKind, GvhdActivity, ResponseCategory, When
from fhir_mapping import aml_possible
from fhir_mapping.conditions import (
    read_comorbidities,
    read_diagnoses,
    read_extramedullary,
    read_gvhd,
    read_responses,
)
from fhir_mapping.resources import Resources
from tests.fhir_mapping.chart import (
    ICD,
    ICD_CM,
    ICD_GM,
    ICD_O,
    SNOMED,
    chart,
    code,
    condition,
    medication,
    observation,
    reasons,
    status,
)


def _kinds(*conditions: dict[str, Any]) -> list[DiagnosisKind]:
    return [diagnosis.kind for diagnosis in read_diagnoses(chart(*conditions))]


@pytest.mark.parametrize(
    "what",
    [
        "AML",
        "acute myeloid leukaemia",
        "Acute Myeloid Leukemia, NOS",
        "akute myeloische Leukämie",
        "AML with mutated NPM1",
        "AML NPM1+ FLT3-ITD neg, relapsed 3/24",
        "AML, non-APL",
        "AML, M3 excluded",
        "t-AML",
        "Leucémie aiguë myéloblastique",
        "leucémie myéloïde aiguë",
        "Leucemia mieloide acuta",
        "leucemia mieloblástica aguda",
        "acute myeloïde leukemie",
        "Akut myeloid leukæmi",
        "akut myeloisk leukemi",
        code("C92.0", ICD, "Leucémie aiguë myéloblastique"),
        "Leukemia, myeloid, acute",
        "MDS transformed to AML",
        "AML, on chemotherapy",
        "Acute leukemia, myeloid",
        "Pure erythroid leukemia",
        code("C92.00", ICD_CM),
        code("C92.A0", ICD_CM),
        code("C94.20", ICD_CM),
        code("C93.0", ICD),
        code("C92.80", ICD_GM),
        code("91861009", SNOMED),
        code("91861009"),
        code("9877/3", ICD_O),
        code("98773", ICD_O),
    ],
)
def test_aml_is_diagnosed(what: Any) -> None:
    assert _kinds(condition(what)) == [DiagnosisKind.AML]


@pytest.mark.parametrize(
    "what",
    [
        "APL",
        "AML M3",
        "APML",
        "Acute promyelocytic leukemia",
        "Akute Promyelozytenleukämie",
        "AML with t(15;17)",
        code("C92.40", ICD_CM),
        code("C92.4", ICD),
        code("110004001", SNOMED),
        code("28950004", SNOMED),
        code("9866/3", ICD_O),
        {"coding": [{"code": "C92.00"}, {"code": "C92.40"}]},
        code("C92.00", ICD_CM, text="APL"),
        "Leucémie aiguë promyélocytaire",
        "leucemia acuta promielocitica",
        "acute promyelocytenleukemie",
    ],
)
def test_any_hint_of_apl_makes_it_apl(what: Any) -> None:
    assert _kinds(condition(what)) == [DiagnosisKind.APL]


@pytest.mark.parametrize(
    "what",
    [
        "MDS",
        "ALL",
        "CML",
        "CMML",
        "AML1-ETO",
        "Subacute myeloid leukemia",
        "Renal angiomyolipoma (AML)",
        "AML of the left kidney",
        "Renal AML, 2 cm",
        "AML prolapse, mitral regurgitation",
        "Chronic myeloid leukemia",
        "Leucémie myéloïde chronique",
        "leucemia mieloide cronica",
        "leucémie aiguë lymphoblastique",
        code("C91.00", ICD_CM),
        code("C92.10", ICD_CM),
        code("C92.30", ICD_CM),
        code("D46.21", ICD_CM),
    ],
)
def test_other_diseases_are_not_aml(what: Any) -> None:
    assert _kinds(condition(what)) == []


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("r/o AML", "not-confirmed"),
        ("V.a. AML", "not-confirmed"),
        ("AML?", "not-confirmed"),
        ("? AML", "not-confirmed"),
        ("Ausschluss AML", "not-confirmed"),
        ("AML, grandmother", "family-history"),
        ("AML ruled out", "refuted"),
        ("no AML", "refuted"),
        ("family history of AML", "family-history"),
        ("mother had AML", "family-history"),
        ("history of AML", "personal-history"),
        ("Z.n. AML", "personal-history"),
        ("suspicion de leucémie aiguë myéloïde", "not-confirmed"),
        ("Leucémie aiguë myéloïde suspectée", "not-confirmed"),
        ("Pas d'argument pour une leucémie aiguë myéloïde", "refuted"),
        ("Leucemia mieloide aguda descartada", "refuted"),
        ("geen acute myeloïde leukemie", "refuted"),
        ("antécédent de leucémie aiguë myéloïde", "personal-history"),
        ("leucémie aiguë myéloïde chez la mère", "family-history"),
        (code("C92.0", ICD, "Leucocytose isolée"), "conflicting"),
        (code("Z85.6", ICD_CM), "personal-history"),
        (code("C92.00", ICD_CM, text="chronic lymphocytic leukemia"), "conflicting"),
    ],
)
def test_words_that_do_not_diagnose_are_set_aside(what: Any, reason: str) -> None:
    resources = chart(condition(what))
    assert (read_diagnoses(resources), reasons(resources)) == ((), [reason])


@pytest.mark.parametrize(
    ("verification", "reason"),
    [
        ("entered-in-error", "entered-in-error"),
        ("refuted", "refuted"),
        ("provisional", "not-confirmed"),
        ("differential", "not-confirmed"),
        ("unconfirmed", "not-confirmed"),
    ],
)
def test_an_unverified_aml_is_no_diagnosis(verification: str, reason: str) -> None:
    resources = chart(condition("AML", verificationStatus=status(verification)))
    assert (read_diagnoses(resources), reasons(resources)) == ((), [reason])


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"onsetDateTime": "2024-03-02"}, When.day(date(2024, 3, 2))),
        ({"onsetDateTime": "2014"}, When(date(2014, 1, 1), date(2014, 12, 31))),
        ({"onsetPeriod": {"start": "2024-03"}}, When(date(2024, 3, 1), date(2024, 3, 31))),
        ({"onsetString": "approx spring 2019"}, When(date(2019, 1, 1), date(2019, 12, 31))),
        (
            {"onsetAge": {"value": 61, "code": "a"}},
            When(date(2021, 1, 1), date(2022, 12, 31)),
        ),
        ({"recordedDate": "2024-03-05"}, When.until(date(2024, 3, 5))),
        ({}, UNDATED),
    ],
)
def test_a_diagnosis_is_dated_as_far_as_is_written(dates: Any, expected: When) -> None:
    resources = chart(condition("AML", **dates), patient={"birthDate": "1960-05-04"})
    assert [diagnosis.when for diagnosis in read_diagnoses(resources)] == [expected]


@pytest.mark.parametrize(
    ("row", "category"),
    [
        (condition(code("C92.01", ICD_CM)), ResponseCategory.REMISSION),
        (condition(code("C92.01", ICD_GM)), ResponseCategory.REMISSION),
        (condition(code("91860005", SNOMED)), ResponseCategory.REMISSION),
        (condition("AML", clinicalStatus=status("remission")), ResponseCategory.REMISSION),
        (condition("AML in complete remission"), ResponseCategory.REMISSION),
        (condition(code("C92.02", ICD_CM)), ResponseCategory.RELAPSE),
        (condition("AML", clinicalStatus=status("relapse")), ResponseCategory.RELAPSE),
        (condition("AML", clinicalStatus=status("recurrence")), ResponseCategory.RELAPSE),
        (condition("relapsed AML"), ResponseCategory.RELAPSE),
        (condition("AML-Rezidiv"), ResponseCategory.RELAPSE),
    ],
)
def test_a_diagnosis_carries_a_response(row: Any, category: ResponseCategory) -> None:
    assert [response.category for response in read_responses(chart(row))] == [category]


@pytest.mark.parametrize(
    "row",
    [
        condition(code("C92.00", ICD_CM)),
        condition(
            code("C92.00", ICD_CM, "Acute myeloblastic leukemia, not having achieved remission")
        ),
        condition(code("C92.00", ICD_GM, "Ohne Angabe einer kompletten Remission")),
        condition(code("C92.0", ICD)),
        condition("AML", clinicalStatus=status("active")),
        condition("AML in partial remission"),
        condition("AML, no relapse"),
        condition("relapsed/refractory AML"),
        condition("breast cancer", clinicalStatus=status("remission")),
    ],
)
def test_a_diagnosis_that_is_only_active_says_nothing_on_response(row: Any) -> None:
    assert read_responses(chart(row)) == ()


def test_remission_is_dated_only_by_when_it_was_recorded() -> None:
    row = condition(code("C92.01", ICD_CM), recordedDate="2024-09-01")
    [response] = read_responses(chart(row))
    assert response.when == When.until(date(2024, 9, 1))


def test_a_row_written_at_onset_does_not_date_its_later_status() -> None:
    row = condition(
        "AML",
        clinicalStatus=status("remission"),
        onsetDateTime="2024-03-02",
        recordedDate="2024-03-04",
    )
    [response] = read_responses(chart(row))
    assert response.when == UNDATED


def test_a_second_row_for_relapse_dates_it_by_its_onset() -> None:
    first = condition("AML", onsetDateTime="2024-03-02")
    second = condition(code("C92.02", ICD_CM), onsetDateTime="2026-02-01")
    [response] = read_responses(chart(first, second))
    assert response.when == When.day(date(2026, 2, 1))


def test_after_treatment_the_onset_of_a_relapse_row_is_the_relapse() -> None:
    given = medication("MedicationStatement", "7+3", effectivePeriod={"start": "2024-03-10"})
    row = condition(code("C92.02", ICD_CM), onsetDateTime="2026-02-01")
    [response] = read_responses(chart(row, given))
    assert response.when == When.day(date(2026, 2, 1))


def test_a_row_that_says_in_relapse_is_a_row_for_relapse() -> None:
    course = medication("MedicationStatement", "7+3", effectivePeriod={"start": "2025-01-05"})
    row = condition("Acute myeloid leukemia, in relapse", onsetDateTime="2026-10-20")
    [response] = read_responses(chart(course, row))
    assert response.when == When.day(date(2026, 10, 20))


def test_the_first_onset_in_a_row_updated_to_relapse_does_not_date_the_relapse() -> None:
    row = condition(
        code("C92.02", ICD_CM), onsetDateTime="2024-03-02", recordedDate="2026-02-03"
    )
    [response] = read_responses(chart(row))
    assert response.when == When.until(date(2026, 2, 3))


def test_a_relapse_month_in_the_text_dates_it() -> None:
    [response] = read_responses(chart(condition("AML NPM1+ FLT3-ITD neg, relapsed 3/24")))
    assert response.when == When(date(2024, 3, 1), date(2024, 3, 31))


@pytest.mark.parametrize(
    "what",
    [
        "AML",
        "r/o AML",
        "acute leukemia",
        "Leukämie",
        "MDS/MPN",
        "myeloid sarcoma",
        code("C95.00", ICD_CM),
        code("C92.90", ICD_CM),
        code("C92.Z0", ICD_CM),
        code("Z85.6", ICD_CM),
        code("Z94.84", ICD_CM),
        code("C94.6", ICD_CM),
        code("X1", "https://local.example"),
    ],
)
def test_what_could_hide_aml_keeps_it_possible(what: Any) -> None:
    assert aml_possible(chart(condition(what)))


@pytest.mark.parametrize(
    "row",
    [
        condition("breast cancer"),
        condition(code("J30.1", ICD_CM)),
        condition("family history of AML"),
        condition("chronic lymphocytic leukemia"),
        condition("AML", verificationStatus=status("entered-in-error")),
        condition("AML", verificationStatus=status("refuted")),
        condition("AML", subject={"reference": "Patient/mother"}),
    ],
)
def test_without_any_hint_aml_is_not_possible(row: Any) -> None:
    assert not aml_possible(chart(row))


def test_conditions_not_read_in_full_keep_aml_possible() -> None:
    resources = Resources("p")
    resources.add("conditions", {"resourceType": "OperationOutcome"})
    assert aml_possible(resources)


@pytest.mark.parametrize(
    "row",
    [
        condition(code("I50.9", ICD_CM)),
        condition(code("42343007", SNOMED)),
        condition("Congestive heart failure"),
        condition("Chronische Herzinsuffizienz", clinicalStatus=status("active")),
    ],
)
def test_heart_failure_is_read_as_active(row: Any) -> None:
    assert [(c.name, c.active) for c in read_comorbidities(chart(row))] == [
        ("heart-failure", True)
    ]


def test_a_resolved_comorbidity_is_not_active() -> None:
    row = condition("heart failure", clinicalStatus=status("resolved"))
    assert [c.active for c in read_comorbidities(chart(row))] == [False]


@pytest.mark.parametrize("what", ["no heart failure", "unstable angina", "angina pectoris"])
def test_a_denied_or_other_comorbidity_is_none(what: str) -> None:
    assert read_comorbidities(chart(condition(what))) == ()


@pytest.mark.parametrize(
    "what",
    [
        "myeloid sarcoma of the skin",
        "Chlorom",
        "leukaemia cutis",
        "CNS involvement by AML",
        code("C92.30", ICD_CM),
        code("9930/3", ICD_O),
    ],
)
def test_extramedullary_leukemia_is_read_from_a_condition(what: Any) -> None:
    assert len(read_extramedullary(chart(condition(what)))) == 1


@pytest.mark.parametrize("what", ["no CNS involvement", code("C92.31", ICD_CM)])
def test_extramedullary_leukemia_denied_or_in_remission_is_none(what: Any) -> None:
    assert read_extramedullary(chart(condition(what))) == ()


_ACTIVE = {"clinicalStatus": status("active")}


@pytest.mark.parametrize(
    ("row", "activity"),
    [
        (condition(code("D89.810", ICD_CM), **_ACTIVE), GvhdActivity.ACTIVE),
        (condition("Graft-versus-host disease", **_ACTIVE), GvhdActivity.ACTIVE),
        (
            condition("GVHD", **_ACTIVE, abatementDateTime="2026-01-01"),
            GvhdActivity.RESOLVED,
        ),
        (condition("GVHD", clinicalStatus=status("resolved")), GvhdActivity.RESOLVED),
        (condition("GVHD", clinicalStatus=status("remission")), GvhdActivity.RESOLVED),
        (condition("no history of GVHD", **_ACTIVE), GvhdActivity.NEVER),
        (condition("no active GVHD", **_ACTIVE), GvhdActivity.NOT_NOW),
        (condition("GVHD ruled out", **_ACTIVE), GvhdActivity.NOT_NOW),
        (condition("GVHD-free", **_ACTIVE), GvhdActivity.NOT_NOW),
        (condition("Z. n. akuter GvHD", **_ACTIVE), GvhdActivity.RESOLVED),
        (observation("GVHD", valueString="GVHD grade II skin"), GvhdActivity.ACTIVE),
        (observation("GVHD status", valueString="no GVHD"), GvhdActivity.NOT_NOW),
        (observation("GvHD", valueString="Aktuell keine GvHD"), GvhdActivity.NOT_NOW),
        (observation("History of GVHD", valueBoolean=False), GvhdActivity.NEVER),
        (observation("Active GVHD", valueBoolean=True), GvhdActivity.ACTIVE),
        (
            observation("Visit", valueString="No acute GVHD. Chronic GVHD, mild."),
            GvhdActivity.ACTIVE,
        ),
    ],
)
def test_gvhd_is_active_resolved_never_or_not_now(row: Any, activity: GvhdActivity) -> None:
    assert [gvhd.activity for gvhd in read_gvhd(chart(row))] == [activity]


@pytest.mark.parametrize(
    "row",
    [
        condition("GVHD"),
        condition("GVHD prophylaxis", **_ACTIVE),
        condition("GVHD", **_ACTIVE, verificationStatus=status("refuted")),
        condition("suspected GVHD", **_ACTIVE),
        observation("GVHD", valueString="GVHD with no response to steroids"),
        observation("Visit", valueString="risk of GVHD discussed"),
        observation("Visit", valueString="V. a. GvHD Grad II"),
        observation("GVHD", valueString="GVHD grade II skin", status="entered-in-error"),
        observation("GVHD", valueString="unknown"),
    ],
)
def test_gvhd_that_is_not_stated_is_not_read(row: Any) -> None:
    assert read_gvhd(chart(row)) == ()


def test_the_grade_and_kind_of_gvhd_are_kept() -> None:
    row = condition("Akute GvHD", **_ACTIVE, severity={"text": "Grad III"})
    [gvhd] = read_gvhd(chart(row))
    assert (gvhd.kind, gvhd.grade) == ("acute", "III")


_SURE = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"


@pytest.mark.parametrize(
    ("sure", "reason"),
    [("V", "not-confirmed"), ("A", "refuted"), ("Z", "personal-history"), ("G", ""), ("", "")],
)
def test_the_certainty_that_a_german_code_carries_is_heeded(sure: str, reason: str) -> None:
    coding: dict[str, Any] = {"system": ICD_GM, "code": "C92.00"}
    if sure:
        coding["extension"] = [{"url": _SURE, "valueCoding": {"code": sure}}]
    record = chart(condition({"coding": [coding]}))
    assert len(read_diagnoses(record)) == (0 if reason else 1)
    assert set(reasons(record)) == ({reason} if reason else set())
