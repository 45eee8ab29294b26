"""Near misses of a result's material (2.7), date and standing (4, 5)."""

from __future__ import annotations

from collections.abc import Callable

from tests.encodings.genes import GENE
from tests.encodings.pen import Json
from tests.encodings.samples import BLOOD, DATE, MARROW, MATERIAL, WORDS
from tests.encodings.spoiled import By, answer, every, near, never, put, said, then
from tests.encodings.spoiled_genes import INDETERMINATE, gene
from tests.encodings.standing import STANDING
from tests.encodings.terms import SNOMED, coded, worded
from tests.encodings.variants import PRESENT


def of(kind: str, mutate: Callable[[Json], object]) -> Callable[[Json], object]:
    """Changes the resources of one type alone."""
    return lambda resource: mutate(resource) if resource["resourceType"] == kind else None


_LEFT_OUT = said("left out", lambda pen, result, sample: [])
near(MATERIAL, gene("NF1"), {
    "Specimen.type by SNOMED CT": every("code and display contradict", of("Specimen", put(
        "type", coded("119359002", "Blood specimen", SNOMED),
    ))),
    "Specimen.type by HL7 v2": every("a letter away", of("Specimen", put(
        "type", coded("MAN", "", "http://terminology.hl7.org/CodeSystem/v2-0487"),
    ))),
    "Specimen.type in words": every("another tissue", of("Specimen", put(
        "type", worded("Lymph node"),
    ))),
    "aspirate of the iliac crest": every("of the breast", of("Specimen", put(
        "collection.bodySite", worded("Breast structure"),
    ))),
    "contained Specimen": every("leads nowhere", put("specimen", {"reference": "#t"})),
    "specimen.display alone": every("no material", put("specimen", {"display": "BMI"})),
    "bodySite by code": every("code and display contradict", put(
        "bodySite", coded("14016003", "Blood (substance)", SNOMED),
    )),
    "bodySite in words": every("either", put("bodySite", worded("blood or bone marrow"))),
    "in the test's name": every("either", of("Observation", put(
        "code.text", "NF1 mutation, bone marrow or blood",
    ))),
    "a sibling result names the source": every("of another report", of(
        "DiagnosticReport", lambda report: report["result"].pop(),
    )),
    "the report's specimen": every("leads nowhere", of("DiagnosticReport", put(
        "specimen", [{"reference": "Specimen/none"}],
    ))),
}, by={GENE: "named in words"}, without=_LEFT_OUT)  # fmt: skip
near(MATERIAL, gene("NPM1"), {
    "by the test's code": every("of a code that says neither", put("code", coded("54448-6"))),
}, by={GENE: "named by LOINC"}, beside=never,
     without=every("in words", put("code", worded("NPM1 mutation"))))  # fmt: skip
_IN_WORDS: By = {GENE: "named in words", MATERIAL: "specimen.display alone"}
near(WORDS[MARROW], gene("NF1"), {
    "bone marrow": said("another tissue", "bone"),
    "Bone Marrow Aspirate": said("another tissue", "Joint Aspirate"),
    "Knochenmark": said("another tissue", "Knochen"),
    "KM": said("no material", "KG"),
    "BM": said("no material", "BMI"),
}, by=_IN_WORDS, without=said("none", ""))  # fmt: skip
near(WORDS[BLOOD], gene("NF1", material="blood"), {
    "peripheral blood": said("another tissue", "peripheral nerve"),
    "Blood, venous": said("either", "Blood or tissue"),
    "peripheres Blut": said("another tissue", "peripherer Nerv"),
    "PB": said("no material", "PA"),
}, by=_IN_WORDS, without=said("none", ""))  # fmt: skip


_NO_DAY = "2025-02-30"
near(DATE, gene("NF1"), {
    "effectiveDateTime, a day": every("no day", put("effectiveDateTime", _NO_DAY)),
    "effectiveDateTime late in the evening, west of Greenwich": every("no day", put(
        "effectiveDateTime", "2025-02-30T23:30:00-05:00",
    )),
    "effectiveDateTime, issued a week later": every("issued alone", lambda r: r.pop(
        "effectiveDateTime", None,
    )),
    "effectivePeriod within the day": every("without a start", lambda r: r.get(
        "effectivePeriod", {},
    ).pop("start", None)),
    "effectiveInstant": every("a filler", put("effectiveInstant", "9999-12-31T23:59:59Z")),
    "effectiveTiming": every("without an event", put(
        "effectiveTiming", {"repeat": {"count": 1}},
    )),
    "the report's date": every("of another result", put("result", [
        {"reference": "Observation/none"},
    ])),
}, by={GENE: "named in words", MATERIAL: "specimen.display alone"}, leaves="date")  # fmt: skip
near(DATE, gene("NF1"), {
    "issued, and collected by the Specimen": every("leads nowhere", of("Observation", put(
        "specimen.reference", "Specimen/none",
    ))),
    "reported as effective later than collected": every("collected in the future", put(
        "collection.collectedDateTime", "2099-01-01",
    )),
}, by={GENE: "named in words"}, leaves="date")  # fmt: skip


def _exchange(result: Json) -> None:
    """The last word is indeterminate, and what it took back is Present."""
    if "valueCodeableConcept" in result:
        present = result["valueCodeableConcept"] == PRESENT
        result["valueCodeableConcept"] = INDETERMINATE if present else PRESENT


_UNSURE = answer(valueCodeableConcept=INDETERMINATE)
near(STANDING, gene("IDH1"), {
    "final": then("no status", lambda result: result.pop("status", None)),
    "amended": then("amended to indeterminate", _UNSURE),
    "corrected, after a version of the same id": then("the other way round", _exchange),
    "corrected, beside the result of another id": then("the other way round", _exchange),
    "corrected, naming what it replaces": then("the other way round", _exchange),
    "final after preliminary": then("the other way round", _exchange),
    "final, entered in error before": then("the other way round", _exchange),
    "named by a report": then("cancelled", of("Observation", put("status", "cancelled"))),
    "named by a report twice, and by another": then("in error", of(
        "Observation", put("status", "entered-in-error"),
    )),
    "contained in a report": then("in error", put("contained.0.status", "entered-in-error")),
})  # fmt: skip
