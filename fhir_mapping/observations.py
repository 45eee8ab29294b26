"""One result as its readers need it: name, value, call of the laboratory, sample and standing.

A result counts if it is final (or amended, corrected); a preliminary one is kept apart, any
other is set aside with its status as the reason. A corrected result replaces the one it
corrects: same test, same sample, and the same gene and change where it has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from aml.patient import NO_AMOUNT, Amount, Finding
from fhir_mapping import text
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import (
    Codeable,
    codeable,
    codes_of,
    codings,
    name_of,
    said_for_answer,
)
from fhir_mapping.codes import concepts_named, concepts_of
from fhir_mapping.concerns import Concern, concerns_of
from fhir_mapping.gist import gist_of, has_words
from fhir_mapping.memory import remembered
from fhir_mapping.resources import Resources
from fhir_mapping.values import EFFECTIVE, plain, quantity, sample_when, usable

PRELIMINARY = frozenset({"preliminary", "registered", "partial"})
_VALUES = (
    "valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger",
    "valueRange", "valueRatio", "valueDecimal",
)  # fmt: skip
_GENE, _CHANGES = "48018-6", frozenset({"48004-6", "48005-3", "81290-9", "81252-9"})
_CALLS = {
    "positive": Finding.DETECTED,
    "detected": Finding.DETECTED,
    "present": Finding.DETECTED,
    "interpretation_positive": Finding.DETECTED,
    "interpretation_detected": Finding.DETECTED,
    "negative": Finding.NOT_DETECTED,
    "not_detected": Finding.NOT_DETECTED,
    "absent": Finding.NOT_DETECTED,
    "interpretation_negative": Finding.NOT_DETECTED,
    "interpretation_not_detected": Finding.NOT_DETECTED,
    "equivocal": Finding.INDETERMINATE,
    "indeterminate": Finding.INDETERMINATE,
    "inconclusive": Finding.INDETERMINATE,
    "no_call": Finding.INDETERMINATE,
    "interpretation_indeterminate": Finding.INDETERMINATE,
    "interpretation_equivocal": Finding.INDETERMINATE,
}


def value_of(element: Json) -> object:
    """The value of an Observation or component, whatever its type; "" if there is none."""
    for name in _VALUES:
        value = element.get(name)
        if value is not None:
            return said_for_answer(value) if type(value) is str else value
    return ""


def amount_of(value: object) -> tuple[Amount, str]:
    """A number with its unit, also of a Ratio; a word or a concept is none."""
    if not isinstance(value, dict):
        return (NO_AMOUNT, "") if isinstance(value, bool) else quantity(value)
    if "numerator" in value:
        top, _ = quantity(value.get("numerator"))
        bottom, _ = quantity(value.get("denominator"))
        if not (top.recorded and bottom.exact and bottom.low > 0):
            return NO_AMOUNT, ""
        return top.scaled(1 / Decimal(bottom.low)), "ratio"
    return (NO_AMOUNT, "") if "coding" in value or "text" in value else quantity(value)


def units_of(value: object) -> str:
    """Unit and code of a quantity together, for units that only one of them spells out."""
    if not isinstance(value, dict):
        return amount_of(value)[1]
    unit, code = value.get("unit"), value.get("code")
    if type(unit) is str and unit == code and "low" not in value and "high" not in value:
        return plain(unit)
    written = [unit, code]
    for end in (value.get("low"), value.get("high")):
        if isinstance(end, dict):
            written += [end.get("unit"), end.get("code")]
    return " ".join(dict.fromkeys(plain(part) for part in written if isinstance(part, str)))


def as_written(value: object) -> str:
    """A number as it stands in the record, with every digit, its comparator and its unit."""
    if not isinstance(value, dict):
        return str(value)
    if "numerator" in value:
        return f"{as_written(value['numerator'])} / {as_written(value.get('denominator', ''))}"
    if "low" in value or "high" in value:
        ends = [value[end] for end in ("low", "high") if isinstance(value.get(end), dict)]
        if ends:
            return " - ".join(map(as_written, ends))
    unit = value.get("unit") or value.get("code") or ""
    return f"{value.get('comparator') or ''}{value.get('value', '')} {unit}".strip()


def is_unity(unit: str) -> bool:
    """No unit, or one that says that the number is a plain ratio."""
    return set(unit.lower().split()) <= {"1", "ratio", "{ratio}", "fraction", "{fraction}"}


def words_of(value: object) -> str:
    """The words of a value: a string, or a concept's text and displays."""
    if isinstance(value, str):
        return plain(value) if "\n" not in value else text.plain(value)
    return name_of(value) if isinstance(value, dict) and has_words(value) else ""


