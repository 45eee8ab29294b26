"""Near misses of diagnoses and responses (9, 1.12), transplants and GVHD (7)."""

from __future__ import annotations

from datetime import date

from tests.encodings import transplants, writing
from tests.encodings.diagnoses import AML, APL, COPY, ONSET, RESPONSE, RESPONSE_NAME, WITH_NPM1
from tests.encodings.facts import Diagnosis, Fact, Gene, Gvhd, Lymphocytes, Transplant
from tests.encodings.genes import GENE
from tests.encodings.spoiled import (
    BASE,
    Decoy,
    answer,
    conclude,
    every,
    near,
    never,
    put,
    said,
    then,
)
from tests.encodings.spoiled_sentences import response
from tests.encodings.terms import (
    CPT,
    ICD_CM,
    ICD_GM,
    ICD_O,
    ICD_WHO,
    LOCAL,
    PCS,
    SNOMED,
    coded,
    worded,
)

_UNDIAGNOSED = BASE[1:]


def diagnosed(disease: str) -> Decoy:
    return lambda day: (Diagnosis(day=day, diagnosis=disease),)


near(AML, diagnosed("aml"), {
    "SNOMED CT": said("code and display contradict", coded(
        "91861009", "Acute lymphoid leukemia, disease (disorder)", SNOMED,
    )),
    "ICD-10-CM": said("a digit away", coded("C91.00", "Acute lymphoblastic leukemia", ICD_CM)),
    "ICD-10-CM without its dot": said("a digit away", coded("C9210", system=ICD_CM)),
    "multilineage dysplasia": said("a digit away", coded("C93.A0", system=ICD_CM)),
    "ICD-10 of the WHO": said("a digit away", coded("C92.1", system=ICD_WHO)),
    "ICD-10-GM": said("suspected", coded(
        "C92.00", "V.a. akute myeloische Leukämie", ICD_GM,
    )),
    "ICD-O morphology": said("a digit away", coded("9863/3", system=ICD_O)),
    "two codings": said("they contradict", {"coding": [
        {"system": "https://ehr.example/problems", "code": "38271", "display": "ALL (HCC)"},
        {"system": ICD_CM, "code": "C91.00"},
        {"system": SNOMED, "code": "91861009"},
    ]}),
    "ICD-10 without system": said("code and display contradict", {"coding": [
        {"code": "C92.00", "display": "ALL"},
    ]}),
    "AML": said("a question", worded("AML?")),
    "in words": said("excluded", worded("Acute myeloid leukemia excluded")),
    "German words": said("excluded", worded("Akute myeloische Leukämie ausgeschlossen")),
    "old name": said("the chronic one", worded("Chronic myelogenous leukaemia")),
}, base=_UNDIAGNOSED)  # fmt: skip
near(APL, diagnosed("apl"), {
    "ICD-10-CM": said("a digit away", coded("C91.40", "Hairy cell leukemia", ICD_CM)),
    "SNOMED CT": said("to be excluded", coded("110004001", system=SNOMED, text="r/o APL")),
    "in words": said("excluded", worded("Acute promyelocytic leukemia ruled out")),
    "AML M3": said("a question", worded("AML M3?")),
})  # fmt: skip
near(APL, diagnosed("apl"), {
    "under AML": said("excluded", coded(
        "C92.00", system=ICD_CM, text="AML, APL excluded",
    )),
    "both codes": said("a local number", {"coding": [
        {"system": ICD_CM, "code": "C92.00"}, {"system": LOCAL, "code": "C92.40"},
    ]}),
}, instead=diagnosed("aml"), beside=never)  # fmt: skip


def _with_npm1(day: date) -> tuple[Fact, ...]:
    return (Diagnosis(day=day, diagnosis="aml"), Gene(day=day, gene="NPM1", found=True))


_NAMED = {writing.NAMED: "in the diagnosis"}
near(WITH_NPM1, _with_npm1, {
    "in words": said("not tested", worded("AML, NPM1 not tested")),
    "NPM1+": said("not known", worded("AML, NPM1 unknown")),
    "ICD-O": said("a digit away", coded("9872/3", "AML with minimal differentiation", ICD_O)),
    "German": said("pending", worded("AML, NPM1-Mutation ausstehend")),
}, by=_NAMED, instead=diagnosed("aml"), beside=never)  # fmt: skip
near(writing.NAMED, _with_npm1, {
    "a result": every("no result", answer(valueString="see diagnosis")),
    "in the diagnosis": every("pending", put("code.text", "AML, NPM1 pending")),
}, by={GENE: "named in words"}, instead=diagnosed("aml"), beside=never)  # fmt: skip
near(ONSET, diagnosed("aml"), {
    "onsetDateTime": said("no day", lambda day: {"onsetDateTime": "2025-02-30"}),
    "onsetDateTime with zone": said("no month", lambda day: {
        "onsetDateTime": "2025-13-01T00:00:00+02:00",
    }),
    "onsetPeriod": said("without a start", lambda day: {"onsetPeriod": {"end": ""}}),
}, base=_UNDIAGNOSED, without=said("left out", lambda day: {}), beside=never)  # fmt: skip
near(COPY, diagnosed("aml"), {
    "billing row": said("a digit away", {"code": coded("C91.00", system=ICD_CM)}),
    "encounter diagnosis": said("code and display contradict", {
        "category": [worded("encounter-diagnosis")],
        "code": coded("91861009", "Acute lymphoid leukemia", SNOMED),
    }),
    "year of onset": said("a question", {"code": worded("AML?")}),
}, base=_UNDIAGNOSED, without=said("another", {"code": coded("I10", system=ICD_CM)}),
     beside=never, numbers=lambda below: below - 1)  # fmt: skip

