"""Near misses beside the results: other people, plans, doubts, look-alikes (5 to 9)."""

from __future__ import annotations

from tests.encodings.facts import Ecog, Gvhd, Measured, Record, Transplant
from tests.encodings.look_alikes import day as _day
from tests.encodings.near_misses import NEAR_MISS
from tests.encodings.pen import Json, Pen
from tests.encodings.terms import (
    CPT,
    ICD_CM,
    SNOMED,
    coded,
    later,
    observation,
    quantity,
    status,
    worded,
)


@NEAR_MISS.way("5", "another person's result")
def _other_patient(pen: Pen, record: Record) -> list[Json]:
    subjects = ({"reference": "Patient/donor"}, {"reference": "RelatedPerson/mother"})
    result = observation(
        pen.id("near-miss"),
        worded("FLT3-ITD"),
        effectiveDateTime=_day(record),
        valueString="detected",
        subject=subjects[pen.number(2)],
    )
    return [result]


@NEAR_MISS.way("5", "result on the donor, filed here")
def _focus(pen: Pen, record: Record) -> list[Json]:
    result = observation(
        pen.id("near-miss"),
        worded("IDH2 mutation"),
        effectiveDateTime=_day(record),
        valueString="detected",
        focus=[{"reference": "RelatedPerson/donor"}],
    )
    return [result]


def _medication(pen: Pen, kind: str, drug: str, **rest: object) -> Json:
    resource: Json = {"resourceType": kind, "id": pen.id("near-miss")}
    return {**resource, "medicationCodeableConcept": worded(drug), **rest}


@NEAR_MISS.way("6", "order that was not carried out")
def _order(pen: Pen, record: Record) -> list[Json]:
    forms: tuple[Json, ...] = (
        {"status": "cancelled", "intent": "order"},
        {"status": "draft", "intent": "order"},
        {"status": "on-hold", "intent": "order"},
        {"status": "active", "intent": "plan"},
        {"status": "active", "intent": "proposal"},
        {"status": "active", "intent": "order", "doNotPerform": True},
    )
    form = forms[pen.number(len(forms))]
    drug = ("enasidenib", "decitabine", "FLAG-Ida")[pen.number(3)]
    return [_medication(pen, "MedicationRequest", drug, authoredOn=_day(record), **form)]


@NEAR_MISS.way("6", "not given, not taken")
def _not_given(pen: Pen, record: Record) -> list[Json]:
    when = {"effectivePeriod": {"start": _day(record)}}
    forms = (("MedicationAdministration", "not-done"), ("MedicationStatement", "not-taken"),
             ("MedicationStatement", "intended"))  # fmt: skip
    kind, said = forms[pen.number(3)]
    return [_medication(pen, kind, "ivosidenib", status=said, **when)]


@NEAR_MISS.way("6", "regimen that is planned")
def _planned(pen: Pen, record: Record) -> list[Json]:
    plan: Json = {"resourceType": "CarePlan", "id": pen.id("near-miss"), "title": "FLAG-Ida"}
    forms: tuple[Json, ...] = (
        {"status": "draft", "intent": "plan", "period": {"start": _day(record)}},
        {"status": "active", "intent": "proposal", "period": {"start": _day(record)}},
        {"status": "revoked", "intent": "plan", "period": {"start": _day(record)}},
    )
    return [{**plan, **forms[pen.number(3)]}]


@NEAR_MISS.way("6", "prophylaxis is no line")
def _prophylaxis(pen: Pen, record: Record) -> list[Json]:
    when = {"effectiveDateTime": _day(record), "status": "completed"}
    dosage = {"text": "15 mg intrathecal"}
    given = _medication(pen, "MedicationAdministration", "methotrexate", **when)
    return [{**given, "dosage": dosage}]


@NEAR_MISS.way("6", "supportive and topical")
def _supportive(pen: Pen, record: Record) -> list[Json]:
    drugs = ("tacrolimus 0.1 % ointment", "allopurinol 300 mg", "cotrimoxazole", "pantoprazole")
    when = {"effectivePeriod": {"start": _day(record)}, "status": "active"}
    return [_medication(pen, "MedicationStatement", drugs[pen.number(4)], **when)]


def _procedure(pen: Pen, record: Record, code: Json, **rest: object) -> Json:
    found: Json = {"resourceType": "Procedure", "id": pen.id("near-miss"), "code": code}
    return {**found, "status": "completed", "performedDateTime": _day(record), **rest}


@NEAR_MISS.way("7", "transplant that did not take place")
def _no_transplant(pen: Pen, record: Record) -> list[Json]:
    code = worded("Allogeneic stem cell transplantation")
    statuses = ("preparation", "not-done", "entered-in-error", "unknown")
    return [_procedure(pen, record, code, status=statuses[pen.number(4)])]


@NEAR_MISS.way("7", "transplant in the future")
def _future_transplant(pen: Pen, record: Record) -> list[Json]:
    code = coded("38240", "Hematopoietic progenitor cell transplantation", CPT)
    return [_procedure(pen, record, code, performedDateTime=later(record.last_day, 900))]


@NEAR_MISS.way("7", "around a transplant")
def _around(pen: Pen, record: Record) -> list[Json]:
    codes = (
        coded("418576007", "Harvesting of peripheral blood stem cells", SNOMED),
        worded("Evaluation for allogeneic stem cell transplantation"),
        worded("Allogeneic HCT planned"),
        worded("Stem cell transplant consultation"),
        coded("38230", "Bone marrow harvesting, allogeneic", CPT),
        worded("Kidney transplant 1999"),
    )
    return [_procedure(pen, record, codes[pen.number(len(codes))])]


