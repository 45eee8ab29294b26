from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from aml.patient import Ignored, Unread
from cds_service.errors import AnotherPatient, MissingData
from cds_service.fhir_client import FhirServer, FhirServers
from cds_service.fhir_http import Deadline
from cds_service.record import gather, looked_at
from cds_service.request import read_request
from fhir_mapping import to_patient
from fhir_mapping.queries import QUERIES
from fhir_mapping.resources import Resources
from tests.cds_service.ehr import REST, CountingEhr, call_of, with_prefetch
from tests.cds_service.fault_server import FaultServer
from tests.cds_service.faults import STRANGER
from tests.support import hook_request, read_bundle

AML = "patient-1-mrd-confirmed"
KEYS = [query.key for query in QUERIES]
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception"}],
}
ELSEWHERE = {"fhirServer": "https://other.example/fhir"}


@pytest.fixture
def asked(ehr: CountingEhr) -> list[str]:
    ehr.asked = []
    return ehr.asked


@pytest.fixture
def server(ehr: CountingEhr, fhir_url: str) -> FhirServer:
    return _open(fhir_url, ehr.issue_token())


@pytest.mark.parametrize("patient_id", ["not-aml", "family-history-only", "refuted-aml"])
def test_a_patient_without_aml_costs_two_questions(
    server: FhirServer, asked: list[str], patient_id: str
) -> None:
    resources = _gather(call_of(patient_id), server)
    assert sorted(asked) == ["Condition", "Patient"]
    assert resources.unread == []


def test_a_patient_with_aml_costs_each_question_once(
    server: FhirServer, asked: list[str]
) -> None:
    resources = _gather(call_of(AML), server)
    assert sorted(asked) == sorted(("Patient", "Condition", *REST))
    assert resources.unread == []


def test_what_was_fetched_is_what_was_sent(server: FhirServer) -> None:
    fetched = _gather(call_of(AML), server)
    sent = _gather(hook_request(read_bundle(AML)), None)
    for kind in ("Patient", "Condition", *(kind for kind in REST if kind != "Observation")):
        assert _ids(fetched, kind) == _ids(sent, kind)
    assert to_patient(fetched) == to_patient(sent)


def test_what_was_sent_is_not_asked_again(server: FhirServer, asked: list[str]) -> None:
    _gather(hook_request(read_bundle(AML)), server)
    assert asked == []


@pytest.mark.covers("PF-02", "PF-04")
@pytest.mark.parametrize(
    "value",
    [None, OUTCOME, "no record", 7, [], {"resourceType": "Bundle", "type": "searchset"}],
    ids=["null", "outcome", "text", "number", "list", "empty"],
)
def test_a_key_that_was_sent_is_never_asked_again(
    server: FhirServer, asked: list[str], value: object
) -> None:
    _gather(with_prefetch(call_of(AML), observations=value), server)
    assert Counter(asked) == Counter(
        ("Patient", "Condition", *(kind for kind in REST if kind != "Observation"))
    )


@pytest.mark.covers("PF-02", "PF-03")
@pytest.mark.parametrize(
    ("value", "unread"),
    [
        (None, []),
        ({"resourceType": "Bundle", "type": "searchset", "total": 0}, []),
        (OUTCOME, ["observations"]),
        ("no record", ["observations"]),
        ({"resourceType": "Bundle", "entry": [{"resource": OUTCOME}]}, ["observations"]),
        ({"resourceType": "Condition", "id": "c"}, ["observations"]),
    ],
    ids=["null", "empty", "outcome", "text", "outcome-entry", "another-type"],
)
def test_null_is_nothing_and_an_error_is_unread(value: object, unread: list[str]) -> None:
    resources = _gather(with_prefetch(_whole(), observations=value), None)
    assert [entry.query for entry in resources.unread] == unread
    assert resources.of("Observation") == ()


@pytest.mark.parametrize("key", KEYS[2:])
def test_a_key_that_was_not_sent_and_cannot_be_fetched_is_unread(key: str) -> None:
    resources = _gather(_without(key), None)
    reason = "not sent as prefetch, and no fhirServer to read it from"
    assert resources.unread == [Unread(key, reason)]


def test_a_server_that_may_not_be_read_from_is_said() -> None:
    resources = _gather(_without("reports") | ELSEWHERE, None)
    reason = "not sent as prefetch, and its fhirServer is not one this service may read from"
    assert resources.unread == [Unread("reports", reason)]


@pytest.mark.parametrize("key", KEYS[:2])
def test_without_the_first_look_there_is_no_answer(key: str) -> None:
    error = _missing(_without(key), None)
    assert error.elements == (f"prefetch.{key}",)
    assert f"{key}: not sent as prefetch" in str(error)
    assert "RRAML_FHIR_SERVERS" in str(error)


