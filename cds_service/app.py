"""The wiring of the service, and the one place where HTTP statuses are chosen.

(But for what is no HTTP at all, which `cds_service.serve` sees before any request is there.)
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from flask import Flask, Response
from flask_cors import CORS
from werkzeug.exceptions import ClientDisconnected, HTTPException

from aml.knowledge import Library, Snapshot
from cds_service.admission import NOBODY, Admission
from cds_service.advise import Adviser
from cds_service.errors import (
    AnotherPatient,
    BadMediaType,
    BadRequest,
    MissingData,
    NotAllowed,
    NotAuthenticated,
    ServiceError,
    Unavailable,
    UnknownService,
    operation_outcome,
)
from cds_service.hooks import answer, endpoints, health
from cds_service.log import log
from cds_service.settings import Settings
from cds_service.shown import Memory
from cds_service.smart.app import SmartApp
from cds_service.smart.authorization import read_client
from cds_service.smart.routes import smart_pages
from cds_service.store import Store
from cds_service.trusted_clients import TrustedClients

MAX_BODY = 16 * 1024 * 1024

STATUS: tuple[tuple[type[ServiceError], int], ...] = (
    (AnotherPatient, 400),
    (BadRequest, 400),
    (BadMediaType, 415),
    (NotAuthenticated, 401),
    (NotAllowed, 403),
    (UnknownService, 404),
    (MissingData, 412),
    (Unavailable, 503),
    (ServiceError, 400),
)

_ADDRESSES = (
    "GET /cds-services, POST /cds-services/{id}, POST /cds-services/{id}/feedback, "
    "GET /health/live or /health/ready"
)
_HTTP_ERRORS = {
    400: (
        "structure",
        "a request that breaks off or is no HTTP",
        "a whole HTTP/1.1 request whose Content-Length counts the bytes of its body",
        "send it again",
    ),
    404: (
        "not-found",
        "an address without anything",
        _ADDRESSES,
        "correct the path; it has no trailing slash",
    ),
    405: (
        "not-supported",
        "a method that this address does not have",
        "a method of the Allow header",
        "GET for discovery, POST to call a service",
    ),
    408: (
        "timeout",
        "a request that stopped before its end",
        "the whole of it within a few seconds",
        "send it again",
    ),
    413: (
        "too-long",
        "a body that is too large",
        f"at most {MAX_BODY // 1024 // 1024} MB",
        "send less prefetch and a fhirServer that this service may read from",
    ),
    414: ("too-long", "an address that is too long", _ADDRESSES, "correct the path"),
    431: ("too-long", "too many or too long headers", "some dozen headers", "send fewer"),
}


def create_app(
    settings: Settings,
    library: Library,
    clients: TrustedClients = NOBODY,
    store: Store | None = None,
) -> Flask:
    """The WSGI application. Everything that can be wrong with a site is wrong before this.

    Without a `store` what has to outlive a call does so in this process only.
    """
    app = Flask("cds_service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.merge_slashes = False
    in_force = _cached(library)
    version = in_force(settings.jurisdiction, settings.today()).version
    store = store or Store("sqlite://")
    memory = Memory(store)
    admission = Admission(settings, clients, store)
    adviser = Adviser(settings, in_force, memory.recall)
    app.register_blueprint(endpoints(adviser, admission, memory))
    app.register_blueprint(health(admission, memory, version))
    if client := read_client(settings):
        pages = SmartApp(client, adviser, admission, store)
        app.register_blueprint(smart_pages(pages, _status_of))
    _allow_browsers(app, settings.cors_origins)
    app.register_error_handler(ServiceError, _refused)
    app.register_error_handler(HTTPException, _not_understood)
    app.register_error_handler(Exception, our_fault)
    return app


def _allow_browsers(app: Flask, origins: tuple[str, ...]) -> None:
    """Where not every origin is allowed, answers differ by it: no cache may mix them up."""
    if not origins:
        return
    anybody = "*" in origins
    if not anybody:

        @app.after_request
        def vary(response: Response) -> Response:
            response.vary.add("Origin")
            return response

    CORS(
        app,
        origins=list(origins),
        methods=["GET", "POST", "OPTIONS"],
        allow_headers=["authorization", "content-type"],
        send_wildcard=anybody,
        always_send=anybody,
        supports_credentials=False,
        max_age=600,
    )


def refusal(status: int) -> Response:
    """The answer to what never became a call; another status is said like a 400."""
    code, found, expected, advice = _HTTP_ERRORS.get(status, _HTTP_ERRORS[400])
    text = f"Found: {found}. Expected: {expected}. What to do: {advice}."
    return answer(operation_outcome(code, text), status)


def our_fault(error: Exception) -> Response:
    """The log names the places, not the message: that could hold a patient's data."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames))
    log.error("fault while answering: %s at %s", type(error).__name__, where)
    text = (
        "Found: a fault in this service, which has been logged. Expected: an answer. "
        "What to do: go on without decision support and report it to the operator."
    )
    return answer(operation_outcome("exception", text), 500)


def _cached(library: Library) -> Callable[[str, date], Snapshot]:
    @lru_cache(maxsize=512)  # days
    def in_force(jurisdiction: str, on: date) -> Snapshot:
        return library.in_force(jurisdiction, on)

    return in_force


def _status_of(error: ServiceError) -> int:
    return next(code for kind, code in STATUS if isinstance(error, kind))


def _refused(error: ServiceError) -> Response:
    status = _status_of(error)
    response = answer(operation_outcome(error.issue_code, str(error), error.elements), status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="cds-services"'
    return response


def _not_understood(error: HTTPException) -> Response:
    slow = isinstance(error, ClientDisconnected)  # one that has left does not see the answer
    response = refusal(408 if slow else error.code or 500)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response
