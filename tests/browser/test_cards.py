"""The paper's patients: the chart is opened, and the cards say what expected.yaml says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from standin_ehr.expected import Expected, read_expected
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
    assert page.get_by_label("Day of the chart").input_value() == case.as_of.isoformat()
    cards = page.get_by_role("article")
    assert cards.count() >= 1
    assert f"As of {case.as_of} · {case.jurisdiction}" in cards.first.inner_text()
    assert inaccessible(page) == []
