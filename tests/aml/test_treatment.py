"""Cycles, lines, and when a drug has ended: sections 2.2 and 2.6, D14, D16."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aml.exposure import last_line_start
from aml.logic import Known
from aml.patient import Course, Unread
from aml.treatment import Therapy, hma_with_venetoclax
from tests.aml.records import (
    aml,
    assessed,
    aza_ven,
    blood,
    case_of,
    cr,
    days_after,
    derivation,
    gene,
    given,
    hct,
    library,
    marrow,
    record,
    response,
    seven_plus_three,
)

DAY, ON = "2026-01-10", "2026-08-02"
PHARMACY = library().pharmacy


def therapy(*entries: Any) -> Therapy:
    return Therapy(record(*entries), PHARMACY)


def cycle_days(*courses: Course) -> list[str]:
    return [str(c.start) for c in therapy(*courses).cycles]


def line_days(*entries: Any, breaks: tuple[str, ...] = ()) -> list[str]:
    events = [date.fromisoformat(day) for day in breaks]
    return [str(line.start) for line in therapy(*entries).lines_around(events)]


def intensity(*drugs: str, regimen: str = "") -> str:
    [cycle] = therapy(given(DAY, *drugs, regimen=regimen)).cycles
    return cycle.intensity.value


@pytest.mark.parametrize(("apart", "number"), [(0, 1), (13, 1), (14, 2), (28, 2)])
def test_drugs_begun_within_two_weeks_are_one_cycle(apart: int, number: int) -> None:
    second = given(days_after(DAY, apart), "midostaurin")
    assert len(cycle_days(seven_plus_three(DAY), second)) == number


def test_the_two_weeks_count_from_the_first_day_of_the_cycle() -> None:
    days = [given(days_after(DAY, n), "azacitidine") for n in (0, 7, 13, 20)]
    assert cycle_days(*days) == [DAY, days_after(DAY, 20)]


def test_each_cycle_gathers_its_own_drugs() -> None:
    courses = (given(DAY, "azacitidine"), given("2026-03-01", "cytarabine"),
               given("2026-03-03", "daunorubicin"))  # fmt: skip
    found = therapy(*courses).cycles
    assert [sorted(c.drugs) for c in found] == [["azacitidine"], ["cytarabine", "daunorubicin"]]
    assert [c.intensity.value for c in found] == ["nonintensive", "intensive"]


def test_drugs_that_do_not_treat_the_leukemia_are_no_cycle() -> None:
    assert cycle_days(given(DAY, "hydroxycarbamide", "filgrastim", "busulfan")) == []


@pytest.mark.parametrize(
    ("drugs", "regimen", "found"),
    [
        (("cytarabine", "daunorubicin"), "", "intensive"),
        (("cytarabine", "fludarabine"), "", "intensive"),
        (("cytarabine", "etoposide"), "", "intensive"),
        (("cpx-351",), "", "intensive"),
        (("cytarabine",), "hidac", "intensive"),
        (("cytarabine",), "idac", "intensive"),
        (("cytarabine",), "ldac", "nonintensive"),
        (("cytarabine",), "", "unknown"),
        (("daunorubicin",), "", "unknown"),
        (("azacitidine",), "", "nonintensive"),
        (("decitabine", "venetoclax"), "", "nonintensive"),
        (("cytarabine", "venetoclax"), "ldac-ven", "nonintensive"),
        (("fludarabine", "cytarabine", "idarubicin", "venetoclax"), "flag-ida-ven",
         "intensive"),
        (("gilteritinib",), "", "targeted"),
        (("gemtuzumab-ozogamicin",), "", "targeted"),
        (("ivosidenib", "azacitidine"), "", "nonintensive"),
        (("cytarabine", "daunorubicin", "midostaurin"), "", "intensive"),
    ],
)  # fmt: skip
def test_the_intensity_follows_from_the_regimen_or_the_drugs(
    drugs: tuple[str, ...], regimen: str, found: str
) -> None:
    assert intensity(*drugs, regimen=regimen) == found


def test_induction_and_consolidation_are_one_line() -> None:
    consolidation = given("2026-03-10", "cytarabine", regimen="idac")
    assert line_days(seven_plus_three(DAY), consolidation) == [DAY]
    midostaurin = (given(DAY, "midostaurin"), given("2026-02-10", "midostaurin"))
    assert line_days(seven_plus_three(DAY), *midostaurin, consolidation) == [DAY]


def test_cycles_that_share_a_drug_are_one_line() -> None:
    cycles_ = [aza_ven(days_after(DAY, 28 * n)) for n in range(4)]
    assert line_days(*cycles_) == [DAY]
    assert line_days(aza_ven(DAY), given("2026-03-10", "azacitidine")) == [DAY]
    changing = (
        given(DAY, "azacitidine"),
        aza_ven("2026-02-07"),
        given("2026-03-10", "venetoclax"),
    )
    assert line_days(*changing) == [DAY]


def test_a_cycle_that_shares_none_begins_a_line() -> None:
    assert line_days(aza_ven(DAY), given("2026-05-01", "ivosidenib")) == [DAY, "2026-05-01"]
    assert line_days(seven_plus_three(DAY), aza_ven("2026-05-01")) == [DAY, "2026-05-01"]
    again = (aza_ven(DAY), given("2026-05-01", "ivosidenib"), aza_ven("2026-06-01"))
    assert line_days(*again) == [DAY, "2026-05-01", "2026-06-01"]


def test_an_event_between_begins_a_line() -> None:
    same = (aza_ven(DAY), aza_ven("2026-05-01"))
    assert line_days(*same, breaks=("2026-04-01",)) == [DAY, "2026-05-01"]
    assert line_days(*same, breaks=("2026-05-01",)) == [DAY]
    assert line_days(*same, breaks=(DAY,)) == [DAY, "2026-05-01"]
    assert line_days(*same, breaks=("2026-06-01",)) == [DAY]


@pytest.mark.parametrize(
    ("kind", "number"), [("allogeneic", 2), ("autologous", 2), ("type not stated", 1)]
)
def test_a_transplant_between_begins_a_line(kind: str, number: int) -> None:
    found = line_days(seven_plus_three(DAY), hct("2026-04-01", kind),
                      seven_plus_three("2026-05-01"))  # fmt: skip
    assert len(found) == number


HMAS = ["azacitidine", "oral-azacitidine", "decitabine", "decitabine-cedazuridine"]


def together(*courses: Course) -> bool:
    return hma_with_venetoclax(therapy(*courses).lines[-1], PHARMACY)


@pytest.mark.parametrize("hma", HMAS)
@pytest.mark.parametrize(
    ("apart", "both"),
    [(0, True), (13, True), (14, True), (28, True), (29, False), (-28, True), (-29, False)],
)
def test_an_hma_and_venetoclax_belong_together_if_begun_within_28_days(
    hma: str, apart: int, both: bool
) -> None:
    start = "2026-03-01"
    courses = (given(start, hma, end=days_after(start, 6)),
               given(days_after(start, apart), "venetoclax",
                     end=days_after(start, apart + 20)))  # fmt: skip
    assert together(*courses) is both


def test_venetoclax_added_to_a_long_course_of_an_hma_belongs_to_it() -> None:
    long = given(DAY, "azacitidine", end="2026-06-30")
    assert together(long, given("2026-04-01", "venetoclax"))
    assert together(long, given("2026-06-30", "venetoclax"))
    assert not together(long, given("2026-07-29", "venetoclax"))
    ongoing = given(DAY, "azacitidine", ongoing=True)
    assert together(ongoing, given("2026-06-01", "venetoclax"))
    assert not together(given(DAY, "azacitidine"), given("2026-06-01", "venetoclax"))


def test_without_a_day_they_belong_together_only_where_one_entry_names_both() -> None:
    assert together(aza_ven(""))
    assert not together(given("", "azacitidine"), given("", "venetoclax"))
    assert not together(given("", "azacitidine", ongoing=True), given(DAY, "venetoclax"))


def test_each_cycle_of_the_hma_counts() -> None:
    cycles_ = [given(days_after(DAY, 28 * n), "azacitidine", end=days_after(DAY, 28 * n + 6))
               for n in range(4)]  # fmt: skip
    assert together(*cycles_, given(days_after(DAY, 28 * 4), "venetoclax"))
    assert not together(*cycles_, given(days_after(DAY, 28 * 4 + 1), "venetoclax"))


def test_venetoclax_with_low_dose_cytarabine_is_no_hma_with_venetoclax() -> None:
    assert not together(given(DAY, "cytarabine", "venetoclax", regimen="ldac-ven"))
    assert not together(given(DAY, "venetoclax"))
    assert not together(given(DAY, "azacitidine"))


def test_intensive_therapy_with_venetoclax_is_none_either() -> None:
    drugs = ("fludarabine", "cytarabine", "idarubicin", "venetoclax")
    assert not together(given(DAY, *drugs, regimen="flag-ida-ven"))


def end_of(course: Course, *others: Any) -> str:
    found = therapy(course, *others).ended(course, date.fromisoformat(ON))
    return str(found) if found else "goes on"


def test_a_recorded_end_in_the_past_is_the_end() -> None:
    assert end_of(given(DAY, "gilteritinib", end="2026-08-01")) == "2026-08-01"
    assert end_of(given(DAY, "gilteritinib", end=ON)) == "goes on"
    assert end_of(given(DAY, "gilteritinib", end="2026-09-01")) == "goes on"


def test_an_open_end_runs_until_the_next_line_without_the_drug_or_a_transplant() -> None:
    drug = given(DAY, "gilteritinib")
    assert end_of(drug) == "goes on"
    assert end_of(drug, aza_ven("2026-04-01")) == "2026-04-01"
    assert end_of(drug, given("2026-04-01", "gilteritinib", "azacitidine")) == "goes on"
    assert end_of(drug, given(days_after(DAY, 13), "azacitidine")) == "goes on"
    two_weeks = days_after(DAY, 14)
    assert end_of(drug, given(two_weeks, "azacitidine")) == two_weeks
    assert end_of(drug, given("2025-11-01", "azacitidine")) == "goes on"
    assert end_of(drug, hct("2026-05-01")) == "2026-05-01"
    assert end_of(drug, hct("2025-05-01")) == "goes on"
    assert end_of(drug, given("2026-04-01", "posaconazole")) == "goes on"
    assert end_of(drug, aza_ven("2026-06-01"), hct("2026-05-01")) == "2026-05-01"


def test_a_drug_is_being_given_if_begun_since_the_day_and_not_ended() -> None:
    def now(drug: str, *courses: Course, since: str = DAY) -> bool:
        days = (date.fromisoformat(ON), date.fromisoformat(since))
        return therapy(*courses).being_given(drug, *days) is not None

    assert now("gilteritinib", given(DAY, "gilteritinib"))
    assert not now("gilteritinib", given(DAY, "gilteritinib"), since="2026-01-11")
    assert not now("gilteritinib", given(DAY, "gilteritinib", end="2026-05-01"))
    assert not now("gilteritinib", given(DAY, "midostaurin"))


def test_of_two_courses_of_a_drug_the_later_is_the_one_being_given() -> None:
    courses = (given("2026-02-10", "gilteritinib"), given(DAY, "gilteritinib"))
    day = date.fromisoformat(ON)
    found = therapy(*courses).being_given("gilteritinib", day, date.min)
    assert found is not None
    assert str(found.start) == "2026-02-10"


CR, RELAPSE = "2026-03-01", "2026-07-01"
IN_CR = (aml("2026-01-05"), cr(CR))
RELAPSED = (*IN_CR, marrow(RELAPSE, 40))


def after_hma_ven(*entries: Any) -> bool:
    return "after-hma-venetoclax" in assessed(record(*entries), ON).facets


def test_relapse_after_hma_with_venetoclax_as_the_last_line_is_its_failure() -> None:
    assert after_hma_ven(*RELAPSED, aza_ven(DAY))
    assert after_hma_ven(*RELAPSED, aza_ven(DAY, end="2026-04-01"))
    assert after_hma_ven(*IN_CR, blood(RELAPSE, 35), aza_ven(DAY, end="2026-04-01"))
    assert not after_hma_ven(*RELAPSED, seven_plus_three(DAY))


def test_an_earlier_line_of_hma_with_venetoclax_is_exposure_only() -> None:
    later = seven_plus_three("2026-02-10")
    case = case_of(record(*RELAPSED, aza_ven(DAY), later), ON)
    assert case.after_hma_venetoclax.check(bool).truth.value == "unmet"
    assert case.venetoclax_ever.check(bool).truth.value == "met"
    assert after_hma_ven(*RELAPSED, seven_plus_three(DAY), aza_ven("2026-04-01"))


def test_what_is_given_after_the_relapse_is_not_the_last_line_before_it() -> None:
    assert not after_hma_ven(*RELAPSED, seven_plus_three(DAY), aza_ven("2026-07-10"))
    assert after_hma_ven(*RELAPSED, aza_ven(DAY), given("2026-07-10", "enasidenib"))


def test_a_line_begun_on_the_day_of_the_relapse_treats_it() -> None:
    assert not after_hma_ven(*RELAPSED, seven_plus_three(DAY), aza_ven(RELAPSE))
    assert after_hma_ven(*RELAPSED, seven_plus_three(DAY), aza_ven("2026-06-30"))
    assert after_hma_ven(*RELAPSED, aza_ven(DAY), aza_ven(RELAPSE))
    assert after_hma_ven(*RELAPSED, aza_ven(DAY), given(RELAPSE, "enasidenib"))


@pytest.mark.parametrize(
    "transplants",
    [
        (hct("2026-04-01", "autologous"),),
        (hct("2025-12-01"),),
        (hct("2026-07-10"), marrow("2026-07-20", 30)),
    ],
    ids=["autologous", "before the line", "after the relapse"],
)
def test_no_other_transplant_does(transplants: tuple[Any, ...]) -> None:
    assert after_hma_ven(aml("2025-01-05"), *RELAPSED[1:], aza_ven(DAY), *transplants)


def test_a_transplant_between_makes_the_graft_the_last_therapy() -> None:
    assert not after_hma_ven(*RELAPSED, aza_ven(DAY), hct("2026-04-01"))


def test_the_landmark_under_hma_with_venetoclax_is_its_failure_too() -> None:
    refractory = (aml("2026-01-01"), aza_ven("2026-01-02"), marrow("2026-07-10", 30))
    assert after_hma_ven(*refractory)


def test_only_relapse_and_refractory_disease_are_failure() -> None:
    assert not after_hma_ven(*IN_CR, aza_ven(DAY))


def test_a_remission_on_hma_with_venetoclax_is_told() -> None:
    def by(*entries: Any) -> str:
        case = case_of(record(*IN_CR, *entries), ON)
        return case.remission_by_hma_venetoclax.check(bool).truth.value

    assert by(aza_ven(DAY)) == "met"
    assert by(seven_plus_three(DAY)) == "unmet"
    assert by(seven_plus_three(DAY), aza_ven("2026-04-01")) == "unmet"
    assert by(seven_plus_three(DAY), aza_ven("2026-02-10")) == "met"
    assert by(aza_ven(DAY), seven_plus_three("2026-02-10")) == "unmet"
    assert by() == "unmet"
    assert by(aza_ven(DAY), marrow(RELAPSE, 40)) == "unmet"


@pytest.mark.parametrize(
    ("entries", "end"),
    [
        ((), None),
        ((given(DAY, "gilteritinib", end="2026-05-01"),), "2026-05-01"),
        ((given(DAY, "gilteritinib", end="2026-05"),), "2026-05-31"),
        ((given(DAY, "gilteritinib"),), DAY),
        ((given(DAY, "gilteritinib", ongoing=True),), ON),
        ((given(DAY, "gilteritinib"), aza_ven("2026-05-01", end="2026-05-07")), "2026-05-07"),
        ((hct("2026-04-01"), given(DAY, "gilteritinib", end="2026-03-20")), "2026-04-01"),
        ((hct("2026-04-01"), given("2026-05-01", "sorafenib", ongoing=True)), ON),
        ((hct("2026-04-01", "autologous"), seven_plus_three(DAY)), "2026-04-01"),
        ((given("", "gilteritinib"),), None),
        ((hct(""), given(DAY, "gilteritinib", end="2026-05-01")), "2026-05-01"),
        ((given(DAY, "posaconazole", end="2026-05-01"),), None),
    ],
)
def test_therapy_ends_with_the_last_drug_or_transplant(
    entries: tuple[Any, ...], end: str | None
) -> None:
    found = case_of(record(*IN_CR, *entries), ON).therapy_end
    assert (None if found is None else str(found)) == end


def test_drugs_against_the_leukemia_begun_in_the_event_are_being_given() -> None:
    def now(*entries: Any) -> set[str]:
        return set(case_of(record(*RELAPSED, *entries), ON).given)

    assert now(given("2026-07-05", "gilteritinib")) == {"gilteritinib"}
    assert now(given(RELAPSE, "gilteritinib", "posaconazole")) == {"gilteritinib"}
    assert now(given("2026-06-30", "gilteritinib")) == set()
    assert now(given("2026-07-05", "gilteritinib", end="2026-07-20")) == set()


def test_a_targeted_drug_of_the_event_that_is_no_longer_given_has_failed() -> None:
    def failed(*entries: Any) -> frozenset[str]:
        return case_of(record(*RELAPSED, *entries), ON).failed

    stopped = given("2026-07-05", "gilteritinib", end="2026-07-20")
    assert failed(stopped) == {"gilteritinib"}
    assert failed(given("2026-07-05", "gilteritinib")) == frozenset()
    assert failed(given("2026-06-30", "gilteritinib", end="2026-07-20")) == frozenset()
    assert failed(given("2026-07-05", "azacitidine", end="2026-07-20")) == frozenset()
    assert failed(stopped, cr("2026-08-01")) == frozenset()
    assert failed(given(RELAPSE, "gilteritinib", end="2026-07-20")) == {"gilteritinib"}


@pytest.mark.parametrize(
    ("course", "current", "strength"),
    [
        (given("2026-07-20", "gilteritinib", ongoing=True), True, "recommend"),
        (given("2026-07-03", "gilteritinib", end="2026-07-20"), False, "consider"),
    ],
)
def test_a_drug_of_this_event_is_shown_as_given_or_as_failed(
    course: Course, current: bool, strength: str
) -> None:
    patient = record(*RELAPSED, course, gene("2026-07-25", "FLT3-ITD"))
    [found] = [r for r in assessed(patient, ON).recommendations if r.code == "gilteritinib"]
    assert (found.options[0].current, found.strength.value) == (current, strength)


def test_an_order_counts_as_given_and_says_so() -> None:
    ordered = given("2026-07-05", "gilteritinib")
    patient = record(*RELAPSED, ordered)
    from_order = record(*RELAPSED, _ordered(ordered))
    assert case_of(patient, ON).given["gilteritinib"].says == "gilteritinib"
    assert case_of(from_order, ON).given["gilteritinib"].says == "gilteritinib (from order)"


def _ordered(course: Course) -> Course:
    return Course(course.start, course.end, course.drugs, course.source, from_order=True)


@pytest.mark.parametrize("category", ["refractory", "relapse"])
def test_an_event_without_a_day_does_no_harm(category: str) -> None:
    patient = record(aml("2026-01-05"), aza_ven(DAY), response("", category))
    assert "after-hma-venetoclax" in assessed(patient, ON).facets


@pytest.mark.parametrize("query", ["requests", "careplans", "procedures", "bundle"])
def test_what_was_given_before_is_open_while_therapy_is_unread(query: str) -> None:
    found = record(*RELAPSED, seven_plus_three(DAY), Unread(query, "timeout"))
    case = case_of(found, ON)
    assert case.venetoclax_ever.check(bool).truth.value == "unknown"
    assert case.after_hma_venetoclax.check(bool).truth.value == "unknown"


def test_the_last_line_is_named_and_not_the_first() -> None:
    case = case_of(record(*RELAPSED, seven_plus_three(DAY), aza_ven("2026-04")), ON)
    fact = case.after_hma_venetoclax
    assert isinstance(fact, Known)
    assert fact.says == "last line: azacitidine, venetoclax"
    assert (fact.on.isoformat(), fact.sources) == ("2026-04-01", ("Entry/5",))


def test_a_transplant_before_the_last_line_does_not_take_its_place() -> None:
    entries = (aml("2025-01-05"), seven_plus_three("2025-01-10"), hct("2025-06-01"))
    assert after_hma_ven(*entries, aza_ven(DAY), marrow(RELAPSE, 40))


def test_the_start_of_the_last_line_is_asked_for() -> None:
    patient = record(*RELAPSED, seven_plus_three(DAY), aza_ven("2026-04-01"))
    start = last_line_start(derivation(patient, ON))
    assert str(start) == "2026-04-01"


def test_a_drug_begun_in_the_month_of_the_relapse_may_be_of_the_event() -> None:
    month = (*IN_CR, marrow("2026-07", 40), given("2026-07-10", "gilteritinib", ongoing=True))
    assert "gilteritinib" in case_of(record(*month), ON).given


UNTIL_MAY_15 = given("2026-01-01", "azacitidine", end="2026-05-15")
UNTIL_MAY = given("2026-01-01", "azacitidine", end="2026-05")


@pytest.mark.parametrize(
    ("hma", "venetoclax", "both"),
    [
        (given("2026-03", "azacitidine"), given("2026-03-29", "venetoclax"), True),
        (given("2026-03", "azacitidine"), given("2026-03-30", "venetoclax"), False),
        (given("2026-03-30", "azacitidine"), given("2026-03", "venetoclax"), False),
        (given("2026-03-29", "azacitidine"), given("2026-03", "venetoclax"), True),
        (given("2026-03-01", "azacitidine"), given("", "venetoclax"), False),
        (UNTIL_MAY, given("2026-05-31", "venetoclax"), True),
        (UNTIL_MAY, given("2026-06-01", "venetoclax"), False),
        (UNTIL_MAY_15, given("2026-05", "venetoclax"), True),
        (UNTIL_MAY_15, given("2026-06", "venetoclax"), False),
    ],
)  # fmt: skip
def test_of_an_imprecise_start_the_first_day_counts(
    hma: Course, venetoclax: Course, both: bool
) -> None:
    assert together(hma, venetoclax) is both
