"""What a hospital writes down every day: vital signs, counts, chemistry, cultures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from tests.support import Json

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SPAN = 60 * 24 * 60  # minutes of the past that the record covers

# LOINC code, display, name in the laboratory, unit, low and high
NUMBERS: tuple[tuple[str, str, str, str, float, float], ...] = (
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "Hemoglobin", "g/dL", 12.0, 16.0),
    ("4544-3", "Hematocrit [Volume Fraction] of Blood", "Hematocrit", "%", 36.0, 46.0),
    ("6690-2", "Leukocytes [#/volume] in Blood", "WBC", "10*3/uL", 4.0, 10.0),
    ("789-8", "Erythrocytes [#/volume] in Blood", "RBC", "10*6/uL", 4.0, 5.5),
    ("787-2", "MCV [Entitic volume]", "MCV", "fL", 80.0, 96.0),
    ("785-6", "MCH [Entitic mass]", "MCH", "pg", 27.0, 33.0),
    ("786-4", "MCHC [Mass/volume]", "MCHC", "g/dL", 32.0, 36.0),
    ("788-0", "Erythrocyte distribution width [Ratio]", "RDW", "%", 11.5, 14.5),
    ("777-3", "Platelets [#/volume] in Blood", "Platelets", "10*3/uL", 150.0, 400.0),
    ("32623-1", "Platelet mean volume in Blood", "MPV", "fL", 7.5, 11.5),
    ("751-8", "Neutrophils [#/volume] in Blood", "ANC", "10*3/uL", 1.8, 7.5),
    ("770-8", "Neutrophils/100 leukocytes in Blood", "Neutrophils %", "%", 40.0, 75.0),
    ("731-0", "Lymphocytes [#/volume] in Blood", "Lymphocytes", "10*3/uL", 1.0, 4.0),
    ("742-7", "Monocytes [#/volume] in Blood", "Monocytes", "10*3/uL", 0.2, 0.9),
    ("711-2", "Eosinophils [#/volume] in Blood", "Eosinophils", "10*3/uL", 0.0, 0.5),
    ("704-7", "Basophils [#/volume] in Blood", "Basophils", "10*3/uL", 0.0, 0.1),
    ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "Sodium", "mmol/L", 135.0, 145.0),
    ("2823-3", "Potassium [Moles/volume] in Serum", "Potassium", "mmol/L", 3.5, 5.1),
    ("2075-0", "Chloride [Moles/volume] in Serum", "Chloride", "mmol/L", 98.0, 107.0),
    ("2028-9", "Carbon dioxide [Moles/volume]", "CO2", "mmol/L", 22.0, 29.0),
    ("3094-0", "Urea nitrogen [Mass/volume] in Serum", "BUN", "mg/dL", 7.0, 20.0),
    ("2160-0", "Creatinine [Mass/volume] in Serum", "Creatinine", "mg/dL", 0.5, 1.1),
    ("33914-3", "GFR/1.73 sq M predicted by MDRD", "eGFR", "mL/min/{1.73_m2}", 60.0, 120.0),
    ("2345-7", "Glucose [Mass/volume] in Serum", "Glucose", "mg/dL", 70.0, 110.0),
    ("17861-6", "Calcium [Mass/volume] in Serum", "Calcium", "mg/dL", 8.6, 10.2),
    ("19123-9", "Magnesium [Mass/volume] in Serum", "Magnesium", "mg/dL", 1.6, 2.6),
    ("2777-1", "Phosphate [Mass/volume] in Serum", "Phosphate", "mg/dL", 2.5, 4.5),
    ("2885-2", "Protein [Mass/volume] in Serum", "Total protein", "g/dL", 6.4, 8.3),
    ("1751-7", "Albumin [Mass/volume] in Serum", "Albumin", "g/dL", 3.5, 5.2),
    ("1975-2", "Bilirubin.total [Mass/volume] in Serum", "Bilirubin, total", "mg/dL", 0.2, 1.2),
    ("1968-7", "Bilirubin.direct [Mass/volume]", "Bilirubin, direct", "mg/dL", 0.0, 0.3),
    ("6768-6", "Alkaline phosphatase in Serum", "ALP", "U/L", 40.0, 130.0),
    ("1742-6", "Alanine aminotransferase in Serum", "ALT", "U/L", 7.0, 45.0),
    ("1920-8", "Aspartate aminotransferase in Serum", "AST", "U/L", 8.0, 40.0),
    ("2324-2", "Gamma glutamyl transferase in Serum", "GGT", "U/L", 6.0, 42.0),
    ("2532-0", "Lactate dehydrogenase in Serum", "LDH", "U/L", 120.0, 250.0),
    ("3084-1", "Urate [Mass/volume] in Serum", "Uric acid", "mg/dL", 2.4, 5.7),
    ("1988-5", "C reactive protein [Mass/volume]", "CRP", "mg/L", 0.0, 5.0),
    ("6301-6", "INR in Platelet poor plasma", "INR", "{INR}", 0.9, 1.1),
    ("14979-9", "aPTT in Platelet poor plasma", "aPTT", "s", 25.0, 36.0),
    ("3255-7", "Fibrinogen [Mass/volume]", "Fibrinogen", "mg/dL", 200.0, 400.0),
    ("2276-4", "Ferritin [Mass/volume] in Serum", "Ferritin", "ng/mL", 15.0, 150.0),
    ("8867-4", "Heart rate", "Heart rate", "/min", 60.0, 100.0),
    ("9279-1", "Respiratory rate", "Respiratory rate", "/min", 12.0, 20.0),
    ("8310-5", "Body temperature", "Temperature", "Cel", 36.1, 37.5),
    ("59408-5", "Oxygen saturation by Pulse oximetry", "SpO2", "%", 94.0, 100.0),
    ("29463-7", "Body weight", "Weight", "kg", 50.0, 95.0),
    ("39156-5", "Body mass index (BMI) [Ratio]", "BMI", "kg/m2", 19.0, 29.0),
)
WORDS: tuple[tuple[str, str, str, str], ...] = (
    ("600-7", "Bacteria identified in Blood by Culture", "Blood culture", "No growth (5 days)"),
    ("630-4", "Bacteria identified in Urine by Culture", "Urine culture", "No growth"),
    ("5778-6", "Color of Urine", "Urine color", "Yellow"),
    ("5802-4", "Nitrite [Presence] in Urine", "Nitrite", "Negative"),
    ("72166-2", "Tobacco smoking status", "Smoking status", "Former smoker"),
    ("29585-7", "Cytomegalovirus DNA in Plasma", "CMV PCR", "Not detected"),
    ("75325-1", "Symptom", "Nausea", "Mild"),
    ("48767-8", "Annotation comment", "Nursing note", "Patient slept well, ate half of dinner"),
)
PRESSURES = (("8480-6", "Systolic blood pressure"), ("8462-4", "Diastolic blood pressure"))


def everyday(patient_id: str, on: date, number: int, rng: random.Random) -> Iterator[Json]:
    """So many Observations up to the day, nine of ten a number."""
    for count in range(number):
        taken = datetime.combine(on, time(6)) - timedelta(minutes=rng.randrange(SPAN))
        resource = _common(f"day-{count}-{rng.randrange(10**6)}", patient_id, taken)
        kind = rng.random()
        if kind < 0.06:
            yield resource | _words(*rng.choice(WORDS))
        elif kind < 0.1:
            yield resource | _pressure(rng)
        else:
            yield resource | _number(*rng.choice(NUMBERS), rng)


def _common(name: str, patient_id: str, taken: datetime) -> Json:
    profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "id": name,
        "meta": {
            "versionId": "1",
            "lastUpdated": f"{taken + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}",
            "profile": [profile],
        },
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "laboratory"}]}],
        "subject": {"reference": f"Patient/{patient_id}"},
        "encounter": {"reference": f"Encounter/{patient_id}-1"},
        "effectiveDateTime": f"{taken:%Y-%m-%dT%H:%M:%S+01:00}",
        "issued": f"{taken + timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000+01:00}",
        "performer": [{"reference": "Organization/lab", "display": "Central laboratory"}],
    }


def _code(code: str, display: str, name: str) -> Json:
    standard = {"system": LOINC, "code": code, "display": display}
    own = {"system": "urn:oid:1.2.36.1.2001.1005.17", "code": name.upper()[:8], "display": name}
    return {"coding": [standard, own], "text": name}


def _quantity(value: float, unit: str) -> Json:
    return {"value": round(value, 1), "unit": unit, "system": UCUM, "code": unit}


def _number(
    code: str, display: str, name: str, unit: str, low: float, high: float, rng: random.Random
) -> Json:
    value = rng.uniform(low * 0.7, high * 1.3)
    return {
        "code": _code(code, display, name),
        "valueQuantity": _quantity(value, unit),
        "referenceRange": [{"low": _quantity(low, unit), "high": _quantity(high, unit)}],
    }


def _words(code: str, display: str, name: str, value: str) -> Json:
    return {"code": _code(code, display, name), "valueString": value}


def _pressure(rng: random.Random) -> Json:
    parts = [
        {"code": _code(code, name, name), "valueQuantity": _quantity(value, "mm[Hg]")}
        for (code, name), value in zip(
            PRESSURES, (rng.uniform(95, 160), rng.uniform(55, 95)), strict=True
        )
    ]
    return {"code": _code("85354-9", "Blood pressure panel", "BP"), "component": parts}
