"""A Bundle of Observations, of which only those are decoded that could concern a reader.

A record holds hundreds of Observations, and some dozens speak of leukemia. Their names and
words are looked at in the undecoded text; where those cannot be told, all are decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from fhir_mapping.answers import Answer, decode
from fhir_mapping.codeable import Codeable, codeable, from_parts
from fhir_mapping.concerns import concerns_anyone
from fhir_mapping.gist import gist_from
from fhir_mapping.memory import is_phrase, kept

# Of a report on residual disease any result may be part, and reports are read later.
_CONTEXT = "MRD"
_Seen = Raw | UnsetType
_NULL = Raw(b"null")


class _Coding(Struct, frozen=True):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class _Concept(Struct, frozen=True):
    coding: tuple[_Coding, ...] = ()
    text: str | None = None


class _Part(Struct):
    code: Raw = _NULL


class _Note(Struct):
    text: str = ""


class _Number(Struct):
    """A quantity, range or ratio: FHIR gives it no words, and one that has some is no such."""

    text: UnsetType = UNSET
    coding: UnsetType = UNSET
    display: UnsetType = UNSET


class _Reference(Struct):
    reference: str = ""


class _Head(Struct):
    """What is looked at, and the elements by which one resource depends on another."""

    resourceType: Literal["Observation"]
    id: str
    status: str
    subject: _Reference
    code: Raw = _NULL  # most are known by their bytes
    component: tuple[_Part, ...] = ()
    note: tuple[_Note, ...] = ()
    valueString: str = ""
    valueCodeableConcept: Raw = _NULL
    valueQuantity: _Number | None = None
    valueRange: _Number | None = None
    valueRatio: _Number | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None
    valueDecimal: float | None = None
    hasMember: tuple[_Reference, ...] = ()
    contained: _Seen = UNSET
    derivedFrom: _Seen = UNSET
    extension: _Seen = UNSET
    focus: _Seen = UNSET


class _Search(Struct):
    mode: Literal["match"] = "match"


class _Entry(Struct):
    resource: Raw
    fullUrl: str = ""
    search: _Search | None = None
    response: UnsetType = UNSET


class Bundle(Struct):
    """The answer to a search as it came, of matches alone, its resources undecoded."""

    entry: list[_Entry]
    resourceType: Any = UNSET
    type: Any = UNSET
    total: Any = UNSET
    link: Any = UNSET


_HEAD = msgspec.json.Decoder(_Head)
_CONCEPT = msgspec.json.Decoder(_Concept | None)
_LONGEST_CODE = 1000  # bytes
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decoded(bundle: Bundle) -> dict[str, Any]:
    """Raises ValueError as `decode` does."""
    return _with_entries(bundle, [_decoded(entry) for entry in bundle.entry])


def skimmed(bundle: Bundle, patient_id: str) -> Answer | dict[str, Any]:
    """The Observations of a Bundle without those that concern nobody: taken apart where
    nothing is missing from it, else a decoded Bundle.

    Raises ValueError as `decode` does.
    """
    try:
        heads = [_HEAD.decode(entry.resource) for entry in bundle.entry]
        needed = _needed(heads, f"Patient/{patient_id}")
    except _UNDECODABLE:
        return decoded(bundle)
    ids = {head.id.strip() for head in heads}
    if bundle.resourceType != "Bundle" or "" in ids or len(ids) < len(heads):
        return decoded(bundle)
    about = zip(bundle.entry, heads, strict=True)
    entries = [entry for entry, head in about if head.id in needed]
    if bundle.link is UNSET and bundle.total in (UNSET, len(bundle.entry)):
        return Answer([(decode(bytes(e.resource)), e.fullUrl.strip()) for e in entries])
    left_out = len(bundle.entry) - len(entries)
    return _with_entries(bundle, [_decoded(entry) for entry in entries], left_out)


def _with_entries(
    bundle: Bundle, entries: list[dict[str, Any]], left_out: int = 0
) -> dict[str, Any]:
    """`left_out`: how many of the matches are not among the entries, and are not missed."""
    total = bundle.total - left_out if isinstance(bundle.total, int) else bundle.total
    members = {
        "resourceType": bundle.resourceType,
        "type": bundle.type,
        "link": bundle.link,
        "total": total,
    }
    present = {name: value for name, value in members.items() if value is not UNSET}
    return {**present, "entry": entries}


def _needed(heads: Sequence[_Head], patient: str) -> set[str]:
    """The ids of those that concern a reader, depend on others, or are not plainly ours.

    What is not final keeps all of the same name: one of them may replace another.
    """
    topics = [_topic(head) for head in heads]
    about = list(zip(heads, topics, strict=True))
    unsettled = {topic.test for head, topic in about if head.status != "final"}
    needed = {
        head.id
        for head, topic in about
        if topic.concerns
        or head.subject.reference != patient
        or head.extension is not UNSET
        or head.contained is not UNSET
        or head.derivedFrom is not UNSET
        or head.focus is not UNSET
        or head.hasMember
        or (unsettled and topic.test in unsettled)
    }
    panels = [head for head in heads if head.hasMember]
    return needed.union(m.reference.rsplit("/", 1)[-1] for p in panels for m in p.hasMember)


def _decoded(entry: _Entry) -> dict[str, Any]:
    members: dict[str, Any] = {"resource": decode(bytes(entry.resource))}
    if entry.fullUrl:
        members["fullUrl"] = entry.fullUrl
    if entry.search is not None:
        members["search"] = {"mode": entry.search.mode}
    return members


class _Topic(NamedTuple):
    """What a result is about, and whether that concerns a reader."""

    test: tuple[frozenset[str], str]  # codes and name
    concerns: bool


def _topic(head: _Head) -> _Topic:
    code = bytes(head.code)
    wordless = not (head.component or head.valueString or head.note)
    if wordless and head.valueCodeableConcept is _NULL and len(code) <= _LONGEST_CODE:
        return _kept_topic(code, (), b"null", "")  # a number, as most are
    answer = bytes(head.valueCodeableConcept)
    parts = tuple([bytes(part.code) for part in head.component])
    notes = [note.text for note in head.note]
    said = "\n".join([head.valueString, *notes]) if head.valueString or notes else ""
    short = sum(map(len, (code, answer, *parts))) <= _LONGEST_CODE
    if short and (not said or is_phrase(said)):
        return _kept_topic(code, parts, answer, said)
    return _topic_of(code, parts, answer, said)


def _topic_of(code: bytes, parts: tuple[bytes, ...], answer: bytes, said: str) -> _Topic:
    """By the codes as they stand in the resource."""
    named, answered, *inner = (
        _codeable(_CONCEPT.decode(raw)) for raw in (code, answer, *parts)
    )
    gist = gist_from(named, tuple(inner), [said, answered.name], _CONTEXT)
    return _Topic((named.codes, named.name), gist.derived(concerns_anyone))


_kept_topic = kept(_topic_of)


def _codeable(concept: _Concept | None) -> Codeable:
    return codeable(None) if concept is None else from_parts(concept.text, _parts(concept))


def _parts(concept: _Concept) -> list[str | None]:
    return [part for c in concept.coding for part in (c.system, c.code, c.display)]
