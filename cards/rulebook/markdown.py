"""The rulebook as markdown, one statement a line, so that two versions can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cards.rulebook.document import (
    Block,
    Caveat,
    Document,
    Fields,
    Figure,
    Grid,
    Line,
    Link,
    Paragraph,
    Signature,
    Strong,
)

_SPECIAL = re.compile(r"([\\`*\[\]#<>|]|(?<!\w)_|_(?!\w))")


def to_markdown(document: Document) -> str:
    parts = [f"# {_escaped(document.title)}", *_blocks(document.preface)]
    for depth, section in document.walk():
        mark = f" (`{section.mark}`)" if section.mark else ""
        parts.append(f"{'#' * depth} {_escaped(section.title)}{mark}")
        parts += _blocks(section.blocks)
    return "\n\n".join(parts) + "\n"


def _blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        yield "\n".join(_block(block))


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(line):
            yield _line(line)
        case Caveat(line):
            yield f"> {_line(line)}"
        case Fields(rows):
            for field in rows:
                if len(field.lines) == 1:
                    yield f"- **{field.label}**: {_line(field.lines[0])}"
                else:
                    yield f"- **{field.label}**:"
                    yield from (f"  - {_line(line)}" for line in field.lines)
        case Grid(head, rows):
            yield _row(head)
            yield _row(("---",) * len(head))
            yield from (_row(tuple(_line(cell) for cell in row)) for row in rows)
        case Figure(_, caption, outline):
            yield from (f"{'  ' * depth}- {_escaped(text)}" for depth, text in outline)
            yield f"\n*{_escaped(caption)}*"
        case Signature(subject, signed):
            yield f"{signed or 'Not signed'}: {_escaped(subject)}"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _line(line: Line) -> str:
    said = []
    for span in line:
        match span:
            case str(text):
                said.append(_escaped(text))
            case Link(text, target) if target.startswith("#"):
                said.append(_escaped(text))
            case Link(text, target):
                said.append(f"[{_escaped(text)}]({target})")
            case Strong(text):
                said.append(
                    f"**{_escaped(text.strip())}**{' ' if text != text.strip() else ''}"
                )
    return "".join(said).strip()


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
