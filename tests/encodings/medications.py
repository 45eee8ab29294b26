"""How a drug is named (6): by code, brand, salt or words, in place or by reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.terms import ATC, LOCAL, RXNORM, coded, worded


@dataclass(frozen=True)
class Drug:
    """RxNorm of the ingredient and of the brand, ATC; "" where none is known."""

    name: str
    rxnorm: str
    brand: str
    brand_rxnorm: str
    atc: str
    words: str  # as a pharmacy writes it
    salt: str
    german: str


_DRUGS = (
    Drug("cytarabine", "3041", "Alexan", "", "L01BC01", "cytarabine 1000 mg vial",
         "cytarabine hydrochloride", "Cytarabin"),
    Drug("daunorubicin", "3109", "Cerubidine", "", "L01DB02", "daunorubicin 5 mg/mL injection",
         "daunorubicin hydrochloride", "Daunorubicin"),
    Drug("cpx-351", "", "Vyxeos", "1942744", "L01XY01", "CPX-351 (Vyxeos)",
         "liposomal daunorubicin and cytarabine", "Vyxeos liposomal"),
    Drug("midostaurin", "1919083", "Rydapt", "1919089", "L01EX10", "midostaurin 25 mg capsule",
         "midostaurin", "Midostaurin"),
    Drug("gilteritinib", "2105806", "Xospata", "2105812", "L01EX13",
         "gilteritinib 40 mg tab, 3 tabs daily", "gilteritinib fumarate", "Gilteritinib"),
    Drug("azacitidine", "1251", "Vidaza", "545203", "L01BC07", "azacitidine 100 mg s.c.",
         "azacitidine", "Azacitidin"),
    Drug("decitabine", "15657", "Dacogen", "636242", "L01BC08", "decitabine 50 mg i.v.",
         "decitabine", "Decitabin"),
    Drug("venetoclax", "1747556", "Venclexta", "", "L01XX52", "venetoclax 100 mg tablet",
         "venetoclax", "Venetoclax"),
    Drug("ciclosporin", "3008", "Sandimmun", "", "L04AD01", "cyclosporine 100 mg capsule",
         "ciclosporin", "Ciclosporin"),
    Drug("posaconazole", "282446", "Noxafil", "", "J02AC04", "posaconazole 100 mg DR tablet",
         "posaconazole", "Posaconazol"),
)  # fmt: skip
DRUGS = {drug.name: drug for drug in _DRUGS}

Concept: TypeAlias = Callable[[Drug], Json]
Naming: TypeAlias = Callable[[Pen, Drug, Json], list[Json]]

CONCEPT: Choice[Concept] = Choice("name of a drug")
NAMING: Choice[Naming] = Choice("place of a drug's name")


@CONCEPT.way("6", "RxNorm ingredient", lambda drug: bool(drug.rxnorm))
def _rxnorm(drug: Drug) -> Json:
    return coded(drug.rxnorm, drug.name, RXNORM)


@CONCEPT.way("6", "words with strength")
def _words(drug: Drug) -> Json:
    return worded(drug.words)


@CONCEPT.way("6", "RxNorm brand", lambda drug: bool(drug.brand_rxnorm))
def _rxnorm_brand(drug: Drug) -> Json:
    return coded(drug.brand_rxnorm, drug.brand, RXNORM)


@CONCEPT.way("6", "brand in words")
def _brand(drug: Drug) -> Json:
    return worded(drug.brand)


@CONCEPT.way("6", "ATC", lambda drug: bool(drug.atc))
def _atc(drug: Drug) -> Json:
    return coded(drug.atc, system=ATC)


@CONCEPT.way("6", "salt in words")
def _salt(drug: Drug) -> Json:
    return worded(drug.salt.capitalize())


@CONCEPT.way("6", "German words")
def _german(drug: Drug) -> Json:
    return worded(drug.german)


@CONCEPT.way("6", "NDC, and words")
def _ndc(drug: Drug) -> Json:
    return coded("00469-1425-90", system="http://hl7.org/fhir/sid/ndc", text=drug.words)


@CONCEPT.way("6", "local code and display")
def _local(drug: Drug) -> Json:
    return coded(f"MED{drug.name[:3].upper()}", drug.name, LOCAL)


@NAMING.way("6", "medicationCodeableConcept")
def _in_place(pen: Pen, drug: Drug, resource: Json) -> list[Json]:
    resource["medicationCodeableConcept"] = pen.take(CONCEPT, drug)(drug)
    return []


@NAMING.way("6", "contained Medication")
def _contained(pen: Pen, drug: Drug, resource: Json) -> list[Json]:
    code = pen.take(CONCEPT, drug)(drug)
    resource["contained"] = [{"resourceType": "Medication", "id": "m", "code": code}]
    resource["medicationReference"] = {"reference": "#m"}
    return []


@NAMING.way("6", "ingredient of a contained Medication")
def _ingredient(pen: Pen, drug: Drug, resource: Json) -> list[Json]:
    part = {"itemCodeableConcept": pen.take(CONCEPT, drug)(drug)}
    resource["contained"] = [{"resourceType": "Medication", "id": "m", "ingredient": [part]}]
    resource["medicationReference"] = {"reference": "#m"}
    return []


@NAMING.way("6", "Medication of its own")
def _referred(pen: Pen, drug: Drug, resource: Json) -> list[Json]:
    medication: Json = {"resourceType": "Medication", "id": pen.id("medication")}
    medication["code"] = pen.take(CONCEPT, drug)(drug)
    resource["medicationReference"] = {"reference": f"Medication/{medication['id']}"}
    return [medication]


@NAMING.way("6", "display of a reference")
def _display(pen: Pen, drug: Drug, resource: Json) -> list[Json]:
    resource["medicationReference"] = {"display": drug.brand}
    return []
