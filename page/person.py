"""Whose chart it is, for an EHR that does not show it itself."""

from __future__ import annotations

from dataclasses import dataclass

from cards.wording import plain
from fhir_mapping.answers import as_list, dicts, text
from page.sight import Sight


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    born: str


def person_of(sight: Sight) -> Person:
    """By the name in use, else the first one; the id where there is none."""
    body = sight.resources.get(sight.patient.reference, {})
    names = list(dicts(body.get("name")))
    names.sort(key=lambda n: text(n.get("use")) not in ("official", "usual"))
    spoken = [_spoken(text(n.get("text")), n.get("family"), n.get("given")) for n in names]
    name = next(filter(None, spoken), sight.patient.reference)
    return Person(name, plain(text(body.get("birthDate"))))


def _spoken(whole: str, family: object, given: object) -> str:
    if whole:
        return plain(whole)
    first = " ".join(text(g) for g in as_list(given))
    return plain(f"{text(family)}, {first}".strip(", "))
