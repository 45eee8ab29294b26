"""What comes from outside as text: JSON within bounds, and days as they are written."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from itertools import chain
from typing import Annotated, Any

from pydantic import BeforeValidator

from fhir_mapping.resources import decode

MAX_DEPTH = 100  # FHIR nests some thirty levels; what is deeper is meant to hurt
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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


def _as_written(value: object) -> date:
    """pydantic by itself would take 1641945600, as a number or a text, for Unix seconds."""
    if type(value) is date:
        return value
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError("expected a day such as 2022-01-31")


IsoDay = Annotated[date, BeforeValidator(_as_written)]


def _children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
