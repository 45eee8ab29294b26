"""Charts and their cards: what the service says, and what the user does with it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from standin_ehr.expected import Expected, read_expected
from tests.browser.charts import Chart, copied
from tests.browser.chromium import inaccessible
from tests.browser.demonstration import Demonstration
from tests.support import FIXTURES

pytestmark = pytest.mark.browser

CASES = [
    case
    for case in read_expected(FIXTURES / "expected.yaml")
    if case.case.startswith(("patient-1", "patient-2", "patient-3"))
]


@pytest.mark.parametrize("case", CASES, ids=[case.case for case in CASES])
def test_the_chart_of_a_patient_of_the_paper_opens_with_its_cards(
    page: Any, demo: Demonstration, case: Expected
) -> None:
    page.goto(demo.url)
    page.get_by_role("link", name=re.compile(f", {case.case}$")).click()
    chart = Chart(page, demo, case.patient_id)
    assert page.get_by_label("Day of the chart").input_value() == case.as_of.isoformat()
    assert f"As of {case.as_of} · {case.jurisdiction}" in chart.cards.first.inner_text()
    said = chart.exchange("patient-view", "Response")["cards"]
    summaries = chart.cards.get_by_role("heading", level=3).all_inner_texts()
    assert summaries == [card["summary"] for card in said]
    assert state(chart) == case.state
    assert inaccessible(page) == []


def test_another_day_changes_the_cards(page: Any, demo: Demonstration) -> None:
    chart = Chart(page, demo, "patient-1-mrd-confirmed").open()
    assert state(chart) == "mrd-relapse"
    page.get_by_label("Day of the chart").fill("2021-12-15")
    page.get_by_role("button", name="Open the chart").click()
    assert state(chart) == "mrd-relapse-suspected"
    assert "As of 2021-12-15 · US" in chart.cards.first.inner_text()
    assert page.get_by_role("row", name="2021-12-30 after this day").count() >= 1


def test_europe_changes_what_is_approved(page: Any, demo: Demonstration) -> None:
    chart = Chart(page, demo, "patient-2").open()
    options = chart.card("Treatment options")
    options.locator("summary", has_text="Details").click()
    assert "enasidenib approved here" in options.inner_text()
    page.get_by_label("Where").select_option("EU")
    page.get_by_role("button", name="Open the chart").click()
    assert "As of 2022-11-10 · EU" in chart.cards.first.inner_text()
    assert "enasidenib approved here" not in chart.page.locator("main").inner_text()


def test_a_chart_without_aml_has_no_cards(page: Any, demo: Demonstration) -> None:
    chart = Chart(page, demo, "not-aml").open()
    assert chart.cards.count() == 0
    assert page.get_by_text("The service has nothing to say about this chart.").is_visible()


@pytest.mark.parametrize("way", ["access to the FHIR server", "the whole record as prefetch"])
def test_what_was_sent_and_what_came_back_stand_beside(
    page: Any, demo: Demonstration, way: str
) -> None:
    chart = Chart(page, demo, "patient-3").open()
    page.get_by_label("The service gets").select_option(way)
    page.get_by_role("button", name="Open the chart").click()
    asked = chart.exchange("patient-view", "Request")
    assert asked["context"] == {"userId": "Practitioner/example", "patientId": "patient-3"}
    replay = {"asOf": "2023-03-06", "jurisdiction": "US"}
    assert asked["extension"]["org.rraml.replay"] == replay
    if way.startswith("access"):
        assert asked["fhirServer"] == f"{demo.url}/fhir"
        assert asked["fhirAuthorization"]["access_token"] == "(not shown)"
    else:
        assert asked["prefetch"]["patient"]["id"] == "patient-3"
    assert len(chart.exchange("patient-view", "Response")["cards"]) == chart.cards.count()


@pytest.mark.parametrize(
    ("patient", "on"),
    [
        ("patient-1-relapse", "2022-01-12"),
        ("patient-2", "2022-11-10"),
        ("patient-3", "2023-03-06"),
    ],
)
def test_a_suggestion_that_is_accepted_becomes_a_draft_and_the_service_hears_of_it(
    page: Any, demo: Demonstration, patient: str, on: str
) -> None:
    chart = copied(page, demo, patient, f"accepting-{patient}").open(on=on)
    chart.accept(chart.card("First steps"), "Draft an order for mutation analysis")
    assert "Drafted: Myeloid mutation panel" in chart.notices
    assert "Accepted: Draft an order for mutation analysis" in chart.notices
    assert "received by the service (HTTP 200)" in chart.notices
    [entry] = chart.exchange("feedback", "Request")["feedback"]
    assert entry["outcome"] == "accepted"
    assert len(entry["acceptedSuggestions"]) == 1
    chart.go_to("Orders")
    assert [draft.split()[0] for draft in chart.drafts] == ["Myeloid"]


def test_a_card_that_is_overridden_is_answered_with_its_reason_and_gives_way(
    page: Any, demo: Demonstration
) -> None:
    chart = copied(page, demo, "patient-2", "overriding").open(on="2022-11-10")
    before = chart.cards.count()
    chart.override(chart.card("Treatment options"), "Patient declined", "wants to think")
    assert "Overridden: Patient declined, wants to think" in chart.notices
    assert "received by the service (HTTP 200)" in chart.notices
    [entry] = chart.exchange("feedback", "Request")["feedback"]
    assert entry["outcome"] == "overridden"
    assert entry["overrideReason"]["reason"]["code"] == "patient-refuses"
    assert entry["overrideReason"]["userComment"] == "wants to think"
    assert chart.card("Treatment options").count() == 0
    assert chart.cards.count() == before - 1


def state(chart: Chart) -> str:
    """The disease state that the answer names for programs."""
    extension = chart.exchange("patient-view", "Response")["extension"]
    return str(extension["org.rraml.assessment"]["diseaseState"])
