"""Early and late relapse, GVHD, immunosuppression, earlier transplants: 2.4, D7, D12, F17."""

from __future__ import annotations

from typing import Any

import pytest

from aml.logic import Known, Truth, Unknown
from aml.transplantation import gvhd as judged_gvhd
from tests.aml.records import (
    aml,
    assessed,
    case_of,
    cr,
    extramedullary,
    given,
    gvhd,
    hct,
    marrow,
    npm1,
    record,
    response,
    seven_plus_three,
)

START = (aml("2025-08-01"), seven_plus_three("2025-08-05"))
ON = "2026-12-01"
IMPRECISE = "unknown: the date is not precise enough"


def value(fact: Known[Any] | Unknown) -> Any:
    return fact.value if isinstance(fact, Known) else f"unknown: {fact.why.value}"


def facets(*entries: Any) -> set[str]:
    return set(assessed(record(*START, *entries), ON).facets)


def timing(*entries: Any) -> str:
    found = facets(*entries) & {"early-relapse", "late-relapse"}
    return next(iter(found), "open")


@pytest.mark.parametrize(
    ("relapse", "found"),
    [("2026-07-31", "early-relapse"), ("2026-08-01", "late-relapse")],
)
def test_six_months_after_an_hct_are_early_and_a_day_more_is_late(
    relapse: str, found: str
) -> None:
    assert timing(cr("2025-10-10"), hct("2026-01-31"), marrow(relapse, 9)) == found


@pytest.mark.parametrize(
    ("relapse", "found"),
    [("2026-04-10", "early-relapse"), ("2026-04-11", "late-relapse")],
)
def test_without_an_hct_the_remission_that_was_lost_counts(relapse: str, found: str) -> None:
    assert timing(cr("2025-10-10"), marrow(relapse, 9)) == found


def test_months_end_with_the_month() -> None:
    assert timing(cr("2025-08-31"), marrow("2026-02-28", 9)) == "early-relapse"
    assert timing(cr("2025-08-31"), marrow("2026-03-01", 9)) == "late-relapse"


def test_the_last_hct_before_the_relapse_counts() -> None:
    twice = (cr("2025-10-10"), hct("2025-11-01"), hct("2026-06-01"))
    assert timing(*twice, marrow("2026-11-30", 9)) == "early-relapse"


def test_an_hct_of_an_earlier_remission_does_not_count() -> None:
    earlier = (cr("2025-10-10"), hct("2025-11-01"), marrow("2026-02-01", 30))
    second = (cr("2026-03-01"), marrow("2026-09-02", 30))
    assert timing(*earlier, *second) == "late-relapse"
    assert timing(*earlier, cr("2026-03-02"), second[1]) == "early-relapse"


def test_an_autologous_transplant_does_not_count_as_the_hct() -> None:
    rest = (cr("2025-10-10"), hct("2026-01-31", "autologous"))
    assert timing(*rest, marrow("2026-07-31", 9)) == "late-relapse"


@pytest.mark.parametrize(
    ("remission", "relapse", "found"),
    [
        ("2025-10", "2026-04-01", "early-relapse"),
        ("2025-10", "2026-04-02", "open"),
        ("2025-10", "2026-04-30", "open"),
        ("2025-10", "2026-05-01", "late-relapse"),
        ("2025", "2026-06-30", "open"),
    ],
)
def test_an_imprecise_date_that_straddles_six_months_leaves_it_open(
    remission: str, relapse: str, found: str
) -> None:
    assert timing(cr(remission), marrow(relapse, 9)) == found


def test_without_the_remission_on_record_it_is_open() -> None:
    assert timing(response("2026-04-11", "relapse")) == "open"


def test_an_hct_after_the_relapse_changes_nothing_of_it() -> None:
    persisting = (hct("2026-09-01"), marrow("2026-09-20", 30))
    assert timing(cr("2025-10-10"), marrow("2026-07-31", 9), *persisting) == "late-relapse"


def test_an_hct_without_a_day_leaves_it_open() -> None:
    assert timing(hct(""), response("2026-04-11", "relapse")) == "open"
    assert timing(cr("2025-10-10"), hct(""), marrow("2026-07-31", 9)) == "open"


