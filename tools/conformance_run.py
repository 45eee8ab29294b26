"""Run a CDS Hooks conformance checker against this service: once open, once with tokens.

    python -m tools.conformance_run CHECKER

The service is started for it on a free port of this machine, with a key pair and a file of
trusted clients made for the run. The exit status is the number of runs that failed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from cds_service.hooks import SERVICES, Service
from standin_ehr.service import free_port

ROOT = Path(__file__).resolve().parent.parent
REQUESTS = ROOT / "fixtures" / "hooks"
RRAML = Path(sys.executable).with_name("rraml")
START_S = 60
STOP_S = 30
KID, ISS = "conformance", "https://client.example"


def main(arguments: Sequence[str]) -> int:
    [checker] = arguments
    failed = 0
    for authenticated in (False, True):
        for service in SERVICES:
            print(f"\n{service.id}, {'with tokens' if authenticated else 'open'}")
            sys.stdout.flush()
            failed += not _passes(checker, service, authenticated)
    return failed


def _passes(checker: str, service: Service, authenticated: bool) -> bool:
    """Each run has a store of its own: what is overridden in one may stay quiet in another."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings, options = _with_tokens(folder) if authenticated else ({}, [])
        with _serving(folder, settings) as url:
            command = [sys.executable, checker, url, "--service-id", service.id]
            command += ["--strict-prefetch", "--require-feedback", *options]
            for request in sorted(REQUESTS.glob(f"{service.hook}-*.json")):
                command += ["--request", str(request)]
            return subprocess.run(command, check=False).returncode == 0


def _with_tokens(folder: Path) -> tuple[dict[str, str], list[str]]:
    """What the service is set to, and what the checker is told."""
    key = ec.generate_private_key(ec.SECP384R1())
    pem = folder / "key.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": KID}
    client = {"name": "checker", "iss": ISS, "jwks": {"keys": [public]}}
    clients = folder / "clients.json"
    clients.write_text(json.dumps({"clients": [client]}), encoding="utf-8")
    settings = {"RRAML_CLIENT_AUTH": "jwt", "RRAML_TRUSTED_CLIENTS": str(clients)}
    options = ["--auth-required", "--jwt-key", str(pem), "--jwt-kid", KID, "--jwt-iss", ISS]
    return settings, options


@contextmanager
def _serving(folder: Path, settings: dict[str, str]) -> Iterator[str]:
    port = free_port()
    environment = {n: v for n, v in os.environ.items() if not n.startswith("RRAML_")}
    environment |= settings | {
        "RRAML_PORT": str(port),
        "RRAML_AS_OF": "2022-01-12",
        "RRAML_FHIR_SERVERS": "http://127.0.0.1:*/fhir",
        "RRAML_CORS_ORIGINS": "*",
        "RRAML_DATABASE_URL": f"sqlite:///{folder / 'store.sqlite3'}",
    }
    process = subprocess.Popen([RRAML, "serve"], env=environment, stdin=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(STOP_S)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(f"{url}/health/ready", timeout=2).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise SystemExit("the service did not come up")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
