"""How many examples the tests by hypothesis of whole records try.

`make test` has two minutes and tries few. `make properties` sets EXAMPLES to try that many
times as many.
"""

from __future__ import annotations

import os

TIMES = int(os.environ.get("EXAMPLES", "1"))


def examples(number: int) -> int:
    return number * TIMES
