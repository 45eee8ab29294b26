"""`missing` is what trying the values of each open fact shows, by the contract's definition."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from aml.case import Case
from aml.criteria import WORDS
from aml.entries import Strength
from aml.knowledge import Snapshot
from aml.logic import Unknown, Why
from aml.missing import missing
from aml.reading import facts_of_word
from aml.recommend import everything_said, merged
from aml.states import State
from tests.aml import cases
from tests.aml.cases import silent, unknown, with_fact
from tests.aml.invariants import CODES, PLACES, Said, anywhere, by_code


@given(anywhere(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_what_is_missing_is_what_trying_its_values_shows(
    drawn: tuple[str, Case], rng: random.Random
) -> None:
    place, case = drawn
    snapshot = PLACES[place]
    for field in rng.sample(cases.OPEN, 12):
        case = with_fact(case, field, unknown(field))
    assert found_missing(case, snapshot) == tried(case, snapshot)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("state", State)
def test_a_silent_record_misses_what_trying_its_values_shows(state: State, place: str) -> None:
    case = silent(PLACES[place], state)
    assert found_missing(case, PLACES[place]) == tried(case, PLACES[place])


def test_a_rule_that_asks_for_another_state_is_tried_in_that_state() -> None:
    """Also where a note has asked the same of the state as it is."""
    here, positive = PLACES["US today"], State.REMISSION_MRD_POSITIVE
    monitoring = next(e for e in here.entries if e.id == "mrd-monitoring")
    clause = {"state": [positive.value]}
    assert clause in [note.when for note in monitoring.notes]
    rule = {"id": "other", "code": "clinical-trial", "states": (positive,), "when": clause}
    entries = (*here.entries, monitoring.model_copy(update=rule))
    snapshot = replace(here, entries=entries)
    case = silent(snapshot, State.REMISSION_MRD_UNKNOWN)
    said = everything_said(case, snapshot)
    assert "mrd-monitoring" in {r.code for r in merged(said, case, snapshot)}
    changes = {m.fact: m.changes for m in missing(case, snapshot, said)}
    assert "clinical-trial" in changes["mrd"]


@pytest.mark.parametrize("name", WORDS)
def test_a_word_that_rests_on_one_fact_says_the_same_for_whatever_reason_it_is_open(
    name: str,
) -> None:
    arguments = cases.ARGUMENTS.get(name, ())
    read = facts_of_word(name, arguments) & set(cases.OPEN)
    if len(read) == 1:
        [field] = read
        open_ = [Unknown("open", why, ("Observation/a",)) for why in Why]
        asked = [with_fact(silent(PLACES["US today"], State.RELAPSE), field, o) for o in open_]
        said = [WORDS[name].definition(case, *arguments).truth for case in asked]
        assert len(set(said)) == 1


def found_missing(case: Case, snapshot: Snapshot) -> dict[str, set[str]]:
    said = everything_said(case, snapshot)
    return {m.fact: set(m.changes) for m in missing(case, snapshot, said)}


# The response contract's names of what can be missing, and the facts of a case behind each.
OPEN_FACTS = {
    "flt3-itd-current": ("flt3_itd",),
    "flt3-tkd-current": ("flt3_tkd",),
    "idh1-current": ("idh1",),
    "idh2-current": ("idh2",),
    "npm1-current": ("npm1",),
    "kmt2a-current": ("kmt2a",),
    "cd33-current": ("cd33",),
    "fitness": ("fitness", "performance_improved"),
    "transplant-eligibility": ("transplant_eligibility",),
    "gvhd-active": ("gvhd_active",),
    "gvhd-prior": ("gvhd_prior",),
    "immunosuppression": ("immunosuppression",),
    "donor": ("donor", "donor_cells"),
    "goals-of-care": ("goals_of_care",),
    "mrd": ("mrd_around_hct",),
    "flt3-itd-at-diagnosis": ("flt3_itd_at_diagnosis",),
}
# What the next MRD result or a marrow now would make of the state.
OPEN_STATES: dict[State, tuple[str, tuple[State, ...]]] = {
    State.REMISSION_MRD_UNKNOWN: (
        "mrd",
        (State.REMISSION_MRD_NEGATIVE, State.REMISSION_MRD_POSITIVE),
    ),
    State.MRD_RELAPSE_SUSPECTED: ("mrd", (State.MRD_RELAPSE, State.REMISSION_MRD_POSITIVE)),
    State.RELAPSE_SUSPECTED: ("marrow-now", (State.RELAPSE, State.REMISSION_MRD_UNKNOWN)),
    State.INDETERMINATE: ("marrow-now", (State.RELAPSE, State.REMISSION_MRD_UNKNOWN)),
    State.IN_TREATMENT: ("marrow-now", (State.REFRACTORY, State.REMISSION_MRD_UNKNOWN)),
}


def tried(case: Case, snapshot: Snapshot) -> dict[str, set[str]]:
    """The contract's own definition of `missing`: one fact at a time, every value of it; what
    appears, vanishes, or changes in strength, and the state if it becomes another."""
    now = by_code(case, snapshot)
    found: dict[str, set[str]] = {}
    for name, supposed in _supposed(case):
        then = by_code(supposed, snapshot)
        changed = {c for c in CODES if _strength(now.get(c)) is not _strength(then.get(c))}
        if supposed.state.value is not case.state.value:
            changed.add(supposed.state.value.value)
        found[name] = found.get(name, set()) | changed
    return {name: changed for name, changed in found.items() if changed}


def _strength(said: Said | None) -> Strength | None:
    return said.strength if said else None


def _supposed(case: Case) -> Iterator[tuple[str, Case]]:
    for name, facts in OPEN_FACTS.items():
        for field in facts:
            for value in (
                cases.values(field) if isinstance(getattr(case, field), Unknown) else ()
            ):
                supposed = with_fact(case, field, cases.fact(field, value))
                if field == "gvhd_active" and value is True:  # active GVHD is GVHD
                    supposed = with_fact(supposed, "gvhd_prior", cases.fact("gvhd_prior", True))
                yield name, supposed
    if case.state.value is State.IN_TREATMENT and not case.landmark_unassessed.value:
        return
    name, states = OPEN_STATES.get(case.state.value, ("", ()))
    for state in states:
        yield name, with_fact(case, "state", structs.replace(case.state, value=state))
