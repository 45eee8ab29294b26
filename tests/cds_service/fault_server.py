"""A FHIR server on loopback with every fault a real one has, chosen by the base URL.

`/{fault}/{kind}` is a base URL: searches for that resource type (`all`: for every type) fail in
the way that the name says; the others are answered in full from one record.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]
Fault: TypeAlias = Callable[["Call"], None]

KINDS = ("all", "Patient", "Condition", "Observation")
LONG_S = 8  # beyond every deadline of the tests
DRIP_S = 0.02
STRANGER = "somebody-else"


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")


class FaultServer(ThreadingHTTPServer):
    """`record` is a Bundle; `elsewhere` the origin that a bad answer points to."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, record: Json, elsewhere: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.resources = [entry["resource"] for entry in record["entry"]]
        self.elsewhere = elsewhere
        self.seen: list[Seen] = []
        self.stopping = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has left is no fault of this server."""
        if not isinstance(sys.exception(), ConnectionError):
            raise

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def base(self, fault: str, kind: str = "all") -> str:
        assert fault in FAULTS and kind in KINDS
        return f"{self.origin}/{fault}/{kind}"


@contextmanager
def running(server: FaultServer) -> Iterator[FaultServer]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultServer

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(Seen(self.path, headers))
        fault, kind, rest = self.path.removeprefix("/").split("/", 2)
        asked = rest.partition("?")[0].partition("/")[0]
        number = re.search(r"[?&]page=(\d+)", rest)
        call = Call(self, asked, int(number[1]) if number else 1)
        answer = FAULTS[fault] if kind in ("all", asked) else _whole
        with suppress(ConnectionError):
            answer(call)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: what arrived stands in `FaultServer.seen`."""


@dataclass(frozen=True)
class Call:
    """One request to be answered; `page` counts from 1."""

    handler: _Handler
    asked: str
    page: int
    entries: list[Json] = field(init=False)

    def __post_init__(self) -> None:
        found = [r for r in self.handler.server.resources if r["resourceType"] == self.asked]
        object.__setattr__(self, "entries", [{"resource": r} for r in found])

    @property
    def url(self) -> str:
        """Without the page."""
        path = re.sub(r"[?&]page=\d+", "", self.handler.path)
        return f"{self.handler.server.origin}{path}"

    def turned(self, page: int) -> str:
        return f"{self.url}{'&' if '?' in self.url else '?'}page={page}"

    def bundle(self, entries: object, link: object = None, **rest: object) -> None:
        """`link`: the address of the next page, or the whole link object."""
        body = {"resourceType": "Bundle", "type": "searchset", "entry": entries, **rest}
        if isinstance(link, str):
            link = {"relation": "next", "url": link}
        self.json(body | ({"link": [link]} if link else {}))

    def json(self, body: object) -> None:
        self.send(json.dumps(body).encode())

    def send(
        self, body: bytes, status: int = 200, length: int | None = None, **headers: str
    ) -> None:
        sent = {"Content_Type": "application/fhir+json"} | headers
        self.handler.send_response(status)
        for name, value in sent.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Length", str(len(body) if length is None else length))
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def drip(self, head: bytes, drop: bytes) -> None:
        self.handler.close_connection = True
        self.handler.wfile.write(head)
        for _ in range(int(LONG_S / DRIP_S)):
            self.handler.wfile.write(drop)
            if self.handler.server.stopping.wait(DRIP_S):
                return

    def paged(self, turn: Callable[[int], None]) -> None:
        """The first entry and a next link; `turn` answers the pages after it."""
        if self.page > 1:
            turn(self.page)
        else:
            self.bundle(self.entries[:1], self.turned(2))

    def reset(self) -> None:
        """The peer sees "connection reset" rather than an orderly end."""
        linger = struct.pack("ii", 1, 0)
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.handler.close_connection = True
        self.handler.connection.close()


def _whole(call: Call) -> None:
    if call.asked == "Patient":
        call.json(call.entries[0]["resource"])
    else:
        call.bundle(call.entries, total=len(call.entries))


def _status(status: int) -> Fault:
    return lambda call: call.send(b'{"resourceType": "OperationOutcome"}', status)


def _body(body: bytes, kind: str = "application/fhir+json") -> Fault:
    return lambda call: call.send(body, Content_Type=kind)


def _slow(call: Call) -> None:
    call.handler.server.stopping.wait(LONG_S)
    _whole(call)


def _drip(call: Call) -> None:
    call.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


def _drip_headers(call: Call) -> None:
    call.drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")


def _one_per_page(call: Call) -> None:
    last = max(len(call.entries), 2)
    link = call.turned(call.page + 1) if call.page < last else None
    call.bundle(call.entries[call.page - 1 : call.page], link, total=len(call.entries))


def _endless(call: Call) -> None:
    call.bundle(call.entries[:1], call.turned(call.page + 1))


def _circular(call: Call) -> None:
    call.bundle(call.entries[:1], call.turned(3 - call.page if call.page < 3 else 1))


