from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.settings import Settings
from fhir_mapping.queries import QUERIES
from tests.cds_service.ehr import call_of
from tests.cds_service.service import Service

NOT_AML = call_of("not-aml", "patient", "conditions")


@pytest.mark.covers("DISC-01", "DISC-02", "DISC-03", "DISC-04", "DISC-11", "DISC-12", "DISC-16")
def test_discovery_lists_one_service_for_each_hook(service: Service) -> None:
    response = service.get("/cds-services")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    services = response.json()["services"]
    assert [(listed["id"], listed["hook"]) for listed in services] == [
        ("rraml-patient-view", "patient-view"),
        ("rraml-order-select", "order-select"),
        ("rraml-order-sign", "order-sign"),
    ]
    for listed in services:
        assert (listed["version"], listed["hookVersion"]) == ("3.0.0", "1.0")
        assert "fhirServer" in listed["usageRequirements"]


@pytest.mark.covers("DISC-07")
def test_discovery_asks_for_everything_as_prefetch(service: Service) -> None:
    for listed in service.get("/cds-services").json()["services"]:
        assert listed["prefetch"] == {query.key: query.template for query in QUERIES}


@pytest.mark.covers("DISC-08", "DISC-09", "SBX-09")
def test_prefetch_templates_use_only_what_every_client_knows(service: Service) -> None:
    [listed, *_] = service.get("/cds-services").json()["services"]
    for template in listed["prefetch"].values():
        plain = r"[A-Za-z]+(/|\?patient=)\{\{context\.patientId\}\}"
        assert re.fullmatch(plain, template)


@pytest.mark.covers("DISC-10")
def test_discovery_sends_nothing_empty(service: Service) -> None:
    assert not [value for value in _values(service.get("/cds-services").json()) if not value]


@pytest.mark.covers("DISC-15")
def test_discovery_says_the_same_twice(service: Service) -> None:
    assert service.get("/cds-services").content == service.get("/cds-services").content


def test_minimal_discovery_asks_for_the_first_look_only(library: Library) -> None:
    app = create_app(Settings(prefetch="minimal"), library)
    for listed in app.test_client().get("/cds-services").get_json()["services"]:
        assert list(listed["prefetch"]) == ["patient", "conditions"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_the_service_says_that_it_is_well(service: Service, path: str) -> None:
    response = service.get(path)
    assert (response.status_code, response.json()["status"]) == (200, path.split("/")[-1])


def test_a_ready_service_names_its_library(service: Service) -> None:
    assert re.fullmatch(
        r"\d{4}\.\d+.*", service.get("/health/ready").json()["knowledgeVersion"]
    )


@pytest.mark.covers("CALL-01")
def test_a_patient_without_aml_gets_an_empty_list(service: Service) -> None:
    assert service.answer(NOT_AML)["cards"] == []


@pytest.mark.covers("CALL-02")
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "application/fhir+json"],
)
def test_json_is_accepted_under_its_names(service: Service, content_type: str) -> None:
    response = service.post(json.dumps(NOT_AML).encode(), Content_Type=content_type)
    assert response.status_code == 200


@pytest.mark.covers("CALL-06", "CTX-03")
@pytest.mark.parametrize(
    "user", ["Practitioner/1", "PractitionerRole/1", "Patient/1", "RelatedPerson/1", "somebody"]
)
def test_any_user_is_answered_the_same(service: Service, user: str) -> None:
    context = NOT_AML["context"] | {"userId": user}
    assert service.answer(NOT_AML | {"context": context}) == service.answer(NOT_AML)


@pytest.mark.covers("CALL-05", "CTX-04")
def test_members_that_nobody_knows_change_nothing(service: Service) -> None:
    strange: dict[str, Any] = {
        "future": {"a": [1]},
        "extension": {"com.example": None},
        "context": NOT_AML["context"] | {"future": True, "encounterId": "e1"},
        "prefetch": NOT_AML["prefetch"] | {"future": {"resourceType": "Bundle"}},
    }
    assert service.answer(NOT_AML | strange) == service.answer(NOT_AML)


def test_the_same_call_twice_gets_the_same_bytes(service: Service) -> None:
    request = call_of("patient-1-relapse", *(query.key for query in QUERIES))
    first, second = service.call(request), service.call(request)
    assert first.content == second.content
    assert first.json()["cards"]


def _values(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _values(each)
