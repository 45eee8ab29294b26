"""What a record says in words or on paper that no reader understood: listed, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fhir_mapping import gene_tests, iscn, text
from fhir_mapping.alterations import is_reported, may_mention, mentions
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import codeable
from fhir_mapping.genomics import may_tell_of_genes
from fhir_mapping.memory import remembered
from fhir_mapping.observations import observations, standing
from fhir_mapping.resources import Resources
from fhir_mapping.text_course import (
    blast_statements,
    extramedullary_statements,
    response_statements,
)
from fhir_mapping.text_genes import gene_statements, speaks_of_residual_disease
from fhir_mapping.text_mrd import control_copies_in, mrd_statements, without_limits

_ON_LEUKEMIA = re.compile(
    r"(?i:\baml\b|leuk|myeloid|marrow|knochenmark|blast|\bmrd\b|cytogen|zytogen|molec|molek|"
    r"karyotyp|chromosom|\bfish\b|\bngs\b|genom|gene\b|genet|mutation|immunophenotyp|\bflow\b|"
    r"durchfluss|ha?ematopath|hämatopath)"
)
_CORRECTS = re.compile(r"(?i:\b(?:correct(?:ed|ion)|amended|addendum|korrigiert|korrektur)\b)")
_SHARE_OF_BLASTS = re.compile(
    r"(?:(?<![a-zäöü])(?:myelo)?blast(?=.*(?:\d\s*%|count|anteil|assess|beurteil))(?!.*\bcd\d))"
)


def list_overlooked(resources: Resources) -> None:
    """Results with a sentence that names what is looked for and was not understood are
    "text-not-read"; reports that are an attachment alone, "attachment-not-read"."""
    for report in resources.of("DiagnosticReport"):
        if standing(report) == "usable":
            prose = report.get("conclusion")
            if isinstance(prose, str) and overlooked(prose):
                resources.ignore(report, "text-not-read")
            elif _is_attachment_alone(report, resources):
                resources.ignore(report, "attachment-not-read")
    for result in observations(resources, may_tell_of_genes):
        prose = result.get("valueString")
        if isinstance(prose, str) and _is_narrative(result) and overlooked(prose):
            resources.ignore(result, "text-not-read")


def _is_at_stake(sentence: str) -> bool:
    """A result, or the correction of one that was reported before."""
    return text.is_result(sentence) or _CORRECTS.search(sentence) is not None


def is_on_leukemia(name: str) -> bool:
    """Is a report of this name one that could hold a fact?"""
    return _ON_LEUKEMIA.search(name) is not None


def _is_narrative(result: Json) -> bool:
    """Usable, and not the answer to a test: what is not understood of that is a finding."""
    about_something_else = gene_tests.is_about_something_else(codeable(result.get("code")))
    named = about_something_else or gene_tests.names_of(result) != ()
    return standing(result) == "usable" and not named


@remembered
def overlooked(prose: str) -> tuple[str, ...]:
    """Sentences that name what is looked for and were not understood, each once, in order."""
    read = {statement.words for statement in gene_statements(prose)}
    left = (s for s in text.sentences_at_stake(prose) if s not in read)
    asked = dict.fromkeys(s for s in left if _names_something(s) and _is_at_stake(s))
    if not asked:
        return ()
    read |= {*_read(prose), *_otherwise_read(asked, prose)}
    return tuple(sentence for sentence in asked if sentence not in read)


def _names_something(sentence: str) -> bool:
    if _SHARE_OF_BLASTS.search(sentence.lower()) or speaks_of_residual_disease(sentence):
        return True
    return may_mention(sentence) and any(map(is_reported, mentions(sentence)))


def _read(prose: str) -> Iterator[str]:
    yield from (statement.words for statement in blast_statements(prose))
    yield from (statement.words for statement in response_statements(prose))
    yield from (statement.words for statement in extramedullary_statements(prose))


def _otherwise_read(sentences: Iterable[str], prose: str) -> Iterator[str]:
    """As residual disease, or as a karyotype."""
    read = {statement.words for statement in mrd_statements(prose)}
    for s in sentences:
        if without_limits(s) in read or iscn.read(s).lesions or control_copies_in(s).recorded:
            yield s


def _is_attachment_alone(report: Json, resources: Resources) -> bool:
    if report.get("conclusion") or not dicts(report.get("presentedForm")):
        return False
    results = any(resources.resolve(r, report) for r in dicts(report.get("result")))
    return not results and is_on_leukemia(codeable(report.get("code")).name)
