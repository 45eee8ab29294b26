from __future__ import annotations

import pytest

from fhir_mapping.drugs import Named, ingredients_of, named_by, named_in
from tests.fhir_mapping.chart import ATC, RXNORM, code

SEVEN_THREE = {"cytarabine", "daunorubicin"}


@pytest.mark.parametrize(
    ("text", "drugs", "regimen"),
    [
        ("gilteritinib 40 mg tab, 3 tabs daily", {"gilteritinib"}, ""),
        ("Gilteritinib fumarate", {"gilteritinib"}, ""),
        ("Xospata", {"gilteritinib"}, ""),
        ("Azacitidin + Venetoclax", {"azacitidine", "venetoclax"}, ""),
        ("Ven/Aza cycle 3", {"azacitidine", "venetoclax"}, "aza-ven"),
        ("7+3 + midostaurin induction", SEVEN_THREE | {"midostaurin"}, "7+3"),
        ("DA 3+7", SEVEN_THREE, "7+3"),
        (
            "FLAG-Ida C1D1",
            {"fludarabine", "cytarabine", "idarubicin", "filgrastim"},
            "flag-ida",
        ),
        ("Vyxeos", {"cpx-351"}, ""),
        ("CPX-351 (liposomal cytarabine and daunorubicin)", {"cpx-351"}, ""),
        ("HiDAC", {"cytarabine"}, "hidac"),
        ("LDAC", {"cytarabine"}, "ldac"),
        ("Cyclosporine A", {"ciclosporin"}, ""),
        ("Mycophenolat mofetil", {"mycophenolate"}, ""),
        ("St. John's wort", {"st-johns-wort"}, ""),
        ("methylprednisolone 40 mg", {"methylprednisolone"}, ""),
        ("7+3, cycle 2", SEVEN_THREE, "7+3"),
        ("7+3 induction; gilteritinib declined", SEVEN_THREE, "7+3"),
        ("Decitabine/Cedazuridine", {"decitabine-cedazuridine"}, ""),
    ],
)
def test_a_text_names_drugs_and_regimen(text: str, drugs: set[str], regimen: str) -> None:
    assert named_in(text) == Named(frozenset(drugs), regimen)


@pytest.mark.parametrize(
    "text",
    [
        "vitamin D3",
        "7/3/2025",
        "tacrolimus 0.1 % ointment",
        "prednisolone eye drops",
        "no midostaurin",
        "failure of 7+3",
        "Z. n. Azacitidin",
        "Z.n. 7+3",
        "venetoclax-naive",
        "consider gilteritinib",
        "allergic to cytarabine",
        "methotrexate 12 mg intrathecal",
        "Hamburg",
        "tacrolimus level",
        "midostaurin or placebo",
        "Quizartinib/Placebo (verblindet)",
        "7+3, cycle 2 cancelled",
        "azacitidine and venetoclax declined",
        "7+3 or FLAG-Ida",
        "CPX-351 vs. 7+3",
    ],
)
def test_a_text_that_gives_no_drug_names_none(text: str) -> None:
    assert named_in(text).drugs == frozenset()


def test_after_a_failed_regimen_only_the_new_one_is_named() -> None:
    assert named_in("Salvage after failure of 7+3: MEC").regimen == "mec"


@pytest.mark.parametrize(
    ("system", "value", "drug"),
    [
        (RXNORM, "2105806", "gilteritinib"),
        (RXNORM, "2105812", "gilteritinib"),
        ("urn:oid:2.16.840.1.113883.6.88", "2105806", "gilteritinib"),
        (ATC, "L01BC07", "azacitidine"),
        (RXNORM, "2017575", "cpx-351"),
    ],
)
def test_a_code_names_its_drug(system: str, value: str, drug: str) -> None:
    assert named_by(code(value, system)).drugs == {drug}


def test_a_product_wins_over_its_ingredients() -> None:
    concept = code("2017575", RXNORM, "cytarabine / daunorubicin")
    assert named_by(concept) == Named(frozenset({"cpx-351"}))


def test_a_brand_wins_over_the_ingredients_code() -> None:
    assert named_by(code("1251", RXNORM, text="Onureg")).drugs == {"oral-azacitidine"}


def test_azacitidine_tablets_are_oral_azacitidine() -> None:
    assert named_by({"text": "azacitidine 300 mg tablet"}).drugs == {"oral-azacitidine"}


def test_a_code_and_a_text_for_different_drugs_are_in_conflict() -> None:
    assert named_by(code("1251", RXNORM, text="venetoclax")) == Named(conflict=True)


def test_a_medication_is_named_by_its_ingredients() -> None:
    ingredient = {"itemCodeableConcept": {"text": "Gilteritinib fumarate"}}
    assert ingredients_of({"ingredient": [ingredient]}).drugs == {"gilteritinib"}
