"""Fitness for intensive therapy by D4, and what a clinician has stated (D5, D8)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aml.fitness import fitness, newest, performance_improved, statement, unchecked_criteria
from aml.logic import Known, Unknown, Why
from aml.patient import Patient, Topic
from tests.aml.records import (
    Number,
    aml,
    assessed,
    comorbidity,
    measured,
    record,
    said,
    when,
)

DAY, LATER = "2026-05-01", "2026-06-01"
ON = date(2026, 8, 2)
ECOG_1 = measured(DAY, "ecog", 1)


def judged(*entries: Any, born: str = "1960-01-01") -> str:
    held = record(*entries, born=born)
    return word(fitness(held, newest(held), ON))


def word(fact: Known[str] | Unknown) -> str:
    return fact.value if isinstance(fact, Known) else f"unknown: {fact.why.value}"


ABSENT = f"unknown: {Why.ABSENT.value}"
CONFLICT = f"unknown: {Why.CONFLICTING.value}"


def test_of_one_day_the_last_by_resource_is_the_latest() -> None:
    found = newest(record(measured(DAY, "ecog", 0), measured(DAY, "ecog", 1)))
    assert found["ecog"][-1].source.resource == "Entry/2"


def test_nothing_on_record_leaves_fitness_unknown() -> None:
    assert judged() == ABSENT


@pytest.mark.parametrize(
    ("name", "fit", "unfit"),
    [
        ("ecog", 1, 2),
        ("lvef_pct", "50.1", 50),
        ("dlco_pct", "65.1", 65),
        ("fev1_pct", "65.1", 65),
        ("creatinine_clearance_ml_per_min", 45, "44.9"),
        ("bilirubin_x_uln", "1.5", "1.51"),
    ],
)
def test_each_criterion_decides_on_its_own_side_of_the_limit(
    name: str, fit: Number, unfit: Number
) -> None:
    assert judged(ECOG_1, measured(LATER, name, fit)) == "fit"
    assert judged(ECOG_1, measured(LATER, name, unfit)) == "unfit"
    assert judged(measured(LATER, name, unfit)) == "unfit"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("ecog", "<2", "fit"),
        ("ecog", "0-1", "fit"),
        ("ecog", "1-2", ABSENT),
        ("ecog", ">=2", "unfit"),
        ("ecog", None, ABSENT),
        ("lvef_pct", "<50", "unfit"),
        ("lvef_pct", "<=50", "unfit"),
        ("lvef_pct", ">50", ABSENT),
        ("lvef_pct", ">=50", ABSENT),
        ("creatinine_clearance_ml_per_min", "<45", "unfit"),
        ("creatinine_clearance_ml_per_min", "<=45", ABSENT),
        ("bilirubin_x_uln", ">1.5", "unfit"),
        ("bilirubin_x_uln", ">=1.5", ABSENT),
    ],
)
def test_a_number_that_leaves_the_limit_open_decides_nothing(
    name: str, value: Number, found: str
) -> None:
    assert judged(measured(DAY, name, value)) == found


@pytest.mark.parametrize("ecog", [0, 1])
def test_ecog_0_or_1_with_no_criterion_is_fit(ecog: int) -> None:
    assert judged(measured(DAY, "ecog", ecog)) == "fit"


@pytest.mark.parametrize("ecog", [2, 3, 4])
def test_ecog_of_2_or_more_is_unfit(ecog: int) -> None:
    assert judged(measured(DAY, "ecog", ecog)) == "unfit"


@pytest.mark.parametrize(
    ("born", "found"),
    [
        ("1951-08-02", "unfit"),
        ("1951-08-03", "fit"),
        ("1951-08", "fit"),
        ("1951-07", "unfit"),
        ("1951", "fit"),
        ("1950", "unfit"),
        ("", "fit"),
    ],
)
def test_75_years_are_unfit_from_the_birthday_on(born: str, found: str) -> None:
    assert judged(ECOG_1, born=born) == found


@pytest.mark.parametrize("name", ["heart-failure", "stable-angina"])
def test_active_heart_failure_and_stable_angina_are_unfit(name: str) -> None:
    assert judged(ECOG_1, comorbidity(name)) == "unfit"
    assert judged(ECOG_1, comorbidity(name, active=False)) == "fit"


@pytest.mark.parametrize("name", ["vod", "infection"])
def test_no_other_comorbidity_decides(name: str) -> None:
    assert judged(ECOG_1, comorbidity(name)) == "fit"


@pytest.mark.parametrize("name", ["qtcf_ms", "alt_x_uln", "ast_x_uln", "wbc_1e9_per_l"])
def test_no_other_measurement_decides(name: str) -> None:
    assert judged(ECOG_1, measured(DAY, name, 1000)) == "fit"


def test_the_latest_value_decides() -> None:
    assert judged(measured(LATER, "ecog", 0), measured(DAY, "ecog", 3)) == "fit"
    assert judged(measured(LATER, "ecog", 3), measured(DAY, "ecog", 0)) == "unfit"
    assert (
        judged(ECOG_1, measured(DAY, "lvef_pct", 40), measured(LATER, "lvef_pct", 60)) == "fit"
    )


def test_values_of_one_day_on_both_sides_of_a_limit_settle_nothing() -> None:
    assert judged(measured(DAY, "ecog", 1), measured(DAY, "ecog", 2)) == CONFLICT
    assert judged(measured(DAY, "ecog", 2), measured(DAY, "ecog", 3)) == "unfit"
    assert judged(measured(DAY, "ecog", 0), measured(DAY, "ecog", 1)) == "fit"
    lvef = (measured(DAY, "lvef_pct", 45), measured(DAY, "lvef_pct", 55))
    assert judged(ECOG_1, *lvef) == CONFLICT
    assert judged(ECOG_1, *lvef, comorbidity("heart-failure")) == "unfit"
    assert judged(ECOG_1, *lvef, measured(LATER, "lvef_pct", 55)) == "fit"


@pytest.mark.parametrize(("stated", "other"), [("fit", 3), ("unfit", 0)])
def test_what_a_clinician_stated_wins(stated: str, other: int) -> None:
    entries = (said(DAY, Topic.FITNESS, stated), measured(LATER, "ecog", other))
    assert judged(*entries, comorbidity("heart-failure")) == stated


def test_opposite_statements_of_one_day_leave_it_unknown_and_are_told() -> None:
    both = (said(DAY, Topic.FITNESS, "fit"), said(DAY, Topic.FITNESS, "unfit"))
    assert judged(*both, ECOG_1) == CONFLICT
    answer = assessed(record(aml("2026-01-05"), *both), "2026-08-02")
    assert "data-conflict" in [a.code for a in answer.alerts]


def test_the_fact_names_every_criterion_that_decided() -> None:
    held = record(measured(DAY, "ecog", 2), measured(DAY, "lvef_pct", 40), born="1940-01-01")
    fact = fitness(held, newest(held), ON)
    assert isinstance(fact, Known)
    assert fact.says == "unfit for intensive therapy: age 75 or more; ECOG 2; LVEF 40 %"
    assert fact.sources == ("Entry/1", "Entry/2", "Patient/p")


def test_criteria_without_a_measurement_are_named() -> None:
    assert unchecked_criteria(record(ECOG_1, measured(DAY, "lvef_pct", 60))) == (
        "DLCO", "FEV1", "creatinine clearance", "bilirubin"
    )  # fmt: skip
    assert "ECOG" in unchecked_criteria(record())


@pytest.mark.parametrize("topic", list(Topic))
def test_of_two_statements_the_later_wins_and_one_day_with_both_is_unknown(
    topic: Topic,
) -> None:
    def stated(*entries: Any) -> str:
        return word(statement(record(*entries), topic))

    assert stated() == ABSENT
    assert stated(said(DAY, topic, "a"), said(LATER, topic, "b")) == "b"
    assert stated(said(LATER, topic, "a"), said(DAY, topic, "b")) == "a"
    assert stated(said(DAY, topic, "a"), said(DAY, topic, "a")) == "a"
    assert stated(said(DAY, topic, "a"), said(DAY, topic, "b")) == CONFLICT
    assert stated(said(DAY, topic, "a"), said("2026-05", topic, "b")) == CONFLICT
    assert stated(said(DAY, topic, "a"), said("2026-04", topic, "b")) == "a"
    assert stated(said(DAY, topic, "a"), said("", topic, "b")) == CONFLICT
    other = next(t for t in Topic if t is not topic)
    assert stated(said(DAY, other, "a")) == ABSENT


def test_a_statement_names_its_author() -> None:
    patient = record(said(DAY, Topic.TRANSPLANT_ELIGIBILITY, "ineligible"))
    fact = statement(patient, Topic.TRANSPLANT_ELIGIBILITY)
    assert isinstance(fact, Known)
    assert fact.says == "not a transplant candidate recorded"


def ecogs(*values: tuple[str, Number]) -> Patient:
    return record(*(measured(day, "ecog", value) for day, value in values))


@pytest.mark.parametrize(
    ("values", "improved"),
    [
        ([(DAY, 2), (LATER, 0)], True),
        ([(DAY, 2), (LATER, 2)], False),
        ([(DAY, 1), (LATER, 2)], False),
        ([(DAY, 2), (LATER, "0-2")], False),
        ([(DAY, 2)], None),
        ([], None),
    ],
)
def test_performance_has_improved_if_an_earlier_ecog_was_worse(
    values: list[tuple[str, Number]], improved: bool | None
) -> None:
    fact = performance_improved(ecogs(*values), when(DAY))
    assert getattr(fact, "value", None) is improved
    assert isinstance(performance_improved(ecogs(*values), None), Unknown)


def test_only_ecog_tells_performance() -> None:
    lvef = (measured("2026-04-01", "lvef_pct", 40), measured("2026-04-15", "lvef_pct", 60))
    assert isinstance(performance_improved(record(*lvef), when(DAY)), Unknown)
    ecog = (measured(DAY, "ecog", 1), measured(LATER, "ecog", 1))
    fact = performance_improved(record(*lvef, *ecog), when(DAY))
    assert getattr(fact, "value", None) is False


def test_an_open_statement_goes_by_the_name_that_missing_knows() -> None:
    for topic, name in [
        (Topic.DONOR_CELLS, "donor"),
        (Topic.DONOR, "donor"),
        (Topic.FITNESS, "fitness"),
        (Topic.GOALS_OF_CARE, "goals-of-care"),
    ]:
        fact = statement(record(), topic)
        assert isinstance(fact, Unknown)
        assert fact.name == name
