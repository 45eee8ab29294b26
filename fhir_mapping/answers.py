"""What a server or a file answered, taken apart: resources, and what makes it incomplete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct, field

Json: TypeAlias = Mapping[str, Any]  # one decoded FHIR resource or a part of one


class Answer(Struct, frozen=True):
    """Resources with their fullUrl ("" without one), and the reasons it is not all there is."""

    resources: list[tuple[Json, str]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


MAX_DEPTH = 100  # FHIR nests some thirty levels; what is deeper is meant to hurt
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_CONTENT = bytes(set(range(256)) - set(b'[]{}"'))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_TEXT = re.compile(rb'"[^"]*"')


def decode(raw: bytes) -> Any:
    """JSON with fractions as Decimal, digit by digit as they were written.

    Raises ValueError if it is not JSON in UTF-8, holds NaN or Infinity, or nests MAX_DEPTH
    levels deep.
    """
    try:
        value = _DECODER.decode(raw)
    except RecursionError:
        raise ValueError("not readable as JSON: nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = _decode_leniently(raw)
    _require_shallow(raw)
    return value


def _decode_leniently(raw: bytes) -> Any:
    """What the strict decoder refuses: a byte order mark, half of a surrogate pair."""
    if b"\x00" in raw:
        raise ValueError("not readable as JSON: expected UTF-8")
    try:
        return json.loads(raw, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("not readable as JSON: nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"not readable as JSON: {error}") from None


def _require_shallow(raw: bytes) -> None:
    """Raises ValueError where brackets nest MAX_DEPTH levels deep.

    Brackets within texts do not count. Pairs of quotes that touch once all else is gone can be
    taken out first: what is within a text and what is not stays the same.
    """
    if raw.count(b"{") + raw.count(b"[") < MAX_DEPTH:
        return
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = _TEXT.sub(b"", raw.translate(_ONE_KIND, _CONTENT).replace(b'""', b""))
    for _ in range(MAX_DEPTH - 1):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def unpack(value: object, expected: str = "") -> Answer:
    """The resources of a Bundle (Bundles within it too) or the single resource.

    `expected` is the type that was asked for. An OperationOutcome, a next link, a total above
    the matches, a failed or unreadable entry and another type are gaps, never silently nothing.
    """
    answer = Answer()
    waiting: list[tuple[object, str]] = [(value, "")]
    while waiting:
        item, full_url = waiting.pop()
        kind = item.get("resourceType") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(kind, str):
            answer.gaps.append("an answer that is not a FHIR resource")
        elif kind == "OperationOutcome":
            if not _only_informs(item):
                answer.gaps.append("the server answered with an error or a warning")
        elif kind == "Bundle":
            waiting += _entries(item, expected, answer.gaps)
        elif expected and kind != expected and item is value:
            answer.gaps.append(f"another resource than {expected}")
        else:
            answer.resources.append((item, full_url))
    return answer


def _entries(bundle: Json, expected: str, gaps: list[str]) -> list[tuple[object, str]]:
    found: list[tuple[object, str]] = []
    matches: list[str] = []
    if "entry" in bundle and not isinstance(bundle["entry"], list):
        gaps.append("a Bundle whose entries cannot be read")
    for entry in reversed(as_list(bundle.get("entry"))):
        if not isinstance(entry, dict):
            gaps.append("an entry that is not an object")
            continue
        if "response" in entry and _failed(entry):
            gaps.append("part of the answer failed")
        if "resource" in entry:
            found.append((entry["resource"], text(entry.get("fullUrl"))))
            kind = _kind(entry["resource"])
            if kind != "OperationOutcome" and ("search" not in entry or _matches(entry)):
                matches.append(kind)
    if expected and matches and expected not in matches:
        gaps.append(f"no {expected} among what was returned")
    gaps += _missing_pages(bundle, len(matches))
    return found


def _missing_pages(bundle: Json, matches: int) -> Iterator[str]:
    if any(link.get("relation") == "next" for link in dicts(bundle.get("link"))):
        yield "only the first page was read"
    total = bundle.get("total")
    searched = bundle.get("type", "searchset") == "searchset"
    if searched and isinstance(total, int) and total > matches:
        yield f"{matches} of {total} were returned"


def _matches(entry: Json) -> bool:
    search = entry.get("search")
    return not isinstance(search, dict) or text(search.get("mode")) in ("", "match")


def _kind(resource: object) -> str:
    return text(resource.get("resourceType")) if isinstance(resource, dict) else ""


def _failed(entry: Json) -> bool:
    response = entry.get("response")
    status = text(response.get("status")) if isinstance(response, Mapping) else ""
    return status[:1] in ("4", "5")


def _only_informs(outcome: Json) -> bool:
    issues = [(i.get("severity"), i.get("code")) for i in dicts(outcome.get("issue"))]
    return bool(issues) and set(issues) == {("information", "informational")}


def dicts(value: object) -> Sequence[Json]:
    """The objects of a list, or the one object that stands where a list belongs."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return (value,) if isinstance(value, dict) else ()


def as_list(value: object) -> list[Any]:
    """A list as it is, a single object as a list of one, anything else as empty."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def text(value: object) -> str:
    """A string without the blanks around it; "" for anything else."""
    return value.strip() if isinstance(value, str) else ""
