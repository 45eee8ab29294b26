"""A parameter that the stand-in accepts is honoured; every other one is refused."""

from __future__ import annotations

import pytest

from standin_ehr.search import BadSearch, Json, matching

LAB = "http://terminology.hl7.org/CodeSystem/observation-category"
LOINC = "http://loinc.org"

BLASTS: Json = {
    "id": "blasts",
    "status": "final",
    "subject": {"reference": "Patient/a"},
    "category": [{"coding": [{"system": LAB, "code": "laboratory"}]}],
    "code": {"coding": [{"system": LOINC, "code": "11150-6"}, {"code": "BL"}]},
    "effectiveDateTime": "2026-07-20T23:30:00+02:00",
}
ECOG: Json = {
    "id": "ecog",
    "status": "amended",
    "subject": {"reference": "https://ehr.example/fhir/Patient/b"},
    "category": [{"coding": [{"system": LAB, "code": "survey"}]}],
    "code": {"text": "ECOG"},
    "effectivePeriod": {"start": "2026-07-01", "end": "2026-08-15"},
}
UNDATED: Json = {"id": "undated", "subject": {"reference": "Patient/a"}}


def found(*parameters: tuple[str, str]) -> list[str]:
    return [each["id"] for each in matching("Observation", [BLASTS, ECOG, UNDATED], parameters)]


def test_without_a_parameter_everything_is_found() -> None:
    assert found() == ["blasts", "ecog", "undated"]


@pytest.mark.parametrize("patient", ["a", "Patient/a", "https://ehr.example/fhir/Patient/a"])
def test_a_patient_is_found_however_the_reference_is_written(patient: str) -> None:
    assert found(("patient", patient)) == ["blasts", "undated"]


def test_a_reference_on_record_may_be_absolute() -> None:
    assert found(("patient", "b")) == ["ecog"]


def test_values_joined_by_commas_are_alternatives() -> None:
    assert found(("_id", "ecog,undated")) == ["ecog", "undated"]


def test_parameters_must_all_be_met() -> None:
    assert found(("patient", "a"), ("status", "final")) == ["blasts"]
    assert found(("patient", "b"), ("status", "final")) == []


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("11150-6", ["blasts"]),
        (f"{LOINC}|11150-6", ["blasts"]),
        (f"{LOINC}|", ["blasts"]),
        ("|BL", ["blasts"]),
        ("|11150-6", []),
        ("http://snomed.info/sct|11150-6", []),
        ("ECOG", []),
    ],
)
def test_a_token_is_a_code_with_or_without_its_system(wanted: str, ids: list[str]) -> None:
    assert found(("code", wanted)) == ids


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("2026-07-20", ["blasts"]),
        ("eq2026-07", ["blasts"]),
        ("2026", ["blasts", "ecog"]),
        ("lt2026-07-20", ["ecog"]),
        ("le2026-07-20", ["blasts", "ecog"]),
        ("gt2026-07-20", ["ecog"]),
        ("ge2026-07-20", ["blasts", "ecog"]),
        ("gt2026-08-15", []),
        ("lt2026-07-01", []),
    ],
)
def test_dates_are_compared_by_whole_days(wanted: str, ids: list[str]) -> None:
    assert found(("date", wanted)) == ids


@pytest.mark.parametrize("wanted", ["2026-02-30", "2026-13", "ne2026-07-20", "today", ""])
def test_a_date_that_cannot_be_read_is_refused(wanted: str) -> None:
    with pytest.raises(BadSearch):
        found(("date", wanted))


def test_a_status_with_a_system_is_refused_rather_than_matched_by_half() -> None:
    with pytest.raises(BadSearch):
        found(("status", "http://hl7.org/fhir/observation-status|final"))


@pytest.mark.parametrize("name", ["code:in", "_include", "_sort", "subject", "onset-date"])
def test_a_parameter_that_is_not_known_for_the_type_is_refused(name: str) -> None:
    with pytest.raises(BadSearch, match=name):
        found((name, "x"))


def test_a_condition_has_the_parameters_of_its_own_page() -> None:
    condition = {"id": "aml", "clinicalStatus": {"coding": [{"code": "active"}]}}
    wanted = [("clinical-status", "active")]
    assert matching("Condition", [condition], wanted) == [condition]
    with pytest.raises(BadSearch):
        matching("Condition", [condition], [("status", "active")])


ODD: tuple[Json, ...] = (
    {"id": "words", "effectiveDateTime": "some day"},
    {"id": "no-day", "effectiveDateTime": "2026-02-31"},
    {"id": "number", "effectiveDateTime": 20260720},
    {"id": "in-a-period", "effectivePeriod": {"start": "soon", "end": 7}},
    {"id": "subject", "subject": {"reference": 7}},
    {"id": "subjects", "subject": ["Patient/a"], "code": "BL", "category": [[]]},
)


@pytest.mark.parametrize(
    "parameter", [("date", "ge2026-07-20"), ("patient", "a"), ("code", "BL"), ("category", "x")]
)
def test_an_odd_resource_does_not_stand_in_the_way_of_the_others(
    parameter: tuple[str, str],
) -> None:
    whole = [*ODD, BLASTS]
    odd_ones = {each["id"] for each in ODD}
    assert not odd_ones & {r["id"] for r in matching("Observation", whole, [parameter])}
