"""What a result is about, without its numbers and dates: enough to say who need not read it."""

from __future__ import annotations

from dataclasses import dataclass

from fhir_mapping.amounts import plain
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import LONGEST_NAME, Codeable, codeable
from fhir_mapping.memory import Remembering, is_phrase, kept
from fhir_mapping.resources import Resources

_VALUES = (
    "valueString", "valueCodeableConcept", "valueQuantity", "valueRange", "valueRatio",
    "valueInteger", "valueBoolean", "valueDecimal",
)  # fmt: skip
_WORDS = frozenset({"text", "coding", "display"})
_BESIDE = frozenset({*_VALUES, "component", "note"} - {"valueQuantity"})


@dataclass(slots=True, eq=False)
class Gist(Remembering):
    """`code`: of the result; `parts`: of its components; `said`: its value and notes, where
    they are words; `context`: the names of the reports and panels that it is part of."""

    code: Codeable
    parts: tuple[Codeable, ...]
    said: str
    context: str

    @property
    def names(self) -> tuple[Codeable, ...]:
        return (self.code, *self.parts)


def has_words(value: Json) -> bool:
    """A concept, a coding or a reference; not a quantity, a range or a ratio."""
    return not _WORDS.isdisjoint(value)


def gist_from(
    code: Codeable,
    parts: tuple[Codeable, ...],
    said: list[str],
    context: str,
    *,
    by_name: bool = False,
) -> Gist:
    """`by_name`: what is said is the name of a coded answer, which comes in other records too,
    and not prose."""
    if not said:
        return _kept(code, parts, "", context)
    words = "\n".join(filter(None, said))
    words = words if words.isascii() else plain(words)
    if is_phrase(words) or (by_name and len(words) <= LONGEST_NAME):
        return _kept(code, parts, words, context)
    return Gist(code, parts, words, context)


def gist_of(resource: Json, resources: Resources) -> Gist:
    code = codeable(resource.get("code"))
    parents = resources.parents(resource)
    if not parents and _is_number_alone(resource):
        return code.derived(_of_number)
    parts: tuple[Codeable, ...] = ()
    if "component" in resource:
        parts = tuple([codeable(c.get("code")) for c in dicts(resource["component"])])
    context = " | ".join(codeable(p.get("code")).name for p in parents) if parents else ""
    said = _said(resource)
    by_name = len(said) == 1 and bool(codeable(resource.get("valueCodeableConcept")).codes)
    return gist_from(code, parts, said, context, by_name=by_name)


def _is_number_alone(resource: Json) -> bool:
    """As everyday counts are: a quantity, and no words beside it."""
    value = resource.get("valueQuantity")
    return type(value) is dict and not has_words(value) and _BESIDE.isdisjoint(resource)


def _of_number(code: Codeable) -> Gist:
    return _kept(code, (), "", "")


@kept
def _kept(code: Codeable, parts: tuple[Codeable, ...], said: str, context: str) -> Gist:
    return Gist(code, parts, said, context)


def _said(resource: Json) -> list[str]:
    found = []
    for element in _VALUES:
        if element not in resource:
            continue
        value = resource[element]
        if isinstance(value, str):
            found.append(value)
        elif type(value) is not dict:
            found.append(codeable(value).words)
        elif has_words(value):
            found.append(codeable(value).name)
    if "note" in resource:
        notes = (note.get("text") for note in dicts(resource.get("note")))
        found += [note for note in notes if isinstance(note, str)]
    return found
