"""The alerts on a synthetic ward: none without AML, few with it, the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest
from typer.testing import CliRunner

from aml.assess import assess
from aml.knowledge import Library
from aml.states import State
from cds_service.burden import Burden, burden_of
from cds_service.cli import app
from cds_service.record import looked_at
from cds_service.ward import DAY, OTHER, SITUATIONS, WardPatient, ward
from fhir_mapping import to_patient

IN_SCOPE = {
    "newly diagnosed": "untreated",
    "in first remission": "remission-mrd-unknown",
    "on azacitidine and venetoclax": "in-treatment",
    "in remission after HCT": "remission-mrd-unknown",
}


@pytest.fixture(scope="module")
def counted(library: Library) -> Burden:
    return burden_of(ward(1000, 30, 20, 7), library.in_force("US", DAY))


def test_no_order_of_a_patient_without_aml_draws_an_alert(counted: Burden) -> None:
    assert counted.patients[False] == 970
    assert counted.orders[False] == 970 * 20
    assert counted.alerts[False] == 0


def test_few_orders_of_a_patient_with_aml_draw_an_alert(counted: Burden) -> None:
    assert counted.orders[True] == 600
    assert 0 < counted.alerts[True] <= 600 * 5 / 100


def test_alerts_are_mostly_warnings(counted: Burden) -> None:
    assert 0 < counted.critical < counted.alerts.total() / 2


def test_the_other_patients_get_the_same_drugs_for_another_illness() -> None:
    ordered = " ".join(text for orders in OTHER.values() for text in orders)
    for drug in ("venetoclax", "sorafenib", "midostaurin", "ivosidenib", "azacitidine"):
        assert drug in ordered


def test_every_situation_of_aml_is_on_the_ward_and_is_what_it_says(library: Library) -> None:
    snapshot = library.in_force("US", DAY)
    seen: Counter[str] = Counter()
    for patient in ward(30, 30, 20, 7):
        seen[patient.situation] += 1
        state = assess(to_patient(looked_at(bundle(patient))), snapshot).state
        expected = IN_SCOPE.get(patient.situation, "relapse")
        assert state is State(expected), patient.situation
    assert seen == Counter(dict.fromkeys(SITUATIONS, 3))


def test_the_same_seed_gives_the_same_ward() -> None:
    assert list(ward(50, 10, 20, 7)) == list(ward(50, 10, 20, 7))
    assert list(ward(50, 10, 20, 7)) != list(ward(50, 10, 20, 8))


def test_every_patient_has_as_many_orders_as_asked_for() -> None:
    for patient in ward(40, 20, 20, 7):
        assert sum(map(len, patient.baskets)) == 20


def test_the_command_prints_the_report() -> None:
    ran = CliRunner().invoke(app, ["burden", "--patients", "60", "--aml", "20"])
    assert ran.exit_code == 0
    assert "60 patients, 20 of them with AML; 1200 orders" in ran.stdout
    assert "without AML: 0.00 (0 in 800)" in ran.stdout


def test_more_patients_with_aml_than_patients_are_refused() -> None:
    ran = CliRunner().invoke(app, ["burden", "--patients", "5", "--aml", "6"])
    assert ran.exit_code == 2


def bundle(patient: WardPatient) -> dict[str, object]:
    entries = [{"resource": resource} for resource in patient.resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
