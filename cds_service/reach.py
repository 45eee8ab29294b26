"""The settings of what is read from elsewhere, and how: FHIR servers, addresses of keys."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from cds_service.fhir_base import AllowedBase
from cds_service.network import Network, is_never_called

PREFIX = "RRAML_"


class Reach(BaseSettings):
    """Settings that hold for the service and for commands that only read from elsewhere."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    fhir_servers: Annotated[tuple[str, ...], NoDecode] = ()
    fhir_post_search: Annotated[tuple[str, ...], NoDecode] = ()
    fhir_ca_file: Path | None = None
    fhir_proxy: str = ""
    private_networks: Annotated[tuple[str, ...], NoDecode] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given: `read_settings` is the one that looks at the environment."""
        return (init_settings,)

    @field_validator("fhir_servers", "fhir_post_search", "private_networks", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return by_commas(value)

    @field_validator("fhir_servers", "fhir_post_search")
    @classmethod
    def _readable_bases(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            AllowedBase.of(url)
        return value

    @field_validator("fhir_ca_file")
    @classmethod
    def _holds_certificates(cls, value: Path | None) -> Path | None:
        try:
            if value is not None:
                ssl.create_default_context(cafile=str(value))
        except OSError:
            raise ValueError("expected a file of certificates in PEM") from None
        return value

    @field_validator("fhir_proxy")
    @classmethod
    def _is_a_proxy(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme != "http" or not parts.hostname or parts.path.strip("/")):
            raise ValueError("expected http://host:port of a proxy that passes TLS through")
        return value

    @field_validator("private_networks")
    @classmethod
    def _are_private(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                network = ipaddress.ip_network(text)
            except ValueError:
                raise ValueError("expected ranges such as 10.20.0.0/16") from None
            if network.is_loopback or is_never_called(network.network_address):
                raise ValueError("a range of this machine or of its link is never read from")
        return value

    @property
    def network(self) -> Network:
        """How this service reaches other machines."""
        ranges = tuple(ipaddress.ip_network(text) for text in self.private_networks)
        return Network(ranges, self.fhir_ca_file, self.fhir_proxy)


def by_commas(value: object) -> object:
    """A list that is written in one variable."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value
