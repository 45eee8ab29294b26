"""What reaches the process but is no request that the application ever sees."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from cds_service.serve import THREADS, WORKERS
from tests.cds_service.service import Service, serving

NAME = "Kowalski"
POST = b"POST /cds-services/rraml-patient-view HTTP/1.1\r\nContent-Type: application/json"
# As when a client counts characters instead of bytes: the end of one body begins the next call.
TOO_SHORT = POST + b"\r\nContent-Length: 2\r\n\r\n{}" + NAME.encode() + b' 1968"}\r\n\r\n'

UNREADABLE = {
    "no http": (NAME.encode() + b"\r\n\r\n", 400),
    "a record": (b'{"resourceType": "Patient", "name": "Kowalski"}\r\n\r\n', 400),
    "no version": (f"GET /{NAME} HTTP/x\r\n\r\n".encode(), 400),
    "a header that is none": (POST + f"\r\n{NAME} Anna: x\r\n\r\n".encode(), 400),
    "a header with NUL": (POST + f"\r\nAuthorization: {NAME}\0\r\n\r\n".encode(), 400),
    "two lengths": (POST + b"\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a very long address": (f"GET /{NAME}{'a' * 9000} HTTP/1.1\r\n\r\n".encode(), 414),
    "too many headers": (POST + f"\r\nX: {NAME}".encode() * 200 + b"\r\n\r\n", 431),
    "a chunk without a size": (
        POST + f"\r\nTransfer-Encoding: chunked\r\n\r\n{NAME}\r\n\r\n".encode(), 400,
    ),
    "a chunk without an end": (
        POST + f"\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}{NAME}\r\n".encode(), 400,
    ),
    "a body that breaks off": (
        POST + f"\r\nContent-Length: 500\r\n\r\n{{{NAME}".encode(), 400,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_request_gets_an_outcome_that_repeats_nothing(
    service: Service, name: str
) -> None:
    raw, status = UNREADABLE[name]
    head, _, body = _exchange(service, raw).partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "Content-Type: application/json" in head
    outcome = json.loads(body)
    assert outcome["resourceType"] == "OperationOutcome"
    for part in ("Found: ", "Expected: ", "What to do: "):
        assert part in outcome["issue"][0]["diagnostics"]
    assert NAME not in head + body


def test_the_rest_of_a_body_is_not_repeated_as_the_next_request(service: Service) -> None:
    assert NAME not in _exchange(service, TOO_SHORT)


def test_what_is_no_request_is_in_the_log_by_its_kind_alone(service: Service) -> None:
    for raw in (TOO_SHORT, *(raw for raw, _ in UNREADABLE.values())):
        _exchange(service, raw)
    assert "InvalidRequestLine" in service.said
    assert NAME not in service.said
    assert "Traceback" not in service.said


HEAD = POST + b"\r\nHost: a\r\nContent-Length: 500\r\n\r\n"
STALLED = {"nothing": b"", "half a head": POST[:20], "a head": HEAD, "half a body": HEAD + b"{"}


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that waits half a second for a request, so that a test can wait for it."""
    program = (
        "from cds_service import patience, cli; patience.REQUEST_S = 0.5; cli.app(['serve'])"
    )
    folder = tmp_path_factory.mktemp("impatient")
    with serving(folder / "log", [sys.executable, "-c", program]) as service:
        yield service


@pytest.mark.parametrize("name", ["a head", "half a body"])
def test_a_body_that_stops_coming_is_not_waited_for(impatient: Service, name: str) -> None:
    with _connected(impatient) as connection:
        connection.sendall(STALLED[name])
        started = time.monotonic()
        received = _all(connection)
        assert time.monotonic() - started < 5
    head, _, body = received.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 408 ")
    assert json.loads(body)["issue"][0]["code"] == "timeout"


def test_a_body_that_drips_is_not_waited_for(impatient: Service) -> None:
    with _connected(impatient) as connection:
        connection.sendall(HEAD)
        started = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - started < 5:
                connection.sendall(b" ")
                time.sleep(0.05)
        assert time.monotonic() - started < 4


def test_a_head_that_stops_coming_is_not_waited_for(impatient: Service) -> None:
    with _connected(impatient) as connection:
        connection.sendall(STALLED["half a head"])
        assert _all(connection) == ""
    assert "Traceback" not in impatient.said


def test_clients_that_stop_sending_hold_no_thread_from_the_others(impatient: Service) -> None:
    threads = WORKERS * THREADS
    with ExitStack() as stalled:
        for number in range(threads + 4):
            connection = stalled.enter_context(_connected(impatient))
            connection.sendall(STALLED[("half a head", "half a body")[number % 2]])
        started = time.monotonic()
        assert impatient.get("/health/live").status_code == 200
        assert time.monotonic() - started < 8


def _exchange(service: Service, raw: bytes) -> str:
    with _connected(service) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        return _all(connection)


def _connected(service: Service) -> socket.socket:
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def _all(connection: socket.socket) -> str:
    received = b""
    while part := _receive(connection):
        received += part
    return received.decode()


def _receive(connection: socket.socket) -> bytes:
    """A server that answers before it has read everything may reset what it has not read."""
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""