def coded_call(concept: object) -> Finding:
    """What the codes and words of an answer say; INDETERMINATE if they disagree."""
    calls = _coded_calls(concept)
    return next(iter(calls)) if len(calls) == 1 else Finding.INDETERMINATE


def has_coded_call(concept: object) -> bool:
    return bool(_coded_calls(concept))


def _coded_calls(concept: object) -> frozenset[Finding]:
    if isinstance(concept, str):
        return _worded_calls(plain(concept))
    return codeable(concept).derived(_calls)


def _calls(concept: Codeable) -> frozenset[Finding]:
    coded = frozenset(_CALLS[n] for n in concepts_named(concept) if n in _CALLS)
    return coded | _worded_calls(concept.name)


@remembered
def _worded_calls(name: str) -> frozenset[Finding]:
    phrases = (re.sub(r"\s*\([^)]*\)$", "", phrase) for phrase in name.split(" | "))
    return frozenset(text.outcome(phrase) for phrase in phrases if text.is_outcome(phrase))


def laboratory_call(element: Json) -> tuple[Finding, ...]:
    """POS, NEG, DET, ND and the like in `interpretation`; N, A, H and L speak of ranges."""
    if "interpretation" not in element:
        return ()
    calls = set()
    for concept in dicts(element.get("interpretation")):
        if has_coded_call(concept):
            calls.add(coded_call(concept))
    if len(calls) > 1:
        return (Finding.INDETERMINATE,)
    return tuple(calls)


def absent_reason(element: Json) -> str:
    """The first dataAbsentReason's code or words; "" if the value is not declared absent."""
    reason = element.get("dataAbsentReason")
    if not reason:
        return ""
    codes = [coding.code for coding in codings(reason) if coding.code]
    return (codes or [name_of(reason)])[0]


def absent_finding(element: Json) -> Finding:
    words = f"{absent_reason(element)} {name_of(element.get('dataAbsentReason'))}"
    failed = text.speaks_of_inadequacy(words) or "error" in words
    return Finding.INADEQUATE if failed else Finding.INDETERMINATE


def components(resource: Json) -> Sequence[Json]:
    return dicts(resource.get("component"))


def elements(resource: Json) -> Sequence[Json]:
    """The result itself and its components."""
    return (resource, *components(resource)) if "component" in resource else (resource,)


def notes_of(resource: Json) -> str:
    notes = (note.get("text") for note in dicts(resource.get("note")))
    return "\n".join(note for note in notes if isinstance(note, str))


def concepts(element: Json) -> frozenset[str]:
    """The concepts that the code of a result or component names."""
    return concepts_of(element.get("code"))


def standing(resource: Json) -> str:
    """ "usable", "preliminary", or the status for which a result does not count."""
    status = resource.get("status")
    if status == "final":  # as most are
        return "usable"
    if not isinstance(status, str) or not status:
        return "no-status"
    if usable(resource):
        return "usable"
    return "preliminary" if status in PRELIMINARY else status


def is_final(resource: Json, resources: Resources) -> bool:
    """Usable; if not, it is set aside with its status as the reason."""
    state = standing(resource)
    if state != "usable":
        resources.ignore(resource, state)
    return state == "usable"


def counts(resource: Json, resources: Resources) -> bool:
    """Usable or preliminary, of which the latter settles nothing and is set aside as well."""
    return is_final(resource, resources) or standing(resource) == "preliminary"


def observations(resources: Resources, concern: Concern) -> Sequence[Json]:
    """The Observations that could concern a reader; not those that a corrected or final
    version replaces: those are ignored, "superseded"."""
    standing, superseded = resources.derived(_by_concern)
    for resource in superseded.get(concern, ()):
        resources.ignore(resource, "superseded")
    return standing.get(concern, ())


_ByConcern: TypeAlias = Mapping[Concern, Sequence[Json]]


