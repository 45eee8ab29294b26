"""Which concepts a coding names, by the table codes.yaml and a site's own codes.

A code counts with its system; without one only where no other system of the table has it and
its form is its system's own (not RxNorm's or CPT's bare numbers). Rows that are only recalled
give way to a display or text that speaks of something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from fhir_mapping.codeable import TEXT, Codeable, Coding, codeable, normal
from fhir_mapping.memory import forget

_TABLE = Path(__file__).with_name("codes.yaml")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ICD = "http://hl7.org/fhir/sid/icd-10"
_ICD_EDITIONS = frozenset({_ICD, f"{_ICD}-cm", f"{_ICD}-gm"})
_ICD_O = "http://terminology.hl7.org/CodeSystem/icd-o-3"
_BARE_NUMBERS = frozenset({"http://www.ama-assn.org/go/cpt", _ICD_O})
_SHORTEST_STEM = 4
_COMMON = frozenset(
    {"with", "without", "disease", "disorder", "unspecified", "gene", "other", "procedure"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One code of a concept. `verified`: code and display were read together in a source."""

    concept: str
    system: str
    code: str
    display: str
    verified: bool


_Index = Mapping[tuple[str, str], tuple[Row, ...]]
_local_rows: list[Row] = []


def concepts_of(concept_json: object) -> frozenset[str]:
    """The concepts that the codings of a CodeableConcept (or a list of them) name."""
    return concepts_named(codeable(concept_json))


def concepts_named(code: Codeable) -> frozenset[str]:
    return code.derived(_concepts)


def _concepts(said: Codeable) -> frozenset[str]:
    return concept((*said.codings, *_as_text(said)), said.words)


def _as_text(said: Codeable) -> Iterator[Coding]:
    """Its wordings as codes, where a site has lines for words."""
    if TEXT in _systems():
        yield from (Coding(TEXT, part, "") for part in said.words.split(" | "))


def concept(codes: Iterable[Coding], text: str = "") -> frozenset[str]:
    """The concepts that codings name; `text` is what is written beside them all."""
    return frozenset(
        row.concept
        for coding in codes
        for row in _rows(coding)
        if row.verified or _agrees(coding.display or text, row.display)
    )


def all_concepts() -> frozenset[str]:
    """Every concept that some code may name."""
    return frozenset(row.concept for row in _shipped())


def add_rows(rows: Iterable[Row]) -> None:
    """Codes of a site, beside those of codes.yaml."""
    _local_rows.extend(rows)
    _index.cache_clear()
    _systems.cache_clear()
    forget()


def forget_local() -> None:
    """As if no line of a site had been read."""
    _local_rows.clear()
    add_rows(())


def shipped_codings() -> Mapping[str, Coding]:
    """For each concept of codes.yaml one code that names it, with its display if recalled."""
    by_trust = sorted(_shipped(), key=lambda row: row.verified)
    return {
        row.concept: Coding(row.system, row.code, "" if row.verified else row.display)
        for row in by_trust
    }


def names_of_concepts() -> Iterator[tuple[str, str]]:
    """Concepts of codes.yaml with each display that one of their codes has."""
    yield from ((row.concept, row.display) for row in _shipped())


def given_way(said: Codeable) -> tuple[Row, ...]:
    """Recalled rows for its codes that are not taken, as its words speak of something else."""
    return tuple(
        row
        for coding in said.codings
        for row in _recalled(coding)
        if not _agrees(coding.display or said.words, row.display)
    )


def taken_on_trust(said: Codeable) -> tuple[Row, ...]:
    """Recalled rows for its codes that are taken although no word stands beside them."""
    return tuple(
        row
        for coding in said.codings
        for row in _recalled(coding)
        if not (coding.display or said.words)
    )


def _recalled(coding: Coding) -> Iterator[Row]:
    """Its recalled rows, without those that a site has made its own."""
    verified = {row.concept for row in _rows(coding) if row.verified}
    yield from (r for r in _rows(coding) if not r.verified and r.concept not in verified)


def _rows(coding: Coding) -> tuple[Row, ...]:
    if not coding.code:
        return ()
    if not coding.system:
        return _without_system(coding.code)
    found = _index().get((coding.system, _folded(coding.system, coding.code)), ())
    return found + _general(coding) if coding.system in _ICD_EDITIONS else found


def _general(coding: Coding) -> tuple[Row, ...]:
    """Rows of the WHO edition for the code, else for the category that it subdivides."""
    code = _folded(coding.system, coding.code)
    for length in range(len(code), 2, -1):
        if found := _index().get((_ICD, code[:length])):
            return found
    return ()


def _without_system(code: str) -> tuple[Row, ...]:
    systems = _systems() - {TEXT} - (_BARE_NUMBERS if code.isdigit() else set())
    found = {
        system: rows
        for system in systems
        if (rows := _index().get((system, _folded(system, code))))
    }
    if found.keys() <= _ICD_EDITIONS:
        return _rows(Coding(f"{_ICD}-cm", code, "")) if re.match(r"[A-Z]\d\d", code) else ()
    meanings = {row.concept for rows in found.values() for row in rows}
    return next(iter(found.values())) if len(meanings) == 1 else ()


def _folded(system: str, code: str) -> str:
    """The code as it is compared: ICD without its dot and marks, morphology without slash."""
    if system in _ICD_EDITIONS:
        match = re.match(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", code.upper())
        return match[0].replace(".", "") if match else code
    if system == _ICD_O:
        digits = re.sub(r"[M/\- ]", "", code.upper())
        return f"{digits}3" if re.fullmatch(r"\d{4}", digits) else digits
    return code


def _agrees(said: str, display: str) -> bool:
    """Nothing is said beside the code, or something with a word stem of its display."""
    if not said:
        return True
    ours, theirs = _stems(display), _stems(said)
    return not ours or not theirs or bool(ours & theirs)


def _stems(text: str) -> set[str]:
    found = {w for w in re.findall(r"[^\W\d_]{4,}", normal(text)) if w not in _COMMON}
    return {word[:_SHORTEST_STEM] for word in found}


@cache
def _index() -> _Index:
    index: dict[tuple[str, str], tuple[Row, ...]] = {}
    for row in (*_shipped(), *_local_rows):
        key = (row.system, _folded(row.system, row.code))
        index[key] = (*index.get(key, ()), row)
    return index


@cache
def _systems() -> frozenset[str]:
    return frozenset(row.system for row in (*_shipped(), *_local_rows))


@cache
def _shipped() -> tuple[Row, ...]:
    table = yaml.load(_TABLE.read_text(encoding="utf-8"), Loader=_LOADER)
    systems = table["systems"]
    return tuple(
        Row(name, systems[system], code, display, verified=confidence == "verified")
        for name, rows in table["concepts"].items()
        for system, code, confidence, display in rows
    )
