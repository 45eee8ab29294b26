"""Counts, organ function, extramedullary disease and recorded responses; blasts by `blasts`.

A number counts only in a unit that is understood; an unlikely one is set aside ("implausible"),
never repaired.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aml.patient import (
    NO_AMOUNT,
    Extramedullary,
    Finding,
    Measurement,
    Response,
    ResponseCategory,
    Source,
)
from fhir_mapping import measurements, text, text_course
from fhir_mapping.answers import Json, dicts
from fhir_mapping.blasts import read_blasts
from fhir_mapping.codeable import Codeable, codeable, name_of
from fhir_mapping.codes import concepts_named, concepts_of
from fhir_mapping.concerns import concern
from fhir_mapping.gist import Gist
from fhir_mapping.observations import (
    coded_call,
    elements,
    has_coded_call,
    is_final,
    laboratory_call,
    observations,
    value_of,
    words_of,
)
from fhir_mapping.resources import Resources
from fhir_mapping.values import codings, sample_when

__all__ = ["read_blasts", "read_extramedullary", "read_measurements", "read_responses"]

_STATUS_NAME = re.compile(
    r"(?i:disease (?:status|response)|response|remission|ansprechen|krankheitsstatus|"
    r"tumou?r ?status|gesamtbeurteilung|"
    r"cancer status|disease progression|verlaufsbeurteilung|status of disease|leuk\w+ "
    r"status|aml status)"
)
_NOT_A_STATUS = re.compile(
    r"(?i:immune response|virolog|vaccin|antibody|gvhd|verbal|motor|eye|coma|pain|glasgow|"
    r"transfusion|"
    r"nodal|assessment plan|seizure|tumou?r marker|symptom)"
)
# Of another disease than the leukemia, or what is hoped for.
_OTHER_STATUS = re.compile(
    r"(?i:^(?!.*(?:leuk|\baml\b)).*(?:breast|mamma|prostat|\blung|colon|colorect|melanom|"
    r"lymphom|myelom|[ck]ar[cz]inom|sarcom)|\b(?:aim|goal|expected|erwartet\w*)\b|ziel\b)"
)
_STATUS_CODES = frozenset({"97509-4", "88040-1", "21976-6"})
_STATUS_VALUES = {
    "full_remission": ResponseCategory.CR,
    "partial_remission": ResponseCategory.PR,
    "relapse": ResponseCategory.RELAPSE,
    "refractory": ResponseCategory.REFRACTORY,
}
# The overall status as German cancer registries code it (oBDS); the rest is no response.
_OVERALL = {
    "V": ResponseCategory.CR,
    "R": ResponseCategory.REMISSION,
    "T": ResponseCategory.PR,
    "Y": ResponseCategory.RELAPSE,
}
# A report that is not about the leukemia has its own PR (interval), CR and recurrences.
_LEUKEMIA = re.compile(
    r"(?i:\baml\b|leuk|myeloid|marrow|knochenmark|\bkm\b|blast|ha?emato|hämato|\beln\b|\bmrd\b|"
    r"remission|"
    r"cytogen|zytogen|molec|molek|\bflow\b|\bmlfs\b|disease status)"
)


def read_measurements(resources: Resources) -> tuple[Measurement, ...]:
    """Counts and organ function, in the units of `aml.patient.MEASUREMENTS`."""
    found: list[Measurement] = []
    for resource in observations(resources, measurements.is_measurement):
        for element in elements(resource):
            code = codeable(element.get("code"))
            name = code.derived(measurements.named)
            if not name or not is_final(resource, resources):
                continue
            read = measurements.read(name, code, element)
            if read.problem:
                resources.ignore(resource, read.problem)
            if read.amount is not NO_AMOUNT:
                field = "value[x]" if element is resource else "component"
                source = Source(resources.name(resource), field, read.words)
                when = sample_when(resource, resources)
                found.append(Measurement(name, when, read.amount, source))
    return tuple(found)


def read_extramedullary(resources: Resources) -> tuple[Extramedullary, ...]:
    """Extramedullary leukemia as a result or in the words of a report."""
    found: list[Extramedullary] = []
    for resource in observations(resources, may_name_extramedullary):
        here = tuple(_observed_extramedullary(resource))
        if here and is_final(resource, resources):
            name, when = resources.name(resource), sample_when(resource, resources)
            for finding, site, words in here:
                source = Source(name, "value[x]", words, from_text=len(words) > len(site))
                found.append(Extramedullary(when, finding, site, source))
    for report in resources.of("DiagnosticReport"):
        prose = report.get("conclusion")
        said = text_course.extramedullary_statements(prose) if isinstance(prose, str) else ()
        if said and is_final(report, resources):
            name, when = resources.name(report), sample_when(report, resources)
            for s in said:
                source = Source(name, "conclusion", s.words, from_text=True)
                found.append(Extramedullary(when, s.finding, s.site, source))
    return tuple(found)


def read_responses(resources: Resources) -> tuple[Response, ...]:
    """Responses as somebody recorded them; none is derived from numbers."""
    found: list[Response] = []
    for resource in observations(resources, is_status):
        categories = _status(resource)
        if categories and is_final(resource, resources):
            name, when = resources.name(resource), sample_when(resource, resources)
            written = words_of(value_of(resource)) or name_of(resource.get("code"))
            source = Source(name, "value[x]", written, author=_author(resource))
            found += [Response(when, category, source) for category in categories]
    for report in resources.of("DiagnosticReport"):
        prose = report.get("conclusion")
        said = text_course.response_statements(prose) if isinstance(prose, str) else ()
        if said and is_final(report, resources):
            name, when = resources.name(report), sample_when(report, resources)
            of_leukemia = _LEUKEMIA.search(name_of(report.get("code"))) is not None
            for s in said:
                if of_leukemia or _LEUKEMIA.search(s.words):
                    source = Source(name, "conclusion", s.words, True, _author(report))
                    found.append(Response(when, s.category, source))
    return tuple(found)


def _author(resource: Json) -> str:
    performers = (p.get("display") for p in dicts(resource.get("performer")))
    return next((p for p in performers if isinstance(p, str)), "")


def _observed_extramedullary(resource: Json) -> Iterator[tuple[Finding, str, str]]:
    name, value = name_of(resource.get("code")), value_of(resource)
    site, written = text_course.extramedullary_named(name), words_of(value)
    if site:
        if isinstance(value, bool):
            yield (Finding.DETECTED if value else Finding.NOT_DETECTED), site, name
        elif has_coded_call(value):
            yield coded_call(value), site, written
        elif text.is_outcome(written):
            yield text.outcome(written), site, written
        elif calls := laboratory_call(resource):
            yield calls[0], site, written or name
        elif written:
            said = text_course.extramedullary_statements(f"{site}: {written}")
            yield from ((s.finding, s.site, written) for s in said[:1] if _asserts(written, s))
        return
    if written and not text_course.history_named(name):
        for s in text_course.extramedullary_statements(written):
            yield s.finding, s.site, s.words


def _asserts(written: str, s: text_course.ExtramedullaryStatement) -> bool:
    """A heading with an answer that is not understood states nothing."""
    return s.finding is not Finding.DETECTED or bool(
        text_course.extramedullary_named(written)
        or re.search(
            r"(?i:\b(?:present|positive|detected|yes|nachweis\w*|positiv|infiltrat\w*)\b)",
            written,
        )
    )


@concern
def may_name_extramedullary(gist: Gist) -> bool:
    return gist.code.derived(_names_site) or text_course.may_name_extramedullary(gist.said)


def _names_site(code: Codeable) -> bool:
    return text_course.extramedullary_named(code.name) != ""


@concern
def is_status(gist: Gist) -> bool:
    return gist.code.derived(_names_status)


def _names_status(code: Codeable) -> bool:
    if _OTHER_STATUS.search(code.name):
        return False
    if code.codes & _STATUS_CODES or "disease_status" in concepts_named(code):
        return True
    return bool(_STATUS_NAME.search(code.name)) and not _NOT_A_STATUS.search(code.name)


def _status(resource: Json) -> tuple[ResponseCategory, ...]:
    value = value_of(resource)
    overall = [c.code for c in codings(value) if "gesamtbeurteilung" in c.system.lower()]
    if overall:
        return tuple({_OVERALL[code] for code in overall if code in _OVERALL})
    named = {_STATUS_VALUES[c] for c in concepts_of(value) if c in _STATUS_VALUES}
    if len(named) > 1:
        return ()
    told = {c for part in words_of(value).split(" | ") for c in _said(part)}
    if named and told and not told <= {*named, *_FINER.get(next(iter(named)), ())}:
        return ()
    if len(told) == 1:
        return tuple(told)
    return tuple(named) if not told else ()


_FINER = {
    ResponseCategory.CR: (
        ResponseCategory.CRH, ResponseCategory.CRI, ResponseCategory.REMISSION,
    ),
}  # fmt: skip


def _said(words: str) -> tuple[ResponseCategory, ...]:
    """The value of a status: each sentence, or the first that states a response."""
    stated = [s.category for s in text_course.response_statements(words)]
    return tuple(stated[:1]) if len(set(stated)) == 1 else ()