@pytest.mark.parametrize("key", KEYS[:2])
@pytest.mark.parametrize("value", [OUTCOME, "no record", {}], ids=["outcome", "text", "{}"])
def test_a_first_look_that_failed_gives_no_answer(key: str, value: object) -> None:
    error = _missing(with_prefetch(_whole(), **{key: value}), None)
    assert error.elements == (f"prefetch.{key}",)


def test_nothing_but_a_diagnosis_gives_no_answer() -> None:
    error = _missing(call_of(AML, "patient", "conditions"), None)
    assert error.elements == tuple(f"prefetch.{key}" for key in KEYS[2:])


def test_nothing_but_the_first_look_answers_for_a_patient_without_aml() -> None:
    resources = _gather(call_of("not-aml", "patient", "conditions"), None)
    assert resources.unread == []


def test_a_diagnosis_and_nothing_else_on_record_is_a_record() -> None:
    nothing = dict.fromkeys(KEYS[2:])
    resources = _gather(with_prefetch(_whole(), **nothing), None)
    assert resources.unread == []


def test_a_patient_of_whom_nothing_is_there_is_said_and_answered() -> None:
    resources = _gather(with_prefetch(_whole(), patient=None), None)
    assert [entry.query for entry in resources.unread] == ["patient"]
    assert resources.of("Condition")


def test_the_patient_of_another_chart_is_refused() -> None:
    other = _patient("patient-2")
    with pytest.raises(AnotherPatient) as caught:
        _gather(with_prefetch(_whole(), patient=other), None)
    assert caught.value.elements == ("prefetch.patient", "context.patientId")
    assert "patient-2" not in str(caught.value)


def test_a_patient_without_an_id_is_refused() -> None:
    nobody = {"resourceType": "Patient", "birthDate": "1968-05-14"}
    with pytest.raises(AnotherPatient):
        _gather(with_prefetch(_whole(), patient=nobody), None)


def test_the_patient_among_the_entries_of_a_bundle_is_found() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": _patient(AML)}],
    }
    assert _gather(with_prefetch(_whole(), patient=bundle), None).unread == []


def test_the_diagnosis_of_another_patient_counts_for_nothing() -> None:
    aml: Any = hook_request(read_bundle(AML))["prefetch"]
    whole: Any = hook_request(read_bundle("not-aml"))["prefetch"]
    mine = whole["conditions"]
    both = mine | {"entry": [*mine["entry"], *aml["conditions"]["entry"]]}
    resources = _gather(with_prefetch(call_of("not-aml", "patient"), conditions=both), None)
    assert [c["id"] for c in resources.of("Condition")] == [
        entry["resource"]["id"] for entry in mine["entry"]
    ]
    assert resources.ignored == [Ignored("Condition/aml", "other-patient")]


def test_who_answers_with_the_diagnoses_of_another_patient_has_not_answered() -> None:
    aml: Any = hook_request(read_bundle(AML))["prefetch"]
    request = with_prefetch(call_of("not-aml", "patient"), conditions=aml["conditions"])
    assert _missing(request, None).elements == ("prefetch.conditions",)


def test_a_server_that_answers_for_another_patient_gives_no_answer(
    faults: FaultServer,
) -> None:
    error = _missing(call_of(AML), _open(faults.base("strangers", "Patient")))
    assert error.elements == ("prefetch.patient",)
    assert STRANGER not in str(error)


def test_fetched_results_of_another_patient_count_for_nothing_and_are_unread(
    faults: FaultServer,
) -> None:
    resources = _gather(call_of(AML), _open(faults.base("strangers", "Observation")))
    assert resources.of("Observation") == ()
    reason = "what was returned is of another patient"
    assert resources.unread == [Unread("observations", reason)]
    assert {entry.reason for entry in resources.ignored} == {"other-patient"}


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [
        ("401", ["the FHIR server answered 401"]),
        ("html", ["the FHIR server's answer is not JSON"]),
        ("null", ["the FHIR server's answer is not a FHIR resource"]),
        ("outcome", ["the server answered with an error or a warning"]),
        ("total", ["17 of 417 were returned"]),
        ("midway-500", ["a later page: the FHIR server answered 500"]),
        ("midway-outcome", ["the server answered with an error or a warning"]),
    ],
)
def test_what_a_server_did_not_give_is_unread_and_the_rest_is_there(
    faults: FaultServer, fault: str, reasons: list[str]
) -> None:
    resources = _gather(call_of(AML), _open(faults.base(fault, "Observation")))
    assert resources.unread == [Unread("observations", reason) for reason in reasons]
    assert resources.of("Procedure")


@pytest.mark.parametrize("fault", ["401", "404", "html", "reset", "midway-500", "outcome"])
def test_a_first_look_that_a_server_does_not_give_gives_no_answer(
    faults: FaultServer, fault: str
) -> None:
    error = _missing(call_of(AML), _open(faults.base(fault, "Condition")))
    assert error.elements == ("prefetch.conditions",)
    assert "RRAML_FHIR_SERVERS" not in str(error)


