"""Records of one's own in the browser: a good one, a broken one, a hostile one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.charts import Chart, copied, drop_in
from tests.browser.chromium import inaccessible
from tests.browser.demonstration import Demonstration
from tests.hostile import ELSEWHERE, MARK, TEXTS, hostile, renamed
from tests.support import read_bundle

pytestmark = pytest.mark.browser


def test_a_record_of_ones_own_opens_with_its_cards(page: Any, demo: Demonstration) -> None:
    chart = copied(page, demo, "patient-3", "of-my-own")
    assert page.url == chart.url
    assert "The Bundle was read." in chart.notices
    assert chart.cards.count() >= 1
    page.goto(demo.url)
    assert page.get_by_role("listitem").filter(has_text="of-my-own").count() == 1


def test_a_broken_record_is_refused_with_what_was_found_and_what_to_do(
    page: Any, demo: Demonstration
) -> None:
    whole = json.dumps(read_bundle("patient-3")).encode()
    drop_in(page, demo, whole[: len(whole) // 2])
    problem = page.get_by_role("alert").inner_text()
    assert problem.startswith("Found what is no JSON, line 1.")
    assert "Expected a FHIR Bundle as JSON" in problem
    assert inaccessible(page) == []


@pytest.mark.parametrize("patient", ["patient-1-mrd", "patient-1-relapse", "patient-2"])
def test_hostile_text_in_every_text_field_stays_text(
    page: Any, demo: Demonstration, patient: str
) -> None:
    name = f"hostile-{patient}"
    record = hostile(renamed(read_bundle(patient), patient, name))
    drop_in(page, demo, json.dumps(record).encode())
    chart = Chart(page, demo, name).open(on="2022-11-10")
    assert chart.cards.count() >= 1
    harmless(page)
    for title in ("Request", "Response"):
        assert chart.exchange("patient-view", title)
    page.locator("table a").first.click()
    harmless(page)
    chart.open("/orders", on="2022-11-10")
    chart.prescribe(text=f"gilteritinib {TEXTS[0]}"[:190])
    harmless(page)
    page.goto(demo.url)
    harmless(page)


def harmless(page: Any) -> None:
    """Nothing ran, nothing was built or linked, nothing hangs over the edge."""
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.evaluate(f"typeof window.{MARK}") == "undefined"
    assert page.locator("script, iframe, img, svg, style, object, embed, base").count() == 0
    assert page.locator(f"a[href*='{ELSEWHERE}'], a[href^='javascript']").count() == 0
    assert page.get_by_text("9449772114007").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.locator("header.top").is_visible()
