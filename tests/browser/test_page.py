"""The SMART page in a browser: its sections, what if, the printed summary, labels, keyboard."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from tests.browser.charts import Chart, drop_in
from tests.browser.chromium import inaccessible, watched
from tests.browser.demonstration import Demonstration
from tests.hostile import MARK, hostile, renamed
from tests.support import read_bundle

pytestmark = pytest.mark.browser

PAPER = ("patient-1-relapse", "patient-2", "patient-3")
LIMIT_S = 1.0
NARROW = {"width": 640, "height": 450}  # 1280 x 900 at 200 %


def launched(page: Any, demo: Demonstration, patient: str) -> Any:
    """The tab with the page that the first card of a chart opens."""
    chart = Chart(page, demo, patient).open()
    link = chart.cards.first.get_by_role("link", name="Launch the page")
    with page.context.expect_page() as tab:
        link.click()
    tab.value.wait_for_load_state()
    return tab.value


def section(app: Any, heading: str) -> Any:
    return app.get_by_role("region", name=heading, exact=True)


@pytest.mark.parametrize("patient", PAPER)
def test_each_patient_of_the_paper_has_course_path_options_and_record(
    page: Any, demo: Demonstration, patient: str
) -> None:
    app = launched(page, demo, patient)
    assert section(app, "Course").locator("svg").count() == 1
    assert section(app, "Path through the algorithm").locator(".branch").count() >= 1
    assert section(app, "Options and evidence").get_by_role("article").count() >= 1
    assert inaccessible(app) == []
    app.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert inaccessible(app) == []


def test_a_fact_is_one_click_from_its_resource(page: Any, demo: Demonstration) -> None:
    app = launched(page, demo, "patient-1-relapse")
    fact = section(app, "State and why").get_by_role("listitem").first
    fact.get_by_role("link").first.click()
    target = app.locator(":target")
    assert "marrow blasts 46 %" in target.inner_text()
    assert target.evaluate("e => e.getBoundingClientRect().top") < 900


def test_a_mark_of_the_picture_leads_to_its_resource(page: Any, demo: Demonstration) -> None:
    app = launched(page, demo, "patient-1-relapse")
    marks = section(app, "Course").locator("svg a")
    assert marks.count() >= 5
    marks.first.dispatch_event("click")
    assert re.search(r"#r-\w+/", app.url)


def test_what_if_changes_the_advice_and_says_that_it_is_hypothetical(
    page: Any, demo: Demonstration
) -> None:
    app = launched(page, demo, "patient-2")
    part = section(app, "What if")
    assert part.get_by_role("heading", name="Hypothetical").count() == 0
    part.get_by_label("FLT3-ITD in a current sample").select_option("yes")
    part.get_by_role("button", name="Show what would change").click()
    told = section(app, "What if").get_by_role("row").filter(has_text="Gilteritinib")
    assert "–" in told.inner_text()
    assert app.get_by_role("status").filter(has_text="Hypothetical").count() == 1
    section(app, "What if").get_by_role("link", name="Back to the record").click()
    assert app.get_by_role("status").count() == 0


@pytest.mark.parametrize("patient", PAPER)
def test_the_summary_is_printed_on_one_page(
    page: Any, demo: Demonstration, patient: str
) -> None:
    app = launched(page, demo, patient)
    headline = app.get_by_role("heading", level=1).inner_text()
    app.get_by_role("link", name="One-page summary to print").click()
    assert app.get_by_role("heading", level=1).inner_text() == headline
    assert inaccessible(app) == []
    assert pages(app.pdf(prefer_css_page_size=True)) == 1


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_all_of_it_works_with_scripts_switched_off(chromium: Any, demo: Demonstration) -> None:
    with watched(chromium, (demo.url, demo.service_url), java_script_enabled=False) as app:
        app.goto(f"{demo.service_url}/smart/launch?iss={demo.url}/fhir")
        app.get_by_role("link", name="Moreau, Paul").first.click()
        assert section(app, "Course").locator("svg").count() == 1
        part = section(app, "What if")
        part.get_by_label("FLT3-ITD in a current sample").select_option("yes")
        part.get_by_role("button", name="Show what would change").click()
        assert app.get_by_role("status").filter(has_text="Hypothetical").count() == 1
        app.get_by_role("button", name="Close and forget this session").click()
        assert "access is forgotten" in app.get_by_role("status").inner_text()


def test_the_labels_are_german_at_a_click(page: Any, demo: Demonstration) -> None:
    app = launched(page, demo, "patient-1-relapse")
    app.get_by_role("link", name="Deutsch").click()
    assert app.locator("html").get_attribute("lang") == "de"
    assert section(app, "Weg durch den Algorithmus").count() == 1
    assert app.get_by_role("heading", level=1).inner_text().startswith("Relapsed AML")
    assert inaccessible(app) == []


def test_at_twice_the_size_nothing_runs_off_the_page(page: Any, demo: Demonstration) -> None:
    app = launched(page, demo, "patient-1-relapse")
    for width in (NARROW["width"], 320):
        app.set_viewport_size({"width": width, "height": NARROW["height"]})
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert app.evaluate(over) <= 0


def test_the_keyboard_reaches_everything_in_order(page: Any, demo: Demonstration) -> None:
    app = launched(page, demo, "patient-2")
    app.keyboard.press("Tab")
    assert app.evaluate("document.activeElement.textContent") == "Skip to the content"
    seen = []
    for _ in range(400):
        app.keyboard.press("Tab")
        seen.append(app.evaluate("document.activeElement.tagName"))
        if seen[-1] == "BODY":
            break
    assert {"A", "SUMMARY", "SELECT", "BUTTON"} <= {tag.upper() for tag in seen}
    app.get_by_label("FLT3-ITD in a current sample").focus()
    app.keyboard.press("ArrowDown")
    app.get_by_role("button", name="Show what would change").press("Enter")
    assert app.get_by_role("status").filter(has_text="Hypothetical").count() == 1


@pytest.mark.parametrize("patient", ["patient-1-after-hct", "patient-2"])
def test_hostile_text_of_a_record_is_shown_and_does_nothing(
    page: Any, demo: Demonstration, patient: str
) -> None:
    name = f"hostile-page-{patient}"
    drop_in(
        page, demo, json.dumps(hostile(renamed(read_bundle(patient), patient, name))).encode()
    )
    Chart(page, demo, name).open()
    menu = page.get_by_role("navigation", name="Chart")
    with page.context.expect_page() as tab:
        menu.get_by_role("link", name="Launch the page").click()
    app = tab.value
    app.wait_for_load_state()
    assert app.evaluate(f"window.{MARK}") is None
    assert "<script>" in app.get_by_role("main").inner_text()
    assert app.get_by_role("link", name="result").count() == 0
    assert app.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert inaccessible(app) == []
    app.get_by_role("link", name="One-page summary to print").click()
    assert pages(app.pdf(prefer_css_page_size=True)) == 1


def test_a_record_of_two_thousand_resources_is_ready_within_a_second(
    page: Any, demo: Demonstration
) -> None:
    name = "two-thousand"
    bundle = json.loads(
        json.dumps(renamed(read_bundle("patient-1-relapse"), "patient-1-relapse", name))
    )
    more = [count(name, i) for i in range(2000 - len(bundle["entry"]))]
    bundle["entry"] += [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in more]
    drop_in(page, demo, json.dumps(bundle).encode())
    Chart(page, demo, name).open()
    menu = page.get_by_role("navigation", name="Chart")
    with page.context.expect_page() as tab:
        menu.get_by_role("link", name="Launch the page").click()
    app = tab.value
    app.wait_for_load_state()
    took = []
    loads = []
    for _ in range(5):
        loads.append(contention())
        start = time.perf_counter()
        app.reload()
        took.append(time.perf_counter() - start)
    seconds, busy = min(took), min(loads)
    told = f"{seconds:.2f} s on a machine that is busy {busy:.1f} times over"
    print(f"a record of 2,000 resources was ready after {told}")
    assert seconds / busy < LIMIT_S


def contention() -> float:
    """How much longer than alone anything takes now: others may be using the machine."""
    wall, own = time.perf_counter(), time.process_time()
    while time.process_time() - own < 0.1:
        pass
    return max((time.perf_counter() - wall) / (time.process_time() - own), 1.0)


def count(patient: str, number: int) -> dict[str, Any]:
    """A platelet count, a day apart from the others."""
    return {
        "resourceType": "Observation",
        "id": f"count-{number}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"{2020 + number % 2}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "valueQuantity": {
            "value": 20 + number % 200,
            "unit": "10*9/L",
            "system": "http://unitsofmeasure.org",
            "code": "10*9/L",
        },
    }
