"""Base URLs of FHIR servers: one spelling each, and the list of those that may be called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from cds_service.network import LOOPBACK, is_never_called, plain

_ANY_PORT = re.compile(r"^(http://(?:127\.0\.0\.1|localhost|\[::1\])):\*(?=/|$)")
_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class FhirBase:
    """A base URL, normalised: two spellings of one server are equal, and only they."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> FhirBase:
        """Raises ValueError for what is not a plain http(s) base URL."""
        if not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
            raise ValueError("a URL holds neither spaces nor control characters")
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORT or not parts.hostname:
            raise ValueError("expected an absolute http(s) URL")
        if "*" in parts.hostname:
            raise ValueError("a base URL names one server; expected a host without *")
        if parts.username is not None or parts.query or parts.fragment or "?" in url:
            raise ValueError("a base URL has no user, query or fragment")
        path = parts.path.rstrip("/")
        if "%" in path or any(s in ("", ".", "..") for s in path.split("/")[1:]):
            raise ValueError("the path of a base URL is plain segments")
        port = parts.port if parts.port is not None else _DEFAULT_PORT[parts.scheme]
        return cls(parts.scheme, parts.hostname.lower(), port, path)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORT[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def next_page(self, current: str, link: str) -> str:
        """The absolute URL of a next link; ValueError if it leaves this server's origin."""
        try:
            target = urlsplit(urljoin(current, link))
            port = target.port
            if not link:
                raise ValueError  # urljoin takes it for the current page
        except ValueError:
            raise ValueError("the next page is at no address that can be read") from None
        if target.scheme not in _DEFAULT_PORT or target.username is not None:
            raise ValueError("the next page is not an http(s) address of the FHIR server")
        port = port if port is not None else _DEFAULT_PORT[target.scheme]
        origin = (target.scheme, (target.hostname or "").lower(), port)
        if origin != (self.scheme, self.host, self.port):
            raise ValueError("the next page is on another server than the FHIR server")
        return target.geturl()


@dataclass(frozen=True, slots=True)
class AllowedBase:
    """One entry of the list of servers that may be read from.

    `http` is for this machine only: elsewhere patient data and tokens would travel in the
    clear. `http://127.0.0.1:*/fhir` stands for any port of this machine (test servers).
    """

    base: FhirBase
    any_port: bool = False

    @classmethod
    def of(cls, url: str) -> AllowedBase:
        any_port = _ANY_PORT.sub(r"\1:1", url)
        base = FhirBase.of(any_port)
        if base.scheme == "http" and base.host not in LOOPBACK:
            raise ValueError("http is for this machine only; expected https")
        if _is_never_called(base.host):
            raise ValueError("an address that no server of records has")
        return cls(base, any_port != url)

    def admits(self, base: FhirBase) -> bool:
        if not self.any_port:
            return base == self.base
        ours, theirs = self.base, base
        return (ours.scheme, ours.host, ours.path) == (theirs.scheme, theirs.host, theirs.path)


def _is_never_called(host: str) -> bool:
    try:
        return is_never_called(plain(host))
    except ValueError:
        return False  # a name: judged when it is resolved
