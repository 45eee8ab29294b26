"""How old a safety value or a stopped drug may be and still be asked about at an order."""

from __future__ import annotations

from datetime import date

import pytest

from aml.assess import examine
from aml.order_facts import safety_values
from aml.ordering import Draft
from aml.orders import judge
from tests.aml.records import (
    aml,
    comorbidity,
    cr,
    days_after,
    derivation,
    given,
    library,
    marrow,
    measured,
    record,
    seven_plus_three,
)

DAY = "2026-08-02"
RELAPSED = (
    aml("2025-01-02"),
    seven_plus_three("2025-01-05"),
    cr("2025-03-01"),
    marrow("2026-07-28", 40),
)


@pytest.mark.parametrize(("age", "counts"), [(30, True), (31, False)])
def test_a_qtcf_counts_for_thirty_days(age: int, counts: bool) -> None:
    patient = record(*RELAPSED, measured(days_after(DAY, -age), "qtcf_ms", 520))
    assert ("qtcf_ms" in safety_values(derivation(patient, DAY))) is counts


@pytest.mark.parametrize(("age", "counts"), [(7, True), (8, False)])
@pytest.mark.parametrize("name", ["wbc_1e9_per_l", "bilirubin_x_uln", "alt_x_uln"])
def test_a_blood_test_counts_for_seven_days(name: str, age: int, counts: bool) -> None:
    patient = record(*RELAPSED, measured(days_after(DAY, -age), name, 40))
    assert (name in safety_values(derivation(patient, DAY))) is counts


def test_an_lvef_counts_however_old_it_is() -> None:
    patient = record(*RELAPSED, measured("2025-01-02", "lvef_pct", 40))
    assert "lvef_pct" in safety_values(derivation(patient, DAY))


@pytest.mark.parametrize(("active", "warned"), [(True, True), (False, False)])
def test_heart_failure_is_asked_about_while_it_is_active(active: bool, warned: bool) -> None:
    patient = record(*RELAPSED, comorbidity("heart-failure", active=active))
    snapshot = library().in_force("US", date.fromisoformat(DAY))
    draft = Draft("MedicationRequest/draft", frozenset({"mitoxantrone"}), says="mitoxantrone")
    judged = judge([draft], examine(patient, snapshot), snapshot)
    assert ("anthracycline-with-weak-heart" in {a.entry.id for a in judged.alerts}) is warned


@pytest.mark.parametrize(("ago", "warned"), [(3, True), (4, False)])
def test_an_inhibitor_counts_for_three_days_after_its_end(ago: int, warned: bool) -> None:
    stopped = given("2026-07-20", "posaconazole", end=days_after(DAY, -ago))
    patient = record(*RELAPSED, stopped)
    snapshot = library().in_force("US", date.fromisoformat(DAY))
    draft = Draft("MedicationRequest/draft", frozenset({"venetoclax"}), says="venetoclax")
    judged = judge([draft], examine(patient, snapshot), snapshot)
    assert ("order-interaction" in {a.entry.order for a in judged.alerts}) is warned
