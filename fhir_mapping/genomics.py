"""Mutations, fusions, CD33 and karyotypes, from wherever a record holds them.

Variants of mCODE and Genomics Reporting, single tests, panels with a component for each gene,
and prose. What was only studied, ordered or billed is no result, nor is a report's coded
conclusion. Tests for residual disease are read by `mrd`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from aml.patient import UNDATED, Finding, GeneResult, Karyotype, Method, Source
from fhir_mapping import gene_tests, immunophenotype, iscn, text
from fhir_mapping.alterations import may_mention, mentions
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import Codeable, codeable, name_of
from fhir_mapping.codes import concepts_named
from fhir_mapping.concerns import concern
from fhir_mapping.gene_rows import names_gene, read_row
from fhir_mapping.gist import Gist
from fhir_mapping.mrd_tests import is_residual_disease_test
from fhir_mapping.observations import (
    coded_call,
    components,
    concepts,
    counts,
    has_coded_call,
    notes_of,
    observations,
    standing,
    value_of,
    words_of,
)
from fhir_mapping.resources import Resources
from fhir_mapping.samples import Sample, context_of, sample
from fhir_mapping.text_genes import gene_statements
from fhir_mapping.values import codings, sample_when, when
from fhir_mapping.variants import Variant, derived, is_variant, parts_of, set_aside, variants

_NPM1_BY_NAME = re.compile(r"(?i:(?:mutated|mutiertem) npm1|npm1?[\s-]*(?:mut\w*|\+|pos\w*))")
_OPEN = re.compile(
    r"(?i:\?|pending|ausstehend|unknown|unbekannt|not (?:tested|done|known)|nicht (?:getestet|"
    r"untersucht|bekannt|bestimmt)|fraglich|to follow|awaited|wild[\s-]?typ)"
)
_DIAGNOSED = {
    "98773": ("NPM1",),
    "98963": ("RUNX1::RUNX1T1",),
    "98713": ("CBFB::MYH11",),
    "98973": ("KMT2A::MLLT3", "KMT2A-rearrangement"),
}
_KARYOTYPE = re.compile(r"(?i:karyotyp|\b4\d,X[XY])")
_FISH = re.compile(r"(?i:\bfish\b|in situ)")
_CYTOGENETICS = re.compile(
    r"(?i:karyotyp|chromosom\w* (?:analysis|study|banding)|^chromosomes?\b|cytogenet|"
    r"zytogenet)"
)
_AML = re.compile(r"(?i:\baml\b|myeloid)")
_DETAIL_ALONE = re.compile(r"\s*(?i:itd|tkd|[di]83[56].*)\s*")
_UNSETTLED = frozenset(
    {"refuted", "entered-in-error", "provisional", "differential", "unconfirmed"}
)


class _Found(Struct, frozen=True):
    variant: Variant
    field: str
    from_text: bool = False


def read_genes(resources: Resources) -> tuple[GeneResult, ...]:
    """Every test result for an alteration; contradictions are left to the core."""
    results: list[GeneResult] = []
    implications = derived(resources)
    for resource in observations(resources, may_tell_of_genes):
        found = tuple(_observed(resource, resources, implications))
        if found and counts(resource, resources):
            results += _results(found, resource, sample(resource, resources))
    for report in resources.of("DiagnosticReport"):
        prose = "\n".join(_prose_of(report))
        found = tuple(_Found(v, "conclusion", True) for v in _from_text(prose))
        if found and counts(report, resources):
            results += _results(found, report, sample(report, resources))
    return (*results, *_at_diagnosis(resources))


def read_karyotypes(resources: Resources) -> tuple[Karyotype, ...]:
    """Karyotypes that could be read; donor cells and failed cultures are `ignored`."""
    results: list[Karyotype] = []
    for resource in observations(resources, may_hold_karyotype):
        for field, written in _karyotype_texts(resource):
            if standing(resource) != "usable":
                counts(resource, resources)
                continue
            results += _karyotype(resource, resources, field, written)
    for report in resources.of("DiagnosticReport"):
        named = codeable(report.get("code")).derived(_is_cytogenetics)
        for sentence in text.present_sentences("\n".join(_prose_of(report))):
            about = named or _KARYOTYPE.search(sentence)
            if about and standing(report) == "usable":
                results += _karyotype(report, resources, "conclusion", sentence, quiet=True)
    return tuple(results)


@concern
def may_tell_of_genes(gist: Gist) -> bool:
    """By its names, or because a gene stands in its words."""
    if gist.code.derived(_names_lesion) or may_mention(gist.said):
        return True
    return any(
        part.derived(_names_lesion) or mentions(f"{gist.code.name} {part.name}")
        for part in gist.parts
    )


def _names_lesion(code: Codeable) -> bool:
    named = concepts_named(code) & {"variant_assessment", "gene_studied", *gene_tests.CONCEPTS}
    return (
        bool(named)
        or _DETAIL_ALONE.fullmatch(code.name) is not None
        or names_gene(code)
        or bool(mentions(code.name))
    )


@concern
def may_hold_karyotype(gist: Gist) -> bool:
    return gist.code.derived(_names_karyotype) or any(map(_names_iscn, gist.parts))


def _names_karyotype(code: Codeable) -> bool:
    return "33893-9" in code.codes or _is_cytogenetics(code)


def _names_iscn(code: Codeable) -> bool:
    return "iscn" in concepts_named(code) or "ISCN" in code.name


def _observed(
    resource: Json, resources: Resources, implications: Mapping[str, tuple[Json, ...]]
) -> Iterator[_Found]:
    if is_residual_disease_test(resource, resources) or _is_parent(resource, resources):
        return
    if is_variant(resource):
        parts = parts_of(resource)
        implied = implications.get(resources.name(resource), ())
        reason = set_aside((*parts, *(part for one in implied for part in parts_of(one))))
        if reason:
            resources.ignore(resource, reason)
            return
        yield from (_Found(v, "component") for v in variants(resource, parts))
        return
    found = tuple(_tested(resource, resources))
    yield from found or (_Found(v, "note", True) for v in _from_text(notes_of(resource)))


def _tested(resource: Json, resources: Resources) -> Iterator[_Found]:
    name = name_of(resource.get("code"))
    names = gene_tests.names_of(resource)
    if not names and _DETAIL_ALONE.fullmatch(name):
        genes = " ".join(mentions(context_of(resource, resources)))
        names = mentions(f"{genes} {name}")
    if names == ("CD33",):
        yield from (_Found(v, "value[x]") for v in immunophenotype.cd33(resource))
        return
    panel = tuple(_panel(resource, name))
    yield from panel
    if names and not (panel and value_of(resource) == ""):
        known = {one.variant.alteration for one in panel}
        for variant in gene_tests.answers(resource, names):
            if variant.alteration not in known:
                yield _Found(variant, "value[x]", _is_prose(value_of(resource)))
    elif not names and not panel:
        row = tuple(_Found(v, "component") for v in read_row(resource))
        yield from row or _narrative(resource)


def _panel(resource: Json, name: str) -> Iterator[_Found]:
    """Components that are tests of their own; numbers and changes belong to their test."""
    for component in components(resource):
        own = () if gene_tests.is_detail(component) else gene_tests.names_of(component, name)
        if own == ("CD33",):
            yield from (_Found(v, "component") for v in immunophenotype.cd33(component))
        elif own:
            yield from (_Found(v, "component") for v in gene_tests.answers(component, own))


def _narrative(resource: Json) -> Iterator[_Found]:
    """A result that is prose: a molecular report, an immunophenotype, FISH."""
    if concepts(resource) & {"genes_tested", "region_studied"}:
        return
    if gene_tests.is_about_something_else(codeable(resource.get("code"))):
        return
    written = words_of(value_of(resource))
    yield from (_Found(v, "value[x]", True) for v in _from_text(written))


def _is_prose(value: object) -> bool:
    return isinstance(value, str) and not text.is_outcome(value)


def _is_parent(resource: Json, resources: Resources) -> bool:
    """A panel whose members are in the record repeats what they say."""
    return any(resources.resolve(r, resource) for r in dicts(resource.get("hasMember")))


def _from_text(prose: str) -> Iterator[Variant]:
    normal_cells = immunophenotype.speaks_of_normal_cells(prose)
    for s in gene_statements(prose):
        if s.alteration == "CD33" and normal_cells:
            continue
        yield Variant(s.alteration, s.finding, s.change, s.vaf_pct, s.allelic_ratio, s.words)


def _prose_of(report: Json) -> Iterator[str]:
    """A report's own words; its PDF and coded conclusions say nothing here."""
    if isinstance(report.get("conclusion"), str):
        yield report["conclusion"]


