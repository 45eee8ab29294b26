"""Every code of the core has words, and words of a record stay words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aml.case import OPEN_FACTS
from aml.criteria import WORDS
from aml.entries import Strength
from aml.states import OUT_OF_SCOPE, State
from cards import wording
from cards.detail import CONDITIONS
from tests.cards.answers import library


def test_every_state_in_scope_has_a_name() -> None:
    assert set(wording.STATES) == set(State) - OUT_OF_SCOPE


def test_every_strength_and_group_has_a_name() -> None:
    assert set(wording.STRENGTHS) == set(Strength)
    assert set(wording.GROUPS) == set(library().book.groups)


def test_every_fact_that_can_be_missing_has_a_name() -> None:
    assert set(wording.MISSING) >= {*OPEN_FACTS, "mrd", "marrow-now"}


def test_every_condition_that_can_be_open_is_worded() -> None:
    for entry in library().entries.values():
        for word in (*entry.provided, *entry.unless):
            assert CONDITIONS[WORDS[word].when_open]


def test_the_comparator_of_a_value_survives_the_escape() -> None:
    assert wording.escaped("marrow blasts <5 %") == "marrow blasts &lt;5 %"


@given(st.text())
def test_escaped_text_holds_no_tag_no_line_and_no_open_markdown(text: str) -> None:
    safe = wording.escaped(text)
    assert not {"<", ">", "\n", "\r", "\x1b", "\u202e"} & set(safe)
    for i, character in enumerate(safe):
        if character in "`*_[]#|!~":
            backslashes = len(safe[:i]) - len(safe[:i].rstrip("\\"))
            assert backslashes % 2 == 1
