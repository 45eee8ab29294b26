"""A synthetic ward: patients with and without AML, and what is ordered for them in a stay.

Nothing here is of a real person. The same seed gives the same ward.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

DAY = date(2026, 6, 1)  # on which everybody is on the ward
MOST_IN_BASKET = 4
Resource = dict[str, Any]
Choices = Mapping[str, int]  # an order, and how often of all those of its list

# What is ordered on any ward.
COMMON: Choices = {
    "paracetamol 500 mg": 8,
    "pantoprazole 40 mg": 8,
    "enoxaparin 40 mg": 5,
    "metoprolol 47.5 mg": 4,
    "ramipril 5 mg": 4,
    "ondansetron 8 mg": 4,
    "levofloxacin 500 mg": 3,
    "piperacillin/tazobactam 4.5 g": 3,
    "potassium chloride 40 mmol": 3,
    "furosemide 20 mg": 3,
    "insulin aspart": 2,
    "haloperidol 1 mg": 1,
    "request: chest X-ray": 3,
    "request: blood count": 6,
    "request: ECG": 2,
    "request: transfusion of red cells": 2,
}
# What a patient with AML gets beside the treatment of the leukemia.
SUPPORT: Choices = {
    "posaconazole 300 mg": 5,
    "aciclovir 400 mg": 5,
    "allopurinol 300 mg": 4,
    "ciprofloxacin 500 mg": 3,
    "fluconazole 200 mg": 2,
    "micafungin 50 mg": 2,
    "filgrastim 480 mcg": 2,
    "hydroxyurea 1 g": 2,
    "request: transfusion of platelets": 6,
    "request: MRD by flow cytometry": 1,
    "request: myeloid NGS panel": 1,
}
# Illnesses other than AML, some with the drugs that AML is treated with.
OTHER: Mapping[str, Choices] = {
    "Pneumonia": {},
    "Heart failure": {"amiodarone 200 mg": 1},
    "Hip fracture": {},
    "Invasive aspergillosis": {"voriconazole 200 mg": 1, "posaconazole 300 mg": 1},
    "Chronic lymphocytic leukemia": {"venetoclax 400 mg": 2, "ibrutinib 420 mg": 1},
    "Multiple myeloma": {"venetoclax 800 mg": 1, "lenalidomide 25 mg": 2},
    "Chronic myeloid leukemia": {"dasatinib 100 mg": 2, "hydroxyurea 1 g": 1},
    "Myelodysplastic syndrome": {"azacitidine 75 mg/m2": 3, "plan: azacitidine": 1},
    "Acute lymphoblastic leukemia": {"cytarabine 2 g/m2": 2, "methotrexate 1 g/m2": 1},
    "Diffuse large B-cell lymphoma": {"cytarabine 2 g/m2": 1, "etoposide 100 mg/m2": 1},
    "Hepatocellular carcinoma": {"sorafenib 400 mg": 3},
    "Cholangiocarcinoma": {"ivosidenib 500 mg": 3},
    "Systemic mastocytosis": {"midostaurin 100 mg": 3},
    "Kidney transplant": {"tacrolimus 2 mg": 3, "request: tacrolimus level": 2},
    "Tuberculosis": {"rifampicin 600 mg": 3},
    "Epilepsy": {"carbamazepine 400 mg": 2, "phenytoin 300 mg": 1},
}


@dataclass(frozen=True, slots=True)
class Situation:
    """AML at one point of its course: the record in a few lines, and what is ordered for it.

    `right` is what fits, `amiss` what should draw an alert; one order in twelve is of those.
    """

    results: Sequence[tuple[str, str, str]] = ()  # test, day, answer
    drugs: Sequence[tuple[str, str, str]] = ()  # drug or regimen, start, end ("": goes on)
    hct: str = ""
    gvhd: str = ""
    right: Sequence[str] = ()
    amiss: Sequence[str] = ()


_INDUCTION = ("7+3", "2025-01-12", "2025-01-19")
_REMISSION = ("Disease status", "2025-03-01", "complete remission")
_RELAPSE = ("Blasts in bone marrow", "2026-05-20", "42 %")
SITUATIONS: Mapping[str, Situation] = {
    "newly diagnosed": Situation(
        right=("plan: 7+3", "midostaurin 50 mg"), amiss=("venetoclax 400 mg & posaconazole",)
    ),
    "in first remission": Situation(
        results=[_REMISSION], drugs=[_INDUCTION], right=("plan: intermediate-dose cytarabine",)
    ),
    "relapsed with FLT3-ITD": Situation(
        results=[_REMISSION, _RELAPSE, ("FLT3-ITD", "2026-05-21", "Detected")],
        drugs=[_INDUCTION],
        right=("gilteritinib 40 mg tablets", "gilteritinib 120 mg daily"),
        amiss=("quizartinib 26.5 mg", "ivosidenib 500 mg"),
    ),
    "relapsed, FLT3-ITD lost": Situation(
        results=[
            ("FLT3-ITD", "2025-01-10", "Detected"),
            _REMISSION,
            _RELAPSE,
            ("FLT3-ITD", "2026-05-21", "Not detected"),
        ],
        drugs=[_INDUCTION],
        right=("plan: FLAG-IDA",),
        amiss=("gilteritinib 40 mg tablets",),
    ),
    "relapsed, FLT3 not retested": Situation(
        results=[("FLT3-ITD", "2025-01-10", "Detected"), _REMISSION, _RELAPSE],
        drugs=[_INDUCTION],
        right=("request: FLT3 mutation analysis",),
        amiss=("gilteritinib 40 mg tablets",),
    ),
    "relapsed with IDH1": Situation(
        results=[_REMISSION, _RELAPSE, ("IDH1 mutation", "2026-05-21", "Detected")],
        drugs=[_INDUCTION],
        right=("ivosidenib 500 mg", "olutasidenib 150 mg"),
        amiss=("enasidenib 100 mg", "gemtuzumab ozogamicin 3 mg/m2"),
    ),
    "relapsed after HMA/venetoclax": Situation(
        results=[_REMISSION, _RELAPSE],
        drugs=[("azacitidine + venetoclax", "2025-01-12", "2026-05-01")],
        right=("request: palliative care consultation",),
        amiss=("plan: FLAG-IDA", "gilteritinib 40 mg tablets"),
    ),
    "relapsed after HCT, GVHD": Situation(
        results=[_REMISSION, _RELAPSE],
        drugs=[_INDUCTION, ("tacrolimus", "2025-07-01", "")],
        hct="2025-06-20",
        gvhd="2026-05-01",
        right=("tacrolimus 1 mg",),
        amiss=("request: donor lymphocyte infusion",),
    ),
    "on azacitidine and venetoclax": Situation(
        drugs=[("azacitidine", "2026-05-20", ""), ("venetoclax 100 mg", "2026-05-20", "")],
        right=("venetoclax 100 mg & azacitidine 75 mg/m2", "azacitidine 75 mg/m2"),
        amiss=("clarithromycin 500 mg",),
    ),
    "in remission after HCT": Situation(
        results=[_REMISSION, ("FLT3-ITD", "2025-01-10", "Detected")],
        drugs=[_INDUCTION],
        hct="2026-02-01",
        right=("sorafenib 200 mg",),
        amiss=("azacitidine 32 mg/m2",),
    ),
}
ONE_IN = 12  # orders that treat the leukemia
AMISS_ONE_IN = 12  # of these, orders that should draw an alert


@dataclass(frozen=True, slots=True)
class WardPatient:
    """`baskets`: the orders that are signed together, as texts."""

    id: str
    situation: str
    aml: bool
    resources: tuple[Resource, ...]
    baskets: tuple[tuple[str, ...], ...]


def ward(patients: int, aml: int, orders: int, seed: int) -> Iterator[WardPatient]:
    """So many patients of whom so many have AML, each with so many orders."""
    chance = Random(seed)
    for number in range(patients):
        if number < aml:
            name = list(SITUATIONS)[number % len(SITUATIONS)]
            yield _with_aml(f"aml-{number}", name, orders, chance)
        else:
            yield _without(f"other-{number}", chance.choice(list(OTHER)), orders, chance)


def _with_aml(id: str, name: str, orders: int, chance: Random) -> WardPatient:
    situation = SITUATIONS[name]
    chosen: list[str] = []
    while len(chosen) < orders:
        if chance.randrange(ONE_IN) == 0:
            wrong = situation.amiss and chance.randrange(AMISS_ONE_IN) == 0
            text = chance.choice(situation.amiss if wrong else situation.right)
            chosen += text.split(" & ")
        else:
            chosen.append(_pick(chance.choice([COMMON, SUPPORT]), chance))
    resources = tuple(_record(id, "Acute myeloid leukemia", situation))
    return WardPatient(id, name, True, resources, _baskets(chosen[:orders], chance))


def _without(id: str, name: str, orders: int, chance: Random) -> WardPatient:
    own = OTHER[name]
    chosen = [
        _pick(own if own and chance.randrange(4) == 0 else COMMON, chance)
        for _ in range(orders)
    ]
    resources = tuple(_record(id, name, Situation()))
    return WardPatient(id, name, False, resources, _baskets(chosen, chance))


def _pick(choices: Choices, chance: Random) -> str:
    return chance.choices(list(choices), list(choices.values()))[0]


def _baskets(orders: list[str], chance: Random) -> tuple[tuple[str, ...], ...]:
    found = []
    while orders:
        size = chance.randint(1, MOST_IN_BASKET)
        found.append(tuple(orders[:size]))
        orders = orders[size:]
    return tuple(found)


def _record(id: str, diagnosis: str, situation: Situation) -> Iterator[Resource]:
    own = {"subject": {"reference": f"Patient/{id}"}}
    confirmed = {"verificationStatus": {"coding": [{"code": "confirmed"}]}}
    yield {"resourceType": "Patient", "id": id, "birthDate": "1962-03-04"}
    found = {"code": {"text": diagnosis}, "onsetDateTime": "2025-01-10", **confirmed, **own}
    yield {"resourceType": "Condition", "id": f"{id}-d", **found}
    for number, (test, day, answer) in enumerate(situation.results):
        result = {"code": {"text": test}, "effectiveDateTime": day, "valueString": answer}
        kind = {"resourceType": "Observation", "id": f"{id}-o{number}", "status": "final"}
        yield kind | result | own
    for number, (drug, start, end) in enumerate(situation.drugs):
        period = {"start": start} | ({"end": end} if end else {})
        yield {
            "resourceType": "MedicationStatement",
            "id": f"{id}-m{number}",
            "status": "completed" if end else "active",
            "medicationCodeableConcept": {"text": drug},
            "effectivePeriod": period,
            **own,
        }
    if situation.hct:
        code = {"text": "Allogeneic stem cell transplantation"}
        done = {"status": "completed", "code": code, "performedDateTime": situation.hct}
        yield {"resourceType": "Procedure", "id": f"{id}-t", **done, **own}
    if situation.gvhd:
        code = {"text": "Acute graft-versus-host disease grade III"}
        active = {"clinicalStatus": {"coding": [{"code": "active"}]}, "code": code}
        onset = {"onsetDateTime": situation.gvhd}
        yield {
            "resourceType": "Condition",
            "id": f"{id}-g",
            **active,
            **onset,
            **confirmed,
            **own,
        }
