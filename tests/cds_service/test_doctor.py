from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from typer.testing import CliRunner, Result

from cds_service import way
from cds_service.cli import app
from fhir_mapping.queries import QUERIES
from tests.cds_service.ehr import CountingEhr
from tests.cds_service.fault_server import FaultServer, running
from tests.cds_service.faults import FAULTS
from tests.cds_service.outcomes import AML, PRIVATE
from tests.cds_service.tls import certificate, encrypt, proxy_to
from tests.support import read_bundle

KINDS = [query.resource_type for query in QUERIES]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("RRAML_"):
            monkeypatch.delenv(name)


def doctor(url: str, *arguments: str, token: str = "") -> Result:
    told = ("--token", *arguments) if token else arguments
    return CliRunner().invoke(app, ["doctor", url, *told], input=token)


def scoped(*scopes: str) -> str:
    return jwt.encode({"scope": " ".join(scopes)}, "k" * 32)


def test_a_server_that_can_be_read_from_is_well(
    fhir_url: str, ehr: CountingEhr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RRAML_FHIR_SERVERS", fhir_url)
    result = doctor(fhir_url, "--patient", AML, token=ehr.issue_token())
    assert (result.exit_code, result.stderr) == (0, "")
    assert "is on the list of RRAML_FHIR_SERVERS" in result.stdout
    assert "it speaks FHIR 4.0.1" in result.stdout
    for kind in KINDS:
        assert f"ok {kind}: answered in " in result.stdout
    assert "found by code: " in result.stdout
    assert "NO " not in result.stdout


def test_nothing_of_the_patient_or_the_token_is_printed(
    fhir_url: str, ehr: CountingEhr
) -> None:
    token = ehr.issue_token()
    said = doctor(fhir_url, "--patient", AML, token=token).stdout
    assert not [text for text in (*PRIVATE, token) if text in said]


def test_a_server_that_is_not_on_the_list_is_said_to_be(fhir_url: str) -> None:
    result = doctor(fhir_url)
    assert result.exit_code == 0
    assert f"-> set RRAML_FHIR_SERVERS={fhir_url}" in result.stdout
    assert "name a patient with --patient" in result.stdout


@pytest.mark.parametrize(
    ("fault", "says", "remedy"),
    [
        ("401", "answered 401", "the token has expired"),
        ("403", "answered 403", "a scope for this type"),
        ("404", "answered 404", "does not offer this type"),
        ("html", "not JSON", ""),
        ("outcome", "an error or a warning", ""),
    ],
)
def test_a_query_that_fails_says_what_to_do(
    faults: FaultServer, fault: str, says: str, remedy: str
) -> None:
    result = doctor(faults.base(fault, "Observation"), "--patient", AML, token="t")
    assert says in result.stdout
    assert remedy in result.stdout
    assert result.exit_code == (0 if fault == "outcome" else 2)
    assert "ok Condition: answered" in result.stdout


def test_a_server_that_is_slow_asks_for_more_time(faults: FaultServer) -> None:
    base = faults.base("slow", "Observation")
    result = doctor(base, "--patient", AML, "--seconds", "1", token="t")
    assert result.exit_code == 2
    assert "more time with --seconds" in result.stdout


def test_a_server_that_is_slow_to_say_what_it_offers_can_be_reached(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(way, "CONNECT_S", 0.2)
    said = doctor(faults.base("slow", "metadata"), "--seconds", "1").stdout
    assert "can be reached by http" in said
    assert "metadata: no answer within the deadline" in said


def test_a_server_without_metadata_may_have_another_address(faults: FaultServer) -> None:
    result = doctor(faults.base("404"))
    assert "metadata: the FHIR server answered 404" in result.stdout
    assert "check that the base URL is complete" in result.stdout


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://ehr.example/fhir", "http is for this machine only"),
        ("ehr.example/fhir", "absolute http(s) URL"),
        ("http://127.0.0.1:9/fhir", "Connection refused"),
        ("https://no-such-name.invalid/fhir", "no name that can be resolved"),
    ],
)
def test_an_address_that_cannot_be_read_from_says_why(url: str, says: str) -> None:
    result = doctor(url, "--patient", AML)
    assert result.exit_code == 2
    assert says in result.stdout


