"""The sample behind a result: its material (2.7) and the day on which it was taken (4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.terms import (
    SNOMED,
    coded,
    later,
    observation,
    report,
    worded,
)

MARROW, BLOOD = "marrow", "blood"


@dataclass(frozen=True)
class Sample:
    """`named`: the test's own code or name says which material it is."""

    day: date
    material: str
    named: bool = False

    @property
    def is_marrow(self) -> bool:
        return self.material == MARROW


Placing: TypeAlias = Callable[[Pen, Json, Sample], list[Json]]
Dating: TypeAlias = Callable[[Pen, Json, Sample, list[Json]], list[Json]]

WORDS = {
    MARROW: Choice("marrow in words", "2.7", {
        "bone marrow": "bone marrow", "Bone Marrow Aspirate": "Bone Marrow Aspirate",
        "Knochenmark": "Knochenmark", "KM": "KM", "BM": "BM",
    }),
    BLOOD: Choice("blood in words", "2.7", {
        "peripheral blood": "peripheral blood", "Blood, venous": "Blood, venous",
        "peripheres Blut": "peripheres Blut", "PB": "PB",
    }),
}  # fmt: skip
_TYPES = {
    MARROW: coded("119359002", "Specimen from bone marrow", SNOMED),
    BLOOD: coded("119297000", "Blood specimen", SNOMED),
}
_V2 = {
    MARROW: coded("MAR", "Marrow", "http://terminology.hl7.org/CodeSystem/v2-0487"),
    BLOOD: coded("BLD", "Whole blood", "http://terminology.hl7.org/CodeSystem/v2-0487"),
}
_SITES = {
    MARROW: coded("14016003", "Bone marrow structure (body structure)", SNOMED),
    BLOOD: coded("87612001", "Blood (substance)", SNOMED),
}

MATERIAL: Choice[Placing] = Choice("material")
DATE: Choice[Dating] = Choice("date of a result")


