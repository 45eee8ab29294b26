"""The SMART page, launched from the stand-in EHR: by a card, from the chart, on its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.charts import Chart
from tests.browser.chromium import inaccessible
from tests.browser.demonstration import Demonstration

pytestmark = pytest.mark.browser


def opened(page: Any, link: Any) -> Any:
    """The tab that a link opens."""
    with page.context.expect_page() as tab:
        link.click()
    tab.value.wait_for_load_state()
    return tab.value


@pytest.mark.parametrize("patient", ["patient-1-relapse", "patient-2", "patient-3"])
def test_the_page_of_a_card_is_about_what_the_card_says(
    page: Any, demo: Demonstration, patient: str
) -> None:
    chart = Chart(page, demo, patient).open()
    card = chart.cards.first
    summary = card.get_by_role("heading").inner_text()
    app = opened(page, card.get_by_role("link", name="Launch the page"))
    assert app.url.startswith(f"{demo.service_url}/smart/")
    assert app.get_by_role("heading", level=1).first.inner_text() == summary


def test_the_page_opens_from_the_chart_without_a_card(page: Any, demo: Demonstration) -> None:
    Chart(page, demo, "patient-2").open()
    menu = page.get_by_role("navigation", name="Chart")
    app = opened(page, menu.get_by_role("link", name="Launch the page"))
    assert app.url.startswith(f"{demo.service_url}/smart/")
    assert app.get_by_role("heading", level=1).count() >= 1


def test_the_page_opens_on_its_own_and_the_user_chooses_the_patient(
    page: Any, demo: Demonstration
) -> None:
    page.goto(f"{demo.service_url}/smart/launch?iss={demo.url}/fhir")
    assert inaccessible(page) == []
    page.get_by_role("link", name="Moreau, Paul").first.click()
    assert page.url.startswith(f"{demo.service_url}/smart/")
    assert page.get_by_role("heading", level=1).count() >= 1
