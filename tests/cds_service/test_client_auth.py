from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cds_service.client_auth import LONGEST_LIFE_S, LONGEST_TOKEN, Authenticator
from cds_service.errors import NotAllowed, NotAuthenticated, Unavailable
from cds_service.store import Store
from cds_service.trusted_clients import TrustedClient, TrustedClients
from tests.cds_service.tokens import ABSENT, ISS, KID, Issuer, private_key, publishing

URL = "https://cds.example/cds-services/rraml-patient-view"
EHR = Issuer()
RSA = Issuer("https://rsa.example", "rsa-1", "RS384", private_key("RS384"))
STRANGER = Issuer(key=private_key("ES384", "stranger"))
JTI = "jti-Kowalski-1968"


def authenticator(*clients: TrustedClient) -> Authenticator:
    return Authenticator(TrustedClients(clients=clients or (EHR.client(), RSA.client("rsa"))))


AUTHENTICATOR = authenticator()


def caller(authorization: str, url: str = URL, *clients: TrustedClient) -> str:
    checking = authenticator(*clients) if clients else AUTHENTICATOR
    return checking.caller(authorization, url, Store("sqlite://")).name


def bearer(issuer: Issuer = EHR, url: Any = URL, **more: Any) -> str:
    return f"Bearer {issuer.token(url, **more)}"


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def head(**members: Any) -> dict[str, Any]:
    return {"alg": "ES384", "typ": "JWT", "kid": KID, **members}


def after(seconds: float) -> float:
    """A moment from now, in whole seconds unless half ones are asked for."""
    return int(time.time()) + seconds


def claims(**members: Any) -> dict[str, Any]:
    right = {"iss": ISS, "aud": URL, "iat": after(0), "exp": after(240), "jti": "j"}
    return right | members


def unsigned() -> str:
    return f"Bearer {segment(head(alg='none'))}.{segment(claims())}."


def with_public_key_as_secret(algorithm: str) -> str:
    public = EHR.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    message = f"{segment(head(alg=algorithm))}.{segment(claims())}"
    digest = getattr(hashlib, f"sha{algorithm[2:]}")
    signature = hmac.new(public, message.encode(), digest).digest()
    return f"Bearer {message}.{segment(signature)}"


def with_other_claims(**members: Any) -> str:
    """A right token whose claims were changed after it was signed."""
    first, _, last = EHR.token(URL).split(".")
    return f"Bearer {first}.{segment(claims(**members))}.{last}"


