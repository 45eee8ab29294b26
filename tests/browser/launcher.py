"""A SMART launcher not written here, in front of the fixture patients.

It is https://github.com/smart-on-fhir/smart-launcher-v2, from a checkout that LAUNCHER
names; its libraries are those of integration/launcher/. It wants an open FHIR server behind it,
and an Encounter of each patient.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from standin_ehr.access import Grant, Tokens
from standin_ehr.fhir_server import create_app, serving
from standin_ehr.records import Ehr
from standin_ehr.service import free_port
from tests.support import FIXTURES, PATIENTS

CHECKOUT = "LAUNCHER"
LIBRARIES = FIXTURES.parent / "integration" / "launcher"
START_S = 90
VISIT = {"resource": {"resourceType": "Encounter", "id": "visit", "status": "finished"}}


class Open(Tokens):
    """Everybody may read everything: these are synthetic patients on this machine."""

    def of(self, authorization: str) -> Grant | None:
        return Grant()


@contextmanager
def launching(folder: Path) -> Iterator[str]:
    """The launcher, until the end of the block; gives its URL. Raises RuntimeError."""
    ehr = Ehr(PATIENTS)
    ehr.tokens = Open()
    app = create_app(ehr)

    @app.get("/Encounter/")
    def encounter() -> dict[str, object]:
        """Where the launcher looks for it: it forgets the path of the FHIR base."""
        return {"resourceType": "Bundle", "type": "searchset", "entry": [VISIT]}

    with (
        serving(app) as url,
        _process(_built(folder), f"{url}/fhir", folder / "said") as launcher,
    ):
        yield launcher


def _built(folder: Path) -> Path:
    """A copy of the checkout with its libraries."""
    checkout = Path(os.environ.get(CHECKOUT, ""))
    if not (checkout / "backend" / "index.ts").is_file():
        raise RuntimeError(
            f"Found no launcher at {CHECKOUT}={checkout}. Expected a checkout of "
            "https://github.com/smart-on-fhir/smart-launcher-v2. Clone it and say where it is."
        )
    copy = folder / "launcher"
    shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(".git", "node_modules"))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LIBRARIES / name, copy.parent / name)
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(npm, cwd=copy.parent, check=True, stdout=subprocess.DEVNULL)
    return copy


@contextmanager
def _process(built: Path, fhir_url: str, output: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    servers = {"FHIR_SERVER_R4": fhir_url, "FHIR_SERVER_R3": "", "FHIR_SERVER_R2": ""}
    own = {"PORT": str(port), "HOST": "127.0.0.1", "NODE_ENV": "production"}
    start = ["--skipProject", "--transpile-only", "backend/index.ts"]
    with output.open("wb") as said:
        process = subprocess.Popen(
            [str(built.parent / "node_modules" / ".bin" / "ts-node"), *start],
            cwd=built,
            env=os.environ | servers | own,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, f"{url}/v/r4/fhir/.well-known/smart-configuration", output)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], address: str, output: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.3)
    raise RuntimeError(f"The launcher does not answer. It said:\n{output.read_text()}")
