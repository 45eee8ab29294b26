"""Authentication as a hospital runs it: several processes, one store, and a log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cds_service.store import Store
from cds_service.trusted_clients import written
from tests.cds_service.ehr import call_of
from tests.cds_service.outcomes import AML, PRIVATE
from tests.cds_service.service import PATIENT_VIEW, Service, serving
from tests.cds_service.tokens import Issuer, KeyServer, private_key, public_jwk, publishing
from tests.support import PREFETCH

EHR = Issuer()
ROTATED = Issuer(kid="key-2", key=private_key("ES384", "rotated"))
TRIES = 40
CALL = call_of(AML, "patient", *PREFETCH)


@pytest.fixture(scope="module")
def keys() -> Iterator[KeyServer]:
    with publishing(EHR.jwk) as server:
        yield server


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, keys: KeyServer) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("secured")
    clients = folder / "clients.yaml"
    clients.write_text(written([EHR.client(jku=keys.jku)], as_json=False), encoding="utf-8")
    with serving(
        folder / "log", client_auth="jwt", trusted_clients=str(clients), as_of="2022-01-03"
    ) as service:
        yield service


def hook(service: Service) -> str:
    return f"{service.url}/cds-services/{PATIENT_VIEW}"


def call(service: Service, token: str, body: Any = CALL) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return service.post(json.dumps(body).encode(), **headers).status_code


def store_of(service: Service) -> Store:
    return Store(f"sqlite:///{service.log.with_name('store.sqlite3')}")


@pytest.mark.covers("JWT-19")
def test_of_many_calls_with_one_token_one_is_answered(secured: Service) -> None:
    """They go to both processes: the kernel gives connections to either."""
    token = EHR.token(hook(secured))
    with ThreadPoolExecutor(8) as threads:
        answered = list(threads.map(lambda _: call(secured, token), range(TRIES)))
    assert sorted(answered) == [200] + [401] * (TRIES - 1)


def test_calls_with_tokens_of_their_own_are_all_answered(secured: Service) -> None:
    tokens = [EHR.token(hook(secured)) for _ in range(TRIES)]
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda token: call(secured, token), tokens)) == {200}


@pytest.mark.covers("JWK-01")
def test_a_new_key_is_taken_by_every_process_and_the_address_is_not_pestered(
    secured: Service, keys: KeyServer
) -> None:
    strange = Issuer(kid="strange", key=private_key("ES384", "strange"))
    for _ in range(TRIES):
        assert call(secured, strange.token(hook(secured))) == 401
    assert keys.asked <= 2 * 2
    keys.publish(EHR.jwk, public_jwk(ROTATED.key, ROTATED.kid))
    assert call(secured, EHR.token(hook(secured))) == 200


def test_a_card_is_known_when_its_feedback_comes_to_any_process(secured: Service) -> None:
    headers = {"Authorization": f"Bearer {EHR.token(hook(secured))}"}
    answer = secured.post(json.dumps(CALL).encode(), **headers).json()
    entry = {"outcome": "overridden", "outcomeTimestamp": "2026-01-02T03:04:05Z"}
    for card in answer["cards"]:
        body = {"feedback": [entry | {"card": card["uuid"]}]}
        url = f"{hook(secured)}/feedback"
        headers = {"Authorization": f"Bearer {EHR.token(url)}"}
        response = secured.post(
            json.dumps(body).encode(), f"{PATIENT_VIEW}/feedback", **headers
        )
        assert response.status_code == 200
    rows = store_of(secured).feedback()
    assert [row["known_card"] for row in rows] == [True] * len(answer["cards"])
    assert {row["client"] for row in rows} == {"ehr"}


@pytest.mark.covers("PF-12")
def test_no_token_and_no_patient_is_in_the_log_or_the_store(secured: Service) -> None:
    jti = "jti-Kowalski-1968"
    token = EHR.token(hook(secured), jti=jti)
    assert [call(secured, token), call(secured, token)] == [200, 401]
    assert call(secured, EHR.token(hook(secured), jti=jti), {"hook": "Kowalski"}) == 401
    kept = b"".join(p.read_bytes() for p in secured.log.parent.glob("store.sqlite3*"))
    for private in (*PRIVATE, *token.split("."), jti):
        assert private not in secured.said
        assert private.encode() not in kept


def test_the_service_says_that_it_is_ready_without_a_token(secured: Service) -> None:
    said = secured.get("/health/ready").json()
    assert (said["status"], said["store"], said["storeFailures"]) == ("ready", "ready", 0)
