from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from cds_service.errors import BadField, MalformedBody
from cds_service.request import REPLAY, HookRequest, read_request
from fhir_mapping.answers import Answer, unpack

Json = dict[str, Any]

OURS: Json = {
    "resourceType": "Observation",
    "id": "one",
    "status": "final",
    "subject": {"reference": "Patient/p"},
    "code": {"text": "FLT3-ITD"},
    "valueString": "not detected",
}
NAME = "Kowalski"  # stands for what must never come back in a message
CONTEXT = {"userId": "Practitioner/1", "patientId": "p"}
CALL: Json = {"hook": "patient-view", "hookInstance": "i", "context": CONTEXT}
SERVER = "https://ehr.example/fhir"


def test_the_smallest_call_is_read() -> None:
    request = _read({})
    assert request.context.patientId == "p"
    assert (dict(request.prefetch), request.extension) == ({}, {})
    assert (request.fhirServer, request.token) == (None, "")


def test_what_the_specification_does_not_name_is_ignored() -> None:
    request = _read({"future": {"a": 1}, "context": CONTEXT | {"future": [NAME]}})
    assert NAME not in request.model_dump_json()


def test_a_prefetch_value_that_nests_too_deeply_is_refused_when_it_is_looked_at() -> None:
    deep = {"prefetch": {"conditions": json.loads("[" * 200 + "]" * 200)}}
    with pytest.raises(MalformedBody):
        _read(deep).prefetch["conditions"]


@pytest.mark.parametrize(("code", "refused"), [("777-3", True), ("8867-4", False)])
def test_an_observation_that_nests_too_deeply_is_refused_if_it_is_needed(
    code: str, refused: bool
) -> None:
    """The platelet count is needed; the heart rate is not, and nobody goes down into it."""
    coding = {"system": "http://loinc.org", "code": code}
    observation = {
        "resourceType": "Observation",
        "id": "one",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": {"coding": [coding]},
        "note": [{"text": "", "extension": json.loads("[" * 200 + "]" * 200)}],
    }
    bundle = {"resourceType": "Bundle", "entry": [{"resource": observation}]}
    prefetch = _read({"prefetch": {"observations": bundle}}).prefetch
    if refused:
        with pytest.raises(MalformedBody):
            prefetch.skimmed("observations", "p")
    else:
        assert prefetch.skimmed("observations", "p") == Answer()


@pytest.mark.parametrize("member", ["prefetch", "extension", "fhirServer", "fhirAuthorization"])
def test_a_null_for_an_optional_member_is_as_if_it_were_absent(member: str) -> None:
    assert _read({member: None}) == _read({})


def test_a_null_within_prefetch_is_kept_apart_from_an_absent_key() -> None:
    assert _read({"prefetch": {"conditions": None}}).prefetch == {"conditions": None}


def test_the_token_is_the_one_for_the_fhir_server() -> None:
    assert _authorized({"access_token": "abc"}).token == "abc"


@pytest.mark.covers("PF-08")
def test_without_a_fhir_server_there_is_no_use_for_a_token() -> None:
    request = _read({"fhirAuthorization": {"access_token": "abc"}})
    assert request.token == ""


def test_a_request_does_not_print_its_token() -> None:
    request = _authorized({"access_token": "abc-secret"})
    assert "abc-secret" not in f"{request!r} {request} {request.model_dump_json()}"


@pytest.mark.parametrize("scope", ["patient/*.read", "patient/Observation.rs", 7, None])
def test_an_authorization_of_any_version_is_read(scope: object) -> None:
    request = _authorized({"access_token": "abc", "token_type": "bearer", "scope": scope})
    assert request.token == "abc"


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"NaN", b'{"a": NaN}', b"[" * 60_000])
def test_what_is_not_json_is_a_malformed_body(raw: bytes) -> None:
    with pytest.raises(MalformedBody, match="What to do: send"):
        read_request(raw)


@pytest.mark.parametrize("raw", [b"[]", b"null", b"7", b'"patient-view"'])
def test_json_that_is_no_object_is_a_malformed_body(raw: bytes) -> None:
    with pytest.raises(MalformedBody, match="Found: JSON that is not an object"):
        read_request(raw)


