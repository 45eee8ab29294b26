from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from aml.patient import Amount, Topic
from fhir_mapping.assessments import (
    read_hypersensitivities,
    read_performance,
    read_statements,
)
from tests.fhir_mapping.chart import (
    ICD_CM,
    LOINC,
    RXNORM,
    SNOMED,
    chart,
    code,
    condition,
    observation,
    status,
)

ECOG = code("89247-1", LOINC)


@pytest.mark.parametrize(
    "row",
    [
        observation(ECOG, valueInteger=1),
        observation(ECOG, valueCodeableConcept=code("LA9623-5", LOINC)),
        observation(ECOG, valueCodeableConcept={"text": "ECOG 1"}),
        observation("ECOG", valueQuantity={"value": 1, "unit": "{score}"}),
        observation("ECOG PS", valueString="1"),
        observation("ECOG PS", valueString="1 - restricted in strenuous activity"),
        observation(ECOG, interpretation=[code("LA9623-5", LOINC)]),
        observation("Assessment", component=[{"code": ECOG, "valueInteger": 1}]),
    ],
)
def test_ecog_1_is_read_in_every_form(row: Any) -> None:
    assert [m.value for m in read_performance(chart(row))] == [Amount.exactly(1)]


def test_ecog_1_to_2_is_an_interval() -> None:
    [measured] = read_performance(chart(observation("ECOG PS", valueString="1-2")))
    assert measured.value == Amount(Decimal(1), Decimal(2))


@pytest.mark.parametrize(
    "row",
    [
        observation(code("89243-0", LOINC), valueInteger=80),
        observation("Karnofsky", valueInteger=80),
        observation(ECOG, valueInteger=80),
        observation(ECOG, valueString="good"),
        observation(ECOG, valueInteger=1, status="preliminary"),
        observation(ECOG, valueInteger=1, status="entered-in-error"),
        observation(ECOG, dataAbsentReason=code("not-performed")),
    ],
)
def test_what_is_not_a_usable_ecog_is_none(row: Any) -> None:
    assert read_performance(chart(row)) == ()


@pytest.mark.parametrize(
    ("said", "topic", "value"),
    [
        ("fit for intensive chemotherapy", Topic.FITNESS, "fit"),
        ("Patient is not fit for intensive chemotherapy", Topic.FITNESS, "unfit"),
        ("für intensive Chemotherapie geeignet", Topic.FITNESS, "fit"),
        ("nicht für intensive Chemotherapie geeignet", Topic.FITNESS, "unfit"),
        ("not a transplant candidate", Topic.TRANSPLANT_ELIGIBILITY, "ineligible"),
        ("transplant-eligible", Topic.TRANSPLANT_ELIGIBILITY, "eligible"),
        ("transplant-eligible: no", Topic.TRANSPLANT_ELIGIBILITY, "ineligible"),
        ("nicht transplantabel", Topic.TRANSPLANT_ELIGIBILITY, "ineligible"),
        ("comfort measures only", Topic.GOALS_OF_CARE, "comfort"),
        ("best supportive care only", Topic.GOALS_OF_CARE, "comfort"),
        ("curative intent", Topic.GOALS_OF_CARE, "curative"),
        ("donor search started", Topic.DONOR, "searching"),
        ("matched unrelated donor identified", Topic.DONOR, "identified"),
        ("no suitable donor found", Topic.DONOR, "none"),
        ("donor lymphocytes cryopreserved", Topic.DONOR_CELLS, "available"),
        ("not pregnant", Topic.PREGNANCY, "no"),
        ("highly proliferative disease", Topic.PROLIFERATION, "high"),
    ],
)
def test_a_statement_in_words_is_read(said: str, topic: Topic, value: str) -> None:
    found = read_statements(chart(observation("Tumour board", valueString=said)))
    assert [(s.topic, s.value, s.source.from_text) for s in found] == [(topic, value, True)]


@pytest.mark.parametrize(
    "said",
    [
        "potential transplant candidate",
        "transplant evaluation pending",
        "palliative intent",
        "DNR",
        "declines hospice",
        "unfit for work",
        "kidney transplant candidate",
        "transplant-eligible?",
        "non-curative intent",
        "no donor cells detected",
        "donor cells 99 %",
    ],
)
def test_doubt_and_other_matters_state_nothing(said: str) -> None:
    assert read_statements(chart(observation("Tumour board", valueString=said))) == ()


