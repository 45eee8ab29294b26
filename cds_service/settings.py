"""What a site can set, read from the RRAML_* environment variables.

A name that is not known and a value that cannot be meant stop the start: a misspelt setting
that silently does nothing is worse than a service that does not come up.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import EnvSettingsSource, NoDecode

from cds_service.network import LOOPBACK
from cds_service.reach import PREFIX, Reach, by_commas
from cds_service.wire import IsoDay

_FRAMER = re.compile(
    r"https://[A-Za-z0-9.\-]+(:\d+)?|http://(127\.0\.0\.1|localhost)(:(\d+|\*))?"
)
_USER = re.compile(r"(?<=//)[^/@\s]*(?=@)")
_NEVER_SHOWN = {"database_url", "store_secret", "smart_client_secret"}
Jurisdiction = Literal["US", "EU"]
Kind = TypeVar("Kind", bound=Reach)

NOT_YET = {
    "TRIALS": "trials are not matched yet",
}


class SettingsError(Exception):
    """The service must not start like this; the text is one line for a person."""


class Settings(Reach):
    """The settings of one service; `settings.host` is RRAML_HOST, and so on."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: str = ""
    jurisdiction: Jurisdiction = "US"
    timezone: str = "UTC"
    as_of: IsoDay | None = None
    allow_replay: bool = False
    deadline_s: float = Field(default=2.5, gt=0, le=60)
    prefetch: Literal["full", "minimal"] = "full"
    client_auth: Literal["off", "jwt", ""] = ""
    trusted_clients: Path | None = None
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    smart_client_id: str = Field(default="", max_length=500)
    smart_client_secret: Annotated[SecretStr, Field(min_length=1)] | None = None
    smart_client_key: Path | None = None
    frame_ancestors: Annotated[tuple[str, ...], NoDecode] = ()
    mode: Literal["live", "silent"] = "live"
    acknowledge_orders: bool = False
    quiet_hours: float = Field(default=72, ge=0, le=8760)
    database_url: str = "sqlite:///rraml.sqlite3"
    store_secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    knowledge: Path | None = None
    local_codes: Annotated[tuple[Path, ...], NoDecode] = ()

    @field_validator("cors_origins", "frame_ancestors", "local_codes", mode="before")
    @classmethod
    def _in_one_variable(cls, value: object) -> object:
        return by_commas(value)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            raise ValueError("expected an IANA name such as Europe/Berlin") from None
        return value

    @field_validator("frame_ancestors")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _FRAMER.fullmatch(origin):
                raise ValueError(
                    "expected origins such as https://ehr.example, without a path; "
                    "http://127.0.0.1:* is any port of this machine"
                )
        return value

    @field_validator("public_url", "cors_origins")
    @classmethod
    def _absolute(
        cls, value: str | tuple[str, ...], info: ValidationInfo
    ) -> str | tuple[str, ...]:
        urls = (value,) if isinstance(value, str) else value
        for url in filter(None, urls):
            if info.field_name == "cors_origins" and url == "*":
                continue
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("expected an absolute http(s) URL")
            if parts.query or parts.fragment:
                raise ValueError("expected a URL without query and fragment")
            safe = parts.scheme == "https" or parts.hostname in LOOPBACK
            if info.field_name == "public_url" and not safe:
                raise ValueError("http is for this machine only; expected https")
            if info.field_name == "cors_origins" and (parts.path or parts.query):
                raise ValueError("an origin is scheme, host and port only, without a path")
        return value

    @field_validator("knowledge")
    @classmethod
    def _is_a_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("expected the folder of the site's own library")
        return value

    @field_validator("smart_client_key")
    @classmethod
    def _is_a_key(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("expected the file of a private key as JWK")
        return value

    @field_validator("trusted_clients")
    @classmethod
    def _is_a_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("expected the file of trusted clients")
        return value

    @field_validator("local_codes")
    @classmethod
    def _are_files(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        if not all(path.is_file() for path in value):
            raise ValueError("expected CSV files that are there")
        return value

    @model_validator(mode="after")
    def _safe_together(self) -> Settings:
        if self.authenticates and self.trusted_clients is None:
            raise ValueError("RRAML_CLIENT_AUTH=jwt needs RRAML_TRUSTED_CLIENTS, their file")
        if not self.authenticates and self.trusted_clients is not None:
            raise ValueError(
                "RRAML_TRUSTED_CLIENTS is of no use while clients are not authenticated; set "
                "RRAML_CLIENT_AUTH=jwt as well, or unset it"
            )
        if not self.loopback:
            self._require_safe_network()
        self._require_a_client()
        return self

    def _require_a_client(self) -> None:
        """What only the SMART page uses is of no use without it."""
        if self.smart_client_secret and self.smart_client_key:
            raise ValueError(
                "RRAML_SMART_CLIENT_SECRET and RRAML_SMART_CLIENT_KEY are two ways to prove "
                "one thing; keep the one that was registered with the EHR"
            )
        extra = (self.smart_client_secret, self.smart_client_key, self.frame_ancestors)
        if any(extra) and not self.smart_client_id:
            raise ValueError(
                "RRAML_SMART_CLIENT_SECRET, RRAML_SMART_CLIENT_KEY and RRAML_FRAME_ANCESTORS "
                "are for the SMART page; set RRAML_SMART_CLIENT_ID, the id that the EHR gave"
            )

    def _require_safe_network(self) -> None:
        if not self.authenticates:
            raise ValueError(
                "RRAML_HOST is not a loopback address, and off this machine clients have to be "
                "authenticated; use RRAML_CLIENT_AUTH=jwt with RRAML_TRUSTED_CLIENTS, or "
                "RRAML_HOST=127.0.0.1"
            )
        if self.allow_replay:
            raise ValueError("RRAML_ALLOW_REPLAY needs a loopback address as RRAML_HOST")
        if not self.public_url.startswith("https://"):
            raise ValueError(
                "RRAML_HOST is not a loopback address: set RRAML_PUBLIC_URL to the https "
                "address of the proxy that clients call, which their tokens have to name"
            )

    @property
    def authenticates(self) -> bool:
        return self.client_auth == "jwt"

    @property
    def loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """What clients call, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def page_url(self) -> str:
        """Where an EHR launches the SMART page, or "" without one."""
        return f"{self.url}/smart/launch" if self.smart_client_id else ""

    def today(self) -> date:
        """The day an answer is for: the fixed one, else today in the site's time zone."""
        return self.as_of or datetime.now(ZoneInfo(self.timezone)).date()


def read_settings(environment: Mapping[str, str] | None = None, **options: object) -> Settings:
    """The settings of the environment; `options` given by a person at the prompt win.

    Raises SettingsError naming every variable that is wrong.
    """
    names = os.environ if environment is None else environment
    _refuse_unknown(names)
    chosen = {name: value for name, value in options.items() if value is not None}
    return _read(Settings, names, chosen)


def read_reach() -> Reach:
    """The part of the environment that a command needs which starts no service: the rest may
    be unfinished. Raises SettingsError."""
    return _read(Reach, os.environ, {})


def _read(kind: type[Kind], names: Mapping[str, str], chosen: dict[str, Any]) -> Kind:
    source = EnvSettingsSource(kind)
    source.env_vars = {name.lower(): value for name, value in names.items() if value}
    try:
        return kind(**source() | chosen)
    except ValidationError as error:
        raise SettingsError("; ".join(_in_words(error))) from None


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(environment):
        setting = name.upper()  # as pydantic reads them
        if not setting.startswith(PREFIX) or not environment[name]:
            continue
        if setting.removeprefix(PREFIX) in NOT_YET:
            why = NOT_YET[setting.removeprefix(PREFIX)]
            raise SettingsError(f"{name} is not available in this version ({why}); unset it")
        if setting not in known:
            raise SettingsError(
                f"{name} is not a setting; expected one of {', '.join(sorted(known))}"
            )


def _in_words(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False, include_context=False):
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            lines.append(message)
            continue
        name = PREFIX + str(problem["loc"][0]).upper()
        hidden = problem["loc"][0] in _NEVER_SHOWN
        shown = "***" if hidden else _USER.sub("***", str(problem["input"]))
        lines.append(f"{name}={shown} cannot be used: {message}")
    return lines