def _to_itself(call: Call) -> None:
    call.bundle(call.entries[:1], call.turned(call.page))


def _next_elsewhere(call: Call) -> None:
    call.bundle(call.entries[:1], f"{call.handler.server.elsewhere}/whole/all/{call.asked}?x=1")


def _redirect(origin: Callable[[FaultServer], str]) -> Fault:
    def fault(call: Call) -> None:
        target = f"{origin(call.handler.server)}/whole/all/{call.asked}?x=1"
        call.send(b"", 307, Location=target)

    return fault


def _later(answer: Fault) -> Fault:
    """The first page is as it should be, the second is not."""
    return lambda call: call.paged(lambda page: answer(call))


def _next_link(link: object) -> Fault:
    return lambda call: call.bundle(call.entries[:1], link)


def _in_place(call: Call) -> None:
    call.json(_OUTCOME)


def _among_entries(call: Call) -> None:
    call.bundle([*call.entries, {"resource": _OUTCOME, "search": {"mode": "outcome"}}])


def _large(call: Call) -> None:
    call.bundle(call.entries, note="x" * 400_000)


def _large_page(call: Call) -> None:
    call.bundle(call.entries[:1], call.turned(call.page + 1), note="x" * 100_000)


def _bomb(call: Call) -> None:
    call.send(gzip.compress(b" " * 5_000_000), Content_Encoding="gzip")


def _zipped(call: Call) -> None:
    body = {"resourceType": "Bundle", "type": "searchset", "entry": call.entries}
    call.send(gzip.compress(json.dumps(body).encode()), Content_Encoding="gzip")


def _strangers(call: Call) -> None:
    strangers = [r | {"subject": {"reference": f"Patient/{STRANGER}"}} for r in _of(call)]
    if call.asked == "Patient":
        call.json(strangers[0] | {"id": STRANGER})
    else:
        call.bundle([{"resource": r} for r in strangers])


def _of(call: Call) -> list[dict[str, Any]]:
    return [dict(entry["resource"]) for entry in call.entries]


def _too_large_a_total(call: Call) -> None:
    call.bundle(call.entries, total=len(call.entries) + 400)


def _cut_off(call: Call) -> None:
    body = json.dumps({"resourceType": "Bundle", "entry": call.entries}).encode()
    call.handler.close_connection = True
    call.send(body, length=len(body) + 100)


def _hang_up(call: Call) -> None:
    call.handler.close_connection = True


def _cookie(call: Call) -> None:
    body = {"resourceType": "Bundle", "type": "searchset", "entry": call.entries}
    call.send(json.dumps(body).encode(), Set_Cookie="session=1; Path=/")


_OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception"}],
}
_NO_LINK = {"relation": "next"}

FAULTS: Mapping[str, Fault] = {
    "whole": _whole,
    "one-per-page": _one_per_page,
    "zipped": _zipped,
    "cookie": _cookie,
    **{str(status): _status(status) for status in (204, 401, 403, 404, 410, 429, 500, 503)},
    "html": _body(b"<!doctype html><title>Log in</title>", "text/html"),
    "broken-json": _body(b'{"resourceType": "Bundle", "entry": [{"resour'),
    "not-utf8": _body(b'{"resourceType": "Bundle", "id": "\xff"}'),
    "nan": _body(b'{"resourceType": "Bundle", "total": NaN}'),
    "deep": _body(b"[" * 60_000),
    "empty": _body(b""),
    "null": _body(b"null"),
    "number": _body(b"7"),
    "list": _body(b"[]"),
    "slow": _slow,
    "drip": _drip,
    "drip-headers": _drip_headers,
    "endless": _endless,
    "circular": _circular,
    "to-itself": _to_itself,
    "next-elsewhere": _next_elsewhere,
    "next-file": _next_link("file:///etc/passwd"),
    "next-user": _next_link("http://name@127.0.0.1/"),
    "next-broken": _next_link("http://[::1/Kowalski"),
    "next-port": _next_link("http://127.0.0.1:Kowalski/"),
    "next-missing": _next_link(_NO_LINK),
    "redirect-elsewhere": _redirect(lambda server: server.elsewhere),
    "redirect-here": _redirect(lambda server: server.origin),
    "midway-500": _later(_status(500)),
    "midway-html": _later(_body(b"<!doctype html>")),
    "midway-null": _later(_body(b"null")),
    "midway-reset": _later(Call.reset),
    "midway-slow": _later(_slow),
    "midway-outcome": _later(_in_place),
    "midway-no-link": _later(lambda call: call.bundle([], _NO_LINK)),
    "midway-no-entries": _later(lambda call: call.bundle("none")),
    "outcome": _in_place,
    "outcome-entry": _among_entries,
    "large": _large,
    "large-pages": _large_page,
    "bomb": _bomb,
    "strangers": _strangers,
    "total": _too_large_a_total,
    "reset": Call.reset,
    "hang-up": _hang_up,
    "cut-off": _cut_off,
}
