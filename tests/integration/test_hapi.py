"""HAPI FHIR's server as the hospital's: what it says of a record is what a prefetch says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from standin_ehr.cds_client import CdsClient
from standin_ehr.expected import (
    Expected,
    assessment,
    differences,
    first_difference,
    read_expected,
)
from tests.integration.hapi import PAGE, Hapi
from tests.integration.records import (
    copied,
    having,
    lacking,
    patient_id,
    replay,
    resource,
    sent_whole,
)
from tests.support import FIXTURES, read_bundle

pytestmark = pytest.mark.integration

Json = dict[str, Any]
CASES = {case.case: case for case in read_expected(FIXTURES / "expected.yaml")}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


class Service:
    """The service, asked about a patient of the server in the three ways there are."""

    def __init__(self, client: CdsClient) -> None:
        self._client = client
        self._hook = client.discover("patient-view")

    def by_fhir_server(self, patient: str, case: Expected, **sent: Any) -> Json:
        """The service reads the record from the server, but for the prefetch keys `sent`."""
        request = self._client.by_fhir_server(self._hook, _context(patient), replay(case))
        return self.call(request | ({"prefetch": sent} if sent else {}))

    def by_prefetch(self, patient: str, case: Expected) -> Json:
        """The client reads the record from the server, page by page, and sends it."""
        request = self._client.by_prefetch(self._hook, _context(patient), replay(case))
        return self.call(request)

    def call(self, request: Mapping[str, Any]) -> Json:
        return self._client.call(self._hook, request)


@pytest.fixture(scope="module")
def service(client: CdsClient) -> Service:
    return Service(client)


def test_the_server_is_hapi_and_speaks_r4(ehr: Hapi) -> None:
    statement = ehr.get("metadata")
    assert statement["software"]["name"] == "HAPI FHIR Server"
    assert statement["fhirVersion"] == "4.0.1"


@each_case
def test_what_is_read_from_the_server_gives_the_answer_of_the_record_itself(
    case: Expected, service: Service
) -> None:
    answer = service.by_fhir_server(case.patient_id, case)
    assert differences(case, answer) == []
    sent = service.call(sent_whole(_record(case), case))
    assert first_difference(sent, answer) == ""


@each_case
def test_what_the_client_reads_from_the_server_gives_the_same_answer(
    case: Expected, service: Service
) -> None:
    answer = service.by_prefetch(case.patient_id, case)
    sent = service.call(sent_whole(_record(case), case))
    assert first_difference(sent, answer) == ""


def test_everything_is_read_though_the_server_gives_less_at_once_than_is_asked_for(
    ehr: Hapi, service: Service
) -> None:
    case = CASES["patient-1-after-hct"]
    page = ehr.get(f"Observation?patient={case.patient_id}&_count=500")
    assert len(page["entry"]) == PAGE
    assert "next" in [link["relation"] for link in page["link"]]
    answer = service.by_fhir_server(case.patient_id, case)
    assert "unread" not in assessment(answer)


def test_the_pages_after_the_one_that_was_sent_are_read(ehr: Hapi, service: Service) -> None:
    case = CASES["patient-1-after-hct"]
    first = ehr.get(f"Observation?patient={case.patient_id}&_count=2")
    answer = service.by_fhir_server(case.patient_id, case, observations=first)
    assert first_difference(service.by_fhir_server(case.patient_id, case), answer) == ""


def test_pages_that_nobody_sent_and_no_server_has_are_said_to_be_unread(
    ehr: Hapi, service: Service
) -> None:
    case = CASES["patient-1-after-hct"]
    call = sent_whole(_record(case), case)
    call["prefetch"]["observations"] = ehr.get(f"Observation?patient={case.patient_id}")
    answer = service.call(call)
    assert [each["query"] for each in assessment(answer)["unread"]] == ["observations"]


def test_an_amended_result_is_read_as_it_is_now(ehr: Hapi, service: Service) -> None:
    case = CASES["kinetics-just-above"]
    record = copied(case.bundle, "amended")
    ehr.load(record)
    before = service.by_fhir_server(patient_id(record), case)
    result = resource(record, "mrd-bm-20260410")
    lower = result["valueQuantity"] | {"value": 60}
    amended = result | {"status": "amended", "valueQuantity": lower}
    stored = ehr.put(amended)
    after = service.by_fhir_server(patient_id(record), case)
    assert stored["meta"]["versionId"] == "2"
    assert _state(before) == "mrd-relapse-suspected"
    assert _state(after) != "mrd-relapse-suspected"
    whole = service.call(sent_whole(having(record, amended), case))
    assert first_difference(whole, after) == ""


def test_a_result_that_was_corrected_back_is_read_as_at_first(
    ehr: Hapi, service: Service
) -> None:
    case = CASES["kinetics-just-above"]
    record = copied(case.bundle, "corrected")
    ehr.load(record)
    result = resource(record, "mrd-bm-20260410")
    ehr.put(result | {"status": "entered-in-error"})
    wrong = service.by_fhir_server(patient_id(record), case)
    ehr.put(result | {"status": "corrected"})
    right = service.by_fhir_server(patient_id(record), case)
    assert _state(wrong) != "mrd-relapse-suspected"
    assert _state(right) == "mrd-relapse-suspected"


def test_a_report_that_names_a_version_of_its_result_has_the_newest(
    ehr: Hapi, service: Service
) -> None:
    case = CASES["patient-1-mrd"]
    record = copied(case.bundle, "versions")
    ehr.load(record)
    report = resource(record, "molecular-mrd-20211210")
    named = report["result"][0]["reference"]
    result = resource(record, named.partition("/")[2])
    amended = result | {"status": "amended"}
    ehr.put(amended)
    kept = ehr.get(f"DiagnosticReport/{report['id']}")["result"][0]["reference"]
    assert kept == f"{named}/_history/1"
    answer = service.by_fhir_server(patient_id(record), case)
    whole = service.call(sent_whole(having(record, amended), case))
    assert first_difference(whole, answer) == ""


def test_a_deleted_result_is_read_no_more(ehr: Hapi, service: Service) -> None:
    case = CASES["kinetics-just-above"]
    record = copied(case.bundle, "deleted")
    ehr.load(record)
    result = resource(record, "mrd-bm-20260410")
    ehr.delete(result)
    answer = service.by_fhir_server(patient_id(record), case)
    assert _state(answer) != "mrd-relapse-suspected"
    whole = service.call(sent_whole(lacking(record, result), case))
    assert first_difference(whole, answer) == ""


def test_a_result_that_was_deleted_and_sent_again_is_read(ehr: Hapi, service: Service) -> None:
    case = CASES["kinetics-just-above"]
    record = copied(case.bundle, "restored")
    ehr.load(record)
    result = resource(record, "mrd-bm-20260410")
    ehr.delete(result)
    ehr.put(result)
    answer = service.by_fhir_server(patient_id(record), case)
    assert _state(answer) == "mrd-relapse-suspected"


def test_a_patient_who_was_deleted_gets_no_answer(ehr: Hapi, service: Service) -> None:
    case = CASES["not-aml"]
    gone = {"resourceType": "Patient", "id": "gone"}
    ehr.put(gone)
    ehr.delete(gone)
    with pytest.raises(requests.HTTPError, match="410") as refused:
        service.by_fhir_server("gone", case)
    assert refused.value.response.status_code == 412


def _record(case: Expected) -> Json:
    return dict(read_bundle(case.bundle))


def _context(patient: str) -> dict[str, str]:
    return {"userId": "Practitioner/example", "patientId": patient}


def _state(answer: Json) -> str:
    return str(assessment(answer)["diseaseState"])
