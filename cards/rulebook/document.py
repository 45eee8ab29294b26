"""A document to read and sign: sections of blocks, the same for HTML and for markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree.ElementTree import Element


@dataclass(frozen=True, slots=True)
class Link:
    """`target`: an anchor of the document (`#…`), or an address that is only named."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Strong:
    text: str


Span: TypeAlias = str | Link | Strong
Line: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    line: Line


@dataclass(frozen=True, slots=True)
class Caveat:
    """A paragraph that nobody may overlook."""

    line: Line


@dataclass(frozen=True, slots=True)
class Field:
    """A label with its lines. `run_on`: many short lines, which need no line of their own."""

    label: str
    lines: tuple[Line, ...]
    run_on: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """What belongs to one subject, label by label."""

    rows: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. `anchors` name its rows, one each, or none."""

    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """`outline` says in lines what the drawing shows; each with its depth."""

    drawing: Element
    caption: str
    outline: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Where a clinician signs what stands above it; `signed` if one did."""

    subject: str
    signed: str = ""


Block: TypeAlias = Paragraph | Caveat | Fields | Grid | Figure | Signature


@dataclass(frozen=True, slots=True)
class Section:
    """`anchor` is unique in the document; `mark` stands after the title in small letters."""

    title: str
    anchor: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    mark: str = ""

    def walk(self, depth: int = 2) -> Iterator[tuple[int, Section]]:
        """This section and those below it, each with the depth of its heading."""
        yield depth, self
        for section in self.sections:
            yield from section.walk(depth + 1)


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    preface: tuple[Block, ...]
    sections: tuple[Section, ...]

    def walk(self) -> Iterator[tuple[int, Section]]:
        for section in self.sections:
            yield from section.walk()


def lines(*texts: str) -> tuple[Line, ...]:
    return tuple((text,) for text in texts)
