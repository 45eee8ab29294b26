"""What one answer costs the processes that serve it, against the least that any would.

The floor is served as the service is: by gunicorn, with the same workers and threads. Both are
called over HTTP in turn, on bodies of which no two are alike. Counted is the processor time of
the serving processes, in which reading a body of this size from a socket has its part.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.bench.answer import QUESTIONS
from tests.bench.bodies import bodies
from tests.bench.floor import PATH

ROUNDS = 400
WARM_UP = 80
TICKS = os.sysconf("SC_CLK_TCK")
RRAML = Path(sys.executable).with_name("rraml")


def main() -> int:
    missed = 0
    ports = (8791, 8792)
    with _running([sys.executable, "-m", "tests.bench.floor", str(ports[0])]) as floor:
        settings = {"RRAML_PORT": str(ports[1]), "RRAML_ALLOW_REPLAY": "1"}
        with _running([str(RRAML), "serve"], settings) as service:
            for name, patients, limit in QUESTIONS:
                least, whole = _cost(patients, (floor, service), ports)
                missed += whole > limit * least
                verdict = "within" if whole <= limit * least else "ABOVE"
                print(f"{name}, served: {whole / least:.2f} x the floor, {verdict} {limit} x")
                print(f"  floor {least * 1e3:6.2f} ms   whole answer {whole * 1e3:6.2f} ms")
    return 1 if missed else 0


def _cost(
    patients: Sequence[str], servers: Sequence[int], ports: Sequence[int]
) -> tuple[float, float]:
    """Seconds of processor time for one request, of each server."""
    spent = [0.0, 0.0]
    with requests.Session() as http:
        http.trust_env = False
        for count, body in enumerate(bodies(patients, WARM_UP + ROUNDS)):
            if count == WARM_UP:
                spent = [-_processor_time(server) for server in servers]
            for port in ports if count % 2 else ports[::-1]:
                _call(http, port, body)
    floor, service = (
        before + _processor_time(server) for before, server in zip(spent, servers, strict=True)
    )
    return floor / ROUNDS, service / ROUNDS


def _call(http: requests.Session, port: int, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answered = http.post(
        f"http://127.0.0.1:{port}{PATH}", data=body, headers=headers, timeout=30
    )
    answered.raise_for_status()


@contextmanager
def _running(command: Sequence[str], settings: dict[str, str] | None = None) -> Iterator[int]:
    kept = {name: v for name, v in os.environ.items() if not name.startswith("RRAML_")}
    process = subprocess.Popen(command, env=kept | (settings or {}))
    try:
        time.sleep(4)
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} did not start")
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _processor_time(pid: int) -> float:
    """Of a process and its children, so far."""
    ticks = 0
    for one in (pid, *_children(pid)):
        fields = (
            Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        )
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return [int(child) for child in listed]


if __name__ == "__main__":
    sys.exit(main())
