"""Which drugs a draft orders, in the ways in which FHIR of several versions can say it.

An order is not a record: what it says is planned is ordered, what its words warn of is not, and
where its code and its words differ it orders both, as far as anybody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fhir_mapping.answers import Json, dicts, text
from fhir_mapping.drugs import NOTHING_NAMED, Named, named_by, named_in
from fhir_mapping.resources import NOTHING, Resources
from fhir_mapping.values import codings, normal, words

_WARNED_OF = re.compile(
    r"\b(?:avoid\w*|do not (?:take|give|use|combine)|not (?:together )?with|"
    r"nicht (?:zusammen |gemeinsam )?mit|interact\w*|interaktion\w*)\b[^.;)]*|"
    r"[^,.;(]*\b(?:ver)?meiden\b",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\b(?:(?:is |wird )?(?:planned|geplant\w*)|plan to|consider\w*)\b:?", re.I
)


def medication_of(resource: Json, orders: Resources, record: Resources) -> Named:
    """By concept, by the Medication it refers to, or by the display of the reference."""
    route = " ".join(_routes(resource))
    own = _named(concept_of(resource), route)
    if own.drugs:
        return own
    reference = reference_of(resource)
    medication = referred(reference, resource, orders, record)
    found = _made_of(medication, orders, record) if medication else NOTHING_NAMED
    return found if found.drugs else _named({"text": display_of(reference)}, route)


def concept_of(resource: Json) -> object:
    """R4 and DSTU2 name the medication in one element, R5 in a part of another."""
    medication = resource.get("medication")
    inner = medication.get("concept") if isinstance(medication, Mapping) else None
    return resource.get("medicationCodeableConcept", inner)


def reference_of(resource: Json) -> object:
    medication = resource.get("medication")
    inner = medication.get("reference") if isinstance(medication, Mapping) else None
    return resource.get("medicationReference", inner)


def referred(reference: object, holder: Json, orders: Resources, record: Resources) -> Json:
    """What a reference of a draft means: contained, also where its `#` was forgotten, beside
    the draft, or in the record."""
    found = orders.resolve(reference, holder) or record.resolve(reference)
    named = text(reference.get("reference")) if isinstance(reference, Mapping) else ""
    if found or not named or "/" in named:
        return found
    return next((c for c in dicts(holder.get("contained")) if c.get("id") == named), NOTHING)


def display_of(reference: object) -> str:
    return next((text(r.get("display")) for r in dicts(reference)), "")


def dosage_words(resource: Json) -> str:
    return " | ".join(
        normal(text(dosage.get("text"))) for dosage in dicts(resource.get("dosageInstruction"))
    )


def _routes(resource: Json) -> Iterator[str]:
    for dosage in dicts(resource.get("dosageInstruction")):
        yield from (words(dosage.get("route")), normal(text(dosage.get("text"))))
        yield from (coding.code for coding in codings(dosage.get("route")))


def _named(concept: object, route: str = "") -> Named:
    concept = _as_ordered(concept)
    found = named_by(concept, route)
    if not found.conflict or not isinstance(concept, Mapping):
        return found
    coded = [{"system": c.system, "code": c.code} for c in codings(concept)]
    apart = (named_by({"coding": coded}, route), named_by({"text": words(concept)}, route))
    return Named(frozenset().union(*(part.drugs for part in apart)))


def _as_ordered(concept: object) -> object:
    """The concept without words on what is to be avoided, or on the order being a plan."""
    if not isinstance(concept, Mapping):
        return concept
    changed: dict[str, Any] = dict(concept)
    if isinstance(concept.get("text"), str):
        changed["text"] = _plainly(concept["text"])
    changed["coding"] = [
        dict(coding) | {"display": _plainly(text(coding.get("display")))}
        for coding in dicts(concept.get("coding"))
    ]
    return changed


def _plainly(said: str) -> str:
    return _PLANNED.sub(" ", _WARNED_OF.sub(" ", said))


def _made_of(medication: Json, orders: Resources, record: Resources) -> Named:
    """What a Medication means: its code, else its ingredients together."""
    own = _named(medication.get("code"))
    if own.drugs:
        return own
    product = medication.get("product")  # DSTU2
    holder = product if isinstance(product, Mapping) else medication
    drugs: set[str] = set()
    for ingredient in dicts(holder.get("ingredient")):
        drugs |= _ingredient(ingredient, medication, orders, record).drugs
    together = named_in(" + ".join(sorted(drugs)))  # the product that they are, if they are one
    return together if together.drugs else Named(frozenset(drugs))


def _ingredient(part: Json, medication: Json, orders: Resources, record: Resources) -> Named:
    """R4 has a concept or a reference, R5 either within `item`, DSTU2 a reference as `item`."""
    item = part.get("item")
    inner = item if isinstance(item, Mapping) else {}
    concept = part.get("itemCodeableConcept", inner.get("concept"))
    reference = part.get("itemReference", inner.get("reference"))
    if isinstance(reference, str):
        reference = inner
    named = _named(concept)
    if named.drugs:
        return named
    found = referred(reference, medication, orders, record)
    said = display_of(reference) or display_of(item)
    return _named(found.get("code")) if found else _named({"text": said})
