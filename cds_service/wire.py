"""What comes from outside as text, and what goes there: calls, days, and JSON as it is sent."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import date
from typing import Annotated, Any

import msgspec
from pydantic import BeforeValidator

from fhir_mapping.answers import decode

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
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
_SORTED = msgspec.json.Encoder(order="sorted")
_AS_IT_IS = msgspec.json.Encoder()


def decode_call(raw: bytes) -> Any:
    """The body of a call, if it has the shape of one with its prefetch values not decoded.

    What is never looked at is never decoded, however deep. Raises ValueError as `decode` does.
    """
    try:
        call = _CALL.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return decode(raw)
    members: dict[str, Any] = {"prefetch": call.prefetch}
    for name in call.__struct_fields__[1:]:
        value = getattr(call, name)
        if value is not msgspec.UNSET:
            members[name] = decode(bytes(value))
    return members


def as_json(value: object, *, sorted_keys: bool = False) -> bytes:
    """JSON in UTF-8, without blanks."""
    try:
        return (_SORTED if sorted_keys else _AS_IT_IS).encode(value)
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
        return json.dumps(value, sort_keys=sorted_keys, separators=(",", ":")).encode()


def _as_written(value: object) -> date:
    """pydantic by itself would take 1641945600, as a number or a text, for Unix seconds."""
    if type(value) is date:
        return value
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError("expected a day such as 2022-01-31")


IsoDay = Annotated[date, BeforeValidator(_as_written)]
