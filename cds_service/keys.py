"""The public keys of a client: from its entry, or from the address where it publishes them.

An address is read by https (http on this machine only), without following redirects, within a
time and a size, and not more often than every REFETCH_S, however many strange tokens arrive.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from jwt import PyJWK, PyJWTError

from cds_service.log import log
from cds_service.network import PUBLIC, AddressRefused, Network

FRESH_S = 300  # how long keys are used without a look for newer ones
KEPT_S = 3600  # how long they are still used while their address does not answer
REFETCH_S = 30  # at the most one look per this time and address
TIMEOUT_S = 2
MAX_BYTES = 256 * 1024
_CHUNK = 16 * 1024
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


class KeysError(Exception):
    """The keys cannot be had; the text is for the operator and holds nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as one algorithm uses it."""

    kid: str
    algorithm: str
    key: PyJWK


class InlineKeys:
    """Keys that the client's entry holds."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self._keys = keys

    def find(self, kid: str, algorithm: str) -> PyJWK | None:
        return _choose(self._keys, kid, algorithm)


class PublishedKeys:
    """Keys behind an address: cached, and looked up anew for an unknown kid."""

    def __init__(
        self,
        url: str,
        algorithms: Iterable[str],
        clock: Callable[[], float] = time.monotonic,
        network: Network = PUBLIC,
    ) -> None:
        self._url = url
        self._network = network
        self._algorithms = tuple(algorithms)
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: tuple[Key, ...] = ()
        self._read = self._tried = -float("inf")

    def find(self, kid: str, algorithm: str) -> PyJWK | None:
        """None for a kid that is not there. Raises KeysError if nobody can say."""
        known = _choose(self._keys, kid, algorithm)
        if known and self._clock() - self._read < FRESH_S:
            return known
        with self._lock:
            if self._clock() - self._tried >= REFETCH_S:
                self._look()
            if self._clock() - self._read < KEPT_S:
                return _choose(self._keys, kid, algorithm)
        raise KeysError("no keys could be read from its jku")

    def _look(self) -> None:
        self._tried = self._clock()
        try:
            self._keys = read_keys(fetch(self._url, self._network), self._algorithms)
        except (KeysError, ValueError) as reason:
            log.warning("keys of a client cannot be read from its jku: %s", reason)
        else:
            self._read = self._clock()


def read_keys(jwks: Any, algorithms: Iterable[str]) -> tuple[Key, ...]:
    """The keys of a JWK Set that can be used, once for every algorithm that they fit.

    Raises ValueError if there is none, or if one of them is private.
    """
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(listed, list):
        raise ValueError("expected a JWK Set: an object with a list of keys")
    wanted, found = tuple(algorithms), []
    for jwk in listed:
        if not isinstance(jwk, Mapping):
            continue
        if "d" in jwk or jwk.get("kty") == "oct":
            raise ValueError("a key there is not public; it must not be used any more")
        found += [key for name in wanted if (key := _key(jwk, name))]
    if not found:
        raise ValueError(f"no key with a kid there fits {' or '.join(wanted)}")
    return tuple(found)


def fetch(url: str, network: Network) -> Any:
    """The decoded JSON at an address. Raises KeysError."""
    until = time.monotonic() + TIMEOUT_S
    try:
        with (
            network.session() as session,
            session.get(url, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as answer,
        ):
            if answer.status_code != 200:
                raise KeysError(f"the address answered {answer.status_code}")
            return json.loads(_body(answer, until))
    except AddressRefused as reason:
        raise KeysError(f"the name of the address {reason}") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        raise KeysError("the address could not be reached") from None
    except (ValueError, RecursionError):
        raise KeysError("the answer is not JSON") from None


def _body(answer: requests.Response, until: float) -> bytes:
    raw = bytearray()
    while chunk := answer.raw.read1(_CHUNK, decode_content=True):
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise KeysError("the answer is too large")
        if time.monotonic() > until:
            raise KeysError(f"the answer took longer than {TIMEOUT_S} s")
    return bytes(raw)


def _key(jwk: Mapping[str, Any], algorithm: str) -> Key | None:
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid or not _fits(jwk, algorithm):
        return None
    try:
        key = PyJWK(dict(jwk), algorithm)
    except (PyJWTError, ValueError, TypeError):
        return None
    weak = key.Algorithm.check_key_length(key.key)
    return None if weak else Key(kid, algorithm, key)


def _fits(jwk: Mapping[str, Any], algorithm: str) -> bool:
    """By its type and curve, and by what the key says of itself."""
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        return False
    if not isinstance(operations, list) or "verify" not in operations:
        return False
    if curve := _CURVES.get(algorithm):
        return jwk.get("kty") == "EC" and jwk.get("crv") == curve
    return jwk.get("kty") == "RSA"


def _choose(keys: Iterable[Key], kid: str, algorithm: str) -> PyJWK | None:
    fitting = (k.key for k in keys if (k.kid, k.algorithm) == (kid, algorithm))
    return next(fitting, None)