# name: the header, and what the refusal says was found
REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "no header": (lambda: "", "no bearer token"),
    "only a scheme": (lambda: "Bearer", "no bearer token"),
    "basic": (lambda: "Basic YTpi", "no bearer token"),
    "a token alone": (lambda: EHR.token(URL), "no bearer token"),
    "no token": (lambda: "Bearer Kowalski", "not a JSON Web Token"),
    "two parts": (lambda: "Bearer e30.e30", "not a JSON Web Token"),
    "four parts": (lambda: f"{bearer()}.e30", "not a JSON Web Token"),
    "head no object": (lambda: f"Bearer {segment([1])}.{segment({})}.e30", "not a JSON Web"),
    "claims no object": (lambda: f"Bearer {segment(head())}.{segment([1])}.e30", "not a JSON"),
    "claims no JSON": (lambda: f"Bearer {segment(head())}.{segment(b'{')}.e30", "not a JSON"),
    "claims deep": (
        lambda: f"Bearer {segment(head())}.{segment(b'[' * 9000)}.e30", "not a JSON Web",
    ),
    "too long": (lambda: f"Bearer {'e' * (LONGEST_TOKEN + 1)}", "too long"),
    "alg none": (unsigned, "an algorithm that is not on the list"),
    "HS256": (lambda: with_public_key_as_secret("HS256"), "an algorithm that is not on the"),
    "HS384": (lambda: with_public_key_as_secret("HS384"), "an algorithm that is not on the"),
    "alg not listed": (
        lambda: bearer(key=private_key("ES256"), algorithm="ES256"), "an algorithm that is not",
    ),
    "alg of another kind of key": (
        lambda: bearer(key=RSA.key, algorithm="RS384"), "kid is not among",
    ),
    "another key": (lambda: bearer(STRANGER), "signature does not verify"),
    "another client's key": (
        lambda: bearer(Issuer(ISS, "rsa-1", "RS384", RSA.key)), "kid is not among",
    ),
    "another client's iss": (
        lambda: bearer(Issuer("https://rsa.example", KID)), "kid is not among",
    ),
    "changed tenant": (lambda: with_other_claims(tenant="b"), "signature does not verify"),
    "changed jti": (lambda: with_other_claims(jti="other"), "signature does not verify"),
    "no signature": (lambda: bearer().rpartition(".")[0] + ".", "signature does not verify"),
    "unknown kid": (lambda: bearer(head={"kid": "key-9"}), "kid is not among"),
    "no kid": (lambda: bearer(head={"kid": ABSENT}), "without typ JWT or without kid"),
    "kid empty": (lambda: bearer(head={"kid": ""}), "without typ JWT or without kid"),
    "kid a number": (
        lambda: f"Bearer {segment(head(kid=7))}.{segment(claims())}.e30", "not a JSON Web",
    ),
    "typ missing": (lambda: bearer(head={"typ": ""}), "without typ JWT or without kid"),
    "typ of an access token": (lambda: bearer(head={"typ": "at+jwt"}), "without typ JWT"),
    "jku not on the list": (
        lambda: bearer(head={"jku": "https://evil.example/jwks.json"}), "jku is not the one",
    ),
    "key in the head": (
        lambda: bearer(STRANGER, head={"jwk": STRANGER.jwk}), "signature does not verify",
    ),
    "crit": (
        lambda: f"Bearer {segment(head(crit=['x'], x=1))}.{segment(claims())}.e30", "not a JSO",
    ),
    "payload not encoded": (
        lambda: f"Bearer {segment(head(b64=False, crit=['b64']))}..e30", "not a JSON Web Token",
    ),
    "unknown iss": (lambda: bearer(iss="https://evil.example"), "issuer that is not on"),
    "iss with a slash": (lambda: bearer(iss=ISS + "/"), "issuer that is not on"),
    "no iss": (lambda: bearer(iss=ABSENT), "without a usable iss"),
    "no aud": (lambda: bearer(url=ABSENT), "without a usable aud"),
    "aud another service": (lambda: bearer(url=URL + "-2"), "another address"),
    "aud the base": (lambda: bearer(url="https://cds.example"), "another address"),
    "aud with a slash": (lambda: bearer(url=URL + "/"), "another address"),
    "aud feedback": (lambda: bearer(url=URL + "/feedback"), "another address"),
    "aud in capitals": (lambda: bearer(url=URL.upper()), "another address"),
    "aud array of others": (lambda: bearer(url=["a", "b"]), "another address"),
    "aud empty array": (lambda: bearer(url=[]), "without a usable aud"),
    "aud array of numbers": (lambda: bearer(url=[1]), "without a usable aud"),
    "aud an object": (lambda: bearer(url={"a": URL}), "without a usable aud"),
    "expired": (lambda: bearer(iat=after(-900), exp=after(-600)), "expired"),
    "no exp": (lambda: bearer(exp=ABSENT), "without a usable exp"),
    "exp a text": (lambda: bearer(exp=str(after(60))), "without a usable exp"),
    "exp true": (lambda: bearer(exp=True), "without a usable exp"),
    "exp beyond all": (lambda: bearer(exp=10**30), "without a usable exp"),
    "exp infinite": (lambda: bearer(exp=float("inf")), "without a usable exp"),
    "exp no number": (lambda: bearer(exp=float("nan")), "without a usable exp"),
    "lives too long": (lambda: bearer(exp=after(LONGEST_LIFE_S + 60)), "longer than an hour"),
    "no iat": (lambda: bearer(iat=ABSENT), "without a usable iat"),
    "iat in the future": (lambda: bearer(iat=after(7200), exp=after(7500)), "from the future"),
    "iat a list": (lambda: bearer(iat=[after(0)]), "without a usable iat"),
    "not yet valid": (lambda: bearer(nbf=after(600)), "from the future"),
    "no jti": (lambda: bearer(jti=ABSENT), "without a usable jti"),
    "jti empty": (lambda: bearer(jti=""), "without a usable jti"),
    "jti very long": (lambda: bearer(jti="j" * 501), "without a usable jti"),
    "jti half a character": (lambda: bearer(jti="\ud800"), "without a usable jti"),
    "tenant a list": (lambda: bearer(tenant=["a"]), "without a usable tenant"),
    "tenant null": (lambda: bearer(tenant=None), "without a usable tenant"),
}  # fmt: skip


@pytest.mark.covers(
    "JWT-02", "JWT-03", "JWT-04", "JWT-05", "JWT-06", "JWT-07", "JWT-08", "JWT-09", "JWT-10",
    "JWT-11", "JWT-12", "JWT-13", "JWT-14", "JWT-15", "JWT-16", "JWT-17", "JWT-18",
)  # fmt: skip
@pytest.mark.parametrize("name", REFUSED)
def test_a_token_that_is_wrong_is_refused(name: str) -> None:
    header, found = REFUSED[name]
    with pytest.raises(NotAuthenticated) as refused:
        caller(header())
    assert found in refused.value.found


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_repeats_nothing_of_the_token(name: str) -> None:
    header, _ = REFUSED[name]
    sent = header()
    with pytest.raises(NotAuthenticated) as refused:
        caller(sent)
    said = str(refused.value)
    assert not [part for part in sent.split(".") if len(part) > 8 and part in said]
    for private in ("Kowalski", "evil.example", KID, ISS, "https://"):
        assert private not in said


@pytest.mark.parametrize(
    "issuer",
    [
        EHR,
        RSA,
        Issuer(algorithm="ES256", key=private_key("ES256")),
        Issuer(algorithm="ES512", key=private_key("ES512")),
        Issuer(algorithm="RS256", key=private_key("RS384")),
        Issuer(algorithm="PS384", key=private_key("RS384")),
    ],
    ids=lambda issuer: issuer.algorithm,
)
def test_every_algorithm_that_is_listed_is_verified(issuer: Issuer) -> None:
    client = issuer.client("ehr", algorithms=[issuer.algorithm])
    assert caller(bearer(issuer), URL, client) == "ehr"


