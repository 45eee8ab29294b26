"""The cards keep the specification, the contract, and a reader's patience."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B import get_fhir_model_class
from jsonschema import Draft202012Validator

from aml.assessment import SCHEMA
from tests.cards.answers import HOOK, all_responses, answer, every_target, library, response
from tests.support import one_by_one, read_bundle

RESPONSES = list(all_responses())
each_response = one_by_one(RESPONSES)
OFFERED = {"recommend", "consider", "trial-only"}


def cards(body: Any) -> list[Any]:
    return list(body["cards"])


def before_evidence(card: Any) -> str:
    return str(card["detail"]).split("**Evidence**")[0]


@each_response
def test_a_summary_is_below_140_characters(body: Any) -> None:
    assert [c["summary"] for c in cards(body) if len(c["summary"]) >= 140] == []


@each_response
def test_a_detail_stays_under_180_words_before_its_evidence(body: Any) -> None:
    long = {c["summary"]: len(before_evidence(c).split()) for c in cards(body)}
    assert {s: n for s, n in long.items() if n >= 180} == {}


@each_response
def test_there_are_at_most_five_cards_and_the_state_comes_first(body: Any) -> None:
    topics = [c["source"]["topic"]["code"] for c in cards(body)]
    assert len(topics) <= 5
    assert topics[:1] in ([], ["disease-state"])


@each_response
def test_each_offered_code_is_on_exactly_one_card(body: Any) -> None:
    said = body["extension"]["org.rraml.assessment"].get("recommendations", [])
    offered = sorted(r["code"] for r in said if r["strength"] in OFFERED)
    shown = [
        code for c in cards(body) for code in c.get("extension", {}).get("org.rraml.codes", [])
    ]
    assert sorted(shown) == offered


@each_response
def test_every_card_cites_what_it_rests_on(body: Any) -> None:
    for card in cards(body):
        evidence = str(card["detail"]).partition("**Evidence**")[2]
        assert re.search(r"\(.*\d{4}\)|Since the paper \(", evidence), card["summary"]
        assert {"label", "url", "topic"} == card["source"].keys()


@each_response
def test_the_topic_is_a_coding_of_the_contract(body: Any) -> None:
    known = {*library().book.codes, "disease-state", "missing-data"}
    for card in cards(body):
        topic = card["source"]["topic"]
        assert topic["system"].endswith("/CodeSystem/recommendation")
        assert topic["code"] in known


@each_response
def test_uuids_are_bare_and_unique(body: Any) -> None:
    found = [c["uuid"] for c in cards(body)]
    found += [s["uuid"] for c in cards(body) for s in c.get("suggestions", [])]
    assert len(set(found)) == len(found)
    assert [str(UUID(u)) for u in found] == found


@each_response
def test_nothing_is_null_or_empty_but_the_list_of_cards(body: Any) -> None:
    assert [path for path in empty(body, "") if path != "/cards"] == []


def empty(value: Any, path: str) -> list[str]:
    if value in (None, "", [], {}):
        return [path]
    if isinstance(value, dict):
        return [x for k, v in value.items() for x in empty(v, f"{path}/{k}")]
    return [x for v in value for x in empty(v, path)] if isinstance(value, list) else []


@each_response
def test_every_suggestion_creates_a_valid_draft_for_the_patient(body: Any) -> None:
    for card in cards(body):
        assert ("suggestions" in card) == (card.get("selectionBehavior") == "at-most-one")
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"]:
                resource = action["resource"]
                get_fhir_model_class(resource["resourceType"]).model_validate(resource)
                assert (action["type"], resource["status"]) == ("create", "draft")
                assert resource["subject"]["reference"].startswith("Patient/")
                assert not {"dosageInstruction", "dispenseRequest"} & resource.keys()


@each_response
def test_the_assessment_keeps_its_schema(body: Any) -> None:
    Draft202012Validator(SCHEMA).validate(body["extension"]["org.rraml.assessment"])


@each_response
def test_the_wording_offers_and_never_orders(body: Any) -> None:
    for card in cards(body):
        assert not re.search(r"\bmust\b|\bshould\b", before_evidence(card), re.IGNORECASE)
        assert "recalled" not in card["detail"]


@each_response
def test_the_indicator_is_never_critical_in_the_chart(body: Any) -> None:
    assert {c["indicator"] for c in cards(body)} <= {"info", "warning"}


def test_the_same_call_gives_the_same_bytes() -> None:
    bundle, day = read_bundle("patient-1-relapse"), date(2022, 1, 12)
    assert json.dumps(response(bundle, day)) == json.dumps(response(bundle, day))


def test_another_hook_instance_gives_other_uuids() -> None:
    bundle, day = read_bundle("patient-1-relapse"), date(2022, 1, 12)
    first = {c["uuid"] for c in response(bundle, day, hook=HOOK)["cards"]}
    second = {c["uuid"] for c in response(bundle, day, hook="another")["cards"]}
    assert first.isdisjoint(second)


def test_a_hook_instance_that_is_no_text_of_unicode_does_not_crash() -> None:
    assert response(read_bundle("patient-2"), date(2022, 11, 10), hook="\ud800")["cards"]


def test_a_reason_gives_each_fact_the_day_that_it_has() -> None:
    """The remission of 2020 is none of the day on which it was lost."""
    assessment, _ = answer(read_bundle("patient-1-relapse"), date(2022, 1, 12))
    assert {r.because[0].says for r in assessment.recommendations} == {
        "marrow blasts 46 % (from text, 2022-01-07); CR recorded (from text, 2020-04-25)"
    }
    said = assessment.to_json()
    assert all(r["because"].startswith(said["stateBecause"]) for r in said["recommendations"])


def test_a_wild_type_flt3_says_that_the_tkd_was_not_tested() -> None:
    """An excluded ITD alone is wild-type by the response contract, and half of the answer."""
    bundle: dict[str, Any] = dict(read_bundle("order-target-lost"))
    every = bundle["entry"]
    rest = [e for e in every if not e["resource"]["id"].startswith("flt3-tkd")]
    for entries, says in (
        (every, "FLT3 not mutated,"),
        (rest, "FLT3 not mutated (TKD not tested),"),
    ):
        card = response(bundle | {"entry": entries}, date(2022, 1, 12))["cards"][0]
        assert f"Targets in this event: {says}" in card["detail"]


def test_the_state_card_says_state_day_facts_gaps_and_its_limits() -> None:
    card = response(read_bundle("patient-1-relapse"), date(2022, 1, 12))["cards"][0]
    assert card["summary"].startswith("Relapsed AML since 2022-01-07: marrow blasts 46 %")
    for words in (
        "marrow blasts 46 %",
        "allelic ratio 2.7",
        "(from text, 2022-01-07)",
        "Targets in this event: FLT3 mutated",
        "Not recorded: ",
        "As of 2022-01-12 · US · library ",
        "not yet signed by a clinician here",
        "Informs the physician, who decides.",
    ):
        assert words in card["detail"]


def test_several_drugs_are_not_ranked() -> None:
    bodies = response(every_target(), date(2026, 11, 24))["cards"]
    treatment = next(c for c in bodies if c["summary"].startswith("Treatment options"))
    assert "The paper does not rank these." in treatment["detail"]
    assert "differentiation syndrome" in treatment["detail"]


def test_a_drug_being_given_is_worded_as_given_and_not_suggested() -> None:
    bundle = json.loads(json.dumps(read_bundle("patient-1-relapse")))
    statement = {
        "resourceType": "MedicationStatement",
        "id": "gilteritinib-now",
        "status": "active",
        "subject": {"reference": "Patient/patient-1-relapse"},
        "medicationCodeableConcept": {"text": "gilteritinib"},
        "effectivePeriod": {"start": "2022-01-14"},
    }
    bundle["entry"].append({"resource": statement})
    found = response(bundle, date(2022, 1, 20))["cards"]
    treatment = next(c for c in found if c["summary"].startswith("Treatment options"))
    assert "Gilteritinib (being given)" in treatment["summary"]
    assert "suggestions" not in treatment


def test_an_option_without_approval_here_is_said_to_be_so() -> None:
    found = response(read_bundle("patient-2"), date(2022, 11, 10), "EU")["cards"]
    treatment = next(c for c in found if c["summary"].startswith("Treatment options"))
    assert "enasidenib not approved here for this use" in treatment["detail"]
    assert "suggestions" not in treatment


def test_a_contraindicated_option_has_no_card_but_a_line() -> None:
    found = response(read_bundle("order-dli-with-gvhd"), date(2023, 3, 6))["cards"]
    assert "Plan donor lymphocytes: not with acute GVHD" in found[0]["detail"]


@pytest.mark.parametrize("name", ["not-aml", "apl", "fifteen-years-old", "deceased", "merged"])
def test_patients_out_of_scope_get_no_cards(name: str) -> None:
    assert response(read_bundle(name), date(2026, 8, 2))["cards"] == []


def test_words_of_the_record_cannot_act_on_the_screen() -> None:
    bundle = json.loads(json.dumps(read_bundle("patient-3")))
    hostile = (
        "<script>alert(1)</script>[x](javascript:alert(1)) ![i](http://e/i) `c` | # \u202e"
    )
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Procedure":
            resource["note"] = [{"text": hostile}]
            resource.setdefault("code", {})["text"] = f"allogeneic HCT {hostile}"
        if resource["resourceType"] == "Observation":
            resource.setdefault("performer", [{"display": hostile}])
    body = json.dumps(response(bundle, date(2023, 3, 6))["cards"], ensure_ascii=False)
    assert "<script" not in body
    assert "](javascript" not in body.replace("\\\\]", "")
    assert "\u202e" not in body


def test_the_page_for_a_terminal_holds_what_the_cards_hold() -> None:
    from cards.render import to_text

    assessment, snapshot = answer(read_bundle("patient-1-relapse"), date(2022, 1, 12))
    page = to_text(assessment, snapshot)
    assert page.startswith("# Relapsed AML since 2022-01-07")
    assert "## Treatment options" in page
    assert "&lt;" not in page
    silent, snapshot = answer(read_bundle("apl"), date(2026, 8, 2))
    assert to_text(silent, snapshot).startswith("No cards: apl.")


@each_response
def test_every_card_can_be_put_aside_with_a_reason(body: Any) -> None:
    for card in cards(body):
        displays = [reason["display"] for reason in card["overrideReasons"]]
        assert {"Already done", "Enrolled in a trial", "Not now, later"} <= set(displays)
        assert len(set(displays)) == len(displays)
