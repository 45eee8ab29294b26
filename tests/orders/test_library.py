"""Files of knowledge/orders are read as strictly as all others, and a site can have its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml.knowledge import KnowledgeError, load
from aml.order_entries import ALWAYS_CRITICAL, MAY_BE_CRITICAL
from cards.explain import explain
from tests.aml.shelf import shelf
from tests.orders.situations import library

ORDER = """\
id: pair
row: X3
order: order-interaction
drafted: {drugs: [gilteritinib]}
together: {classes: [flt3-inhibitor]}
when: {target-open: [FLT3]}
title: a pair
text: They interact.
evidence: [statement]
due: 2027-05-24
"""


def folder_with(folder: Path, text: str) -> Path:
    made = shelf(folder)
    (made / "orders").mkdir()
    (made / "orders" / "pair.yaml").write_text(text, encoding="utf-8")
    return made


def test_an_order_rule_is_a_rule_of_its_own_kind(tmp_path: Path) -> None:
    found = load(folder=folder_with(tmp_path, ORDER))
    assert list(found.orders) == ["pair"]
    assert "pair" not in {*found.entries, *found.alerts}


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "problem"),
    [
        (
            "order-interaction",
            "order-interacton",
            3,
            "order",
            "is not a code of an order",
        ),
        ("drugs: [gilteritinib]", "drugs: [gilt]", 4, "drafted.drugs.0", "'gilt' is not known"),
        ("[flt3-inhibitor]", "[flt3]", 5, "together.classes.0", "'flt3' is not known"),
        ("[FLT3]", "[FLT]", 6, "when", "target-open: 'FLT' is not known"),
        ("[statement]", "[state]", 9, "evidence.0", "is not in evidence.yaml"),
        ("text: They", "test: order\ntext: They", 1, "", "a retest needs its test"),
    ],
)
def test_an_order_rule_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, line: int, field: str, problem: str
) -> None:
    assert ORDER.count(old) == 1
    with pytest.raises(KnowledgeError) as error:
        load(folder=folder_with(tmp_path, ORDER.replace(old, new)))
    said = str(error.value)
    assert f"orders/pair.yaml, line {line}" in said
    assert field in said
    assert problem in said


def test_a_site_switches_an_order_rule_off(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("off: [venetoclax-alone]\n", encoding="utf-8")
    site = load(tmp_path)
    assert "venetoclax-alone" not in site.orders
    assert site.local == {"venetoclax-alone"}


def test_every_alert_code_of_the_contract_has_its_rules() -> None:
    book = library().book
    assert list(book.orders) == [
        "order-contraindicated",
        "order-target-absent",
        "order-interaction",
        "order-not-beneficial",
        "order-target-unknown",
        "order-not-approved",
        "order-duplicate-target",
    ]
    assert {order.order for order in library().orders.values()} == set(book.orders)


def test_only_what_may_be_critical_is() -> None:
    for order in library().orders.values():
        assert order.critical <= (order.order in MAY_BE_CRITICAL)
        assert order.critical >= (order.order in ALWAYS_CRITICAL)


def test_what_was_only_recalled_is_a_warning_that_says_to_check_the_label() -> None:
    recalled = [order for order in library().orders.values() if order.check_label]
    assert recalled
    for order in recalled:
        assert not order.critical
        assert not order.source
        assert "check the label" in order.title
        assert "check" in order.text.lower()


@pytest.mark.parametrize("name", sorted(library().orders))
def test_a_rule_on_orders_can_be_explained(name: str) -> None:
    text = explain(library(), name)
    order = library().orders[name]
    assert order.text in text
    assert order.order in text
    assert "tests/orders/alone.yaml" in text
