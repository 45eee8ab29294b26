from __future__ import annotations

from decimal import Decimal

import pytest

from fhir_mapping.answers import MAX_DEPTH, decode


def test_a_fraction_keeps_its_digits() -> None:
    assert decode(b'{"value": 0.10}') == {"value": Decimal("0.10")}


@pytest.mark.parametrize(
    ("raw", "value"),
    [(b"null", None), (b"[]", []), (b'"text"', "text"), (b"7", 7), (b'{"a": {}}', {"a": {}})],
)
def test_any_json_value_is_decoded(raw: bytes, value: object) -> None:
    assert decode(raw) == value


@pytest.mark.parametrize("opened", ["[", '{"a":'], ids=["lists", "objects"])
def test_what_is_as_deep_as_allowed_is_decoded(opened: str) -> None:
    assert decode(_nested(opened, MAX_DEPTH - 1))


@pytest.mark.parametrize("opened", ["[", '{"a":'], ids=["lists", "objects"])
@pytest.mark.parametrize("levels", [MAX_DEPTH, 1_500, 60_000])
def test_what_is_deeper_is_refused(opened: str, levels: int) -> None:
    with pytest.raises(ValueError, match="nested"):
        decode(_nested(opened, levels))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  ",
        b"{",
        b'{"a": 1,}',
        b'{"a": 1} {"b": 2}',
        b"<html>",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        b'{"a": "\x00"}',
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        decode(raw)


def _nested(opened: str, levels: int) -> bytes:
    closed = "]" if opened == "[" else "}"
    return (opened * levels + "1" + closed * levels).encode()
