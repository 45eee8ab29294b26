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
from fhir_mapping.queries import QUERIES, Query
from fhir_mapping.skim import Bundle

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_Unset = msgspec.UnsetType
_Member = msgspec.Raw | _Unset


class _Call(msgspec.Struct):
    """The members of a CDS Hooks call, not decoded yet."""

    prefetch: Any = None
    hook: _Member = msgspec.UNSET
    hookInstance: _Member = msgspec.UNSET
    context: _Member = msgspec.UNSET
    fhirServer: _Member = msgspec.UNSET
    fhirAuthorization: _Member = msgspec.UNSET
    extension: _Member = msgspec.UNSET


class _AnyCall(_Call):
    prefetch: dict[str, msgspec.Raw] | None = None


def _as_sent(query: Query) -> tuple[str, Any, Any]:
    many = query.resource_type == "Observation"
    return query.key, (Bundle if many else msgspec.Raw) | _Unset, msgspec.UNSET


_Answers = msgspec.defstruct("_Answers", map(_as_sent, QUERIES))


class _UsualCall(_Call):
    """Its Observations, most of what is sent, are a Bundle, and taken apart at once."""

    prefetch: _Answers | None = None  # type: ignore[valid-type]


_DECODERS: tuple[msgspec.json.Decoder[_Call], ...] = (
    msgspec.json.Decoder(_UsualCall),
    msgspec.json.Decoder(_AnyCall),
)
_SORTED = msgspec.json.Encoder(order="sorted")
_AS_IT_IS = msgspec.json.Encoder()


def decode_call(raw: bytes) -> Any:
    """The body of a call, if it has the shape of one with its prefetch values not decoded.

    What is never looked at is never decoded, however deep. Raises ValueError as `decode` does.
    """
    for decoder in _DECODERS:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            call = decoder.decode(raw)
            break
    else:
        return decode(raw)
    members = _present(call)
    if isinstance(call.prefetch, msgspec.Struct):
        members["prefetch"] = _present(call.prefetch)
    raws = {name: value for name, value in members.items() if isinstance(value, msgspec.Raw)}
    return members | {name: decode(bytes(value)) for name, value in raws.items()}


def _present(members: msgspec.Struct) -> dict[str, Any]:
    given = {name: getattr(members, name) for name in members.__struct_fields__}
    return {name: value for name, value in given.items() if value is not msgspec.UNSET}


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
