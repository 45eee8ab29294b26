"""Who is let in, at every address, and what holds for them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from aml.knowledge import Library
from cds_service.admission import read_clients
from cds_service.app import create_app
from cds_service.settings import Settings, SettingsError
from cds_service.store import Store
from cds_service.trusted_clients import TrustedClient, TrustedClients
from standin_ehr.expected import assessment
from tests.cds_service.ehr import CountingEhr, authorized, call_of
from tests.cds_service.outcomes import AML, issue_of
from tests.cds_service.service import PATIENT_VIEW
from tests.cds_service.tokens import Issuer, private_key
from tests.support import PREFETCH

PUBLIC = "https://cds.example/rraml"
DISCOVERY = "/cds-services"
HOOK = f"{DISCOVERY}/{PATIENT_VIEW}"
FEEDBACK = f"{HOOK}/feedback"
EHR = Issuer()
OTHER = Issuer("https://other.example", key=private_key("ES384", "other"))
CALL = call_of(AML, "patient", *PREFETCH)
SAID = {
    "feedback": [
        {
            "card": "0b2a5b0e-0000-4000-8000-00000000000a",
            "outcome": "overridden",
            "outcomeTimestamp": "2026-01-02T03:04:05Z",
        }
    ]
}
BODIES = {DISCOVERY: None, HOOK: CALL, FEEDBACK: SAID}
BROKEN = "sqlite:////no/such/folder/store.sqlite3"


def app_of(
    library: Library, *clients: TrustedClient, store: Store | None = None, **more: Any
) -> FlaskClient:
    settings = Settings(
        public_url=PUBLIC,
        client_auth="jwt",
        trusted_clients=Path(__file__),
        as_of=date(2022, 1, 3),
        **more,
    )
    app = create_app(settings, library, TrustedClients(clients=clients), store)
    return app.test_client()


@pytest.fixture(scope="module")
def client(library: Library) -> FlaskClient:
    clients = (EHR.client(), OTHER.client("other"))
    return app_of(library, *clients, cors_origins=("https://browser.example",))


def send(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> Any:
    body = BODIES[path]
    if body is None:
        return client.get(path, headers=headers)
    return client.post(path, json=body, headers=headers)


def bearer(path: str, issuer: Issuer = EHR, **claims: Any) -> dict[str, str]:
    return issuer.bearer(PUBLIC + path, **claims)


def answered(client: FlaskClient, issuer: Issuer = EHR, **members: Any) -> dict[str, Any]:
    response = client.post(HOOK, json=CALL | members, headers=bearer(HOOK, issuer))
    assert response.status_code == 200, response.text
    return dict(response.get_json())


each_address = pytest.mark.parametrize("path", BODIES)


@pytest.mark.covers("JWT-01", "JWT-21")
@each_address
def test_without_a_token_there_is_no_answer(client: FlaskClient, path: str) -> None:
    response = send(client, path, {"Origin": "https://browser.example"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Access-Control-Allow-Origin"] == "https://browser.example"
    assert issue_of(response.data)["code"] == "login"


@pytest.mark.covers("JWT-06", "JWT-20")
@each_address
def test_the_token_names_the_public_address_of_the_call(client: FlaskClient, path: str) -> None:
    assert send(client, path, bearer(path)).status_code == 200
    for other in BODIES.keys() - {path}:
        assert send(client, path, bearer(other)).status_code == 401
    socket = EHR.bearer(f"http://127.0.0.1:8080{path}")
    assert send(client, path, socket).status_code == 401


def test_every_address_but_health_asks_who_is_calling(client: FlaskClient) -> None:
    rules = [rule for rule in client.application.url_map.iter_rules()]
    for rule in rules:
        path = rule.rule.replace("<service_id>", PATIENT_VIEW)
        for method in (rule.methods or set()) - {"OPTIONS"}:
            status = client.open(path, method=method, json={}).status_code
            assert (status == 200) == path.startswith("/health/"), (method, path)


@pytest.mark.covers("CORS-01", "CORS-02")
@each_address
def test_a_preflight_needs_no_token(client: FlaskClient, path: str) -> None:
    headers = {
        "Origin": "https://browser.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    response = client.options(path, headers=headers)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "https://browser.example"


def test_a_call_without_a_token_is_refused_before_its_body_is_read(
    client: FlaskClient,
) -> None:
    response = client.post(HOOK, data=b"{", content_type="text/plain")
    assert response.status_code == 401


def test_an_unknown_service_is_not_found_by_those_who_may_ask(client: FlaskClient) -> None:
    path = f"{DISCOVERY}/no-such-service"
    assert client.post(path, json=CALL).status_code == 401
    assert client.post(path, json=CALL, headers=bearer(path)).status_code == 404


@pytest.mark.covers("JWT-19")
@each_address
def test_a_token_is_used_up_by_a_call(client: FlaskClient, path: str) -> None:
    headers = bearer(path)
    assert send(client, path, headers).status_code == 200
    response = send(client, path, headers)
    assert response.status_code == 401
    assert "used before" in issue_of(response.data)["diagnostics"]


def test_a_tenant_that_is_not_listed_is_forbidden(library: Library) -> None:
    client = app_of(library, EHR.client(tenant="a"))
    response = send(client, HOOK, bearer(HOOK, tenant="b"))
    assert response.status_code == 403
    assert issue_of(response.data)["code"] == "forbidden"
    assert "WWW-Authenticate" not in response.headers


def test_a_refusal_is_logged_without_the_token(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    headers = bearer("/elsewhere", jti="jti-Kowalski-1968")
    assert send(client, HOOK, headers).status_code == 401
    assert "refused a call: a token for another address" in caplog.text
    assert "Kowalski" not in caplog.text
    assert headers["Authorization"].split(".")[1] not in caplog.text


def test_each_client_has_its_own_jurisdiction(library: Library) -> None:
    clients = (EHR.client(jurisdiction="EU"), OTHER.client("other"))
    client = app_of(library, *clients, jurisdiction="US")
    assert assessment(answered(client))["jurisdiction"] == "EU"
    assert assessment(answered(client, OTHER))["jurisdiction"] == "US"


@pytest.mark.parametrize(
    ("service", "own", "silent"),
    [
        ("live", "", False),
        ("live", "silent", True),
        ("silent", "", True),
        ("silent", "live", False),
    ],
)
def test_each_client_has_its_own_mode(
    library: Library, service: str, own: str, silent: bool
) -> None:
    client = app_of(library, EHR.client(mode=own), mode=service)
    answer = answered(client)
    assert (answer == {"cards": []}) is silent
    assert bool(answer["cards"]) is not silent


def test_each_client_has_its_own_fhir_servers(
    library: Library, fhir_url: str, ehr: CountingEhr
) -> None:
    clients = (
        EHR.client(fhir_servers=[fhir_url]),
        OTHER.client("other", fhir_servers=["https://other.example/fhir"]),
    )
    client = app_of(library, *clients, deadline_s=20)
    call = call_of(AML) | authorized(fhir_url, ehr.issue_token())
    assert client.post(HOOK, json=call, headers=bearer(HOOK)).status_code == 200
    ehr.asked = []
    refused = client.post(HOOK, json=call, headers=bearer(HOOK, OTHER))
    assert refused.status_code == 412
    assert "not one this service may read from" in issue_of(refused.data)["diagnostics"]
    assert ehr.asked == []


def test_the_servers_of_the_service_are_for_clients_without_their_own(
    library: Library, fhir_url: str, ehr: CountingEhr
) -> None:
    client = app_of(library, EHR.client(), fhir_servers=(fhir_url,), deadline_s=20)
    call = call_of(AML) | authorized(fhir_url, ehr.issue_token())
    assert client.post(HOOK, json=call, headers=bearer(HOOK)).status_code == 200


@each_address
def test_without_a_store_nobody_is_let_in(library: Library, path: str) -> None:
    client = app_of(library, EHR.client(), store=Store(BROKEN))
    response = send(client, path, bearer(path))
    assert response.status_code == 503
    assert issue_of(response.data)["code"] == "transient"
    assert send(client, path).status_code == 401


def test_without_a_store_the_service_is_not_ready_for_those_it_cannot_let_in(
    library: Library,
) -> None:
    response = app_of(library, EHR.client(), store=Store(BROKEN)).get("/health/ready")
    said = response.get_json()
    assert response.status_code == 503
    assert (said["status"], said["store"]) == ("not ready", "not ready")


@pytest.mark.parametrize("setting", [{}, {"jurisdiction": "EU"}])
def test_without_authentication_all_are_served_alike(
    library: Library, setting: dict[str, Any]
) -> None:
    client = create_app(Settings(**setting), library).test_client()
    response = client.post(HOOK, json=CALL, headers={"Authorization": "Bearer anything"})
    said = assessment(response.get_json())
    assert said["jurisdiction"] == setting.get("jurisdiction", "US")


def settings_of(tmp_path: Path, *clients: dict[str, Any], **more: Any) -> Settings:
    path = tmp_path / "clients.yaml"
    path.write_text(yaml.safe_dump({"clients": list(clients)}), encoding="utf-8")
    return Settings(client_auth="jwt", trusted_clients=path, **more)


ENTRY: dict[str, Any] = {
    "name": "ehr",
    "iss": "https://ehr.example",
    "jku": "https://ehr.example/jwks.json",
}
SANDBOX = ENTRY | {"name": "sandbox", "iss": "https://sandbox.cds-hooks.org"}
SERVER = {"fhir_servers": ["https://ehr.example/fhir"]}


def test_the_clients_of_the_file_are_read(tmp_path: Path) -> None:
    assert [c.name for c in read_clients(settings_of(tmp_path, ENTRY)).clients] == ["ehr"]


def test_a_file_that_is_wrong_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"RRAML_TRUSTED_CLIENTS: .*clients\.0\.iss"):
        read_clients(settings_of(tmp_path, ENTRY | {"iss": ""}))


@pytest.mark.covers("SBX-05")
def test_the_public_sandbox_may_call_this_machine_only(tmp_path: Path) -> None:
    read_clients(settings_of(tmp_path, SANDBOX))
    for more in ({"host": "0.0.0.0"}, {}):
        settings = settings_of(tmp_path, SANDBOX, public_url=PUBLIC, **more)
        with pytest.raises(SettingsError, match="sandbox is the public sandbox"):
            read_clients(settings)


@pytest.mark.parametrize(
    ("clients", "own", "lacking"),
    [
        ([ENTRY], {}, "ehr"),
        ([ENTRY | SERVER, SANDBOX], {}, "sandbox"),
        ([], {}, "any client"),
    ],
)
def test_little_prefetch_without_a_server_to_read_from_stops_the_start(
    tmp_path: Path, clients: list[dict[str, Any]], own: dict[str, Any], lacking: str
) -> None:
    settings = settings_of(tmp_path, *clients, prefetch="minimal", **own)
    with pytest.raises(SettingsError, match=f"RRAML_PREFETCH=minimal .*for {lacking} "):
        read_clients(settings)


@pytest.mark.parametrize(
    ("clients", "own"), [([ENTRY | SERVER], {}), ([ENTRY], SERVER), ([], SERVER)]
)
def test_little_prefetch_with_a_server_to_read_from_is_fine(
    tmp_path: Path, clients: list[dict[str, Any]], own: dict[str, Any]
) -> None:
    read_clients(settings_of(tmp_path, *clients, prefetch="minimal", **own))


def test_little_prefetch_is_checked_without_authentication_too() -> None:
    with pytest.raises(SettingsError, match="for any client there is none"):
        read_clients(Settings(prefetch="minimal"))


@pytest.mark.parametrize(
    ("user", "sees"),
    [
        ("PractitionerRole/hematology", True),
        ("Practitioner/77", True),
        ("Practitioner/78", False),
        ("Patient/p", False),
        ("somebody", False),
    ],
)
def test_a_client_may_name_the_users_who_see_cards(
    library: Library, user: str, sees: bool
) -> None:
    named = ("PractitionerRole", "Practitioner/77")
    site = app_of(library, EHR.client().model_copy(update={"users": named}))
    said = answered(site, context=CALL["context"] | {"userId": user})
    assert bool(said["cards"]) is sees
    assert ("extension" in said) is sees


def test_without_a_list_everybody_sees_cards(client: FlaskClient) -> None:
    assert answered(client, context=CALL["context"] | {"userId": "Patient/p"})["cards"]


@pytest.mark.parametrize("user", ["practitioner", "Practitioner/", "Practitioner/a/b", ""])
def test_a_user_that_is_no_reference_is_refused(user: str) -> None:
    body = EHR.client().model_dump() | {"users": [user]}
    with pytest.raises(ValueError, match="expected a type such as PractitionerRole"):
        TrustedClient.model_validate(body)
