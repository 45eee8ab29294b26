"""Every coded field that a reader looks at, with a record that holds nothing else.

Such a `probe` is a final, dated resource of one patient: what is read from it is what the field
means by itself. Fields of results are asked together with the test that they answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from fhir_mapping.answers import Json, dicts, text, unpack
from fhir_mapping.values import plain

_Resource: TypeAlias = dict[str, Any]
_DAY = "2026-01-02"
_SUBJECT = {"reference": "Patient/p"}
LONGEST_ANSWER = 60  # characters; a longer string is prose


class Role(Enum):
    """How a field is read."""

    TEST = "test"
    ANSWER = "answer"
    CALL = "call"
    UNIT = "unit"
    FACT = "fact"
    STATUS = "status"
    SAMPLE = "sample"
    METHOD = "method"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Coded:
    """One field. `path`: where it stands; `concept`: a CodeableConcept, or a string answer;
    `probe`: the record with another concept in its place; `test`: what an answer answers;
    `holder`: the code of the panel that a component is part of."""

    path: str
    role: Role
    concept: Any
    probe: Callable[[Any], _Resource]
    test: Any = None
    holder: Any = None


def coded_fields(document: object) -> Iterator[Coded]:
    """Of each resource in a Bundle (or of the one resource), contained ones too."""
    for resource in _everything(document):
        kind = text(resource.get("resourceType"))
        if kind == "Observation":
            yield from _of_observation(resource)
        yield from _of_others(kind, resource)


def prose(document: object) -> Iterator[tuple[str, str]]:
    """Where text is all there is: conclusions, and values too long to be an answer."""
    for resource in _everything(document):
        kind = resource.get("resourceType")
        if kind == "DiagnosticReport" and text(resource.get("conclusion")):
            yield "DiagnosticReport.conclusion", resource["conclusion"]
        if kind == "Observation" and len(text(resource.get("valueString"))) > LONGEST_ANSWER:
            yield "Observation.valueString", resource["valueString"]


def _everything(document: object) -> Iterator[Json]:
    for resource, _ in unpack(document).resources:
        yield resource
        yield from dicts(resource.get("contained"))


def _of_observation(resource: Json) -> Iterator[Coded]:
    code = resource.get("code")
    if code:
        yield Coded("Observation.code", Role.TEST, code, lambda other: _observation(code=other))
    yield from _answers("Observation", resource, code, lambda **said: _observation(**said))
    for part in dicts(resource.get("component")):
        asked = part.get("code")

        def within(**said: Any) -> _Resource:
            return _observation(code=code, component=[said])

        if asked:
            path = "Observation.component.code"
            yield Coded(path, Role.TEST, asked, lambda other: within(code=other), holder=code)
        yield from _answers("Observation.component", part, asked, within, code)
    for element, role in (("bodySite", Role.SAMPLE), ("method", Role.METHOD)):
        if element in resource:
            yield Coded(f"Observation.{element}", role, resource[element], dict)


def _answers(
    place: str,
    element: Json,
    code: object,
    probe: Callable[..., _Resource],
    holder: object = None,
) -> Iterator[Coded]:
    for name in ("valueCodeableConcept", "valueString"):
        value = element.get(name)
        if not value or (isinstance(value, str) and len(value) > LONGEST_ANSWER):
            continue

        def answering(other: Any, name: str = name) -> _Resource:
            return probe(code=code, **{name: other})

        path = f"{place}.{name}"
        yield Coded(path, Role.ANSWER, value, answering, test=code, holder=holder)
    for value in dicts(element.get("valueQuantity")):
        unit = plain(text(value.get("unit")) or text(value.get("code")))
        counted = probe(code=code, valueQuantity=value)
        path = f"{place}.valueQuantity.unit"
        yield Coded(path, Role.UNIT, unit, _always(counted), test=code, holder=holder)
    for call in dicts(element.get("interpretation")):
        path = f"{place}.interpretation"
        yield Coded(path, Role.CALL, call, dict, test=code, holder=holder)


def _always(resource: _Resource) -> Callable[[Any], _Resource]:
    return lambda _: resource


_FACTS: dict[str, tuple[str, ...]] = {
    "Condition": ("code",),
    "Procedure": ("code", "usedCode"),
    "MedicationRequest": ("medicationCodeableConcept",),
    "MedicationStatement": ("medicationCodeableConcept",),
    "MedicationAdministration": ("medicationCodeableConcept",),
    "MedicationDispense": ("medicationCodeableConcept",),
    "Medication": ("code", "ingredient.itemCodeableConcept"),
    "AllergyIntolerance": ("code", "reaction.substance"),
    "ServiceRequest": ("code",),
    "Goal": ("description",),
    "CarePlan": (
        "category", "activity.detail.code", "activity.detail.productCodeableConcept",
    ),
}  # fmt: skip
_OTHERS: dict[str, tuple[tuple[str, Role], ...]] = {
    "Condition": (("clinicalStatus", Role.STATUS), ("verificationStatus", Role.STATUS)),
    "Specimen": (("type", Role.SAMPLE), ("collection.bodySite", Role.SAMPLE)),
    "DiagnosticReport": (("code", Role.REPORT),),
}


def _of_others(kind: str, resource: Json) -> Iterator[Coded]:
    for path in _FACTS.get(kind, ()):
        for concept in _at(resource, path.split(".")):
            yield Coded(f"{kind}.{path}", Role.FACT, concept, _probe_of(kind, path))
    for path, role in _OTHERS.get(kind, ()):
        for concept in _at(resource, path.split(".")):
            yield Coded(f"{kind}.{path}", role, concept, dict)
    for element in ("medicationReference", "specimen"):
        for reference in dicts(resource.get(element)):
            if display := plain(text(reference.get("display"))):
                said = {"text": display}
                if element == "specimen":
                    yield Coded(f"{kind}.specimen.display", Role.SAMPLE, said, dict)
                else:
                    probe = _probe_of(kind, "medicationCodeableConcept")
                    yield Coded(f"{kind}.{element}.display", Role.FACT, said, probe)


def _at(element: Json, path: list[str]) -> Iterator[Any]:
    first, *rest = path
    for inner in dicts(element.get(first)):
        if rest:
            yield from _at(inner, rest)
        elif "coding" in inner or text(inner.get("text")):
            yield inner


def _probe_of(kind: str, path: str) -> Callable[[Any], _Resource]:
    """The field in a resource that is done, begun and in force; a drug as one that is taken."""
    if kind.startswith("Medication") or path.endswith("productCodeableConcept"):
        return lambda other: {
            "resourceType": "MedicationStatement", "id": "r", "subject": _SUBJECT,
            "status": "active", "effectivePeriod": {"start": _DAY},
            "medicationCodeableConcept": other,
        }  # fmt: skip
    if path in ("usedCode", "activity.detail.code"):
        return lambda other: _resource("Procedure", code=other)
    if kind == "CarePlan":
        return lambda other: _resource("CarePlan", category=[other])
    element = "code" if kind == "AllergyIntolerance" else path
    return lambda other: _resource(kind, **{element: other})


def _resource(kind: str, **said: Any) -> _Resource:
    standing: dict[str, _Resource] = {
        "Condition": {"clinicalStatus": {"coding": [{"code": "active"}]},
                      "onsetDateTime": _DAY},
        "Procedure": {"status": "completed", "performedDateTime": _DAY},
        "CarePlan": {"status": "active", "intent": "plan", "period": {"start": _DAY}},
        "Goal": {"lifecycleStatus": "active", "startDate": _DAY},
        "ServiceRequest": {"status": "active", "intent": "order", "authoredOn": _DAY},
        "AllergyIntolerance": {"patient": _SUBJECT, "recordedDate": _DAY},
    }  # fmt: skip
    return {
        "resourceType": kind, "id": "r", "subject": _SUBJECT, **standing[kind], **said,
    }  # fmt: skip


def _observation(**said: Any) -> _Resource:
    return {
        "resourceType": "Observation", "id": "r", "subject": _SUBJECT, "status": "final",
        "effectiveDateTime": _DAY, **said,
    }  # fmt: skip
