"""Blasts in percent, of marrow or blood, from counts, differentials and reports.

Marrow and blood are never confused: where nobody names the material, the tissue is unknown. A
share counts only in a unit that is understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aml.patient import (
    NO_AMOUNT,
    Amount,
    Blasts,
    Finding,
    Source,
    Tissue,
)
from fhir_mapping import measurements, text, text_course
from fhir_mapping.answers import Json
from fhir_mapping.codeable import Codeable, codeable, name_of
from fhir_mapping.codes import concepts_named
from fhir_mapping.concerns import concern
from fhir_mapping.gist import Gist
from fhir_mapping.observations import (
    amount_of,
    as_written,
    coded_call,
    concepts,
    elements,
    has_coded_call,
    is_final,
    laboratory_call,
    observations,
    units_of,
    value_of,
    words_of,
)
from fhir_mapping.resources import Resources
from fhir_mapping.samples import context_of, tissue, tissue_of_test
from fhir_mapping.values import sample_when

_BLAST_NAME = re.compile(
    r"(?i:(?<![a-zäöü])(?:myelo)?(?:blasts?\b|blasten\w*|blast cells?)|(?:mark|knochenmark|"
    r"blut)blasten)"
)

_NOT_BLASTS = re.compile(
    r"(?i:cd\s?\d|lympho-?blast|erythro-?blast|normoblast|proerythro|megakaryo|fibroblast|"
    r"crisis|"
    r"plasmablast|monoblast|angioblast|chim[ae]|donor|mrd|residual|flow|phenotype|transform)"
)

_OTHER_CELLS = re.compile(
    r"(?i:^(?!.*(?<![a-z])(?:myelo)?blast).*(?:\bcd\s?\d|cyte|zyt|lympho|neutro|normoblast|"
    r"erythroblast|megaloblast|plasma ?cell))"
)
_MONOBLASTS = "34923-3"  # to be added to myeloblasts only by a hematologist

_ABSOLUTE = re.compile(r"(?i:\[#/volume\]|absolut|/volume|count abs|#)")

_NARRATIVE = re.compile(
    r"(?i:report|befund|patholog|aspirat|marrow|knochenmark|smear|ausstrich|differential|"
    r"morpholog|"
    r"cytolog|zytolog|conclusion|interpretation|summary|impression|beurteilung|histolog|biops)"
)


def read_blasts(resources: Resources) -> tuple[Blasts, ...]:
    """Blasts in percent of marrow or blood, from counts, differentials and reports.

    "Positive" without a number, and an absolute count above 0, is some number above 0.
    """
    found: list[Blasts] = []
    for resource in observations(resources, may_tell_of_blasts):
        here = tuple(_observed_blasts(resource, resources))
        if here and is_final(resource, resources):
            found += here
    for report in resources.of("DiagnosticReport"):
        prose = report.get("conclusion")
        said = text_course.blast_statements(prose) if isinstance(prose, str) else ()
        if said and is_final(report, resources):
            found += _told(said, report, resources, "conclusion")
    return tuple(found)


@concern
def may_tell_of_blasts(gist: Gist) -> bool:
    return "blast" in gist.said.lower() or any(c.derived(_names_blasts) for c in gist.names)


def _observed_blasts(resource: Json, resources: Resources) -> Iterator[Blasts]:
    holder = tissue(resource, resources)
    counted = False
    for element in elements(resource):
        if not codeable(element.get("code")).derived(_names_blasts):
            continue
        own = tissue_of_test(element.get("code"))
        at = own if own is not Tissue.UNKNOWN and element is not resource else holder
        amount, regeneration = _blast_share(element, resource, resources)
        if amount is not None:
            counted = True
            yield _blasts(resource, resources, at, amount, element, regeneration=regeneration)
    value = value_of(resource)
    if not counted and isinstance(value, str) and _tells(resource, resources):
        yield from _told(text_course.blast_statements(value), resource, resources, "value[x]")


def _names_blasts(code: Codeable) -> bool:
    names = concepts_named(code)
    if "not_myeloblast" in names:
        return False
    if names & {"blast_pct_marrow", "blast_pct_blood", "blast_abs_blood"}:
        other = any(_OTHER_CELLS.search(part) for part in code.name.split(" | "))
        return _MONOBLASTS not in code.codes and not other
    return _BLAST_NAME.search(code.name) is not None and not _NOT_BLASTS.search(code.name)


def _blast_share(
    element: Json, resource: Json, resources: Resources
) -> tuple[Amount | None, bool]:
    """The share of blasts; None if the element says nothing on it."""
    value = value_of(element)
    written = words_of(value)
    regeneration = text_course.speaks_of_regeneration(
        f"{written} {name_of(element.get('code'))}"
    )
    amount, _ = amount_of(value)
    absolute = "blast_abs_blood" in concepts(element) or _ABSOLUTE.search(
        name_of(element.get("code"))
    )
    if amount.recorded:
        if absolute or measurements.is_count_unit(units_of(value)):
            return (_presence_of(amount), regeneration)
        share = _share(element, value, amount)
        if not share.recorded:
            resources.ignore(resource, "unknown-unit")
        return share, regeneration
    calls = (coded_call(value),) if has_coded_call(value) else laboratory_call(element)
    if calls:
        return _called(calls[0]), regeneration
    if not written:
        return None, False
    return _written_share(written), regeneration


def _share(element: Json, value: object, amount: Amount) -> Amount:
    """By its unit; a bare number only if the test's name says percent, and then from 1 up."""
    named = re.search(r"(?i:%|/100\b|percent|prozent)", name_of(element.get("code")))
    if units_of(value) or not named:
        return measurements.percent(value)
    return amount if amount.high == 0 or 1 <= amount.low <= 100 else NO_AMOUNT


