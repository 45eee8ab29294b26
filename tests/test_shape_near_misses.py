"""For every shape something that looks like the fact, and must stay unknown.

Two-sided, so that no near miss is vacuous: written in the shape as it is, the decoy is read;
with the one change that the near miss is, nothing of it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from functools import cache
from typing import Any, TypeAlias

import pytest
from msgspec.structs import replace

from aml.assess import assess
from aml.knowledge import Snapshot
from aml.patient import NO_AMOUNT, Finding, Patient, Source
from tests.encoded import changed, gist, library, raw, read
from tests.encodings.all_near_misses import NEAR, NEAR_MISS
from tests.encodings.pen import Json, shapes
from tests.encodings.spoiled import AS_IT_IS, Near, bundle

AS_OF = date(2025, 3, 5)
# Where it is said that something of the record could not be read.
_SAYS_SO = ("alerts", "unread")
_NOT_FACTS = ("reference", "ignored", "unread")


@cache
def snapshot() -> Snapshot:
    return library().in_force("US", AS_OF)


def facts(patient: Patient) -> Counter[Any]:
    """All that was read of the patient, without where it was read."""
    return Counter(_facts(patient))


def _facts(patient: Patient) -> Iterator[Any]:
    for name in (f.name for f in fields(patient) if f.name not in _NOT_FACTS):
        value = getattr(patient, name)
        if isinstance(value, tuple):
            yield from (replace(entry, source=Source("")) for entry in value)
        else:
            yield value


Answer: TypeAlias = tuple[Counter[Any], dict[str, Any]]
_WITHOUT: dict[bytes, Answer] = {}  # most are without the same


def answered(written: Json) -> Answer:
    patient = read(written)
    return facts(patient), gist(assess(patient, snapshot()))


def without(near: Near) -> Answer:
    """What is read and advised where the decoy is left out."""
    written, _ = bundle(near, None)
    key = raw(written)
    if key not in _WITHOUT:
        _WITHOUT[key] = answered(written)
    return _WITHOUT[key]


def is_open(entry: Any, leaves: str) -> bool:
    """Says no more than that something was tested, or leaves open what the shape is to say.

    "date": the day, or it is still to come; "later": the latter; "control": copies of the
    control gene so few that no advice rests on them; "amount": the share of blasts.
    """
    if getattr(entry, "finding", None) in (Finding.INDETERMINATE, Finding.INADEQUATE):
        return True
    match leaves:
        case "date":
            return bool(not entry.when.exact or entry.when.first > AS_OF)
        case "control":
            return bool(entry.control_copies.exact and entry.control_copies.high < 1000)
        case "later":
            return bool(entry.when.first > AS_OF)
        case "amount":
            return bool(entry.pct == NO_AMOUNT)
    return False


def test_every_shape_has_a_near_miss() -> None:
    own = set(map(NEAR_MISS.title, NEAR_MISS.options))
    assert sorted(NEAR) == sorted(shape for shape in shapes() if shape not in own)


@pytest.mark.parametrize("title", sorted(NEAR))
def test_a_fact_in_a_shape_is_read_and_its_near_miss_is_not(title: str) -> None:
    assert problems(NEAR[title]) == []


def problems(near: Near) -> list[str]:
    """What is wrong with the decoy as it is, then with the near miss."""
    known, advice = without(near)
    plain, pen = bundle(near, AS_IT_IS)
    spoiled, _ = bundle(near, near.change)
    told = stated(facts(read(plain)) - known, near)
    now, advice_now = answered(spoiled)
    differing = changed(advice, advice_now)
    if near.leaves == "unread":
        differing = {name: each for name, each in differing.items() if name not in _SAYS_SO}
    wrong = {
        "is not written in the shape": not pen.used[near.title],
        "is not read where it is stated plainly": not told,
        "changes nothing": plain == spoiled,
        "is read all the same": stated(now - known, near),
        "hides": known - now,
        "changes the advice": differing,
    }
    return [f"{what}: {found}" for what, found in wrong.items() if found]


def stated(gained: Counter[Any], near: Near) -> list[Any]:
    return [entry for entry in gained if not is_open(entry, near.leaves)]
