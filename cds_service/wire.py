"""JSON from outside, within bounds."""

from __future__ import annotations

from itertools import chain
from typing import Any

from fhir_mapping.resources import decode

MAX_DEPTH = 100  # FHIR nests some thirty levels; what is deeper is meant to hurt


def decode_bounded(raw: bytes) -> Any:
    """Decoded JSON, fractions as Decimal.

    Raises ValueError if it is not JSON, holds NaN, or nests deeper than MAX_DEPTH.
    """
    value = decode(raw)
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
        level = list(chain.from_iterable(map(_children, level)))
    return value


def _children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
