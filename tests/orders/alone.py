"""Each rule on orders by itself: where it speaks and where it does not, whatever others say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from aml.assess import Examination
from aml.entries import Form, Id, Jurisdiction, Words
from aml.knowledge import Snapshot
from aml.order_entries import OrderEntry
from aml.ordering import Draft
from aml.orders import judge
from aml.yaml_files import read_yaml
from tests.orders.situations import Circumstances, drafts, library

FILE = Path(__file__).with_name("alone.yaml")
DAY = date(2026, 6, 1)


class Patients(Circumstances):
    """The same circumstances in several states, places and for several baskets."""

    orders: tuple[Words, ...] = ()
    states: tuple[Words, ...] = ("relapse",)
    places: tuple[Jurisdiction, ...] = ("US",)
    day: date = DAY


class Alone(Form):
    """A rule; `orders`: the baskets, where a line names none of its own."""

    rule: Id
    orders: tuple[Words, ...]
    speaks: tuple[Patients, ...]
    silent: tuple[Patients, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One basket in one patient, and whether the rule speaks of it."""

    name: str
    speaks: bool
    drafts: tuple[Draft, ...]
    examination: Examination
    snapshot: Snapshot

    def holds_for(self, rule: OrderEntry | None) -> bool:
        """Whether the rule, or its absence, does what the file says."""
        place = self.snapshot.jurisdiction
        held = rule is not None and (not rule.jurisdictions or place in rule.jurisdictions)
        orders = (rule,) if rule is not None and held else ()
        said = judge(self.drafts, self.examination, replace(self.snapshot, orders=orders))
        return bool(said.alerts) is self.speaks


@cache
def read_alone() -> dict[str, tuple[Line, ...]]:
    """The lines of each rule."""
    found = [Alone.model_validate(row) for row in read_yaml(FILE).content]
    return {alone.rule: tuple(_lines(alone)) for alone in found}


def _lines(alone: Alone) -> Iterator[Line]:
    said = [(True, patients) for patients in alone.speaks]
    said += [(False, patients) for patients in alone.silent]
    for speaks, patients in said:
        for place in patients.places:
            snapshot = library().in_force(place, patients.day)
            for state in patients.states:
                one = patients.model_copy(update={"facts": {**patients.facts, "state": state}})
                examination = one.examination(snapshot)
                for basket in patients.orders or alone.orders:
                    name = f"{alone.rule}, {state}, {place}: {basket}"
                    ordered = drafts(basket.split(" & "))
                    yield Line(name, speaks, ordered, examination, snapshot)
