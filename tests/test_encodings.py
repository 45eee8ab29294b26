"""One record, many encodings, one assessment."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings

from standin_ehr.expected import Expected
from tests import encodings
from tests.encoded import (
    Encoded,
    assessed,
    cases,
    changed,
    gist,
    plain,
    record_of,
    records,
    wrong,
)
from tests.encoded import encodings as any_encoding
from tests.encodings.__main__ import ROUNDS, counted
from tests.encodings.all_near_misses import NEAR_MISS
from tests.encodings.pen import shapes
from tests.examples import examples

SECTIONS = {
    *(f"1.{number}" for number in range(1, 14)),
    *(f"2.{number}" for number in range(1, 8)),
    *(str(number) for number in range(3, 12)),
}

each_case = pytest.mark.parametrize("expected", cases(), ids=[c.case for c in cases()])


@cache
def plainest(case: str) -> dict[str, Any]:
    [expected] = [each for each in cases() if each.case == case]
    return gist(assessed(plain(expected).bundle, expected))


@each_case
def test_the_plainest_encoding_is_answered_as_expected(expected: Expected) -> None:
    assert wrong(assessed(plain(expected).bundle, expected), expected) == []


@given(encoded=any_encoding())
@settings(max_examples=examples(120))
def test_every_encoding_of_a_record_gets_the_same_assessment(encoded: Encoded) -> None:
    note(f"{encoded.expected.case}: {sorted(encoded.pen.used)}")
    assessment = assessed(encoded.bundle, encoded.expected)
    assert wrong(assessment, encoded.expected) == []
    assert changed(gist(assessment), plainest(encoded.expected.case)) == {}


def test_every_shape_is_written_and_every_section_has_some_and_a_near_miss() -> None:
    written = counted(ROUNDS)
    assert [shape for shape in shapes() if not written[shape]] == []
    assert {shape.split(" ")[0] for shape in shapes()} == SECTIONS
    assert {option.section for option in NEAR_MISS.options} == SECTIONS


def test_every_case_has_a_record_and_every_record_a_case() -> None:
    assert {record_of(each).id for each in cases()} == records().keys()


def test_the_writer_knows_nothing_of_the_product() -> None:
    modules = sorted(Path(encodings.__file__).parent.rglob("*.py"))
    imported = {name for path in modules for name in _imported(path)}
    outside = {
        name.split(".")[0] for name in imported if not name.startswith("tests.encodings")
    }
    assert outside <= sys.stdlib_module_names | {"hypothesis", "yaml"}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
