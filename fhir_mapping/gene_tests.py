"""Single tests and panels: one name, one answer.

The answer is coded, yes or no, a phrase, a number (allelic ratio, allele frequency) or a
sentence of the grammar. Code and words that disagree, and answers that are not understood, are
INDETERMINATE; negatives are looked for first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from aml.patient import NO_AMOUNT, Amount, Finding
from fhir_mapping import hgvs, text
from fhir_mapping.allele_numbers import allelic_ratio, is_ratio_name, is_vaf_name, vaf_pct
from fhir_mapping.alterations import KMT2A_REARRANGED, is_reported, mentions, without_parent
from fhir_mapping.answers import Json
from fhir_mapping.codeable import Codeable, codeable, name_of
from fhir_mapping.codes import concepts_named
from fhir_mapping.observations import (
    absent_finding,
    absent_reason,
    amount_of,
    as_written,
    coded_call,
    components,
    concepts,
    has_coded_call,
    laboratory_call,
    value_of,
    words_of,
)
from fhir_mapping.text_genes import GeneStatement, gene_statements
from fhir_mapping.variants import Variant

CONCEPTS = {
    "flt3_itd_result": ("FLT3-ITD",),
    "flt3_itd_ratio": ("FLT3-ITD",),
    "flt3_tkd_result": ("FLT3-TKD",),
    "flt3_any_result": ("FLT3",),
    "npm1_result": ("NPM1",),
    "idh2_result": ("IDH2",),
    "jak2_result": ("JAK2",),
    "kit_result": ("KIT",),
    "kras_result": ("KRAS",),
    "ras_result": ("KRAS", "NRAS", "?"),
    "runx1_runx1t1_result": ("RUNX1::RUNX1T1",),
    "cbfb_myh11_result": ("CBFB::MYH11",),
    "pml_rara_result": ("PML::RARA",),
    "pml_rara_ratio": ("PML::RARA",),
    "rara_result": ("PML::RARA",),
    "kmt2a_result": (KMT2A_REARRANGED,),
    "kmt2a_percent": (KMT2A_REARRANGED,),
    "cd33_expression": ("CD33",),
}
DETAILS = frozenset({
    "vaf", "flt3_itd_ratio", "gene_studied", "protein_hgvs", "coding_hgvs", "genomic_hgvs",
    "discrete_variant", "read_depth", "copy_number", "clin_significance", "allelic_state",
    "dna_change_type", "amino_acid_change_type", "genomic_source_class", "transcript_reference",
})  # fmt: skip
_STUDIED = re.compile(
    r"(?i:genes? (?:tested|analy[sz]ed|covered|studied)|tested for|panel content|"
    r"untersuchte gene|"
    r"region of interest|region studied|indication|reason for|clinical history|donor|"
    r"chim[ae]*erism|"
    r"spender|family|germline|keimbahn)"
)
# What a test needs or can find, and not what it found.
_NO_RESULT = re.compile(
    r"(?i:\b(?:limit of \w+|nachweisgrenze|lo[dq]|cut-?off|controls?|kontrolle)$)"
)
_OTHER_ANTIGEN = re.compile(r"(?i:^(?!.*cd\s?33).*\bcd\s?\d)")
_CHANGE_NAME = re.compile(r"(?i:hgvs|amino acid change|\bvariant\b|mutation type)")
_NOT_A_MUTATION = re.compile(
    r"(?i:expression|overexpress|copy number|deletion|methylation|ligand|inhibitor)"
)


def names_of(element: Json, holder: str = "") -> tuple[str, ...]:
    """The alterations that a test or component is about, by code and by words.

    `holder` is the name of the panel, for a component called "ITD" or "D835" alone. A trailing
    "?" marks names of which the answer does not say which is meant, or that disagree.
    """
    code = codeable(element.get("code"))
    return _names_within(code, holder) if holder else code.derived(_names)


def _names(code: Codeable) -> tuple[str, ...]:
    return _names_within(code, "")


def _names_within(code: Codeable, holder: str) -> tuple[str, ...]:
    words, concepts = code.name, concepts_named(code)
    by_code = tuple(n for c in sorted(concepts) for n in CONCEPTS.get(c, ()))
    if _STUDIED.search(words) or concepts & {"genes_tested", "region_studied"}:
        return ()
    if any(map(_NO_RESULT.search, words.split(" | "))):
        return ()
    if _NOT_A_MUTATION.search(words) and "CD33" not in words:
        return by_code
    holder = " ".join(mentions(holder)) or holder
    by_words = mentions(words) or (mentions(f"{holder} {words}") if holder else ())
    if holder and by_words and re.match(r"(?i:[pc]\.|[A-Z]\d+)", words):
        by_words = mentions(f"{holder} {words}")
    names = without_parent(dict.fromkeys((*by_code, *by_words)))
    names = tuple(n for n in names if n != "ABL1" and (is_reported(n) or n == "?"))
    disagree = by_code and by_words and not _kin(by_code, by_words)
    disagree = disagree or (
        "CD33" in by_code and any(map(_OTHER_ANTIGEN.search, words.split(" | ")))
    )
    return (*names, "?") if disagree else names


def answers(element: Json, names: tuple[str, ...]) -> tuple[Variant, ...]:
    """What the element's value says of the alterations it is about."""
    certain = tuple(name for name in names if name != "?")
    found = _answers(element, certain)
    if "?" in names:
        found = tuple(_doubted(v) for v in found)
    vaf, ratio = _component_numbers(element)
    if not found and (vaf.low > 0 or ratio.low > 0):
        found = _all(certain, Finding.DETECTED)
    if named := codeable(element.get("code")).derived(_change_named):
        found = tuple(_of_one_change(v, named) for v in found)
    changes = [hgvs.change(words_of(value_of(c))) for c in components(element) if _is_change(c)]
    change = next(filter(None, changes), "")
    return tuple(_with(v, vaf, ratio, change) for v in found)


