from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cds_service import keys
from cds_service.keys import (
    FRESH_S,
    KEPT_S,
    MAX_BYTES,
    REFETCH_S,
    KeysError,
    PublishedKeys,
    fetch,
    read_keys,
)
from cds_service.network import PUBLIC
from tests.cds_service.tokens import KID, KeyServer, jwks, private_key, public_jwk, publishing

EC = public_jwk(private_key("ES384"))
RSA = public_jwk(private_key("RS384"))
BOTH = ("ES384", "RS384")


class Clock:
    """A monotonic clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with publishing(EC) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def published(server: KeyServer, clock: Clock) -> PublishedKeys:
    return PublishedKeys(server.jku, BOTH, clock)


@pytest.mark.parametrize(
    ("jwk", "algorithms", "expected"),
    [
        (EC, BOTH, ["ES384"]),
        (RSA, BOTH, ["RS384"]),
        (RSA, ("RS256", "RS384", "PS384"), ["RS256", "RS384", "PS384"]),
        (RSA | {"alg": "RS384"}, ("RS256", "RS384"), ["RS384"]),
        (EC | {"use": "sig"}, BOTH, ["ES384"]),
        (EC | {"key_ops": ["verify"]}, BOTH, ["ES384"]),
    ],
)
def test_a_key_is_used_for_the_algorithms_it_fits(
    jwk: dict[str, Any], algorithms: tuple[str, ...], expected: list[str]
) -> None:
    assert [key.algorithm for key in read_keys(jwks(jwk), algorithms)] == expected


UNUSABLE: dict[str, Any] = {
    "another curve": EC | {"crv": "P-256"},
    "for encryption": EC | {"use": "enc"},
    "another algorithm": EC | {"alg": "ES256"},
    "other operations": EC | {"key_ops": ["encrypt"]},
    "operations no list": EC | {"key_ops": "verify"},
    "no point of the curve": EC | {"x": "AAAA"},
    "kid empty": EC | {"kid": ""},
    "kid a number": EC | {"kid": 7},
    "no kid": {name: value for name, value in EC.items() if name != "kid"},
    "half a point": {name: value for name, value in EC.items() if name != "y"},
    "a curve not listed": public_jwk(private_key("ES256")),
    "a short RSA key": public_jwk(private_key("RS384", "1024")),
    "another kind": {"kty": "OKP", "kid": KID, "crv": "Ed25519", "x": "AAAA"},
    "no object": "no key",
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_key_that_cannot_be_used_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="no key with a kid there fits ES384 or RS384"):
        read_keys({"keys": [UNUSABLE[name]]}, BOTH)


@pytest.mark.parametrize("private", [EC | {"d": "AAAA"}, {"kty": "oct", "k": "AAAA"}])
def test_a_private_key_that_is_published_is_refused(private: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not public"):
        read_keys(jwks(EC, private), BOTH)


@pytest.mark.parametrize("content", [None, [], {}, {"keys": {}}, "keys", 7])
def test_what_is_no_key_set_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match="JWK Set"):
        read_keys(content, BOTH)


def test_keys_are_fetched_once_while_they_are_fresh(
    published: PublishedKeys, server: KeyServer, clock: Clock
) -> None:
    assert published.find(KID, "ES384")
    clock.now += FRESH_S - 1
    assert published.find(KID, "ES384")
    assert server.asked == 1


@pytest.mark.covers("JWK-01")
def test_a_new_key_is_found_when_it_is_first_used(
    published: PublishedKeys, server: KeyServer, clock: Clock
) -> None:
    published.find(KID, "ES384")
    server.publish(EC, EC | {"kid": "key-2"})
    clock.now += REFETCH_S
    assert published.find("key-2", "ES384")
    assert server.asked == 2


@pytest.mark.covers("JWK-01")
def test_strange_kids_do_not_make_the_service_ask_more_often(
    published: PublishedKeys, server: KeyServer, clock: Clock
) -> None:
    for number in range(200):
        assert published.find(f"strange-{number}", "ES384") is None
        clock.now += 1
    assert server.asked <= 1 + 200 / REFETCH_S


def test_a_key_that_was_withdrawn_is_refused_when_the_old_ones_are_stale(
    published: PublishedKeys, server: KeyServer, clock: Clock
) -> None:
    published.find(KID, "ES384")
    server.publish(EC | {"kid": "key-2"})
    clock.now += FRESH_S
    assert published.find(KID, "ES384") is None


def test_keys_are_kept_for_a_while_when_their_address_does_not_answer(
    published: PublishedKeys, server: KeyServer, clock: Clock
) -> None:
    published.find(KID, "ES384")
    server.answer = (503, b"", {})
    clock.now += KEPT_S - 1
    assert published.find(KID, "ES384")
    clock.now += REFETCH_S
    with pytest.raises(KeysError):
        published.find(KID, "ES384")


def test_an_address_that_does_not_answer_is_asked_again_later(
    published: PublishedKeys, server: KeyServer, clock: Clock
) -> None:
    server.answer = (503, b"", {})
    for _ in range(20):
        with pytest.raises(KeysError):
            published.find(KID, "ES384")
    assert server.asked == 1
    server.publish(EC)
    clock.now += REFETCH_S
    assert published.find(KID, "ES384")


def test_the_log_says_that_keys_cannot_be_read_and_why(
    published: PublishedKeys, server: KeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = (200, b"<html>Kowalski</html>", {})
    with pytest.raises(KeysError):
        published.find(KID, "ES384")
    assert "cannot be read from its jku: the answer is not JSON" in caplog.text
    assert "Kowalski" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((404, b"", {}), "answered 404"),
        ((500, b"{}", {}), "answered 500"),
        ((302, b"", {"Location": "https://other.example/jwks.json"}), "answered 302"),
        ((200, b"<html>", {}), "not JSON"),
        ((200, b"\xff", {}), "not JSON"),
        ((200, b"[" * 60_000, {}), "not JSON"),
        ((200, b" " * (MAX_BYTES + 1), {}), "too large"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_answer_that_is_no_key_set_says_why(
    server: KeyServer, answer: tuple[int, bytes, dict[str, str]], says: str
) -> None:
    server.answer = answer
    with pytest.raises(KeysError, match=says):
        fetch(server.jku, PUBLIC)


def test_a_redirect_is_not_followed(server: KeyServer) -> None:
    server.answer = (302, b"", {"Location": server.jku})
    with pytest.raises(KeysError):
        fetch(server.jku, PUBLIC)
    assert server.asked == 1


def test_an_address_that_is_slow_is_not_waited_for(
    server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "TIMEOUT_S", 0.1)
    server.delay = 0.5
    with pytest.raises(KeysError, match="could not be reached"):
        fetch(server.jku, PUBLIC)


def test_an_address_where_nobody_listens_says_so() -> None:
    with pytest.raises(KeysError, match="could not be reached"):
        fetch("http://127.0.0.1:9/jwks.json", PUBLIC)
