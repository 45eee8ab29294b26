from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aml.assess import assess
from aml.knowledge import Library, load
from fhir_mapping import to_patient
from fhir_mapping.answers import decode
from fhir_mapping.code_report import Found, Report, report_on
from fhir_mapping.local_codes import COLUMNS, forget_local, load_codes
from fhir_mapping.resources import Resources
from tests.fhir_mapping.chart import (
    ATC,
    CPT,
    ICD_CM,
    ICD_GM,
    LOINC,
    SNOMED,
    bundle,
    code,
    condition,
    medication,
    observation,
    procedure,
)
from tests.support import FIXTURES

_AS_OF = date(2026, 2, 10)
LAB = "https://lab.example"
DETECTED = code("260373001", SNOMED)
OWN_CODES = FIXTURES / "own-codes" / "record.json"
# What stands in OWN_CODES, in the codes that everybody uses.
STANDARD = {
    "D402": code("91861009", SNOMED),
    "M118": code("L01DB02", ATC, "Daunorubicin"),
    "M042": code("L01BC01", ATC, "Cytarabine"),
    "R07": code("97509-4", LOINC),
    "CR": {"text": "Complete remission"},
    "V88": code("58390007", SNOMED),
    "BMA3": {"text": "Bone marrow aspirate"},
    "BL2": code("11150-0", LOINC),
    "F3I": code("79210-1", LOINC),
    "F3T": code("92843-2", LOINC),
    "ID1": {"text": "IDH1 mutation"},
    "ID2": code("100306-0", LOINC),
    "AT": DETECTED,
    "NA": code("260415000", SNOMED),
    "NEUT": code("26499-4", LOINC),
    "Trombocyten": code("26515-7", LOINC),
    "PS": code("89247-1", LOINC),
}


@pytest.fixture(autouse=True)
def _no_local_codes() -> Iterator[None]:
    yield
    forget_local()


def report(*resources: dict[str, Any], patient: dict[str, Any] | None = None) -> Report:
    return report_on(decode(json.dumps(bundle(*resources, patient=patient)).encode()))


def near(*resources: dict[str, Any]) -> Found:
    [found] = report(*resources).near_misses
    return found


def with_lines(folder: Path, *lines: str) -> None:
    table = folder / "codes.csv"
    table.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    load_codes([table])


@pytest.mark.parametrize(
    ("resource", "path", "meaning"),
    [
        (observation(code("26499-4", LOINC)), "Observation.code", "anc_1e9_per_l"),
        (observation("FLT3-ITD"), "Observation.code", "FLT3-ITD"),
        (observation(code("2160-0", LOINC)), "Observation.code", "creatinine"),
        (
            observation("FLT3-ITD", valueCodeableConcept=DETECTED),
            "Observation.valueCodeableConcept",
            "detected",
        ),
        (observation("NPM1", valueString="mutiert"), "Observation.valueString", "detected"),
        (
            observation("NPM1", interpretation=[code("NEG")]),
            "Observation.interpretation",
            "not detected",
        ),
        (
            observation("x", component=[{"code": code("48018-6", LOINC)}]),
            "Observation.component.code",
            "gene_studied",
        ),
        (
            observation("x", bodySite=code("14016003", SNOMED)),
            "Observation.bodySite",
            "marrow",
        ),
        (observation("x", method={"text": "RT-qPCR"}), "Observation.method", "RT-qPCR"),
        (condition("AML"), "Condition.code", "AML"),
        (
            condition("Family history of AML"),
            "Condition.code",
            "set aside, family-history",
        ),
        (procedure("DLI"), "Procedure.code", "donor lymphocytes"),
        (procedure("FLAG-Ida"), "Procedure.code", "flag-ida"),
        (
            medication("MedicationRequest", "Xospata 40 mg"),
            "MedicationRequest.medicationCodeableConcept",
            "gilteritinib",
        ),
        (
            {"resourceType": "Medication", "code": {"text": "Venclyxto"}},
            "Medication.code",
            "venetoclax",
        ),
        (
            {"resourceType": "Specimen", "type": code("MAR")},
            "Specimen.type",
            "marrow",
        ),
        (
            {"resourceType": "DiagnosticReport", "code": {"text": "Marrow cytology"}},
            "DiagnosticReport.code",
            "report on leukemia",
        ),
    ],
)
def test_what_a_reader_takes_is_recognised(
    resource: dict[str, Any], path: str, meaning: str
) -> None:
    found = {(each.path, each.read_as) for each in report(resource).recognised}
    assert (path, meaning) in found


