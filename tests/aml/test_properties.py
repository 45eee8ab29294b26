"""Nobody is offered what the record forbids, and knowing less never offers more.

Three nets. Each entry alone, over every value of every fact that it asks for (`explore` finds
out which those are). Then all entries together, in each state that gives advice: whatever
differs from a silent record in up to three facts, and in the EU and at the time of the paper in
up to two. Only facts that an entry of the state asks for are varied; drugs and the days of
windows are left to the other two nets. Then cases at random, with everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec import structs

from aml.case import Case
from aml.criteria import WORDS
from aml.entries import Entry, Strength
from aml.knowledge import Snapshot
from aml.logic import Known, Unknown, Verdict
from aml.reading import facts_of_word
from aml.recommend import recommend
from aml.states import State
from tests.aml import cases
from tests.aml.cases import (
    answers,
    domain,
    explore,
    fields_read,
    paths,
    silent,
    unknown,
    with_fact,
)
from tests.aml.invariants import (
    BY_STATE,
    ENTRIES,
    PLACES,
    US,
    WEAK_MARKERS,
    Said,
    anywhere,
    by_code,
    by_entry,
    facts_read,
    faults,
    less_known,
)

# In the US; where drugs need an approval, or targets count only with one (A26), elsewhere too.
RULES = [(e.id, "US today") for e in US.entries]
RULES += [(e.id, p) for p in PLACES for e in US.entries if e.needs_approval and p != "US today"]
RULES += [("salvage-chemotherapy", "EU today")]


def domain_of(entry: Entry, snapshot: Snapshot) -> dict[str, tuple[Any, ...]]:
    return domain(snapshot, [o.drug for o in entry.options] or ["venetoclax"])


@pytest.mark.parametrize(("entry_id", "place"), RULES)
def test_an_entry_is_safe_on_every_value_of_every_fact_it_asks_for(
    entry_id: str, place: str
) -> None:
    entry, snapshot = ENTRIES[entry_id], PLACES[place]
    values = domain_of(entry, snapshot)
    tree = explore(lambda case: by_entry(entry, case, snapshot), values)
    assert fields_read(tree) <= facts_read(entry, snapshot) | {"on", "constants"}
    wrong: list[str] = []
    for known, said in paths(tree):
        if said is not None and said.strength.offered:
            # A fact that the entry does not ask for may be anything.
            check = explore(partial(faults, said), values, **known)
            wrong += [fault for _, found in paths(check) for fault in found]
        unsettled = isinstance(known.get("transplant_eligibility"), Unknown)
        for field in known.keys() & set(cases.OPEN):
            if isinstance(known[field], Known):
                for after in answers(tree, known | {field: unknown(field)}):
                    wrong += less_known(field, unsettled, said, after)
    assert wrong == []


def asked(state: State) -> tuple[str, ...]:
    """The facts that the entries of a state ask for, but for drugs and days."""
    read = (facts_read(entry, US) for entry in US.entries if state in entry.states)
    return tuple(sorted(set().union(*read) & set(cases.FACTS) - {"state"}))


def differing(case: Case, names: tuple[str, ...], at_most: int) -> Iterator[dict[str, Any]]:
    """What may differ from the case: every value, unknown too, of so many facts."""
    values: dict[str, list[Any]] = {}
    for name in names:
        default = getattr(case, name)
        now = default.value if isinstance(default, Known) else None
        values[name] = [
            v for v in domain(US)[name] if (v.value if isinstance(v, Known) else None) != now
        ]
    for size in range(at_most + 1):
        for chosen in combinations(names, size):
            for each in product(*(values[name] for name in chosen)):
                yield dict(zip(chosen, each, strict=True))


Change = frozenset[tuple[str, Any]]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("state", [state for state in State if BY_STATE[state]])
def test_all_entries_are_safe_together(state: State, place: str) -> None:
    base = silent(PLACES[place], state)
    facts = 3 if place == "US today" else 2
    wrong: list[str] = []
    answer: dict[Change, dict[str, Said]] = {}
    for change in differing(base, asked(state), facts):
        case = structs.replace(base, **change)
        said = by_code(case, PLACES[place])
        answer[frozenset(change.items())] = said
        wrong += [fault for each in said.values() for fault in faults(each, case)]
    for more, less, field in _forgotten(base, answer):
        unsettled = "transplant_eligibility" not in dict(less)
        for code in answer[less].keys() | answer[more].keys():
            before, after = answer[more].get(code), answer[less].get(code)
            wrong += less_known(field, unsettled, before, after)
    assert wrong == []


def _forgotten(
    base: Case, answer: Mapping[Change, object]
) -> Iterator[tuple[Change, Change, str]]:
    """Two cases of the net, and the fact that the first holds and the second leaves open."""
    for change in answer:
        for field, value in change:
            rest = change - {(field, value)}
            if isinstance(getattr(base, field), Unknown):
                yield change, rest, field
            elif isinstance(value, Unknown):
                yield rest, change, field
            elif field in cases.OPEN:
                yield change, rest | {(field, unknown(field))}, field


@given(anywhere())
@settings(max_examples=250, deadline=None, derandomize=True, database=None)
def test_any_case_is_answered_safely_and_no_less_so_when_less_is_known(
    drawn: tuple[str, Case],
) -> None:
    place, case = drawn
    snapshot = PLACES[place]
    said = by_code(case, snapshot)
    wrong = [fault for each in said.values() for fault in faults(each, case)]
    for field in cases.OPEN:
        if isinstance(getattr(case, field), Known):
            less = with_fact(case, field, unknown(field))
            unsettled = isinstance(less.transplant_eligibility, Unknown)
            then = by_code(less, snapshot)
            for code in said.keys() | then.keys():
                wrong += less_known(field, unsettled, said.get(code), then.get(code))
    assert wrong == []


def strength(case: Case, code: str) -> Strength | None:
    said = by_code(case, US).get(code)
    return said.strength if said else None


def test_recorded_comfort_goals_hide_a_targeted_drug_and_silence_does_not() -> None:
    comfort = cases.case(US, flt3_itd=True, goals_of_care="comfort")
    assert strength(comfort, "gilteritinib") is Strength.CONTRAINDICATED
    assert strength(cases.case(US, flt3_itd=True), "gilteritinib") is Strength.RECOMMEND


@pytest.mark.parametrize("code", ["donor-search", "allogeneic-hct"])
def test_recorded_unfitness_weakens_a_transplant_row_while_eligibility_is_silent(
    code: str,
) -> None:
    assert strength(cases.case(US, fitness="unfit"), code) is Strength.CONSIDER
    assert strength(cases.case(US), code) is Strength.RECOMMEND
    eligible = cases.case(US, fitness="unfit", transplant_eligibility="eligible")
    assert strength(eligible, code) is Strength.RECOMMEND


def test_recorded_ineligibility_weakens_salvage_and_silence_namesit() -> None:
    fit = {"fitness": "fit", "flt3_itd": False, "flt3_tkd": False, "idh1": False, "idh2": False}
    ineligible = cases.case(US, transplant_eligibility="ineligible", **fit)
    assert strength(ineligible, "salvage-chemotherapy") is Strength.CONSIDER
    said = by_code(cases.case(US, **fit), US)["salvage-chemotherapy"]
    assert said.strength is Strength.RECOMMEND
    assert "transplant-eligible" in said.provided


def test_an_unknown_target_asks_for_its_test() -> None:
    tested = {"flt3_itd": False, "flt3_tkd": False, "idh1": False, "idh2": False}
    assert strength(cases.case(US, **tested), "repeat-molecular-testing") is None
    untested = cases.case(US, **tested | {"idh2": None})
    assert strength(untested, "repeat-molecular-testing") is Strength.RECOMMEND


def test_a_row_that_may_be_considered_does_not_weaken_a_recommended_one_beside_it() -> None:
    remission = {
        "first_remission": True,
        "adverse_risk": True,
        "remission_by_hma_venetoclax": True,
        "performance_improved": True,
        "remission": US.on - timedelta(30),
    }
    both = cases.case(US, "remission-mrd-unknown", fitness="fit", **remission)
    assert by_code(both, US)["allogeneic-hct"].rule == "hct-in-first-remission"
    assert strength(both, "allogeneic-hct") is Strength.RECOMMEND
    unfit = cases.case(US, "remission-mrd-unknown", fitness="unfit", **remission)
    assert strength(unfit, "allogeneic-hct") is Strength.CONSIDER


@pytest.mark.parametrize("entry_id", ENTRIES)
def test_only_confirmation_rests_on_weak_markers_and_nothing_on_dta_genes(
    entry_id: str,
) -> None:
    read = facts_read(ENTRIES[entry_id], US)
    assert "dta_marker" not in read
    assert read.isdisjoint(WEAK_MARKERS) or ENTRIES[entry_id].code == "confirm-mrd"


@given(anywhere())
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_weak_markers_bring_confirmation_and_dta_genes_bring_nothing(
    drawn: tuple[str, Case],
) -> None:
    place, case = drawn
    snapshot = PLACES[place]
    without = case
    for field in (*WEAK_MARKERS, "dta_marker"):
        without = with_fact(without, field, cases.fact(field, False))
    expected = recommend(without, snapshot)
    assert recommend(with_fact(without, "dta_marker", case.dta_marker), snapshot) == expected
    for field in WEAK_MARKERS:
        found = recommend(with_fact(without, field, cases.fact(field, True)), snapshot)
        assert {r for r in found if r.code != "confirm-mrd"} <= set(expected)
        assert len(found) - len(expected) in (0, 1)


def test_no_word_tells_apart_the_values_that_are_tried_as_one() -> None:
    for field, alike in cases.ALIKE.items():
        both = {**domain(US), field: tuple(cases.fact(field, value) for value in alike)}
        for word in WORDS.values():
            said = cases.ARGUMENTS.get(word.name, ())
            if field in facts_of_word(word.name, said):
                by_rest: dict[frozenset[tuple[str, Any]], set[str]] = {}
                asked = partial(_asked, word.definition, said)
                for known, verdict in paths(explore(asked, both)):
                    rest = frozenset((k, v) for k, v in known.items() if k != field)
                    by_rest.setdefault(rest, set()).add(verdict.truth.value)
                assert all(len(truths) == 1 for truths in by_rest.values()), word.name


def _asked(definition: Callable[..., Verdict], said: tuple[Any, ...], case: Case) -> Verdict:
    return definition(case, *said)


def test_every_fact_of_a_case_is_asked_for() -> None:
    read = {f for name in WORDS for f in facts_of_word(name, cases.ARGUMENTS.get(name, ()))}
    read |= {fact for entry in US.entries for fact in facts_read(entry, US)}
    assert {*cases.FACTS, *cases.DAYS, *cases.DRUGS} <= read