def _results(found: tuple[_Found, ...], resource: Json, at: Sample) -> Iterator[GeneResult]:
    pending = standing(resource) == "preliminary"
    code = codeable(resource.get("code"))
    for one in found:
        v = one.variant
        words = v.words or code.name or code.said
        yield GeneResult(
            when=at.when,
            alteration=v.alteration,
            finding=Finding.INDETERMINATE if pending else v.finding,
            source=Source(at.resource, one.field, words, one.from_text),
            tissue=at.tissue,
            method=Method.MFC if v.alteration == "CD33" else at.method,
            allelic_ratio=v.allelic_ratio,
            vaf_pct=v.vaf_pct,
            change=v.change,
        )


def _at_diagnosis(resources: Resources) -> Iterator[GeneResult]:
    """A diagnosis whose name holds the lesion, on the day of its onset if that is recorded."""
    for condition in resources.of("Condition"):
        onset = when(condition, "onsetDateTime", "onsetPeriod")
        verified = {coding.code for coding in codings(condition.get("verificationStatus"))}
        if onset == UNDATED or verified & _UNSETTLED:
            continue
        said = codeable(condition.get("code"))
        for name in said.derived(_diagnosed):
            source = Source(resources.name(condition), "code", said.name or said.said)
            yield GeneResult(onset, name, Finding.DETECTED, source)


