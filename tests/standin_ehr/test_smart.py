"""The stand-in as a SMART authorization server, asked as an app asks it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from werkzeug.test import Client, TestResponse

from standin_ehr.hospital import Hospital
from standin_ehr.oauth import App
from standin_ehr.pages import create_app
from standin_ehr.service import SMART_CLIENT_ID
from tests.support import FIXTURES

HERE = "http://localhost/fhir"
APP = "http://127.0.0.1:9"
CALLBACK = f"{APP}/smart/callback"
VERIFIER = "v" * 43
PATIENT = "patient-2"
SECRET_ID, SECRET = "confidential", "a secret of some length"


class Rig:
    """A stand-in, an app, and a browser that follows nothing by itself."""

    def __init__(self) -> None:
        self.hospital = Hospital(FIXTURES)
        self.hospital.connect("http://localhost", APP)
        self.hospital.smart.register(App(SECRET_ID, (CALLBACK,), f"{APP}/launch", SECRET))
        self.http = Client(create_app(self.hospital))

    def authorize(self, **changes: str | None) -> TestResponse:
        asked = {
            "response_type": "code",
            "client_id": SMART_CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": "launch patient/*.rs",
            "state": "s t",
            "aud": HERE,
            "launch": self.hospital.smart.context(PATIENT, '{"card": "1"}'),
            "code_challenge": create_s256_code_challenge(VERIFIER),
            "code_challenge_method": "S256",
        } | changes
        given = {k: v for k, v in asked.items() if v is not None}
        return self.http.get(f"/auth/authorize?{urlencode(given)}")

    def code(self, **changes: str | None) -> str:
        return answered(self.authorize(**changes))["code"]

    def token(self, code: str, headers: Any = None, **changes: str | None) -> TestResponse:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": SMART_CLIENT_ID,
            "code_verifier": VERIFIER,
        } | changes
        given = {k: v for k, v in asked.items() if v is not None}
        return self.http.post("/auth/token", data=given, headers=headers)

    def read(self, path: str, token: str) -> TestResponse:
        return self.http.get(f"/fhir/{path}", headers={"Authorization": f"Bearer {token}"})


def answered(response: TestResponse) -> dict[str, str]:
    """What came back to the app by way of the browser."""
    assert response.status_code == 302, response.text
    assert response.headers["Location"].startswith(f"{CALLBACK}?")
    return {k: v for k, [v] in parse_qs(urlsplit(response.headers["Location"]).query).items()}


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig()


def test_the_configuration_names_both_endpoints_and_s256_alone(rig: Rig) -> None:
    said = rig.http.get("/fhir/.well-known/smart-configuration").json
    assert said is not None
    assert said["authorization_endpoint"] == "http://localhost/auth/authorize"
    assert said["token_endpoint"] == "http://localhost/auth/token"
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert {"launch-ehr", "launch-standalone", "context-ehr-patient"} <= {*said["capabilities"]}


def test_the_menu_opens_the_app_with_issuer_and_launch(rig: Rig) -> None:
    response = rig.http.get(f"/charts/{PATIENT}/launch")
    address = urlsplit(response.headers["Location"])
    query = parse_qs(address.query)
    assert (response.status_code, address.path) == (303, "/smart/launch")
    assert query["iss"] == [HERE]
    assert "error" not in answered(rig.authorize(launch=query["launch"][0]))


def test_an_ehr_launch_ends_with_a_token_the_patient_and_the_context_of_the_card(
    rig: Rig,
) -> None:
    back = answered(rig.authorize())
    assert back["state"] == "s t"
    response = rig.token(back["code"])
    said = response.json
    assert said is not None
    assert (said["patient"], said["appContext"]) == (PATIENT, '{"card": "1"}')
    assert (said["token_type"], said["scope"]) == ("Bearer", "launch patient/*.rs")
    assert response.headers["Cache-Control"] == "no-store"


def test_the_token_opens_that_record_and_no_other(rig: Rig) -> None:
    said: Any = rig.token(rig.code()).json
    token = said["access_token"]
    assert rig.read(f"Patient/{PATIENT}", token).status_code == 200
    assert rig.read("Patient/patient-3", token).status_code == 404
    everybody: Any = rig.read("Observation?patient=patient-3", token).json
    assert everybody["total"] == 0


def test_the_token_opens_no_type_that_its_scope_leaves_out(rig: Rig) -> None:
    said: Any = rig.token(rig.code(scope="launch patient/Observation.rs")).json
    token = said["access_token"]
    assert rig.read(f"Observation?patient={PATIENT}", token).status_code == 200
    assert rig.read(f"Patient/{PATIENT}", token).status_code == 403


def test_of_the_scopes_that_were_asked_for_only_those_that_read_are_granted(rig: Rig) -> None:
    said: Any = rig.token(
        rig.code(scope="launch patient/*.cruds patient/Patient.r openid")
    ).json
    assert said["scope"] == "launch patient/Patient.r"


def test_a_launch_without_context_lets_the_user_choose_the_patient(rig: Rig) -> None:
    page = rig.authorize(launch=None, scope="launch/patient patient/*.rs")
    assert page.status_code == 200
    [link] = [
        part.partition('"')[0].replace("&amp;", "&")
        for part in page.text.split('href="')
        if f"<small>{PATIENT}</small>" in part
    ]
    code = answered(rig.http.get(link))["code"]
    said: Any = rig.token(code).json
    assert said["patient"] == PATIENT
    assert "appContext" not in said


def test_a_code_is_good_once(rig: Rig) -> None:
    code = rig.code()
    assert rig.token(code).status_code == 200
    assert rig.token(code).status_code == 400


@pytest.mark.parametrize("verifier", ["w" * 43, None, "short"])
def test_a_code_without_its_verifier_is_worth_nothing(rig: Rig, verifier: str | None) -> None:
    code = rig.code()
    assert rig.token(code, code_verifier=verifier).status_code == 400
    assert rig.token(code).status_code == 400


@pytest.mark.parametrize(
    "change", [{"redirect_uri": f"{APP}/other"}, {"client_id": "nobody"}, {"client_id": None}]
)
def test_a_code_is_for_its_app_and_its_address(rig: Rig, change: dict[str, str]) -> None:
    assert rig.token(rig.code(), **change).status_code in (400, 401)


def test_an_app_with_a_secret_has_to_prove_it(rig: Rig) -> None:
    for secret, status in (("wrong", 401), (None, 401), (SECRET, 200)):
        code = rig.code(client_id=SECRET_ID)
        response = rig.token(code, client_id=SECRET_ID, client_secret=secret)
        assert response.status_code == status, secret


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"aud": "https://elsewhere.example/fhir"}, "invalid_request"),
        ({"aud": None}, "invalid_request"),
        ({"launch": "made up"}, "invalid_request"),
        ({"launch": None}, "invalid_request"),
        ({"scope": "launch"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_request_that_is_wrong_goes_back_to_the_app_with_its_state(
    rig: Rig, change: dict[str, str | None], error: str
) -> None:
    back = answered(rig.authorize(**change))
    assert (back["error"], back["state"]) == (error, "s t")
    assert "code" not in back


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{CALLBACK}/../x"},
        {"redirect_uri": None},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    rig: Rig, change: dict[str, str | None]
) -> None:
    response = rig.authorize(**change)
    assert response.status_code == 400
    assert "Location" not in response.headers