@pytest.mark.parametrize("member", ["hook", "hookInstance", "context"])
def test_a_missing_member_is_named(member: str) -> None:
    body = {name: value for name, value in CALL.items() if name != member}
    error = _refused(body)
    assert error.elements == (member,)
    assert f"Found: no {member}." in str(error)


@pytest.mark.parametrize("member", ["userId", "patientId"])
def test_a_missing_member_of_the_context_is_named(member: str) -> None:
    context = {name: value for name, value in CONTEXT.items() if name != member}
    assert _refused(CALL | {"context": context}).elements == (f"context.{member}",)


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"hook": 7}, "hook"),
        ({"hook": ""}, "hook"),
        ({"hook": None}, "hook"),
        ({"hook": "\ud800"}, "hook"),
        ({"hookInstance": [NAME]}, "hookInstance"),
        ({"hookInstance": ""}, "hookInstance"),
        ({"hookInstance": NAME * 1000}, "hookInstance"),
        ({"hookInstance": f"{NAME}\udfff"}, "hookInstance"),
        ({"context": [NAME]}, "context"),
        ({"context": None}, "context"),
        ({"context": NAME}, "context"),
        ({"fhirServer": 7}, "fhirServer"),
        ({"fhirAuthorization": NAME}, "fhirAuthorization"),
        ({"fhirAuthorization": {}}, "fhirAuthorization.access_token"),
        ({"prefetch": [NAME]}, "prefetch"),
        ({"prefetch": NAME}, "prefetch"),
        ({"extension": [NAME]}, "extension"),
    ],
)
def test_a_member_of_the_wrong_kind_is_named_and_its_value_is_not(
    change: Json, element: str
) -> None:
    error = _refused(CALL | change)
    assert error.elements == (element,)
    assert NAME not in str(error)


@pytest.mark.parametrize(
    "patient_id",
    [
        "",
        7,
        None,
        [NAME],
        f"Patient/{NAME}",
        "../Patient",
        f"{NAME}?_count=1",
        f"{NAME} 1",
        f"{NAME}\n",
        f"{NAME}\x00",
        f"{NAME}\ud800",
        f"<b>{NAME}</b>",
        NAME * 10,
        ".",
        "..",
        "....",
    ],
)
def test_a_patient_id_that_fhir_does_not_allow_is_refused(patient_id: object) -> None:
    error = _refused(CALL | {"context": CONTEXT | {"patientId": patient_id}})
    assert error.elements == ("context.patientId",)
    assert NAME not in str(error)


@pytest.mark.parametrize("patient_id", ["p", "7", "a.b-C", "x" * 64, "16fdd5fc-9e5b", ".a."])
def test_a_patient_id_that_fhir_allows_is_read(patient_id: str) -> None:
    context = CONTEXT | {"patientId": patient_id}
    assert _read({"context": context}).context.patientId == patient_id


@pytest.mark.parametrize(
    ("authorization", "element"),
    [
        ({"access_token": ""}, "access_token"),
        ({"access_token": f"{NAME} b"}, "access_token"),
        ({"access_token": f"{NAME}\r\nX: 1"}, "access_token"),
        ({"access_token": f"{NAME}\u00e9"}, "access_token"),
        ({"access_token": NAME * 2600}, "access_token"),
        ({"access_token": 7}, "access_token"),
        ({"access_token": "a", "token_type": NAME}, "token_type"),
    ],
)
def test_a_token_that_is_no_bearer_token_is_refused_unseen(
    authorization: Json, element: str
) -> None:
    error = _refused(CALL | {"fhirServer": SERVER, "fhirAuthorization": authorization})
    assert error.elements == (f"fhirAuthorization.{element}",)
    assert NAME not in str(error)


