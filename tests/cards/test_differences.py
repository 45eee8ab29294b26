"""What is said to differ between libraries, and between the answers they give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from msgspec import structs

from aml.assess import assess
from aml.assessment import Alert, Assessment, Caution, OptionStatus, Recommendation
from aml.entries import Strength
from aml.logic import Known
from cards.differences import (
    advice_changes,
    changed_fields,
    constant_changes,
    library_changes,
    rule_changes,
    rules_of,
)
from fhir_mapping import to_patient
from fhir_mapping.resources import Resources, decode
from tests.cards.answers import library
from tests.support import PATIENTS

RELAPSE = date(2022, 1, 12)
RULES = rules_of(library())
TRIAL = library().entries["trial-first"]


@cache
def answer(known_on: date = RELAPSE) -> Assessment:
    """The paper's first patient at relapse, by what was known on a day."""
    raw = (PATIENTS / "patient-1-relapse.json").read_bytes()
    snapshot = replace(library().in_force("US", known_on), on=RELAPSE)
    return assess(to_patient(Resources.from_bundle(decode(raw))), snapshot)


def with_code(code: str, **changes: object) -> Assessment:
    """The same answer with one recommendation changed."""
    said = tuple(
        structs.replace(r, **changes) if r.code == code else r for r in answer().recommendations
    )
    assert said != answer().recommendations
    return structs.replace(answer(), recommendations=said)


def code(name: str) -> Recommendation:
    return next(r for r in answer().recommendations if r.code == name)


def test_the_same_answer_has_no_differences() -> None:
    assert advice_changes(answer(), answer()) == []


def test_the_same_library_has_no_differences() -> None:
    snapshot = library().in_force("US", RELAPSE)
    assert list(library_changes(snapshot, snapshot)) == []


def test_a_rule_is_added_dropped_or_changed_in_its_fields() -> None:
    changed = TRIAL.model_copy(update={"strength": Strength.CONSIDER, "row": "X"})
    without = {name: rule for name, rule in RULES.items() if name != "trial-first"}
    assert list(rule_changes(without, RULES)) == [
        "adds trial-first (code clinical-trial, row G2)"
    ]
    assert list(rule_changes(RULES, without)) == [
        "drops trial-first (code clinical-trial, row G2)"
    ]
    assert list(rule_changes(RULES, {**RULES, "trial-first": changed})) == [
        "changes trial-first: row, strength"
    ]


def test_an_entry_that_becomes_an_alert_says_so() -> None:
    alert = library().alerts["target-lost"]
    assert changed_fields(TRIAL, alert) == ["code clinical-trial becomes alert target-lost"]


def test_a_constant_is_named_with_both_values() -> None:
    ours = library().constants
    assert list(constant_changes(ours, replace(ours, g_csf_days=10))) == [
        "sets g_csf_days = 10 (before: 7)"
    ]


def test_an_approval_and_an_update_come_into_force_on_their_day() -> None:
    before = library().in_force("US", date(2025, 11, 12))
    after = library().in_force("US", date(2025, 11, 13))
    assert list(library_changes(before, after)) == [
        "approves ziftomenib for rr-npm1 since 2025-11-13",
        "knows upd-tuspetinib-2025",
        "knows upd-ziftomenib-npm1-fda-2025",
    ]
    assert list(library_changes(after, before)) == [
        "no longer approves ziftomenib for rr-npm1",
        "forgets upd-tuspetinib-2025",
        "forgets upd-ziftomenib-npm1-fda-2025",
    ]


def test_what_became_known_since_changes_the_answer() -> None:
    said = advice_changes(answer(), answer(date(2026, 11, 24)))
    assert "menin-inhibitor: trial-only → consider" in said
    assert "menin-inhibitor: revumenib investigational → approved since 2025-10-24" in said


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"strength": Strength.CONSIDER}, "recommend → consider"),
        ({"rule": "ours"}, "rule gilteritinib-flt3 → ours"),
        ({"text": "Other."}, "other words"),
        ({"title": "Other"}, "other words"),
        ({"weaker": ("Failed.",)}, "other words"),
        ({"cautions": (Caution("Beware.", "Label"),)}, "other words"),
        ({"notes": ()}, "other words"),
        ({"draft": "marrow"}, "other words"),
        ({"provided": ("donor-cells",)}, "provided also donor-cells"),
        ({"updates": ("upd-x",)}, "cites also upd-x"),
        ({"options": ()}, "gilteritinib approved → not named"),
        (
            {"options": (OptionStatus("gilteritinib", "approved", None, True),)},
            "gilteritinib approved → approved, being given",
        ),
    ],
)
def test_each_change_of_a_code_is_told(changes: dict[str, object], line: str) -> None:
    said = advice_changes(answer(), with_code("gilteritinib", **changes))
    assert f"gilteritinib: {line}" in said


def test_a_code_is_new_or_gone() -> None:
    fewer = tuple(r for r in answer().recommendations if r.code != "gilteritinib")
    without = structs.replace(answer(), recommendations=fewer)
    assert advice_changes(without, answer()) == [
        "gilteritinib: new, recommend (gilteritinib-flt3)"
    ]
    assert advice_changes(answer(), without) == [
        "gilteritinib: gone, was recommend (gilteritinib-flt3)"
    ]


def test_alerts_are_new_gone_or_worded_otherwise() -> None:
    alert = Alert("data-stale", "result-stale", Known("stale", True, ""), "Old.")
    before = structs.replace(answer(), alerts=())
    after = structs.replace(answer(), alerts=(alert,))
    reworded = structs.replace(answer(), alerts=(structs.replace(alert, text="Older."),))
    assert advice_changes(before, after) == ["alert data-stale: new (result-stale)"]
    assert advice_changes(after, before) == ["alert data-stale: gone (result-stale)"]
    assert advice_changes(after, reworded) == ["alert data-stale: other words"]


def test_state_targets_facets_and_open_facts_are_told() -> None:
    was = answer()
    now = structs.replace(
        was,
        disease=structs.replace(was.disease, since=None),
        targets={**was.targets, "IDH1": "mutated"},
        facets=(*was.facets, "gvhd-active"),
        missing=(),
        notes=(),
    )
    assert advice_changes(was, now) == [
        "state: since 2022-01-07 → since day not recorded",
        "IDH1: unknown → mutated",
        "facets: also gvhd-active",
        f"missing: no longer {', '.join(sorted(m.fact for m in was.missing))}",
        "state card: says no longer Symptom control and quality of life are part of any plan.",
    ]
