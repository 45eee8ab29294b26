"""Who calls: the CDS client's JSON Web Token, checked as the specification asks.

Only issuers and key addresses of the trusted-clients file are used; an address in a token is
compared with the file's and never fetched before. Nothing of a token gets into an error.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import jwt
from jwt import PyJWK
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from cds_service.errors import NotAllowed, NotAuthenticated, Unavailable
from cds_service.keys import InlineKeys, KeysError, PublishedKeys, read_keys
from cds_service.network import PUBLIC, Network
from cds_service.store import Store, StoreError
from cds_service.trusted_clients import TrustedClient, TrustedClients

LEEWAY_S = 30
LONGEST_LIFE_S = 3600
LONGEST_TOKEN = 16 * 1024
REQUIRED = ["iss", "aud", "exp", "iat", "jti"]

Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=2**40)]


class Claims(BaseModel):
    """What must be in a token, as it must be written; other claims are not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    iss: StrictStr
    aud: Annotated[StrictStr | list[StrictStr], Field(min_length=1)]
    exp: Seconds
    iat: Seconds
    jti: Annotated[StrictStr, Field(min_length=1, max_length=500)]
    tenant: StrictStr = ""


class Authenticator:
    """Checks the Authorization header of every call against the trusted clients."""

    def __init__(self, clients: TrustedClients, network: Network = PUBLIC) -> None:
        """`network`: how the keys of clients are fetched."""
        self._clients = clients
        self._keys = {c.name: _keys(c, network) for c in clients.clients}

    def caller(self, header: str, url: str, store: Store) -> TrustedClient:
        """Whoever signed the token for this very URL, which is used up by it.

        Raises NotAuthenticated, NotAllowed for a tenant that is not on the list, and
        Unavailable if nobody can say whether the token was used before.
        """
        client, claims = self.verify(header, url)
        expires = datetime.fromtimestamp(claims.exp + LEEWAY_S, UTC)
        try:
            first = store.use_token(client.iss, claims.jti, expires, datetime.now(UTC))
        except StoreError:
            raise Unavailable(
                "a store that does not answer, so that a used token would not be noticed",
                "a store that answers",
                "try again later; the operator looks at RRAML_DATABASE_URL",
            ) from None
        if not first:
            raise _refused("a token that was used before", "a jti of its own for every call")
        return client

    def verify(self, header: str, url: str) -> tuple[TrustedClient, Claims]:
        """The same, but a token may be verified as often as one likes."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _refused("no bearer token")
        head, body = _unverified(token)
        client = self._clients.of(body.iss, body.tenant)
        signer = client or self._clients.of_issuer(body.iss)
        if signer is None:
            raise _refused("a token of an issuer that is not on this service's list")
        key = self._key(head, signer)
        claims = _verified(token, key, signer, url)
        if client is None:
            raise NotAllowed(
                "a tenant that is not on this service's list",
                "a tenant of this issuer that is",
                "the operator adds it with `rraml clients add --tenant`",
                ["Authorization"],
            )
        return client, claims

    def _key(self, head: dict[str, Any], client: TrustedClient) -> PyJWK:
        kid, algorithm = head.get("kid"), head.get("alg")
        if head.get("typ") != "JWT" or not isinstance(kid, str) or not kid:
            raise _refused("a token without typ JWT or without kid")
        if "jku" in head and head["jku"] != client.jku:
            raise _refused("a token whose jku is not the one on this service's list")
        if algorithm not in client.algorithms:
            raise _refused(
                "a token signed with an algorithm that is not on the list",
                " or ".join(client.algorithms),
            )
        try:
            key = self._keys[client.name].find(kid, algorithm)
        except KeysError:
            raise _refused("a token whose keys cannot be read from its jku now") from None
        if key is None:
            raise _refused("a token whose kid is not among the client's keys")
        return key


def _keys(client: TrustedClient, network: Network) -> InlineKeys | PublishedKeys:
    if client.jwks:
        return InlineKeys(read_keys(client.jwks, client.algorithms))
    return PublishedKeys(client.jku, client.algorithms, network=network)


def _unverified(token: str) -> tuple[dict[str, Any], Claims]:
    """What a token says of itself, so that a key can be chosen. Proves nothing."""
    if len(token) > LONGEST_TOKEN:
        raise _refused("a token that is too long")
    try:
        head = jwt.get_unverified_header(token)
        return dict(head), Claims.model_validate(
            jwt.decode(token, options={"verify_signature": False})
        )
    except ValidationError as error:
        [*names] = {str(problem["loc"][0]) for problem in error.errors(include_input=False)}
        raise _refused(f"a token without a usable {' and '.join(sorted(names))}") from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _refused("a token that is not a JSON Web Token") from None


def _verified(token: str, key: PyJWK, client: TrustedClient, url: str) -> Claims:
    try:
        body = jwt.decode(
            token,
            key=key,
            algorithms=[key.algorithm_name],
            audience=url,
            issuer=client.iss,
            leeway=LEEWAY_S,
            options={"require": REQUIRED},
        )
    except jwt.InvalidAudienceError:
        raise _refused(
            "a token for another address",
            "aud: the URL being called, as clients see it (RRAML_PUBLIC_URL)",
        ) from None
    except jwt.ExpiredSignatureError:
        raise _refused("a token that has expired") from None
    except (jwt.ImmatureSignatureError, jwt.InvalidIssuedAtError):
        raise _refused("a token from the future", "clocks that agree within 30 s") from None
    except (jwt.PyJWTError, TypeError, ValueError, ArithmeticError):
        raise _refused("a token whose signature does not verify") from None
    claims = Claims.model_validate(body)
    if claims.exp - claims.iat > LONGEST_LIFE_S:
        raise _refused("a token that lives longer than an hour")
    return claims


def _refused(
    found: str, expected: str = "a valid JSON Web Token of a trusted client for this URL"
) -> NotAuthenticated:
    return NotAuthenticated(
        found,
        expected,
        "send Authorization: Bearer with a fresh token; the operator lists clients with "
        "`rraml clients add` and tries a token with `rraml clients check`",
        ["Authorization"],
    )
