"""A Bundle that is dropped in becomes a record, or a sentence that says why not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from standin_ehr.records import Ehr
from standin_ehr.uploads import MOST_BYTES, BadBundle, take
from tests.hostile import renamed
from tests.support import PATIENTS, read_bundle


@pytest.fixture
def ehr() -> Ehr:
    return Ehr(PATIENTS)


def bundle(*resources: dict[str, Any], **members: Any) -> dict[str, Any]:
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries} | members


def taken(ehr: Ehr, value: object) -> tuple[str, int]:
    return take(ehr, json.dumps(value).encode())


PATIENT = {"resourceType": "Patient", "id": "own"}
SUBJECT = {"reference": "Patient/own"}
RESULT = {"resourceType": "Observation", "id": "o1", "subject": SUBJECT}


def test_a_record_of_ones_own_is_stored_whole(ehr: Ehr) -> None:
    assert taken(ehr, bundle(PATIENT, RESULT)) == ("own", 0)
    assert [r["id"] for r in ehr.record("own")] == ["own", "o1"]


def test_a_fixture_that_is_dropped_in_again_changed_takes_the_place_of_the_old(
    ehr: Ehr,
) -> None:
    changed: Any = read_bundle("patient-2")
    changed["entry"] = changed["entry"][:3]
    taken(ehr, changed)
    assert len(ehr.record("patient-2")) == 3


def test_ids_that_another_record_has_are_changed_and_references_follow(ehr: Ehr) -> None:
    before = ehr.record("patient-1-mrd")
    copy: Any = renamed(read_bundle("patient-1-mrd"), "patient-1-mrd", "copy")
    assert taken(ehr, copy) == ("copy", 0)
    assert ehr.record("patient-1-mrd") == before
    record = ehr.record("copy")
    assert len(record) == len(before)
    specimens = {f"Specimen/{r['id']}" for r in record if r["resourceType"] == "Specimen"}
    named = {r["specimen"]["reference"] for r in record if "specimen" in r}
    assert named
    assert named <= specimens


def test_resources_without_an_id_are_found_by_the_urn_that_names_them(ehr: Ehr) -> None:
    own: Any = bundle({"resourceType": "Patient"}, {"resourceType": "Observation"})
    own["entry"][0]["fullUrl"] = "urn:uuid:1"
    own["entry"][1]["resource"]["subject"] = {"reference": "urn:uuid:1"}
    patient, _ = taken(ehr, own)
    assert len(ehr.record(patient)) == 2


def test_results_about_nobody_are_counted(ehr: Ehr) -> None:
    assert taken(ehr, bundle(PATIENT, {"resourceType": "Observation"})) == ("own", 1)


DEEP = b"[" * 100_000
BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"  ", "empty file"),
    "XML": (b"\n<Bundle xmlns='http://hl7.org/fhir'/>", "XML"),
    "cut off": (b'{"resourceType": "Bundle",\n "entry": [', "no JSON, line 2"),
    "not UTF-8": (b'{"a": "\xff\xfe"}', "no JSON"),
    "too deep": (DEEP, "no JSON"),
    "deeper than any resource": (b"[" * 200 + b"]" * 200, "no JSON"),
    "NaN": (b'{"a": NaN}', "no JSON"),
    "a number without end": (b'{"a": 1.0e999999999}', "no JSON"),
    "half a character": (b'{"a": "\\ud800"}', "no JSON"),
    "a list": (b"[]", "other JSON"),
    "a patient alone": (json.dumps(PATIENT).encode(), "a Patient"),
    "no entries": (json.dumps(bundle()).encode(), "without entries"),
    "an entry of nothing": (json.dumps(bundle(entry=[{}])).encode(), r"entry\[0\]"),
    "an entry of text": (json.dumps(bundle(entry=["x"])).encode(), r"entry\[0\]"),
    "no such type": (
        json.dumps(bundle(PATIENT, {"resourceType": "../x"})).encode(),
        r"entry\[1\]",
    ),
    "nobody": (json.dumps(bundle(RESULT)).encode(), "0 Patient"),
    "two patients": (json.dumps(bundle(PATIENT, PATIENT | {"id": "b"})).encode(), "2 Patient"),
    "an id twice": (json.dumps(bundle(PATIENT, RESULT, RESULT)).encode(), r"entry\[2\]"),
    "of another": (
        json.dumps(bundle(PATIENT, RESULT | {"subject": {"reference": "Patient/b"}})).encode(),
        "another patient",
    ),
    "too large": (b"{" + b" " * MOST_BYTES, "16 MB"),
}


@pytest.mark.parametrize(("content", "found"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_record_is_refused_in_words_and_changes_nothing(
    ehr: Ehr, content: bytes, found: str
) -> None:
    before = dict(ehr.of("Patient"))
    with pytest.raises(BadBundle, match=found) as refused:
        take(ehr, content)
    assert "Expected" in str(refused.value)
    assert ehr.of("Patient") == before