near(RESPONSE, response("CR"), {
    "category in words": then("a question", put("valueString", "CR?")),
    "category as text of a concept": then("one of two", put(
        "valueCodeableConcept", worded("CR or MLFS"),
    )),
    "SNOMED CT": then("code and display contradict", put(
        "valueCodeableConcept", coded("103338009", "In partial remission", SNOMED),
    )),
    "sentence of a report": every("asked", conclude("Question: {}")),
})  # fmt: skip
near(RESPONSE, response("CRh"), {
    "with MRD in one value": then("a question", put("valueString", "CRh?, MRD?")),
})  # fmt: skip
near(RESPONSE_NAME, response("CR"), {
    "Response (ELN)": said("the aim", worded("Response (ELN), aim of treatment")),
    "Disease status": said("of another disease", worded("Disease status, breast cancer")),
    "mCODE": said("of another disease", coded(
        "97509-4", "Cancer Disease Progression", text="Breast cancer, disease progression",
    )),
    "German": said("the aim", worded("Therapieziel (Remissionsstatus)")),
}, by={RESPONSE: "category in words"})  # fmt: skip


def transplanted(donor: str) -> Decoy:
    return lambda day: (Transplant(day=day, transplant=donor),)


near(transplants.HCT_CODE, transplanted("matched unrelated donor"), {
    "SNOMED CT": said("planned", lambda donor: coded(
        "425843001", system=SNOMED, text="Allogeneic HCT planned",
    )),
    "CPT": said("a digit away", lambda donor: coded("38230", "Bone marrow harvesting", CPT)),
    "ICD-10-PCS": said("other cells", lambda donor: coded("30243N1", system=PCS)),
    "ICD-10-PCS under its other URL": said("other cells", lambda donor: coded(
        "30233R1", system="http://hl7.org/fhir/sid/icd-10-pcs",
    )),
    "open code, the kind in words": said("evaluation", lambda donor: coded(
        "234336002", "Hemopoietic stem cell transplant", SNOMED, text="allo SCT evaluation",
    )),
    "words": said("the search", lambda donor: worded(
        "Donor search for allogeneic stem cell transplantation",
    )),
    "German words": said("planned", lambda donor: worded(
        "Allogene Stammzelltransplantation geplant",
    )),
})  # fmt: skip
near(transplants.HCT_CODE, transplanted("donor not stated"), {
    "SNOMED CT, marrow": said("a consultation", lambda donor: coded(
        "58390007", system=SNOMED, text="Consultation on allogeneic transplantation",
    )),
})  # fmt: skip
near(transplants.HCT_DATE, transplanted("matched unrelated donor"), {
    "performedDateTime": said("to come", lambda p, day: p.update(performedDateTime="2099-06")),
    "performedDateTime with zone": said("to come", lambda p, day: p.update(
        performedDateTime="2099-06-01T22:40:00-06:00",
    )),
    "performedPeriod without end": said("to come", lambda p, day: p.update(
        performedPeriod={"start": "2099-06-01"},
    )),
    "performedPeriod of a day": said("to come", lambda p, day: p.update(
        performedPeriod={"start": "2099-06-01T09:00:00Z", "end": "2099-06-01T15:00:00Z"},
    )),
}, leaves="later")  # fmt: skip


def _infused(day: date) -> tuple[Fact, ...]:
    return (Lymphocytes(day=day, lymphocytes="donor"),)


near(transplants.DLI_CODE, _infused, {
    "CPT": said("planned", coded("38242", system=CPT, text="DLI planned")),
    "DLI": said("a question", worded("DLI?")),
    "in words": said("cancelled", worded("Donor lymphocyte infusion cancelled")),
    "ICD-10-PCS": said("other cells", coded("30243P1", system=PCS)),
    "German": said("declined", worded("Spenderlymphozyteninfusion abgelehnt")),
})  # fmt: skip


def gvhd(kind: str) -> Decoy:
    return lambda day: (Gvhd(day=day, gvhd=kind, grade="3"),)


near(transplants.GVHD, gvhd("acute"), {
    "ICD-10-CM": then("a digit away", put("code", coded("D89.82", system=ICD_CM))),
    "SNOMED CT": then("prophylaxis", put("code.text", "Prophylaxis of acute GVHD")),
    "words": then("the risk", put("code.text", "High risk of acute GVHD")),
    "German words": then("prophylaxis", put("code.text", "Akute GvHD-Prophylaxe")),
    "Observation": every("no result", answer(valueString="see comment")),
})  # fmt: skip
