"""What a card rests on: statements of the paper with their references, and dated updates."""

from __future__ import annotations

from collections.abc import Iterable

from aml.entries import Evidence
from aml.knowledge import Snapshot


def evidence_lines(
    evidence: Iterable[str], updates: Iterable[str], snapshot: Snapshot
) -> list[str]:
    """One line per statement, each with its citation; updates with date and place."""
    papers = snapshot.derived(_paper_lines)
    lines = [papers[name] for name in evidence]
    for name in updates:
        update = snapshot.updates[name]
        day = update.date.isoformat()
        lines.append(f"- Since the paper ({day}, {update.jurisdiction}): {update.claim}")
    return lines


def _paper_lines(snapshot: Snapshot) -> dict[str, str]:
    return {name: paper_line(entry) for name, entry in snapshot.evidence.items()}


def paper_line(entry: Evidence) -> str:
    population = f" [{entry.population}]" if entry.population else ""
    return f"- {entry.claim}{population} ({'; '.join(entry.cites)})"
