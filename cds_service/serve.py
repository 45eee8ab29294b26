"""The service under gunicorn: a few processes, a few threads each."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from contextlib import suppress
from socket import socket
from typing import TYPE_CHECKING, Any

from flask import Response
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from aml.knowledge import Library
from cds_service.app import create_app, our_fault, refusal
from cds_service.database import OtherTables
from cds_service.errors import MalformedBody
from cds_service.log import log
from cds_service.patience import LOST, PatientSocket
from cds_service.settings import Settings
from cds_service.store import Store, StoreError
from cds_service.trusted_clients import TrustedClients

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

WORKERS = 2
# Objects, then collections, before garbage in circles is looked for: an answer makes some ten
# thousand objects and leaves hardly a circle, and looking through them cost it a tenth.
COLLECTED_AFTER = (100_000, 50, 100)
THREADS = 128  # nearly all of them wait: for a FHIR server, or for their turn


class Server(BaseApplication):  # type: ignore[misc]
    """The library is loaded before the first process starts: a bad one never serves."""

    def __init__(self, settings: Settings, library: Library, clients: TrustedClients) -> None:
        """Raises StoreError for a database that can never work; one that only does not answer
        now may do so later, and until then there are answers without it."""
        self._settings = settings
        self._library = library
        self._clients = clients
        _try(self._store())
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{settings.port}",
            "workers": WORKERS,
            "threads": THREADS,
            "worker_class": Worker,
            "timeout": 30,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "limit_request_line": 4094,
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        app = create_app(self._settings, self._library, self._clients, self._store())

        def badly_chunked(error: Exception) -> Response:
            refused = MalformedBody(
                "a body whose chunks cannot be told apart",
                "chunks by RFC 9112, or a Content-Length",
                "send it again",
            )
            response: Response = app.make_response(app.handle_user_exception(refused))
            return response

        app.register_error_handler(ParseException, badly_chunked)
        gc.collect()
        gc.freeze()  # the library stays: no collection needs to look at it again
        gc.set_threshold(*COLLECTED_AFTER)
        return told_of_waiting(app)

    def _store(self) -> Store:
        """One for each process: what is connected before a fork belongs to nobody after it."""
        secret = self._settings.store_secret
        url = self._settings.database_url
        return Store(url, secret.get_secret_value() if secret else "")


class Worker(ThreadWorker):  # type: ignore[misc]
    """Threads that no client can hold for ever, and a log that no client writes.

    What gunicorn cannot parse may be a piece of a record: a client that miscounts its body
    sends the rest of it as the next request. So it is neither logged nor repeated.
    """

    def enqueue_req(self, conn: TConn) -> None:
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket.of(conn.sock)
        conn.sock.announce_request()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        conn.sock.expect_request()
        return super().handle(conn)

    def handle_error(self, req: object, client: socket, addr: object, exc: Exception) -> None:
        if isinstance(exc, ParseException):
            self.log.warning("a request that cannot be read: %s", type(exc).__name__)
            answer = refusal(_status(exc))
        else:
            answer = our_fault(exc)
        body = answer.get_data()
        head = (
            f"HTTP/1.1 {answer.status}\r\nConnection: close\r\n"
            f"Content-Type: {answer.content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):  # the client may be gone
            client.sendall(head.encode() + body)


def _try(store: Store) -> None:
    try:
        store.open()
    except OtherTables:
        raise
    except StoreError as error:
        log.error("the store does not answer yet: %s", error)
    finally:
        store.close()


def told_of_waiting(app: WSGIApplication) -> WSGIApplication:
    """A call waits for a thread when there are many; its deadline does not wait with it."""

    def told(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environment[LOST] = environment["gunicorn.socket"].lost_s
        return app(environment, start)

    return told


def _status(error: ParseException) -> int:
    if isinstance(error, LimitRequestLine):
        return 414
    return 431 if isinstance(error, LimitRequestHeaders) else 400
