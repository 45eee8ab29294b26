"""What the chart shows of a resource, whatever is in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from standin_ehr.record_view import Row, banner, said, sections

ON = date(2022, 1, 12)


def row(kind: str = "Observation", **members: Any) -> Row:
    [(_, [shown])] = sections([{"resourceType": kind, "id": "x", **members}], ON)
    return shown


def test_a_banner_says_who_it_is_and_how_old_on_the_day_of_the_chart() -> None:
    name = [{"family": "Novak", "given": ["Eva", "M"]}]
    who = banner({"id": "p", "name": name, "birthDate": "1968-05-14", "gender": "female"})
    assert (who.name, who.sex, who.age(ON)) == ("Novak, Eva, M", "female", "53")
    assert who.age(date(2022, 5, 14)) == "54"


@pytest.mark.parametrize("born", [None, "1968", "1968-05", 1968, ["1968-05-14"], "soon"])
def test_an_age_that_cannot_be_told_is_not_shown(born: Any) -> None:
    who = banner({"id": "p", "birthDate": born})
    assert who.age(ON) == ("53" if born == ["1968-05-14"] else "")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueQuantity": {"value": 46, "unit": "%"}}, "46 %"),
        ({"valueQuantity": {"value": 5, "comparator": "<", "code": "%"}}, "<5 %"),
        ({"valueCodeableConcept": {"coding": [{"display": "Positive"}]}}, "Positive"),
        ({"valueBoolean": False}, "no"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 9}}}, "1 / 9"),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 2}}}, "1 – 2"),
        (
            {"component": [{"code": {"text": "VAF"}, "valueQuantity": {"value": 0.4}}]},
            "VAF: 0.4",
        ),
        (
            {"valueString": "a", "note": [{"text": "b"}], "specimen": {"display": "c"}},
            "a · c · b",
        ),
        ({"valueQuantity": "5", "component": 7, "note": {"text": []}, "specimen": "x"}, "5"),
    ],
)
def test_a_value_is_shown_in_words(value: dict[str, Any], words: str) -> None:
    assert row(**value).value == words


def test_what_is_after_the_day_of_the_chart_is_marked() -> None:
    assert row(effectiveDateTime="2022-01-13").later
    assert not row(effectiveDateTime="2022-01-12T09:00:00Z").later
    assert not row(effectiveDateTime="2022-01").later
    assert not row(effectivePeriod={"start": "2021-12-30", "end": "2022-02-01"}).later
    assert not row().later


def test_the_newest_line_is_the_first() -> None:
    record = [
        {"resourceType": "Observation", "id": id, "effectiveDateTime": when}
        for id, when in (("old", "2020-01-01"), ("new", "2022-01-01"))
    ]
    [(title, rows)] = sections(record, ON)
    assert (title, [r.reference for r in rows]) == (
        "Results",
        ["Observation/new", "Observation/old"],
    )


def test_nothing_is_said_of_nothing() -> None:
    nothing: list[Any] = [None, {}, [], [None], {"coding": [{}]}]
    assert {said(each) for each in nothing} == {""}
