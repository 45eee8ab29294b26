"""When to ask a FHIR server again, and when to leave it alone for a while."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BUSY = frozenset({429, 502, 503, 504})
DOWN = frozenset({502, 503, 504})
PAUSES_S = (0.1, 0.3)  # before the second and the third try
FAILURES = 5  # calls in a row to which a server answered nothing at all
REST_S = 10.0


def pause(number: int, asked_for: float) -> float:
    """Seconds before another try: what the server asked for, else growing, never in step."""
    return max(asked_for, PAUSES_S[number] * random.uniform(0.5, 1.5))


def retry_after(header: str, now: datetime | None = None) -> float:
    """The seconds that a Retry-After header asks for; 0 if it cannot be read."""
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0)


class Breaker:
    """Of one server: after FAILURES calls in vain it is left alone for REST_S, then tried once.

    A call is in vain if none of its queries is answered. So a query that is slow or fails by
    itself does not close the server to the others.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self.answers = 0

    def lets_through(self) -> bool:
        """Whether a call may be made now; one in each REST_S while the server seems down."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            if self._clock() < self._until:
                return False
            self._until = self._clock() + REST_S
            return True

    def answered(self) -> None:
        with self._lock:
            self._failures = 0
            self.answers += 1

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._until = self._clock() + REST_S