def _diagnosed(code: Codeable) -> tuple[str, ...]:
    for coding in code.codings:
        morphology = re.sub(r"\D", "", coding.code)
        if "icd-o" in coding.system and morphology in _DIAGNOSED:
            return _DIAGNOSED[morphology]
    words = code.name
    aml = "aml" in concepts_named(code) or _AML.search(words)
    named = aml and _NPM1_BY_NAME.search(words) and not _OPEN.search(words)
    return ("NPM1",) if named else ()


def _is_cytogenetics(code: Codeable) -> bool:
    words = code.name
    fish = _FISH.search(words)
    named = _CYTOGENETICS.search(words)
    return not fish and bool(named or concepts_named(code) & {"cytogenetics_report"})


def _karyotype_texts(resource: Json) -> Iterator[tuple[str, str]]:
    for component in components(resource):
        if _names_iscn(codeable(component.get("code"))):
            value = value_of(component)
            if (
                has_coded_call(own := value_of(resource))
                and coded_call(own) is not Finding.DETECTED
            ):
                return
            codes = " ".join(coding.code for coding in codings(value))
            yield "component", next(filter(None, (words_of(value), codes)), "")
            return
    if codeable(resource.get("code")).derived(_names_karyotype):
        value = value_of(resource)
        codes = " ".join(coding.code for coding in codings(value))
        if written := (words_of(value) or codes):
            yield "value[x]", written


def _karyotype(
    resource: Json, resources: Resources, field: str, written: str, *, quiet: bool = False
) -> Iterator[Karyotype]:
    parts = [written, *written.split(" | ")] if " | " in written else [written]
    readings = [iscn.read(part) for part in parts]
    readable = [(r, part) for r, part in zip(readings, parts, strict=True) if r.lesions]
    if not readable:
        if not quiet:
            resources.ignore(resource, readings[0].problem.value)
        return
    reading, part = readable[0]
    when_ = sample_when(resource, resources)
    source = Source(resources.name(resource), field, part, from_text=field == "conclusion")
    yield Karyotype(when_, reading.lesions, part, source)
