"""A record as a bundle: every fact in a shape, near misses beside them, all wrapped."""

from __future__ import annotations

from tests.encodings.all_near_misses import NEAR_MISS
from tests.encodings.facts import Record
from tests.encodings.other_near_misses import father
from tests.encodings.pen import Json, Pen
from tests.encodings.wrapping import twisted, wrap
from tests.encodings.writing import patient, write

MOST_NEAR_MISSES = 4


def encode(record: Record, pen: Pen, *, near_misses: bool = True) -> Json:
    """The record in the shapes that the pen takes; `pen.facts` names each resource's fact."""
    resources = write(pen, record)
    if near_misses:
        for _ in range(pen.number(MOST_NEAR_MISSES + 1)):
            resources += twisted(pen, pen.take(NEAR_MISS, record)(pen, record))
    if "family-history" in record.marks:
        resources.append(father(pen))
    return wrap(pen, patient(pen, record), resources)
