"""Patients of a folder, each with the last day of the record."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from aml.patient import UNDATED, Course, Diagnosis, DiagnosisKind, Patient, Source, When
from cds_service.cases import PatientCase, UnreadableCase, last_day, read_cases
from tests.support import PATIENTS

SOURCE = Source("Condition/1")


def diagnosed(when: When) -> Patient:
    return Patient("Patient/1", diagnoses=(Diagnosis(DiagnosisKind.AML, when, SOURCE),))


def treated(start: date, end: When) -> Patient:
    course = Course(When.day(start), end, frozenset({"venetoclax"}), SOURCE)
    return Patient("Patient/1", courses=(course,))


@pytest.mark.parametrize(
    ("patient", "day"),
    [
        (Patient("Patient/1"), None),
        (diagnosed(UNDATED), None),
        (diagnosed(When.day(date(2026, 3, 1))), date(2026, 3, 1)),
        (diagnosed(When(date(2026, 3, 1), date(2026, 3, 31))), date(2026, 3, 1)),
        (diagnosed(When.until(date(2026, 3, 5))), date(2026, 3, 5)),
        (treated(date(2026, 1, 1), UNDATED), date(2026, 1, 1)),
        (treated(date(2026, 1, 1), When.day(date(2026, 2, 1))), date(2026, 2, 1)),
    ],
)
def test_the_last_day_is_the_latest_on_record(patient: Patient, day: date | None) -> None:
    assert last_day(patient) == day


def test_every_bundle_of_the_folder_is_read_in_order() -> None:
    found = list(read_cases(PATIENTS))
    assert [case.name for case in found] == sorted(
        path.name for path in PATIENTS.glob("*.json")
    )
    assert all(isinstance(case, PatientCase) for case in found)
    days = {case.name: case.day for case in found if isinstance(case, PatientCase)}
    assert days["patient-1-relapse.json"] == date(2022, 1, 10)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "JSON"),
        (b'{"resourceType": "Bundle", "type": "collection"}', "atient"),
        (b'"text"', "no Patient"),
    ],
)
def test_a_file_that_is_no_patient_says_why(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "a.json").write_bytes(content)
    [case] = read_cases(tmp_path)
    assert isinstance(case, UnreadableCase)
    assert case.name == "a.json"
    assert reason in case.reason


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    [case] = read_cases(tmp_path)
    assert case == UnreadableCase("a.json", "Is a directory")
