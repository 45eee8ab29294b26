"""The EHRs that may call: a file of the site, read once and strictly at the start."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from aml.yaml_files import KnowledgeError, read_yaml
from cds_service.fhir_base import AllowedBase
from cds_service.keys import read_keys
from cds_service.network import LOOPBACK

ALGORITHMS = ("ES384", "RS384", "ES256", "ES512", "RS256", "RS512", "PS256", "PS384", "PS512")
# Its private key is public in its repository: an issuer that proves nothing.
SANDBOX = "sandbox.cds-hooks.org"
_USER = re.compile(r"[A-Z][A-Za-z]{1,60}(/[A-Za-z0-9.\-]{1,64})?")


class TrustedClientsError(Exception):
    """The file must not be used; the text names what is wrong, and where."""


class TrustedClient(BaseModel):
    """One EHR (or one tenant of it): who signs, with which keys, and what holds for its users.

    `jku` is where its public keys are published; `jwks` holds them inline instead, and then an
    address is only compared with the token's. What is not set here is as the service's own
    settings say; an entry without `tenant` is for every tenant that has none of its own.
    `users`: who of them sees cards, by type or as `Type/id`; without it, everybody.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    iss: str = Field(min_length=1, max_length=500)
    jku: str = ""
    jwks: dict[str, Any] = Field(default_factory=dict)
    tenant: str = Field(default="", max_length=500)
    algorithms: tuple[str, ...] = Field(default=("ES384", "RS384"), min_length=1)
    jurisdiction: Literal["US", "EU", ""] = ""
    mode: Literal["live", "silent", ""] = ""
    fhir_servers: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    @field_validator("users")
    @classmethod
    def _references(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not _USER.fullmatch(name):
                raise ValueError("expected a type such as PractitionerRole, or Type/id")
        return value

    @field_validator("jku")
    @classmethod
    def _https(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
        if value and not (local or (parts.scheme == "https" and parts.hostname)):
            raise ValueError("expected an https URL of a JWK set")
        if parts.username is not None:
            raise ValueError("a URL here has no user and no password")
        return value

    @field_validator("algorithms")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in ALGORITHMS:
                raise ValueError(f"{name} is not one of {', '.join(ALGORITHMS)}")
        return value

    @field_validator("fhir_servers")
    @classmethod
    def _readable_bases(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            AllowedBase.of(url)
        return value

    @model_validator(mode="after")
    def _has_keys(self) -> TrustedClient:
        if not self.jku and not self.jwks:
            raise ValueError("expected jku, or jwks with keys")
        if self.jwks:
            read_keys(self.jwks, self.algorithms)
        return self

    @property
    def proves_nothing(self) -> bool:
        """Whether anybody can sign in this name: the public sandbox, whose key is public."""
        return any(f"//{SANDBOX}" in url.lower() for url in (self.iss, self.jku))


class TrustedClients(BaseModel):
    """The whole file: `clients: [...]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clients: tuple[TrustedClient, ...]

    @model_validator(mode="after")
    def _each_once(self) -> TrustedClients:
        for what in ("name", "identity"):
            seen: set[Any] = set()
            for client in self.clients:
                own = client.name if what == "name" else (client.iss, client.tenant)
                if own in seen:
                    raise ValueError(f"two clients have the {what} {own!r}")
                seen.add(own)
        return self

    def of(self, iss: str, tenant: str) -> TrustedClient | None:
        """The client of an issuer and tenant; an entry without tenant is for all of them."""
        found = [c for c in self.clients if c.iss == iss and c.tenant in ("", tenant)]
        return max(found, key=lambda c: bool(c.tenant), default=None)

    def of_issuer(self, iss: str) -> TrustedClient | None:
        """Any client of an issuer, whatever its tenant."""
        return next((c for c in self.clients if c.iss == iss), None)


def read_trusted_clients(path: Path) -> TrustedClients:
    """The file at `path`, which is YAML. Raises TrustedClientsError."""
    try:
        content = read_yaml(path).content
    except KnowledgeError as error:
        raise TrustedClientsError(str(error)) from None
    try:
        return TrustedClients.model_validate(content)
    except ValidationError as error:
        raise TrustedClientsError(f"{path}, {_in_words(error)}") from None


def read_client(entry: dict[str, Any]) -> TrustedClient:
    """One entry of such a file. Raises TrustedClientsError."""
    try:
        return TrustedClient.model_validate(entry)
    except ValidationError as error:
        raise TrustedClientsError(_in_words(error)) from None


def written(clients: Sequence[TrustedClient], *, as_json: bool) -> str:
    """The text of a file with these clients; what was not set stays out.

    Raises TrustedClientsError if they cannot stand in one file.
    """
    try:
        whole = TrustedClients(clients=tuple(clients))
    except ValidationError as error:
        raise TrustedClientsError(_in_words(error)) from None
    body = whole.model_dump(mode="json", exclude_defaults=True)
    if as_json:
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    text: str = yaml.safe_dump(body, sort_keys=False, allow_unicode=True)
    return text


def _in_words(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(step) for step in problem["loc"]) or "the file"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}"
