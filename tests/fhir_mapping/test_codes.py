from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from aml.patient import Finding
from fhir_mapping import codes, to_patient
from fhir_mapping.answers import Answer
from fhir_mapping.codes import concepts_of
from fhir_mapping.local_codes import forget_local, load_codes
from fhir_mapping.resources import Resources
from fhir_mapping.skim import Bundle, skimmed
from tests.fhir_mapping.chart import CPT, ICD, ICD_CM, ICD_GM, ICD_O, LOINC, SNOMED, code


@pytest.mark.parametrize(
    ("system", "value", "concept"),
    [
        (SNOMED, "91861009", "aml"),
        ("", "91861009", "aml"),
        (ICD, "C92.0", "aml"),
        (ICD_CM, "C92.02", "aml_relapse"),
        (ICD_CM, "C9202", "aml_relapse"),
        (ICD_GM, "C92.01 G", "aml_remission"),
        (ICD_GM, "C92.40", "apl"),
        (ICD_O, "98613", "aml"),
        (ICD_O, "M9866/3", "apl"),
        ("http://hl7.org/fhir/sid/icd-o-3", "9861/3", "aml"),
        ("", "9877/3", "aml"),
        (CPT, "38240", "hsct_allo"),
        (LOINC, "89247-1", "ecog"),
        ("", "MAR", "spec_marrow"),
        (ICD_CM, "I50.22", "heart_failure"),
    ],
)
def test_a_code_names_its_concept(system: str, value: str, concept: str) -> None:
    assert concept in concepts_of(code(value, system))


@pytest.mark.parametrize(
    ("system", "value"),
    [
        ("https://lab.example", "91861009"),
        ("", "38240"),
        ("", "3041"),
        (LOINC, "1-8"),
        (ICD, "C9"),
    ],
)
def test_a_code_of_another_or_no_system_names_nothing(system: str, value: str) -> None:
    assert concepts_of(code(value, system)) == frozenset()


def test_a_recalled_code_gives_way_to_a_display_of_something_else() -> None:
    assert concepts_of(code("38240", CPT, "Appendectomy")) == frozenset()


def test_the_world_edition_has_no_digit_for_remission() -> None:
    assert concepts_of(code("C92.0", ICD)) == {"aml"}


def test_a_sites_own_codes_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "_local_rows", [])
    table = tmp_path / "codes.csv"
    table.write_text("concept_id,system,code,display\necog,https://lab.example,PS,\n")
    load_codes([table])
    found = concepts_of(code("PS", "https://lab.example"))
    monkeypatch.undo()
    codes._index.cache_clear()
    assert found == {"ecog"}


def test_a_site_code_for_an_unknown_concept_is_refused_by_line(tmp_path: Path) -> None:
    table = tmp_path / "codes.csv"
    table.write_text("concept_id,system,code\nshoe_size,https://lab.example,S\n")
    with pytest.raises(
        ValueError, match="line 2, column concept_id: no concept is called 'shoe_size'"
    ):
        load_codes([table])


def test_a_line_for_a_text_holds_for_names_and_answers_in_every_way_in(tmp_path: Path) -> None:
    subject = {"reference": "Patient/p"}
    results = [
        {
            "id": "plt",
            "code": {"text": "Trombocyten"},
            "valueQuantity": {"value": 20, "unit": "10*9/L"},
        },
        {"id": "itd", "code": {"text": "F3I"}, "valueString": "aangetoond"},
    ]
    entries = [
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "subject": subject,
                **r,
            }
        }
        for r in results
    ]
    raw = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    bundle = msgspec.json.decode(raw, type=Bundle)
    assert skimmed(bundle, "p") == Answer()
    table = tmp_path / "codes.csv"
    lines = ("concept_id,system,code", "plt,text,trombocyten", "FLT3-ITD,text,F3I",
             "detected,text,Aangetoond")  # fmt: skip
    table.write_text("\n".join(lines))
    load_codes([table])
    resources = Resources("p")
    resources.add("observations", skimmed(bundle, "p"))
    patient = to_patient(resources)
    forget_local()
    assert [m.name for m in patient.measurements] == ["platelets_1e9_per_l"]
    found = [(g.alteration, g.finding) for g in patient.genes]
    assert found == [("FLT3-ITD", Finding.DETECTED)]
