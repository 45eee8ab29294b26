"""`make demo` as a person runs it: its process, and the two addresses that it prints."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 120
ADDRESSES = re.compile(
    r"The service answers at (\S+), the stand-in EHR at (\S+)\.$.*in a browser: \2$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Demonstration:
    """Where the stand-in EHR and the service answer."""

    url: str
    service_url: str


@contextmanager
def demonstrated(output: Path) -> Iterator[Demonstration]:
    """The demonstration until the end of the block, and its printing in a file."""
    own = {k: v for k, v in os.environ.items() if k not in ("CI", "ONCE")}
    with output.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "standin_ehr.demo"],
            cwd=ROOT,
            env=own | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _ready(process, output)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _ready(process: subprocess.Popen[bytes], output: Path) -> Demonstration:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        if found := ADDRESSES.search(output.read_text(encoding="utf-8", errors="replace")):
            return Demonstration(url=found[2], service_url=found[1])
        time.sleep(0.2)
    raise RuntimeError(f"make demo does not serve. It said:\n{output.read_text()}")
