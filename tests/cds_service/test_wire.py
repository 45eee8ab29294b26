"""JSON as it is sent: any text of a record can be written, and read again as it was."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.wire import as_json

HALF = "\ud800 of a pair, \udfff of another"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.just(HALF),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just(HALF), inner),
    max_leaves=12,
)


@given(VALUES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_as_it_was(value: object, sort: bool) -> None:
    assert json.loads(as_json(value, sorted_keys=sort)) == value


def test_keys_in_another_order_are_the_same_text_when_sorted() -> None:
    for text in ("a word", HALF):
        one = as_json({"b": 1, "a": {"d": text, "c": []}}, sorted_keys=True)
        assert one == as_json({"a": {"c": [], "d": text}, "b": 1}, sorted_keys=True)
        assert one.startswith(b'{"a":{"c":[],"d":"')
