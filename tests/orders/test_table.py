"""Every order of the table gets what the table says, and the table leaves out no rule."""

from __future__ import annotations

import pytest

from tests.orders.situations import drafts, library, outcome, read_table, spoken_rules

ROWS = read_table()
SITUATIONS = list(dict.fromkeys(row.where for row in ROWS))


@pytest.mark.parametrize("where", SITUATIONS)
def test_orders_get_what_the_table_says(where: str) -> None:
    rows = [row for row in ROWS if row.where == where]
    found = {row.basket: outcome(row) for row in rows}
    assert found == {row.basket: row.expected for row in rows}


def test_the_table_has_no_row_twice() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))


def test_every_rule_on_orders_speaks_in_the_table() -> None:
    spoken = {rule for rules in spoken_rules() for rule in rules}
    assert sorted(set(library().orders) - spoken) == []


def test_every_drug_that_a_rule_names_is_ordered_in_the_table() -> None:
    named = {drug for entry in library().orders.values() for drug in entry.drafted.drugs}
    ordered = {drug for row in ROWS for draft in drafts(row.orders) for drug in draft.drugs}
    assert sorted(named - ordered) == []
