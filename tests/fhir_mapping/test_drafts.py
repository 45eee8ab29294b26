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


VENETOCLAX = {"text": "venetoclax 100 mg"}
SUBSTANCE = {"resourceType": "Substance", "id": "s", "code": {"text": "gilteritinib"}}


@pytest.mark.parametrize(
    "parts",
    [
        [{"ingredient": [{"itemReference": {"reference": "#s"}}]}, SUBSTANCE],
        [{"ingredient": [{"item": {"reference": {"reference": "#s"}}}]}, SUBSTANCE],
        [{"ingredient": [{"item": {"concept": {"text": "gilteritinib"}}}]}],
        [{"product": {"ingredient": [{"item": {"reference": "#s"}}]}}, SUBSTANCE],
        [{"product": {"ingredient": [{"item": {"display": "gilteritinib"}}]}}],
    ],
    ids=["R4", "R5", "R5 concept", "DSTU2", "DSTU2 display"],
)
def test_a_medication_is_known_by_what_its_ingredients_refer_to(parts: list[Any]) -> None:
    medication = {"resourceType": "Medication", "id": "m", **parts[0]}
    draft = {"contained": [medication, *parts[1:]], "medicationReference": {"reference": "#m"}}
    assert drugs(draft) == {"gilteritinib"}


def test_a_contained_medication_may_be_named_without_its_mark() -> None:
    contained = {"resourceType": "Medication", "id": "m", "code": GILTERITINIB}
    draft = {"contained": [contained], "medicationReference": {"reference": "m"}}
    assert drugs(draft) == {"gilteritinib"}


@pytest.mark.parametrize("said", [True, "true"])
def test_what_is_not_to_be_done_is_none_however_it_is_written(said: object) -> None:
    assert read({"medicationCodeableConcept": GILTERITINIB, "doNotPerform": said}) == ()


@pytest.mark.parametrize("kind", ["CarePlan", "RequestGroup"])
def test_a_plan_may_contain_requests_for_a_service(kind: str) -> None:
    code = {"text": "Donor lymphocyte infusion"}
    inner = {"resourceType": "ServiceRequest", "id": "s", "code": code}
    [draft] = read({"resourceType": kind, "contained": [inner]})
    assert draft.procedures == {Procedure.DONOR_LYMPHOCYTES}


def test_what_a_plan_contains_and_does_not_want_is_none() -> None:
    inner = {"resourceType": "MedicationRequest", "id": "a", "doNotPerform": True}
    inner = {**inner, "medicationCodeableConcept": VENETOCLAX}
    assert read({"resourceType": "RequestGroup", "contained": [inner]}) == ()


def test_an_activity_of_a_plan_may_refer_to_its_product() -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": VENETOCLAX}
    activity = {"detail": {"productReference": {"reference": "#m"}}}
    plan = {"resourceType": "CarePlan", "contained": [medication], "activity": [activity]}
    assert drugs(plan) == {"venetoclax"}


def test_the_detail_of_a_request_may_say_what_is_to_change() -> None:
    request = {"resourceType": "ServiceRequest", "code": {"text": "Change immunosuppression"}}
    [draft] = read(request | {"orderDetail": [{"text": "taper tacrolimus over 4 weeks"}]})
    assert draft.names == ("taper-immunosuppression",)


@pytest.mark.parametrize("dosage", ["taper over 4 weeks", "über 4 Wochen ausschleichen"])
def test_a_prescription_may_be_a_taper(dosage: str) -> None:
    ordered = text("tacrolimus 1 mg") | {"dosageInstruction": [{"text": dosage}]}
    [draft] = read(ordered)
    assert draft.names == ("tacrolimus", "taper-immunosuppression")


@pytest.mark.parametrize(
    ("said", "dosage"),
    [("tacrolimus 1 mg", "stop if creatinine rises"), ("prednisone 5 mg", "taper")],
)
def test_a_prescription_that_goes_on_or_is_of_a_steroid_is_no_taper(
    said: str, dosage: str
) -> None:
    ordered = read(text(said) | {"dosageInstruction": [{"text": dosage}]})
    assert all(not draft.procedures for draft in ordered)


