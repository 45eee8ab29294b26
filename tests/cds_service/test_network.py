from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import requests

from cds_service.fhir_client import FhirServers, Reading
from cds_service.fhir_http import Deadline
from cds_service.keys import KeysError, fetch
from cds_service.network import PUBLIC, AddressRefused, Network
from fhir_mapping.queries import QUERIES
from tests.cds_service.fault_server import FaultServer, running
from tests.cds_service.faults import FAULTS
from tests.cds_service.tls import certificate, encrypt, proxy_to
from tests.support import read_bundle

EHR = "ehr.test"
PATIENT = "patient-1-mrd-confirmed"
HOSPITAL = Network((ip_network("10.20.0.0/16"), ip_network("fd12::/16")))
PRIVATE = "not in RRAML_PRIVATE_NETWORKS"
NEVER = "no server of records has"
HERE = "leads to this machine"


class Names:
    """What names lead to, in place of the resolver; `asked` counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known: dict[str, list[str]] = {}
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        if host not in self.known:
            return self._real(host, port, *rest, **more)
        return [(socket.AF_INET, 1, 6, "", (text, port)) for text in self.known[host]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.mark.parametrize(
    ("addresses", "network"),
    [
        (["93.184.216.34"], PUBLIC),
        (["2606:2800:220:1::1", "93.184.216.34"], PUBLIC),
        (["10.20.3.4"], HOSPITAL),
        (["fd12::7"], HOSPITAL),
        (["::ffff:10.20.3.4"], HOSPITAL),
    ],
)
def test_a_name_may_lead_to_public_addresses_and_to_ranges_that_were_allowed(
    names: Names, addresses: list[str], network: Network
) -> None:
    names.known[EHR] = addresses
    assert network.addresses(EHR, 443) == addresses


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("10.0.0.1", PRIVATE),
        ("172.16.0.1", PRIVATE),
        ("192.168.1.1", PRIVATE),
        ("100.64.0.1", PRIVATE),
        ("fd00::1", PRIVATE),
        ("fd13::1", PRIVATE),
        ("::ffff:192.168.1.1", PRIVATE),
        ("64:ff9b::c0a8:101", PRIVATE),
        ("2002:c0a8:101::1", PRIVATE),
        ("169.254.169.254", NEVER),
        ("::ffff:169.254.169.254", NEVER),
        ("64:ff9b::a9fe:a9fe", NEVER),
        ("fe80::1%eth0", NEVER),
        ("fd00:ec2::254", NEVER),
        ("100.100.100.200", NEVER),
        ("168.63.129.16", NEVER),
        ("0.0.0.0", NEVER),
        ("224.0.0.1", NEVER),
        ("240.0.0.1", NEVER),
        ("127.0.0.1", HERE),
        ("127.8.8.8", HERE),
        ("::1", HERE),
        ("::ffff:127.0.0.1", HERE),
    ],
)
@pytest.mark.parametrize("others", [[], ["93.184.216.34"]], ids=["alone", "among others"])
def test_a_name_that_leads_elsewhere_is_refused(
    names: Names, address: str, why: str, others: list[str]
) -> None:
    names.known[EHR] = [*others, address]
    with pytest.raises(AddressRefused, match=why):
        HOSPITAL.addresses(EHR, 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.9.9.9"])
def test_an_address_that_is_listed_as_it_is_was_meant(host: str) -> None:
    assert PUBLIC.addresses(host, 443) == [host]


def test_localhost_has_to_be_this_machine(names: Names) -> None:
    names.known["localhost"] = ["93.184.216.34"]
    with pytest.raises(AddressRefused, match="localhost and does not"):
        PUBLIC.addresses("localhost", 443)


def test_a_name_that_leads_elsewhere_is_not_connected_to(
    names: Names, faults: FaultServer
) -> None:
    names.known[EHR] = ["127.0.0.1"]
    port, before = faults.server_port, len(faults.seen)
    with PUBLIC.session() as session, pytest.raises(AddressRefused):
        session.get(f"http://{EHR}:{port}/whole/all/Patient/p", timeout=5)
    assert len(faults.seen) == before


def test_the_address_that_was_judged_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that leads elsewhere when it is asked a second time does not lead there."""
    called: list[str] = []
    answers = iter([["93.184.216.34"], ["169.254.169.254"]])
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *rest, **more: [
            (socket.AF_INET, 1, 6, "", (text, port))
            for text in ([host] if host[0].isdigit() else next(answers))
        ],
    )

    def connect(self: socket.socket, address: tuple[str, int]) -> None:
        called.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    with PUBLIC.session() as session, pytest.raises(requests.ConnectionError):
        session.get(f"https://{EHR}/fhir", timeout=1)
    assert called == ["93.184.216.34"]


