"""What stands between this service and a FHIR server: each thing that is tried, and its remedy.

Nothing of a patient gets into a finding: types, counts and names of concepts only.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import jwt

from cds_service.capability import Capability, NotOffered
from cds_service.fhir_base import AllowedBase, FhirBase
from cds_service.fhir_client import FhirServer, FhirServers, Reading
from cds_service.fhir_http import Deadline
from cds_service.reach import Reach
from cds_service.way import Finding, Grade, bad, reached
from fhir_mapping.codes import all_concepts, concepts_of
from fhir_mapping.queries import QUERIES, Query, filled
from fhir_mapping.resources import Resources, dicts


def examine(
    url: str, token: str, patient_id: str, reach: Reach, seconds: float
) -> Iterator[Finding]:
    """One finding after the other; what cannot be tried after a bad one is left out."""
    try:
        base = AllowedBase.of(url).base
    except ValueError as reason:
        yield Finding(Grade.BAD, f"the base URL cannot be used: {reason}", "correct it")
        return
    yield _on_the_list(url, base, reach.fhir_servers)
    way = reached(base, reach.network)
    yield way
    if way.grade is Grade.BAD:
        return
    if token:
        yield from _scopes(token)
    servers = FhirServers([str(base)], reach.network, reach.fhir_post_search)
    server = servers.open(str(base), token, Deadline.after(seconds))
    assert server is not None  # it is the one on the list just made
    yield from _capability(server)
    if patient_id:
        yield from _record(server, patient_id)
        yield _by_form(server, patient_id)
    else:
        yield Finding(Grade.DOUBTFUL, "no query was tried", "name a patient with --patient")


def _on_the_list(url: str, base: FhirBase, listed: tuple[str, ...]) -> Finding:
    if any(AllowedBase.of(each).admits(base) for each in listed):
        return Finding(Grade.GOOD, "the server is on the list of RRAML_FHIR_SERVERS")
    remedy = f"set RRAML_FHIR_SERVERS={url}, or name it in the entry of its client"
    return Finding(
        Grade.DOUBTFUL, "the server is not on the list of RRAML_FHIR_SERVERS", remedy
    )


def _scopes(token: str) -> Iterator[Finding]:
    """Of a token that says so itself; most servers give ones that only they can read."""
    try:
        claimed = jwt.decode(token, options={"verify_signature": False}).get("scope", "")
    except jwt.PyJWTError:
        claimed = ""
    scopes = claimed.split() if isinstance(claimed, str) else []
    if not scopes:
        yield Finding(Grade.GOOD, "the token does not say what it is for: the queries will")
        return
    if missing := [q.resource_type for q in QUERIES if not _covers(scopes, q.resource_type)]:
        remedy = "give the app the scopes to read and search these types"
        yield Finding(Grade.BAD, f"the token is not for {', '.join(missing)}", remedy)
    else:
        yield Finding(Grade.GOOD, "the token is for every type that is asked for")


def _covers(scopes: list[str], kind: str) -> bool:
    """By SMART 1 (`.read`, `.*`) or SMART 2 (`.rs` and more letters)."""
    for scope in scopes:
        _, _, rest = scope.partition("/")
        named, _, may = rest.partition(".")
        may = may.partition("?")[0]
        if named in (kind, "*") and (may in ("read", "*") or {"r", "s"} <= set(may)):
            return True
    return False


def _capability(server: FhirServer) -> Iterator[Finding]:
    reading = server.read("metadata")
    value = reading.value if isinstance(reading.value, Mapping) else {}
    if reading.unread or value.get("resourceType") != "CapabilityStatement":
        said = reading.unread or "it is no CapabilityStatement"
        yield Finding(
            Grade.DOUBTFUL, f"metadata: {said}", "check that the base URL is complete"
        )
        return
    capability = Capability.of(value)
    version = str(value.get("fhirVersion", ""))[:20]
    if version.startswith("4."):
        yield Finding(Grade.GOOD, f"it speaks FHIR {version}")
    else:
        yield bad("it does not speak FHIR R4", "take the base URL of its R4 API")
    if capability is None:
        yield Finding(Grade.DOUBTFUL, "it does not say what it offers: everything is tried")
        return
    server.known.capability.learned(value)
    for query in QUERIES:
        yield from _offered(query, capability)


def _offered(query: Query, capability: Capability) -> Iterator[Finding]:
    """Only what is not as the query is written."""
    try:
        asked = capability.asked(query, "p")
    except NotOffered as reason:
        yield Finding(
            Grade.DOUBTFUL,
            str(reason).removeprefix("the FHIR server "),
            "the service does not ask for it; cards will say that it was not read",
        )
        return
    if asked != filled(query, "p"):
        found = f"{query.resource_type} is searched by subject, as the server offers it"
        yield Finding(Grade.GOOD, found)


def _record(server: FhirServer, patient_id: str) -> Iterator[Finding]:
    resources = Resources(patient_id)
    for query in filter(partial(_is_asked, server), QUERIES):
        started = time.monotonic()
        reading = server.read_all([query], patient_id)[query.key]
        yield _answered(query, reading, round((time.monotonic() - started) * 1000))
        if reading.value is not None:
            resources.add(query.key, reading.value)
    for entry in resources.unread:
        yield Finding(Grade.DOUBTFUL, f"{entry.query}: {entry.reason}")
    if any(resources.of(query.resource_type) for query in QUERIES):
        yield from _codes(resources)


def _is_asked(server: FhirServer, query: Query) -> bool:
    """What the server says it lacks has been said already."""
    capability = server.known.capability.known
    try:
        return capability is None or bool(capability.asked(query, "p"))
    except NotOffered:
        return False


def _answered(query: Query, reading: Reading, milliseconds: int) -> Finding:
    shown = query.template.partition("?")[0].partition("/")[0]
    if not reading.unread:
        return Finding(Grade.GOOD, f"{shown}: answered in {milliseconds} ms")
    remedies = {
        "401": "the token has expired, or is not for this server",
        "403": "the token needs a scope for this type",
        "404": "the server does not offer this type, or has no such patient",
        "429": "the server is busy: fewer calls, or more time",
        "deadline": "more time with --seconds; in service RRAML_DEADLINE_S",
    }
    remedy = next((r for sign, r in remedies.items() if sign in reading.unread), "")
    return Finding(Grade.BAD, f"{shown}: {reading.unread}", remedy)


def _by_form(server: FhirServer, patient_id: str) -> Finding:
    """Whether patients' numbers can be kept out of addresses, which servers write down."""
    if server.known.by_post:
        return Finding(Grade.GOOD, "it is searched by POST")
    server.known.by_post = True
    query = next(query for query in QUERIES if "?" in query.template)
    reading = server.read_all([query], patient_id)[query.key]
    can = "can be searched" if not reading.unread else "cannot be searched"
    found = f"it {can} by POST too, as RRAML_FHIR_POST_SEARCH would"
    return Finding(Grade.GOOD, found)


def _codes(resources: Resources) -> Iterator[Finding]:
    kinds = {query.resource_type for query in QUERIES}
    found = Counter(c for kind in kinds for r in resources.of(kind) for c in _named(r))
    seen = ", ".join(f"{name} ({found[name]})" for name in sorted(found)) or "none"
    yield Finding(Grade.GOOD if found else Grade.DOUBTFUL, f"found by code: {seen}")
    missing = ", ".join(sorted(all_concepts() - found.keys()))
    remedy = (
        "no fault for one patient, and text is read too; a laboratory's own codes can be named "
        "in RRAML_LOCAL_CODES"
    )
    yield Finding(Grade.GOOD, f"not found by code: {missing}", remedy)


def _named(resource: Mapping[str, Any]) -> Iterator[str]:
    parts = (resource, *dicts(resource.get("component")))
    for part in parts:
        for name in ("code", "type", "valueCodeableConcept", "method"):
            if isinstance(part.get(name), Mapping):
                yield from concepts_of(part[name])
