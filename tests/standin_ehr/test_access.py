"""Tokens open what they were issued for, as long as they were issued for."""

from __future__ import annotations

import pytest

from standin_ehr.access import Tokens, readable_kinds, reads_only


def test_a_token_opens_one_record_for_its_time() -> None:
    tokens = Tokens()
    grant = tokens.of(f"bearer {tokens.issue('a', 'patient/Observation.rs', 60)}")
    assert grant is not None
    assert (grant.patient, grant.covers("Observation"), grant.covers("Patient")) == (
        "a",
        True,
        False,
    )


def test_a_token_that_has_run_out_opens_nothing() -> None:
    tokens = Tokens()
    assert tokens.of(f"Bearer {tokens.issue('a', 'patient/*.rs', -1)}") is None


@pytest.mark.parametrize(
    ("scope", "kinds"),
    [
        ("patient/*.rs", {"*"}),
        ("patient/*.read", {"*"}),
        ("patient/Observation.r patient/Condition.s", {"Observation", "Condition"}),
        ("patient/Observation.c", set()),
        ("user/*.rs system/*.rs openid launch", set()),
        ("patient/Observation.rs?category=laboratory", set()),
        ("", set()),
    ],
)
def test_of_a_scope_only_what_reads_a_patients_record_counts(
    scope: str, kinds: set[str]
) -> None:
    assert readable_kinds(scope) == kinds


@pytest.mark.parametrize("scope", ["patient/*.cruds", "patient/*.*", "patient/*.", "launch"])
def test_a_scope_that_could_write_is_none_that_only_reads(scope: str) -> None:
    assert not reads_only(scope)
