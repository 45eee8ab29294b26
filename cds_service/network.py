"""How other machines are reached: which addresses may be called, whose certificates count.

A name is resolved here, judged, and the address that was judged is the one connected to: a name
that leads elsewhere a moment later leads nowhere new. Through a proxy the proxy resolves names,
and what it may reach is its own affair.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Range: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = ("127.0.0.1", "localhost", "::1")
CONNECTIONS = 200  # to one server at once, for the calls of one process together
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Where clouds tell a machine its own secrets, beside 169.254.169.254, which is link-local.
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")
)


class AddressRefused(Exception):
    """A name leads to an address that must not be called; the text goes on after "the name"."""


@dataclass(frozen=True, slots=True)
class Network:
    """`private`: ranges that a listed name may lead to, beside public addresses. `ca_file`:
    authorities that are trusted beside the publicly known ones. `proxy`: for https."""

    private: tuple[Range, ...] = ()
    ca_file: Path | None = None
    proxy: str = ""

    def session(self, connections: int = CONNECTIONS) -> requests.Session:
        """Without anything of this machine: no cookies, credentials or proxies of its own."""
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter(self, connections))
        return session

    def passes_proxy(self, scheme: str, host: str) -> bool:
        """This machine is called directly."""
        return bool(self.proxy) and scheme == "https" and host not in LOOPBACK

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a name, if every one of them may be called. Raises AddressRefused,
        and socket.gaierror for a name that there is not.

        An address instead of a name was meant as it is written, unless it is one that is never
        called; a name leads to public addresses, to `private` ones, or is `localhost`.
        """
        found = [
            str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        ]
        for text in found:
            address = plain(text)
            if is_never_called(address):
                raise AddressRefused("leads to an address that no server of records has")
            if address.is_loopback != (host == "localhost") and not _is_address(host):
                raise AddressRefused("leads to this machine, or is localhost and does not")
            if not (_is_address(host) or address.is_loopback or self._may_be(address)):
                raise AddressRefused(
                    "leads to a private address that is not in RRAML_PRIVATE_NETWORKS"
                )
        return list(dict.fromkeys(found))

    def _may_be(self, address: Address) -> bool:
        listed = any(
            address in each for each in self.private if each.version == address.version
        )
        return listed or address.is_global


PUBLIC = Network()  # nothing but public addresses and this machine


def plain(text: str) -> Address:
    """An address, or the IPv4 address that is wrapped in it. Raises ValueError."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_never_called(address: Address) -> bool:
    """Link-local, multicast, unspecified, reserved, or where clouds keep their secrets."""
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
        or address in _METADATA
    )


def reasons(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it arose from, the outermost first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Judged(HTTPConnection):
    """Connects to an address that was judged, and to no other that the name may have."""

    network: Network

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        try:
            addresses = self.network.addresses(name.strip("[]"), self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        try:
            for number, address in enumerate(addresses, 1):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except NewConnectionError:
                    if number == len(addresses):
                        raise
        finally:
            self._dns_host = name
        raise NewConnectionError(self, "the name has no address")


class _JudgedTls(_Judged, HTTPSConnection):
    """The certificate is that of the name, not of the address."""


class _Adapter(HTTPAdapter):
    def __init__(self, network: Network, connections: int) -> None:
        self._network = network
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: Any
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **options, **self._trusting())
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, _Judged, self._network),
            "https": _pool(HTTPSConnectionPool, _JudgedTls, self._network),
        }

    def send(self, request: PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        by_proxy = self._network.passes_proxy(str(parts.scheme), str(parts.hostname))
        proxies = {"https": self._network.proxy} if by_proxy else {}
        return super().send(request, **(options | {"proxies": proxies}))

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, **options, **self._trusting())

    def _trusting(self) -> dict[str, Any]:
        """The session's own setting adds the authorities that are publicly known."""
        if self._network.ca_file is None:
            return {}
        context = create_urllib3_context()
        context.load_verify_locations(self._network.ca_file)
        return {"ssl_context": context}


def _pool(kind: type[Any], connection: type[Any], network: Network) -> type[Any]:
    own = type(connection.__name__, (connection,), {"network": network})
    return type(kind.__name__, (kind,), {"ConnectionCls": own})