def test_the_pages_after_the_one_that_was_sent_are_fetched(faults: FaultServer) -> None:
    base = faults.base("one-per-page")
    request = with_prefetch(_whole(), observations=_first_page(base))
    resources = _gather(request, _open(base))
    assert len(resources.of("Observation")) == 17
    assert resources.unread == []


@pytest.mark.covers("PF-14")
def test_without_a_server_a_first_page_is_not_taken_for_all(faults: FaultServer) -> None:
    first = _first_page(faults.base("one-per-page"))
    resources = _gather(with_prefetch(_whole(), observations=first), None)
    assert Unread("observations", "only the first page was read") in resources.unread


def test_a_first_page_of_another_server_is_not_continued(
    faults: FaultServer, elsewhere: FaultServer
) -> None:
    before = len(elsewhere.seen)
    first = _first_page(elsewhere.base("one-per-page"))
    server = _open(faults.base("whole"))
    resources = _gather(with_prefetch(_whole(), observations=first), server)
    reason = "a later page: the next page is on another server than the FHIR server"
    assert Unread("observations", reason) in resources.unread
    assert elsewhere.seen[before:] == []


STRANGE = (
    {"resourceType": "Kowalski Anna"},
    {"resourceType": "Kowalski"},
    {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Kowalski"}}]},
    {"resourceType": "Bundle", "entry": ["Kowalski"], "total": 7},
    {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "Kowalski"}]},
)


@pytest.mark.parametrize("value", STRANGE)
def test_what_is_unread_is_said_in_our_own_words(value: object) -> None:
    resources = _gather(with_prefetch(_whole(), observations=value), None)
    reasons = [u.reason for u in resources.unread if u.query == "observations"]
    assert reasons
    assert "Kowalski" not in str(reasons)


@pytest.mark.parametrize("value", STRANGE[:3])
def test_an_error_repeats_nothing_of_what_was_sent(value: object) -> None:
    error = _missing(with_prefetch(_whole(), conditions=value), None)
    assert "Kowalski" not in str(error)


@pytest.mark.parametrize("patient_id", ["entered-in-error-aml", "not-aml", "merged", AML])
def test_a_file_is_seen_as_far_as_a_call_would_see_it(patient_id: str) -> None:
    called = _gather(hook_request(read_bundle(patient_id)), None)
    seen = looked_at(read_bundle(patient_id))
    assert to_patient(seen) == to_patient(called)


def test_within_a_file_references_hold_by_their_full_urls() -> None:
    name = "urn:uuid:16fdd5fc-5f2b-4d7e-9e5b-7a0c9f5f2b4d"
    patient = {"resourceType": "Patient", "id": "p", "deceasedBoolean": True}
    condition = {"resourceType": "Condition", "id": "c", "code": {"text": "Hypertension"}}
    mine = condition | {"subject": {"reference": name}}
    entries = [{"fullUrl": name, "resource": patient}, {"resource": mine}]
    resources = looked_at({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert (resources.patient()["id"], len(resources.of("Condition"))) == ("p", 1)


@pytest.mark.parametrize("within", [False, True], ids=["alone", "in-a-bundle-in-a-bundle"])
def test_a_patient_is_seen_wherever_the_file_holds_it(within: bool) -> None:
    patient = {"resourceType": "Patient", "id": "p", "deceasedBoolean": True}
    inner = {"resourceType": "Bundle", "entry": [{"resource": patient}]}
    outer = {"resourceType": "Bundle", "entry": [{"resource": inner}]}
    assert to_patient(looked_at(outer if within else patient)).excluded == "deceased"


def _patient(name: str) -> object:
    prefetch: Any = hook_request(read_bundle(name))["prefetch"]
    return prefetch["patient"]


def _whole() -> dict[str, Any]:
    return hook_request(read_bundle(AML))


def _without(key: str) -> dict[str, Any]:
    return call_of(AML, *(each for each in KEYS if each != key))


def _first_page(base: str) -> dict[str, object]:
    whole: Any = hook_request(read_bundle(AML))["prefetch"]
    return {
        "resourceType": "Bundle",
        "total": 17,
        "link": [{"relation": "next", "url": f"{base}/Observation?patient={AML}&page=2"}],
        "entry": whole["observations"]["entry"][:1],
    }


def _open(base: str, token: str = "t") -> FhirServer:
    server = FhirServers([base]).open(base, token, Deadline.after(5))
    assert server is not None
    return server


def _gather(request: dict[str, Any], server: FhirServer | None) -> Resources:
    return gather(read_request(json.dumps(request).encode()), server)


def _missing(request: dict[str, Any], server: FhirServer | None) -> MissingData:
    with pytest.raises(MissingData, match=r"Found: .+ Expected: .+ What to do: ") as caught:
        _gather(request, server)
    return caught.value


def _ids(resources: Resources, kind: str) -> list[object]:
    return sorted(resource["id"] for resource in resources.of(kind))
