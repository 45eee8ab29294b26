"""Words for a person at a terminal, and the ways a command ends."""

from __future__ import annotations

import re
import sys
from typing import NoReturn

import typer

UNREADABLE = 2
# Control characters, halves of characters, and what turns the direction of writing.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Without the characters by which a file or a record could steer the terminal."""
    return _STEERING.sub("", text)


def escaped(json: str) -> str:
    """The same for JSON, in which they stay what they are."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", json)


def complain(message: str) -> None:
    print(f"rraml: {printable(message)}", file=sys.stderr)


def stop(message: str) -> NoReturn:
    complain(message)
    raise typer.Exit(UNREADABLE)