def test_the_next_address_of_a_name_is_tried_when_one_does_not_answer(
    names: Names, faults: FaultServer
) -> None:
    names.known["localhost"] = ["127.0.0.9", "127.0.0.1"]
    with PUBLIC.session() as session:
        url = f"http://localhost:{faults.server_port}/whole/all/Patient/p"
        assert session.get(url, timeout=5).status_code == 200


def test_a_server_whose_name_leads_elsewhere_is_unread_and_says_why(names: Names) -> None:
    names.known[EHR] = ["192.168.1.1"]
    reading = _read(f"https://{EHR}/fhir", PUBLIC)
    assert reading == Reading(None, f"the name of the FHIR server leads to a private address "
                                    f"that is {PRIVATE}")  # fmt: skip


def test_keys_are_not_fetched_from_a_name_that_leads_elsewhere(names: Names) -> None:
    names.known[EHR] = ["169.254.169.254"]
    with pytest.raises(KeysError, match=NEVER):
        fetch(f"https://{EHR}/jwks.json", PUBLIC)


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path, "localhost", EHR)


@pytest.fixture
def encrypted(pem: Path) -> Iterator[FaultServer]:
    server = FaultServer(read_bundle(PATIENT), FAULTS)
    encrypt(server, pem)
    with running(server):
        yield server


def test_an_authority_of_the_site_is_trusted_if_its_file_is_set(
    encrypted: FaultServer, pem: Path
) -> None:
    base = f"https://localhost:{encrypted.server_port}/whole/all"
    assert _read(base, PUBLIC).unread == "the FHIR server could not be reached"
    assert _read(base, Network(ca_file=pem)).unread == ""


def test_a_certificate_for_another_name_is_refused(
    names: Names, encrypted: FaultServer, pem: Path
) -> None:
    base = f"https://127.0.0.1:{encrypted.server_port}/whole/all"
    assert "could not be reached" in _read(base, Network(ca_file=pem)).unread


def test_a_server_is_called_through_the_proxy_that_is_set(
    encrypted: FaultServer, pem: Path
) -> None:
    """The proxy knows names that this machine does not, and sees no more than the name."""
    with proxy_to(encrypted.server_port) as proxy:
        network = Network(ca_file=pem, proxy=proxy.url)
        assert _read(f"https://{EHR}/whole/all", network).unread == ""
        assert proxy.asked == [f"{EHR}:443"]
        assert encrypted.seen[-1].authorization == "Bearer token"


def test_keys_are_fetched_the_same_way(encrypted: FaultServer, pem: Path) -> None:
    with proxy_to(encrypted.server_port) as proxy:
        network = Network(ca_file=pem, proxy=proxy.url)
        found = fetch(f"https://{EHR}/whole/all/Patient/{PATIENT}", network)
        assert (found["resourceType"], proxy.asked) == ("Patient", [f"{EHR}:443"])


def test_this_machine_is_not_called_through_a_proxy(encrypted: FaultServer, pem: Path) -> None:
    network = Network(ca_file=pem, proxy="http://127.0.0.1:9")
    assert _read(f"https://localhost:{encrypted.server_port}/whole/all", network).unread == ""


def _read(base: str, network: Network) -> Reading:
    server = FhirServers([base], network).open(base, "token", Deadline.after(5))
    assert server is not None
    [query] = [query for query in QUERIES if query.key == "observations"]
    return server.read_all([query], PATIENT)["observations"]
