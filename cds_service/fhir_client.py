"""The one place that speaks HTTP to an EHR.

Only servers of the site's list are called. The token of a request goes to that request's
server and nowhere else: redirects are not followed, next links stay on the server's origin,
cookies and machine-wide credentials are not used. Nothing here raises for what a server does;
an answer that is not complete says so.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from cds_service.fhir_base import AllowedBase, FhirBase
from cds_service.pages import Unanswered, entries_of, next_link, resource, searchset
from cds_service.persistence import BUSY, DOWN, PAUSES_S, Breaker, pause, retry_after
from fhir_mapping.queries import Query, filled
from fhir_mapping.resources import Json

MAX_PAGES = 100
MAX_BYTES = 32 * 1024 * 1024  # of one query, all pages together
PAGE_SIZE = 500
WORKERS = 32
_CHUNK = 64 * 1024
_GRACE_S = 0.05  # for a reading that ends just in time
_TOO_LATE = "no answer within the deadline"
_RESTING = "the FHIR server has not answered lately; it is asked again in some seconds"
_HEADERS = {"Accept": "application/fhir+json, application/json"}


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, on the monotonic clock, after which no answer is waited for."""

    moment: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        return self.moment - time.monotonic()


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer to one query: what was read, and why not all of it if not (else "")."""

    value: object = None
    unread: str = ""


class FhirServers:
    """The servers that may be read from, with their pooled connections."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(AllowedBase.of(url) for url in allowed)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="fhir")
        self._session = new_session()
        self._breakers: defaultdict[FhirBase, Breaker] = defaultdict(Breaker)

    def limited(self, allowed: Sequence[str]) -> FhirServers:
        """Another list of servers, over the same connections."""
        other = copy(self)
        other._allowed = tuple(AllowedBase.of(url) for url in allowed)
        return other

    def open(self, url: str, token: str, deadline: Deadline) -> FhirServer | None:
        """The server at this base URL, None if it is not on the list. Connects to nothing."""
        try:
            base = FhirBase.of(url)
        except ValueError:
            return None
        if not any(entry.admits(base) for entry in self._allowed):
            return None
        breaker = self._breakers[base]
        return FhirServer(base, self._session, self._pool, deadline, breaker, token)


@dataclass(frozen=True)
class FhirServer:
    """One server, read on behalf of one request. `token` may be empty: an open server."""

    base: FhirBase
    session: requests.Session
    pool: ThreadPoolExecutor
    deadline: Deadline
    breaker: Breaker
    token: str = field(repr=False, default="")

    def read_all(self, queries: Sequence[Query], patient_id: str) -> dict[str, Reading]:
        """Each query's answer by its key."""
        return self._at_once(
            {q.key: partial(self._query, filled(q, patient_id)) for q in queries}
        )

    def read(self, relative: str) -> Reading:
        """The answer to one request below the base URL."""
        return self._at_once({relative: partial(self._query, relative)})[relative]

    def read_rest(self, first_pages: Mapping[str, Any]) -> dict[str, Reading]:
        """Searchsets of which the client sent the first page, with their other pages."""
        return self._at_once(
            {
                key: partial(self._all_pages, page, f"{self.base}/")
                for key, page in first_pages.items()
            }
        )

    def _at_once(self, jobs: Mapping[str, Callable[[], Reading]]) -> dict[str, Reading]:
        """All at the same time, and all before the deadline."""
        if not jobs:
            return {}
        if not self.breaker.lets_through():
            return {key: Reading(unread=_RESTING) for key in jobs}
        answers = self.breaker.answers
        asked = {key: self.pool.submit(job) for key, job in jobs.items()}
        done, late = wait(asked.values(), timeout=max(self.deadline.left, 0) + _GRACE_S)
        for future in late:
            future.cancel()
        if self.breaker.answers == answers:
            self.breaker.failed()
        return {
            key: future.result() if future in done else Reading(unread=_TOO_LATE)
            for key, future in asked.items()
        }

    def _query(self, relative: str) -> Reading:
        search = f"&_count={PAGE_SIZE}" if "?" in relative else ""
        url = f"{self.base}/{relative}{search}"
        try:
            value, size = self._get(url, MAX_BYTES)
        except Unanswered as reason:
            return Reading(unread=str(reason))
        return self._all_pages(value, url, size)

    def _all_pages(self, first: Json, url: str, size: int = 0) -> Reading:
        entries: list[Any] = list(entries_of(first))
        page, seen = first, {url}
        try:
            while (link := next_link(page)) is not None:
                url = self._admitted(url, link, seen)
                page, length = self._get(url, MAX_BYTES - size)
                size += length
                entries += entries_of(page)
        except Unanswered as reason:
            return Reading(searchset(first, entries, whole=False), f"a later page: {reason}")
        return Reading(searchset(first, entries, whole=True) if len(seen) > 1 else first)

    def _admitted(self, url: str, link: str, seen: set[str]) -> str:
        try:
            target = self.base.next_page(url, link)
        except ValueError as reason:
            raise Unanswered(str(reason)) from None
        if target in seen:
            raise Unanswered("the next links lead in a circle")
        if len(seen) >= MAX_PAGES:
            raise Unanswered(f"more than {MAX_PAGES} pages")
        seen.add(target)
        return target

    def _get(self, url: str, limit: int) -> tuple[Json, int]:
        """Asked again where that can help and there is time for it: reading changes nothing."""
        for number in range(len(PAUSES_S)):
            try:
                return self._ask(url, limit)
            except Unanswered as reason:
                if reason.again is None:
                    raise
                seconds = pause(number, reason.again)
                if seconds >= self.deadline.left:
                    raise
                time.sleep(seconds)
        return self._ask(url, limit)

    def _ask(self, url: str, limit: int) -> tuple[Json, int]:
        headers = _HEADERS | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        left = self.deadline.left  # read once: below zero it is no timeout but an error
        if left <= 0:
            raise Unanswered(_TOO_LATE)
        try:
            with self.session.get(
                url,
                headers=headers,
                timeout=left,
                allow_redirects=False,
                stream=True,
            ) as answer:
                self._note(answer)
                raw = b"".join(self._chunks(answer, limit))
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise Unanswered(_TOO_LATE) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            raise Unanswered("the FHIR server could not be reached", again=0) from None
        return resource(raw), len(raw)

    def _note(self, answer: requests.Response) -> None:
        status = answer.status_code
        if status not in DOWN:
            self.breaker.answered()
        if status != 200:
            wait = retry_after(answer.headers.get("Retry-After", ""))
            again = wait if status in BUSY else None
            raise Unanswered(f"the FHIR server answered {status}", again)

    def _chunks(self, answer: requests.Response, limit: int) -> Iterator[bytes]:
        """The body as it arrives, so that a server that drips is left at the deadline."""
        size = 0
        while chunk := answer.raw.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > limit:
                raise Unanswered("the answer is too large")
            if self.deadline.left <= 0:
                raise Unanswered(_TOO_LATE)
            yield chunk


def new_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no ~/.netrc credentials, no proxy of the environment
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=WORKERS))
    return session
