"""HAPI FHIR beside the tests: its JPA server on loopback, and its validator.

Both are programs of integration/hapi/, started by the script of that folder.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any

import requests

from tests.support import FIXTURES

SCRIPT = str(FIXTURES.parent / "integration" / "hapi" / "hapi")
PAGE = 4  # no record fits on one page of it, and some take seven
BUILD_S = 900  # with everything to be fetched
START_S = 240
TIMEOUT_S = 120  # for a busy machine and the first transaction, which holds all records

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Hapi:
    """A running server; the records in it are those that a test has put there."""

    url: str
    http: requests.Session = field(repr=False)

    def load(self, *bundles: Json) -> None:
        """All at once, as they may refer to each other; each resource under its own id."""
        entries = [
            {
                "fullUrl": entry["fullUrl"],
                "resource": entry["resource"],
                "request": {"method": "PUT", "url": _name(entry["resource"])},
            }
            for bundle in bundles
            for entry in bundle["entry"]
        ]
        transaction = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        self._done("POST", "", transaction)

    def put(self, resource: Json) -> Json:
        """The resource as it is stored: a new version if its id is known."""
        return self._done("PUT", _name(resource), resource)

    def delete(self, resource: Json) -> None:
        self._done("DELETE", _name(resource))

    def get(self, relative: str) -> Json:
        return self._done("GET", relative)

    def _done(self, method: str, relative: str, body: Json | None = None) -> Json:
        url = f"{self.url}/{relative}" if relative else self.url
        answer = self.http.request(method, url, json=body, timeout=TIMEOUT_S)
        assert answer.ok, f"{method} {relative}: {answer.status_code}: {answer.text}"
        return dict(answer.json())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the validator found: its exit status, its lines, the last of which counts."""

    status: int
    lines: tuple[str, ...]

    @property
    def errors(self) -> list[str]:
        return [line for line in self.lines if line.startswith(("ERROR", "FATAL"))]


def build() -> None:
    subprocess.run([SCRIPT, "build"], check=True, timeout=BUILD_S)


@contextmanager
def serving() -> Iterator[Hapi]:
    """An empty server that gives no more than `PAGE` resources at once."""
    process = subprocess.Popen([SCRIPT, "serve", "0", str(PAGE)], stdout=subprocess.PIPE)
    too_late = Timer(START_S, process.kill)
    too_late.start()
    try:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        too_late.cancel()
        assert url, f"no server within {START_S} s; what it said stands above"
        with requests.Session() as http:
            http.trust_env = False
            server = Hapi(url, http)
            server.get("metadata")  # made at the first question, which takes seconds
            yield server
    finally:
        too_late.cancel()
        process.terminate()
        process.communicate()


def validated(folder: Path) -> Verdict:
    """What the validator says of the `*.json` of a folder."""
    done = subprocess.run([SCRIPT, "validate", str(folder)], stdout=subprocess.PIPE, text=True)
    return Verdict(done.returncode, tuple(done.stdout.splitlines()))


def _name(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
