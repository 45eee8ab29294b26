"""From a call to the patient's record: what was sent, and what had to be fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aml.patient import Unread
from cds_service.errors import AnotherPatient, MissingData
from cds_service.fhir_client import FhirServer
from cds_service.request import HookRequest
from fhir_mapping import aml_possible
from fhir_mapping.queries import QUERIES, Query
from fhir_mapping.resources import Resources, dicts

FIRST = tuple(query for query in QUERIES if query.first)
REST = tuple(query for query in QUERIES if not query.first)


def gather(request: HookRequest, server: FhirServer | None) -> Resources:
    """The record of `context.patientId`, no more of it than the answer needs.

    A key that was sent is never asked again, be its value null or an error; a key that was not
    sent is fetched. The rest of the record is looked at only if Patient and Condition leave AML
    possible. What could not be read stands in `Resources.unread`. Raises MissingData where
    nothing could be answered from what is there, and AnotherPatient.
    """
    resources = Resources(request.context.patientId)
    if server is not None:
        server.get_to_know()
    _read(FIRST, request, server, resources)
    _require_first(request, server, resources)
    if aml_possible(resources):
        _read(REST, request, server, resources)
        _require_some(request, server, resources)
    return resources


def looked_at(bundle: Any) -> Resources:
    """The record in a file, seen as far as a call would see it: the same answer by both ways.

    Raises NoPatient or MoreThanOnePatient (see `fhir_mapping.resources`).
    """
    resources = Resources.from_bundle(bundle)
    if aml_possible(resources) or "entry" not in bundle:
        return resources
    entries = [entry for entry in dicts(bundle["entry"]) if _is_first(entry)]
    first = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return Resources.from_bundle(first, resources.patient_id)


def _is_first(entry: Mapping[str, Any]) -> bool:
    resource = entry.get("resource")
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else None
    return kind in {"Bundle", *(query.resource_type for query in FIRST)}


def _read(
    queries: Sequence[Query],
    request: HookRequest,
    server: FhirServer | None,
    resources: Resources,
) -> None:
    sent = {q.key: _sent(q, request) for q in queries if q.key in request.prefetch}
    absent = [q for q in queries if q.key not in sent]
    readings = {}
    if server is not None:
        paged = {key: value for key, value in sent.items() if _has_next(value)}
        readings = server.read_rest(paged) | server.read_all(absent, resources.patient_id)
    for query in queries:
        reading = readings.get(query.key)
        if reading is not None:
            if reading.value is not None:
                resources.add(query.key, reading.value)
            if reading.unread:
                resources.unread.append(Unread(query.key, reading.unread))
        elif query.key in sent:
            resources.add(query.key, sent[query.key])
        else:
            resources.unread.append(Unread(query.key, _not_sent(request)))
    for query in queries:
        if query.resource_type != "Patient" and _is_of_others(query.resource_type, resources):
            reason = "what was returned is of another patient"
            resources.unread.append(Unread(query.key, reason))


def _is_of_others(kind: str, resources: Resources) -> bool:
    """Whoever answers about somebody else has not said what there is of this patient."""
    if resources.of(kind):
        return False
    others = (i.resource for i in resources.ignored if i.reason == "other-patient")
    return any(name.startswith(f"{kind}/") for name in others)


def _sent(query: Query, request: HookRequest) -> Any:
    if query.resource_type == "Observation":
        return request.prefetch.skimmed(query.key, request.context.patientId)
    return request.prefetch[query.key]


def _require_first(
    request: HookRequest, server: FhirServer | None, resources: Resources
) -> None:
    sent = request.prefetch.get("patient", "")
    if _is_patient(sent) and not resources.patient():
        raise _another_patient()
    unread = {u.query for u in resources.unread} - ({"patient"} if sent is None else set())
    if lacking := [q for q in FIRST if q.key in unread]:
        raise _missing(lacking, request, server, resources)


def _require_some(
    request: HookRequest, server: FhirServer | None, resources: Resources
) -> None:
    """An answer from the diagnosis alone would be one from no record at all."""
    unread = {u.query for u in resources.unread}
    if all(query.key in unread for query in REST):
        raise _missing(REST, request, server, resources)


def _missing(
    queries: Sequence[Query],
    request: HookRequest,
    server: FhirServer | None,
    resources: Resources,
) -> MissingData:
    reasons = {u.query: u.reason for u in resources.unread}
    found = "; ".join(f"{q.key}: {reasons.get(q.key, 'not read')}" for q in queries)
    advice = "send these prefetch keys with the call"
    if server is None:
        advice += (
            ", or a fhirServer that is on this service's list of FHIR servers"
            " (RRAML_FHIR_SERVERS)"
        )
    return MissingData(
        f"no complete data under the prefetch keys named here ({found})",
        "the answers to their templates in GET /cds-services, in full",
        advice,
        [f"prefetch.{q.key}" for q in queries],
    )


def _another_patient() -> AnotherPatient:
    return AnotherPatient(
        "a Patient resource whose id is not the one in context.patientId",
        "the Patient of the chart that was opened",
        "send the data of one and the same patient",
        ["prefetch.patient", "context.patientId"],
    )


def _not_sent(request: HookRequest) -> str:
    if request.fhirServer is None:
        return "not sent as prefetch, and no fhirServer to read it from"
    return "not sent as prefetch, and its fhirServer is not one this service may read from"


def _is_patient(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("resourceType") == "Patient"


def _has_next(value: Any) -> bool:
    links = value.get("link") if isinstance(value, Mapping) else None
    return any(
        isinstance(link, Mapping) and link.get("relation") == "next"
        for link in (links if isinstance(links, list) else ())
    )
