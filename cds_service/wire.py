"""What comes from outside as text: JSON within bounds, and days as they are written."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import Annotated, Any

import msgspec
from pydantic import BeforeValidator

from fhir_mapping.resources import decode

MAX_DEPTH = 100  # FHIR nests some thirty levels; what is deeper is meant to hurt
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


_CONTENT = bytes(set(range(256)) - set(b'[]{}"'))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_TEXT = re.compile(rb'"[^"]*"')


def decode_bounded(raw: bytes) -> Any:
    """Decoded JSON, fractions as Decimal.

    Raises ValueError if it is not JSON in UTF-8, holds NaN, or nests MAX_DEPTH levels deep.
    """
    value = decode(raw)
    require_shallow(raw)
    return value


_Member = msgspec.Raw | msgspec.UnsetType


class _Call(msgspec.Struct):
    """The members of a CDS Hooks call; what was prefetched is left as it came."""

    prefetch: dict[str, msgspec.Raw] | None = None
    hook: _Member = msgspec.UNSET
    hookInstance: _Member = msgspec.UNSET
    context: _Member = msgspec.UNSET
    fhirServer: _Member = msgspec.UNSET
    fhirAuthorization: _Member = msgspec.UNSET
    extension: _Member = msgspec.UNSET


_CALL = msgspec.json.Decoder(_Call)


def decode_call(raw: bytes) -> Any:
    """The body of a call, if it has the shape of one with its prefetch values not decoded.

    Raises ValueError as `decode_bounded` does.
    """
    try:
        call = _CALL.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return decode_bounded(raw)
    require_shallow(raw)
    members: dict[str, Any] = {"prefetch": call.prefetch}
    for name in call.__struct_fields__[1:]:
        value = getattr(call, name)
        if value is not msgspec.UNSET:
            members[name] = decode(bytes(value))
    return members


def require_shallow(raw: bytes) -> None:
    """Raises ValueError where brackets nest MAX_DEPTH levels deep, or for another encoding.

    Brackets within texts do not count. Pairs of quotes that touch once all else is gone can be
    taken out first: what is within a text and what is not stays the same.
    """
    if b"\x00" in raw:
        raise ValueError("not readable as JSON: expected UTF-8")
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = _TEXT.sub(b"", raw.translate(_ONE_KIND, _CONTENT).replace(b'""', b""))
    for _ in range(MAX_DEPTH - 1):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def _as_written(value: object) -> date:
    """pydantic by itself would take 1641945600, as a number or a text, for Unix seconds."""
    if type(value) is date:
        return value
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError("expected a day such as 2022-01-31")


IsoDay = Annotated[date, BeforeValidator(_as_written)]
