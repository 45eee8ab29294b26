"""Drafts of orders in the shapes that clients send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from aml.ordering import Draft, Procedure
from fhir_mapping.drafts import read_drafts
from fhir_mapping.resources import Resources
from tests.fhir_mapping.record import coded, record

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
GILTERITINIB = coded("2105806", "gilteritinib", RXNORM)


def read(*drafts: Mapping[str, Any], selections: list[Any] | None = None) -> tuple[Draft, ...]:
    """As an EHR sends them, for patient `p`; a draft without type is a MedicationRequest."""
    entries = [{"resource": _draft(i, draft)} for i, draft in enumerate(drafts)]
    return read_drafts({"resourceType": "Bundle", "entry": entries}, selections, record())


def _draft(number: int, draft: Mapping[str, Any]) -> dict[str, Any]:
    kind = {"resourceType": "MedicationRequest", "id": f"d{number}", "status": "draft"}
    return {**kind, "subject": {"reference": "Patient/p"}, **draft}


def drugs(draft: Mapping[str, Any], *beside: Mapping[str, Any]) -> set[str]:
    """What the first draft orders."""
    found = {each.reference: each for each in read(draft, *beside)}
    first = found.get(f"{draft.get('resourceType', 'MedicationRequest')}/d0")
    return set(first.drugs) if first else set()


def procedures(text: str) -> set[Procedure]:
    found = read({"resourceType": "ServiceRequest", "code": {"text": text}})
    return {procedure for draft in found for procedure in draft.procedures}


def text(said: str) -> dict[str, Any]:
    return {"medicationCodeableConcept": {"text": said}}


@pytest.mark.parametrize(
    "concept",
    [
        GILTERITINIB,
        {"text": "gilteritinib 40 mg tablets"},
        {"text": "Xospata 40 MG Oral Tablet"},
        coded("L01EX13", system="http://www.whocc.no/atc"),
        {"coding": [{"display": "gilteritinib fumarate"}]},
    ],
    ids=["code", "text", "brand", "ATC", "display"],
)
def test_a_medication_is_known_by_code_text_and_brand(concept: dict[str, Any]) -> None:
    assert drugs({"medicationCodeableConcept": concept}) == {"gilteritinib"}


def test_a_medication_may_be_contained() -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": GILTERITINIB}
    reference = {"medicationReference": {"reference": "#m"}, "contained": [medication]}
    assert drugs(reference) == {"gilteritinib"}


def test_a_medication_may_stand_beside_its_order() -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": GILTERITINIB}
    order = {"medicationReference": {"reference": "Medication/m"}}
    assert drugs(order, medication) == {"gilteritinib"}


def test_a_medication_may_stand_in_the_record() -> None:
    known = record({"resourceType": "Medication", "id": "m", "code": GILTERITINIB})
    order = _draft(0, {"medicationReference": {"reference": "Medication/m"}})
    found = read_drafts({"resourceType": "Bundle", "entry": [{"resource": order}]}, None, known)
    assert [draft.drugs for draft in found] == [{"gilteritinib"}]


def test_a_medication_that_is_nowhere_is_known_by_its_display() -> None:
    reference = {"reference": "Medication/elsewhere", "display": "Venclexta 100 mg"}
    assert drugs({"medicationReference": reference}) == {"venetoclax"}


def test_the_older_and_the_newer_fhir_name_the_medication_too() -> None:
    assert drugs({"resourceType": "MedicationOrder", **text("gilteritinib")}) == {
        "gilteritinib"
    }
    assert drugs({"medication": {"concept": GILTERITINIB}}) == {"gilteritinib"}


def test_a_draft_without_a_drug_or_with_one_that_no_rule_knows_is_none() -> None:
    assert read({}, text("paracetamol 500 mg"), {"medicationCodeableConcept": 7}) == ()


def test_other_kinds_of_orders_are_none() -> None:
    diet = {"resourceType": "NutritionOrder", "foodPreferenceModifier": [GILTERITINIB]}
    assert read(diet, {"resourceType": "VisionPrescription"}) == ()


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "stopped", "completed"])
def test_what_is_no_order_any_more_is_none(status: str) -> None:
    assert read({"status": status, **text("gilteritinib")}) == ()


def test_what_is_not_to_be_done_is_none() -> None:
    assert read({"doNotPerform": True, **text("gilteritinib")}) == ()


def test_the_draft_of_another_patient_is_none() -> None:
    assert read({"subject": {"reference": "Patient/q"}, **text("gilteritinib")}) == ()


def test_a_draft_need_not_say_whose_it_is() -> None:
    entry = {"resource": {"resourceType": "MedicationRequest", "id": "d", **text("Xospata")}}
    [draft] = read_drafts({"resourceType": "Bundle", "entry": [entry]}, None, Resources("p"))
    assert draft.reference == "MedicationRequest/d"


def test_a_draft_without_id_is_judged_but_cannot_be_named() -> None:
    entry = {"resource": {"resourceType": "MedicationRequest", **text("gilteritinib")}}
    [draft] = read_drafts({"resourceType": "Bundle", "entry": [entry]}, None, record())
    assert draft.reference == ""
    assert draft.drugs == {"gilteritinib"}


def test_cytarabine_into_the_spinal_canal_is_no_treatment_of_the_marrow() -> None:
    route = {"dosageInstruction": [{"route": {"text": "intrathecal"}}]}
    assert drugs(text("cytarabine 40 mg") | route) == set()


@pytest.mark.parametrize(
    ("said", "procedure"),
    [
        ("Donor lymphocyte infusion", Procedure.DONOR_LYMPHOCYTES),
        ("DLI 1 x 10^6 CD3/kg", Procedure.DONOR_LYMPHOCYTES),
        ("Spenderlymphozyten", Procedure.DONOR_LYMPHOCYTES),
        ("Allogeneic stem cell transplantation", Procedure.ALLOGENEIC_HCT),
        ("allo-HSCT from matched unrelated donor", Procedure.ALLOGENEIC_HCT),
        ("Taper of immunosuppression", Procedure.TAPER),
        ("Ciclosporin ausschleichen", Procedure.TAPER),
        ("Reduce tacrolimus", Procedure.TAPER),
        ("MRD by flow cytometry", Procedure.MRD_TEST),
        ("FLT3 mutation analysis", Procedure.MOLECULAR_TEST),
        ("Myeloid NGS panel", Procedure.MOLECULAR_TEST),
        ("Immunophenotyping with CD33", Procedure.IMMUNOPHENOTYPE),
    ],
)
def test_a_service_is_known_by_its_words(said: str, procedure: Procedure) -> None:
    assert procedures(said) == {procedure}


@pytest.mark.parametrize(
    "said",
    [
        "Collection of donor lymphocytes",
        "Donor search for allogeneic transplantation",
        "Autologous stem cell transplantation",
        "Kidney transplantation",
        "Tacrolimus level",
        "Chest X-ray",
    ],
)
def test_a_service_that_only_sounds_like_it_is_none(said: str) -> None:
    assert procedures(said) == set()


def test_chemotherapy_may_be_ordered_as_a_service() -> None:
    request = {"resourceType": "ServiceRequest", "code": {"text": "Chemotherapy FLAG-IDA"}}
    assert drugs(request) >= {"fludarabine", "cytarabine", "idarubicin"}
    details = {"code": {"text": "Chemotherapy"}, "orderDetail": [{"text": "MEC"}]}
    assert "mitoxantrone" in drugs({"resourceType": "ServiceRequest", **details})


def test_the_level_of_a_drug_is_not_the_drug() -> None:
    level = {"resourceType": "ServiceRequest", "code": {"text": "Posaconazole level"}}
    assert drugs(level) == set()


def test_a_care_plan_names_its_regimen() -> None:
    [draft] = read({"resourceType": "CarePlan", "title": "Azacitidine + venetoclax, cycle 1"})
    assert draft.drugs == {"azacitidine", "venetoclax"}
    [draft] = read({"resourceType": "CarePlan", "title": "FLAG-IDA"})
    assert draft.regimen == "flag-ida"


def test_a_group_of_requests_names_its_drugs_at_every_depth() -> None:
    inner = {"title": "Day 1", "action": [{"textEquivalent": "venetoclax 100 mg"}]}
    group = {"resourceType": "RequestGroup", "action": [inner, {"description": "azacitidine"}]}
    assert drugs(group) == {"azacitidine", "venetoclax"}


def test_a_plan_may_contain_its_orders() -> None:
    order = {"resourceType": "MedicationRequest", "id": "o", **text("gilteritinib")}
    plan = {"resourceType": "CarePlan", "title": "Plan", "contained": [order]}
    assert drugs(plan) == {"gilteritinib"}


@pytest.mark.parametrize("selected", ["MedicationRequest/d1", "d1"])
def test_only_what_was_selected_is_to_be_judged(selected: str) -> None:
    found = read(text("venetoclax"), text("gilteritinib"), selections=[selected, 7, None])
    assert [draft.selected for draft in found] == [False, True]


def test_without_selections_everything_is_to_be_judged() -> None:
    assert all(draft.selected for draft in read(text("venetoclax"), text("gilteritinib")))


def test_what_a_draft_says_is_kept_short() -> None:
    [draft] = read(text("gilteritinib " + "x" * 500))
    assert len(draft.says) <= 80
    assert draft.says.startswith("gilteritinib")
