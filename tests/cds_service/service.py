"""The real service, as a process under gunicorn, with everything that it prints."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

RRAML = str(Path(sys.executable).with_name("rraml"))
PATIENT_VIEW = "rraml-patient-view"
START_S = 60
STOP_S = 30


@dataclass(frozen=True)
class Service:
    """`said` is what the process has written to its log so far."""

    url: str
    log: Path
    http: requests.Session = field(repr=False)

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def get(self, path: str) -> requests.Response:
        return self.http.get(self.url + path, timeout=10)

    def post(
        self, body: bytes, service_id: str = PATIENT_VIEW, **headers: str
    ) -> requests.Response:
        sent = {"Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.url}/cds-services/{service_id}"
        return self.http.post(url, data=body, headers=sent, timeout=10)

    def call(self, request: Mapping[str, Any]) -> requests.Response:
        return self.post(json.dumps(request).encode())

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a call that must succeed."""
        response = self.call(request)
        assert response.status_code == 200, response.text
        return dict(response.json())


@contextmanager
def serving(
    log: Path, command: Sequence[str] = (RRAML, "serve"), **settings: str
) -> Iterator[Service]:
    """`rraml serve` with these RRAML_* settings, and none of the caller's.

    Its store lies beside the log, unless the settings name another.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    kept = {name: v for name, v in os.environ.items() if not name.startswith("RRAML_")}
    store = f"sqlite:///{log.with_name('store.sqlite3')}"
    environment = kept | {"RRAML_PORT": str(port), "RRAML_DATABASE_URL": store}
    environment |= {f"RRAML_{name.upper()}": value for name, value in settings.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        with requests.Session() as http:
            http.trust_env = False
            http.headers["Connection"] = "close"  # an idle connection may end as it is reused
            service = Service(f"http://127.0.0.1:{port}", log, http)
            _wait_until_ready(service, process)
            yield service
    finally:
        process.terminate()
        process.wait(STOP_S)


def _wait_until_ready(service: Service, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert process.poll() is None, service.said
        try:
            if service.get("/health/ready").status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"not ready after {START_S} s: {service.said}")