def _after_hct(record: Record) -> bool:
    return bool(record.of(Transplant))


@NEAR_MISS.way("7", "CD34 boost is no second transplant", _after_hct)
def _boost(pen: Pen, record: Record) -> list[Json]:
    return [_procedure(pen, record, coded("38243", "HPC boost", CPT))]


@NEAR_MISS.way("7", "transplant status beside its Procedure", _after_hct)
def _status_code(pen: Pen, record: Record) -> list[Json]:
    code = coded("Z94.84", "Stem cells transplant status", ICD_CM)
    return [_condition(pen, record, code)]


def _condition(pen: Pen, record: Record, code: Json, verified: str = "confirmed") -> Json:
    return {
        "resourceType": "Condition",
        "id": pen.id("near-miss"),
        "code": code,
        "clinicalStatus": status("condition-clinical", "active"),
        "verificationStatus": status("condition-ver-status", verified),
        "recordedDate": _day(record),
    }


def _without_gvhd(record: Record) -> bool:
    return not record.of(Gvhd)


@NEAR_MISS.way("7", "prophylaxis or doubt is no GVHD", _without_gvhd)
def _no_gvhd(pen: Pen, record: Record) -> list[Json]:
    prophylaxis = coded("868254008", "GVHD prophylaxis", SNOMED)
    doubt = _condition(pen, record, worded("Acute GVHD of the gut"), "provisional")
    forms = (
        _procedure(pen, record, prophylaxis),
        _condition(pen, record, worded("r/o acute GVHD")),
        doubt,
    )
    return [forms[pen.number(3)]]


def _assessed(pen: Pen, record: Record, code: Json, **value: object) -> Json:
    result = observation(pen.id("near-miss"), code, effectiveDateTime=_day(record))
    return {**result, **value}


@NEAR_MISS.way("8", "Karnofsky in an ECOG code", lambda r: not r.of(Ecog))
def _karnofsky(pen: Pen, record: Record) -> list[Json]:
    code = coded("89247-1", "ECOG Performance Status score")
    return [_assessed(pen, record, code, valueInteger=70)]


@NEAR_MISS.way("8", "Karnofsky")
def _karnofsky_coded(pen: Pen, record: Record) -> list[Json]:
    code = coded("89243-0", "Karnofsky Performance Status score")
    return [_assessed(pen, record, code, valueInteger=50)]


@NEAR_MISS.way("8", "another ejection fraction", lambda r: not r.of(Measured))
def _right(pen: Pen, record: Record) -> list[Json]:
    names = ("RVEF", "Right ventricular ejection fraction", "Stress echocardiography, LVEF")
    value = quantity("35", "%", "%")
    return [_assessed(pen, record, worded(names[pen.number(3)]), valueQuantity=value)]


@NEAR_MISS.way("8", "eGFR and direct bilirubin")
def _kidney(pen: Pen, record: Record) -> list[Json]:
    forms = (
        (coded("62238-1", "Glomerular filtration rate/1.73 sq M.predicted"),
         quantity("38", "mL/min/1.73m2", "mL/min/{1.73_m2}")),
        (worded("Bilirubin, direct"), quantity("9", "mg/dL", "mg/dL")),
    )  # fmt: skip
    code, value = forms[pen.number(2)]
    limits = [{"high": quantity("1", "mg/dL", "mg/dL")}]
    return [_assessed(pen, record, code, valueQuantity=value, referenceRange=limits)]


def father(pen: Pen) -> Json:
    return {
        "resourceType": "FamilyMemberHistory",
        "id": pen.id("near-miss"),
        "status": "completed",
        "relationship": worded("father"),
        "condition": [{"code": coded("C92.40", "Acute promyelocytic leukemia", ICD_CM)}],
    }


@NEAR_MISS.way("9", "of the family")
def _family(pen: Pen, record: Record) -> list[Json]:
    row = _condition(pen, record, worded("Family history of acute promyelocytic leukemia"))
    return [father(pen)] if pen.number(2) == 0 else [row]


@NEAR_MISS.way("9", "doubted or refuted")
def _doubted(pen: Pen, record: Record) -> list[Json]:
    forms = (
        _condition(pen, record, worded("r/o APL")),
        _condition(pen, record, worded("APL"), "refuted"),
        _condition(pen, record, worded("V.a. Meningeosis leucaemica")),
        _condition(pen, record, coded("C92.40", system=ICD_CM), "differential"),
        _condition(pen, record, worded("Acute promyelocytic leukemia"), "entered-in-error"),
        _condition(pen, record, coded("Z85.6", "Personal history of leukemia", ICD_CM)),
    )
    return [forms[pen.number(len(forms))]]


@NEAR_MISS.way("9", "improved is no response")
def _improved(pen: Pen, record: Record) -> list[Json]:
    code = coded("97509-4", "Cancer Disease Progression")
    values = (
        coded("268910001", "Patient's condition improved (finding)", SNOMED),
        coded("271299001", "Patient's condition worsened (finding)", SNOMED),
        coded("709137006", "Patient condition undetermined (finding)", SNOMED),
    )
    value = values[pen.number(3)]
    return [_assessed(pen, record, code, valueCodeableConcept=value)]


@NEAR_MISS.way("11", "statement on allergies")
def _allergy(pen: Pen, record: Record) -> list[Json]:
    allergy: Json = {
        "resourceType": "AllergyIntolerance",
        "id": pen.id("near-miss"),
        "code": coded("409137002", "No known drug allergy", SNOMED),
    }
    refuted = {
        **allergy,
        "code": worded("gilteritinib"),
        "verificationStatus": coded("refuted"),
    }
    return [allergy] if pen.number(2) == 0 else [refuted]
