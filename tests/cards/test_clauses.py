"""A clause reads one way only."""

from __future__ import annotations

import pytest

from cards.clauses import aloud


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        (None, "always"),
        ("flt3-mutated", "flt3 mutated"),
        ({"state": ["relapse", "refractory"]}, "state relapse or refractory"),
        ({"not": "fit-intensive"}, "not fit intensive"),
        ({"all": ["flt3-mutated", "npm1-mutated"]}, "flt3 mutated and npm1 mutated"),
        (
            {"all": ["fit-intensive", {"any": ["flt3-mutated", "npm1-mutated"]}]},
            "fit intensive and (flt3 mutated or npm1 mutated)",
        ),
        (
            {"any": ["fit-intensive", {"all": ["flt3-mutated", {"not": "npm1-mutated"}]}]},
            "fit intensive or (flt3 mutated and not npm1 mutated)",
        ),
        (
            {"not": {"any": ["flt3-mutated", "npm1-mutated"]}},
            "not (flt3 mutated or npm1 mutated)",
        ),
    ],
)
def test_a_clause_is_read_aloud(clause: object, words: str) -> None:
    assert aloud(clause) == words
