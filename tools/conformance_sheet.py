"""docs/conformance.md: each row of what CDS Hooks asks, the tests that show it, its status.

The rows are tests/cds_service/conformance.yaml; a test names those it shows by
`@pytest.mark.covers("FB-01")`. A row without a test, the checker or a reason is an error.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "tests" / "cds_service" / "conformance.yaml"
SHEET = ROOT / "docs" / "conformance.md"
HEAD = r"""# What CDS Hooks asks, and what shows it

Written by `make conformance` from `tests/cds_service/conformance.yaml` and the `covers` marks
of the tests; a test fails while it is out of date. Level: M must, S should, O may of the
specification (3.0.0-ballot, with what 1.0 and 2.0.1 say differently); with \* it is ours.
*checker*: a conformance checker can tell, and `tools/conformance_run.py` runs one against the
service, with and without tokens.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """`why` is given where there is nothing to test, and only there."""

    id: str
    level: str
    says: str
    checker: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class CoveringTest:
    path: Path
    name: str

    @property
    def link(self) -> str:
        words = self.name.removeprefix("test_").replace("_", " ")
        return f"[{words}](../{self.path.relative_to(ROOT).as_posix()})"


Covered = Mapping[str, Sequence[CoveringTest]]


def main() -> int:
    groups, covered = read_rows(), covering_tests()
    SHEET.write_text(sheet(groups, covered), encoding="utf-8")
    problems = list(gaps(groups, covered))
    for problem in problems:
        print(problem, file=sys.stderr)
    return bool(problems)


def read_rows(path: Path = ROWS) -> dict[str, list[Row]]:
    content: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        group["group"]: [Row(id=name, **row) for name, row in group["rows"].items()]
        for group in content
    }


def covering_tests(folder: Path = ROOT / "tests") -> Covered:
    """The tests of each row, in the order of their files."""
    found: dict[str, list[CoveringTest]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for row in _covers(node):
                    found[row].append(CoveringTest(path, node.name))
    return found


def gaps(groups: Mapping[str, Sequence[Row]], covered: Covered) -> Iterator[str]:
    """What is not accounted for, and what is out of date."""
    rows = {row.id: row for listed in groups.values() for row in listed}
    for row in rows.values():
        tested = row.checker or row.id in covered
        if row.why and row.id in covered:
            yield f"{row.id}: has a test, so `why` is out of date"
        elif not row.why and not tested:
            yield f"{row.id}: no test, no checker and no reason"
    for name in sorted(set(covered) - set(rows)):
        yield f"{name}: a test covers it, and no row has this id"


def sheet(groups: Mapping[str, Sequence[Row]], covered: Covered) -> str:
    parts = [HEAD, f"{_summary(groups, covered)}\n"]
    for group, rows in groups.items():
        lines = [f"## {group}\n", "| row | level | what is asked | tests | status |"]
        lines.append("| --- | --- | --- | --- | --- |")
        for row in rows:
            tests = "; ".join(test.link for test in covered.get(row.id, ())) or "–"
            level = row.level.replace("*", r"\*")
            lines.append(
                f"| {row.id} | {level} | {row.says} | {tests} | {status(row, covered)} |"
            )
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def status(row: Row, covered: Covered) -> str:
    if row.why:
        return f"not applicable: {row.why}"
    ways = ["tested"] if row.id in covered else []
    return " · ".join(ways + (["checker"] if row.checker else []))


def _summary(groups: Mapping[str, Sequence[Row]], covered: Covered) -> str:
    rows = [row for listed in groups.values() for row in listed]
    idle = sum(bool(row.why) for row in rows)
    tested = sum(row.id in covered for row in rows)
    return (
        f"{len(rows)} rows: {tested} with tests of this repository, "
        f"{len(rows) - tested - idle} by the checker alone, {idle} not applicable."
    )


def _covers(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="covers"), args=args):
                yield from (ast.literal_eval(arg) for arg in args)


if __name__ == "__main__":
    sys.exit(main())
