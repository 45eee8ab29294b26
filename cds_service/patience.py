"""A connection that is waited for, but not for ever: a thread belongs to who keeps talking."""

from __future__ import annotations

import errno
import socket
import time
from typing import Any

REQUEST_S = 10.0  # for the whole of a request, from its first byte
ANSWER_S = 10.0  # for a client to take an answer
LOST = "rraml.lost"  # in a WSGI environment: `PatientSocket.lost_s` of the request's socket
SMALL = 64 * 1024  # bytes of a body that no line takes long for
CLOSE_S = 0.25  # for a client to close what it was told is closed


class PatientSocket(socket.socket):
    """Reads until the request's time is up, however often a little of it arrives.

    What then comes of it is as if the client had reset the connection.
    """

    _arrived = 0.0  # by the monotonic clock, the first of the newest request
    _waited = 0.0  # seconds, until a thread took it up
    _until = float("inf")

    @classmethod
    def of(cls, plain: socket.socket) -> PatientSocket:
        return cls(plain.family, plain.type, plain.proto, fileno=plain.detach())

    def announce_request(self) -> None:
        """The first of it is there, and waits for a thread."""
        self._arrived = time.monotonic()

    def expect_request(self) -> None:
        now = time.monotonic()
        self._waited = now - self._arrived
        self._until = now + REQUEST_S

    def lost_s(self, size: int) -> float:
        """Seconds that a client has waited by now for an answer to a body of this size. What a
        large one takes to arrive is the line's time, and nobody's who waits for a thread."""
        return time.monotonic() - self._arrived if size <= SMALL else self._waited

    def recv(self, size: int, flags: int = 0) -> bytes:
        left = self._until - time.monotonic()
        shorter = self.gettimeout()
        if left <= 0:
            raise _reset()
        if left < float("inf"):
            self.settimeout(left if shorter is None else min(left, shorter))
        try:
            return super().recv(size, flags)
        except TimeoutError:
            raise _reset() from None

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.settimeout(ANSWER_S)
        super().sendall(data, flags)

    def shutdown(self, how: int) -> None:
        super().shutdown(how)
        self._until = min(self._until, time.monotonic() + CLOSE_S)


def _reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "the client took too long")
