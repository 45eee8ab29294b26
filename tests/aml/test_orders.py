"""Orders on whole records: what is being given, and which facts an order is judged on."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Any

import pytest
from pydantic import ValidationError

from aml.assess import examine
from aml.facts import measurement
from aml.logic import Truth
from aml.order_criteria import target_excluded, target_open
from aml.order_entries import OrderEntry
from aml.ordering import Draft
from aml.orders import Judgement, judge
from aml.patient import Patient
from tests.aml.records import (
    aml,
    assessed,
    aza_ven,
    case_of,
    comorbidity,
    cr,
    gene,
    given,
    hct,
    library,
    marrow,
    measured,
    record,
    seven_plus_three,
)

ON = "2026-06-01"
TREATED = (aml("2024-01-10"), seven_plus_three("2024-01-12"), cr("2024-03-01"))
RELAPSED = (*TREATED, marrow("2026-05-20", 40))
FLT3 = gene("2026-05-21", "FLT3-ITD")


def judged(patient: Patient, *drugs: str, on: str = ON, place: str = "US") -> Judgement:
    drafts = [
        Draft(f"MedicationRequest/{drug}", frozenset({drug}), says=drug) for drug in drugs
    ]
    snapshot = library().in_force(place, date.fromisoformat(on))
    return judge(drafts, examine(patient, snapshot), snapshot)


def rules(patient: Patient, *drugs: str, **how: Any) -> list[str]:
    return [alert.entry.id for alert in judged(patient, *drugs, **how).alerts]


def test_a_current_target_lets_its_drug_pass() -> None:
    assert rules(record(RELAPSED, FLT3), "gilteritinib") == []


def test_a_target_from_before_the_relapse_is_not_known_now() -> None:
    found = judged(record(RELAPSED, gene("2024-01-09", "FLT3-ITD")), "gilteritinib")
    [alert] = found.alerts
    assert alert.entry.id == "flt3-inhibitor-untested"
    assert "FLT3-ITD found" in alert.because[0].says


def test_a_target_that_is_not_found_now_is_absent_whatever_was_found_before() -> None:
    results = (gene("2024-01-09", "FLT3-ITD"), gene("2026-05-21", "FLT3-ITD", False))
    [alert] = judged(record(RELAPSED, *results), "gilteritinib").alerts
    assert alert.entry.id == "flt3-inhibitor-without-target"
    assert [known.says for known in alert.because] == [
        "FLT3-ITD not found",
        "FLT3-TKD not tested in this event",
    ]


def test_after_hct_the_disease_that_was_treated_counts() -> None:
    treated = (aml("2025-01-10"), seven_plus_three("2025-01-12"), cr("2025-03-01"))
    after = (hct("2026-03-01"), gene("2026-05-01", "IDH2", False))
    found = record(*treated, gene("2025-01-10", "IDH2"), *after)
    assert rules(found, "enasidenib") == ["idh2-inhibitor-not-approved"]
    never = record(*treated, *after)
    assert "idh2-inhibitor-without-target" in rules(never, "enasidenib")


def test_a_tkd_found_in_the_disease_is_a_target_after_hct() -> None:
    treated = (aml("2025-01-10"), seven_plus_three("2025-01-12"), cr("2025-03-01"))
    results = (gene("2025-01-10", "FLT3-ITD", False), gene("2025-01-10", "FLT3-TKD"))
    found = record(*treated, *results, hct("2026-03-01"))
    assert rules(found, "gilteritinib") == ["flt3-inhibitor-not-approved"]


def test_nothing_is_said_without_aml() -> None:
    assert judged(record(), "venetoclax", "posaconazole", "gilteritinib").alerts == ()


@pytest.mark.parametrize(
    ("end", "interacts"),
    [("2026-06-01", True), ("2026-05-29", True), ("2026-05-28", False), ("2026-03-01", False)],
)
def test_an_inhibitor_interacts_until_three_days_after_its_end(
    end: str, interacts: bool
) -> None:
    azole = given("2026-02-01", "posaconazole", end=end)
    found = rules(record(RELAPSED, FLT3, azole), "gilteritinib")
    assert found == (["gilteritinib-with-strong-inhibitor"] if interacts else [])


def test_an_inhibitor_that_goes_on_interacts_however_long_ago_it_began() -> None:
    azole = given("2020-02-01", "posaconazole", ongoing=True)
    assert rules(record(RELAPSED, FLT3, azole), "gilteritinib") == [
        "gilteritinib-with-strong-inhibitor"
    ]


def test_a_dispensed_inhibitor_without_an_end_counts_for_its_day() -> None:
    azole = given("2026-02-01", "posaconazole")
    assert rules(record(RELAPSED, FLT3, azole), "gilteritinib") == []


def test_a_drug_of_a_line_that_is_over_is_no_second_drug_on_the_target() -> None:
    earlier = given("2024-01-20", "midostaurin", end="2024-06-01")
    assert rules(record(RELAPSED, FLT3, earlier), "gilteritinib") == []


def test_a_drug_that_is_recorded_as_going_on_is_one() -> None:
    beside = given("2026-05-22", "midostaurin", ongoing=True)
    assert rules(record(RELAPSED, FLT3, beside), "gilteritinib") == ["flt3-inhibitors-together"]


def test_the_drug_itself_written_anew_is_no_second_one() -> None:
    already = given("2026-05-22", "gilteritinib", ongoing=True)
    assert rules(record(RELAPSED, FLT3, already), "gilteritinib") == []


def test_an_order_that_the_record_holds_already_does_not_interact_with_itself() -> None:
    patient = record(RELAPSED, FLT3, given("2026-05-30", "posaconazole", ongoing=True))
    [course] = [c for c in patient.courses if "posaconazole" in c.drugs]
    snapshot = library().in_force("US", date.fromisoformat(ON))
    drugs = frozenset({"gilteritinib", "posaconazole"})
    draft = Draft(course.source.resource, frozenset({"gilteritinib"}), says="")
    assert judge([draft], examine(patient, snapshot), snapshot).alerts == ()
    both = Draft(course.source.resource, drugs, says="")
    assert judge([both], examine(patient, snapshot), snapshot).alerts != ()


def test_an_interaction_is_said_once_for_two_drafts() -> None:
    found = judged(record(RELAPSED), "venetoclax", "azacitidine", "rifampicin")
    about = {a.draft.says for a in found.alerts if a.entry.order == "order-interaction"}
    assert about == {"venetoclax"}


def test_an_interacting_drug_is_warned_of_where_its_partner_is_being_given() -> None:
    treated = record(aml("2026-05-10"), aza_ven("2026-05-12", ongoing=True))
    found = judged(treated, "rifampicin")
    [alert] = found.alerts
    assert (alert.entry.id, alert.about) == ("venetoclax-with-inducer", ("venetoclax",))


def test_venetoclax_is_not_alone_within_a_cycle_of_azacitidine() -> None:
    begun = given("2026-05-22", "azacitidine", end="2026-05-29")
    assert "venetoclax-alone" not in rules(record(RELAPSED, begun), "venetoclax")
    long_ago = given("2026-03-22", "azacitidine", end="2026-03-29")
    assert "venetoclax-alone" in rules(record(RELAPSED, long_ago), "venetoclax")


@pytest.mark.parametrize(
    ("day", "value", "speaks"),
    [("2026-05-30", 501, True), ("2026-05-30", 500, False), ("2026-04-20", 540, False)],
    ids=["too long", "at the limit", "too long ago"],
)
def test_the_latest_qtcf_counts_while_it_is_recent(day: str, value: int, speaks: bool) -> None:
    found = rules(record(RELAPSED, FLT3, measured(day, "qtcf_ms", value)), "gilteritinib")
    assert found == (["qtcf-above-500"] if speaks else [])


def test_two_values_of_one_day_on_both_sides_of_a_limit_settle_nothing() -> None:
    both = [measured("2026-05-30", "potassium_mmol_per_l", value) for value in (3.1, 3.9)]
    assert rules(record(RELAPSED, FLT3, *both), "gilteritinib") == []
    low = [measured("2026-05-30", "potassium_mmol_per_l", value) for value in (3.1, 3.2)]
    assert rules(record(RELAPSED, FLT3, *low), "gilteritinib") == [
        "qt-drug-with-low-electrolytes"
    ]


def test_veno_occlusive_disease_is_remembered_with_gemtuzumab() -> None:
    patient = record(RELAPSED, gene("2026-05-21", "CD33"), comorbidity("vod", active=False))
    assert rules(patient, "gemtuzumab-ozogamicin") == ["gemtuzumab-after-vod"]


def test_what_takes_the_place_of_a_draft_draws_no_alert_itself() -> None:
    results = (gene("2026-05-21", "FLT3-ITD", False), gene("2026-05-21", "NPM1"))
    found = judged(record(RELAPSED, *results), "gilteritinib")
    assert list(found.options.values()) == [("revumenib", "ziftomenib")]
    azole = given("2026-05-21", "posaconazole", ongoing=True)
    found = judged(record(RELAPSED, *results, azole), "gilteritinib")
    assert list(found.options.values()) == [()]


def test_an_order_that_fits_is_right() -> None:
    found = judged(record(RELAPSED, FLT3), "gilteritinib", "ondansetron")
    assert [draft.says for draft in found.right] == ["gilteritinib"]


def test_the_draft_and_its_facts_stand_in_the_alert_of_the_assessment() -> None:
    [alert] = judged(record(RELAPSED, gene("2026-05-21", "IDH1", False)), "ivosidenib").alerts
    shown = alert.as_alert(library().in_force("US", date.fromisoformat(ON)))
    assert (shown.code, shown.draft) == ("order-target-absent", "MedicationRequest/ivosidenib")
    assert shown.because.says == "IDH1 not found (2026-05-21)"
    assert shown.because.sources


POOL = [
    gene(day, alteration, found)
    for day in ("2026-05-21", "2025-01-01")
    for alteration in ("FLT3-ITD", "FLT3-TKD", "FLT3")
    for found in (True, False)
]


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_an_order_sees_flt3_as_the_assessment_does(size: int) -> None:
    means = {
        "mutated": (False, False),
        "wild-type": (True, False),
        "unknown": (False, True),
        "not-retested": (False, True),
    }
    for results in combinations(POOL, size):
        patient = record(*RELAPSED, *results)
        case = case_of(patient, ON)
        seen = [target_excluded(case, "FLT3"), target_open(case, "FLT3")]
        expected = means[assessed(patient, ON).targets["FLT3"]]
        assert tuple(verdict.truth is Truth.MET for verdict in seen) == expected, results


ENTRY: dict[str, Any] = {
    "id": "a",
    "row": "X3",
    "order": "order-interaction",
    "drafted": {"drugs": ["gilteritinib"]},
    "title": "t",
    "text": "t",
    "source": "A label",
    "due": "2027-05-24",
}


def test_an_entry_of_the_form_is_read() -> None:
    assert OrderEntry.model_validate(ENTRY).remedy.value == "none"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"critical": True, "order": "order-not-approved"}, "critical is for"),
        ({"critical": True, "check_label": True}, "critical is for"),
        ({"order": "order-target-absent"}, "is always critical"),
        ({"source": ""}, "String should have at least 1 character"),
        ({"source": "x", "remedy": "retest"}, "a retest needs its test"),
        ({"test": "molecular-testing"}, "a retest needs its test"),
        ({"drafted": {}}, "expected classes, drugs or procedures"),
        ({"drafted": {"procedures": ["tonsillectomy"]}}, "Input should be"),
        ({"title": "x" * 65}, "at most 64 characters"),
        ({"states": ["not-yet"]}, "Input should be"),
        ({"strength": "recommend"}, "Extra inputs"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        OrderEntry.model_validate(ENTRY | change)


def test_an_entry_that_rests_on_nothing_is_refused() -> None:
    body = {name: value for name, value in ENTRY.items() if name != "source"}
    with pytest.raises(ValidationError, match="expected evidence, updates, or the source"):
        OrderEntry.model_validate(body)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("magnesium_mmol_per_l", "0.57596", "magnesium 0.576 mmol/L"),
        ("bilirubin_x_uln", "2.1666666666667", "bilirubin 2.167 × ULN"),
        ("potassium_mmol_per_l", "3.1", "potassium 3.1 mmol/L"),
        ("qtcf_ms", "512", "QTcF 512 ms"),
    ],
)
def test_a_value_from_another_unit_is_said_with_few_digits(
    name: str, value: str, says: str
) -> None:
    assert measurement(measured(ON, name, value)).says == says