def _presence_of(count: Amount) -> Amount:
    if count.high == 0:
        return Amount.exactly(0)
    return Amount.above(0) if count.low > 0 else NO_AMOUNT


def _called(finding: Finding) -> Amount | None:
    if finding is Finding.DETECTED:
        return Amount.above(0)
    return Amount.exactly(0) if finding is Finding.NOT_DETECTED else None


def _written_share(written: str) -> Amount | None:
    """ "46 %", "<5 %" or "5-10%" alone, or the words of prose with "blasts" understood."""
    if not text.is_present(written):
        return None
    amount, unit = amount_of(written)
    if amount.recorded:
        return amount if "%" in unit and amount.low <= 100 else NO_AMOUNT
    said = (
        text_course.blast_statements(written)
        or text_course.blast_statements(f"blasts {written}")
        or text_course.blast_statements(f"{written} blasts")
    )
    return said[0].pct if len(said) == 1 else NO_AMOUNT


def _tells(resource: Json, resources: Resources) -> bool:
    words = f"{name_of(resource.get('code'))} {context_of(resource, resources)}"
    return _NARRATIVE.search(words) is not None or "blast" in str(value_of(resource)).lower()


def _told(
    said: tuple[text_course.BlastStatement, ...],
    resource: Json,
    resources: Resources,
    field: str,
) -> Iterator[Blasts]:
    when, named = sample_when(resource, resources), tissue(resource, resources)
    for s in said:
        where = s.tissue if s.tissue is not Tissue.UNKNOWN else named
        source = Source(resources.name(resource), field, s.words, from_text=True)
        yield Blasts(when, where, s.pct, source, s.regeneration)


def _blasts(
    resource: Json,
    resources: Resources,
    where: Tissue,
    amount: Amount,
    element: Json,
    *,
    regeneration: bool,
) -> Blasts:
    value = value_of(element)
    field = "value[x]" if element is resource else "component"
    source = Source(resources.name(resource), field, words_of(value) or as_written(value))
    return Blasts(sample_when(resource, resources), where, amount, source, regeneration)