def test_donor_lymphocytes_may_be_ordered_as_a_product() -> None:
    [draft] = read(text("Donor lymphocytes (DLI), CD3 1 x 10^6/kg"))
    assert draft.procedures == {Procedure.DONOR_LYMPHOCYTES}


def test_a_procedure_request_of_stu3_is_a_request() -> None:
    request = {"resourceType": "ProcedureRequest", "code": {"text": "alloSCT"}}
    [draft] = read(request)
    assert draft.procedures == {Procedure.ALLOGENEIC_HCT}


@pytest.mark.parametrize(
    "said",
    [
        "gilteritinib 40 mg, avoid strong CYP3A inducers such as rifampicin",
        "gilteritinib 40 mg (do not take together with rifampicin)",
        "Gilteritinib 40 mg, starke Induktoren wie Rifampicin vermeiden",
    ],
)
def test_what_an_order_warns_of_is_not_ordered(said: str) -> None:
    assert drugs(text(said)) == {"gilteritinib"}


@pytest.mark.parametrize(
    "said", ["planned: gilteritinib 40 mg", "gilteritinib 40 mg is planned"]
)
def test_an_order_that_says_it_is_planned_is_an_order(said: str) -> None:
    assert drugs(text(said)) == {"gilteritinib"}


def test_a_code_and_words_for_different_drugs_order_both() -> None:
    concept = coded("2105806", system=RXNORM) | {"text": "ivosidenib"}
    assert drugs({"medicationCodeableConcept": concept}) == {"gilteritinib", "ivosidenib"}


def test_an_activity_of_a_draft_has_not_started_and_counts_all_the_same() -> None:
    activity = {"detail": {"status": "not-started", "description": "azacitidine 75 mg/m2"}}
    assert drugs({"resourceType": "CarePlan", "activity": [activity]}) == {"azacitidine"}


@pytest.mark.parametrize("detail", [{"status": "cancelled"}, {"doNotPerform": True}])
def test_an_activity_that_is_not_to_be_done_is_none(detail: dict[str, Any]) -> None:
    activity = {"detail": {"description": "azacitidine 75 mg/m2", **detail}}
    assert read({"resourceType": "CarePlan", "activity": [activity]}) == ()


@pytest.mark.parametrize(
    "selected",
    [
        "https://ehr.example/fhir/MedicationRequest/d1",
        "MedicationRequest/d1/_history/2",
        "d1",
    ],
)
def test_a_selection_may_be_a_whole_address(selected: str) -> None:
    concept = {"medicationCodeableConcept": VENETOCLAX}
    found = read(concept, concept, selections=[selected])
    assert [draft.selected for draft in found] == [False, True]


def test_a_draft_without_id_is_selected_by_its_address() -> None:
    address = "urn:uuid:6e3f0c1e-0000-4000-8000-000000000001"
    draft = {"resourceType": "MedicationRequest", "medicationCodeableConcept": VENETOCLAX}
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": address, "resource": draft}]}
    for selected in (address, f"MedicationRequest/{address.removeprefix('urn:uuid:')}"):
        [found] = read_drafts(bundle, [selected], record())
        assert found.selected
        assert found.reference == ""


def test_a_plan_may_taper_immunosuppression() -> None:
    [draft] = read({"resourceType": "CarePlan", "title": "Taper ciclosporin over 4 weeks"})
    assert Procedure.TAPER in draft.procedures


@pytest.mark.parametrize(
    ("subject", "ours"),
    [
        ({"display": "Somebody"}, True),
        ({"identifier": {"system": "urn:mrn", "value": "1"}}, True),
        ({}, True),
        (None, True),
        ({"reference": "Patient/p/_history/2"}, True),
        ({"reference": "https://ehr.example/fhir/Patient/p"}, True),
        ({"reference": "Patient/q"}, False),
        ({"reference": "Group/p"}, False),
    ],
    ids=str,
)
def test_a_draft_is_of_the_patient_unless_it_refers_to_another(
    subject: Any, ours: bool
) -> None:
    draft = {"medicationCodeableConcept": GILTERITINIB, "subject": subject}
    assert bool(read(draft)) is ours
