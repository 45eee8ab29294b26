"""Which codes and texts of a document were understood, nearly, or not: `rraml codes`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from aml.patient import TransplantKind
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.coded_fields import Coded, Role, coded_fields, prose
from fhir_mapping.codes import given_way, taken_on_trust
from fhir_mapping.local_codes import WORDS
from fhir_mapping.near_misses import Near, line_of, nearest
from fhir_mapping.overlooked import overlooked
from fhir_mapping.understanding import SET_ASIDE, Reading, reading_of
from fhir_mapping.unnamed import Unnamed

NOT_STATED = TransplantKind.UNKNOWN.value
_COMPARED = (Role.TEST, Role.FACT, Role.SAMPLE)
_FOR_NOTHING = (Role.REPORT,)  # a report is read whatever it is called


@dataclass(frozen=True, slots=True)
class Found:
    """A code or text, how often it occurs, and what became of it.

    `read_as`: the meaning, of a near miss the closest; `why`: of a near miss, what is between.
    """

    path: str
    codes: tuple[tuple[str, str, str], ...]
    text: str
    count: int
    read_as: str = ""
    why: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    recognised: tuple[Found, ...]
    near_misses: tuple[Found, ...]
    ignored: tuple[Found, ...]
    sentences: tuple[Found, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "recognised": [_json(each, "readAs") for each in self.recognised],
            "nearMisses": [_json(each, "closest") for each in self.near_misses],
            "ignored": [_json(each, "readAs") for each in self.ignored],
            "sentences": [_json(each, "readAs") for each in self.sentences],
        }


def report_on(document: object) -> Report:
    """Of a Bundle or a resource, of any number of patients; nobody in it is named."""
    unnamed = Unnamed(document)
    recognised, near_misses, ignored = list[Found](), list[Found](), list[Found]()
    for field, count in _counted(document):
        reading = reading_of(field)
        said = codeable(field.concept)
        if field.role is Role.UNIT and reading.understood:
            continue
        why, near = _missed(field, said, reading)
        if why:
            near_misses.append(_found(field, said, count, unnamed, near, why))
        elif reading.understood:
            means = ", ".join(reading.means or reading.known)
            recognised.append(_found(field, said, count, unnamed, Near(means, "")))
        elif field.test is None or _is_asked(field):
            ignored.append(_found(field, said, count, unnamed, Near("", "")))
    return Report(
        _sorted(recognised),
        _sorted(near_misses),
        _sorted(ignored),
        tuple(_sentences(document, unnamed)),
    )


def _sorted(found: Iterable[Found]) -> tuple[Found, ...]:
    """What looks the same in all counted together, the most frequent first."""
    counts: dict[Found, int] = {}
    for each in found:
        alike = replace(each, count=0)
        counts[alike] = counts.get(alike, 0) + each.count
    together = (replace(each, count=count) for each, count in counts.items())
    return tuple(sorted(together, key=lambda f: (-f.count, f.path, f.codes, f.text)))


def _counted(document: object) -> Iterator[tuple[Coded, int]]:
    """Each field once for each way in which it is filled."""
    counts: dict[object, tuple[Coded, int]] = {}
    for field in coded_fields(document):
        key = tuple(
            (each.codings, each.name)
            for each in map(codeable, (field.concept, field.test, field.holder))
        )
        first, count = counts.get((field.path, key), (field, 0))
        counts[field.path, key] = first, count + 1
    yield from counts.values()


def _missed(field: Coded, said: Codeable, reading: Reading) -> tuple[str, Near]:
    """Why a field is not understood, or not for certain, and what is closest to it."""
    if (rows := given_way(said)) and not reading.means:
        name = rows[0].concept
        return "its code is known, but its text speaks of something else", Near(
            name, line_of(field, name)
        )
    if rows := taken_on_trust(said):
        name = rows[0].concept
        return (
            "read by a code that was never seen beside its name, and no text confirms it",
            Near(name, line_of(field, name)),
        )
    if field.role in _COMPARED and (two := _contradiction(field, said)):
        return "code and text disagree; one of them has to be put right", Near(two, "")
    if reading.understood or field.role in _FOR_NOTHING:
        return "", Near("", "")
    if field.role is Role.UNIT:
        said_unit = "in this unit" if said.name else "without a unit"
        return f"a number of this test counts for nothing {said_unit}", Near("", "")
    if near := nearest(field):
        return "not understood as it stands", near
    if reading.matters:
        return "the test is known, this answer is not", Near("", line_of(field, WORDS, "…"))
    return "", Near("", "")


def _contradiction(field: Coded, said: Codeable) -> str:
    """ "A by its code, B by its text", if the two have nothing in common."""
    coded = {"coding": [{"system": c.system, "code": c.code} for c in said.codings if c.code]}
    if not coded["coding"] or not said.name:
        return ""
    by_code = reading_of(field, coded).means
    by_text = reading_of(field, {"text": said.name.split(" | ")[0]}).means
    if not by_code or not by_text or any(_akin(a, b) for a in by_code for b in by_text):
        return ""
    if by_text[0].startswith(SET_ASIDE):
        return ""
    return f"{', '.join(by_code)} by its code, {', '.join(by_text)} by its text"


def _akin(one: str, other: str) -> bool:
    """The same, or one of the two says it more exactly."""
    stems = (each.removesuffix(NOT_STATED).rstrip(" -,") for each in (one, other))
    shorter, longer = sorted(stems, key=len)
    return re.match(rf"{re.escape(shorter)}(?:$|[-,])", longer) is not None


def _is_asked(field: Coded) -> bool:
    return reading_of(
        Coded(field.path, Role.TEST, field.test, dict, holder=field.holder)
    ).understood


def _found(
    field: Coded, said: Codeable, count: int, unnamed: Unnamed, near: Near, why: str = ""
) -> Found:
    concept = field.concept
    written = concept if isinstance(concept, str) else said.name.split(" | ")[0]
    codes = tuple(
        (unnamed.code(c.system), unnamed.code(c.code), unnamed.text(c.display))
        for c in said.codings
    )
    shown = (unnamed.code(near.line), unnamed.text(said.name))
    line = near.line if shown == (near.line, said.name) else ""
    return Found(field.path, codes, unnamed.text(written), count, near.closest, why, line)


def _sentences(document: object, unnamed: Unnamed) -> Iterator[Found]:
    counts: dict[tuple[str, str], int] = {}
    for path, written in prose(document):
        for sentence in overlooked(written):
            key = path, unnamed.text(sentence)
            counts[key] = counts.get(key, 0) + 1
    for (path, sentence), count in counts.items():
        yield Found(path, (), sentence, count)


def _json(found: Found, meaning: str) -> dict[str, Any]:
    codings = [
        {
            name: part
            for name, part in zip(("system", "code", "display"), each, strict=True)
            if part
        }
        for each in found.codes
    ]
    entry = {
        "field": found.path, "codings": codings, "text": found.text, "count": found.count,
        meaning: found.read_as, "why": found.why, "line": found.line,
    }  # fmt: skip
    return {name: value for name, value in entry.items() if value}
