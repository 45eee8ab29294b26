"""One request to a FHIR server, and its answer: in time, in bounds, asked again where it helps.

The token goes with the request and nowhere else: redirects are not followed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import requests
import urllib3

from cds_service.network import AddressRefused
from cds_service.pages import Unanswered, resource
from cds_service.persistence import BUSY, DOWN, PAUSES_S, Breaker, pause, retry_after
from fhir_mapping.resources import Json

TOO_LATE = "no answer within the deadline"
_CHUNK = 64 * 1024
_HEADERS = {"Accept": "application/fhir+json, application/json"}


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, on the monotonic clock, after which no answer is waited for."""

    moment: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    def earlier(self, seconds: float) -> Deadline:
        return Deadline(self.moment - seconds)

    @property
    def left(self) -> float:
        return self.moment - time.monotonic()


@dataclass(frozen=True)
class FhirHttp:
    """Requests to one server on behalf of one call. `token` may be empty: an open server."""

    session: requests.Session
    deadline: Deadline
    breaker: Breaker
    token: str = field(repr=False, default="")

    def ask(self, url: str, limit: int, form: str = "") -> tuple[Json, int]:
        """The resource at an address, or found there by a search that is sent as a form; and
        the bytes it took. Raises Unanswered.

        Asked again where that can help and there is time for it: reading changes nothing.
        """
        for number in range(len(PAUSES_S)):
            try:
                return self._ask(url, limit, form)
            except Unanswered as reason:
                if reason.again is None:
                    raise
                seconds = pause(number, reason.again)
                if seconds >= self.deadline.left:
                    raise
                time.sleep(seconds)
        return self._ask(url, limit, form)

    def _ask(self, url: str, limit: int, form: str) -> tuple[Json, int]:
        left = self.deadline.left  # read once: below zero it is no timeout but an error
        if left <= 0:
            raise Unanswered(TOO_LATE)
        try:
            with self.session.request(
                "POST" if form else "GET",
                url,
                data=form or None,
                headers=self._headers(form),
                timeout=left,
                allow_redirects=False,
                stream=True,
            ) as answer:
                self._note(answer)
                raw = b"".join(self._chunks(answer, limit))
        except AddressRefused as reason:
            raise Unanswered(f"the name of the FHIR server {reason}") from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise Unanswered(TOO_LATE) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            raise Unanswered("the FHIR server could not be reached", again=0) from None
        return resource(raw), len(raw)

    def _headers(self, form: str) -> dict[str, str]:
        headers = dict(_HEADERS)
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers

    def _note(self, answer: requests.Response) -> None:
        status = answer.status_code
        if status not in DOWN:
            self.breaker.answered()
        if status != 200:
            wait = retry_after(answer.headers.get("Retry-After", ""))
            again = wait if status in BUSY else None
            raise Unanswered(f"the FHIR server answered {status}", again, status)

    def _chunks(self, answer: requests.Response, limit: int) -> Iterator[bytes]:
        """The body as it arrives, so that a server that drips is left at the deadline."""
        size = 0
        while chunk := answer.raw.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > limit:
                raise Unanswered("the answer is too large")
            if self.deadline.left <= 0:
                raise Unanswered(TOO_LATE)
            yield chunk