def test_timing_is_said_of_relapse_alone() -> None:
    assert timing(cr("2025-10-10")) == "open"
    second = (cr("2025-10-10"), marrow("2026-02-01", 30), cr("2026-03-01"))
    molecular = (cr("2025-10-10"), npm1("2025-11-01", 0), npm1("2026-11-01", 40))
    for entries in (second, molecular):
        case = case_of(record(*START, *entries), ON)
        assert case.early_relapse.check(bool).truth is Truth.UNMET
        assert case.long_first_remission.check(bool).truth is Truth.UNMET
    refractory = (seven_plus_three("2025-09-10"), marrow("2025-10-20", 30))
    assert timing(*refractory) == "open"


@pytest.mark.parametrize(
    ("relapse", "long"),
    [("2026-10-09", False), ("2026-10-10", True), ("2026-10-11", True)],
)
def test_a_first_remission_of_twelve_months_is_long(relapse: str, long: bool) -> None:
    case = case_of(record(*START, cr("2025-10-10"), marrow(relapse, 9)), ON)
    assert value(case.long_first_remission) is long


@pytest.mark.parametrize(
    ("remission", "found"),
    [
        ("2025-10", "unknown: the date is not precise enough"),
        ("2025-09", True),
        ("2025-11", False),
    ],
)
def test_where_the_twelve_months_straddle_it_is_open(remission: str, found: Any) -> None:
    case = case_of(record(*START, cr(remission), marrow("2026-10-10", 9)), ON)
    assert value(case.long_first_remission) == found


@pytest.mark.parametrize(
    ("relapse", "found"),
    [("2026-09-30", False), ("2026-10-01", IMPRECISE), ("2026-10-30", IMPRECISE),
     ("2026-10-31", True), ("2026-10", IMPRECISE), ("2026-11", True), ("2026-09", False)],
)  # fmt: skip
def test_the_straddling_ends_with_the_month(relapse: str, found: Any) -> None:
    case = case_of(record(*START, cr("2025-10"), marrow(relapse, 9)), ON)
    assert value(case.long_first_remission) == found


def test_without_a_day_of_the_remission_it_is_open() -> None:
    case = case_of(record(*START, cr("by 2025-10-10"), marrow("2026-09-30", 9)), ON)
    assert value(case.long_first_remission) == IMPRECISE
    later = case_of(record(*START, cr("by 2025-10-10"), marrow("2026-10-10", 9)), ON)
    assert value(later.long_first_remission) is True


def test_a_relapse_in_the_month_of_the_twelfth_leaves_it_open() -> None:
    case = case_of(record(*START, cr("2025-10-10"), marrow("2026-10", 9)), ON)
    assert value(case.long_first_remission) == IMPRECISE


def test_a_second_remission_of_a_year_is_not_meant() -> None:
    twice = (
        cr("2023-10-10"),
        marrow("2024-02-01", 30),
        cr("2024-03-01"),
        marrow("2026-01-01", 9),
    )
    case = case_of(record(aml("2023-08-01"), *twice), ON)
    assert value(case.long_first_remission) is False


def test_an_allogeneic_hct_on_record_is_told_in_every_state() -> None:
    assert "after-allo-hct" in facets(cr("2025-10-10"), hct("2025-11-01"))
    assert "after-allo-hct" in facets(hct("2025-11-01"), marrow("2026-02-01", 30))
    autologous = (cr("2025-10-10"), hct("2025-11-01", "autologous"))
    assert "after-allo-hct" not in facets(*autologous)
    assert value(case_of(record(*START, *autologous), ON).after_hct) is False


def test_a_transplant_of_unknown_kind_leaves_it_open() -> None:
    case = case_of(record(*START, cr("2025-10-10"), hct("2025-11-01", "type not stated")), ON)
    assert value(case.after_hct) == "unknown: recorded, but not readable"


ACTIVE, RESOLVED, NEVER, NOT_NOW = "active", "resolved", "never", "not active"
SILENT = "unknown: not recorded"


