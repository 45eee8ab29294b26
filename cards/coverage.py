"""The coverage table: row, statement or update of the algorithm, its rules, their vignettes.

`python -m cards.coverage` writes docs/coverage.md and says what is unaccounted for.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aml.knowledge import FOLDER, Library, load
from cards.algorithm import Algorithm, read_algorithm
from cards.safety import DrugSafety, read_safety
from cards.uses import ORDER, Use, Uses, read_vignettes, uses_of

ROOT = FOLDER.parent
TABLE = Path("docs/coverage.md")
ORDERS = Path("tests/orders/alone.yaml")  # the lines of each rule on orders
INTRODUCTION = """\
# Coverage

Made by `python -m cards.coverage`; do not edit. Each row of the decision table and each
paragraph behind it, each statement of the paper that recommends something, and each update
since: the rules and notes that carry it, and their vignettes. What rightly has no rule says
why; the reasons stand in `knowledge/coverage.yaml`. Last, the safety of the drugs.
"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The library held against the algorithm. `files` and `vignettes` are paths by rule id."""

    library: Library
    algorithm: Algorithm
    safety: DrugSafety
    uses: Uses
    files: Mapping[str, str]
    vignettes: Mapping[str, str]

    @classmethod
    def of_checkout(cls, root: Path = ROOT) -> Coverage:
        library = load(folder=root / "knowledge")
        tested = root / "tests" / "vignettes"
        vignettes = {
            name: _path(tested / f"{name}.yaml", root) for name in read_vignettes(tested)
        }
        return cls(
            library,
            read_algorithm(root / "knowledge"),
            read_safety(root / "knowledge"),
            uses_of(library),
            {p.stem: _path(p, root) for p in sorted((root / "knowledge").glob("*/*.yaml"))},
            vignettes | dict.fromkeys(library.orders, ORDERS.as_posix()),
        )

    @property
    def recommending(self) -> tuple[str, ...]:
        """The statements by which the authors advise something."""
        found = self.library.evidence.items()
        return tuple(name for name, e in found if e.kind == "recommendation")

    def gaps(self) -> Iterator[str]:
        """What is unaccounted for, and reasons that no longer hold."""
        yield from self._row_gaps()
        yield from self._source_gaps()
        yield from self.safety.gaps(self.library)
        rules = {*self.library.entries, *self.library.alerts, *self.library.orders}
        yield from (f"{name}: no vignette" for name in sorted(rules - set(self.vignettes)))

    def _row_gaps(self) -> Iterator[str]:
        carried = {
            name
            for name, uses in self.uses.rows.items()
            if any(use.kind != ORDER for use in uses)
        }
        for name, row in self.algorithm.rows.items():
            if name not in carried and not (row.where and row.why):
                yield f"row {name}: no rule, and no `where` and `why`"
            if name in carried and row.why:
                yield f"row {name}: has a rule, so `why` is out of date"
        for name in sorted(set(self.uses.rows) - set(self.algorithm.rows)):
            yield f"row {name}: not in knowledge/coverage.yaml"

    def _source_gaps(self) -> Iterator[str]:
        unused = self.algorithm.unused
        for name in (*self.recommending, *self.library.updates):
            if name not in self.uses.sources and name not in unused:
                yield f"{name}: cited by no rule, and no reason why"
        for name in unused:
            if name in self.uses.sources:
                yield f"{name}: is cited, so its reason is out of date"
            elif name not in {*self.library.evidence, *self.library.updates}:
                yield f"{name}: not a statement and not an update"

    def to_markdown(self) -> str:
        parts = [INTRODUCTION]
        for part in self.algorithm.parts:
            rows = [
                (name, row.says, *self._cells(self.uses.rows.get(name, ()), row.where, row.why))
                for name, row in part.rows.items()
            ]
            parts.append(f"## {part.title}\n\n{_table(ROW_HEAD, rows)}")
        sources = self.uses.sources
        statements = [
            (name, self.library.evidence[name].claim, *self._cells(sources.get(name, ())))
            for name in self.recommending
        ]
        parts.append(f"## Statements that recommend\n\n{_table(SOURCE_HEAD, statements)}")
        updates = [
            (
                f"{name}<br>{update.date}, {update.jurisdiction}",
                update.claim,
                *self._cells(sources.get(name, ()), (), self.algorithm.unused.get(name, "")),
            )
            for name, update in self.library.updates.items()
        ]
        parts.append(f"## Updates since the paper\n\n{_table(SOURCE_HEAD, updates)}")
        links = {name: f"../{path}" for name, path in self.files.items()}
        safety = _table(SAFETY_HEAD, self.safety.rows(links))
        parts.append(f"## Drug safety\n\n{SAFETY}\n{safety}")
        return "\n".join(parts)

    def _cells(
        self, uses: Collection[Use], where: Iterable[str] = (), why: str = ""
    ) -> tuple[str, str]:
        """Rules with what else carries the row, and the vignettes of the rules."""
        kinds: dict[str, list[str]] = {}
        for use in uses:
            kinds.setdefault(use.rule, []).append(use.kind)
        carried = [self._carrier(rule, said) for rule, said in kinds.items()]
        carried += [f"`{path}`" for path in where]
        tested = [f"[{r}](../{self.vignettes[r]})" for r in kinds if r in self.vignettes]
        said = "<br>".join(carried)
        return f"{said}<br>{why}" if said and why else said or why, "<br>".join(tested) or "-"

    def _carrier(self, rule: str, kinds: Iterable[str]) -> str:
        listed = ", ".join(dict.fromkeys(kinds))
        if not rule:
            table = "approvals" if listed == "approval" else "library"
            return f"{listed} ([{table}.yaml](../knowledge/{table}.yaml))"
        link = f"[{rule}](../{self.files[rule]})"
        return link if listed in ("rule", "alert") else f"{link} ({listed})"


ROW_HEAD = ("Row", "It says", "Rules and notes", "Vignettes")
SAFETY_HEAD = ("Drug, topic", "It says", "Basis", "Rules on orders, cautions, reasons")
SAFETY = """\
From `knowledge/drug_safety.yaml`. What was only recalled is shown by no rule as a fact; a rule
that rests on it says to check the label.
"""
SOURCE_HEAD = ("Id", "It says", "Rules and notes", "Vignettes")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [_line(head), _line(("---",) * len(head)), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _path(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def main() -> int:
    coverage = Coverage.of_checkout()
    (ROOT / TABLE).write_text(coverage.to_markdown(), encoding="utf-8")
    gaps = list(coverage.gaps())
    for gap in gaps:
        print(gap, file=sys.stderr)
    print(f"{TABLE}: {len(gaps)} gaps" if gaps else f"{TABLE}: nothing unaccounted for")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
