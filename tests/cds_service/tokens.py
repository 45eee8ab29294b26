"""EHRs that sign: keys, tokens that are right or wrong in one way, and a server of key sets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from cds_service.trusted_clients import TrustedClient

ISS = "https://ehr.example"
KID = "key-1"
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
ABSENT = object()


@cache
def private_key(algorithm: str = "ES384", name: str = "") -> PrivateKey:
    """One key for each algorithm and name: to make an RSA key takes time."""
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm])
    return rsa.generate_private_key(65537, int(name) if name.isdigit() else 2048)


def public_jwk(key: PrivateKey, kid: str = KID, **members: Any) -> dict[str, Any]:
    public = key.public_key()
    kind: Any = RSAAlgorithm if isinstance(public, rsa.RSAPublicKey) else ECAlgorithm
    return {**kind.to_jwk(public, as_dict=True), "kid": kid, **members}


def jwks(*keys: Mapping[str, Any]) -> dict[str, Any]:
    return {"keys": list(keys)}


@dataclass(frozen=True)
class Issuer:
    """Who signs. `token` makes a right one, but for what is asked to be otherwise."""

    iss: str = ISS
    kid: str = KID
    algorithm: str = "ES384"
    key: PrivateKey = field(default_factory=private_key)

    @property
    def jwk(self) -> dict[str, Any]:
        return public_jwk(self.key, self.kid)

    def client(self, name: str = "ehr", **members: Any) -> TrustedClient:
        """Its entry, with its key in it unless an address is given."""
        entry = {"name": name, "iss": self.iss, **members}
        if "jku" not in entry:
            entry["jwks"] = jwks(self.jwk)
        return TrustedClient.model_validate(entry)

    def token(
        self,
        url: Any,
        head: Mapping[str, Any] | None = None,
        key: Any = None,
        algorithm: str | None = None,
        **claims: Any,
    ) -> str:
        now = int(time.time())
        body = {"iss": self.iss, "aud": url, "iat": now, "exp": now + 240, "jti": str(uuid4())}
        body = {n: v for n, v in (body | claims).items() if v is not ABSENT}
        sent = {"kid": self.kid} | dict(head or {})
        sent = {n: v for n, v in sent.items() if v is not ABSENT}
        signing = key if key is not None else self.key
        return jwt.encode(body, signing, algorithm or self.algorithm, sent)

    def bearer(self, url: Any, **more: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(url, **more)}"}


class KeyServer(ThreadingHTTPServer):
    """Answers every path with `answer`: status, body and headers. `asked` counts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.delay = 0.0
        self.answer: tuple[int, bytes, dict[str, str]] = (404, b"", {})

    @property
    def jku(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/.well-known/jwks.json"

    def publish(self, *keys: Mapping[str, Any]) -> None:
        self.answer = (200, json.dumps(jwks(*keys)).encode(), {})


class _Handler(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.asked += 1
        status, body, headers = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        time.sleep(self.server.delay)
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: what was asked is counted."""


@contextmanager
def publishing(*keys: Mapping[str, Any]) -> Iterator[KeyServer]:
    server = KeyServer()
    server.publish(*keys)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