def _change_named(test: Codeable) -> str:
    return hgvs.protein_change(test.name)


def is_about_something_else(test: Codeable) -> bool:
    """A list of what was tested, a question, a donor: nothing in it is a result."""
    return test.derived(_names_something_else)


def _names_something_else(test: Codeable) -> bool:
    return _STUDIED.search(test.name) is not None


def _kin(one: Iterable[str], other: Iterable[str]) -> bool:
    """FLT3 and FLT3-ITD are of one kind, FLT3-ITD and FLT3-TKD are not."""
    return any(
        a == b or a.startswith(f"{b}-") or b.startswith(f"{a}-") for a in one for b in other
    )


def _answers(element: Json, names: tuple[str, ...]) -> tuple[Variant, ...]:
    value = value_of(element)
    calls = laboratory_call(element)
    if absent_reason(element) and value == "":
        return _all(names, absent_finding(element), absent_reason(element))
    if isinstance(value, bool):
        return _all(
            names, _agreeing(Finding.DETECTED if value else Finding.NOT_DETECTED, calls)
        )
    amount, _ = amount_of(value)
    if not isinstance(value, str) and amount.recorded:
        return _measured(element, names, value, amount)
    written = words_of(value)
    if has_coded_call(value):
        return _all(names, _agreeing(coded_call(value), calls), written)
    if text.is_outcome(written):
        return _all(names, _agreeing(text.outcome(written), calls), written)
    if not written:
        return _all(names, calls[0]) if calls else ()
    return _written(element, names, written, calls)


def _written(
    element: Json, names: tuple[str, ...], written: str, calls: tuple[Finding, ...]
) -> tuple[Variant, ...]:
    """A sentence, a change, or a number written as a string."""
    if is_ratio_name(name_of(element.get("code"))) or "flt3_itd_ratio" in concepts(element):
        number = re.match(rf"({text.NUMBER})\s*(%?)", written)
        if number:
            read = _measured(element, names, number[0], amount_of(number[0])[0])
            return tuple(replace(v, words=written) for v in read)
    found = read_prose(written, names)
    if found and calls:
        found = tuple(replace(v, finding=_agreeing(v.finding, calls)) for v in found)
    if found:
        said = {v.alteration for v in found}
        silent = tuple(n for n in names if not _kin((n,), said))
        return (*found, *_all(silent, Finding.INDETERMINATE, written))
    return _all(names, calls[0] if calls else Finding.INDETERMINATE, written)


def read_prose(written: str, names: tuple[str, ...]) -> tuple[Variant, ...]:
    """A value read by the grammar, on its own and, where it names nothing, as the test's."""
    statements = gene_statements(written)
    if not statements and not mentions(written):
        composed = (gene_statements(f"{name}: {written}") for name in names)
        statements = tuple(
            replace(s, words=written) for found in composed for s in found if s.alteration != ""
        )
    return tuple(map(_as_variant, statements))