@pytest.mark.parametrize("key", ["other", "", "\ud800", "\x00", "__proto__"])
def test_a_prefetch_key_that_nobody_asked_for_does_no_harm(key: str) -> None:
    prefetch = _read({"prefetch": {key: [NAME], "conditions": None}}).prefetch
    assert {name: prefetch[name] for name in prefetch if name != key} == {"conditions": None}


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        NAME,
        {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]},
        {"resourceType": "Observation", "id": "one"},
        {"resourceType": "Bundle", "total": 0},
        {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1"}]},
        {"resourceType": "Bundle", "type": "searchset", "entry": []},
        {"resourceType": "Bundle", "total": 3, "entry": [{"resource": OURS}]},
        {"resourceType": "Bundle", "total": 1, "entry": [{"resource": OURS}], "link": []},
        {
            "resourceType": "Bundle",
            "total": 1,
            "entry": [
                {"resource": OURS, "search": {"mode": "match"}, "fullUrl": "urn:uuid:1"},
                {
                    "resource": {"resourceType": "OperationOutcome"},
                    "search": {"mode": "outcome"},
                },
            ],
        },
        {
            "resourceType": "Bundle",
            "total": 1,
            "entry": [{"resource": OURS, "search": {"mode": "match"}, "fullUrl": "urn:uuid:1"}],
        },
        {
            "resourceType": "Bundle",
            "total": 2,
            "link": [{"relation": "next", "url": "?page=2"}],
            "entry": [
                {"resource": {"resourceType": "Observation"}, "search": {"mode": "match"}},
                {"resource": None, "fullUrl": "urn:uuid:1", "response": {"status": "404"}},
            ],
        },
    ],
)
def test_observations_in_whatever_shape_are_read_as_they_were_sent(sent: object) -> None:
    prefetch = _read({"prefetch": {"observations": sent, "conditions": None}}).prefetch
    found = prefetch.skimmed("observations", "p")
    found = found if isinstance(found, Answer) else unpack(found, "Observation")
    assert found == unpack(sent, "Observation")
    again = _read({"prefetch": {"observations": sent, "conditions": None}}).prefetch
    assert again == {"observations": sent, "conditions": None}


def test_what_is_expected_is_said_in_our_own_words() -> None:
    context = CONTEXT | {"patientId": ".."}
    text = str(_refused(CALL | {"context": context}))
    assert "Expected: an id that is more than dots." in text


def test_a_replay_names_another_day_and_place() -> None:
    replay = _replayed({"asOf": "2022-01-12", "jurisdiction": "EU"}).replay()
    assert (replay.asOf, replay.jurisdiction) == (date(2022, 1, 12), "EU")


@pytest.mark.parametrize("value", [{}, {"asOf": None}, {"other": 1}])
def test_a_replay_may_leave_things_as_they_are(value: object) -> None:
    replay = _replayed(value).replay()
    assert (replay.asOf, replay.jurisdiction) == (None, None)


def test_without_the_extension_there_is_no_replay() -> None:
    assert _read({"extension": {"com.example": 1}}).replay().asOf is None


@pytest.mark.parametrize(
    ("value", "member"),
    [
        ({"asOf": NAME}, ".asOf"),
        ({"asOf": "2022-13-01"}, ".asOf"),
        ({"asOf": "2022-01"}, ".asOf"),
        ({"asOf": "2022-01-12T00:00:00Z"}, ".asOf"),
        ({"asOf": 1641945600}, ".asOf"),
        ({"asOf": "1641945600"}, ".asOf"),
        ({"jurisdiction": NAME}, ".jurisdiction"),
        ({"jurisdiction": "us"}, ".jurisdiction"),
        ([NAME], ""),
        (NAME, ""),
        (None, ""),
    ],
)
def test_a_replay_that_cannot_be_read_is_named(value: object, member: str) -> None:
    with pytest.raises(BadField) as caught:
        _replayed(value).replay()
    assert caught.value.elements == (f"extension.{REPLAY}{member}",)
    assert NAME not in str(caught.value)


def _read(change: Json) -> HookRequest:
    return read_request(json.dumps(CALL | change).encode())


def _authorized(authorization: Json) -> HookRequest:
    return _read({"fhirServer": SERVER, "fhirAuthorization": authorization})


def _replayed(value: object) -> HookRequest:
    return _read({"extension": {REPLAY: value}})


def _refused(body: Json) -> BadField:
    with pytest.raises(BadField, match=r"Found: .+ Expected: .+ What to do: ") as caught:
        read_request(json.dumps(body).encode())
    return caught.value