def _by_concern(resources: Resources) -> tuple[_ByConcern, _ByConcern]:
    """The Observations that stand for themselves, and those that another replaces."""
    standing: dict[Concern, list[Json]] = {}
    superseded: dict[Concern, list[Json]] = {}
    kept = _standing_for_themselves(resources)
    everything = resources.of("Observation")
    ids = set(map(id, kept)) if len(kept) < len(everything) else None
    for resource in everything:
        found = standing if ids is None or id(resource) in ids else superseded
        for concern in gist_of(resource, resources).derived(concerns_of):
            found.setdefault(concern, []).append(resource)
    return standing, superseded


def _standing_for_themselves(resources: Resources) -> Sequence[Json]:
    everything: Sequence[Json] = resources.of("Observation")
    extended = [r for r in everything if "extension" in r]
    replaced = {name for r in extended for name in _replaced_by(r, resources)}
    unsettled = {_test(r) for r in everything if r.get("status") != "final"}
    if unsettled:
        settled = [r for r in everything if _test(r) not in unsettled]
        contested = [r for r in everything if _test(r) in unsettled]
        everything = [*settled, *_newest(contested, resources)]
    if not replaced:
        return everything
    return [r for r in everything if resources.name(r) not in replaced]


def _test(resource: Json) -> tuple[frozenset[str], str]:
    """What is not final may replace, or be replaced by, another result of the same test."""
    code = codeable(resource.get("code"))
    return code.codes, code.name


def _newest(results: Iterable[Json], resources: Resources) -> Iterator[Json]:
    by_key: dict[tuple[object, ...], list[Json]] = {}
    for resource in results:
        by_key.setdefault(_key(resource, resources), []).append(resource)
    for group in by_key.values():
        yield from _latest(group)


def _key(resource: Json, resources: Resources) -> tuple[object, ...]:
    """What makes two results the same test on the same sample; a day alone is not enough."""
    code = resource.get("code")
    parts = [
        (
            tuple(sorted(codes_of(c.get("code")))),
            words_of(value_of(c)),
            str(sorted(codes_of(value_of(c)))),
        )
        for c in components(resource)
        if codes_of(c.get("code")) & (_CHANGES | {_GENE})
    ]
    if value_of(resource) == "":
        parts += [((), name_of(c.get("code")), "") for c in components(resource)]
    specimens = [
        _sample_named(link, resource, resources) for link in dicts(resource.get("specimen"))
    ]
    taken = [str(resource[name]) for name in EFFECTIVE if resource.get(name)]
    if not taken and not specimens:
        taken = [str(sample_when(resource, resources))]
    performer = str(resource.get("performer"))
    return (
        str(sorted(codes_of(code))),
        name_of(code),
        str(specimens),
        name_of(resource.get("bodySite")) + str(sorted(codes_of(resource.get("bodySite")))),
        str(taken),
        performer,
        str(sorted(parts)),
    )


def _sample_named(reference: Json, resource: Json, resources: Resources) -> str:
    """A specimen by its name; a contained one, whose name is its holder's, by what it says."""
    specimen = resources.resolve(reference, resource)
    name = resources.name(specimen)
    if "#" in name:
        name = f"{specimen.get('type')} {specimen.get('collection')}"
    return f"{name} {reference.get('display')}"


def _latest(group: list[Json]) -> list[Json]:
    """The newest correction alone; a preliminary gives way to a final. Two finals stand."""
    corrected = [r for r in group if r.get("status") in ("corrected", "amended")]
    if corrected:
        others = [r for r in group if standing(r) not in ("usable", "preliminary")]
        return [max(corrected, key=_issued), *others]
    if any(standing(r) == "usable" for r in group):
        return [r for r in group if standing(r) != "preliminary"]
    return group


def _issued(resource: Json) -> str:
    meta = resource.get("meta")
    updated = meta.get("lastUpdated") if isinstance(meta, Mapping) else ""
    return str(resource.get("issued") or updated or "")


def _replaced_by(resource: Json, resources: Resources) -> Iterator[str]:
    if standing(resource) != "usable":
        return
    for extension in dicts(resource.get("extension")):
        reference = extension.get("valueReference")
        if str(extension.get("url")).endswith("replaces") and isinstance(reference, Mapping):
            yield resources.name(resources.resolve(reference, resource))