def test_a_patient_that_has_no_fhir_id_is_refused(fhir_url: str) -> None:
    result = doctor(fhir_url, "--patient", "../Kowalski")
    assert result.exit_code == 2
    assert "not a FHIR id" in result.stderr


@pytest.mark.parametrize(
    ("scopes", "lacking"),
    [
        (["patient/*.read"], ""),
        (["user/*.rs", "openid"], ""),
        (["system/*.cruds"], ""),
        ([f"patient/{kind}.rs" for kind in KINDS], ""),
        ([f"patient/{kind}.rs?category=laboratory" for kind in KINDS], ""),
        ([f"patient/{kind}.rs" for kind in KINDS if kind != "Specimen"], "Specimen"),
        (["patient/Patient.read", "patient/*.c"], "Condition, Observation"),
        (["patient/*.r"], "Patient, Condition"),
    ],
)
def test_a_token_that_says_what_it_is_for_is_believed(
    fhir_url: str, scopes: list[str], lacking: str
) -> None:
    said = doctor(fhir_url, token=scoped(*scopes)).stdout
    if lacking:
        assert f"NO the token is not for {lacking}" in said
    else:
        assert "ok the token is for every type that is asked for" in said


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path, "localhost", "ehr.test")


@pytest.fixture
def self_signed(pem: Path) -> Iterator[FaultServer]:
    """A server whose certificate nobody knows."""
    server = FaultServer(read_bundle(AML), FAULTS)
    encrypt(server, pem)
    with running(server):
        yield server


def test_a_certificate_that_nobody_knows_is_said(self_signed: FaultServer) -> None:
    result = doctor(f"https://localhost:{self_signed.server_port}/whole/all")
    assert result.exit_code == 2
    assert "its certificate: self-signed certificate" in result.stdout
    assert "or in the file of RRAML_FHIR_CA_FILE" in result.stdout


def test_a_certificate_of_the_sites_own_authority_is_good(
    self_signed: FaultServer, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RRAML_FHIR_CA_FILE", str(pem))
    port = self_signed.server_port
    result = doctor(f"https://localhost:{port}/whole/all", "--patient", AML)
    assert result.exit_code == 0
    assert f"localhost:{port} can be reached by https\n" in result.stdout


def test_a_server_behind_a_proxy_is_reached_through_it(
    self_signed: FaultServer, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RRAML_FHIR_CA_FILE", str(pem))
    with proxy_to(self_signed.server_port) as proxy:
        monkeypatch.setenv("RRAML_FHIR_PROXY", proxy.url)
        result = doctor("https://ehr.test/whole/all", "--patient", AML)
    assert result.exit_code == 0
    assert "ehr.test:443 can be reached by https, through the proxy" in result.stdout


def test_a_proxy_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAML_FHIR_PROXY", "http://127.0.0.1:9")
    result = doctor("https://ehr.test/fhir")
    assert result.exit_code == 2
    assert "-> see to RRAML_FHIR_PROXY" in result.stdout


def test_a_name_that_leads_to_a_private_address_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [(socket.AF_INET, 1, 6, "", ("10.1.2.3", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    result = doctor("https://ehr.test/fhir")
    assert result.exit_code == 2
    assert "ehr.test leads to a private address" in result.stdout
    assert "RRAML_PRIVATE_NETWORKS" in result.stdout


def test_what_a_server_says_it_lacks_is_said(faults: FaultServer) -> None:
    result = doctor(faults.base("states-little"), "--patient", AML)
    said = result.stdout
    assert result.exit_code == 0
    assert "says that it does not offer MedicationStatement" in said
    assert "cards will say that it was not read" in said
    assert "Specimen is searched by subject, as the server offers it" in said


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("whole", "it can be searched by POST too"),
        ("only-get", "it cannot be searched by POST"),
        ("only-post", "it is searched by POST"),
    ],
)
def test_whether_a_server_is_searched_by_post_is_said(
    faults: FaultServer, fault: str, says: str
) -> None:
    assert says in doctor(faults.base(fault), "--patient", AML).stdout


def test_settings_of_the_service_that_are_unfinished_do_not_hinder(
    fhir_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RRAML_TRUSTED_CLIENTS", str(tmp_path / "clients.yaml"))
    assert doctor(fhir_url).exit_code == 0
