"""Words of the rules: what a record leaves open, and the facts that each one shows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aml.criteria import (
    donor_identified,
    failed_in_this_event,
    holds,
    transplant_ineligible_on_record,
    truth_of,
    within_monitoring_window,
)
from aml.derivation import met_on
from aml.logic import Known, Truth, Unknown, Why
from aml.patient import Topic
from tests.aml.cases import case, fact
from tests.aml.records import aml, case_of, library, record, said, when

TODAY = date(2026, 8, 2)
PLACE = library().in_force("US", TODAY)


@pytest.mark.parametrize(
    ("therapy_end", "truth"),
    [
        (None, Truth.UNMET),
        ("2026-07-02", Truth.MET),
        ("2020-01-01", Truth.UNMET),
    ],
)
def test_a_window_is_open_for_some_months_after_a_day_on_record(
    therapy_end: str | None, truth: Truth
) -> None:
    given_end = when(therapy_end) if therapy_end else None
    verdict = within_monitoring_window(case(PLACE, "remission-mrd-negative",
                                            therapy_end=given_end))  # fmt: skip
    assert verdict.truth is truth
    assert [f.name for f in verdict.because] == ["therapy"]
    assert not verdict.missing


def test_a_window_from_a_day_that_is_not_precise_may_be_open() -> None:
    verdict = within_monitoring_window(case(PLACE, "remission-mrd-negative",
                                            therapy_end=when("by 2026-07-02")))  # fmt: skip
    assert verdict.truth is Truth.UNKNOWN
    assert verdict.missing == (Unknown("therapy-date", Why.IMPRECISE),)


def test_what_is_asked_of_a_donor_shows_what_is_on_record() -> None:
    identified = donor_identified(case(PLACE, donor="identified"))
    assert (identified.truth, identified.because) == (Truth.MET, (fact("donor", "identified"),))
    searching = donor_identified(case(PLACE, donor="searching"))
    assert (searching.truth, searching.because) == (Truth.UNMET, (fact("donor", "searching"),))
    silent = donor_identified(case(PLACE))
    assert (silent.truth, silent.because, silent.missing) == (Truth.UNMET, (), ())


def test_what_is_asked_of_eligibility_shows_what_is_on_record() -> None:
    def asked(**facts: Any) -> tuple[Truth, list[Any]]:
        verdict = transplant_ineligible_on_record(case(PLACE, **facts))
        return verdict.truth, [known.value for known in verdict.because]

    assert asked(transplant_eligibility="ineligible") == (Truth.MET, ["ineligible"])
    assert asked(transplant_eligibility="eligible") == (Truth.UNMET, ["eligible"])
    assert asked() == (Truth.UNMET, [])


def test_a_drug_that_failed_is_named_and_one_that_did_not_is_not() -> None:
    failed = failed_in_this_event(
        case(PLACE, failed=frozenset({"gilteritinib"})), "gilteritinib"
    )
    assert [known.says for known in failed.because] == [
        "gilteritinib given in this event without lasting remission"
    ]
    assert [f.says for f in failed_in_this_event(case(PLACE), "gilteritinib").because] == [""]


@pytest.mark.parametrize(
    ("answer", "truth"), [("yes", Truth.MET), ("no", Truth.UNMET), ("", Truth.UNMET)]
)
def test_pregnancy_counts_where_somebody_recorded_it(answer: str, truth: Truth) -> None:
    entries = [said("2026-07-01", Topic.PREGNANCY, answer)] if answer else []
    patient = record(aml("2026-01-05"), *entries)
    assert case_of(patient, "2026-08-02").pregnant.check(bool).truth is truth


def test_facts_are_put_together_with_their_days() -> None:
    dated = Known("a", True, "A found", date(2026, 1, 2), ("Observation/a",))
    undated = Known("b", True, "B found", sources=("Observation/b",))
    known = met_on("both", [dated, undated])
    assert known.says == "A found (2026-01-02); B found"


CLAUSES: dict[str, tuple[Any, Truth]] = {
    "a word": ("pregnant", Truth.MET),
    "not": ({"not": "pregnant"}, Truth.UNMET),
    "any, none met": ({"any": [{"not": "pregnant"}, {"not": "pregnant"}]}, Truth.UNMET),
    "any, one open": ({"any": [{"not": "pregnant"}, "comfort-goals"]}, Truth.UNKNOWN),
    "any, one met": ({"any": ["comfort-goals", "pregnant"]}, Truth.MET),
    "all, one open": ({"all": ["comfort-goals", "pregnant"]}, Truth.UNKNOWN),
    "all, one unmet": ({"all": ["comfort-goals", {"not": "pregnant"}]}, Truth.UNMET),
    "all met": ({"all": ["pregnant", "pregnant"]}, Truth.MET),
    "with drugs": ({"failed-in-this-event": ["gilteritinib"]}, Truth.UNMET),
}


@pytest.mark.parametrize("name", CLAUSES)
def test_a_clause_holds_with_reasons_as_without_them(name: str) -> None:
    clause, truth = CLAUSES[name]
    asked = case(PLACE, pregnant=True)
    assert truth_of(clause, asked) is truth
    assert holds(clause, asked).truth is truth


@pytest.mark.parametrize("clause", [3, ["pregnant"], {}, {"all": [], "any": []}])
def test_what_is_no_clause_is_refused(clause: Any) -> None:
    with pytest.raises(TypeError, match="not a clause"):
        truth_of(clause, case(PLACE))