def test_what_occurs_often_is_counted() -> None:
    again = report(*[condition("AML") for _ in range(3)])
    assert [each.count for each in again.recognised if each.path == "Condition.code"] == [3]


@pytest.mark.parametrize(
    ("resource", "closest", "line"),
    [
        (
            observation(code("KM7", LAB, "Blastes médullaires"), valueString="12 %"),
            "blast_pct_marrow",
            f"blast_pct_marrow,{LAB},KM7,Blastes médullaires",
        ),
        (observation("Trombocyten"), "plt", "plt,text,Trombocyten,"),
        (
            medication("MedicationStatement", code("9", LAB, "Gilteritinb 40 mg")),
            "gilteritinib",
            f"words,{LAB},9,gilteritinib 40 mg",
        ),
        (
            condition(code("7", LAB, "Acute myelod leukemia")),
            "AML",
            f"words,{LAB},7,acute myeloid leukemia",
        ),
        (
            procedure(code("5", LAB, "Allogreffe de cellules souches")),
            "hsct_allo",
            f"hsct_allo,{LAB},5,Allogreffe de cellules souches",
        ),
        (
            observation("FLT3-ITD", valueCodeableConcept=code("n", LAB, "négatif")),
            "negative",
            f"negative,{LAB},n,négatif",
        ),
        (observation("IDH1", valueString="gemuteerd"), "positive", "positive,text,gemuteerd,"),
        (
            {"resourceType": "Specimen", "type": code("4", LAB, "moelle osseuse")},
            "spec_marrow",
            f"spec_marrow,{LAB},4,moelle osseuse",
        ),
        (
            condition("AML", clinicalStatus=code("1", LAB, "aktive")),
            "active",
            f"words,{LAB},1,active",
        ),
    ],
)
def test_a_near_miss_is_understood_with_its_line(
    tmp_path: Path, resource: dict[str, Any], closest: str, line: str
) -> None:
    found = near(resource)
    assert (found.read_as, found.line) == (closest, line)
    with_lines(tmp_path, line)
    again = report(resource)
    assert again.near_misses == ()
    assert found.path in {each.path for each in again.recognised}


def test_a_recalled_code_alone_is_read_and_waits_for_the_hospital(tmp_path: Path) -> None:
    found = near(procedure(code("38240", CPT)))
    assert found.read_as == "hsct_allo"
    assert "no text confirms it" in found.why
    with_lines(tmp_path, found.line)
    assert report(procedure(code("38240", CPT))).near_misses == ()


def test_a_recalled_code_beside_other_words_is_a_near_miss() -> None:
    found = near(procedure(code("38240", CPT, "Appendectomy")))
    assert "speaks of something else" in found.why


def test_no_line_settles_a_code_and_a_text_that_disagree() -> None:
    found = near(observation(code("79210-1", LOINC, "FLT3 D835"), valueString="detected"))
    assert found.read_as == "FLT3-ITD by its code, FLT3-TKD by its text"
    assert found.line == ""


@pytest.mark.parametrize(
    "resource",
    [
        condition(code("Z94.84", ICD_CM), recordedDate="2024-01-01"),
        condition(code("C92.00", ICD_CM, "Acute myeloblastic leukemia", "Suspected AML")),
        condition(code("T86.01", ICD_GM, "", "Acute GVHD of the skin, grade II")),
        observation(code("54447-8", LOINC, "FLT3-ITD"), valueString="negative"),
        procedure(code("234336002", SNOMED, "", "MUD allo SCT")),
    ],
)
def test_a_text_that_says_more_than_the_code_is_no_disagreement(
    resource: dict[str, Any],
) -> None:
    assert report(resource).near_misses == ()


def test_an_answer_that_is_lost_is_named_with_a_line_to_complete() -> None:
    found = near(observation("FLT3-ITD", valueCodeableConcept=code("N0", LAB)))
    assert found.read_as == ""
    assert found.line == f"words,{LAB},N0,…"


def test_a_number_without_a_unit_is_named() -> None:
    found = near(observation("WBC", valueQuantity={"value": 4}))
    assert found.why == "a number of this test counts for nothing without a unit"


def test_a_unit_that_is_lost_is_named() -> None:
    found = near(observation("WBC", valueQuantity={"value": 4, "unit": "per field"}))
    assert (found.path, found.text) == ("Observation.valueQuantity.unit", "per field")


