"""What the parts of one answer cost, against parsing the same body and a fixed card.

Called as WSGI applications in this process, in turn, on bodies of which no two are alike; what
gunicorn and the socket take is no part of it. Processor time.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

from flask import Flask
from werkzeug.test import run_wsgi_app

from aml.assess import assess
from aml.knowledge import load
from cards.render import to_response
from cds_service.app import create_app
from cds_service.hooks import answer
from cds_service.record import gather
from cds_service.request import read_request
from cds_service.settings import read_settings
from fhir_mapping import to_patient
from tests.bench.bodies import bodies
from tests.bench.floor import PATH, floor_app

ROUNDS = 200
WARM_UP = 40


@dataclass(frozen=True)
class Measured:
    """Processor time in seconds, body by body; `parts` by the name of the step."""

    floor: Sequence[float]
    whole: Sequence[float]
    parts: Mapping[str, Sequence[float]]


def measure(patients: Sequence[str], rounds: int = ROUNDS) -> Measured:
    """Floor and whole answer in turn, and the parts of the answer."""
    library = load(None)
    in_force = cache(partial(library.in_force, "US"))
    floor, whole = floor_app(), create_app(read_settings({"RRAML_ALLOW_REPLAY": "1"}), library)
    parts: dict[str, list[float]] = {}
    times: dict[str, list[float]] = {"floor": [], "whole": []}
    for number, body in enumerate(bodies(patients, WARM_UP + rounds)):
        calls = [("floor", floor), ("whole", whole)]
        for name, app in calls if number % 2 else calls[::-1]:
            begun = time.process_time()
            _call(app, body)
            times[name].append(time.process_time() - begun)
        on = read_request(body).replay().asOf or date.today()
        _parts(body, in_force(on), parts)
    kept = {name: seconds[WARM_UP:] for name, seconds in parts.items()}
    return Measured(times["floor"][WARM_UP:], times["whole"][WARM_UP:], kept)


def _parts(body: bytes, snapshot: Any, parts: dict[str, list[float]]) -> None:
    def step(name: str, work: Callable[[], Any]) -> Any:
        begun = time.process_time()
        result = work()
        parts.setdefault(name, []).append(time.process_time() - begun)
        return result

    hook_request = step("parse: request", lambda: read_request(body))
    resources = step("map: which resources matter", lambda: gather(hook_request, None))
    patient = step("map: facts", lambda: to_patient(resources))
    assessment = step("core alone", lambda: assess(patient, snapshot))
    response = step("cards", lambda: to_response(assessment, snapshot, "instance"))
    step("serialise", lambda: answer(response))


def _call(app: Flask, body: bytes) -> bytes:
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": PATH,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    answered, status, _ = run_wsgi_app(app, environ)
    whole = b"".join(answered)
    if status != "200 OK":
        raise RuntimeError(f"{status}: {whole[:200]!r}")
    return whole
