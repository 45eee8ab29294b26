"""Vignettes: for each entry of the library, patients in a line and what it says of them.

`tests/vignettes/<id>.yaml` is written for clinicians. What `given` does not name is not on
record. `then` is the entry's own strength, without the other entries; `silent` means that it
does not speak. `provided`, `weakened` (a `weaker` clause holds or is open), `options`, `notes`
(rows) and `updates` are compared where a vignette names them, each in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest

from aml.constants import Constants
from aml.criteria import holds
from aml.entries import AlertEntry, Entry, Form, Jurisdiction, Strength, Words
from aml.knowledge import Library, Snapshot, load
from aml.logic import Truth, all_of
from aml.recommend import notes_of, speak
from aml.yaml_files import read_yaml
from tests.aml.cases import read_case

FOLDER = Path(__file__).parent / "vignettes"
IDS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


class Setting(Form):
    jurisdiction: Jurisdiction
    date: date


class Vignette(Form):
    name: Words
    setting: Setting
    given: dict[str, Any]
    then: Literal[
        "recommend",
        "consider",
        "trial-only",
        "not-beneficial",
        "contraindicated",
        "silent",
        "not in force",
        "alert",
    ]
    provided: tuple[str, ...] | None = None
    weakened: bool | None = None
    options: dict[str, str] | None = None
    notes: tuple[str, ...] | None = None
    updates: tuple[str, ...] | None = None

    @property
    def expected(self) -> dict[str, Any]:
        stated = self.model_dump(exclude_none=True, exclude={"name", "setting", "given"})
        return {k: sorted(v) if isinstance(v, tuple) else v for k, v in stated.items()}


@cache
def read_vignettes(entry_id: str) -> tuple[Vignette, ...]:
    """The vignettes of one entry. Raises for any key that a vignette does not have."""
    rows = read_yaml(FOLDER / f"{entry_id}.yaml").content
    return tuple(Vignette.model_validate(row) for row in rows)


def outcome(entry_id: str, vignette: Vignette, library: Library) -> dict[str, Any]:
    """What this one entry says of the vignette's patient, in the vignette's own terms."""
    snapshot = library.in_force(vignette.setting.jurisdiction, vignette.setting.date)
    entry = find(entry_id, snapshot)
    if entry is None:
        return {"then": "not in force"}
    case = read_case(vignette.given, snapshot)
    if isinstance(entry, AlertEntry):
        applies = case.state.value in entry.states
        raised = applies and holds(entry.when, case).truth is Truth.MET
        return {"then": "alert" if raised else "silent"}
    spoken = speak(entry, case, snapshot)
    if spoken is None:
        return {"then": "silent"}
    notes = notes_of(entry.notes, case, snapshot)
    cited = [*entry.updates, *(u for note in notes for u in note.updates)]
    rows = {note.say: note.row for note in entry.notes}
    return {
        "then": spoken.strength.value,
        "provided": sorted(spoken.provided),
        "weakened": bool(spoken.weaker),
        "options": {
            o.drug: f"{o.status}, being given" if o.current else o.status
            for o in spoken.options
        },
        "notes": sorted(rows[note.say] for note in notes),
        "updates": sorted({u for u in cited if u in snapshot.updates}),
    }


def find(entry_id: str, snapshot: Snapshot) -> Entry | AlertEntry | None:
    known: list[Entry | AlertEntry] = [*snapshot.entries, *snapshot.alerts]
    return next((entry for entry in known if entry.id == entry_id), None)


def wrong(entry_id: str, library: Library) -> Iterator[str]:
    """The vignettes of an entry that do not come out as written."""
    for vignette in read_vignettes(entry_id):
        found = outcome(entry_id, vignette, library)
        expected = vignette.expected
        if expected != {key: found.get(key) for key in expected}:
            yield f"{vignette.name}: expected {expected}, found {found}"


@pytest.mark.parametrize("entry_id", IDS)
def test_each_patient_gets_what_the_vignette_says(entry_id: str) -> None:
    assert list(wrong(entry_id, LIBRARY)) == []


def test_every_entry_has_vignettes_and_every_vignette_an_entry() -> None:
    assert sorted([*LIBRARY.entries, *LIBRARY.alerts]) == IDS


@pytest.mark.parametrize("entry_id", IDS)
def test_an_entry_is_shown_met_unmet_and_unknown(entry_id: str) -> None:
    found = [settled(entry_id, vignette) for vignette in read_vignettes(entry_id)]

    # An alert asks only what a record answers by silence too, so none can be unknown to it;
    # it shows a patient of whom nothing is recorded but the state.
    if entry_id in LIBRARY.alerts:
        assert set(found) == {Truth.MET, Truth.UNMET}
        assert any(v.given.keys() == {"state"} for v in read_vignettes(entry_id))
    else:
        assert set(found) == set(Truth)


def settled(entry_id: str, vignette: Vignette) -> Truth:
    """Whether the entry's whole condition is met, unmet or left open by what is given."""
    setting = vignette.setting
    snapshot = LIBRARY.in_force(setting.jurisdiction, setting.date)
    entry, case = find(entry_id, snapshot), read_case(vignette.given, snapshot)
    if entry is None or case.state.value not in entry.states:
        return Truth.UNMET
    clauses = [entry.when] if entry.when is not None else []
    if isinstance(entry, Entry):
        clauses += entry.provided
        spoken = speak(entry, case, snapshot)
        if spoken and spoken.strength is Strength.CONTRAINDICATED:
            return Truth.UNMET
        if spoken and spoken.provided:
            return Truth.UNKNOWN
    return all_of(holds(c, case) for c in clauses).truth if clauses else Truth.MET


def test_the_numbers_of_the_library_are_those_of_the_conventions() -> None:
    """The tests of the definitions know the conventions; so they hold for the library."""
    assert LIBRARY.constants == Constants()


def test_no_two_vignettes_of_an_entry_have_one_name() -> None:
    for entry_id in IDS:
        names = [vignette.name for vignette in read_vignettes(entry_id)]
        assert len(names) == len(set(names)), entry_id


LIBRARY = load()
