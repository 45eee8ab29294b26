"""What one answer costs, against the least that any service would do with the same body.

The floor is a Flask endpoint that parses the body with orjson and returns a fixed card. Both
are called as WSGI applications in this process, in turn, on bodies of which no two are alike;
counted is processor time, and reported the median of the ratios. The parts are measured apart,
on the same bodies, and do not hold what Flask itself takes.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
from tests.bench.bodies import WITH_AML, WITHOUT_AML, bodies
from tests.bench.floor import PATH, floor_app

ROUNDS = 200
WARM_UP = 40
QUESTIONS = (("with AML", WITH_AML, 2.0), ("without AML", WITHOUT_AML, 1.2))


@dataclass(frozen=True)
class Measured:
    """Processor time in seconds, body by body; `parts` by the name of the step."""

    floor: Sequence[float]
    whole: Sequence[float]
    parts: Mapping[str, Sequence[float]]

    @property
    def ratio(self) -> float:
        pairs = zip(self.whole, self.floor, strict=True)
        return statistics.median(whole / floor for whole, floor in pairs)


def main() -> int:
    missed = 0
    for name, patients, limit in QUESTIONS:
        measured = measure(patients)
        missed += measured.ratio > limit
        verdict = "within" if measured.ratio <= limit else "ABOVE"
        print(f"{name}: {measured.ratio:.2f} x the floor, {verdict} {limit} x")
        rows = {"floor": measured.floor, "whole answer": measured.whole, **measured.parts}
        for part, times in rows.items():
            print(f"  {part:<24}{statistics.median(times) * 1e3:8.3f} ms")
    return 1 if missed else 0


def measure(patients: Sequence[str], rounds: int = ROUNDS) -> Measured:
    """Floor and whole answer in turn, and the parts of the answer."""
    library = load(None)
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
        _parts(body, library.in_force("US", on), parts)
    kept = {name: seconds[WARM_UP:] for name, seconds in parts.items()}
    return Measured(times["floor"][WARM_UP:], times["whole"][WARM_UP:], kept)


def _parts(body: bytes, snapshot: Any, parts: dict[str, list[float]]) -> None:
    def step(name: str, work: Callable[[], Any]) -> Any:
        begun = time.process_time()
        result = work()
        parts.setdefault(name, []).append(time.process_time() - begun)
        return result

    hook_request = step("JSON and request", lambda: read_request(body))
    resources = step("resources", lambda: gather(hook_request, None))
    patient = step("reading FHIR", lambda: to_patient(resources))
    assessment = step("assessment", lambda: assess(patient, snapshot))
    response = step("cards", lambda: to_response(assessment, snapshot, "instance"))
    step("JSON of the answer", lambda: answer(response))


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


if __name__ == "__main__":
    sys.exit(main())
