"""The service as a process of its own, as a hospital runs it, on this machine only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

import requests

USUAL_PORT = 8080
SMART_CLIENT_ID = "rraml-cds"  # by which the stand-in's authorization server knows it
START_S = 30
STOP_S = 10
COMMAND = (str(Path(sys.executable).with_name("rraml")), "serve")


class NotServing(Exception):
    """The service did not come up; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers at `url`."""

    url: str
    _process: subprocess.Popen[bytes]
    _output: IO[bytes]

    @property
    def said(self) -> str:
        """What the process has printed so far."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace").strip()

    def wait(self) -> None:
        """Until the process ends."""
        self._process.wait()

    def wait_until_ready(self) -> None:
        """Raises NotServing."""
        with requests.Session() as http:
            http.trust_env = False
            until = time.monotonic() + START_S
            while time.monotonic() < until and self._process.poll() is None:
                if self._is_ready(http):
                    return
                time.sleep(0.1)
        raise NotServing(self.said or "it said nothing")

    def _is_ready(self, http: requests.Session) -> bool:
        try:
            return http.get(f"{self.url}/health/ready", timeout=2).status_code == 200
        except requests.RequestException:
            return False


@contextmanager
def serving(
    fhir_url: str, command: Sequence[str] = COMMAND, *, wanted_port: int = 0
) -> Iterator[Service]:
    """The service, allowed to read from this FHIR server and to answer for other days.

    Settings of the caller's environment do not reach it. Raises NotServing. A port is wanted
    for a person's sake; two that start at once and want none do not meet.
    """
    port = free_port(wanted_port)
    with TemporaryDirectory() as folder, TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            env=_environment(fhir_url, port, folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        service = Service(f"http://127.0.0.1:{port}", process, output)
        try:
            service.wait_until_ready()
            yield service
        finally:
            _stop(process)


def free_port(wanted: int = 0) -> int:
    """The port that is wanted if nobody listens there, else any free one."""
    for port in (wanted, 0):
        try:
            with socket.create_server(("127.0.0.1", port)) as listener:
                return int(listener.getsockname()[1])
        except OSError:
            continue
    raise NotServing("no free port on 127.0.0.1")


def _environment(fhir_url: str, port: int, folder: str) -> dict[str, str]:
    kept = {name: v for name, v in os.environ.items() if not name.startswith("RRAML_")}
    return kept | {
        "RRAML_HOST": "127.0.0.1",
        "RRAML_PORT": str(port),
        "RRAML_FHIR_SERVERS": fhir_url,
        "RRAML_DATABASE_URL": f"sqlite:///{folder}/store.sqlite3",
        "RRAML_ALLOW_REPLAY": "1",
        "RRAML_SMART_CLIENT_ID": SMART_CLIENT_ID,
        # A busy machine must not make an answer wrong: this shows what is said, not how fast.
        "RRAML_DEADLINE_S": "15",
    }


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
