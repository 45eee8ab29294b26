"""The CDS client side of the stand-in, against a service that answers with what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import requests
from flask import Flask, Response, request
from werkzeug.serving import make_server

from standin_ehr.cds_client import CdsClient
from standin_ehr.fhir_server import PAGE, running
from standin_ehr.records import Ehr
from tests.support import PATIENTS, read_bundle, resources_of

CONTEXT = {"userId": "Practitioner/example", "patientId": "patient-2"}
REPLAY = {"org.rraml.replay": {"asOf": "2022-11-10"}}
SERVICE = {
    "id": "echo",
    "hook": "patient-view",
    "prefetch": {
        "patient": "Patient/{{context.patientId}}",
        "observations": "Observation?patient={{ context.patientId }}",
        "goals": "CarePlan?patient={{context.patientId}}&date=gt2100-01-01",
    },
}


def echo() -> Flask:
    app = Flask("echo", static_folder=None)

    @app.get("/cds-services")
    def discover() -> dict[str, Any]:
        return {"services": [{"id": "other", "hook": "order-sign"}, SERVICE]}

    @app.post("/cds-services/echo")
    def call() -> dict[str, Any]:
        return {"cards": [], "extension": {"org.example.sent": request.get_json()}}

    @app.post("/cds-services/refusing")
    def refuse() -> Response:
        return Response(json.dumps({"resourceType": "OperationOutcome"}), 412)

    return app


@dataclass(frozen=True)
class Rig:
    client: CdsClient
    fhir_url: str
    token: str


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    ehr = Ehr(PATIENTS)
    token = ehr.issue_token()
    server = make_server("127.0.0.1", 0, echo(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    with running(ehr) as fhir_url, CdsClient(url, fhir_url, token) as client:
        yield Rig(client, fhir_url, token)
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_service_of_a_hook_is_taken_from_discovery(rig: Rig) -> None:
    assert rig.client.discover("patient-view") == SERVICE


def test_a_hook_that_nobody_answers_is_an_error(rig: Rig) -> None:
    with pytest.raises(LookupError, match="encounter-start"):
        rig.client.discover("encounter-start")


def test_by_prefetch_every_template_is_answered_and_no_server_is_named(rig: Rig) -> None:
    sent = rig.client.by_prefetch(SERVICE, CONTEXT, REPLAY)
    assert sent["prefetch"]["patient"]["id"] == "patient-2"
    assert sent["prefetch"]["goals"]["total"] == 0
    assert not {"fhirServer", "fhirAuthorization"} & sent.keys()


def test_by_prefetch_all_pages_come_as_one_bundle_without_a_next_link(rig: Rig) -> None:
    found = rig.client.by_prefetch(SERVICE, CONTEXT, REPLAY)["prefetch"]["observations"]
    record = resources_of(read_bundle("patient-2"))
    own = {each["id"] for each in record if each["resourceType"] == "Observation"}
    assert {entry["resource"]["id"] for entry in found["entry"]} == own
    assert [link["relation"] for link in found["link"]] == ["self"]


def test_a_patient_that_links_to_another_is_no_page_to_be_followed(rig: Rig) -> None:
    merged = rig.client.resolve("Patient/{{context.patientId}}", {"patientId": "merged"})
    assert merged["link"][0]["type"] == "replaced-by"


def test_some_record_is_longer_than_a_page(rig: Rig) -> None:
    template = "Observation?patient={{context.patientId}}"
    longest = max(
        len(rig.client.resolve(template, {"patientId": path.stem}).get("entry", []))
        for path in PATIENTS.glob("*.json")
    )
    assert longest > PAGE


def test_an_id_is_encoded_before_it_enters_a_template(rig: Rig) -> None:
    with pytest.raises(requests.HTTPError, match="404"):
        rig.client.resolve("Patient/{{context.patientId}}", {"patientId": "../metadata"})


def test_by_fhir_server_the_key_is_sent_and_no_data(rig: Rig) -> None:
    sent = rig.client.by_fhir_server(SERVICE, CONTEXT, REPLAY)
    assert sent["fhirServer"] == rig.fhir_url
    assert sent["fhirAuthorization"]["access_token"] == rig.token
    assert sent["fhirAuthorization"]["patient"] == "patient-2"
    assert "prefetch" not in sent


def test_every_call_has_an_instance_of_its_own(rig: Rig) -> None:
    one, other = (rig.client.by_fhir_server(SERVICE, CONTEXT, REPLAY) for _ in range(2))
    assert UUID(one["hookInstance"]) != UUID(other["hookInstance"])


def test_the_service_gets_the_request_as_it_was_made(rig: Rig) -> None:
    sent = rig.client.by_fhir_server(SERVICE, CONTEXT, REPLAY)
    assert sent["extension"] == REPLAY
    answer = rig.client.call(SERVICE, sent)
    assert answer["extension"]["org.example.sent"] == sent


def test_without_an_extension_no_empty_one_is_sent(rig: Rig) -> None:
    assert "extension" not in rig.client.by_fhir_server(SERVICE, CONTEXT, {})


def test_a_refusal_is_raised_with_what_the_body_says(rig: Rig) -> None:
    with pytest.raises(requests.HTTPError, match=r"412: .*OperationOutcome"):
        rig.client.call({"id": "refusing"}, {})
