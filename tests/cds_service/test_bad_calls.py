"""Calls that get no answer: each is told why and what to do, and nothing of it leaks."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.settings import Settings
from tests.cds_service.ehr import authorized, call_of, with_prefetch
from tests.cds_service.fault_server import FaultServer
from tests.cds_service.outcomes import AML, PRIVATE, SECRET, issue_of
from tests.cds_service.service import Service
from tests.support import PREFETCH, hook_request, read_bundle

WHOLE: dict[str, Any] = hook_request(read_bundle(AML)) | authorized(
    "https://other.example/fhir", SECRET
)
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception", "diagnostics": "Kowalski"}],
}


def _body(**members: Any) -> bytes:
    return json.dumps(WHOLE | members).encode()


def _without(member: str) -> bytes:
    return json.dumps({name: v for name, v in WHOLE.items() if name != member}).encode()


def _prefetched(**values: Any) -> bytes:
    return json.dumps(with_prefetch(WHOLE, **values)).encode()


def _only(*keys: str) -> bytes:
    prefetch = {key: WHOLE["prefetch"][key] for key in keys}
    return _body(prefetch=prefetch)


CONTEXT = WHOLE["context"]
OTHER = with_prefetch(hook_request(read_bundle("patient-2")))["prefetch"]["patient"]
# name: body, status, issue code, and the element at fault
BAD: dict[str, tuple[bytes, int, str, str]] = {
    "empty": (b"", 400, "structure", ""),
    "malformed": (b'{"hook": "Kowalski', 400, "structure", ""),
    "not utf-8": (b'{"hook": "\xff"}', 400, "structure", ""),
    "NaN": (_body(extra="@").replace(b'"@"', b"NaN"), 400, "structure", ""),
    "infinity": (_body(extra="@").replace(b'"@"', b"-Infinity"), 400, "structure", ""),
    "deep": (b'{"hook": ' + b"[" * 60_000, 400, "structure", ""),
    "deep and closed": (
        _body(extension="@").replace(b'"@"', b"[" * 900 + b"]" * 900), 400, "structure", "",
    ),
    "no object": (b'["Kowalski"]', 400, "structure", ""),
    "null": (b"null", 400, "structure", ""),
    "no hook": (_without("hook"), 400, "invalid", "hook"),
    "no instance": (_without("hookInstance"), 400, "invalid", "hookInstance"),
    "no context": (_without("context"), 400, "invalid", "context"),
    "wrong hook": (_body(hook="order-sign"), 400, "invalid", "hook"),
    "unknown hook": (_body(hook="Kowalski"), 400, "invalid", "hook"),
    "empty hook": (_body(hook=""), 400, "invalid", "hook"),
    "context a list": (_body(context=["Kowalski"]), 400, "invalid", "context"),
    "context null": (_body(context=None), 400, "invalid", "context"),
    "context empty": (_body(context={}), 400, "invalid", "context.userId"),
    "no patient id": (
        _body(context={"userId": "Kowalski"}), 400, "invalid", "context.patientId",
    ),
    "patient id a number": (
        _body(context=CONTEXT | {"patientId": 7}), 400, "invalid", "context.patientId",
    ),
    "patient id with NUL": (
        _body(context=CONTEXT | {"patientId": "Kowalski\0"}), 400, "invalid",
        "context.patientId",
    ),
    "patient id a path": (
        _body(context=CONTEXT | {"patientId": "../Kowalski"}), 400, "invalid",
        "context.patientId",
    ),
    "patient id of dots": (
        _body(context=CONTEXT | {"patientId": ".."}), 400, "invalid", "context.patientId",
    ),
    "patient id of half a character": (
        _body(context=CONTEXT | {"patientId": "Kowalski\ud800"}), 400, "invalid",
        "context.patientId",
    ),
    "instance of half a character": (
        _body(hookInstance="Kowalski\udfff"), 400, "invalid", "hookInstance",
    ),
    "instance very long": (_body(hookInstance="K" * 9000), 400, "invalid", "hookInstance"),
    "prefetch a list": (_body(prefetch=["Kowalski"]), 400, "invalid", "prefetch"),
    "token with a line end": (
        _body(fhirAuthorization={"access_token": "Kowalski\r\nHost: a"}), 400, "invalid",
        "fhirAuthorization.access_token",
    ),
    "token of another kind": (
        _body(fhirAuthorization={"access_token": SECRET, "token_type": "MAC"}), 400, "invalid",
        "fhirAuthorization.token_type",
    ),
    "replay of no day": (
        _body(extension={"org.rraml.replay": {"asOf": "Kowalski"}}), 400, "invalid",
        "extension.org.rraml.replay.asOf",
    ),
    "replay of no place": (
        _body(extension={"org.rraml.replay": {"jurisdiction": "Kowalski"}}), 400, "invalid",
        "extension.org.rraml.replay.jurisdiction",
    ),
    "another patient": (
        _prefetched(patient=OTHER), 400, "business-rule", "prefetch.patient",
    ),
    "no data": (_body(prefetch={}), 412, "processing", "prefetch.patient"),
    "no conditions": (_only("patient"), 412, "processing", "prefetch.conditions"),
    "no more than conditions": (
        _only("patient", "conditions"), 412, "processing", "prefetch.observations",
    ),
    "conditions failed": (
        _prefetched(conditions=OUTCOME), 412, "processing", "prefetch.conditions",
    ),
    "patient failed": (_prefetched(patient=OUTCOME), 412, "processing", "prefetch.patient"),
    "conditions of a strange type": (
        _prefetched(conditions={"resourceType": "Kowalski"}), 412, "processing",
        "prefetch.conditions",
    ),
    "all failed": (
        _prefetched(**dict.fromkeys(PREFETCH, OUTCOME)), 412, "processing",
        "prefetch.conditions",
    ),
}  # fmt: skip


@pytest.mark.covers(
    "REQ-01",
    "REQ-02",
    "REQ-04",
    "REQ-05",
    "REQ-06",
    "REQ-07",
    "REQ-12",
    "REQ-13",
    "REQ-14",
    "CTX-01",
    "CTX-02",
    "PF-01",
    "ERR-01",
    "ERR-03",
    "ERR-04",
)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_call_gets_an_outcome_that_says_what_to_do(service: Service, name: str) -> None:
    body, status, code, element = BAD[name]
    response = service.post(body)
    issue = issue_of(response.content)
    assert (response.status_code, issue["code"]) == (status, code)
    assert issue.get("expression", [""])[0] == element
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.covers("PF-10")
@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        ("401", "all", "answered 401"),
        ("500", "all", "answered 500"),
        ("html", "all", "not JSON"),
        ("reset", "all", "could not be reached"),
        ("outcome", "all", "an error or a warning"),
        ("redirect-elsewhere", "all", "answered 307"),
        ("midway-500", "Condition", "a later page"),
        ("strangers", "Patient", "the patient was not among what was returned"),
    ],
)
def test_a_server_that_does_not_answer_is_a_lack_of_data(
    service: Service, faults: FaultServer, fault: str, kind: str, says: str
) -> None:
    request = call_of(AML) | authorized(faults.base(fault, kind), SECRET)
    response = service.call(request)
    assert response.status_code == 412
    assert says in issue_of(response.content)["diagnostics"]


@pytest.mark.covers("PF-09")
@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/fhir",
        "http://127.0.0.1:9/Kowalski",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "Kowalski",
        "",
        "http://127.0.0.1:8080@other.example/fhir",
        "\ud800",
    ],
)
def test_a_server_that_may_not_be_read_from_is_refused(service: Service, url: str) -> None:
    response = service.call(call_of(AML) | authorized(url, SECRET))
    issue = issue_of(response.content)
    assert response.status_code in (400, 412)
    assert "fhirServer" in issue["diagnostics"]


@pytest.mark.covers("PF-05")
def test_a_server_that_is_slow_is_a_lack_of_data_in_time(
    library: Library, faults: FaultServer
) -> None:
    base = faults.base("slow", "Condition")
    client = create_app(Settings(deadline_s=0.5, fhir_servers=(base,)), library).test_client()
    request = call_of(AML) | authorized(base, SECRET)
    started = time.monotonic()
    response = client.post("/cds-services/rraml-patient-view", json=request)
    assert time.monotonic() - started < 2
    assert response.status_code == 412
    assert "within the deadline" in issue_of(response.data)["diagnostics"]


@pytest.mark.covers("PF-05")
def test_a_server_that_is_not_there_is_a_lack_of_data(service: Service) -> None:
    response = service.call(call_of(AML) | authorized("http://127.0.0.1:9/fhir", SECRET))
    assert response.status_code == 412
    assert "could not be reached" in issue_of(response.content)["diagnostics"]


@pytest.mark.covers("PF-09")
def test_a_server_that_may_not_be_read_from_is_not_even_connected_to(
    service: Service, elsewhere: FaultServer
) -> None:
    before = len(elsewhere.seen)
    service.call(call_of(AML) | authorized(f"{elsewhere.origin}/other", SECRET))
    assert elsewhere.seen[before:] == []


@pytest.mark.covers("PF-12")
def test_no_bad_call_leaves_a_trace_of_a_patient_in_the_log(
    service: Service, faults: FaultServer
) -> None:
    for body, *_ in BAD.values():
        service.post(body)
    for fault in ("401", "broken-json", "reset", "next-broken", "strangers"):
        service.call(call_of(AML) | authorized(faults.base(fault), SECRET))
    assert not [text for text in PRIVATE if text in service.said]


def test_the_log_of_an_answered_call_is_empty_of_it(
    service: Service, faults: FaultServer
) -> None:
    service.answer(WHOLE)
    service.answer(call_of(AML) | authorized(faults.base("whole"), SECRET))
    assert not [text for text in PRIVATE if text in service.said]


@pytest.mark.covers("PF-12")
def test_a_token_is_not_in_an_answer(service: Service, faults: FaultServer) -> None:
    response = service.call(call_of(AML) | authorized(faults.base("whole"), SECRET))
    assert SECRET not in response.text
