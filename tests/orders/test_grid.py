"""The tables together have every drug in every kind of situation that they claim."""

from __future__ import annotations

import pytest

from aml.pharmacy import TARGETED_CLASSES
from tests.orders.situations import Row, drafts, library, read_table, spoken_rules

PHARMACY = library().in_force("US", read_table()[0].situation.setting.date).pharmacy
PLACES = ("US", "EU")
LINES = (
    "in-treatment",
    "relapse",
    "refractory",
    "after HMA/venetoclax",
    "relapse after HCT",
    "remission after HCT",
)
# Of each class of drugs: the names of its targets in `facts`, and in `before` and `disease`.
TARGETS = {
    "flt3-inhibitor": ({"flt3-itd"}, {"FLT3"}),
    "idh1-inhibitor": ({"idh1"}, {"IDH1"}),
    "idh2-inhibitor": ({"idh2"}, {"IDH2"}),
    "menin-inhibitor": ({"npm1", "kmt2a"}, {"NPM1", "KMT2A"}),
    "cd33-antibody": ({"cd33"}, {"CD33"}),
}
TARGETED = {
    (drug, drug_class)
    for drug_class in TARGETED_CLASSES
    for drug in PHARMACY.members(drug_class)
}
LEUKEMIA = PHARMACY.antileukemic(PHARMACY.classes)


def target(row: Row, drug_class: str) -> str:
    """What is known of a target in a row."""
    now, before = TARGETS[drug_class]
    facts = row.situation.facts
    known = [facts[name] for name in now if name in facts]
    older = any(row.situation.before.get(name) == "found" for name in before)
    if True in known:
        return "found"
    if False in known and older:
        return "lost"
    if False in known:
        return "absent"
    return "not retested" if older else "never tested"


def line(row: Row) -> str:
    """Where in the course of the treatment a row stands."""
    facts = row.situation.facts
    state = str(facts["state"])
    if facts.get("after-hct") is True:
        return "remission after HCT" if state.startswith("remission") else "relapse after HCT"
    return "after HMA/venetoclax" if facts.get("after-hma-venetoclax") is True else state


ORDERED = [(drug, row) for row in read_table() for d in drafts(row.orders) for drug in d.drugs]


@pytest.mark.parametrize(("drug", "drug_class"), sorted(TARGETED))
def test_every_drug_on_a_target_is_ordered_whatever_is_known_of_it(
    drug: str, drug_class: str
) -> None:
    states = ("relapse", "refractory")
    rows = [r for d, r in ORDERED if d == drug and r.situation.facts["state"] in states]
    found = {(r.situation.setting.jurisdiction, target(r, drug_class)) for r in rows}
    asked = ("found", "lost", "not retested", "never tested")
    assert {(place, known) for place in PLACES for known in asked} <= found


@pytest.mark.parametrize("drug", sorted(LEUKEMIA))
def test_every_drug_against_the_leukemia_is_ordered_in_every_line(drug: str) -> None:
    found = {(r.situation.setting.jurisdiction, line(r)) for d, r in ORDERED if d == drug}
    assert {(place, where) for place in PLACES for where in LINES} <= found


def test_every_pair_that_interacts_is_ordered_in_each_place_where_it_does() -> None:
    asked = {
        (rule.id, place)
        for rule in library().orders.values()
        if rule.together is not None and rule.order == "order-interaction"
        for place in rule.jurisdictions or PLACES
    }
    spoken = set()
    for row, rules in zip(read_table(), spoken_rules(), strict=True):
        spoken |= {(rule, row.situation.setting.jurisdiction) for rule in rules}
    assert sorted(asked - spoken) == []
