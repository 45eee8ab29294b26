"""Every row, recommending statement and update has its rule and vignette, or its reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cards.algorithm import Row
from cards.coverage import ROOT, TABLE, Coverage
from cards.safety import SafetyFact
from cards.uses import uses_of

COVERAGE = Coverage.of_checkout()
DECISION_TABLE = [
    *(f"G{i}" for i in range(1, 7)),
    *(f"M{i}" for i in range(10)),
    *(f"P{i}" for i in range(1, 8)),
    *(f"V{i}" for i in range(8)),
    *(f"T{i}" for i in range(1, 8)),
    "T1b",
    *(f"F{i}" for i in range(1, 9)),
    *(f"U{i}" for i in range(1, 4)),
    *(f"N{i}" for i in range(1, 10)),
    *(f"D{i}" for i in range(1, 24)),
    *(f"X{i}" for i in range(1, 8)),
]


def without(*rules: str) -> Coverage:
    """The checkout with some rules taken out of the library."""
    library = COVERAGE.library
    fewer = replace(
        library,
        entries={k: v for k, v in library.entries.items() if k not in rules},
        alerts={k: v for k, v in library.alerts.items() if k not in rules},
    )
    return replace(COVERAGE, library=fewer, uses=uses_of(fewer))


def with_row(name: str, row: Row) -> Coverage:
    """The checkout with one row added to the first part of the algorithm, or replaced."""
    first, *others = COVERAGE.algorithm.parts
    part = first.model_copy(update={"rows": {**first.rows, name: row}})
    algorithm = COVERAGE.algorithm.model_copy(update={"parts": (part, *others)})
    return replace(COVERAGE, algorithm=algorithm)


def with_unused(**reasons: str) -> Coverage:
    unused = {name.replace("_", "-"): why for name, why in reasons.items()}
    algorithm = COVERAGE.algorithm.model_copy(
        update={"unused": {**COVERAGE.algorithm.unused, **unused}}
    )
    return replace(COVERAGE, algorithm=algorithm)


def test_the_table_is_up_to_date() -> None:
    written = (ROOT / TABLE).read_text(encoding="utf-8")
    assert written == COVERAGE.to_markdown(), "run python -m cards.coverage"


def test_nothing_is_unaccounted_for() -> None:
    assert list(COVERAGE.gaps()) == []


@pytest.mark.parametrize("row", DECISION_TABLE)
def test_the_algorithm_knows_every_row_of_the_decision_table(row: str) -> None:
    assert row in COVERAGE.algorithm.rows


def test_every_place_that_carries_a_row_exists() -> None:
    named = {path for row in COVERAGE.algorithm.rows.values() for path in row.where}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_vignette_has_its_rule() -> None:
    assert COVERAGE.vignettes.keys() == COVERAGE.files.keys()


@pytest.mark.parametrize(
    ("rule", "gap"),
    [
        ("gilteritinib-flt3", "row T1: no rule, and no `where` and `why`"),
        ("salvage-chemotherapy", "row F2: no rule, and no `where` and `why`"),
        ("response-not-assessed", ""),
        ("salvage-chemotherapy", "salvage-regimens: cited by no rule, and no reason why"),
        ("sequential-conditioning", "upd-asap-longterm-2025: cited by no rule, and no reason"),
    ],
)
def test_a_rule_that_is_taken_out_leaves_its_gap(rule: str, gap: str) -> None:
    found = list(without(rule).gaps())
    assert any(line.startswith(gap) for line in found) if gap else found == []


def test_a_rule_without_a_vignette_is_a_gap() -> None:
    fewer = {k: v for k, v in COVERAGE.vignettes.items() if k != "second-hct"}
    assert list(replace(COVERAGE, vignettes=fewer).gaps()) == ["second-hct: no vignette"]


def test_a_row_without_a_rule_needs_a_place_and_a_reason() -> None:
    gap = ["row G9: no rule, and no `where` and `why`"]
    assert list(with_row("G9", Row(says="New.")).gaps()) == gap
    assert list(with_row("G9", Row(says="New.", where=("aml",))).gaps()) == gap
    assert list(with_row("G9", Row(says="New.", where=("aml",), why="So.")).gaps()) == []


def test_a_reason_that_no_longer_holds_is_a_gap() -> None:
    row = COVERAGE.algorithm.rows["G1"].model_copy(update={"why": "Once."})
    assert list(with_row("G1", row).gaps()) == ["row G1: has a rule, so `why` is out of date"]
    cited = with_unused(upd_morpho_jco_2024="Once.")
    assert list(cited.gaps()) == [
        "upd-morpho-jco-2024: is cited, so its reason is out of date",
    ]
    assert list(with_unused(upd_nothing="Never.").gaps()) == [
        "upd-nothing: not a statement and not an update",
    ]


def test_a_row_that_only_a_rule_knows_is_a_gap() -> None:
    library = COVERAGE.library
    entry = library.entries["trial-first"].model_copy(update={"row": "Q1"})
    wrong = replace(library, entries={**library.entries, "trial-first": entry})
    found = list(replace(COVERAGE, library=wrong, uses=uses_of(wrong)).gaps())
    assert "row Q1: not in knowledge/coverage.yaml" in found


def test_the_table_links_to_files_that_exist() -> None:
    table = (ROOT / TABLE).parent
    links = [part.split(")")[0] for part in COVERAGE.to_markdown().split("](")[1:]]
    assert links
    assert [link for link in links if not Path(table / link).exists()] == []


SAFETY = COVERAGE.safety
READ = SafetyFact(says="Something.", basis="read")


def with_safety(fact: SafetyFact) -> list[str]:
    """What is said of the safety table with one topic more."""
    drugs = {**SAFETY.drugs, "a drug": {"a topic": fact}}
    return list(SAFETY.model_copy(update={"drugs": drugs}).gaps(COVERAGE.library))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, "no rule, no caution and no reason"),
        ({"rules": ("no-such-rule",)}, "no-such-rule is no rule on orders"),
        ({"rules": ("gilteritinib-flt3",)}, "gilteritinib-flt3 is no rule on orders"),
        ({"cards": ("donor-search",)}, "donor-search is no entry with a caution"),
        (
            {"basis": "recalled", "rules": ("venetoclax-with-inducer",)},
            "venetoclax-with-inducer says as read what was only recalled",
        ),
    ],
)
def test_a_topic_of_safety_that_nothing_carries_is_a_gap(
    change: dict[str, Any], problem: str
) -> None:
    assert with_safety(READ.model_copy(update=change)) == [f"a drug, a topic: {problem}"]


def test_a_topic_of_safety_with_a_reason_is_no_gap() -> None:
    assert with_safety(READ.model_copy(update={"why": "dose"})) == []


def test_a_rule_that_rests_on_a_label_is_in_the_safety_table() -> None:
    kept = {drug: topics for drug, topics in SAFETY.drugs.items() if drug != "ziftomenib"}
    found = list(SAFETY.model_copy(update={"drugs": kept}).gaps(COVERAGE.library))
    assert [gap.split(":")[0] for gap in found] == [
        "ziftomenib-with-acid-suppression",
        "ziftomenib-with-inducer",
        "ziftomenib-with-strong-inhibitor",
    ]
