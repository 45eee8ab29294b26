"""Results of tests for measurable residual disease: RT-qPCR, flow cytometry, sequencing.

Quantified transcripts of NPM1 and of the core-binding-factor fusions are always read here, also
at diagnosis; a mutation test that found nothing is no such test. The laboratory's own call
comes before the number; where number and call of a transcript clash, neither settles it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from aml.patient import NO_AMOUNT, Amount, Finding, Method, MrdResult, Source, Tissue
from fhir_mapping import text, text_mrd, transcripts
from fhir_mapping.allele_numbers import is_vaf_name, vaf_pct
from fhir_mapping.alterations import symbol
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import Codeable, codeable, name_of
from fhir_mapping.mrd_tests import (
    LOGS,
    MRD_NAME,
    RATIO_CONCEPTS,
    asked_by,
    is_residual_disease_test,
    may_be_residual_disease_test,
)
from fhir_mapping.observations import (
    absent_finding,
    absent_reason,
    amount_of,
    as_written,
    coded_call,
    components,
    concepts,
    counts,
    has_coded_call,
    laboratory_call,
    notes_of,
    observations,
    standing,
    units_of,
    value_of,
    words_of,
)
from fhir_mapping.resources import Resources
from fhir_mapping.samples import Sample, context_of, sample
from fhir_mapping.text_mrd import ANY, FLOW, MrdStatement
from fhir_mapping.values import codings

_CONTROL_FAILED = re.compile(
    r"(?i:(?:\babl1?\b|control|kontroll|\brna\b)[^.;]{0,30}\b(?:insufficient|inadequate|failed|"
    r"too (?:few|low)|unzureichend\w*|zu (?:wenig\w*|niedrig)|nicht ausreichend\w*))"
)
_LOG_UNIT = re.compile(r"(?i:log|^1?$)")
_COUNTING = re.compile(
    r"(?i:cop|kop|transcr|transkr|abl|ncn|norm|%|percent|ratio|quot|10|per|/|\d|^$)"
)
_NUMBERED = re.compile(r"(?:<=|>=|[<>≤≥])?\s*\d")


def read_mrd(resources: Resources) -> tuple[MrdResult, ...]:
    """Every residual disease result, marrow and blood apart; what failed is INADEQUATE."""
    results: list[MrdResult] = []
    for resource in observations(resources, may_be_residual_disease_test):
        by_field = tuple(_statements(resource, resources))
        if by_field and counts(resource, resources):
            for field, statement in by_field:
                results += _results((statement,), resource, resources, field)
    for report in resources.of("DiagnosticReport"):
        prose = report.get("conclusion")
        said = text_mrd.mrd_statements(prose) if isinstance(prose, str) else ()
        if said and counts(report, resources):
            results += _results(said, report, resources, "conclusion")
    return tuple(results)


def _statements(resource: Json, resources: Resources) -> Iterator[tuple[str, MrdStatement]]:
    """What a result says, each with the element in which it says it."""
    if any(resources.resolve(r, resource) for r in dicts(resource.get("hasMember"))):
        return
    if not is_residual_disease_test(resource, resources):
        yield from (("value[x]", statement) for statement in _aside(resource))
        return
    name = name_of(resource.get("code"))
    context = f"{name} | {context_of(resource, resources)}"
    if any("gene_studied" in concepts(c) for c in components(resource)):
        yield from (("component", s) for s in _sequenced(resource, context))
        return
    own = _statement(resource, _marker(resource, context), context)
    parts = tuple(_parts(resource, own, context))
    with_numbers = _with_components(resource, own)
    says = not parts or with_numbers != replace(own, finding=Finding.INDETERMINATE)
    if says and (value_of(resource) != "" or absent_reason(resource) or not parts):
        yield "value[x]" if value_of(resource) != "" else _field_of(resource), with_numbers
    yield from (("component", statement) for statement in parts)


def _field_of(resource: Json) -> str:
    """Of a result without a value: where it says anything at all."""
    elements = ("dataAbsentReason", "interpretation", "component", "code")
    return next((element for element in elements if element in resource), "code")


def _aside(resource: Json) -> Iterator[MrdStatement]:
    """Prose under another name that speaks of residual disease ("CRh, MRD pos")."""
    value = value_of(resource)
    written = words_of(value)
    if written and MRD_NAME.search(written):
        yield from text_mrd.mrd_statements(written)


def _marker(resource: Json, context: str) -> str:
    coded = concepts(resource)
    for concept, marker in RATIO_CONCEPTS.items():
        if concept in coded:
            return marker
    marker = codeable(resource.get("code")).derived(_named_marker)
    written = words_of(value_of(resource))
    marker = marker or text_mrd.marker_named(context) or text_mrd.marker_named(written)
    if marker:
        return marker
    if "npm1_result" in coded:
        return "NPM1"
    return FLOW if "mfc_abnormal_pct" in coded else ANY


def _named_marker(code: Codeable) -> str:
    return text_mrd.marker_named(code.name)


def _statement(element: Json, marker: str, context: str) -> MrdStatement:
    """What one value says; the method by name, unit, or, for a transcript level, its marker."""
    value = value_of(element)
    written = words_of(value)
    method = text_mrd.method_named(f"{context} {written} {units_of(value)}")
    if method is Method.UNKNOWN and marker == FLOW:
        method = Method.MFC
    bare = MrdStatement(
        marker, method, Tissue.UNKNOWN, Finding.INDETERMINATE, written or context
    )
    calls = laboratory_call(element)
    if absent_reason(element) and value == "":
        return replace(bare, finding=absent_finding(element), words=absent_reason(element))
    amount, unit = amount_of(value)
    if amount.recorded and (
        not isinstance(value, str) or unit or re.fullmatch(r"[\d.,\s]+", value)
    ):
        return _measured(bare, value, amount, f"{context}", calls)
    if isinstance(value, bool):
        return replace(bare, finding=Finding.DETECTED if value else Finding.NOT_DETECTED)
    if has_coded_call(value):
        called = coded_call(value)
        return replace(
            bare, finding=called if not calls or calls == (called,) else Finding.INDETERMINATE
        )
    if not written:
        return replace(bare, finding=calls[0] if calls else Finding.INDETERMINATE)
    return _written(bare, written, context, calls)


def _written(
    bare: MrdStatement, written: str, context: str, calls: tuple[Finding, ...]
) -> MrdStatement:
    reading = text_mrd.measured_in(written, bare, context)
    if text.is_outcome(written):
        found = text.outcome(written)
    elif not text.is_present(written):
        found = Finding.INDETERMINATE
    else:
        found = text_mrd.finding_of(written, reading)
    if calls and calls[0] is not found and found is not Finding.INDETERMINATE:
        found = Finding.INDETERMINATE
    elif calls:
        found = calls[0]
    return replace(reading.statement, finding=found)


def _measured(
    bare: MrdStatement, value: object, amount: Amount, context: str, calls: tuple[Finding, ...]
) -> MrdStatement:
    """A number goes into the field of its kind, or nowhere; above 0 is found all the same."""
    unit = units_of(value)
    words = as_written(value)
    if LOGS.search(f"{unit} {context}"):
        reduced = amount if _LOG_UNIT.search(unit) else NO_AMOUNT
        return replace(
            bare, log_reduction=reduced, words=words, finding=(*calls, Finding.INDETERMINATE)[0]
        )
    if bare.method is Method.MFC:
        share = _share(amount, unit)
        known = share.recorded or amount.high == 0
        found = text_mrd.by_number(share, flow=True) if known else Finding.INDETERMINATE
        finding = (*calls, found)[0]
        return replace(bare, words=words, pct_of_leukocytes=share, finding=finding)
    level = vaf = NO_AMOUNT
    if bare.method is Method.NGS or is_vaf_name(context):
        vaf = vaf_pct(value)
    else:
        first_unit = amount_of(value)[1]
        level, _ = transcripts.per_1e4_abl1(amount, first_unit or unit, context)
        if not level.recorded:
            level, _ = transcripts.per_1e4_abl1(amount, unit, context)
    transcript = bare.method is Method.UNKNOWN and level.recorded
    method = Method.RT_QPCR if transcript else bare.method
    found = text_mrd.by_number(amount, flow=False)
    of_reads = bare.method is Method.NGS and not vaf.recorded and amount.high > 0
    if of_reads or not _COUNTING.search(unit):
        found = Finding.INDETERMINATE
    if bare.marker == ANY and method is Method.UNKNOWN:
        found = Finding.INDETERMINATE
    clash = calls and calls[0] is not found and not _below_limit(amount)
    return replace(
        bare,
        method=method,
        words=words,
        copies_per_1e4_abl1=level,
        vaf_pct=vaf,
        finding=Finding.INDETERMINATE if clash else (*calls, found)[0],
    )


def _below_limit(amount: Amount) -> bool:
    return amount.low == 0 and not amount.exact


def _share(amount: Amount, unit: str) -> Amount:
    """Percent of leukocytes; a fraction only where its unit says so."""
    if "%" in unit:
        return amount if amount.low <= 100 else NO_AMOUNT
    per = {"10*-4": "0.01", "10^-4": "0.01", "10*-5": "0.001", "10^-5": "0.001", "1": "100"}
    factor = per.get(unit.strip())
    return (
        amount.scaled(text.number(factor).low)
        if (factor and amount.low <= 1) or (factor and unit != "1")
        else NO_AMOUNT
    )


def _sequenced(resource: Json, context: str) -> Iterator[MrdStatement]:
    """NGS for residual disease, with gene and allele frequency in components."""
    genes = [
        next(
            filter(
                None,
                (
                    symbol(c)
                    for c in (
                        *(x.code for x in codings(value_of(part))),
                        *words_of(value_of(part)).split(" | "),
                    )
                ),
            ),
            "",
        )
        for part in components(resource)
        if "gene_studied" in concepts(part)
    ]
    vaf = NO_AMOUNT
    for part in components(resource):
        if "vaf" in concepts(part) or is_vaf_name(name_of(part.get("code"))):
            vaf = vaf_pct(value_of(part))
    value, calls = value_of(resource), laboratory_call(resource)
    called = (coded_call(value),) if has_coded_call(value) else calls
    by_number = text_mrd.by_number(vaf, flow=False)
    found = called[0] if called else by_number
    for gene in dict.fromkeys(filter(None, genes)):
        itd = gene == "FLT3" and re.search(
            r"(?i:\bitd\b|internal tandem)", f"{context} {_all_words(resource)}"
        )
        marker = "FLT3-ITD" if itd else gene
        yield MrdStatement(
            marker, Method.NGS, Tissue.UNKNOWN, found, _all_words(resource)[:200], vaf_pct=vaf
        )


def _all_words(resource: Json) -> str:
    return " | ".join(filter(None, (words_of(value_of(c)) for c in components(resource))))


def _parts(resource: Json, own: MrdStatement, context: str) -> Iterator[MrdStatement]:
    """Components that are results of their own: one marker or one method each."""
    for part in components(resource):
        code = codeable(part.get("code"))
        asked = code.derived(asked_by)
        if not asked.result or (asked.control and not asked.marker):
            continue
        marker = asked.marker or (own.marker if asked.level else "")
        if marker and (value_of(part) != "" or absent_reason(part) or laboratory_call(part)):
            words = f"{code.name} | {context}"
            yield _with_components(resource, _statement(part, marker, words))


def _with_components(resource: Json, statement: MrdStatement) -> MrdStatement:
    """Control copies and log reduction that stand beside the level, in components or notes."""
    for part in components(resource):
        asked = codeable(part.get("code")).derived(asked_by)
        if asked.marker or not (asked.control or asked.logs):
            continue
        value = value_of(part)
        amount, unit = amount_of(value)
        if isinstance(value, str) and not asked.logs:
            amount = transcripts.copies(value)
        if not amount.recorded:
            continue
        if asked.control:
            statement = replace(statement, control_copies=amount)
        elif _LOG_UNIT.search(unit):
            statement = replace(statement, log_reduction=amount)
    if "note" in resource and not statement.control_copies.recorded:
        noted = text_mrd.control_copies_in(notes_of(resource))
        statement = replace(statement, control_copies=noted)
    if statement.finding is Finding.NOT_DETECTED and _CONTROL_FAILED.search(notes_of(resource)):
        statement = replace(statement, finding=Finding.INADEQUATE)
    return statement


def _results(
    statements: tuple[MrdStatement, ...], resource: Json, resources: Resources, field: str
) -> Iterator[MrdResult]:
    at = sample(resource, resources)
    pending = standing(resource) == "preliminary"
    for s in statements:
        if _lost_its_unit(s):
            resources.ignore(resource, "unknown-unit")
        yield _result(s, at, field, pending=pending)


def _is_prose(words: str) -> bool:
    """A sentence of the laboratory, not a phrase, a number or a code's display."""
    return (
        len(words.split()) > 2 and _NUMBERED.match(words) is None and not text.is_outcome(words)
    )


def _lost_its_unit(s: MrdStatement) -> bool:
    kept = (s.copies_per_1e4_abl1, s.pct_of_leukocytes, s.vaf_pct, s.log_reduction)
    numbered = _NUMBERED.match(s.words) is not None
    return numbered and not any(amount.recorded for amount in kept)


def _result(s: MrdStatement, at: Sample, field: str, *, pending: bool) -> MrdResult:
    method = s.method if s.method is not Method.UNKNOWN else at.method
    return MrdResult(
        when=at.when,
        marker=s.marker,
        method=method,
        tissue=s.tissue if s.tissue is not Tissue.UNKNOWN else at.tissue,
        finding=Finding.INDETERMINATE if pending else s.finding,
        source=Source(
            at.resource, field, s.words, from_text=field == "conclusion" or _is_prose(s.words)
        ),
        copies_per_1e4_abl1=s.copies_per_1e4_abl1,
        pct_of_leukocytes=s.pct_of_leukocytes,
        vaf_pct=s.vaf_pct,
        control_copies=s.control_copies,
        log_reduction=s.log_reduction,
    )
