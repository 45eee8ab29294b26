"""The pictures of README.md, of pages that are first seen to be right: `make screenshots`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.charts import Chart, copied
from tests.browser.conftest import Shoot
from tests.browser.demonstration import Demonstration

pytestmark = pytest.mark.browser

PATIENTS = {
    "patient-1-relapse": "Relapsed AML since 2022-01-07",
    "patient-2": "Relapsed AML since 2022-11-07",
    "patient-3": "Relapsed AML",
}


@pytest.mark.parametrize(("patient", "says"), PATIENTS.items(), ids=PATIENTS)
def test_the_chart_of_a_patient_of_the_paper(
    page: Any, demo: Demonstration, shoot: Shoot, patient: str, says: str
) -> None:
    chart = Chart(page, demo, patient).open()
    assert says in chart.cards.first.inner_text()
    shoot(page, patient)


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_smart_page_of_a_patient_of_the_paper(
    page: Any, demo: Demonstration, shoot: Shoot, patient: str
) -> None:
    card = Chart(page, demo, patient).open().cards.first
    with page.context.expect_page() as tab:
        card.get_by_role("link", name="Launch the page").click()
    app = tab.value
    app.wait_for_load_state()
    assert app.get_by_role("region", name="Course", exact=True).is_visible()
    app.set_viewport_size({"width": 1280, "height": 1400})
    shoot(app, f"page-{patient}")


def test_the_alert_on_an_order(page: Any, demo: Demonstration, shoot: Shoot) -> None:
    name = "order-target-lost"
    chart = copied(page, demo, name, f"picture-of-{name}").open("/orders", on="2022-01-12")
    chart.prescribe("gilteritinib 40 mg tablets")
    chart.sign()
    card = chart.card("Gilteritinib: FLT3 tested, not found")
    card.locator("summary", has_text="Override").click()
    assert card.get_by_label("Reason").is_visible()
    page.set_viewport_size({"width": 1280, "height": 1120})
    page.evaluate("window.scrollTo(0, 0)")
    shoot(page, "order-alert")


def test_the_request_and_the_response(page: Any, demo: Demonstration, shoot: Shoot) -> None:
    Chart(page, demo, "patient-2").open()
    raw = page.get_by_role("region", name="Request and response")
    raw.scroll_into_view_if_needed()
    page.mouse.wheel(0, 10_000)
    assert raw.get_by_role("region", name="Request of patient-view").is_visible()
    shoot(page, "request-and-response")
