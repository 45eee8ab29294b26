"""The wiring of the service, and the one place where HTTP statuses are chosen.

(But for what is no HTTP at all, which `cds_service.serve` sees before any request is there.)
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from flask import Flask, Response
from flask_cors import CORS
from werkzeug.exceptions import HTTPException

from aml.knowledge import Library, Snapshot
from cds_service.advise import Adviser
from cds_service.errors import (
    AnotherPatient,
    BadMediaType,
    BadRequest,
    MissingData,
    ServiceError,
    UnknownService,
    operation_outcome,
)
from cds_service.fhir_client import FhirServers
from cds_service.hooks import answer, endpoints
from cds_service.settings import Jurisdiction, Settings

MAX_BODY = 16 * 1024 * 1024

STATUS: tuple[tuple[type[ServiceError], int], ...] = (
    (AnotherPatient, 400),
    (BadRequest, 400),
    (BadMediaType, 415),
    (UnknownService, 404),
    (MissingData, 412),
    (ServiceError, 400),
)

_ADDRESSES = "GET /cds-services, POST /cds-services/{id}, GET /health/live or /health/ready"
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
    413: (
        "too-long",
        "a body that is too large",
        f"at most {MAX_BODY // 1024 // 1024} MB",
        "send less prefetch and a fhirServer that this service may read from",
    ),
    414: ("too-long", "an address that is too long", _ADDRESSES, "correct the path"),
    431: ("too-long", "too many or too long headers", "some dozen headers", "send fewer"),
}

log = logging.getLogger("cds_service")


def create_app(settings: Settings, library: Library) -> Flask:
    """The WSGI application. Everything that can be wrong with a site is wrong before this."""
    app = Flask("cds_service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.merge_slashes = False
    in_force = _cached(library)
    adviser = Adviser(settings, FhirServers(settings.fhir_servers), in_force)
    version = in_force(settings.jurisdiction, settings.today()).version
    app.register_blueprint(endpoints(adviser, version))
    CORS(
        app,
        origins=list(settings.cors_origins) or "*",
        methods=["GET", "POST", "OPTIONS"],
        allow_headers=["authorization", "content-type"],
        send_wildcard="*" in (settings.cors_origins or ("*",)),
        supports_credentials=False,
        max_age=600,
    )
    app.register_error_handler(ServiceError, _refused)
    app.register_error_handler(HTTPException, _not_understood)
    app.register_error_handler(Exception, our_fault)
    return app


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


def _cached(library: Library) -> Callable[[Jurisdiction, date], Snapshot]:
    @lru_cache(maxsize=32)
    def in_force(jurisdiction: Jurisdiction, on: date) -> Snapshot:
        return library.in_force(jurisdiction, on)

    return in_force


def _refused(error: ServiceError) -> Response:
    status = next(code for kind, code in STATUS if isinstance(error, kind))
    return answer(operation_outcome(error.issue_code, str(error), error.elements), status)


def _not_understood(error: HTTPException) -> Response:
    response = refusal(error.code or 500)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response
