"""Clauses of knowledge files in words, so that they can be read one way only."""

from __future__ import annotations

from typing import Any


def aloud(clause: Any) -> str:
    """The clause as it would be read; what stands inside another joining has brackets."""
    match clause:
        case None:
            return "always"
        case str():
            return clause.replace("-", " ")
        case {"all": parts}:
            return " and ".join(_inside(part) for part in parts)
        case {"any": parts}:
            return " or ".join(_inside(part) for part in parts)
        case {"not": part}:
            return f"not {_inside(part)}"
    [(name, arguments)] = clause.items()
    return f"{name.replace('-', ' ')} {' or '.join(str(a) for a in arguments)}"


def _inside(clause: Any) -> str:
    joined = isinstance(clause, dict) and ("all" in clause or "any" in clause)
    return f"({aloud(clause)})" if joined else aloud(clause)
