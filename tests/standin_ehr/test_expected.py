"""Each key of expected.yaml can fail: an answer that differs in it is reported as wrong."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from standin_ehr.expected import Expected, differences, first_difference, read_expected
from tests.support import FIXTURES

Change = Callable[[dict[str, Any], list[dict[str, Any]]], object]

EXPECTED = Expected(
    case="all keys",
    bundle="somebody.json",
    as_of=date(2026, 8, 2),
    jurisdiction="EU",
    state="relapse",
    state_since=date(2026, 7, 31),
    facets=["late-relapse"],
    targets={"FLT3": "unknown"},
    recommendations={"clinical-trial": "recommend"},
    absent=["gilteritinib"],
    not_recommended=["allogeneic-hct"],
    options={"idh2-inhibitor": {"enasidenib": "not-approved"}},
    alerts=["data-conflict"],
    ignored=["Observation/9"],
    missing_changes=["gilteritinib"],
    cards="present",
)


def right_answer() -> dict[str, Any]:
    assessment = {
        "asOf": "2026-08-02",
        "jurisdiction": "EU",
        "diseaseState": "relapse",
        "stateSince": "2026-07-31",
        "facets": ["late-relapse", "npm1-mutated"],
        "targets": {"FLT3": "unknown", "IDH1": "mutated"},
        "recommendations": [
            {"code": "clinical-trial", "strength": "recommend"},
            {"code": "gilteritinib", "strength": "contraindicated"},
            {"code": "allogeneic-hct", "strength": "consider"},
            {
                "code": "idh2-inhibitor",
                "strength": "trial-only",
                "options": [{"drug": "enasidenib", "status": "not-approved"}],
            },
        ],
        "alerts": [{"code": "data-conflict"}],
        "ignored": [{"resource": "Observation/9", "reason": "entered-in-error"}],
        "missing": [{"fact": "flt3-itd-current", "changes": ["gilteritinib"]}],
    }
    card = {"uuid": "1", "source": {"topic": {"code": "disease-state"}}}
    return {"cards": [card], "extension": {"org.rraml.assessment": assessment}}


CHANGES: dict[str, Change] = {
    "as_of": lambda said, cards: said.update(asOf="2026-08-03"),
    "jurisdiction": lambda said, cards: said.update(jurisdiction="US"),
    "state": lambda said, cards: said.update(diseaseState="refractory"),
    "state_since": lambda said, cards: said.pop("stateSince"),
    "facets": lambda said, cards: said.update(facets=["npm1-mutated"]),
    "targets": lambda said, cards: said["targets"].update(FLT3="mutated"),
    "recommendations": lambda said, cards: said["recommendations"].pop(0),
    "absent": lambda said, cards: said["recommendations"][1].update(strength="trial-only"),
    "not_recommended": lambda said, cards: said["recommendations"][2].update(
        strength="recommend"
    ),
    "options": lambda said, cards: said["recommendations"][3]["options"][0].update(
        status="approved"
    ),
    "alerts": lambda said, cards: said.pop("alerts"),
    "ignored": lambda said, cards: said.update(ignored=[{"resource": "Observation/8"}]),
    "missing_changes": lambda said, cards: said["missing"][0].pop("changes"),
    "cards": lambda said, cards: cards.pop(),
}


def test_a_right_answer_has_no_difference() -> None:
    assert differences(EXPECTED, right_answer()) == []


def test_every_key_that_is_compared_has_a_change_that_makes_it_fail() -> None:
    assert {f.name for f in fields(Expected)} - {"case", "bundle"} == CHANGES.keys()


@pytest.mark.parametrize("key", CHANGES)
def test_a_changed_answer_is_reported_under_its_key(key: str) -> None:
    answer = right_answer()
    CHANGES[key](answer["extension"]["org.rraml.assessment"], answer["cards"])
    [line] = differences(EXPECTED, answer)
    assert line.startswith(key)


def test_a_changed_strength_is_reported_with_what_was_found_and_expected() -> None:
    answer = right_answer()
    said = answer["extension"]["org.rraml.assessment"]
    said["recommendations"][0]["strength"] = "consider"
    [line] = differences(EXPECTED, answer)
    assert line == "recommendations: clinical-trial: found consider, expected recommend"


def test_a_card_where_none_may_be_is_reported() -> None:
    silent = Expected(
        case="silent", bundle="x.json", as_of=date(2026, 8, 2), jurisdiction="EU", cards="none"
    )
    [line] = differences(silent, right_answer())
    assert line == "cards: found 1 (disease-state), expected none"


def test_an_answer_without_the_assessment_is_wrong() -> None:
    assert "state: found nothing, expected relapse" in differences(EXPECTED, {"cards": []})


def test_the_cases_of_the_fixtures_are_read() -> None:
    cases = read_expected(FIXTURES / "expected.yaml")
    assert {(FIXTURES / "patients" / case.bundle).exists() for case in cases} == {True}


@pytest.mark.parametrize("line", ["stat: relapse", "cards: some"])
def test_a_key_or_word_that_no_case_has_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "expected.yaml"
    start = "- {case: a, bundle: a.json, as_of: 2026-08-02, jurisdiction: US"
    path.write_text(f"{start}, {line}{'' if 'cards' in line else ', cards: none'}}}\n")
    with pytest.raises((TypeError, ValueError)):
        read_expected(path)


def test_two_answers_that_differ_in_uuids_alone_are_the_same() -> None:
    other = deepcopy(right_answer())
    other["cards"][0]["uuid"] = "2"
    assert first_difference(right_answer(), other) == ""


def test_the_place_where_two_answers_part_is_named() -> None:
    other = right_answer()
    other["cards"][0]["source"]["topic"]["code"] = "missing-data"
    assert first_difference(right_answer(), other) == ".cards[0].source.topic.code"
    other["cards"].append({})
    assert first_difference(right_answer(), other) == ".cards"


def test_a_member_that_only_one_answer_has_is_a_difference() -> None:
    other = right_answer() | {"systemActions": []}
    assert first_difference(right_answer(), other) == ".systemActions"
