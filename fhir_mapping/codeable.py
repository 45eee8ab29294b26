"""CodeableConcepts: their codings, names and words, worked out once for each that recurs.

The same tests, units and answers come in every record, so what is derived from their short
names is kept. A long text is prose on a patient and is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fhir_mapping.amounts import plain
from fhir_mapping.memory import Remembering, forget, kept, once, remembered

LONGEST_NAME = 600  # characters of all texts, codes and systems together

_SYSTEMS = {
    "http://loinc.org": ("loinc", "loinc.org", "2.16.840.1.113883.6.1"),
    "http://snomed.info/sct": ("snomed", "snomed.info/sct", "2.16.840.1.113883.6.96"),
    "http://www.nlm.nih.gov/research/umls/rxnorm": (
        "rxnorm", "nlm.nih.gov/research/umls/rxnorm", "2.16.840.1.113883.6.88",
    ),
    "http://hl7.org/fhir/sid/icd-10-cm": (
        "icd-10-cm", "hl7.org/fhir/sid/icd-10-cm", "2.16.840.1.113883.6.90",
    ),
    "http://hl7.org/fhir/sid/icd-10": (
        "icd-10", "hl7.org/fhir/sid/icd-10", "2.16.840.1.113883.6.3", "who.int/icd-10",
    ),
    "http://hl7.org/fhir/sid/icd-10-gm": (
        "icd-10-gm", "hl7.org/fhir/sid/icd-10-gm", "fhir.de/codesystem/bfarm/icd-10-gm",
        "fhir.de/codesystem/dimdi/icd-10-gm",
    ),
    "http://www.cms.gov/Medicare/Coding/ICD10": (
        "icd-10-pcs", "cms.gov/medicare/coding/icd10", "hl7.org/fhir/sid/icd-10-pcs",
        "2.16.840.1.113883.6.4",
    ),
    "http://www.ama-assn.org/go/cpt": ("cpt", "ama-assn.org/go/cpt", "2.16.840.1.113883.6.12"),
    "http://terminology.hl7.org/CodeSystem/icd-o-3": (
        "icd-o-3", "terminology.hl7.org/codesystem/icd-o-3", "hl7.org/fhir/sid/icd-o-3",
        "2.16.840.1.113883.6.43.1",
    ),
    "http://www.whocc.no/atc": (
        "atc", "whocc.no/atc", "fhir.de/codesystem/bfarm/atc", "fhir.de/codesystem/dimdi/atc",
        "2.16.840.1.113883.6.73",
    ),
    "http://www.genenames.org/geneId": (
        "hgnc", "genenames.org", "genenames.org/geneid", "2.16.840.1.113883.6.281",
    ),
    "http://varnomen.hgvs.org": ("hgvs", "varnomen.hgvs.org", "2.16.840.1.113883.6.282"),
    "http://unitsofmeasure.org": ("ucum", "unitsofmeasure.org", "2.16.840.1.113883.6.8"),
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation": (
        "terminology.hl7.org/codesystem/v3-observationinterpretation",
        "hl7.org/fhir/v3/observationinterpretation", "hl7.org/fhir/v2/0078",
        "2.16.840.1.113883.5.83",
    ),
}  # fmt: skip
_CANONICAL = {alias: url for url, aliases in _SYSTEMS.items() for alias in aliases}


@dataclass(frozen=True, slots=True)
class Coding:
    """System (canonical URL where it is known, "" where it is missing), code and display."""

    system: str
    code: str
    display: str


@dataclass(slots=True, eq=False)
class Codeable(Remembering):
    """A concept, worked out. `name`: text and displays as written, each once, joined by " | ".

    `words` is the same in lower case, with one form of hyphens and spaces.
    """

    codings: tuple[Coding, ...]
    codes: frozenset[str]
    name: str
    words: str

    @property
    def said(self) -> str:
        """Its words, or its codes if it has none."""
        return self.words or ", ".join(c.code for c in self.codings if c.code)


def codeable(concept: object) -> Codeable:
    """A CodeableConcept, a Coding, a list of either, or a string in the place of one."""
    if type(concept) is dict:
        return _of_record(concept)
    if concept is None:
        return _nothing()
    return _words_alone(concept) if type(concept) is str else _by_content(concept)


@remembered
def _words_alone(concept: str) -> Codeable:
    return _worked_out(concept)


@kept
def _nothing() -> Codeable:
    """What an element says that is not there."""
    return _worked_out(None)


def _by_content(concept: object) -> Codeable:
    if type(concept) is not dict or "code" in concept:
        return _worked_out(concept)
    parts = [concept.get("text")]
    try:
        for coding in concept.get("coding", ()):
            parts += coding.get("system"), coding.get("code"), coding.get("display")
        return name_from_parts(*parts)
    except (AttributeError, TypeError):  # long, or something else where a string belongs
        return _worked_out(concept)


_of_record = once(_by_content)


def from_parts(text: str | None, parts: Sequence[str | None]) -> Codeable:
    """A concept of this text, and system, code and display of each coding in turn."""
    try:
        return name_from_parts(text, *parts)
    except TypeError:
        return _from_parts(text, *parts)


def codings(concept: object) -> tuple[Coding, ...]:
    """The codings of a CodeableConcept, a Coding, or a list of either, in order."""
    return codeable(concept).codings


def codes_of(concept: object) -> frozenset[str]:
    return codeable(concept).codes


def name_of(concept: object) -> str:
    """A test's text and displays as written, joined by " | "; the case is kept."""
    return codeable(concept).name