@pytest.mark.parametrize(
    "name",
    [
        "CD34 cells/100 cells in Blood",
        "Lymphocytes [#/volume] in Blood",
        "Mean platelet volume",
        "Bilirubin.direct",
        "IDH3 mutation",
        "Hemoglobin",
        "Heart rate",
    ],
)
def test_a_neighbour_is_no_near_miss(name: str) -> None:
    found = report(observation(name))
    assert found.near_misses == ()
    assert [each.text for each in found.ignored] == [name]


@pytest.mark.parametrize(
    "name", ["Acute lymphoblastic leukemia", "Chronic myeloid leukaemia", "Hypertension"]
)
def test_another_disease_is_no_near_miss(name: str) -> None:
    assert report(condition(name)).near_misses == ()


def test_sentences_that_were_not_understood_are_told() -> None:
    conclusion = "NPM1 mutated. FLT3-ITD perhaps."
    found = report({"resourceType": "DiagnosticReport", "conclusion": conclusion})
    assert [each.text for each in found.sentences] == ["FLT3-ITD perhaps"]


def test_nobody_is_named() -> None:
    person = {
        "name": [{"family": "Zielińska-Roe", "given": ["Ottilie"]}],
        "identifier": [{"value": "MRN-55"}],
        "telecom": [{"value": "0170 5551234"}],
        "birthDate": "1957-05-06",
    }
    said = json.dumps(
        report(
            condition("AML, Frau Ottilie Zielińska, MRN-55, geb. 6.5.57, Tel. 0170 5551234"),
            observation(code("MRN-55", LAB, "Trombocyten Roe")),
            observation("FLT3", valueString="Dr. Quimby says so"),
            observation("IDH1", subject={"reference": "Patient/p", "display": "Roe, O. Tilda"}),
            {"resourceType": "DiagnosticReport", "conclusion": "Roe Tilda: FLT3-ITD perhaps"},
            patient=person,
        ).to_json(),
        ensure_ascii=False,
    )
    for word in ("Zieli", "Roe", "Ottilie", "MRN", "5551234", "6.5.57", "Quimby", "Tilda"):
        assert word not in said


def test_several_patients_are_looked_at_together() -> None:
    one = bundle(condition("AML"))["entry"]
    both = {"resourceType": "Bundle", "type": "collection", "entry": [*one, *one]}
    [found] = [e for e in report_on(both).recognised if e.path == "Condition.code"]
    assert found.count == 2


@pytest.mark.parametrize(
    "broken",
    [
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "entry": 7},
        {"resourceType": "Observation", "code": 7, "component": "x", "valueQuantity": []},
        {"resourceType": "Observation", "code": {"coding": [7, {"code": 7}]}},
        {"resourceType": "Observation", "code": {"text": ["x"]}, "interpretation": 3},
        {"resourceType": "Condition", "code": "AML", "clinicalStatus": 1},
        {"resourceType": "Patient", "name": "Roe", "identifier": "7", "contact": [3]},
        {"resourceType": "DiagnosticReport", "conclusion": 7, "code": []},
    ],
)
def test_what_is_broken_is_no_error(broken: Any) -> None:
    report_on(broken)


def test_a_hospital_is_connected_by_the_lines(tmp_path: Path) -> None:
    """The afternoon of docs/local-codes.md, and the same answer as with standard codes."""
    own, library = decode(OWN_CODES.read_bytes()), load()
    with_lines(tmp_path, "disease_status,https://zis.example/lab,R07,Ziekterespons")
    lines = [each.line for each in report_on(own).near_misses]
    assert len(lines) == len(set(lines)) == 9
    without = to_patient(Resources.from_bundle(own))
    assert without.diagnoses == ()
    with_lines(tmp_path, *lines)
    assert report_on(own).near_misses == ()
    answered = _answer(own, library)
    forget_local()
    assert answered == _answer(_standard(own), library)
    assert answered["diseaseState"] == "relapse"


def _answer(record: Any, library: Library) -> Any:
    patient = to_patient(Resources.from_bundle(record))
    snapshot = library.in_force("US", _AS_OF)
    return assess(patient, snapshot).to_json()


def _standard(value: Any) -> Any:
    """The record in other codes, and nothing else changed."""
    if isinstance(value, list):
        return [_standard(each) for each in value]
    if not isinstance(value, dict):
        return value
    codes = [value["coding"][0]["code"]] if value.get("coding") else []
    for own in (*codes, value.get("text")):
        if own in STANDARD and not value.get("url"):
            return STANDARD[own]
    return {name: _standard(each) for name, each in value.items()}
