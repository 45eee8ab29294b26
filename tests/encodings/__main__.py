"""The shapes and near misses, with how often each was written in some rounds of all records."""

from __future__ import annotations

import sys
from collections import Counter

from tests.encodings.all_near_misses import NEAR, NEAR_MISS
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
    near = set(map(NEAR_MISS.title, NEAR_MISS.options))
    for shape in shapes():
        print(f"{written[shape]:6} {shape}")
        if shape in NEAR:
            print(f"       but {NEAR[shape].change.name}")
    plain = [shape for shape in shapes() if shape not in near]
    print(f"{len(plain)} shapes, {len(NEAR)} of them with a near miss of that very shape")
    print(f"{len(near)} near misses beside a record, {rounds} rounds of all records")


if __name__ == "__main__":
    main()
