"""What one answer costs the processes that serve it, against the least that any would.

The floor is served as the service is: by gunicorn, with the same workers and threads. Both are
called over HTTP in turn, on bodies of which no two are alike. Counted is the processor time of
the serving processes, what they keep after the answer included. Compared is the mean of all
calls: the floor's garbage is collected in bursts, so that a round costs it from 2 to 5 ms a
call, and other work on the machine meets both alike.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import requests

from tests.bench.bodies import WITH_AML, WITHOUT_AML, bodies
from tests.bench.floor import PATH

ROUNDS, CALLS, WARM_UP = 20, 40, 80
SETTLED_S = 0.05  # what is kept after an answer is kept within this
START_S = 60  # on a busy machine
RRAML = Path(sys.executable).with_name("rraml")


@dataclass(frozen=True)
class Question:
    """`goal`: times the floor that an answer is meant to cost; `limit`: that it must not."""

    name: str
    patients: tuple[str, ...]
    goal: float
    limit: float


QUESTIONS = (
    Question("with AML", WITH_AML, 2.0, 3.0),
    Question("without AML", WITHOUT_AML, 1.2, 1.5),
)


@dataclass(frozen=True)
class Served:
    """Seconds of processor time for one call, round by round."""

    floor: Sequence[float]
    whole: Sequence[float]

    @property
    def ratio(self) -> float:
        return fmean(self.whole) / fmean(self.floor)


def served() -> Iterator[tuple[Question, Served]]:
    ports = _free_ports()
    bare = [sys.executable, "-m", "tests.bench.floor", str(ports[0])]
    with TemporaryDirectory() as folder, _running(bare, ports[0]) as floor:
        settings = {
            "RRAML_PORT": str(ports[1]),
            "RRAML_ALLOW_REPLAY": "1",
            "RRAML_DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
        }
        with _running([str(RRAML), "serve"], ports[1], settings) as service:
            for question in QUESTIONS:
                yield question, _cost(question.patients, (floor, service), ports)


def _free_ports() -> tuple[int, int]:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        return one.getsockname()[1], other.getsockname()[1]


def _cost(patients: Sequence[str], servers: Sequence[int], ports: tuple[int, int]) -> Served:
    sent = bodies(patients, WARM_UP + ROUNDS * CALLS)
    rounds: list[tuple[float, float]] = []
    with requests.Session() as http:
        http.trust_env = False
        _round(http, list(islice(sent, WARM_UP)), ports)
        for _ in range(ROUNDS):
            before = [_processor_time(server) for server in servers]
            calls = list(islice(sent, CALLS))
            _round(http, calls, ports)
            time.sleep(SETTLED_S)
            after = [_processor_time(server) for server in servers]
            spent = [(b - a) / CALLS for a, b in zip(before, after, strict=True)]
            rounds.append((spent[0], spent[1]))
    return Served([floor for floor, _ in rounds], [whole for _, whole in rounds])


def _round(http: requests.Session, calls: Sequence[bytes], ports: tuple[int, int]) -> None:
    for count, body in enumerate(calls):
        for port in ports if count % 2 else ports[::-1]:
            _call(http, port, body)


def _call(http: requests.Session, port: int, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answered = http.post(
        f"http://127.0.0.1:{port}{PATH}", data=body, headers=headers, timeout=30
    )
    answered.raise_for_status()


@contextmanager
def _running(
    command: Sequence[str], port: int, settings: dict[str, str] | None = None
) -> Iterator[int]:
    """The process id of a server that answers."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("RRAML_")}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=kept | (settings or {}))
    try:
        until = time.monotonic() + START_S
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _processor_time(pid: int) -> float:
    """Of a process and its children, so far; Linux has a clock for each of them."""
    return sum(time.clock_gettime((~one << 3) | 2) for one in (pid, *_children(pid)))


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return [int(child) for child in listed]
