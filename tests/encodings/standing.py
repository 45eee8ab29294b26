"""The standing of a result (4): statuses, versions, corrections, and repetition (5).

Each way takes the resources written for a fact, the result first, and gives them with what
belongs to its standing. What is superseded says the opposite of the fact.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from typing import TypeAlias

from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.terms import coded, report, worded

Standing: TypeAlias = Callable[[Pen, list[Json]], list[Json]]

STANDING: Choice[Standing] = Choice("standing of a result")
_OPPOSITES = {
    "detected": "not detected", "positive": "negative", "mutated": "wild type",
}  # fmt: skip


def _is_result(written: list[Json]) -> bool:
    return bool(written) and written[0]["resourceType"] == "Observation"


def _contradicted(result: Json) -> Json:
    """A copy that says something else, as an earlier and wrong version would."""
    other = deepcopy(result)
    parts = [p for p in other.get("component", ()) if any(e.startswith("value") for e in p)]
    told = any(element.startswith("value") for element in other)
    for part in [other] if told or not parts else parts:
        _contradict(part)
    return other


def _contradict(part: Json) -> None:
    for element in ("valueQuantity", "valueRange", "valueRatio"):
        if element in part:
            del part[element]
            part["valueQuantity"] = {"value": Decimal("77"), "unit": "%"}
            return
    if "valueBoolean" in part:
        part["valueBoolean"] = not part["valueBoolean"]
    elif "valueCodeableConcept" in part:
        part["valueCodeableConcept"] = worded("Indeterminate")
    else:
        said = part.get("valueString", "")
        part["valueString"] = _OPPOSITES.get(said.lower(), "see comment")


@STANDING.way("4", "final")
def _final(pen: Pen, written: list[Json]) -> list[Json]:
    return written


@STANDING.way("4", "amended", _is_result)
def _amended(pen: Pen, written: list[Json]) -> list[Json]:
    written[0]["status"] = "amended"
    return written


@STANDING.way("4", "corrected, after a version of the same id", _is_result)
def _versioned(pen: Pen, written: list[Json]) -> list[Json]:
    first = _contradicted(written[0])
    first["meta"] = {"versionId": "1"}
    written[0].update(status="corrected", meta={"versionId": "2"})
    return [first, *written] if pen.number(2) else [*written, first]


def _is_dated(written: list[Json]) -> bool:
    """A correction finds what it corrects by test, sample and time, so it must have them."""
    return _is_result(written) and any(name.startswith("effective") for name in written[0])


@STANDING.way("4", "corrected, beside the result of another id", _is_dated)
def _replaced(pen: Pen, written: list[Json]) -> list[Json]:
    first = _contradicted(written[0])
    first.update(id=pen.id("superseded"), issued="2001-01-01T00:00:00Z")
    written[0]["status"] = "corrected"
    return [*written, first]


@STANDING.way("4", "corrected, naming what it replaces", _is_result)
def _names_replaced(pen: Pen, written: list[Json]) -> list[Json]:
    first = _contradicted(written[0])
    first.update(id=pen.id("superseded"))
    url = "http://hl7.org/fhir/StructureDefinition/replaces"
    extension = {"url": url, "valueReference": {"reference": f"Observation/{first['id']}"}}
    written[0].update(status="corrected", extension=[extension])
    return [first, *written]


@STANDING.way("4", "final after preliminary", _is_dated)
def _preliminary(pen: Pen, written: list[Json]) -> list[Json]:
    first = _contradicted(written[0])
    first.update(id=pen.id("preliminary"), status="preliminary")
    return [*written, first]


@STANDING.way("4", "final, entered in error before", _is_result)
def _in_error(pen: Pen, written: list[Json]) -> list[Json]:
    first = _contradicted(written[0])
    first.update(id=pen.id("in-error"), status="entered-in-error")
    return [*written, first]


@STANDING.way("5", "named by a report", _is_result)
def _reported(pen: Pen, written: list[Json]) -> list[Json]:
    result = written[0]
    holder = report(
        pen.id("report"),
        coded("11502-2", "Laboratory report"),
        effectiveDateTime=_day(result),
        result=[{"reference": f"Observation/{result['id']}"}],
    )
    return [*written, {k: v for k, v in holder.items() if v}]


@STANDING.way("5", "named by a report twice, and by another", _is_result)
def _reported_twice(pen: Pen, written: list[Json]) -> list[Json]:
    link = {"reference": f"Observation/{written[0]['id']}"}
    first = report(pen.id("report"), worded("Laboratory report"), result=[link, link])
    other = report(pen.id("report"), worded("Cumulative report"), result=[link])
    return [*written, first, other]


@STANDING.way(
    "5", "contained in a report", lambda written: _is_result(written) and _alone(written)
)
def _contained(pen: Pen, written: list[Json]) -> list[Json]:
    """Not where another resource names the result, or it holds resources itself."""
    result, *beside = written
    inner = {**result, "id": "a"}
    holder = report(
        pen.id("report"),
        worded("Laboratory report"),
        effectiveDateTime=_day(result),
        result=[{"reference": "#a"}],
        contained=[inner],
    )
    identity = f"DiagnosticReport/{holder['id']}"
    pen.kept.setdefault("moved", {})[f"Observation/{result['id']}"] = identity
    return [{k: v for k, v in holder.items() if v}, *beside]


def _alone(written: list[Json]) -> bool:
    named = [resource for resource in written[1:] if "result" in resource]
    return "contained" not in written[0] and not named and "hasMember" not in str(written[1:])


def _day(result: Json) -> str:
    return str(result.get("effectiveDateTime", ""))
