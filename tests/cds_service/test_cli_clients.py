from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from cds_service.cli import app
from cds_service.trusted_clients import read_trusted_clients
from tests.cds_service.tokens import ISS, Issuer, KeyServer, jwks, private_key, publishing

EHR = Issuer()
URL = "https://cds.example/cds-services"
JKU = "https://ehr.example/jwks.json"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("RRAML_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.yaml"


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with publishing(EHR.jwk) as server:
        yield server


def run(*arguments: str, input: str = "") -> Result:
    return CliRunner().invoke(app, ["clients", *arguments], input=input)


def add(file: Path, name: str = "ehr", *more: str, iss: str = ISS, jku: str = JKU) -> Result:
    return run("add", name, "--file", str(file), "--iss", iss, "--jku", jku, *more)


def names(file: Path) -> list[str]:
    return [client.name for client in read_trusted_clients(file).clients]


def test_the_first_client_makes_the_file(file: Path) -> None:
    result = add(file)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "restart the service" in result.stdout
    assert yaml.safe_load(file.read_text()) == {
        "clients": [{"name": "ehr", "iss": ISS, "jku": JKU}]
    }
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_client_is_added_with_all_that_holds_for_it(file: Path) -> None:
    add(file)
    result = add(
        file, "b", "--tenant", "t", "--algorithm", "ES384", "--algorithm", "RS256",
        "--jurisdiction", "EU", "--mode", "silent", "--fhir-server", "https://b.example/fhir",
        "--user", "PractitionerRole", "--user", "Practitioner/77",
        iss="https://b.example",
    )  # fmt: skip
    assert result.exit_code == 0
    client = read_trusted_clients(file).clients[1]
    assert (client.tenant, client.algorithms) == ("t", ("ES384", "RS256"))
    assert (client.jurisdiction, client.mode) == ("EU", "silent")
    assert client.fhir_servers == ("https://b.example/fhir",)
    assert client.users == ("PractitionerRole", "Practitioner/77")


def test_keys_can_be_taken_from_a_file(file: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(jwks(EHR.jwk)))
    assert add(file, "ehr", "--jwks", str(keys), jku="").exit_code == 0
    assert read_trusted_clients(file).clients[0].jwks == jwks(EHR.jwk)


def test_a_json_file_stays_one(tmp_path: Path) -> None:
    file = tmp_path / "clients.json"
    add(file)
    add(file, "b", iss="https://b.example")
    assert [c["name"] for c in json.loads(file.read_text())["clients"]] == ["ehr", "b"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": "Our EHR"}, "name"),
        ({"iss": "https://b.example"}, "two clients have the name 'ehr'"),
        ({"name": "b"}, "two clients have the identity"),
        ({"name": "b", "jku": "http://b.example"}, "expected an https URL"),
        ({"name": "b", "jku": ""}, "expected jku, or jwks"),
    ],
)
def test_a_client_that_cannot_be_added_leaves_the_file(
    file: Path, changed: dict[str, str], says: str
) -> None:
    add(file)
    before = file.read_bytes()
    result = add(file, **changed)
    assert result.exit_code == 2
    assert says in result.stderr
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", ["", "[", '{"keys": [{"kty": "oct"}]}'])
def test_keys_that_cannot_be_used_are_refused(file: Path, tmp_path: Path, content: str) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(content)
    assert add(file, "ehr", "--jwks", str(keys)).exit_code == 2
    assert add(file, "ehr", "--jwks", str(tmp_path / "none.json")).exit_code == 2
    assert not file.exists()


def test_comments_of_a_person_are_not_lost(file: Path) -> None:
    file.write_text(
        f"# who to call: the EHR team\nclients:\n- name: a\n  iss: a\n  jku: {JKU}\n"
    )
    before = file.read_bytes()
    result = add(file, "b", iss="https://b.example")
    assert result.exit_code == 2
    assert "- iss: https://b.example\n  jku: https://ehr.example/jwks.json\n  name: b" in (
        result.stderr
    )
    assert file.read_bytes() == before


def test_a_folder_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    result = add(tmp_path / "none" / "clients.yaml")
    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr


def test_the_clients_are_listed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(file)
    add(file, "b", "--mode", "silent", "--tenant", "t", iss="https://b.example")
    monkeypatch.setenv("RRAML_TRUSTED_CLIENTS", str(file))
    result = run("list")
    assert result.exit_code == 0
    first, second = result.stdout.split("b\n  issuer")
    assert "as the service" in first and ISS in first and JKU in first
    assert "silent" in second and "tenant" in second


def test_clients_whose_keys_can_be_read_are_fine(file: Path, server: KeyServer) -> None:
    add(file, jku=server.jku)
    result = run("check", "--file", str(file))
    assert (result.exit_code, result.stdout) == (0, "ehr: keys key-1 (ES384)\n")


def test_a_client_whose_keys_cannot_be_read_is_named(file: Path, server: KeyServer) -> None:
    add(file, jku=server.jku)
    add(file, "gone", iss="https://b.example", jku="http://127.0.0.1:9/jwks.json")
    server.answer = (200, b'{"keys": []}', {})
    result = run("check", "--file", str(file))
    assert result.exit_code == 2
    assert "ehr: the keys cannot be used: no key with a kid there fits" in result.stdout
    assert "gone: no keys from http://127.0.0.1:9/jwks.json: the address could not" in (
        result.stdout
    )


def test_the_sandbox_is_pointed_out(file: Path, server: KeyServer) -> None:
    add(file, iss="https://sandbox.cds-hooks.org", jku=server.jku)
    result = run("check", "--file", str(file))
    assert result.exit_code == 0
    assert "anybody can sign in its name" in result.stdout


def test_a_token_can_be_tried_as_often_as_one_likes(file: Path, server: KeyServer) -> None:
    add(file, jku=server.jku)
    token = EHR.token(URL)
    for _ in range(2):
        result = run("check", "--token", "--url", URL, "--file", str(file), input=token)
        assert result.exit_code == 0
        assert result.stdout.startswith("the token is good for ehr, until ")
        assert token not in result.stdout


def test_a_token_that_would_be_refused_says_why(file: Path, server: KeyServer) -> None:
    add(file, jku=server.jku)
    wrong = EHR.token(URL, key=private_key("ES384", "stranger"))
    for token, url, says in (
        (EHR.token(URL), f"{URL}/rraml-patient-view", "another address"),
        (wrong, URL, "signature does not verify"),
        ("", URL, "no bearer token"),
        (EHR.token(URL), "", "--url"),
    ):
        result = run("check", "--token", "--url", url, "--file", str(file), input=token)
        assert result.exit_code == 2
        assert says in result.stderr


@pytest.mark.parametrize("command", ["list", "check"])
def test_a_file_that_cannot_be_used_ends_with_status_2(file: Path, command: str) -> None:
    for content in (None, "clients: 7"):
        if content:
            file.write_text(content)
        result = run(command, "--file", str(file))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"rraml: {file}")
        assert "Traceback" not in result.stderr
