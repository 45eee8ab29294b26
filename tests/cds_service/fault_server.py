"""A FHIR server on loopback with every fault a real one has, chosen by the base URL.

`/{fault}/{kind}` is a base URL: searches for that resource type (`all`: for every type) fail in
the way that the name says; the others are answered in full from one record.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
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

KINDS = ("all", "Patient", "Condition", "Observation", "metadata")
LONG_S = 8  # beyond every deadline of the tests
DRIP_S = 0.02


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    form: str = ""

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")


class FaultServer(ThreadingHTTPServer):
    """`record` is a Bundle; `elsewhere` the origin that a bad answer points to.

    `faults` are the answers by their names; "whole" is the one without a fault.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, record: Json, faults: Mapping[str, Fault], elsewhere: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults = faults
        self.resources = [entry["resource"] for entry in record["entry"]]
        self.elsewhere = elsewhere
        self.seen: list[Seen] = []
        self.connections = 0
        self.stopping = threading.Event()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has left is no fault of this server."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            raise

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def base(self, fault: str, kind: str = "all") -> str:
        assert fault in self.faults and kind in KINDS
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

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def do_GET(self) -> None:
        self._answer("")

    def _answer(self, form: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(Seen(self.path, headers, form))
        fault, kind, rest = self.path.removeprefix("/").split("/", 2)
        asked = rest.partition("?")[0].partition("/")[0]
        number = re.search(r"[?&]page=(\d+)", rest)
        call = Call(self, asked, int(number[1]) if number else 1)
        answer = self.server.faults[fault if kind in ("all", asked) else "whole"]
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