def place(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    """The result with its material and date, and what stands beside it for their sake."""
    beside = pen.take(MATERIAL, sample)(pen, result, sample)
    return [result, *pen.take(DATE, (result, sample))(pen, result, sample, beside)]


def _specimen(pen: Pen, sample: Sample, kind: Json) -> Json:
    return {
        "resourceType": "Specimen",
        "id": pen.id("specimen"),
        "type": kind,
        "collection": {"collectedDateTime": sample.day.isoformat()},
    }


@MATERIAL.way("2.7", "Specimen.type by SNOMED CT")
def _typed(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    specimen = _specimen(pen, sample, _TYPES[sample.material])
    result["specimen"] = {"reference": f"Specimen/{specimen['id']}"}
    return [specimen]


@MATERIAL.way("2.7", "Specimen.type by HL7 v2")
def _typed_v2(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    specimen = _specimen(pen, sample, _V2[sample.material])
    result["specimen"] = {"reference": f"Specimen/{specimen['id']}"}
    return [specimen]


@MATERIAL.way("2.7", "Specimen.type in words")
def _typed_in_words(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    specimen = _specimen(pen, sample, worded(pen.take(WORDS[sample.material])))
    result["specimen"] = {"reference": f"Specimen/{specimen['id']}"}
    return [specimen]


@MATERIAL.way("2.7", "aspirate of the iliac crest", lambda sample: sample.is_marrow)
def _iliac_crest(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    specimen = _specimen(pen, sample, worded("Aspirate"))
    specimen["collection"]["bodySite"] = worded("Iliac crest structure")
    result["specimen"] = {"reference": f"Specimen/{specimen['id']}"}
    return [specimen]


@MATERIAL.way("5", "contained Specimen")
def _contained(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    specimen = _specimen(pen, sample, _TYPES[sample.material])
    result["contained"] = [{**specimen, "id": "s"}]
    result["specimen"] = {"reference": "#s"}
    return []


@MATERIAL.way("2.7", "specimen.display alone")
def _display(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    result["specimen"] = {"display": pen.take(WORDS[sample.material])}
    return []


@MATERIAL.way("2.7", "bodySite by code")
def _site(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    result["bodySite"] = _SITES[sample.material]
    return []


@MATERIAL.way("2.7", "bodySite in words")
def _site_in_words(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    result["bodySite"] = worded(pen.take(WORDS[sample.material]))
    return []


@MATERIAL.way("2.7", "in the test's name")
def _in_name(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    code = result["code"]
    name = code.get("text") or code["coding"][0].get("display", "")
    result["code"] = {**code, "text": f"{name}, {pen.take(WORDS[sample.material])}"}
    return []


@MATERIAL.way("2.7", "a sibling result names the source")
def _sibling(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    source = observation(
        pen.id("source"),
        coded("31208-2", "Specimen source"),
        effectiveDateTime=sample.day.isoformat(),
        valueString=pen.take(WORDS[sample.material]),
    )
    holder = report(
        pen.id("report"),
        worded("Laboratory report"),
        effectiveDateTime=sample.day.isoformat(),
        result=[{"reference": f"Observation/{r['id']}"} for r in (source, result)],
    )
    return [source, holder]


@MATERIAL.way("2.7", "the report's specimen")
def _of_report(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    specimen = _specimen(pen, sample, _TYPES[sample.material])
    holder = report(
        pen.id("report"),
        worded("Laboratory report"),
        effectiveDateTime=sample.day.isoformat(),
        specimen=[{"reference": f"Specimen/{specimen['id']}"}],
        result=[{"reference": f"Observation/{result['id']}"}],
    )
    return [specimen, holder]


@MATERIAL.way("2.7", "by the test's code", lambda sample: sample.named)
def _by_code(pen: Pen, result: Json, sample: Sample) -> list[Json]:
    return []


def _has_specimen(case: tuple[Json, Sample]) -> bool:
    return "reference" in case[0].get("specimen", {})


@DATE.way("4", "effectiveDateTime, a day")
def _day(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["effectiveDateTime"] = sample.day.isoformat()
    return beside


@DATE.way("4", "effectiveDateTime late in the evening, west of Greenwich")
def _evening(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["effectiveDateTime"] = f"{sample.day}T23:30:00-05:00"
    return beside


@DATE.way("4", "effectiveDateTime, issued a week later")
def _issued_later(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["effectiveDateTime"] = f"{sample.day}T08:05:00.000+01:00"
    result["issued"] = f"{later(sample.day, 7)}T10:00:00Z"
    return beside


@DATE.way("4", "effectivePeriod within the day")
def _period(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["effectivePeriod"] = {"start": f"{sample.day}T08:00:00Z", "end": f"{sample.day}"}
    return beside


@DATE.way("4", "effectiveInstant")
def _instant(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["effectiveInstant"] = f"{sample.day}T09:15:00+02:00"
    return beside


@DATE.way("4", "effectiveTiming")
def _timing(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["effectiveTiming"] = {"event": [sample.day.isoformat()]}
    return beside


@DATE.way("4", "issued, and collected by the Specimen", _has_specimen)
def _collected(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["issued"] = f"{later(sample.day, 5)}T10:00:00Z"
    return beside


@DATE.way("4", "reported as effective later than collected", _has_specimen)
def _effective_late(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["effectiveDateTime"] = later(sample.day, 1)
    return beside


@DATE.way("4", "the report's date")
def _reported(pen: Pen, result: Json, sample: Sample, beside: list[Json]) -> list[Json]:
    result["issued"] = f"{later(sample.day, 3)}T10:00:00Z"
    holder = report(
        pen.id("report"),
        worded("Laboratory report"),
        effectiveDateTime=sample.day.isoformat(),
        result=[{"reference": f"Observation/{result['id']}"}],
    )
    return [*beside, holder]
