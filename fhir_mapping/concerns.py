"""Which readers a result concerns.

Most results of a record do not concern leukemia. Each reader has a test on gists that is quick
and never too strict: what it turns away, the reader could not have read anything from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from fhir_mapping.gist import Gist

Concern: TypeAlias = Callable[[Gist], bool]

_CONCERNS: list[Concern] = []


def concern(test: Concern) -> Concern:
    """The test of one reader, asked of every result from now on."""
    _CONCERNS.append(test)
    return test


def concerns_of(gist: Gist) -> tuple[Concern, ...]:
    return tuple([test for test in _CONCERNS if test(gist)])


def concerns_anyone(gist: Gist) -> bool:
    return any(test(gist) for test in _CONCERNS)