@pytest.mark.parametrize(
    ("asked", "answer", "expected"),
    [
        ("Fit for intensive chemotherapy", {"valueBoolean": True}, (Topic.FITNESS, "fit")),
        ("Fit for intensive chemotherapy", {"valueBoolean": False}, (Topic.FITNESS, "unfit")),
        (
            "Transplant eligibility",
            {"valueCodeableConcept": {"text": "Not eligible"}},
            (Topic.TRANSPLANT_ELIGIBILITY, "ineligible"),
        ),
        ("Goals of care", {"valueString": "Comfort"}, (Topic.GOALS_OF_CARE, "comfort")),
        ("Donor search status", {"valueString": "started"}, (Topic.DONOR, "searching")),
        ("Pregnancy test", {"valueString": "negative"}, (Topic.PREGNANCY, "no")),
    ],
)
def test_an_answer_is_read_by_its_question(
    asked: str, answer: Any, expected: tuple[Topic, str]
) -> None:
    found = read_statements(chart(observation(asked, **answer)))
    assert [(s.topic, s.value) for s in found] == [expected]


@pytest.mark.parametrize(
    "row",
    [
        {"resourceType": "CarePlan", "status": "active", "title": "Hospice care"},
        {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": "Comfort care"},
        },
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "code": {"text": "Referral to hospice"},
        },
        condition("Hospice care"),
    ],
)
def test_comfort_goals_are_read_wherever_they_stand(row: Any) -> None:
    found = read_statements(chart(row))
    assert [(s.topic, s.value) for s in found] == [(Topic.GOALS_OF_CARE, "comfort")]


@pytest.mark.parametrize(
    "row",
    [
        {"resourceType": "CarePlan", "status": "draft", "title": "Hospice care"},
        {
            "resourceType": "Goal",
            "lifecycleStatus": "proposed",
            "description": {"text": "Comfort care"},
        },
        condition(code("Z51.5", ICD_CM, "Encounter for palliative care")),
        condition("pregnancy", clinicalStatus=status("resolved")),
        observation("Goals of care", valueString="comfort", status="entered-in-error"),
    ],
)
def test_a_draft_or_an_encounter_states_no_goals(row: Any) -> None:
    assert read_statements(chart(row)) == ()


def test_a_pregnancy_on_the_problem_list_is_stated() -> None:
    found = read_statements(chart(condition(code("77386006", SNOMED))))
    assert [(s.topic, s.value) for s in found] == [(Topic.PREGNANCY, "yes")]


def _allergy(**rest: Any) -> dict[str, Any]:
    concept = code("1251", RXNORM, "azacitidine")
    return {"resourceType": "AllergyIntolerance", "code": concept, **rest}


def test_an_allergy_to_a_known_drug_is_a_hypersensitivity() -> None:
    found = read_hypersensitivities(chart(_allergy(type="allergy")))
    assert [h.drug for h in found] == ["azacitidine"]


@pytest.mark.parametrize(
    "row",
    [
        _allergy(verificationStatus=status("refuted")),
        _allergy(verificationStatus=status("entered-in-error")),
        _allergy(clinicalStatus=status("resolved")),
        _allergy(type="intolerance"),
        _allergy(code={"text": "NKDA"}),
        _allergy(patient={"reference": "Patient/donor"}),
    ],
)
def test_what_is_no_present_allergy_is_none(row: Any) -> None:
    assert read_hypersensitivities(chart(row)) == ()


_OBDS = "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/CodeSystem/"
_OBDS_ECOG = f"{_OBDS}mii-cs-onko-allgemeiner-leistungszustand-ecog"
_BY_SNOMED = code("423740007", SNOMED)


def test_ecog_as_the_german_core_data_set_codes_it_is_read() -> None:
    grade = {
        "valueCodeableConcept": code("2", _OBDS_ECOG, "Gehfähig (50 - 60 % nach Karnofsky)")
    }
    alone = observation(_BY_SNOMED, **grade)
    within = observation("Allgemeinzustand", component=[{"code": _BY_SNOMED, **grade}])
    for row in (alone, within):
        assert [m.value for m in read_performance(chart(row))] == [Amount.exactly(2)]


def test_an_unknown_ecog_of_the_german_core_data_set_is_none() -> None:
    row = observation(_BY_SNOMED, valueCodeableConcept=code("U", _OBDS_ECOG, "Unbekannt"))
    assert read_performance(chart(row)) == ()