def words(concept: object) -> str:
    """A concept's text and displays, normalised; different wordings joined by " | "."""
    return codeable(concept).words


def normal(text: str) -> str:
    """One form for hyphens, spaces and full-width letters; lower case."""
    return plain(text).lower()


TEXT = "text"  # in a site's line: it stands for these words, not for a code of a system
_LOCAL: dict[tuple[str, str], str] = {}
_ANSWERS: dict[str, str] = {}


def say_of(coding: Coding, words: str) -> None:
    """From now on the code is read as if these words stood beside it (see `local_codes`)."""
    _LOCAL[coding.system, coding.code] = words
    forget()


def say_for_answer(answer: str, words: str) -> None:
    """From now on a value that is this string, as `normal` has it, is read as these words."""
    _ANSWERS[answer] = words


def said_for_answer(answer: str) -> str:
    return _ANSWERS.get(normal(answer), answer) if _ANSWERS else answer


def forget_local() -> None:
    """As if no line of a site had been read."""
    _LOCAL.clear()
    _ANSWERS.clear()
    forget()


def _local(found: Iterable[Coding], text: object) -> Iterator[str]:
    if _LOCAL:
        yield from (_LOCAL.get((coding.system, coding.code), "") for coding in found)
        written = (text, *(coding.display for coding in found))
        parts = (normal(part) for part in written if isinstance(part, str) and part)
        yield from (_LOCAL.get((TEXT, part), "") for part in parts)


@kept
def name_from_parts(text: str | None, *parts: str | None) -> Codeable:
    """Raises TypeError for what is too long for a name, so that it is not kept, and for
    anything but strings: 1 and true would be one and the same name."""
    written = [part for part in (text, *parts) if part is not None]
    if sum(map(_length, written)) > LONGEST_NAME:
        raise TypeError("too long for a name")
    return _from_parts(text, *parts)


def _length(part: object) -> int:
    if type(part) is not str:
        raise TypeError("not a string")
    return len(part)


def _from_parts(text: str | None, *parts: str | None) -> Codeable:
    names = ("system", "code", "display")
    coded = [
        dict(zip(names, part, strict=True)) for part in zip(*[iter(parts)] * 3, strict=True)
    ]
    present = [{k: v for k, v in one.items() if v is not None} for one in coded]
    return _worked_out({"text": text, "coding": present})


def _worked_out(concept: object) -> Codeable:
    found = tuple(_codings(concept))
    said = " | ".join(dict.fromkeys(normal(text) for text in _wordings(concept, found) if text))
    return Codeable(found, frozenset(c.code for c in found), _name(concept, found), said)


def _codings(concept: object) -> Iterator[Coding]:
    for item in concept if isinstance(concept, list | tuple) else (concept,):
        if not isinstance(item, Mapping):
            continue
        inner = item.get("coding", [item] if "code" in item else [])
        for coding in inner if isinstance(inner, list) else [inner]:
            if isinstance(coding, Mapping) and ("code" in coding or "display" in coding):
                parts = (_text(coding.get(name)) for name in ("system", "code", "display"))
                system, code, display = parts
                yield Coding(_canonical(system), code, display)


def _canonical(system: str) -> str:
    bare = system.lower().removeprefix("urn:oid:").removeprefix("http://")
    bare = bare.removeprefix("https://").removeprefix("www.").strip("/")
    if bare.startswith("snomed.info/sct/"):
        bare = "snomed.info/sct"
    return _CANONICAL.get(bare, system)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _name(concept: object, found: tuple[Coding, ...]) -> str:
    if isinstance(concept, str):
        return plain(concept)
    text = concept.get("text") if isinstance(concept, Mapping) else None
    parts = [text, *(coding.display for coding in found), *_local(found, text)]
    return " | ".join(
        dict.fromkeys(plain(part) for part in parts if isinstance(part, str) and part)
    )


def _wordings(concept: object, found: tuple[Coding, ...] = ()) -> Iterator[str]:
    if isinstance(concept, str):
        yield concept
    elif isinstance(concept, list | tuple):
        for item in concept:
            yield from (part for part in _wordings(item) if not isinstance(item, list))
    elif isinstance(concept, Mapping):
        yield _text(concept.get("text"))
        found = found or tuple(_codings(concept))
        yield from (coding.display for coding in found)
        yield from _local(found, concept.get("text"))
