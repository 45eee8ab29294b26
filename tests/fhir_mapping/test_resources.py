from __future__ import annotations

from typing import Any

import pytest

from aml.patient import Unread
from fhir_mapping.queries import QUERIES, filled
from fhir_mapping.resources import MoreThanOnePatient, NoPatient, Resources, decode
from tests.fhir_mapping.chart import bundle, chart, condition, observation, reasons


def _added(key: str, value: Any) -> Resources:
    resources = Resources("p")
    resources.add(key, value)
    return resources


def _searchset(*resources: dict[str, Any], **rest: Any) -> dict[str, Any]:
    entries = [{"resource": r, "search": {"mode": "match"}} for r in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **rest}


_CONDITION = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}}
_OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}


@pytest.mark.parametrize(
    "value",
    [
        _OUTCOME,
        _searchset(_CONDITION, _OUTCOME),
        _searchset(_CONDITION, link=[{"relation": "next", "url": "…"}]),
        _searchset(_CONDITION, total=412),
        {"resourceType": "Bundle", "type": "searchset", "entry": "none"},
        _searchset({"resourceType": "Observation", "id": "o"}),
        {"resourceType": "Observation"},
        {},
        "nothing",
        [],
        {"resourceType": "Bundle", "entry": [None]},
        {"resourceType": "Bundle", "entry": [{"response": {"status": "404"}}]},
    ],
)
def test_an_answer_that_is_not_all_there_is_is_unread(value: Any) -> None:
    assert [entry.query for entry in _added("conditions", value).unread] == ["conditions"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"resourceType": "Bundle", "type": "searchset", "total": 0},
        _searchset(_CONDITION, total=1),
        _CONDITION,
    ],
)
def test_an_answer_in_full_is_read(value: Any) -> None:
    assert _added("conditions", value).unread == []


def test_included_resources_do_not_count_towards_the_total() -> None:
    value = _searchset(_CONDITION, total=2)
    value["entry"].append(
        {"resource": {"resourceType": "Patient", "id": "p"}, "search": {"mode": "include"}}
    )
    assert _added("conditions", value).unread == [Unread("conditions", "1 of 2 were returned")]


def test_another_patient_in_place_of_the_patient_is_unread() -> None:
    value = {"resourceType": "Patient", "id": "q"}
    assert [entry.query for entry in _added("patient", value).unread] == ["patient"]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p"},
        {"reference": "https://ehr.example/fhir/Patient/p/_history/3"},
        {"reference": "urn:uuid:16fdd5fc"},
        {"identifier": {"system": "urn:mrn", "value": "1"}},
        None,
    ],
)
def test_the_patients_own_resources_are_found(subject: object) -> None:
    whole = bundle(
        condition("AML", subject=subject),
        patient={"identifier": [{"system": "urn:mrn", "value": "1"}]},
    )
    whole["entry"][0]["fullUrl"] = "urn:uuid:16fdd5fc"
    assert len(Resources.from_bundle(whole).of("Condition")) == 1


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/mother"},
        {"reference": "urn:uuid:other"},
        {"identifier": {"system": "urn:mrn", "value": "2"}},
        {"display": "donor"},
    ],
)
def test_resources_of_other_people_are_set_aside(subject: object) -> None:
    resources = chart(condition("AML", subject=subject))
    assert (resources.of("Condition"), reasons(resources)) == ((), ["other-patient"])


def test_a_result_on_a_donors_specimen_is_set_aside() -> None:
    specimen = {"resourceType": "Specimen", "subject": {"reference": "Patient/donor"}}
    resources = chart(observation("FLT3", specimen={"reference": "Specimen/r1"}), specimen)
    assert resources.of("Observation") == ()


def test_the_newest_version_of_a_resource_counts_once() -> None:
    old = condition("AML", id="c", meta={"versionId": "9"})
    new = condition("ALL", id="c", meta={"versionId": "10"})
    resources = chart(new, old)
    assert [c["code"]["text"] for c in resources.of("Condition")] == ["ALL"]


def test_contained_results_are_found_and_named_after_their_report() -> None:
    inner = {"resourceType": "Observation", "id": "a", "status": "final"}
    resources = chart({"resourceType": "DiagnosticReport", "contained": [inner]})
    assert [resources.name(o) for o in resources.of("Observation")] == ["DiagnosticReport/r0#a"]


@pytest.mark.parametrize(
    ("name", "found"), [("NGS panel, donor", 0), ("Donor chimerism", 1), ("NGS panel", 1)]
)
def test_what_a_report_on_the_donor_contains_is_the_donors(name: str, found: int) -> None:
    inner = {"resourceType": "Observation", "id": "a", "status": "final"}
    report = {"resourceType": "DiagnosticReport", "contained": [inner], "code": {"text": name}}
    assert len(chart(report).of("Observation")) == found


def test_a_reference_within_a_resource_is_resolved() -> None:
    holder = {"resourceType": "Condition", "contained": [{"id": "m", "code": "x"}]}
    resources = chart(holder)
    [found] = resources.of("Condition")
    assert resources.resolve({"reference": "#m"}, found)["code"] == "x"


def test_a_specimen_contained_in_its_result_is_the_patients_own() -> None:
    specimen = {"resourceType": "Specimen", "id": "s"}
    link = {"reference": "#s"}
    result = {"resourceType": "Observation", "contained": [specimen], "specimen": link}
    assert len(chart(result).of("Observation")) == 1


def test_results_that_name_each_other_as_specimen_are_read() -> None:
    first, other = (
        observation("x", id=own, specimen={"reference": f"Observation/{named}"})
        for own, named in ("ab", "ba")
    )
    assert len(chart(first, other).of("Observation")) == 2


def test_a_reference_that_leads_nowhere_is_an_empty_mapping() -> None:
    assert not chart().resolve({"reference": "Specimen/none"})


def test_several_patients_need_a_name() -> None:
    other = {"resourceType": "Patient", "id": "q"}
    with pytest.raises(MoreThanOnePatient):
        chart(other)


def test_a_record_without_patient_is_refused() -> None:
    with pytest.raises(NoPatient):
        Resources.from_bundle({"resourceType": "Bundle", "entry": []})


def test_a_bundle_within_a_bundle_is_read() -> None:
    outer = {"resourceType": "Bundle", "type": "batch-response"}
    resources = Resources.from_bundle({**outer, "entry": [{"resource": bundle(_CONDITION)}]})
    assert len(resources.of("Condition")) == 1


@pytest.mark.parametrize("raw", [b"{", b'{"a": NaN}', b"[" * 60_000, b"\xff", b""])
def test_bytes_that_are_not_json_are_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not readable as JSON"):
        decode(raw)


def test_no_query_filters_by_code() -> None:
    assert all("code" not in query.template for query in QUERIES)


@pytest.mark.parametrize("patient_id", ["", "..", "a/b", "a?b", "a b", "x" * 65])
def test_what_is_not_a_fhir_id_never_becomes_part_of_a_url(patient_id: str) -> None:
    with pytest.raises(ValueError, match="not a FHIR id"):
        filled(QUERIES[0], patient_id)
