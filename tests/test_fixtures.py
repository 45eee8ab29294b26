"""The synthetic records are valid FHIR R4, hang together, and say what the cases allow."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.support import (
    FIXTURES,
    HOOKS,
    PATIENTS,
    PREFETCH,
    Expected,
    Json,
    hook_request,
    read_bundle,
    read_expected,
    resources_of,
)

BUNDLES = sorted(path.stem for path in PATIENTS.glob("*.json"))
CASES = read_expected()
STATES = {
    "not-aml",
    "apl",
    "pediatric",
    "untreated",
    "in-treatment",
    "remission-mrd-negative",
    "remission-mrd-positive",
    "remission-mrd-unknown",
    "mrd-relapse-suspected",
    "mrd-relapse",
    "refractory",
    "relapse-suspected",
    "relapse",
    "indeterminate",
}
STRENGTHS = {"recommend", "consider", "trial-only", "not-beneficial", "contraindicated"}
OFFERED = {"recommend", "consider", "trial-only"}
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?(T.*)?")

STYLES = dict(
    re.findall(
        r"^\| `([\w-]+)` \| ([ABC][^|]*) \|",
        (FIXTURES / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)

each_bundle = pytest.mark.parametrize("name", BUNDLES)
each_case = pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])


@each_bundle
def test_every_resource_is_valid_r4(name: str) -> None:
    for resource in resources_of(read_bundle(name)):
        kind = str(resource["resourceType"])
        get_fhir_model_class(kind).model_validate(resource)


@each_bundle
def test_every_bundle_is_a_valid_collection(name: str) -> None:
    bundle = read_bundle(name)
    get_fhir_model_class("Bundle").model_validate(bundle)
    assert bundle["type"] == "collection"


@each_bundle
def test_a_bundle_holds_one_patient_with_its_own_name(name: str) -> None:
    resources = resources_of(read_bundle(name))
    assert [each["id"] for each in resources if each["resourceType"] == "Patient"] == [name]


@each_bundle
def test_every_resource_is_about_the_one_patient(name: str) -> None:
    for resource in resources_of(read_bundle(name)):
        if resource["resourceType"] != "Patient":
            about = resource.get("subject", resource.get("patient"))
            assert about == {"reference": f"Patient/{name}"}, resource["id"]


@each_bundle
def test_every_patient_is_tagged_as_synthetic(name: str) -> None:
    assert "synthetic" in _tags(name)


def test_only_one_patient_is_tagged_as_a_test_patient() -> None:
    assert [name for name in BUNDLES if "HTEST" in _tags(name)] == ["test-tagged"]


def test_no_id_is_used_twice_in_any_record() -> None:
    used = Counter(
        f"{each['resourceType']}/{each['id']}"
        for name in BUNDLES
        for each in resources_of(read_bundle(name))
    )
    assert [reference for reference, times in used.items() if times > 1] == []


@each_bundle
def test_every_reference_leads_to_a_resource_of_the_bundle(name: str) -> None:
    resources = resources_of(read_bundle(name))
    here = {f"{each['resourceType']}/{each['id']}" for each in resources}
    replaced_by = {"Patient/patient-1-relapse"} if name == "merged" else set()
    named = {
        text for each in resources for key, text in _strings(each, "") if key == "reference"
    }
    assert named <= here | replaced_by


@each_bundle
def test_a_full_url_ends_in_the_reference_of_its_resource(name: str) -> None:
    entries = read_bundle(name)["entry"]
    assert isinstance(entries, list)
    for entry in entries:
        resource = entry["resource"]
        assert entry["fullUrl"].endswith(f"/{resource['resourceType']}/{resource['id']}")


@each_bundle
def test_every_observation_and_report_has_a_status_and_a_date(name: str) -> None:
    for resource in resources_of(read_bundle(name)):
        if resource["resourceType"] in ("Observation", "DiagnosticReport"):
            assert {"status", "effectiveDateTime"} <= resource.keys(), resource["id"]


@each_case
def test_nothing_is_dated_after_the_day_of_the_assessment(case: Expected) -> None:
    last = case["as_of"].isoformat()
    late = {
        f"{resource['id']}: {key} {text}"
        for resource in resources_of(read_bundle(case["bundle"]))
        for key, text in _strings(resource, "")
        if _is_date(key) and DATE.fullmatch(text) and text[:10] > last
    }
    assert late == set()


def test_every_case_has_a_name_of_its_own() -> None:
    names = Counter(case["case"] for case in CASES)
    assert [name for name, times in names.items() if times > 1] == []


def test_the_expected_answers_and_the_records_name_each_other() -> None:
    assert {case["bundle"] for case in CASES} == {f"{name}.json" for name in BUNDLES}


@each_case
def test_an_expected_answer_uses_the_known_keys_and_words(case: Expected) -> None:
    assert case.keys() <= Expected.__annotations__.keys()
    assert case.get("state", "relapse") in STATES
    assert case["cards"] in {"none", "present"}
    assert case["jurisdiction"] in {"US", "EU"}
    assert set(case.get("recommendations", {}).values()) <= STRENGTHS


@each_case
def test_an_expected_answer_gives_its_days_as_dates(case: Expected) -> None:
    assert type(case["as_of"]) is date
    assert type(case.get("state_since", case["as_of"])) is date


@each_case
def test_no_code_is_expected_both_as_offered_and_as_absent(case: Expected) -> None:
    strengths = case.get("recommendations", {})
    offered = {code for code, strength in strengths.items() if strength in OFFERED}
    assert offered.isdisjoint(case.get("absent", []))


@each_case
def test_no_state_begins_after_the_day_of_the_assessment(case: Expected) -> None:
    assert case.get("state_since", date.min) <= case["as_of"]


@each_case
def test_an_answer_without_cards_expects_no_recommendation(case: Expected) -> None:
    assert case["cards"] == "present" or "recommendations" not in case


def test_the_list_of_styles_names_every_record() -> None:
    assert sorted(STYLES) == BUNDLES


@pytest.mark.parametrize("name", [name for name, style in STYLES.items() if style[0] == "B"])
def test_a_record_of_laboratory_text_carries_no_standard_code(name: str) -> None:
    systems = {
        text
        for each in resources_of(read_bundle(name))
        if each["resourceType"] in ("Observation", "MedicationStatement", "Procedure")
        for key, text in _strings(each, "")
        if key == "system" and text.startswith(("http://loinc.org", "http://snomed.info"))
    }
    assert systems == set()


@pytest.mark.parametrize("name", [name for name, style in STYLES.items() if style[0] == "C"])
def test_a_record_in_prose_carries_no_laboratory_result_but_reports(name: str) -> None:
    categories = {
        text
        for each in resources_of(read_bundle(name))
        if each["resourceType"] == "Observation"
        for key, text in _strings(each["category"], "")
        if key == "code"
    }
    assert categories <= {"survey"}


def test_the_kept_hook_request_is_the_one_made_from_its_bundle() -> None:
    kept = json.loads((HOOKS / "patient-view-patient-1-relapse.json").read_text("utf-8"))
    assert kept == hook_request(read_bundle("patient-1-relapse"))


@each_bundle
def test_a_hook_request_sends_valid_searchsets(name: str) -> None:
    prefetch = hook_request(read_bundle(name))["prefetch"]
    assert isinstance(prefetch, dict)
    for key in PREFETCH:
        get_fhir_model_class("Bundle").model_validate(prefetch[key])
        assert prefetch[key]["total"] == len(prefetch[key].get("entry", []))


def test_what_the_caller_says_of_the_context_is_sent() -> None:
    request = hook_request(read_bundle("not-aml"), encounterId="e1", userId="Practitioner/7")
    assert request["context"] == {
        "userId": "Practitioner/7",
        "patientId": "not-aml",
        "encounterId": "e1",
    }


def _tags(name: str) -> list[str]:
    patient = resources_of(read_bundle(name))[0]
    meta = patient["meta"]
    assert isinstance(meta, dict)
    return [tag["code"] for tag in meta["tag"]]


def _strings(value: object, key: str) -> Iterator[tuple[str, str]]:
    """Every string of a resource with the name of the element that holds it."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each, key)
    elif isinstance(value, dict):
        inner: Json = value
        for name, each in inner.items():
            yield from _strings(each, name)


def _is_date(key: str) -> bool:
    return key in {"start", "end", "issued", "authoredOn", "date"} or key.lower().endswith(
        ("date", "datetime")
    )
