from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner, Result

from cds_service.cli import app
from fhir_mapping.queries import QUERIES
from tests.cds_service.ehr import CountingEhr
from tests.cds_service.fault_server import FaultServer
from tests.cds_service.outcomes import AML, PRIVATE
from tests.cds_service.tokens import private_key

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
def self_signed(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate nobody knows."""
    key = private_key("RS384")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_greet, args=(listener, context), daemon=True).start()
        yield f"https://localhost:{listener.getsockname()[1]}/fhir"


def _greet(listener: socket.socket, context: ssl.SSLContext) -> None:
    """One handshake, which the client breaks off."""
    try:
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True):
            connection.close()
    except OSError:
        return


def test_a_certificate_that_nobody_knows_is_said(self_signed: str) -> None:
    result = doctor(self_signed)
    assert result.exit_code == 2
    assert "its certificate: self-signed certificate" in result.stdout
    assert "an authority that is publicly known" in result.stdout
