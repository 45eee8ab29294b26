"""Every rule on orders speaks and is silent by itself where its lines say."""

from __future__ import annotations

import pytest

from tests.orders.alone import read_alone
from tests.orders.situations import library

RULES = read_alone()


def test_every_rule_on_orders_has_its_lines() -> None:
    assert sorted(RULES) == sorted(library().orders)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_speaks_where_its_lines_say(rule: str) -> None:
    entry = library().orders[rule]
    assert [line.name for line in RULES[rule] if not line.holds_for(entry)] == []
