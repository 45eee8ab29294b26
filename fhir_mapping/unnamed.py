"""Words of a record without the people in it: what names or numbers them is blotted out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

BLOT = "▮"
_PEOPLE = ("Patient", "RelatedPerson", "Practitioner", "Person")
_SUBJECTS = frozenset({"subject", "patient", "performer", "asserter", "recorder", "author"})
_LONGEST = 160
_TITLED = re.compile(
    r"\b(?:Herrn?|Frau|Mr|Mrs|Ms|Miss|Mme|Dr|Prof)\b\.?(?: (?:med|Dr)\.?)*"
    r" [A-ZÄÖÜ][\w'’-]+(?: [A-ZÄÖÜ][\w'’-]+)?"
)
_BORN = re.compile(r"(?i:\b(?:geb(?:oren)?\.?|born|d\.?o\.?b\.?)(?: am| on)?)[ :]*\d[\d./-]+")
_NUMBERED = re.compile(r"\b\d[\d-]{5,}\b|\S+@\S+")


class Unnamed:
    """Blots out what a document itself says of people, and what looks like it in prose."""

    def __init__(self, document: object) -> None:
        names, numbers = set[str](), set[str]()
        for word in _names(document):
            names |= {part for part in re.findall(r"[^\W\d_]+", word) if len(part) > 1}
            numbers |= {part for part in re.findall(r"\S*\d\S*", word) if len(part) > 3}
        numbers |= {n for n in _identifiers(document) if len(n) > 1}
        everything = sorted(names | numbers, key=lambda each: (-len(each), each))
        listed = "|".join(map(re.escape, everything))
        self._known = re.compile(rf"(?i:(?<![^\W_])(?:{listed})(?![^\W_]))") if listed else None

    def code(self, code: str) -> str:
        """A code or system, which may be a long number."""
        return self._known.sub(BLOT, code) if self._known else code

    def text(self, written: str) -> str:
        shown = self.code(written)
        for pattern in (_TITLED, _BORN, _NUMBERED):
            shown = pattern.sub(BLOT, shown)
        return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _names(value: object, *, of_person: bool = False) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _names(item, of_person=of_person)
    elif isinstance(value, Mapping):
        of_person = of_person or value.get("resourceType") in _PEOPLE
        for element, inner in value.items():
            if of_person and element in ("name", "address", "telecom", "birthDate"):
                yield from _strings(inner)
            elif _refers_to_person(element, inner):
                yield from (
                    str(r["display"])
                    for r in _dicts(inner)
                    if isinstance(r.get("display"), str)
                )
            if element == "contained" or isinstance(inner, dict | list):
                yield from _names(inner, of_person=element == "contact" and of_person)


def _refers_to_person(element: str, value: object) -> bool:
    return element in _SUBJECTS or any(
        str(each.get("reference", "")).split("/")[-2:-1] in [[kind] for kind in _PEOPLE]
        for each in _dicts(value)
    )


def _identifiers(value: object) -> Iterator[str]:
    """Of people and of samples, and the logical ids of people."""
    for each in _dicts(value):
        if each.get("resourceType") in _PEOPLE and isinstance(each.get("id"), str):
            yield each["id"]
        for element, inner in each.items():
            if element in ("identifier", "accessionIdentifier", "groupIdentifier"):
                yield from (
                    str(i["value"]).strip()
                    for i in _dicts(inner)
                    if isinstance(i.get("value"), str)
                )
            if isinstance(inner, dict | list):
                yield from _identifiers(inner)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, Mapping):
            parts = ("family", "given", "text", "line", "postalCode", "value")
            for part in parts:
                yield from _strings(each.get(part))
        elif each is not value:
            yield from _strings(each)


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (
        v for v in (value if isinstance(value, list) else [value]) if isinstance(v, dict)
    )
