"""The shapes by section, with how often each was written in some rounds of all records."""

from __future__ import annotations

import sys
from collections import Counter

from tests.encodings.encode import encode
from tests.encodings.facts import read_records
from tests.encodings.pen import Pen, shapes

ROUNDS = 60


def counted(rounds: int) -> Counter[str]:
    written: Counter[str] = Counter()
    for number in range(rounds):
        for record in read_records().values():
            pen = Pen.random(f"{number} {record.id}", "p")
            encode(record, pen)
            written += pen.used
    return written


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    written = counted(rounds)
    for shape in shapes():
        print(f"{written[shape]:6} {shape}")
    print(f"{len(shapes())} shapes, {rounds} rounds of all records")


if __name__ == "__main__":
    main()
