"""No record, however strange, is a fault of ours: it is read as far as it goes, or refused."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from datetime import date
from functools import cache
from random import Random
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from aml.assess import assess
from aml.knowledge import Snapshot, load
from cards.render import to_response
from fhir_mapping import aml_possible, to_patient
from fhir_mapping.code_report import report_on
from fhir_mapping.resources import MoreThanOnePatient, NoPatient, Resources, decode
from tests.damage import WAYS
from tests.encoded import HOOK
from tests.examples import examples
from tests.support import PATIENTS, read_bundle

Json: TypeAlias = dict[str, Any]

KINDS = (
    "Patient", "Condition", "Observation", "DiagnosticReport", "Specimen", "Procedure",
    "MedicationRequest", "MedicationAdministration", "MedicationStatement", "CarePlan",
    "MedicationDispense", "Medication", "AllergyIntolerance", "ServiceRequest", "Goal",
    "FamilyMemberHistory", "ResearchSubject", "Bundle", "OperationOutcome", "Unheard-of",
)  # fmt: skip
MEMBERS = (
    "id", "status", "code", "subject", "patient", "valueQuantity", "valueString", "conclusion",
    "valueCodeableConcept", "valueBoolean", "valueInteger", "valueRange", "valueRatio",
    "component", "interpretation", "specimen", "bodySite", "method", "note", "result",
    "hasMember", "derivedFrom", "contained", "effectiveDateTime", "effectivePeriod", "issued",
    "effectiveTiming", "performedDateTime", "performedPeriod", "onsetDateTime", "onsetAge",
    "onsetString", "recordedDate", "clinicalStatus", "verificationStatus", "authoredOn",
    "medicationCodeableConcept", "medicationReference", "dosage", "dosageInstruction", "period",
    "title", "activity", "intent", "doNotPerform", "type", "collection", "ingredient", "meta",
    "extension", "birthDate", "deceasedBoolean", "link", "entry", "performer",
    "dataAbsentReason",
    "referenceRange", "abatementDateTime", "stage", "severity", "description", "focus", "text",
    "coding", "system", "display", "value", "unit", "low", "high", "numerator", "denominator",
    "reference", "start", "end", "resource", "fullUrl", "event", "repeat", "usedCode",
    "individual", "study",
)  # fmt: skip
WORDS = (
    "p", "Patient/p", "#a", "Observation/x", "final", "active", "completed", "confirmed",
    "http://loinc.org", "http://snomed.info/sct", "11150-0", "69548-6", "48018-6", "91861009",
    "http://hl7.org/fhir/sid/icd-10-cm", "C92.00", "LA9633-4", "FLT3-ITD", "IDH1 p.R132H",
    "NPM1 transcripts, RT-qPCR", "412 copies/10^4 ABL1", "Bone marrow blasts 46 %", "detected",
    "not detected", "Complete remission (CR). MRD <0.01 %.", "46,XX,t(8;21)(q22;q22)[20]", "%",
    "2026-03", "2026-03-02", "2026-13-41", "2026-03-02T24:00:00Z", "7+3 + midostaurin",
    "1e9999",
    "allogeneic HCT", "GVHD grade III", "ECOG 1-2", "(((((", "t(", "p.(", "//46,XX[20]", "[cp",
    "<", ">=5-10 %", "5-", "\u202e\u0000\ud7ff", "Z. n. AML, V. a. Rezidiv?", "10^", "\n\n;;!",
)  # fmt: skip


def _numbers() -> st.SearchStrategy[Any]:
    return st.one_of(st.integers(), st.sampled_from([0, -1, 0.1, 1e30, 46]), st.floats())


json_like: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _numbers() | st.sampled_from(WORDS) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4)
    ),
    max_leaves=12,
)
words = st.sampled_from(WORDS)
codings = st.fixed_dictionaries({"code": words}, optional={"system": words, "display": words})
concepts = st.fixed_dictionaries(
    {}, optional={"text": words | json_like, "coding": st.lists(codings, max_size=2)}
)
quantities = st.fixed_dictionaries(
    {"value": _numbers() | words}, optional={"unit": words, "comparator": words, "code": words}
)
fitting = {
    "Concept": concepts, "code": concepts, "Quantity": quantities, "String": words | st.text(),
    "conclusion": st.lists(words, max_size=4).map(". ".join), "status": words,
    "component": st.lists(
        st.fixed_dictionaries(
            {"code": concepts},
            optional={"valueQuantity": quantities, "valueCodeableConcept": concepts},
        ),
        max_size=2,
    ),
}  # fmt: skip


@st.composite
def resources(draw: st.DrawFn) -> Json:
    """A resource whose members are of their type, or of any."""
    found: Json = {"resourceType": draw(st.sampled_from(KINDS)), "id": draw(words)}
    for name in draw(st.lists(st.sampled_from(MEMBERS), max_size=8)):
        fits = [s for end, s in fitting.items() if name.endswith(end)]
        found[name] = draw(st.one_of(*fits, json_like))
    return found


bundles = st.builds(
    lambda found, patient: {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in (*patient, *found)],
    },
    st.lists(resources(), max_size=6),
    st.sampled_from([[{"resourceType": "Patient", "id": "p", "birthDate": "1970"}], []]),
)


@cache
def snapshot() -> Snapshot:
    return load().in_force("US", date(2026, 8, 2))


def taken_in(raw: bytes) -> None:
    """From bytes to cards, as every door does it."""
    try:
        record = Resources.from_bundle(decode(raw))
    except (NoPatient, MoreThanOnePatient, ValueError):
        return
    aml_possible(record)
    assessment = assess(to_patient(record), snapshot())
    to_response(assessment, snapshot(), HOOK)


@given(bundle=bundles | json_like)
@settings(max_examples=examples(150))
def test_anything_like_json_is_read_or_refused(bundle: Any) -> None:
    taken_in(json.dumps(bundle).encode("utf-8", "replace"))


@given(bundle=bundles | json_like)
@settings(max_examples=examples(30))
def test_the_codes_of_anything_like_json_are_told(bundle: Any) -> None:
    with suppress(ValueError):
        report_on(decode(json.dumps(bundle).encode("utf-8", "replace"))).to_json()


@given(
    raw=st.binary(max_size=200) | st.text().map(lambda text: text.encode("utf-8", "replace"))
)
@settings(max_examples=examples(60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    taken_in(raw)


_FIXTURES = {path.stem: read_bundle(path.stem) for path in sorted(PATIENTS.glob("*.json"))}


@given(case=st.sampled_from(sorted(_FIXTURES)), seed=st.integers(0, 2**32), extra=resources())
@settings(max_examples=examples(60))
def test_a_fixture_broken_in_many_places_is_read_or_refused(
    case: str, seed: int, extra: Json
) -> None:
    bundle: Json = deepcopy(_FIXTURES[case])
    chance = Random(seed)
    broken = [chance.choice(bundle["entry"])["resource"] for _ in range(chance.randint(1, 6))]
    for resource in broken:
        chance.choice(WAYS)(resource, chance.randrange)
    if chance.random() < 0.5:
        broken[0].update(extra)
    taken_in(json.dumps(bundle).encode("utf-8", "replace"))
