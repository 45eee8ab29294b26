"""Kleene's strong logic, exhaustively, and the facts that a verdict keeps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from aml.logic import (
    Known,
    Truth,
    Unknown,
    Verdict,
    Why,
    all_of,
    any_of,
    negate,
)

MET, UNMET, UNKNOWN = Truth.MET, Truth.UNMET, Truth.UNKNOWN
TRUTHS = (MET, UNMET, UNKNOWN)
PAIRS = list(product(TRUTHS, repeat=2))
TRIPLES = list(product(TRUTHS, repeat=3))

AND = {
    (MET, MET): MET,
    (MET, UNMET): UNMET,
    (MET, UNKNOWN): UNKNOWN,
    (UNMET, MET): UNMET,
    (UNMET, UNMET): UNMET,
    (UNMET, UNKNOWN): UNMET,
    (UNKNOWN, MET): UNKNOWN,
    (UNKNOWN, UNMET): UNMET,
    (UNKNOWN, UNKNOWN): UNKNOWN,
}
OR = {
    (MET, MET): MET,
    (MET, UNMET): MET,
    (MET, UNKNOWN): MET,
    (UNMET, MET): MET,
    (UNMET, UNMET): UNMET,
    (UNMET, UNKNOWN): UNKNOWN,
    (UNKNOWN, MET): MET,
    (UNKNOWN, UNMET): UNKNOWN,
    (UNKNOWN, UNKNOWN): UNKNOWN,
}


def verdict(truth: Truth, name: str = "fact") -> Verdict:
    """A verdict on one fact, which is known unless the truth is not."""
    if truth is UNKNOWN:
        return Unknown(name).check(bool)
    return Known(name, truth is MET, name).check(bool)


def verdicts(truths: Sequence[Truth]) -> list[Verdict]:
    return [verdict(truth, f"fact-{i}") for i, truth in enumerate(truths)]


def names(facts: Sequence[Known[Any] | Unknown]) -> list[str]:
    return [fact.name for fact in facts]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_all_of_two(one: Truth, other: Truth) -> None:
    assert all_of(verdicts([one, other])).truth is AND[one, other]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_any_of_two(one: Truth, other: Truth) -> None:
    assert any_of(verdicts([one, other])).truth is OR[one, other]


@pytest.mark.parametrize("truths", TRIPLES)
def test_of_three_the_grouping_does_not_matter(truths: tuple[Truth, ...]) -> None:
    a, b, c = verdicts(truths)
    assert all_of([a, b, c]) == all_of([a, all_of([b, c])]) == all_of([all_of([a, b]), c])
    assert any_of([a, b, c]) == any_of([a, any_of([b, c])]) == any_of([any_of([a, b]), c])


@pytest.mark.parametrize("truths", [*PAIRS, *TRIPLES])
def test_de_morgan_holds_with_the_facts(truths: tuple[Truth, ...]) -> None:
    parts = verdicts(truths)
    opposite = [negate(part) for part in parts]
    assert negate(all_of(parts)) == any_of(opposite)
    assert negate(any_of(parts)) == all_of(opposite)


@pytest.mark.parametrize("truths", [*PAIRS, *TRIPLES])
def test_the_order_of_the_parts_does_not_matter(truths: tuple[Truth, ...]) -> None:
    parts = verdicts(truths)
    assert all_of(parts).truth is all_of(parts[::-1]).truth
    assert any_of(parts).truth is any_of(parts[::-1]).truth


@pytest.mark.parametrize("truths", [*PAIRS, *TRIPLES])
def test_only_the_parts_that_decided_keep_their_facts(truths: tuple[Truth, ...]) -> None:
    for combined in (all_of(verdicts(truths)), any_of(verdicts(truths))):
        deciders = [f"fact-{i}" for i, t in enumerate(truths) if t is combined.truth]
        known = [] if combined.truth is UNKNOWN else deciders
        open_ = deciders if combined.truth is UNKNOWN else []
        assert (names(combined.because), names(combined.missing)) == (known, open_)


@pytest.mark.parametrize("truth", TRUTHS)
def test_negating_twice_changes_nothing(truth: Truth) -> None:
    assert negate(negate(verdict(truth))) == verdict(truth)


@pytest.mark.parametrize("truth", TRUTHS)
def test_one_part_alone_decides(truth: Truth) -> None:
    assert all_of([verdict(truth)]) == any_of([verdict(truth)]) == verdict(truth)


def test_negation_turns_met_into_unmet_and_leaves_unknown() -> None:
    assert [negate(verdict(t)).truth for t in TRUTHS] == [UNMET, MET, UNKNOWN]


def test_a_fact_named_by_two_parts_is_kept_once() -> None:
    part = verdict(MET)
    assert all_of([part, part]).because == part.because


@pytest.mark.parametrize("combine", [all_of, any_of])
def test_no_parts_at_all_are_a_mistake(combine: Any) -> None:
    with pytest.raises(ValueError, match="at least one part"):
        combine([])


@pytest.mark.parametrize(
    "thing",
    [Truth.UNMET, Known("fact", False, ""), Unknown("fact"), verdict(UNMET)],
    ids=lambda thing: type(thing).__name__,
)
def test_nothing_three_valued_is_a_bool(thing: object) -> None:
    with pytest.raises(TypeError, match="is not a bool"):
        bool(thing)


def test_an_unknown_fact_settles_no_check_and_names_itself() -> None:
    fact = Unknown("ecog", Why.UNREAD)
    assert fact.check(lambda value: value > 0) == Verdict(UNKNOWN, missing=(fact,))


def test_a_known_fact_settles_its_check_and_stands_for_it() -> None:
    fact = Known("ecog", 2, "ECOG 2")
    assert fact.check(lambda value: value > 1) == Verdict(MET, because=(fact,))
    assert fact.check(lambda value: value > 2) == Verdict(UNMET, because=(fact,))
