"""Who goes first when many call at once: better some answers in time than all of them late."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cds_service.errors import Unavailable
from cds_service.fhir_http import Deadline


class Turns:
    """So many calls of a process at a time, each until it is done; the others wait for a turn.

    A call that does not get its turn before its deadline is refused: nobody would wait for its
    answer, and those behind it would come too late as well.
    """

    def __init__(self, at_once: int) -> None:
        self._free = threading.Semaphore(at_once)

    @contextmanager
    def turn(self, deadline: Deadline) -> Iterator[None]:
        """Raises Unavailable when the deadline has passed before it begins."""
        if deadline.left <= 0 or not self._free.acquire(timeout=deadline.left):
            raise Unavailable(
                "more calls at once than can be answered in time, this one among the last",
                "an answer before the deadline (RRAML_DEADLINE_S)",
                "go on without decision support; the operator allows more time or machines",
            )
        try:
            yield
        finally:
            self._free.release()