@pytest.mark.parametrize(
    ("said", "active", "prior"),
    [
        ([], SILENT, SILENT),
        ([("2026-03-01", ACTIVE)], True, True),
        ([("2026-03-01", RESOLVED)], False, True),
        ([("2026-03-01", NEVER)], False, False),
        ([("2026-03-01", NOT_NOW)], False, SILENT),
        ([("2026-03-01", ACTIVE), ("2026-04-01", RESOLVED)], False, True),
        ([("2026-03-01", ACTIVE), ("2026-04-01", NOT_NOW)], False, True),
        ([("2026-03-01", NEVER), ("2026-04-01", ACTIVE)], True, True),
        ([("2026-03-01", NOT_NOW), ("2026-04-01", NEVER)], False, False),
        ([("2026-03-01", ACTIVE), ("2026-03-01", RESOLVED)], True, True),
        ([("2026-03", ACTIVE), ("2026-03-20", RESOLVED)], True, True),
        ([("", ACTIVE), ("2026-03-20", RESOLVED)], True, True),
        ([("2026-03-20", ACTIVE), ("", RESOLVED)], True, True),
    ],
)
def test_gvhd_is_known_only_as_far_as_somebody_recorded_it(
    said: list[tuple[str, str]], active: Any, prior: Any
) -> None:
    found = judged_gvhd(record(*(gvhd(day, activity) for day, activity in said)))
    assert tuple(value(fact) for fact in found) == (active, prior)


RELAPSED = (cr("2025-10-10"), hct("2026-01-31"), marrow("2026-07-01", 30))


@pytest.mark.parametrize(
    ("course", "on"),
    [
        (given("2026-02-01", "ciclosporin"), True),
        (given("2026-01-25", "tacrolimus", ongoing=True), True),
        (given("2026-01-17", "tacrolimus"), True),
        (given("2026-01-16", "tacrolimus"), False),
        (given("2026-01", "tacrolimus"), True),
        (given("2025-12", "tacrolimus"), False),
        (given("2026-02-01", "ciclosporin", end=ON), True),
        (given("2026-02-01", "ciclosporin", end="2026-11-30"), False),
        (given("2026-02-01", "ciclosporin", end="2027-01-01"), True),
        (given("2026-02-01", "ciclosporin", end="2026"), True),
        (given("", "ciclosporin", ongoing=True), True),
        (given("2026-09-01", "ruxolitinib"), True),
        (given("2026-02-01", "methotrexate"), False),
        (given("2026-02-01", "posaconazole"), False),
    ],
)
def test_immunosuppression_is_what_is_on_record_as_being_given(course: Any, on: bool) -> None:
    assert ("on-immunosuppression" in facets(*RELAPSED, course)) is on


def test_without_an_hct_of_a_day_no_immunosuppression_is_too_old() -> None:
    early = given("2025-01-01", "prednisolone")
    assert "on-immunosuppression" in facets(cr("2025-10-10"), early)
    assert "on-immunosuppression" in facets(cr("2025-10-10"), hct(""), early)


def test_no_prescription_does_not_mean_none() -> None:
    case = case_of(record(*START, *RELAPSED), ON)
    assert value(case.immunosuppression) == SILENT


def test_extramedullary_disease_of_the_event_is_a_facet() -> None:
    rest = (cr("2025-10-10"), extramedullary("2026-07-01"))
    assert "extramedullary" in facets(*rest)
    assert "extramedullary" in facets(*rest, marrow("2026-06-01", 30))
    assert "extramedullary" not in facets(extramedullary("2025-08-02"), *RELAPSED)
    assert "extramedullary" not in facets(extramedullary("2025-08-02"), cr("2025-10-10"))


@pytest.mark.parametrize("facet", ["gvhd-active", "gvhd-prior"])
def test_gvhd_is_a_facet(facet: str) -> None:
    assert facet in facets(*RELAPSED, gvhd("2026-03-01", ACTIVE))
    assert facet not in facets(*RELAPSED, gvhd("2026-03-01", NEVER))


def test_exactly_one_facet_says_how_fit_and_one_how_eligible() -> None:
    for entries in ((), RELAPSED, (cr("2025-10-10"),)):
        found = facets(*entries)
        assert len(found & {"fit-intensive", "unfit-intensive", "fitness-unknown"}) == 1
        eligible = {
            f"transplant-{x}" for x in ("eligible", "ineligible", "eligibility-unknown")
        }
        assert len(found & eligible) == 1


@pytest.mark.parametrize(
    ("relapse", "says"),
    [("2026-04-10", "relapse within 6 months after"), ("2026-04-11", "relapse later than 6")],
)
def test_the_timing_is_said_in_words(relapse: str, says: str) -> None:
    fact = case_of(record(*START, cr("2025-10-10"), marrow(relapse, 9)), ON).early_relapse
    assert isinstance(fact, Known)
    assert fact.says.startswith(says)
