from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cds_service.trusted_clients import (
    ALGORITHMS,
    TrustedClientsError,
    read_trusted_clients,
    written,
)
from tests.cds_service.tokens import jwks, private_key, public_jwk

JKU = "https://ehr.example/jwks.json"
EHR: dict[str, Any] = {"name": "ehr", "iss": "https://ehr.example", "jku": JKU}
KEY = public_jwk(private_key())


def file_of(folder: Path, *clients: dict[str, Any]) -> Path:
    path = folder / "clients.yaml"
    path.write_text(yaml.safe_dump({"clients": list(clients)}), encoding="utf-8")
    return path


def test_a_file_says_who_may_call_and_what_holds_for_them(tmp_path: Path) -> None:
    [client] = read_trusted_clients(
        file_of(
            tmp_path,
            EHR
            | {
                "tenant": "t",
                "algorithms": ["ES384"],
                "jurisdiction": "EU",
                "mode": "silent",
                "fhir_servers": ["https://ehr.example/fhir"],
            },
        )
    ).clients
    assert (client.name, client.jku, client.tenant) == ("ehr", JKU, "t")
    assert (client.jurisdiction, client.mode) == ("EU", "silent")
    assert client.fhir_servers == ("https://ehr.example/fhir",)


def test_what_is_not_said_is_as_the_service_says(tmp_path: Path) -> None:
    [client] = read_trusted_clients(file_of(tmp_path, EHR)).clients
    assert (client.jurisdiction, client.mode, client.fhir_servers) == ("", "", ())
    assert client.algorithms == ("ES384", "RS384")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": "Our EHR"}, "clients.0.name"),
        ({"iss": ""}, "clients.0.iss"),
        ({"jku": ""}, "expected jku, or jwks with keys"),
        ({"jku": "http://ehr.example/jwks.json"}, "expected an https URL"),
        ({"jku": "ehr.example/jwks.json"}, "expected an https URL"),
        ({"jku": "file:///etc/passwd"}, "expected an https URL"),
        ({"jku": "https://user:secret-value@ehr.example/"}, "no user and no password"),
        ({"jku": "https://[::1"}, "clients.0.jku"),
        ({"jwks": {"keys": []}}, "no key with a kid there fits"),
        ({"jwks": {"keys": [KEY | {"kid": ""}]}}, "no key with a kid there fits"),
        ({"jwks": jwks(KEY | {"d": "secret-value"})}, "not public"),
        ({"jwks": jwks(KEY), "algorithms": ["RS384"]}, "no key with a kid there fits RS384"),
        ({"algorithms": []}, "clients.0.algorithms"),
        ({"algorithms": ["HS256"]}, "HS256 is not one of"),
        ({"algorithms": ["none"]}, "none is not one of"),
        ({"jurisdiction": "UK"}, "clients.0.jurisdiction"),
        ({"mode": "loud"}, "clients.0.mode"),
        ({"fhir_servers": ["http://ehr.example/fhir"]}, "expected https"),
        ({"jkuu": JKU}, "clients.0.jkuu"),
    ],
)
def test_a_file_that_is_wrong_says_where(
    tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    path = file_of(tmp_path, EHR | changed)
    with pytest.raises(TrustedClientsError) as refused:
        read_trusted_clients(path)
    assert str(refused.value).startswith(f"{path}, ")
    assert says in str(refused.value)
    assert "secret-value" not in str(refused.value)


@pytest.mark.parametrize(
    ("other", "says"),
    [({"iss": "https://b.example"}, "the name 'ehr'"), ({"name": "b"}, "the identity")],
)
def test_two_entries_for_one_client_are_refused(
    tmp_path: Path, other: dict[str, str], says: str
) -> None:
    with pytest.raises(TrustedClientsError, match=says):
        read_trusted_clients(file_of(tmp_path, EHR, EHR | other))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"clients: 7", b"clients: {}", b"client: []", b"{", b"\xff", b"clients:\n\t-"],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clients.yaml"
    path.write_bytes(content)
    with pytest.raises(TrustedClientsError, match=str(path)):
        read_trusted_clients(path)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(
        f"clients:\n- name: ehr\n  iss: https://a.example\n  iss: https://b.example\n"
        f"  jku: {JKU}\n"
    )
    with pytest.raises(TrustedClientsError, match="iss"):
        read_trusted_clients(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrustedClientsError, match="No such file"):
        read_trusted_clients(tmp_path / "none.yaml")


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_written_is_read_again(tmp_path: Path, as_json: bool) -> None:
    entries = (EHR, {"name": "b", "iss": "https://b.example", "jwks": jwks(KEY)})
    before = read_trusted_clients(file_of(tmp_path, *entries)).clients
    path = tmp_path / "again"
    path.write_text(written(before, as_json=as_json), encoding="utf-8")
    assert read_trusted_clients(path).clients == before
    if as_json:
        assert json.loads(path.read_text())["clients"][0] == EHR


@pytest.mark.parametrize(
    ("iss", "jku", "proves_nothing"),
    [
        ("https://ehr.example", JKU, False),
        ("https://sandbox.cds-hooks.org", JKU, True),
        ("https://Sandbox.cds-hooks.org/", JKU, True),
        ("https://x.example", "https://sandbox.cds-hooks.org/.well-known/jwks.json", True),
    ],
)
@pytest.mark.covers("SBX-05")
def test_the_public_sandbox_proves_nothing(
    tmp_path: Path, iss: str, jku: str, proves_nothing: bool
) -> None:
    path = file_of(tmp_path, EHR | {"iss": iss, "jku": jku})
    assert read_trusted_clients(path).clients[0].proves_nothing is proves_nothing


def test_no_symmetric_algorithm_can_be_listed() -> None:
    assert {name[:2] for name in ALGORITHMS} == {"ES", "RS", "PS"}
