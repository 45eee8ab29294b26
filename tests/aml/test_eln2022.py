"""The disease state from the whole record: scope, order of events, D1, D9, D19, section 2.3."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aml.eln2022 import is_adult
from aml.logic import Truth
from aml.patient import Patient, Tissue, Unread
from tests.aml.records import (
    aml,
    apl,
    assessed,
    aza_ven,
    blood,
    counts,
    course,
    cr,
    days_after,
    derivation,
    extramedullary,
    flow,
    given,
    hct,
    marrow,
    npm1,
    record,
    response,
    seven_plus_three,
    since,
    state,
    when,
)

CR_DAY = "2024-03-01"
START = (aml("2024-01-05"), seven_plus_three("2024-01-10"))
IN_CR = (*START, cr(CR_DAY))
TODAY = "2026-08-02"


def at_relapse(*entries: Any) -> str:
    return since(record(*IN_CR, *entries), TODAY)


def test_without_a_diagnosis_of_aml_blasts_are_no_aml() -> None:
    assert state(record(marrow("2026-07-01", 30)), TODAY) == "not-aml"


def test_apl_is_out_of_scope_also_beside_aml() -> None:
    assert state(record(apl("2024-01-05")), TODAY) == "apl"
    assert state(record(aml("2024-01-05"), apl("2024-01-09"), cr(CR_DAY)), TODAY) == "apl"
    assert state(record(apl("2020-01-05"), aml("2024-01-09")), TODAY) == "apl"


@pytest.mark.parametrize(
    ("born", "on", "found"),
    [
        ("2008-08-03", TODAY, "pediatric"),
        ("2008-08-02", TODAY, "untreated"),
        ("2008-08-01", TODAY, "untreated"),
        ("2008-08", TODAY, "untreated"),
        ("2009", TODAY, "pediatric"),
        ("2008", TODAY, "untreated"),
        ("2008-02-29", "2026-02-27", "pediatric"),
        ("2008-02-29", "2026-02-28", "untreated"),
        ("", TODAY, "untreated"),
    ],
)
def test_under_18_it_is_pediatric_until_the_birthday(born: str, on: str, found: str) -> None:
    assert state(record(aml("2026-01-05"), born=born), on) == found


@pytest.mark.parametrize(
    ("born", "truth"),
    [
        ("2008", Truth.UNKNOWN),
        ("2007", Truth.MET),
        ("2009", Truth.UNMET),
        ("", Truth.UNKNOWN),
        ("by 2007-12-31", Truth.MET),
        ("by 2010-12-31", Truth.UNKNOWN),
        ("2008-08-02", Truth.MET),
        ("2008-08-03", Truth.UNMET),
    ],
)
def test_an_imprecise_birth_leaves_adulthood_open(born: str, truth: Truth) -> None:
    assert is_adult(when(born), date(2026, 8, 2)) is truth


def test_who_may_have_turned_18_today_may_be_an_adult() -> None:
    assert is_adult(when("2008-08"), date(2026, 8, 1)) is Truth.UNKNOWN
    assert is_adult(when("2008-08"), date(2026, 7, 31)) is Truth.UNMET


def test_apl_comes_before_the_age() -> None:
    assert state(record(apl("2026-01-05"), born="2015-01-01"), TODAY) == "apl"


def test_aml_without_therapy_is_untreated_since_the_diagnosis() -> None:
    assert since(record(aml("2024-01-05"), aml("2024-02-01")), TODAY) == "untreated 2024-01-05"


def test_a_drug_that_does_not_treat_leukemia_leaves_it_untreated() -> None:
    patient = record(aml("2024-01-05"), given("2024-01-06", "hydroxycarbamide", "posaconazole"))
    assert state(patient, TODAY) == "untreated"


def test_a_normal_marrow_before_the_diagnosis_makes_no_relapse_of_it() -> None:
    before = (marrow("2020-03-01", 2), *counts("2020-03-01", 3, 250))
    patient = record(*before, aml("2024-01-05"), marrow("2024-01-05", 40))
    assert state(patient, "2024-01-10") == "untreated"


def test_nor_does_a_transplant_for_another_disease() -> None:
    patient = record(
        hct("2015-03-01", "autologous"), aml("2024-01-05"), marrow("2024-01-05", 40)
    )
    assert state(patient, "2024-01-10") == "untreated"


def test_therapy_without_remission_is_in_treatment_since_the_line_began() -> None:
    assert since(record(*START), "2024-02-15") == "in-treatment 2024-01-10"


@pytest.mark.parametrize("category", ["CR", "CRh", "CRi", "remission"])
def test_a_recorded_remission_is_remission(category: str) -> None:
    patient = record(*START, response(CR_DAY, category))
    assert since(patient, TODAY) == f"remission-mrd-unknown {CR_DAY}"


@pytest.mark.parametrize("category", ["MLFS", "PR", "NR"])
def test_a_lesser_response_is_none(category: str) -> None:
    assert state(record(*START, response(CR_DAY, category)), TODAY) == "in-treatment"


def test_relapse_cannot_be_declared_from_mlfs() -> None:
    patient = record(*START, response(CR_DAY, "MLFS"), marrow("2025-01-02", 30))
    assert state(patient, TODAY) == "in-treatment"


def test_marrow_and_counts_make_a_remission_that_nobody_recorded() -> None:
    patient = record(*START, marrow(CR_DAY, 2), *counts(CR_DAY, "0.6", 60))
    assert since(patient, TODAY) == f"remission-mrd-unknown {CR_DAY}"


def test_the_remission_is_dated_from_its_first_evidence() -> None:
    patient = record(*START, cr("2024-05-01"), response(CR_DAY, "CRi"), cr("2024-09-01"))
    assert since(patient, TODAY) == f"remission-mrd-unknown {CR_DAY}"


def test_a_transplant_is_remission_until_something_speaks_against_it() -> None:
    day_0 = "2024-06-01"
    transplanted = (*START, hct(day_0))
    assert since(record(*transplanted), TODAY) == f"remission-mrd-unknown {day_0}"
    persisting = record(*transplanted, marrow("2024-06-29", 12))
    assert state(persisting, TODAY) == "in-treatment"
    assert since(record(*transplanted, marrow("2024-08-01", 12)), TODAY) == "relapse 2024-08-01"


@pytest.mark.parametrize(
    "evidence",
    [
        marrow("2025-01-02", 5),
        marrow("2025-01-02", ">5"),
        marrow("2025-01-02", ">=5"),
        blood("2025-01-02", 35),
        blood("2025-01-02", 5),
        extramedullary("2025-01-02"),
        response("2025-01-02", "relapse"),
    ],
    ids=["marrow 5", "marrow >5", "marrow >=5", "blood 35", "blood 5", "skin", "recorded"],
)
def test_each_finding_after_a_remission_is_a_relapse(evidence: Any) -> None:
    assert at_relapse(evidence) == "relapse 2025-01-02"


@pytest.mark.parametrize("pct", ["<5", "4.9", "<=5", None])
def test_a_marrow_that_may_be_below_five_percent_is_none(pct: Any) -> None:
    assert at_relapse(marrow("2025-01-02", pct)) == f"remission-mrd-unknown {CR_DAY}"


def test_relapse_is_dated_by_the_first_qualifying_sample() -> None:
    samples = (marrow("2025-02-01", 60), blood("2025-01-09", 6), marrow("2025-01-20", 30))
    assert at_relapse(*samples) == "relapse 2025-01-09"


def test_two_blood_samples_a_week_apart_are_a_relapse_since_the_first() -> None:
    samples = [("2026-05-01", 2), ("2026-05-06", 1), ("2026-05-08", 2)]
    assert at_relapse(*(blood(day, pct) for day, pct in samples)) == "relapse 2026-05-01"


def test_a_pair_that_began_before_the_remission_is_none() -> None:
    patient = record(*START, blood("2024-02-28", 1), cr(CR_DAY), blood("2024-03-08", 1))
    assert since(patient, TODAY) == "relapse-suspected 2024-03-08"


@pytest.mark.parametrize("day", [CR_DAY, "2024-02-29"])
def test_a_sample_must_be_later_than_the_remission(day: str) -> None:
    found = state(record(*START, marrow("2024-02-01", 6), cr(CR_DAY), blood(day, 2)), TODAY)
    assert found == "remission-mrd-unknown"


@pytest.mark.parametrize(
    ("samples", "day"),
    [
        ([blood("2026-05-01", 2)], "2026-05-01"),
        ([blood("2026-05-01", 2), blood("2026-05-07", 1)], "2026-05-01"),
        ([blood("2026-05-01", 2), blood("2026-05-04", 0), blood("2026-05-09", 1)],
         "2026-05-09"),
        ([given("2026-05-01", "filgrastim", end="2026-05-05"), blood("2026-05-06", 35)],
         "2026-05-06"),
        ([given("2026-05-01", "filgrastim", end="2026-05-05"), marrow("2026-05-06", 8)],
         "2026-05-06"),
        ([marrow("2026-05-06", 8, regeneration=True)], "2026-05-06"),
    ],
    ids=["once", "six days", "cleared and new", "G-CSF blood", "G-CSF marrow", "regenerating"],
)  # fmt: skip
def test_less_is_only_suspected_since_the_first_sample(samples: list[Any], day: str) -> None:
    assert at_relapse(*samples) == f"relapse-suspected {day}"


@pytest.mark.parametrize(
    "answer",
    [blood("2026-05-04", 0), marrow("2026-05-04", 3), cr("2026-05-04")],
    ids=["blood", "marrow", "recorded"],
)
def test_suspicion_by_blood_is_cleared_by_what_comes_later(answer: Any) -> None:
    assert at_relapse(blood("2026-05-01", 2), answer) == f"remission-mrd-unknown {CR_DAY}"


def test_suspicion_by_marrow_is_not_cleared_by_blood() -> None:
    suspicion = marrow("2026-05-01", 8, regeneration=True)
    assert at_relapse(suspicion, blood("2026-05-09", 0)) == "relapse-suspected 2026-05-01"
    assert at_relapse(suspicion, marrow("2026-05-09", 3)) == f"remission-mrd-unknown {CR_DAY}"


@pytest.mark.parametrize("answer", [blood("2026-05-01", 0), blood("2026-05-04", "<1")])
def test_suspicion_is_not_cleared_by_the_same_day_or_an_unclear_sample(answer: Any) -> None:
    assert at_relapse(blood("2026-05-01", 2), answer) == "relapse-suspected 2026-05-01"


def test_suspicion_that_a_marrow_confirms_is_relapse_by_the_marrow() -> None:
    samples = (blood("2026-05-01", 2), marrow("2026-05-04", 20))
    assert at_relapse(*samples) == "relapse 2026-05-04"


def test_relapse_lasts_until_the_next_remission() -> None:
    relapse = marrow("2025-01-02", 30)
    assert at_relapse(relapse, marrow("2025-03-01", 4)) == "relapse 2025-01-02"
    assert at_relapse(relapse, response("2025-03-01", "PR")) == "relapse 2025-01-02"
    assert at_relapse(relapse, cr("2025-03-01")) == "remission-mrd-unknown 2025-03-01"


def test_refractory_disease_after_a_relapse_stays_the_relapse() -> None:
    refractory = response("2025-03-01", "refractory")
    assert at_relapse(marrow("2025-01-02", 30), refractory) == "relapse 2025-01-02"


def test_relapse_after_a_second_remission_counts_from_its_own_sample() -> None:
    second = (marrow("2025-01-02", 30), cr("2025-03-01"), marrow("2026-02-01", 20))
    patient = record(*IN_CR, *second)
    assert since(patient, TODAY) == "relapse 2026-02-01"
    lost = course(patient, TODAY).state.remission
    assert str(lost) == "2025-03-01"


@pytest.mark.parametrize(
    ("entries", "later"),
    [
        ((), False),
        ((marrow("2024-01-05", 60),), False),
        ((cr("2024-02-20"), marrow("2024-02-25", 30)), True),
        ((response("2024-02-20", "relapse"),), True),
        ((response("2024-02-20", "refractory"),), True),
        ((seven_plus_three("2023-10-01"), seven_plus_three("2023-11-10"),
          marrow("2023-12-20", 20)), True),
        ((seven_plus_three("2023-10-01"), marrow("2023-11-10", 20)), False),
        ((aza_ven("2023-01-10"), marrow("2023-08-01", 20)), True),
        ((aza_ven("2023-01-10"), marrow("2023-05-01", 20)), False),
        ((response("2024-03-01", "NR"),), False),
    ],
    ids=["none", "diagnosis", "relapse", "recorded relapse", "recorded refractory",
         "two courses", "one course", "landmark", "before the landmark", "same day"],
)  # fmt: skip
def test_a_remission_after_relapse_or_failure_is_a_later_one(
    entries: tuple[Any, ...], later: bool
) -> None:
    started = (aml("2022-12-01"), seven_plus_three("2024-01-20"), cr(CR_DAY))
    found = course(record(*started, *entries), "2024-04-01")
    assert found.earlier_event is later


def test_remission_and_relapse_on_one_day_contradict_each_other() -> None:
    answer = assessed(record(*START, cr(CR_DAY), marrow(CR_DAY, 30)), TODAY)
    assert answer.state.value == "indeterminate"
    assert "data-conflict" in [alert.code for alert in answer.alerts]


def test_what_comes_later_settles_the_contradiction() -> None:
    clash = (*START, cr(CR_DAY), marrow(CR_DAY, 30))
    assert state(record(*clash, cr("2024-04-01")), TODAY) == "remission-mrd-unknown"
    assert since(record(*clash, marrow("2024-04-01", 40)), TODAY) == "relapse 2024-04-01"


def test_opposite_marrows_of_one_day_settle_no_relapse() -> None:
    patient = record(*IN_CR, marrow("2025-01-02", 3), marrow("2025-01-02", 30))
    answer = assessed(patient, TODAY)
    assert answer.state.value == "indeterminate"
    assert "data-conflict" in [alert.code for alert in answer.alerts]


def test_a_later_marrow_settles_them() -> None:
    opposite = (*IN_CR, marrow("2025-01-02", 3), marrow("2025-01-02", 30))
    assert since(record(*opposite, marrow("2025-01-09", 30)), TODAY) == "relapse 2025-01-09"
    cleared = record(*opposite, marrow("2025-01-09", 2))
    assert since(cleared, TODAY) == f"remission-mrd-unknown {CR_DAY}"


def test_different_materials_of_one_day_are_not_opposite() -> None:
    samples = (blood("2025-01-02", 0), marrow("2025-01-02", 30))
    assert at_relapse(*samples) == "relapse 2025-01-02"


def test_opposite_marrows_at_diagnosis_leave_it_untreated() -> None:
    day = "2024-01-05"
    answer = assessed(record(aml(day), marrow(day, 3), marrow(day, 25)), "2024-01-10")
    assert answer.state.value == "untreated"
    assert "data-conflict" in [alert.code for alert in answer.alerts]


@pytest.mark.parametrize(
    ("remission", "sample", "found"),
    [
        ("2024-06", "2024-06-15", "indeterminate"),
        ("2024-06", "2024-07-01", "relapse"),
        ("2024-06", "2024-06-01", "remission-mrd-unknown"),
        ("2024", "2024-12-31", "indeterminate"),
        ("2024", "2025-01-01", "relapse"),
        ("2024-06-10", "2024-06", "indeterminate"),
        ("2024-06-10", "2024-07", "relapse"),
        ("by 2024-06-10", "2024-06-11", "relapse"),
        ("by 2024-06-10", "2024-06-01", "indeterminate"),
        ("", "2024-06-11", "indeterminate"),
        ("2024-06-10", "", "indeterminate"),
    ],
)
def test_imprecise_dates_that_straddle_leave_the_order_open(
    remission: str, sample: str, found: str
) -> None:
    patient = record(*START, cr(remission), marrow(sample, 30))
    assert state(patient, TODAY) == found


def test_an_undated_remission_says_nothing_beside_a_dated_one() -> None:
    assert at_relapse(cr(""), marrow("2025-01-02", 30)) == "relapse 2025-01-02"


def test_a_relapse_on_record_needs_no_recorded_remission() -> None:
    patient = record(*START, response("2025-01-02", "relapse"))
    assert since(patient, TODAY) == "relapse 2025-01-02"
    assert course(patient, TODAY).state.remission is None


def test_an_undated_relapse_is_a_relapse_of_unknown_day() -> None:
    assert since(record(*START, response("", "relapse")), TODAY) == "relapse date not recorded"


def test_what_is_dated_after_the_day_is_ignored() -> None:
    patient = record(*IN_CR, marrow("2025-01-02", 30), cr("2025-06-01"))
    assert state(patient, "2025-01-01") == "remission-mrd-unknown"
    assert state(patient, "2025-01-02") == "relapse"
    assert since(patient, "2025-06-01") == "remission-mrd-unknown 2025-06-01"
    assert state(patient, "2024-01-04") == "not-aml"


@pytest.mark.parametrize(
    ("evidence", "blood_only"),
    [
        ((blood("2025-01-02", 35),), True),
        ((blood("2025-01-02", 2), blood("2025-01-09", 2)), True),
        ((blood("2025-01-02", 35), marrow("2025-01-05", 40)), False),
        ((marrow("2025-01-02", 35),), False),
        ((blood("2025-01-02", 35), response("2025-01-05", "relapse")), False),
        ((marrow("2024-06-01", 30), cr("2024-08-01"), blood("2025-01-02", 35)), True),
    ],
)
def test_relapse_in_blood_alone_is_told_apart(
    evidence: tuple[Any, ...], blood_only: bool
) -> None:
    assert course(record(*IN_CR, *evidence), TODAY).blood_only is blood_only


@pytest.mark.parametrize("query", ["observations", "reports", "bundle"])
def test_remission_is_open_while_results_are_unread(query: str) -> None:
    unread = Unread(query, "timeout")
    assert state(record(*IN_CR, unread), TODAY) == "indeterminate"
    assert state(record(*START, unread), TODAY) == "indeterminate"
    assert state(record(START[0], unread), TODAY) == "indeterminate"
    assert state(record(*IN_CR, marrow("2025-01-02", 30), unread), TODAY) == "relapse"


@pytest.mark.parametrize(
    "query",
    ["requests", "administrations", "statements", "careplans", "procedures", "bundle"],
)
def test_untreated_is_open_while_therapy_is_unread(query: str) -> None:
    assert state(record(aml("2024-01-05"), Unread(query, "timeout")), TODAY) == "indeterminate"


def test_a_part_that_tells_nothing_of_the_state_may_be_unread() -> None:
    unread = Unread("specimens", "timeout")
    assert state(record(*IN_CR, unread), TODAY) == "remission-mrd-unknown"
    assert state(record(aml("2024-01-05"), unread), TODAY) == "untreated"


@pytest.mark.parametrize(
    ("result", "found"),
    [
        (npm1("2024-06-01", 0), "remission-mrd-negative"),
        (npm1("2024-06-01", 12), "remission-mrd-positive"),
        (flow("2024-06-01", False), "remission-mrd-negative"),
        (flow("2024-06-01", True), "remission-mrd-positive"),
        (npm1("2024-02-28", 0), "remission-mrd-unknown"),
        (npm1(CR_DAY, 0), "remission-mrd-negative"),
    ],
)
def test_the_latest_mrd_of_the_remission_names_it(result: Any, found: str) -> None:
    assert state(record(*IN_CR, result), TODAY) == found


def test_mrd_relapse_is_suspected_by_one_sample_and_confirmed_by_the_next() -> None:
    negative, signal = npm1("2025-01-10", 0), npm1("2025-05-10", 40)
    assert at_relapse(negative, signal) == "mrd-relapse-suspected 2025-05-10"
    confirmed = at_relapse(negative, signal, npm1("2025-06-01", 60))
    assert confirmed == "mrd-relapse 2025-05-10"
    not_confirmed = at_relapse(negative, signal, npm1("2025-06-01", 0))
    assert not_confirmed == f"remission-mrd-negative {CR_DAY}"


def test_overt_relapse_and_its_suspicion_come_before_mrd() -> None:
    signals = (npm1("2025-01-10", 0), npm1("2025-05-10", 40), npm1("2025-06-01", 60))
    assert at_relapse(*signals, marrow("2025-06-05", 30)) == "relapse 2025-06-05"
    assert at_relapse(*signals, blood("2025-06-05", 1)) == "relapse-suspected 2025-06-05"


def test_marrow_and_blood_of_one_day_do_not_confirm_each_other() -> None:
    results = (
        *(npm1("2025-01-10", 0, tissue=t) for t in (Tissue.MARROW, Tissue.BLOOD)),
        *(npm1("2025-05-10", 400, tissue=t) for t in (Tissue.MARROW, Tissue.BLOOD)),
    )
    assert at_relapse(*results) == "mrd-relapse-suspected 2025-05-10"


def test_the_state_names_the_facts_it_rests_on() -> None:
    patient = record(*IN_CR, marrow("2025-01-02", 46))
    because = course(patient, TODAY).state.because
    assert [k.says for k in because] == ["marrow blasts 46 %", "CR recorded"]
    assert [k.sources for k in because] == [("Entry/4",), ("Entry/3",)]


def test_an_undated_course_does_no_harm() -> None:
    for drugs in (("cytarabine", "daunorubicin"), ("azacitidine",), ("cytarabine",)):
        undated = given("", *drugs)
        assert state(record(aml("2024-01-05"), undated), TODAY) == "in-treatment"
        in_cr = record(aml("2024-01-05"), undated, cr(CR_DAY), npm1("2025-01-10", 300))
        assert assessed(in_cr, TODAY).state.value.startswith(("remission", "mrd"))


def test_the_same_entries_in_another_order_give_the_same_course() -> None:
    entries = (*IN_CR, blood("2025-01-02", 6), marrow("2025-01-05", 40), npm1("2024-06-01", 3))
    assert _says(record(*entries)) == _says(record(*entries))
    patient = record(*entries)
    turned = Patient(
        patient.reference,
        patient.birth,
        diagnoses=patient.diagnoses[::-1],
        blasts=patient.blasts[::-1],
        responses=patient.responses[::-1],
        courses=patient.courses[::-1],
        mrd=patient.mrd[::-1],
    )
    assert _says(turned) == _says(patient)


def _says(patient: Patient) -> str:
    return repr(course(patient, TODAY))


def test_the_diagnosis_is_the_earliest_with_a_day() -> None:
    patient = record(aml("by 2026-01-01"), aml("2024-01-05"), aml("2024-02-05"))
    assert str(derivation(patient, TODAY).diagnosed) == "2024-01-05"
    assert days_after("2024-01-05", 0) == "2024-01-05"