@pytest.mark.covers("JWT-06", "JWT-20")
@pytest.mark.parametrize("aud", [URL, [URL], ["https://other.example", URL]])
def test_the_audience_may_be_a_text_or_a_list(aud: object) -> None:
    assert caller(bearer(url=aud)) == "ehr"


@pytest.mark.parametrize(
    "header",
    [
        lambda: bearer().replace("Bearer", "bearer"),
        lambda: bearer(iat=after(20)),
        lambda: bearer(exp=after(-20), iat=after(-300)),
        lambda: bearer(iat=after(-0.5), exp=after(60.5)),
        lambda: bearer(nbf=after(-10)),
        lambda: bearer(sub="user", future={"a": [1]}),
        lambda: bearer(head={"x5t": "ignored"}),
        lambda: bearer(tenant="any"),
    ],
)
def test_what_may_be_otherwise_is_accepted(header: Callable[[], str]) -> None:
    assert caller(header()) == "ehr"


@pytest.mark.covers("JWT-19")
def test_a_token_is_good_for_one_call() -> None:
    store = Store("sqlite://")
    header = bearer()
    assert AUTHENTICATOR.caller(header, URL, store).name == "ehr"
    with pytest.raises(NotAuthenticated, match="used before"):
        AUTHENTICATOR.caller(header, URL, store)


def test_a_token_that_was_refused_is_not_used_up() -> None:
    store = Store("sqlite://")
    header = bearer(url=[URL, URL + "/feedback"])
    with pytest.raises(NotAuthenticated):
        AUTHENTICATOR.caller(header, "https://cds.example/cds-services", store)
    assert AUTHENTICATOR.caller(header, URL, store).name == "ehr"


def test_two_clients_may_use_the_same_jti() -> None:
    store = Store("sqlite://")
    assert AUTHENTICATOR.caller(bearer(jti="1"), URL, store).name == "ehr"
    assert AUTHENTICATOR.caller(bearer(RSA, jti="1"), URL, store).name == "rsa"


def test_without_a_store_nobody_is_let_in() -> None:
    broken = Store("sqlite:////no/such/folder/store.sqlite3")
    with pytest.raises(Unavailable):
        AUTHENTICATOR.caller(bearer(), URL, broken)


TENANTS = (
    EHR.client("a", tenant="tenant-a", jurisdiction="EU"),
    EHR.client("b", tenant="tenant-b"),
)


@pytest.mark.parametrize(("tenant", "name"), [("tenant-a", "a"), ("tenant-b", "b")])
def test_a_tenant_has_its_own_entry(tenant: str, name: str) -> None:
    assert caller(bearer(tenant=tenant), URL, *TENANTS) == name


@pytest.mark.parametrize("tenant", ["tenant-c", "TENANT-A", ABSENT])
def test_a_tenant_that_is_not_listed_is_known_and_not_allowed(tenant: object) -> None:
    with pytest.raises(NotAllowed, match="tenant"):
        caller(bearer(tenant=tenant), URL, *TENANTS)


def test_a_tenant_that_is_not_listed_has_to_prove_its_issuer_first() -> None:
    with pytest.raises(NotAuthenticated, match="signature"):
        caller(bearer(STRANGER, tenant="tenant-c"), URL, *TENANTS)


def test_an_entry_without_tenant_is_for_the_others() -> None:
    clients = (*TENANTS, EHR.client("others"))
    assert caller(bearer(tenant="tenant-c"), URL, *clients) == "others"
    assert caller(bearer(tenant="tenant-a"), URL, *clients) == "a"


@pytest.mark.covers("JWK-01", "JWT-08")
def test_keys_are_fetched_from_the_listed_address_only() -> None:
    with publishing(EHR.jwk) as ours, publishing(STRANGER.jwk) as theirs:
        checking = authenticator(EHR.client(jku=ours.jku))
        for head_jku in ({}, {"jku": ours.jku}):
            assert checking.verify(bearer(head=head_jku), URL)[0].name == "ehr"
        with pytest.raises(NotAuthenticated, match="jku"):
            checking.verify(bearer(STRANGER, head={"jku": theirs.jku}), URL)
        assert (ours.asked, theirs.asked) == (1, 0)


def test_an_address_beside_inline_keys_is_only_compared() -> None:
    with publishing(STRANGER.jwk) as server:
        client = EHR.client(jku=server.jku, jwks={"keys": [EHR.jwk]})
        header = bearer(head={"jku": server.jku})
        assert authenticator(client).verify(header, URL)[0].name == "ehr"
        assert server.asked == 0


def test_keys_that_cannot_be_read_let_nobody_in() -> None:
    client = EHR.client(jku="http://127.0.0.1:9/jwks.json")
    with pytest.raises(NotAuthenticated, match="keys cannot be read"):
        caller(bearer(), URL, client)
