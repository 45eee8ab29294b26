"""Each patient of tests/encodings/hospitals is read in full, and answered as a person would."""

from __future__ import annotations

import pytest

from tests.encoded import assessed, read, wrong
from tests.hospitals import Hospital, facts, patients

each_patient = pytest.mark.parametrize("hospital", patients(), ids=[p.id for p in patients()])


@each_patient
def test_every_fact_is_read_and_no_other(hospital: Hospital) -> None:
    found = set(facts(read(hospital.bundle, hospital.patient)))
    assert sorted(found) == sorted(hospital.found)


@each_patient
def test_what_is_set_aside_has_its_reason(hospital: Hospital) -> None:
    patient = read(hospital.bundle, hospital.patient)
    reasons = {each.resource: each.reason for each in patient.ignored}
    assert {name: reasons.get(name) for name in hospital.ignored} == hospital.ignored


@each_patient
def test_the_answer_is_as_expected(hospital: Hospital) -> None:
    assessment = assessed(hospital.bundle, hospital.expected, hospital.patient)
    assert wrong(assessment, hospital.expected) == []
