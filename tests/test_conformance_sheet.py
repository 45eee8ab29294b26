"""docs/conformance.md is what the rows and the tests say, and no row is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.conformance_sheet import (
    SHEET,
    CoveringTest,
    Row,
    covering_tests,
    gaps,
    read_rows,
    sheet,
    status,
)

ROW = Row("FB-01", "M", "Feedback.")
TEST = CoveringTest(Path(__file__), "test_it")


def test_the_sheet_is_up_to_date() -> None:
    written = SHEET.read_text(encoding="utf-8")
    assert written == sheet(read_rows(), covering_tests()), "make conformance writes it anew"


def test_every_row_is_accounted_for() -> None:
    assert list(gaps(read_rows(), covering_tests())) == []


@pytest.mark.parametrize(
    ("row", "covered", "gap"),
    [
        (ROW, {}, []),
        (Row("FB-01", "M", "", checker=False), {"FB-01": [TEST]}, []),
        (Row("FB-01", "M", "", why="So."), {}, []),
        (
            Row("FB-01", "M", "", checker=False),
            {},
            ["FB-01: no test, no checker and no reason"],
        ),
        (
            Row("FB-01", "M", "", why="Once."),
            {"FB-01": [TEST]},
            ["FB-01: has a test, so `why` is out of date"],
        ),
        (ROW, {"FB-99": [TEST]}, ["FB-99: a test covers it, and no row has this id"]),
    ],
)
def test_a_row_needs_a_test_or_the_checker_or_a_reason(
    row: Row, covered: dict[str, list[CoveringTest]], gap: list[str]
) -> None:
    assert list(gaps({"Feedback": [row]}, covered)) == gap


def test_a_status_says_who_can_tell() -> None:
    assert status(ROW, {}) == "checker"
    assert status(ROW, {"FB-01": [TEST]}) == "tested · checker"
    assert status(Row("X", "O", "", why="no links"), {}) == "not applicable: no links"


def test_a_mark_names_the_rows_of_a_test(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "@pytest.mark.covers('FB-01', 'FB-02')\ndef test_one(): ...\n"
    )
    found = covering_tests(tmp_path)
    assert {row: [test.name for test in tests] for row, tests in found.items()} == {
        "FB-01": ["test_one"],
        "FB-02": ["test_one"],
    }
