"""Drafts of orders in the browser: the alert, what can be done about it, and silence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.charts import Chart, copied
from tests.browser.chromium import inaccessible
from tests.browser.demonstration import Demonstration

pytestmark = pytest.mark.browser

# The paper's patients: who, when, what is prescribed, what is said of it, why all the same.
ALERTS = (
    (
        ("patient-1-relapse", "2022-01-12", "ivosidenib 250 mg tablets"),
        "Ivosidenib: IDH1 not tested in this event",
        "Tested; the result is pending",
    ),
    (
        ("patient-2", "2022-11-10", "cytarabine i.v."),
        "Cytarabine: no benefit shown after HMA/venetoclax",
        "Enrolled in a trial",
    ),
    (
        ("patient-3", "2023-03-06", "gemtuzumab ozogamicin 3 mg/m² i.v."),
        "Gemtuzumab ozogamicin: VOD risk is higher after HCT",
        "Enrolled in a trial",
    ),
)


@pytest.mark.parametrize(("order", "alert", "reason"), ALERTS, ids=[a[0][0] for a in ALERTS])
def test_an_order_meets_its_alert_is_overridden_with_a_reason_and_signed_in_silence(
    page: Any, demo: Demonstration, order: tuple[str, str, str], alert: str, reason: str
) -> None:
    patient, on, drug = order
    chart = copied(page, demo, patient, f"ordering-{patient}").open("/orders", on=on)
    chart.prescribe(drug)
    [draft] = [
        entry["resource"]
        for entry in chart.exchange("order-select", "Request")["context"]["draftOrders"][
            "entry"
        ]
    ]
    assert draft["medicationCodeableConcept"]["coding"][0]["display"] == drug
    assert chart.cards.count() == 1
    assert inaccessible(page) == []
    chart.sign()
    assert chart.card(alert).count() == 1
    assert chart.drafts == [drug]
    chart.override(chart.card(alert), reason)
    assert f"Overridden: {reason}. The feedback was received by the service" in chart.notices
    assert f"Overridden: {reason}" in chart.card(alert).inner_text()
    chart.sign()
    assert f"Signed: {drug}" in chart.notices
    assert chart.exchange("order-sign", "Response")["cards"] == []
    chart.go_to("Chart")
    assert page.get_by_role("row", name=f"{on} {drug} active").count() == 1


def test_an_order_without_its_target_is_taken_out_again_by_the_alert(
    page: Any, demo: Demonstration
) -> None:
    chart = copied(page, demo, "order-target-lost", "taking-out").open(
        "/orders", on="2022-01-12"
    )
    chart.prescribe(text="gilteritinib 120 mg daily")
    card = chart.card("Gilteritinib: FLT3 tested, not found")
    assert "critical" in card.inner_text().lower()
    chart.accept(card, "Take gilteritinib out of the orders")
    assert "Taken out: gilteritinib 120 mg daily" in chart.notices
    assert "received by the service (HTTP 200)" in chart.notices
    assert chart.drafts == []


def test_the_missing_test_is_added_and_the_order_kept(page: Any, demo: Demonstration) -> None:
    chart = copied(page, demo, "patient-3", "testing-first").open("/orders", on="2023-03-06")
    chart.prescribe("gilteritinib 40 mg tablets")
    chart.accept(chart.cards.first, "Add the missing test, keep the order")
    assert len(chart.drafts) == 2
    assert chart.drafts[0] == "gilteritinib 40 mg tablets"


def test_a_request_for_donor_lymphocytes_is_warned_of_in_active_gvhd(
    page: Any, demo: Demonstration
) -> None:
    chart = copied(page, demo, "order-dli-with-gvhd", "infusing").open(
        "/orders", on="2023-03-06"
    )
    chart.request("Donor lymphocyte infusion")
    assert chart.card("Donor lymphocyte infusion: active GVHD").count() == 1
    chart.sign()
    page.get_by_role("button", name="Sign despite the alert").click()
    assert "Signed: Donor lymphocyte infusion" in chart.notices


def test_an_order_that_fits_is_signed_without_a_word(page: Any, demo: Demonstration) -> None:
    chart = copied(page, demo, "patient-1-mrd", "monitoring").open("/orders", on="2021-12-15")
    chart.request("NPM1 MRD in bone marrow by RT-qPCR")
    assert chart.cards.count() == 0
    assert page.get_by_text("nothing to say about these orders").is_visible()
    chart.sign()
    assert "Signed: NPM1 MRD in bone marrow by RT-qPCR" in chart.notices


def test_a_draft_is_taken_out_and_the_record_put_back(page: Any, demo: Demonstration) -> None:
    chart = Chart(page, demo, "landmark-180").open("/orders")
    chart.prescribe("midostaurin 25 mg capsules")
    page.get_by_role("button", name="Take out").click()
    assert chart.drafts == []
    chart.prescribe("azacitidine 75 mg/m² i.v.")
    page.get_by_role("button", name="Put the record back").click()
    assert "The record is as it was; no drafts are left." in chart.notices
    chart.go_to("Orders")
    assert chart.drafts == []
