"""Every order of the table gets what the table says, and the table leaves out no rule."""

from __future__ import annotations

import pytest

from tests.orders.situations import Row, drafts, library, outcome, read_table, rules_of

ROWS = read_table()
each_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])


@each_row
def test_an_order_gets_what_the_table_says(row: Row) -> None:
    assert outcome(row, library()) == row.expected


def test_the_table_has_no_row_twice() -> None:
    names = [(row.name, row.situation.setting.date) for row in ROWS]
    assert len(names) == len(set(names))


def test_every_rule_on_orders_speaks_in_the_table() -> None:
    spoken = {rule for row in ROWS for rule in rules_of(row, library())}
    assert sorted(set(library().orders) - spoken) == []


def test_every_drug_that_a_rule_names_is_ordered_in_the_table() -> None:
    named = {drug for entry in library().orders.values() for drug in entry.drafted.drugs}
    ordered = {drug for row in ROWS for draft in drafts(row.orders) for drug in draft.drugs}
    assert sorted(named - ordered) == []
