"""The concept that a code or text is nearest to, where no reader understood it.

A name is near if it differs by a letter in one word, or by about one word in five; the words
that only say how a test is done do not count. What is proposed was tried: with the line, the
field is understood. Whether it is true, only the hospital can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from fhir_mapping.codeable import TEXT, Coding, codeable, normal
from fhir_mapping.coded_fields import Coded, Role
from fhir_mapping.codes import names_of_concepts, shipped_codings
from fhir_mapping.drugs import all_names
from fhir_mapping.gene_tests import DETAILS
from fhir_mapping.local_codes import WORDS, line_for, meanings
from fhir_mapping.problems import CLINICAL, VERIFICATION
from fhir_mapping.understanding import reading_of

_OTHER_NAMES = Path(__file__).with_name("other_names.yaml")
_NEAR = 0.8
_LETTERS_FOR_EDIT = 6  # in shorter words one other letter makes another word: CD33, CD34
_TRIED = 4
_HOW = frozenset(
    {
        "in", "of", "by", "or", "and", "the", "a", "an", "for", "with", "on", "to", "from",
        "gene", "genes", "analysis", "test", "procedure", "specimen", "finding", "disorder",
        "tissue", "molecular", "genetics", "method", "assay", "der", "die", "das", "im", "von",
        "und", "oder", "mit", "des", "bei", "gen", "analyse", "untersuchung", "methode",
    }
)  # fmt: skip
_DETAILS = DETAILS | {"variant_assessment", "iscn", "clin_significance", "genomics_report"}


@dataclass(frozen=True, slots=True)
class Near:
    """`closest`: what the field may mean; `line`: for RRAML_LOCAL_CODES, "" if none helps."""

    closest: str
    line: str


def nearest(field: Coded) -> Near | None:
    """The first proposal by which the field would be understood."""
    for name, words in _proposals(field):
        proposed = _read_with(field, name, words)
        if proposed:
            return Near(proposed if name == WORDS else name, line_of(field, name, words))
    return None


def line_of(field: Coded, name: str, words: str = "") -> str:
    """By the first local code, else by any that has a system, else by what is written."""
    said = codeable(field.concept)
    coded = [c for c in said.codings if c.system and c.code]
    own = [c for c in coded if not _is_public(c.system)]
    if found := next(iter(own or coded), None):
        return line_for(name, Coding(found.system, found.code, words or found.display))
    written = said.name.split(" | ")[0]
    return line_for(name, Coding(TEXT, written, words)) if written else ""


def _is_public(system: str) -> bool:
    return system in {coding.system for coding in shipped_codings().values()}


def _proposals(field: Coded) -> Iterator[tuple[str, str]]:
    """Names of `meanings` and the words they stand for, the nearest first."""
    written = [part for part in codeable(field.concept).name.split(" | ") if part]
    if field.role is Role.STATUS:
        known = CLINICAL if field.path.endswith("clinicalStatus") else sorted(VERIFICATION)
        near = (word for part in written for word in known if _likeness(part, word) >= _NEAR)
        yield from ((WORDS, word) for word in near)
        return
    for part in written:
        spelled = _respelled(part)
        if spelled != normal(part):
            yield WORDS, spelled
    ranked = sorted(
        ((max(_likeness(part, known) for part in written), -n, name)
         for n, (name, known) in enumerate(_names())) if written else (),
        reverse=True,
    )  # fmt: skip
    near_names = dict.fromkeys(name for score, _, name in ranked if score >= _NEAR)
    yield from ((name, "") for name in list(near_names)[:_TRIED])


def _read_with(field: Coded, name: str, words: str) -> str:
    """What the field would be read as with this line; "" if that does not help."""
    said = words or meanings()[name]
    if isinstance(field.concept, str):
        concept: Any = said
    else:
        shipped = shipped_codings().get(name)
        added = {"display": said}
        if shipped:
            added = {"system": shipped.system, "code": shipped.code, "display": shipped.display}
        given = field.concept if isinstance(field.concept, Mapping) else {}
        own = given.get("coding")
        concept = {**given, "coding": [*(own if isinstance(own, list) else []), added]}
    read = reading_of(field, concept)
    if read.means:
        return ", ".join(read.means)
    return name if name in read.known and name in _DETAILS else ""


@cache
def _names() -> tuple[tuple[str, str], ...]:
    """What a line may mean, each by every name that it goes by."""
    named = [*names_of_concepts(), *_other_names(), *meanings().items(), *all_names()]
    return tuple(dict.fromkeys((name, normal(written)) for name, written in named))


def _other_names() -> Iterator[tuple[str, str]]:
    listed: dict[str, list[str]] = yaml.safe_load(_OTHER_NAMES.read_text(encoding="utf-8"))
    for name, others in listed.items():
        yield from ((name, other) for other in others)


def _likeness(one: str, other: str) -> float:
    """From 0 to 1: the share of words in common, by number and by letters."""
    ours, theirs = _words(one), _words(other)
    if not ours or not theirs:
        return 0
    alike = [(a, b) for a in ours for b in theirs if _same(a, b)]
    mine, its = {a for a, _ in alike}, {b for _, b in alike}
    by_number = (len(mine) + len(its)) / (len(ours) + len(theirs))
    letters = sum(map(len, (*mine, *its)))
    return min(by_number, letters / sum(map(len, (*ours, *theirs))))


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", normal(text))) - _HOW


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1 or re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return False
    shortest = min(len(one), len(other))
    return shortest >= _LETTERS_FOR_EDIT and OSA.distance(one, other, score_cutoff=1) <= 1


def _respelled(written: str) -> str:
    """With each word that is one letter from a word that names consist of put right."""
    return re.sub(r"[^\W_]+", lambda found: _word_meant(found[0]), normal(written))


@cache
def _word_meant(word: str) -> str:
    known = _vocabulary()
    if word in known or word in _HOW or len(word) < 4:
        return word
    slips = extract(word, known, scorer=OSA.distance, score_cutoff=1, limit=None)
    near = [name for name, _, _ in slips if _is_slip(word, name)]
    return near[0] if len(near) == 1 else word


def _is_slip(word: str, known: str) -> bool:
    """Two letters exchanged; or in a longer word one left out, doubled or another."""
    if sorted(word) == sorted(known):
        return True
    same_digits = re.sub(r"\D", "", word) == re.sub(r"\D", "", known)
    return same_digits and max(len(word), len(known)) >= _LETTERS_FOR_EDIT


@cache
def _vocabulary() -> tuple[str, ...]:
    every: Iterable[str] = (word for _, name in _names() for word in _words(name))
    return tuple(sorted(word for word in set(every) if len(word) >= 4))
