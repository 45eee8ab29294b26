"""The one place that reads from an EHR.

Only servers of the site's list are called. The token of a request goes to that request's
server and nowhere else: redirects are not followed, next links stay on the server's origin,
cookies and machine-wide credentials are not used. Nothing here raises for what a server does;
an answer that is not complete says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cds_service.capability import CapabilityCheck, NotOffered
from cds_service.fhir_base import AllowedBase, FhirBase
from cds_service.fhir_http import TOO_LATE, Deadline, FhirHttp
from cds_service.network import CONNECTIONS, PUBLIC, Network
from cds_service.pages import Unanswered, entries_of, next_link, searchset
from cds_service.persistence import Breaker
from fhir_mapping.queries import Query, filled
from fhir_mapping.resources import Json

MAX_PAGES = 100
MAX_BYTES = 32 * 1024 * 1024  # of one query, all pages together
PAGE_SIZE = 500
CAPABILITY_S = 8  # nobody waits for it; HAPI makes its first one in five
ASK_BY_POST = frozenset({405, 414, 501})  # to a search by GET, of a server that wants the other
_GRACE_S = 0.05  # for a reading that ends just in time
_RESTING = "the FHIR server has not answered lately; it is asked again in some seconds"


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer to one query: what was read, and why not all of it if not (else "")."""

    value: object = None
    unread: str = ""


@dataclass
class Acquaintance:
    """What this process knows of one server, from whichever call."""

    by_post: bool = False
    breaker: Breaker = field(default_factory=Breaker)
    capability: CapabilityCheck = field(default_factory=CapabilityCheck)


class FhirServers:
    """The servers that may be read from, with their pooled connections."""

    def __init__(
        self,
        allowed: Sequence[str],
        network: Network = PUBLIC,
        searched_by_post: Sequence[str] = (),
    ) -> None:
        """Raises ValueError for what is no base URL."""
        self._allowed = _bases(allowed)
        self._searched_by_post = _bases(searched_by_post)
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="fhir")
        self._session = network.session()
        self._known: dict[FhirBase, Acquaintance] = {}
        self._lock = threading.Lock()

    def limited(self, allowed: Sequence[str]) -> FhirServers:
        """Another list of servers, over the same connections."""
        other = copy(self)
        other._allowed = _bases(allowed)
        return other

    @property
    def listed(self) -> tuple[str, ...]:
        """The servers of the list that have an address of their own."""
        return tuple(str(entry.base) for entry in self._allowed if not entry.any_port)

    def admit(self, url: str) -> bool:
        """Whether the list has this base URL."""
        return self._base(url) is not None

    def _base(self, url: str) -> FhirBase | None:
        try:
            base = FhirBase.of(url)
        except ValueError:
            return None
        return base if any(entry.admits(base) for entry in self._allowed) else None

    def open(self, url: str, token: str, deadline: Deadline) -> FhirServer | None:
        """The server at this base URL, None if it is not on the list. Connects to nothing."""
        base = self._base(url)
        if base is None:
            return None
        known = self._acquaintance(base)
        http = FhirHttp(self._session, deadline, known.breaker, token)
        return FhirServer(base, http, self._pool, known)

    def _acquaintance(self, base: FhirBase) -> Acquaintance:
        with self._lock:
            if base not in self._known:
                by_post = any(entry.admits(base) for entry in self._searched_by_post)
                self._known[base] = Acquaintance(by_post)
            return self._known[base]


@dataclass(frozen=True)
class FhirServer:
    """One server, read on behalf of one request."""

    base: FhirBase
    http: FhirHttp
    pool: ThreadPoolExecutor
    known: Acquaintance

    def get_to_know(self) -> None:
        """Asks what the server offers, if that is not known; nobody waits for the answer."""
        if self.known.capability.is_due():
            self.pool.submit(self._learn)

    def read_all(self, queries: Sequence[Query], patient_id: str) -> dict[str, Reading]:
        """Each query's answer by its key, as the server understands it."""
        jobs, readings = {}, {}
        for query in queries:
            try:
                jobs[query.key] = partial(self._query, self._asked(query, patient_id))
            except NotOffered as reason:
                readings[query.key] = Reading(unread=str(reason))
        return readings | self._at_once(jobs)

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

    def _learn(self) -> None:
        alone = replace(self.http, deadline=Deadline.after(CAPABILITY_S), breaker=Breaker())
        try:
            value, _ = alone.ask(f"{self.base}/metadata", MAX_BYTES)
        except Unanswered:
            return  # it is asked again after a while; until then the queries are as written
        self.known.capability.learned(value)

    def _asked(self, query: Query, patient_id: str) -> str:
        capability = self.known.capability.known
        return capability.asked(query, patient_id) if capability else filled(query, patient_id)

    def _at_once(self, jobs: Mapping[str, Callable[[], Reading]]) -> dict[str, Reading]:
        """All at the same time, and all before the deadline."""
        breaker = self.known.breaker
        if not jobs:
            return {}
        if not breaker.lets_through():
            return {key: Reading(unread=_RESTING) for key in jobs}
        answers = breaker.answers
        asked = {key: self.pool.submit(job) for key, job in jobs.items()}
        done, late = wait(asked.values(), timeout=max(self.http.deadline.left, 0) + _GRACE_S)
        for future in late:
            future.cancel()
        if breaker.answers == answers:
            breaker.failed()
        return {
            key: future.result() if future in done else Reading(unread=TOO_LATE)
            for key, future in asked.items()
        }

    def _query(self, relative: str) -> Reading:
        kind, _, wanted = relative.partition("?")
        try:
            if wanted:
                value, size = self._search(kind, f"{wanted}&_count={PAGE_SIZE}")
            else:
                value, size = self.http.ask(f"{self.base}/{kind}", MAX_BYTES)
        except Unanswered as reason:
            return Reading(unread=str(reason))
        return self._all_pages(value, f"{self.base}/{relative}", size)

    def _search(self, kind: str, wanted: str) -> tuple[Json, int]:
        """By GET, or by POST where the site has set it or the server turns out to want it."""
        if not self.known.by_post:
            try:
                return self.http.ask(f"{self.base}/{kind}?{wanted}", MAX_BYTES)
            except Unanswered as reason:
                if reason.status not in ASK_BY_POST:
                    raise
        found = self.http.ask(f"{self.base}/{kind}/_search", MAX_BYTES, form=wanted)
        self.known.by_post = True
        return found

    def _all_pages(self, first: Json, url: str, size: int = 0) -> Reading:
        entries: list[Any] = list(entries_of(first))
        page, seen = first, {url}
        try:
            while (link := next_link(page)) is not None:
                url = self._admitted(url, link, seen)
                page, length = self.http.ask(url, MAX_BYTES - size)
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


def _bases(urls: Sequence[str]) -> tuple[AllowedBase, ...]:
    return tuple(AllowedBase.of(url) for url in urls)