def _as_variant(statement: GeneStatement) -> Variant:
    return Variant(
        statement.alteration,
        statement.finding,
        statement.change,
        statement.vaf_pct,
        statement.allelic_ratio,
        statement.words,
    )


def _measured(
    element: Json, names: tuple[str, ...], value: object, amount: Amount
) -> tuple[Variant, ...]:
    """A number finds the alteration only if it is known what it counts."""
    words = name_of(element.get("code"))
    calls = laboratory_call(element)
    ratio = vaf = NO_AMOUNT
    if "flt3_itd_ratio" in concepts(element) or (
        is_ratio_name(words) and names == ("FLT3-ITD",)
    ):
        ratio = allelic_ratio(value)
    elif is_vaf_name(words) or "gene_mut_fraction" in concepts(element):
        vaf = vaf_pct(value)
    counted = ratio.recorded or vaf.recorded
    by_number = _by_number(amount) if counted or amount.high == 0 else Finding.INDETERMINATE
    finding = _agreeing(by_number, calls) if counted else (*calls, by_number)[0]
    return tuple(Variant(name, finding, "", vaf, ratio, as_written(value)) for name in names)


def _by_number(amount: Amount) -> Finding:
    if amount.high == 0 or (amount.low == 0 and amount.high_open and amount.high.is_finite()):
        return Finding.NOT_DETECTED
    return Finding.DETECTED if amount.low > 0 else Finding.INDETERMINATE


def _agreeing(finding: Finding, calls: tuple[Finding, ...]) -> Finding:
    """Value and interpretation side by side: a clash is stated, not settled."""
    return finding if not calls or calls[0] is finding else Finding.INDETERMINATE


def _all(names: tuple[str, ...], finding: Finding, words: str = "") -> tuple[Variant, ...]:
    return tuple(Variant(name, finding, words=words) for name in names)


def _doubted(variant: Variant) -> Variant:
    if variant.finding is Finding.DETECTED:
        return replace(variant, finding=Finding.INDETERMINATE)
    return variant


def _of_one_change(variant: Variant, change: str) -> Variant:
    """A test for one change alone: its absence does not clear IDH1 or IDH2."""
    finding = hgvs.judged(variant.alteration, variant.finding, change)
    return replace(variant, finding=finding, change=variant.change or change)


def _is_change(component: Json) -> bool:
    return codeable(component.get("code")).derived(_names_change)


def _names_change(code: Codeable) -> bool:
    if concepts_named(code) & {"protein_hgvs", "coding_hgvs"}:
        return True
    return _CHANGE_NAME.search(code.name) is not None


def _component_numbers(element: Json) -> tuple[Amount, Amount]:
    vaf = ratio = NO_AMOUNT
    for component in components(element):
        words, names = name_of(component.get("code")), concepts(component)
        if "vaf" in names or is_vaf_name(words):
            vaf = vaf_pct(value_of(component))
        elif "flt3_itd_ratio" in names or is_ratio_name(words):
            ratio = allelic_ratio(value_of(component))
    return vaf, ratio


def _with(variant: Variant, vaf: Amount, ratio: Amount, change: str) -> Variant:
    """Numbers and change that stand in components of their own; a ratio is of the ITD alone."""
    if ratio.recorded and variant.alteration in ("FLT3", "FLT3-ITD"):
        variant = replace(variant, allelic_ratio=ratio)
    if vaf.recorded:
        variant = replace(variant, vaf_pct=vaf)
    if change and not variant.change:
        kind = hgvs.flt3(change).value if variant.alteration == "FLT3" else variant.alteration
        finding = hgvs.judged(kind, variant.finding, change)
        variant = replace(variant, alteration=kind, change=change, finding=finding)
    return variant


def is_detail(component: Json) -> bool:
    """A number or name that describes the result it is part of, not a test of its own."""
    return codeable(component.get("code")).derived(_is_detail)


def _is_detail(code: Codeable) -> bool:
    words = code.name
    return bool(concepts_named(code) & DETAILS) or (
        not mentions(words)
        and re.search(
            r"(?i:\bvaf\b|ratio|frequency|fraction|allel|hgvs|change|depth|coverage|"
            r"comment|method|nuclei|\bcells?\b|kerne|zellen|metaphase|probe|cut-?off|"
            r"insert size|sensitiv|detection limit|nachweisgrenze)",
            words,
        )
        is not None
    )
