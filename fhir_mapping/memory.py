"""What need not be worked out twice, and for how long that is remembered.

Names, codes and phrases come again in every record: what is derived from them is kept. Prose
is on one patient, and is remembered only while that patient's record is read.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

KEPT = 4096  # names for each function; a hospital uses some thousands
_LONGEST_PHRASE = 40
_LONG_NUMBER = re.compile(r"\d{4}")

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Self = TypeVar("_Self", bound="Remembering")
_T = TypeVar("_T")
_CACHES: list[Callable[[], None]] = []


def kept(function: _Function) -> _Function:
    """Its results for names and codes are kept, until other codes are known."""
    cached = lru_cache(maxsize=KEPT)(function)
    _CACHES.append(cached.cache_clear)
    return cast(_Function, cached)


def is_phrase(words: str) -> bool:
    """Short, and without a date or an identifier: such words come in other records too."""
    return len(words) <= _LONGEST_PHRASE and not _LONG_NUMBER.search(words)


def forget() -> None:
    """To be called when other codes are known: what was derived holds no longer."""
    for clear in _CACHES:
        clear()


class _Reading(threading.local):
    seen: dict[Any, Any] | None = None


_READING = _Reading()


@contextmanager
def reading() -> Iterator[None]:
    """While one record is read, objects and prose that come again are known."""
    _READING.seen = {}
    try:
        yield
    finally:
        _READING.seen = None


def remembered(function: Callable[[str], _T]) -> Callable[[str], _T]:
    """Its results for prose are remembered until the record is read, for phrases longer."""
    kept_for_phrases = kept(function)

    @wraps(function)
    def remembering(prose: str) -> _T:
        if is_phrase(prose):
            return kept_for_phrases(prose)
        seen = _READING.seen
        if seen is None:
            return function(prose)
        key = function, prose
        try:
            known: _T = seen[key]
        except KeyError:
            known = seen[key] = function(prose)
        return known

    return remembering


def once(function: Callable[[Any], _T]) -> Callable[[Any], _T]:
    """Its result for a part of the record is remembered until the record is read."""

    @wraps(function)
    def remembering(part: Any) -> _T:
        seen = _READING.seen
        if seen is None:
            return function(part)
        key = function, id(part)
        known = seen.get(key)
        if known is None:  # the part is held on to: no other may get its id
            known = seen[key] = part, function(part)
        result: _T = known[1]
        return result

    return remembering


@dataclass(slots=True, eq=False)
class Remembering:
    """Keeps what a function derived from it, as long as it lives itself."""

    _derived: dict[Callable[[Any], Any], Any] = field(
        default_factory=dict, init=False, repr=False
    )

    def derived(self: _Self, derive: Callable[[_Self], _T]) -> _T:
        try:
            known: _T = self._derived[derive]
        except KeyError:
            known = self._derived[derive] = derive(self)
        return known
