"""Where each fact is written, and what was set aside and why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from aml.patient import Patient, Source
from fhir_mapping import to_patient
from fhir_mapping.answers import decode
from fhir_mapping.resources import Resources
from tests.fhir_mapping.chart import (
    ICD_CM,
    LOINC,
    bundle,
    chart,
    code,
    condition,
    observation,
    reasons,
)
from tests.fhir_mapping.record import PRESENT, coded, gene, quantity, report, variant
from tests.support import PATIENTS

# Facts of every kind, in the shapes in which their words are hard to come by.
SHAPES: dict[str, Any] = {
    "count": observation("ANC", valueQuantity=quantity(1200, "/µL")),
    "range": observation(
        "Marrow blasts", valueRange={"low": quantity(5, "%"), "high": quantity(10, "%")}
    ),
    "comparator": observation(
        "MRD flow", valueQuantity={"value": 0.01, "comparator": "<", "unit": "%"}
    ),
    "ratio in words": observation("FLT3-ITD ratio", valueString="0,62"),
    "one word": observation("MLL rearrangement, FISH", valueString="Normal"),
    "answer code alone": observation(
        code("89247-1", LOINC), valueCodeableConcept=coded("LA9623-5")
    ),
    "interpretation": observation(code("89247-1", LOINC), interpretation=[coded("LA9623-5")]),
    "component": observation(
        "Assessment", component=[{"code": code("89247-1", LOINC), "valueInteger": 1}]
    ),
    "count in a component": observation(
        "Blood count",
        component=[{"code": {"text": "ANC"}, "valueQuantity": quantity(900, "/uL")}],
    ),
    "residual disease in a component": observation(
        "AML MRD",
        component=[
            {"code": {"text": "NPM1"}, "valueQuantity": quantity(230, "copies/10^4 ABL1")}
        ],
    ),
    "variant": observation({}) | variant(gene("HGNC:5382", "IDH1"), **PRESENT),
    "boolean": observation("Active GVHD", valueBoolean=True),
    "diagnosis code alone": condition(code("C92.00", ICD_CM)),
    "sarcoma code alone": condition(code("C92.30", ICD_CM)),
    "comorbidity code alone": condition(code("I50.9", ICD_CM)),
    "gvhd code alone": condition(
        code("D89.810", ICD_CM), clinicalStatus={"coding": [{"code": "active"}]}
    ),
    "medication within": {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationReference": {"reference": "#m"},
        "contained": [
            {
                "resourceType": "Medication",
                "id": "m",
                "ingredient": [{"itemCodeableConcept": {"text": "Gilteritinib fumarate"}}],
            }
        ],
    },
    "plan by its definition": {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "instantiatesCanonical": ["https://x.example/PlanDefinition/FLAG-IDA|1.0"],
        "period": {"start": "2026-01-10"},
    },
    "conclusion": report(
        "Myeloid panel", "NPM1 mutated. FLT3-ITD not detected.", status="final"
    ),
}


def facts(patient: Patient) -> Iterator[Any]:
    for each in fields(patient):
        value = getattr(patient, each.name)
        yield from (
            (fact for fact in value if hasattr(fact, "source"))
            if isinstance(value, tuple)
            else ()
        )


@pytest.mark.parametrize("shape", SHAPES)
def test_a_fact_keeps_its_resource_its_element_and_its_words(shape: str) -> None:
    resources = chart(SHAPES[shape])
    sources = [fact.source for fact in facts(to_patient(resources))]
    assert sources
    [resource] = resources.of(SHAPES[shape]["resourceType"])
    for source in sources:
        assert source.resource == resources.name(resource)
        assert any(_is_element(source.field, name) for name in resource)
        assert source.text
        assert _words(source) <= _all_words(resource)


@pytest.mark.parametrize("path", sorted(PATIENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_fact_of_a_fixture_keeps_where_it_is_written(path: Any) -> None:
    resources = Resources.from_bundle(decode(path.read_bytes()))
    by_name = {resources.name(r): r for r in resources.of(*KINDS)}
    for fact in facts(to_patient(resources)):
        resource = by_name[fact.source.resource]
        assert any(_is_element(fact.source.field, name) for name in resource), fact
        assert fact.source.text, fact


def test_a_number_is_kept_as_it_was_written() -> None:
    test = observation(
        "AML MRD flow", valueQuantity={"value": 9, "comparator": "<", "unit": "%"}
    )
    raw = json.dumps(bundle(test)).replace('"value": 9', '"value": 0.010')
    [result] = to_patient(Resources.from_bundle(decode(raw.encode()))).mrd
    assert result.source.text == "<0.010 %"


def test_a_fact_from_text_says_so() -> None:
    read = to_patient(chart(SHAPES["conclusion"]))
    assert [fact.source.from_text for fact in facts(read)] == [True, True]


def test_a_coded_fact_is_not_from_text() -> None:
    read = to_patient(chart(SHAPES["variant"], condition(code("C92.00", ICD_CM))))
    assert [fact.source.from_text for fact in facts(read)] == [False, False]


@pytest.mark.parametrize(
    "result",
    [
        observation("ANC", valueQuantity=quantity(12, "furlong")),
        observation("Blasts in bone marrow", valueQuantity=quantity(12, "furlong")),
        observation("NPM1 transcripts", valueQuantity=quantity(12, "furlong")),
        observation("NPM1 transcripts", valueQuantity=quantity(12, "copies/10^4 GUSB")),
    ],
)
def test_a_number_in_an_unknown_unit_is_unknown_and_listed(result: Any) -> None:
    resources = chart(result)
    read = to_patient(resources)
    assert not any(m.value.recorded for m in read.measurements)
    assert not any(b.pct.recorded for b in read.blasts)
    assert not any(m.copies_per_1e4_abl1.recorded for m in read.mrd)
    assert reasons(resources) == ["unknown-unit"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("LVEF", {"valueString": "normal LV function"}, "unreadable"),
        ("ANC", {"valueString": "see comment"}, "unreadable"),
        ("ANC", {"valueQuantity": quantity(9000, "10*9/L")}, "implausible"),
    ],
)
def test_a_count_without_a_usable_number_is_listed(
    name: str, value: dict[str, Any], reason: str
) -> None:
    resources = chart(observation(name, **value))
    assert to_patient(resources).measurements == ()
    assert reasons(resources) == [reason]


def test_a_result_that_was_not_obtained_is_not_listed() -> None:
    resources = chart(observation("ANC", dataAbsentReason=coded("not-performed")))
    assert to_patient(resources).ignored == ()


@pytest.mark.parametrize("status", ["corrected", "amended"])
def test_a_result_that_was_corrected_is_listed(status: str) -> None:
    resources = chart(
        observation("NPM1 mutation", valueString="not detected"),
        observation("NPM1 mutation", valueString="detected", status=status),
    )
    assert [g.source.resource for g in to_patient(resources).genes] == ["Observation/r1"]
    assert [(i.resource, i.reason) for i in resources.ignored] == [
        ("Observation/r0", "superseded")
    ]


def test_a_corrected_result_that_concerns_nobody_is_not_listed() -> None:
    resources = chart(
        observation("Hemoglobin", valueQuantity=quantity(9, "g/dL")),
        observation("Hemoglobin", valueQuantity=quantity(8, "g/dL"), status="corrected"),
    )
    assert to_patient(resources).ignored == ()


@pytest.mark.parametrize(
    "conclusion",
    [
        "FLT3-ITD: the electropherogram is attached.",
        "FLT3-ITD fraglich positiv, Kontrolle empfohlen.",
        "Aspirate diluted, blast count not possible.",
        "NPM1 mutated. IDH1 see addendum.",
    ],
)
def test_a_sentence_that_was_not_understood_is_listed(conclusion: str) -> None:
    resources = chart(report("Myeloid panel", conclusion, status="final"))
    to_patient(resources)
    assert reasons(resources) == ["text-not-read"]


@pytest.mark.parametrize(
    "conclusion",
    [
        "NPM1 mutated. FLT3-ITD not detected.",
        "History of FLT3-ITD.",
        "AML with mutated NPM1.",
        "Normal cellularity. Iron stores present.",
    ],
)
def test_a_report_that_was_read_is_not_listed(conclusion: str) -> None:
    resources = chart(report("Myeloid panel", conclusion, status="final"))
    to_patient(resources)
    assert reasons(resources) == []


def test_a_value_that_was_not_understood_is_listed() -> None:
    resources = chart(observation("Molecular report", valueString="FLT3-ITD: see addendum"))
    assert to_patient(resources).genes == ()
    assert reasons(resources) == ["text-not-read"]


KINDS = (
    "Patient", "Condition", "Observation", "DiagnosticReport", "Procedure", "CarePlan",
    "MedicationRequest", "MedicationAdministration", "MedicationStatement",
)  # fmt: skip
PDF = [{"contentType": "application/pdf", "url": "https://x.example/1.pdf"}]


def test_a_report_that_is_only_an_attachment_is_listed() -> None:
    resources = chart({**report("Myeloid panel", "", status="final"), "presentedForm": PDF})
    to_patient(resources)
    assert reasons(resources) == ["attachment-not-read"]


def test_an_attachment_beside_a_conclusion_is_not_listed() -> None:
    read = report("Myeloid panel", "NPM1 mutated.", status="final")
    resources = chart({**read, "presentedForm": PDF})
    to_patient(resources)
    assert reasons(resources) == []


def test_an_attachment_on_something_else_is_not_listed() -> None:
    resources = chart({**report("Chest X-ray", "", status="final"), "presentedForm": PDF})
    to_patient(resources)
    assert reasons(resources) == []


def _is_element(field: str, name: str) -> bool:
    if field == "value[x]":
        return name.startswith("value") or name in ("interpretation", "dataAbsentReason")
    return field == name


def _words(source: Source) -> set[str]:
    return set(re.findall(r"\w+", source.text.lower()))


def _all_words(element: Any) -> set[str]:
    if isinstance(element, dict):
        return set().union(*(_all_words(part) for part in element.values()))
    if isinstance(element, list):
        return set().union(*(_all_words(part) for part in element))
    return set(re.findall(r"\w+", str(element).lower()))
