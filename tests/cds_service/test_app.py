from __future__ import annotations

import json
import socket

import pytest

from aml.knowledge import Library
from cds_service import app as app_module
from cds_service.app import STATUS, create_app
from cds_service.errors import ServiceError
from cds_service.settings import Settings
from tests.cds_service.ehr import call_of
from tests.cds_service.outcomes import AML, issue_of
from tests.cds_service.service import Service

CALL = json.dumps(call_of(AML)).encode()


@pytest.mark.covers("REQ-09")
@pytest.mark.parametrize(
    "service_id",
    [
        "rraml-order-dispatch",
        "Kowalski",
        "%2e%2e",
        "rraml-patient-view%00",
        "%ed%a0%80",
        "K" * 2000,
    ],
)
def test_an_unknown_service_is_not_found(service: Service, service_id: str) -> None:
    response = service.post(CALL, service_id)
    assert response.status_code == 404
    assert "GET /cds-services" in issue_of(response.content)["diagnostics"]


@pytest.mark.covers("SBX-10")
@pytest.mark.parametrize("path", ["/", "/cds-services/", "/Kowalski", "/.git", "/../etc"])
def test_an_unknown_address_is_not_found(service: Service, path: str) -> None:
    response = service.get(path)
    assert (response.status_code, response.history) == (404, [])
    assert "GET /cds-services" in issue_of(response.content)["diagnostics"]


@pytest.mark.covers("DISC-14", "REQ-10", "FB-07")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/cds-services", "GET"),
        ("DELETE", "/cds-services", "GET"),
        ("GET", "/cds-services/rraml-patient-view", "POST"),
        ("PUT", "/cds-services/rraml-patient-view", "POST"),
        ("PATCH", "/cds-services/rraml-patient-view", "POST"),
        ("DELETE", "/cds-services/rraml-patient-view", "POST"),
        ("GET", "/cds-services/rraml-patient-view/feedback", "POST"),
    ],
)
def test_another_method_is_not_allowed(
    service: Service, method: str, path: str, allowed: str
) -> None:
    response = service.http.request(method, service.url + path, timeout=10)
    assert response.status_code == 405
    assert allowed in response.headers["Allow"]
    assert issue_of(response.content)["code"] == "not-supported"


@pytest.mark.covers("REQ-03")
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
    response = service.post(CALL, **headers)
    assert response.status_code == 415
    assert "application/json" in issue_of(response.content)["diagnostics"]


@pytest.mark.covers("REQ-11")
def test_a_body_that_is_too_large_is_refused_before_it_is_read(service: Service) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /cds-services/rraml-patient-view HTTP/1.1\r\nHost: a\r\n"
            b"Content-Type: application/json\r\nContent-Length: 900000000\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_the_limit_of_a_body_is_said(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "MAX_BODY", 1000)
    client = create_app(Settings(), library).test_client()
    response = client.post("/cds-services/rraml-patient-view", json={"hook": "K" * 2000})
    assert response.status_code == 413
    assert "fhirServer" in issue_of(response.data)["diagnostics"]


def test_every_error_of_the_tree_has_a_status() -> None:
    for kind in _below(ServiceError):
        assert [status for known, status in STATUS if issubclass(kind, known)]


@pytest.mark.covers("ERR-02")
def test_a_fault_of_ours_is_said_and_its_message_is_not(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(), library)
    app.add_url_rule("/fault", view_func=_fault)
    response = app.test_client().get("/fault")
    assert response.status_code == 500
    assert issue_of(response.data)["code"] == "exception"
    assert "KeyError at " in caplog.text
    assert "_fault" in caplog.text
    assert "Kowalski" not in caplog.text + response.text


@pytest.mark.covers("CORS-01", "CORS-02", "SBX-06")
@pytest.mark.parametrize(
    "path",
    [
        "/cds-services",
        "/cds-services/rraml-patient-view",
        "/cds-services/rraml-patient-view/feedback",
    ],
)
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


@pytest.mark.covers("CORS-03")
def test_a_browser_sees_the_errors_too(service: Service) -> None:
    response = service.post(b"{", Origin="https://browser.example")
    assert response.status_code == 400
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_without_a_setting_no_browser_may_call(library: Library, method: str) -> None:
    client = create_app(Settings(), library).test_client()
    headers = {"Origin": "https://browser.example", "Access-Control-Request-Method": "POST"}
    response = client.open("/cds-services", method=method, headers=headers)
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]


@pytest.mark.covers("CORS-04")
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://a.example", "https://a.example"), ("https://b.example", None), (None, None)],
)
@pytest.mark.parametrize("others", [(), ("https://c.example",)], ids=["one", "two"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
def test_a_list_of_origins_admits_only_those_and_every_answer_says_that_it_varies(
    library: Library, origin: str | None, allowed: str | None, others: tuple[str], method: str
) -> None:
    """A cache between would give the answer for one origin to another, or to none."""
    settings = Settings(cors_origins=("https://a.example", *others))
    client = create_app(settings, library).test_client()
    headers = {"Access-Control-Request-Method": "POST"} | ({"Origin": origin} if origin else {})
    response = client.open("/cds-services", method=method, headers=headers)
    assert response.headers.get("Access-Control-Allow-Origin") == allowed
    assert response.headers.getlist("Vary") == ["Origin"]
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.covers("CORS-04")
def test_where_any_origin_may_call_answers_do_not_vary(library: Library) -> None:
    client = create_app(Settings(cors_origins=("*",)), library).test_client()
    response = client.get("/cds-services", headers={"Origin": "https://a.example"})
    assert "Vary" not in response.headers


def test_after_all_this_the_service_is_well(service: Service) -> None:
    assert service.get("/health/live").status_code == 200


def _fault() -> str:
    raise KeyError("Kowalski")


def _below(kind: type[ServiceError]) -> list[type[ServiceError]]:
    found = [kind]
    for each in kind.__subclasses__():
        found += _below(each)
    return found
