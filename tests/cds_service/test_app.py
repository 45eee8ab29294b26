from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from flask.testing import FlaskClient

from aml.knowledge import load
from cds_service import app as app_module
from cds_service.app import STATUS, create_app
from cds_service.errors import ServiceError
from cds_service.settings import Settings
from tests.cds_service.ehr import authorized, call_of, with_prefetch
from tests.cds_service.fault_server import FaultServer
from tests.cds_service.service import Service
from tests.support import PREFETCH, hook_request, read_bundle

AML = "patient-1-mrd-confirmed"
SECRET = "token-Kowalski-1968"
# Of the record, the token and the chart: nothing of it may stand in an error or in the log.
PRIVATE = (SECRET, "Kowalski", AML, "Practitioner/example", "MRN-", "Novak", "1968-05-14")
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
        _body(extra="@").replace(b'"@"', b"[" * 900 + b"]" * 900), 400, "structure", "",
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


@pytest.mark.parametrize("name", BAD)
def test_a_bad_call_gets_an_outcome_that_says_what_to_do(service: Service, name: str) -> None:
    body, status, code, element = BAD[name]
    response = service.post(body)
    issue = _issue(response.content)
    assert (response.status_code, issue["code"]) == (status, code)
    assert issue.get("expression", [""])[0] == element
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        ("401", "all", "answered 401"),
        ("500", "all", "answered 500"),
        ("html", "all", "not JSON"),
        ("reset", "all", "could not be reached"),
        ("slow", "Condition", "within the deadline"),
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
    assert says in _issue(response.content)["diagnostics"]


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
    issue = _issue(response.content)
    assert response.status_code in (400, 412)
    assert "fhirServer" in issue["diagnostics"]


def test_a_server_that_is_not_there_is_a_lack_of_data(service: Service) -> None:
    response = service.call(call_of(AML) | authorized("http://127.0.0.1:9/fhir", SECRET))
    assert response.status_code == 412
    assert "could not be reached" in _issue(response.content)["diagnostics"]


@pytest.mark.parametrize(
    "service_id",
    [
        "rraml-order-sign",
        "Kowalski",
        "%2e%2e",
        "rraml-patient-view%00",
        "%ed%a0%80",
        "K" * 2000,
    ],
)
def test_an_unknown_service_is_not_found(service: Service, service_id: str) -> None:
    response = service.post(_body(), service_id)
    assert response.status_code == 404
    assert "GET /cds-services" in _issue(response.content)["diagnostics"]


@pytest.mark.parametrize("path", ["/", "/cds-services/", "/Kowalski", "/.git", "/../etc"])
def test_an_unknown_address_is_not_found(service: Service, path: str) -> None:
    response = service.get(path)
    assert (response.status_code, response.history) == (404, [])
    assert "GET /cds-services" in _issue(response.content)["diagnostics"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/cds-services", "GET"),
        ("DELETE", "/cds-services", "GET"),
        ("GET", "/cds-services/rraml-patient-view", "POST"),
        ("PUT", "/cds-services/rraml-patient-view", "POST"),
        ("PATCH", "/cds-services/rraml-patient-view", "POST"),
        ("DELETE", "/cds-services/rraml-patient-view", "POST"),
    ],
)
def test_another_method_is_not_allowed(
    service: Service, method: str, path: str, allowed: str
) -> None:
    response = service.http.request(method, service.url + path, timeout=10)
    assert response.status_code == 405
    assert allowed in response.headers["Allow"]
    assert _issue(response.content)["code"] == "not-supported"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": ""},
        {"Content_Type": "application/xml"},
        {"Content_Encoding": "gzip"},
    ],
    ids=str,
)
def test_a_body_that_is_not_declared_as_json_is_refused(
    service: Service, headers: dict[str, str]
) -> None:
    response = service.post(_body(), **headers)
    assert response.status_code == 415
    assert "application/json" in _issue(response.content)["diagnostics"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(service: Service) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /cds-services/rraml-patient-view HTTP/1.1\r\nHost: a\r\n"
            b"Content-Type: application/json\r\nContent-Length: 900000000\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_the_limit_of_a_body_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "MAX_BODY", 1000)
    response = _client().post("/cds-services/rraml-patient-view", json={"hook": "K" * 2000})
    assert response.status_code == 413
    assert "fhirServer" in _issue(response.data)["diagnostics"]


def test_every_error_of_the_tree_has_a_status() -> None:
    for kind in _below(ServiceError):
        assert [status for known, status in STATUS if issubclass(kind, known)]


def test_a_fault_of_ours_is_said_and_its_message_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(Settings(), load(None))
    app.add_url_rule("/fault", view_func=_fault)
    response = app.test_client().get("/fault")
    assert response.status_code == 500
    assert _issue(response.data)["code"] == "exception"
    assert "KeyError at " in caplog.text
    assert "_fault" in caplog.text
    assert "Kowalski" not in caplog.text + response.text


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


def test_a_token_is_not_in_an_answer(service: Service, faults: FaultServer) -> None:
    response = service.call(call_of(AML) | authorized(faults.base("whole"), SECRET))
    assert SECRET not in response.text


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/rraml-patient-view"])
def test_a_browser_may_ask_before_it_calls(service: Service, path: str) -> None:
    response = service.http.options(
        service.url + path,
        headers={
            "Origin": "https://browser.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
        timeout=10,
    )
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type"} <= {name.strip() for name in allowed.split(",")}
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_browser_sees_the_errors_too(service: Service) -> None:
    response = service.post(b"{", Origin="https://browser.example")
    assert response.status_code == 400
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://a.example", "https://a.example"), ("https://b.example", None)],
)
def test_a_list_of_origins_admits_only_those(origin: str, allowed: str | None) -> None:
    client = _client(Settings(cors_origins=("https://a.example",)))
    response = client.get("/cds-services", headers={"Origin": origin})
    assert response.headers.get("Access-Control-Allow-Origin") == allowed
    assert response.headers.get("Vary", "Origin") == "Origin"


def test_after_all_this_the_service_is_well(service: Service) -> None:
    assert service.get("/health/live").status_code == 200


def _client(settings: Settings | None = None) -> FlaskClient:
    return create_app(settings or Settings(), load(None)).test_client()


def _fault() -> str:
    raise KeyError("Kowalski")


def _issue(body: bytes) -> dict[str, Any]:
    """The one issue of an OperationOutcome that a person can act on."""
    outcome = json.loads(body)
    assert outcome["resourceType"] == "OperationOutcome"
    [issue] = outcome["issue"]
    assert issue["severity"] == "error"
    for part in ("Found: ", "Expected: ", "What to do: "):
        assert part in issue["diagnostics"]
    assert not [text for text in PRIVATE if text in body.decode()]
    return dict(issue)


def _below(kind: type[ServiceError]) -> list[type[ServiceError]]:
    found = [kind]
    for each in kind.__subclasses__():
        found += _below(each)
    return found
