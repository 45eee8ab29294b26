"""Blasts and blood counts (3), CD33 on blasts (10), extramedullary disease (9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from tests.encodings.facts import Blasts, Cd33, Extramedullary, Fact, Measured
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.reports import tell
from tests.encodings.samples import Sample, place
from tests.encodings.sentences import sentence
from tests.encodings.terms import (
    ICD_CM,
    SNOMED,
    coded,
    component,
    observation,
    product,
    quantity,
    status,
    worded,
)

F = TypeVar("F", bound=Fact)
Writer: TypeAlias = Callable[[Pen, F], list[Json]]

BLASTS: Choice[Writer[Blasts]] = Choice("blasts")
COUNT: Choice[Writer[Measured]] = Choice("blood count")
CD33: Choice[Writer[Cd33]] = Choice("CD33")
OUTSIDE: Choice[Writer[Extramedullary]] = Choice("extramedullary disease")
_BLAST_CODES = {
    "marrow": (("11150-0", "Blasts/100 cells in Bone marrow"),),
    "blood": (
        ("26446-5", "Blasts/100 leukocytes in Blood"),
        ("709-6", "Blasts/100 leukocytes in Blood by Manual count"),
        ("747-6", "Myeloblasts/100 leukocytes in Blood by Manual count"),
    ),
}
BLAST_NAME = Choice("name of blasts", "3", {
    "Blasts": "Blasts", "Blasts, manual differential": "Blasts, manual differential",
    "Myeloblasts": "Myeloblasts", "Blasten": "Blasten", "Blast count": "Blast count (%)",
})  # fmt: skip


def _share(pen: Pen, fact: Blasts) -> Json:
    return dict(pen.take(SHARE, fact)(fact.blasts))


SHARE: Choice[Callable[[str], Json]] = Choice("share of blasts")


def _plain(fact: Blasts) -> bool:
    return fact.blasts.replace(".", "").isdecimal()


@SHARE.way("3", "percent", _plain)
def _percent(share: str) -> Json:
    return {"valueQuantity": quantity(share, "%", "%")}


@SHARE.way("3", "in words")
def _in_words(share: str) -> Json:
    return {"valueString": f"{share} %"}


@SHARE.way("3", "fraction, unit 1", _plain)
def _fraction(share: str) -> Json:
    return {"valueQuantity": quantity(product(share, "0.01"), "1", "1")}


@SHARE.way("3", "comparator", lambda f: f.blasts.startswith("<"))
def _comparator(share: str) -> Json:
    return {"valueQuantity": quantity(share[1:], "%", "%", "<")}


@BLASTS.way("3", "by LOINC")
def _by_loinc(pen: Pen, fact: Blasts) -> list[Json]:
    codes = _BLAST_CODES[fact.material]
    code = coded(*codes[pen.number(len(codes))])
    result = observation(pen.id("blasts"), code, **_share(pen, fact))
    return place(pen, result, Sample(fact.day, fact.material, True))


@BLASTS.way("3", "named in words")
def _named(pen: Pen, fact: Blasts) -> list[Json]:
    code = worded(pen.take(BLAST_NAME))
    result = observation(pen.id("blasts"), code, **_share(pen, fact))
    return place(pen, result, Sample(fact.day, fact.material))


@BLASTS.way("3", "component of a differential")
def _differential(pen: Pen, fact: Blasts) -> list[Json]:
    parts = [
        component(worded("Lymphocytes"), valueQuantity=quantity("20", "%", "%")),
        component(worded(pen.take(BLAST_NAME)), **_share(pen, fact)),
    ]
    result = observation(pen.id("differential"), worded("Differential count"), component=parts)
    return place(pen, result, Sample(fact.day, fact.material))


@BLASTS.way("1.11", "sentence of a report")
def _sentence(pen: Pen, fact: Blasts) -> list[Json]:
    return tell(pen, fact)


@BLASTS.way("3", "an Observation that is prose")
def _narrative(pen: Pen, fact: Blasts) -> list[Json]:
    code = worded("Cytomorphology, conclusion")
    words = sentence(pen, fact)
    result = observation(pen.id("narrative"), code, valueString=words)
    return place(pen, result, Sample(fact.day, fact.material))


_COUNTS = {
    "anc": (("751-8", "26499-4"), ("ANC", "Absolute neutrophil count", "Neutrophile absolut")),
    "platelets": (("777-3", "26515-7"), ("Platelets", "Platelet count", "Thrombozyten")),
    "wbc": (("6690-2", "26464-8"), ("WBC", "White blood cell count", "Leukozyten")),
}
COUNT_UNIT: Choice[Callable[[str], Json]] = Choice("unit of a count", "3", {
    "10*9/L": lambda v: quantity(v, "10*9/L", "10*9/L"),
    "10*3/uL": lambda v: quantity(v, "10*3/uL", "10*3/uL"),
    "K/ul without code": lambda v: quantity(v, "K/ul"),
    "per microlitre": lambda v: quantity(product(v, "1000"), "/uL", "/uL"),
    "micro sign": lambda v: quantity(product(v, "1000"), "/\u00b5L"),
    "Greek mu": lambda v: quantity(v, "10\u00b3/\u03bcL"),
    "giga per litre": lambda v: quantity(v, "G/L"),
    "Gpt/L": lambda v: quantity(v, "Gpt/l"),
    "per nanolitre": lambda v: quantity(v, "/nl"),
    "x10E3": lambda v: quantity(v, "x10E3/uL"),
    "cells per mm3": lambda v: quantity(product(v, "1000"), "cells/mm3"),
})  # fmt: skip


@COUNT.way("3", "by LOINC", lambda f: f.measured in _COUNTS)
def _count(pen: Pen, fact: Measured) -> list[Json]:
    codes, _ = _COUNTS[fact.measured]
    value = pen.take(COUNT_UNIT)(fact.value)
    result = observation(pen.id(fact.measured), coded(codes[pen.number(2)]))
    return place(pen, {**result, "valueQuantity": value}, Sample(fact.day, "blood", True))


@COUNT.way("3", "named in words", lambda f: f.measured in _COUNTS)
def _count_in_words(pen: Pen, fact: Measured) -> list[Json]:
    _, names = _COUNTS[fact.measured]
    value = pen.take(COUNT_UNIT)(fact.value)
    result = observation(pen.id(fact.measured), worded(names[pen.number(3)]))
    return place(pen, {**result, "valueQuantity": value}, Sample(fact.day, "blood", True))


@CD33.way("10", "percent of blasts, LOINC")
def _cd33(pen: Pen, fact: Cd33) -> list[Json]:
    code = coded("51155-0", "CD33 blasts/100 blasts in Bone marrow")
    value = quantity(fact.cd33, "%", "%")
    result = observation(pen.id("cd33"), code, valueQuantity=value)
    return place(pen, result, Sample(fact.day, "marrow", True))


@CD33.way("10", "list of markers")
def _markers(pen: Pen, fact: Cd33) -> list[Json]:
    words = ("CD13+, CD33+ (dim), CD117+, CD34-", "Blasts: CD34-, CD33+, CD117+")
    code = worded("Flow cytometry, immunophenotype of blasts")
    result = observation(pen.id("flow"), code, valueString=words[pen.number(2)])
    return place(pen, result, Sample(fact.day, "marrow"))


@CD33.way("10", "named in words")
def _cd33_words(pen: Pen, fact: Cd33) -> list[Json]:
    code = worded("CD33 expression on blasts")
    answers = ({"valueString": "positive"}, {"valueQuantity": quantity(fact.cd33, "%")})
    result = observation(pen.id("cd33"), code, **answers[pen.number(2)])
    return place(pen, result, Sample(fact.day, "marrow"))


@CD33.way("10", "sentence of a report")
def _cd33_sentence(pen: Pen, fact: Cd33) -> list[Json]:
    return tell(pen, fact, "CD33 positive")


def _site(fact: Extramedullary, code: Json) -> Json:
    return {
        "resourceType": "Condition",
        "code": code,
        "clinicalStatus": status("condition-clinical", "active"),
        "verificationStatus": status("condition-ver-status", "confirmed"),
        "onsetDateTime": fact.day.isoformat(),
    }


@OUTSIDE.way("9", "ICD-10-CM")
def _sarcoma_icd(pen: Pen, fact: Extramedullary) -> list[Json]:
    code = coded("C92.30", "Myeloid sarcoma, not having achieved remission", ICD_CM)
    return [{**_site(fact, code), "id": pen.id("sarcoma")}]


@OUTSIDE.way("9", "SNOMED CT morphology")
def _sarcoma_snomed(pen: Pen, fact: Extramedullary) -> list[Json]:
    return [
        {**_site(fact, coded("35287006", "Myeloid sarcoma", SNOMED)), "id": pen.id("sarcoma")}
    ]


@OUTSIDE.way("9", "in words")
def _sarcoma_words(pen: Pen, fact: Extramedullary) -> list[Json]:
    words = ("Myeloid sarcoma of the breast", "Chloroma, left orbit", "Myelosarkom der Haut")
    return [{**_site(fact, worded(words[pen.number(3)])), "id": pen.id("sarcoma")}]


@OUTSIDE.way("9", "sentence of a report")
def _sarcoma_sentence(pen: Pen, fact: Extramedullary) -> list[Json]:
    return tell(pen, fact, "Biopsy of the skin: myeloid sarcoma")
