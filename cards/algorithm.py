"""The rows of the algorithm as `knowledge/coverage.yaml` lists them, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, ValidationError

from aml.entries import Form, Id, Words
from aml.knowledge import FOLDER
from aml.yaml_files import read_yaml


class Row(Form):
    """`where`: files that carry the row beside entries, or in their place; `why`: the reason
    for which no entry is needed."""

    says: Words
    where: tuple[Words, ...] = ()
    why: str = ""


class Part(Form):
    """A branch of the decision table, or (`defines`) what all branches lean on."""

    id: Words
    title: Words
    defines: bool = False
    rows: dict[str, Row] = Field(min_length=1)


class Algorithm(Form):
    """All rows, and why some statements and updates are used by no entry."""

    parts: tuple[Part, ...]
    unused: dict[Id, Words] = Field(default_factory=dict)

    @property
    def rows(self) -> dict[str, Row]:
        return {row_id: row for part in self.parts for row_id, row in part.rows.items()}

    def part_of(self, row: str) -> str:
        """The part a row belongs to; empty for a row that only a site knows."""
        return next((part.id for part in self.parts if row in part.rows), "")

    def anchor_of(self, row: str) -> str:
        """Where the rulebook explains a row; empty for a row that only a site knows."""
        part = next((part for part in self.parts if row in part.rows), None)
        if part is None:
            return ""
        return f"row-{row.replace(' ', '-')}" if part.defines else f"branch-{part.id}"

    def chapters(self) -> Iterator[Part]:
        return (part for part in self.parts if part.defines)


def read_algorithm(folder: Path = FOLDER) -> Algorithm:
    """Raises KnowledgeError, naming file, line and field, for what cannot be meant."""
    file = read_yaml(folder / "coverage.yaml")
    try:
        return Algorithm.model_validate(file.content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        field = tuple(step for step in problem["loc"] if isinstance(step, str | int))
        raise file.error(field, problem["msg"]) from None
