"""`rraml clients add`, `list` and `check`: the EHRs that may call, for whoever lets them in."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

import typer
import yaml

from cds_service.client_auth import Authenticator
from cds_service.errors import ServiceError
from cds_service.keys import KeysError, fetch, read_keys
from cds_service.network import Network
from cds_service.settings import SettingsError, read_reach
from cds_service.terminal import UNREADABLE, complain, printable, stop
from cds_service.trusted_clients import (
    TrustedClient,
    TrustedClients,
    TrustedClientsError,
    read_client,
    read_trusted_clients,
    written,
)

clients = typer.Typer(no_args_is_help=True, help="List, add and check the EHRs that may call.")

FileOption = Annotated[
    Path, typer.Option("--file", envvar="RRAML_TRUSTED_CLIENTS", help="The file of clients.")
]


def add_clients(app: typer.Typer) -> None:
    app.add_typer(clients, name="clients")


@clients.command("list")
def list_clients(file: FileOption) -> None:
    """Print the clients of the file, one paragraph each."""
    for client in _read(file).clients:
        print(printable(client.name))
        for label, value in _described(client):
            print(f"  {label:<14} {printable(value)}")


@clients.command()
def add(
    name: Annotated[str, typer.Argument(help="A short name of your own: a-z, 0-9 and -.")],
    file: FileOption,
    iss: Annotated[str, typer.Option(help="The issuer, exactly as its tokens write it.")],
    jku: Annotated[str, typer.Option(help="Where it publishes its keys, by https.")] = "",
    jwks: Annotated[
        Path | None, typer.Option(help="A file with its public keys (a JWK Set).")
    ] = None,
    tenant: Annotated[str, typer.Option(help="One tenant of the issuer.")] = "",
    algorithm: Annotated[
        list[str] | None, typer.Option(help="May be repeated. By default ES384 and RS384.")
    ] = None,
    jurisdiction: Annotated[str, typer.Option(metavar="US|EU")] = "",
    mode: Annotated[str, typer.Option(metavar="live|silent")] = "",
    fhir_server: Annotated[
        list[str] | None,
        typer.Option(help="A base URL that may be read from for it. May be repeated."),
    ] = None,
    user: Annotated[
        list[str] | None,
        typer.Option(help="Who sees cards, as PractitionerRole or Type/id. May be repeated."),
    ] = None,
) -> None:
    """Add a client to the file, which is made if it is not there."""
    entry: dict[str, Any] = {
        "name": name,
        "iss": iss,
        "jku": jku,
        "jwks": _jwks(jwks),
        "tenant": tenant,
        "algorithms": algorithm,
        "jurisdiction": jurisdiction,
        "mode": mode,
        "fhir_servers": fhir_server,
        "users": user,
    }
    try:
        client = read_client({key: value for key, value in entry.items() if value})
        known = _read(file).clients if file.exists() else ()
        text = written([*known, client], as_json=file.suffix == ".json")
    except TrustedClientsError as error:
        stop(str(error))
    if file.exists() and _has_comments(file):
        block = yaml.safe_dump([client.model_dump(mode="json", exclude_defaults=True)])
        stop(f"{file} has comments, which would be lost; add this to it by hand:\n{block}")
    _replace(file, text)
    print(f"{printable(name)} is in {printable(str(file))}; restart the service to let it in")


@clients.command()
def check(
    file: FileOption,
    token: Annotated[
        bool, typer.Option("--token", help="Read a token from standard input and try it.")
    ] = False,
    url: Annotated[str, typer.Option(help="The address the token is sent to.")] = "",
) -> None:
    """Read the keys of every client now; say what would be refused. Status 2 if anything is."""
    found = _read(file)
    try:
        network = read_reach().network
    except SettingsError as error:
        stop(str(error))
    if token:
        _try(Authenticator(found, network), sys.stdin.readline().strip(), url)
        return
    wrong = 0
    for client in found.clients:
        problem, good = _keys_of(client, network)
        wrong += bool(problem)
        print(f"{printable(client.name)}: {printable(problem or good)}")
        if client.proves_nothing:
            print("  the public sandbox: anybody can sign in its name; for this machine only")
    if wrong:
        raise typer.Exit(UNREADABLE)


def _try(authenticator: Authenticator, token: str, url: str) -> None:
    """The token is not used up by this."""
    if not url:
        stop("name the address that the token is sent to with --url")
    try:
        client, claims = authenticator.verify(f"Bearer {token}", url)
    except ServiceError as error:
        stop(str(error))
    print(f"the token is good for {printable(client.name)}, until {int(claims.exp)}")


def _keys_of(client: TrustedClient, network: Network) -> tuple[str, str]:
    """What is wrong with the keys, or else what they are."""
    try:
        jwks = client.jwks or fetch(client.jku, network)
        keys = read_keys(jwks, client.algorithms)
    except KeysError as error:
        return f"no keys from {client.jku}: {error}", ""
    except ValueError as error:
        return f"the keys cannot be used: {error}", ""
    listed = ", ".join(f"{key.kid} ({key.algorithm})" for key in keys)
    return "", f"keys {listed}"


def _described(client: TrustedClient) -> Iterator[tuple[str, str]]:
    yield "issuer", client.iss
    if client.tenant:
        yield "tenant", client.tenant
    inline = f"{len(client.jwks.get('keys', []))} in the file"
    yield "keys", inline if client.jwks else client.jku
    yield "algorithms", ", ".join(client.algorithms)
    yield "jurisdiction", client.jurisdiction or "as the service"
    yield "mode", client.mode or "as the service"
    yield "FHIR servers", ", ".join(client.fhir_servers) or "as the service"
    yield "users", ", ".join(client.users) or "all of them see cards"


def _jwks(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        stop(f"{path}: {error.strerror}")
    except ValueError:
        stop(f"{path}: expected a JWK Set, which is JSON")


def _read(file: Path) -> TrustedClients:
    try:
        return read_trusted_clients(file)
    except TrustedClientsError as error:
        stop(str(error))


def _has_comments(file: Path) -> bool:
    lines = file.read_text(encoding="utf-8").splitlines()
    return any(line.lstrip().startswith("#") or " #" in line for line in lines)


def _replace(file: Path, text: str) -> None:
    """At once: a service that starts in between reads the old file or the new one."""
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}-", delete=False
        ) as new:
            new.write(text)
        os.chmod(new.name, file.stat().st_mode & 0o777 if file.exists() else 0o644)
        os.replace(new.name, file)
    except OSError as error:
        complain(f"{file}: {error.strerror}")
        raise typer.Exit(UNREADABLE) from None
