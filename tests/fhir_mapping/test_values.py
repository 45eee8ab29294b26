from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from aml.patient import NO_AMOUNT, UNDATED, Amount, When
from fhir_mapping.values import (
    codings,
    day,
    quantity,
    sample_when,
    usable,
    when,
    words,
)
from tests.fhir_mapping.chart import chart, observation


@pytest.mark.parametrize(
    ("written", "amount", "unit"),
    [
        ("<0.01 %", Amount.below("0.01"), "%"),
        ("≤5", Amount.below(5, or_equal=True), ""),
        (">= 20 %", Amount.above(20, or_equal=True), "%"),
        ("5-10 %", Amount(Decimal(5), Decimal(10)), "%"),
        ("5–10\u00a0%", Amount(Decimal(5), Decimal(10)), "%"),
        ("0,05 %", Amount.exactly("0.05"), "%"),
        ("12,345.6 /uL", Amount.exactly("12345.6"), "/uL"),
        ("1.234,5", Amount.exactly("1234.5"), ""),
        ("0.4 10*9/L", Amount.exactly("0.4"), "10*9/L"),
        ("0.4 x10^9/L", Amount.exactly("0.4"), "x10^9/L"),
        ("230 copies/10⁴ ABL", Amount.exactly(230), "copies/10^4 ABL"),
        ("2.3E-05", Amount.exactly("0.000023"), ""),
        ("1.2x10^-4", Amount.exactly("0.00012"), ""),
    ],
)
def test_a_number_in_a_string_keeps_its_sign_and_unit(
    written: str, amount: Amount, unit: str
) -> None:
    assert quantity(written) == (amount, unit)


@pytest.mark.parametrize(
    "written",
    ["1,200", "1.200 %", "3/20", "1:40", "5.5.2024", "1.2 +/- 3", "5 10", "normal", ""],
)
def test_a_string_that_could_be_read_in_two_ways_is_no_number(written: str) -> None:
    assert not quantity(written)[0].recorded


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ({"value": 5, "comparator": "<", "unit": "%"}, Amount.below(5)),
        ({"value": "0,05", "unit": "%"}, Amount.exactly("0.05")),
        ({"low": {"value": 55}, "high": {"value": 60}}, Amount(Decimal(55), Decimal(60))),
        ({"high": {"value": 60}}, Amount.below(60, or_equal=True)),
        ({"low": {"value": "5"}, "high": {"value": "10"}}, Amount(Decimal(5), Decimal(10))),
        ({"low": {"value": "few"}, "high": {"value": 10}}, NO_AMOUNT),
        ({"low": {"value": 5, "unit": "%"}, "high": {"value": 10, "unit": "/uL"}}, NO_AMOUNT),
        ({"value": 5, "comparator": "~"}, NO_AMOUNT),
        ({"value": True}, NO_AMOUNT),
        ({"unit": "%"}, NO_AMOUNT),
        ({"value": Decimal("1e999999")}, NO_AMOUNT),
        (None, NO_AMOUNT),
    ],
)
def test_a_quantity_keeps_what_it_leaves_open(value: object, amount: Amount) -> None:
    assert quantity(value)[0] == amount


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-01T23:30:00-05:00", When.day(date(2026, 3, 1))),
        ("2026-02", When(date(2026, 2, 1), date(2026, 2, 28))),
        ("2026", When(date(2026, 1, 1), date(2026, 12, 31))),
        ("2026-02-30", UNDATED),
        ("last spring", UNDATED),
        (None, UNDATED),
    ],
)
def test_a_date_is_the_day_of_its_zone_or_an_interval(written: object, expected: When) -> None:
    assert day(written) == expected


@pytest.mark.parametrize(
    "written",
    ["9999-12-31", "9999", "9999-12-31T23:59:59Z", "2999-12-31", "1900-01-01", "1753-01-01",
     "0001-01-01T00:00:00Z", "0000-00-00"],
)  # fmt: skip
def test_a_date_that_only_fills_a_column_is_none(written: str) -> None:
    assert day(written) == UNDATED


def test_a_period_is_the_interval_between_its_ends() -> None:
    resource = {"effectivePeriod": {"start": "2026-03-01", "end": "2026-03-03"}}
    expected = When(date(2026, 3, 1), date(2026, 3, 3))
    assert when(resource, "effectiveDateTime", "effectivePeriod") == expected


@pytest.mark.parametrize(
    "system", ["urn:oid:2.16.840.1.113883.6.1", "http://loinc.org/", "https://loinc.org"]
)
def test_a_system_has_one_name_however_it_is_written(system: str) -> None:
    [coding] = codings({"coding": [{"system": system, "code": " 751-8 "}]})
    assert (coding.system, coding.code) == ("http://loinc.org", "751-8")


@pytest.mark.parametrize("concept", [None, "AML", 7, [], {"coding": "x"}, {"coding": [None]}])
def test_codings_of_anything_strange_are_none(concept: object) -> None:
    assert codings(concept) == ()


def test_words_have_one_kind_of_hyphen_and_space() -> None:
    concept = {"text": "FLT3\u2011ITD\u00a0 Test", "coding": [{"display": "ITD"}]}
    assert words(concept) == "flt3-itd test | itd"


@pytest.mark.parametrize("status", ["preliminary", "registered", "cancelled", "unknown", None])
def test_an_unfinished_or_withdrawn_result_is_not_usable(status: object) -> None:
    assert not usable({"status": status})


_SPECIMEN = {"resourceType": "Specimen", "collection": {"collectedDateTime": "2026-02-27"}}


def test_the_sample_is_dated_by_its_collection() -> None:
    resources = chart(observation("x", specimen={"reference": "Specimen/r1"}), _SPECIMEN)
    [result] = resources.of("Observation")
    assert sample_when(result, resources) == When.day(date(2026, 2, 27))


def test_a_result_is_dated_by_the_specimen_of_its_report() -> None:
    report: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "result": [{"reference": "Observation/r0"}],
        "specimen": [{"reference": "Specimen/r1"}],
    }
    resources = chart(observation("x", effectiveDateTime=None), _SPECIMEN, report)
    [result] = resources.of("Observation")
    assert sample_when(result, resources) == When.day(date(2026, 2, 27))


def test_the_day_of_issue_is_only_a_bound() -> None:
    resources = chart(observation("x", effectiveDateTime=None, issued="2026-03-09T10:00:00Z"))
    [result] = resources.of("Observation")
    assert sample_when(result, resources) == When.until(date(2026, 3, 9))
