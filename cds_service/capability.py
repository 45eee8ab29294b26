"""What a FHIR server says of itself (its CapabilityStatement), and what that means for queries.

It is asked once an hour at most, beside the queries of a call and never before them: no answer
waits for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fhir_mapping.queries import Query, filled
from fhir_mapping.resources import as_list, dicts, text

FRESH_S = 3600
AGAIN_S = 300  # after it could not be had


class NotOffered(Exception):
    """The server says that it does not answer this; the text tells which."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Of one resource type. `interactions`, `searches`: empty where nothing is said of them."""

    interactions: frozenset[str]
    searches: frozenset[str]
    includes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Capability:
    """`fhir_version` as it is stated; `offers` by resource type."""

    fhir_version: str
    offers: Mapping[str, Offer]

    @classmethod
    def of(cls, value: object) -> Capability | None:
        """None for what is no CapabilityStatement, or for one that names no resource type."""
        if not isinstance(value, Mapping):
            return None
        if value.get("resourceType") != "CapabilityStatement":
            return None
        offers = {
            str(resource.get("type")): Offer(
                _names(resource.get("interaction"), "code"),
                _names(resource.get("searchParam"), "name"),
                frozenset(filter(None, map(text, as_list(resource.get("searchInclude"))))),
            )
            for rest in dicts(value.get("rest"))
            if rest.get("mode", "server") == "server"
            for resource in dicts(rest.get("resource"))
        }
        return cls(str(value.get("fhirVersion", ""))[:20], offers) if offers else None

    def asked(self, query: Query, patient_id: str) -> str:
        """The query as this server understands it. Raises NotOffered.

        A server that ignores what it does not know would answer an unknown parameter with the
        records of everybody; so it is not asked.
        """
        kind = query.resource_type
        offer = self.offers.get(kind)
        relative = filled(query, patient_id)
        needed = "search-type" if "?" in relative else "read"
        if offer is None or (offer.interactions and needed not in offer.interactions):
            raise NotOffered(f"the FHIR server says that it does not offer {kind}")
        if needed == "read":
            return relative
        if query.include and offer.includes & {query.include, "*"}:
            relative += f"&_include={query.include}"
        if not offer.searches or "patient" in offer.searches:
            return relative
        if "subject" in offer.searches:
            return relative.replace("?patient=", "?subject=Patient/", 1)
        raise NotOffered(f"the FHIR server says that it cannot find {kind} by patient")


class CapabilityCheck:
    """What is known of one server in this process. `known` is None until it has answered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._due = -float("inf")
        self.known: Capability | None = None

    def is_due(self) -> bool:
        """Whether to ask now; whoever is told so asks, and nobody else meanwhile."""
        with self._lock:
            now = self._clock()
            due = now >= self._due
            if due:
                self._due = now + AGAIN_S
            return due

    def learned(self, value: object) -> None:
        """What the server answered. What was known stays where nothing can be learned."""
        capability = Capability.of(value)
        if capability is not None:
            with self._lock:
                self.known, self._due = capability, self._clock() + FRESH_S


def _names(rows: Any, member: str) -> frozenset[str]:
    return frozenset(str(row.get(member)) for row in dicts(rows))
