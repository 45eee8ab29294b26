"""Variants with components, as mCODE and Genomics Reporting write them.

Present, Absent, No call and Indeterminate are the value; without one, a concrete change asserts
itself unless the value is declared absent or called negative. A gene alone asserts nothing.
Several genes that are Absent are each negative; two that are Present are a fusion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aml.patient import NO_AMOUNT, Amount, Finding
from fhir_mapping import hgvs
from fhir_mapping.allele_numbers import allelic_ratio, is_ratio_name, is_vaf_name, vaf_pct
from fhir_mapping.alterations import KMT2A_REARRANGED, fusion, mentions, symbol
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import name_of
from fhir_mapping.codes import concepts_of
from fhir_mapping.observations import (
    absent_reason,
    coded_call,
    components,
    concepts,
    has_coded_call,
    laboratory_call,
    value_of,
    words_of,
)
from fhir_mapping.resources import Resources
from fhir_mapping.values import codings

_CHANGE_NAMES = ("protein_hgvs", "coding_hgvs", "genomic_hgvs", "discrete_variant")
_GENE_OF_CHANGE = re.compile(r"\(([A-Z][A-Z0-9]{1,9})\)\s*:|\b([A-Z][A-Z0-9]{1,9}):[cp]\.")
_NOT_DRIVERS = {
    "uncertain_significance": "uncertain-significance",
    "benign": "benign",
    "likely_benign": "benign",
}
_DOUBTED = re.compile(r"(?i:uncertain|unknown) (?:clinical )?significance|\bvus\b|unklare")
_BENIGN = re.compile(r"(?i:\bbenign|polymorphism)")
_GERMLINE = re.compile(r"(?i:\bgermline|keimbahn)")


@dataclass(frozen=True, slots=True)
class Variant:
    """One alteration and what was found of it; numbers as in `GeneResult`."""

    alteration: str
    finding: Finding
    change: str = ""
    vaf_pct: Amount = NO_AMOUNT
    allelic_ratio: Amount = NO_AMOUNT
    words: str = ""


def is_variant(resource: Json) -> bool:
    """A described variant or a pertinent negative; not a list of what was studied."""
    names = concepts(resource)
    if names & {"region_studied", "genes_tested"} or _is_implication(names):
        return False
    if "variant_assessment" in names:
        return True
    changes = any(concepts(c) & set(_CHANGE_NAMES) for c in components(resource))
    genes = [c for c in components(resource) if "gene_studied" in concepts(c)]
    return bool(genes) and (changes or has_coded_call(value_of(resource)))


def _is_implication(names: frozenset[str]) -> bool:
    return any(
        name.endswith("_implication") or name == "molecular_consequence" for name in names
    )


def set_aside(resource: Json, implications: Iterable[Json]) -> str:
    """Why a variant is no finding of the disease: germline or not known to matter; else "".

    `implications` are the results derived from it, which may hold its significance.
    """
    for part in (*components(resource), *(c for i in implications for c in components(i))):
        names, value = concepts(part), value_of(part)
        said = concepts_of(value)
        words = words_of(value)
        if "clin_significance" in names or "significance" in name_of(part.get("code")).lower():
            for concept, reason in _NOT_DRIVERS.items():
                if concept in said:
                    return reason
            if _DOUBTED.search(words):
                return "uncertain-significance"
            if _BENIGN.search(words):
                return "benign"
        source = "genomic_source_class" in names
        if source and ("germline" in said or _GERMLINE.search(words)):
            return "germline"
    return ""


def derived(resources: Resources) -> Mapping[str, tuple[Json, ...]]:
    """Results that were derived from another, by the name of that other."""
    found: dict[str, tuple[Json, ...]] = {}
    for resource in (r for r in resources.of("Observation") if "derivedFrom" in r):
        for reference in dicts(resource.get("derivedFrom")):
            name = resources.name(resources.resolve(reference, resource))
            found[name] = (*found.get(name, ()), resource)
    return found


def variants(resource: Json) -> tuple[Variant, ...]:
    """The alterations of one variant resource, none if it asserts nothing."""
    genes, conflict = _genes(resource)
    text = _everything(resource)
    change = _change(resource)
    finding = _finding(resource, text, change)
    if finding is Finding.DETECTED and _no_change(resource) and not change:
        return ()
    if _silent(resource, change, text):
        return ()
    if conflict:
        return tuple(Variant(gene, Finding.INDETERMINATE, change, words=text) for gene in genes)
    names = _alterations(genes, change, text, finding)
    vaf, ratio = _numbers(resource)
    return tuple(
        Variant(name, _judged(name, finding, change, text), change, vaf, ratio, text[:200])
        for name in names
    )


def _genes(resource: Json) -> tuple[tuple[str, ...], bool]:
    """Symbols of the genes studied, and whether code and display disagree on which they are."""
    by_code: list[str] = []
    by_words: list[str] = []
    for component in components(resource):
        if "gene_studied" not in concepts(component):
            continue
        value = value_of(component)
        code = _first_symbol(coding.code for coding in codings(value))
        words = _first_symbol(words_of(value).split(" | "))
        by_code += filter(None, [code or words])
        by_words += filter(None, [words or code])
    if not by_code:
        by_code = by_words = _genes_in_changes(resource)
    if set(by_code) == set(by_words):
        return tuple(dict.fromkeys(by_code)), False
    return tuple(dict.fromkeys((*by_code, *by_words))), True


def _first_symbol(names: Iterable[str]) -> str:
    return next(filter(None, map(symbol, names)), "")


def _genes_in_changes(resource: Json) -> list[str]:
    """The gene that a change is written with: `NM_005896.4(IDH1):c.395G>A`, `IDH1:c.395G>A`."""
    written = _GENE_OF_CHANGE.findall(" ".join(_written_changes(resource)))
    named = _first_symbol(part for pair in written for part in pair if part)
    return [named] if named else []


def _everything(resource: Json) -> str:
    """All words of the resource in one string, to find "ITD" or "rearrangement" in."""
    parts = [name_of(resource.get("code")), words_of(value_of(resource))]
    for component in components(resource):
        parts.append(words_of(value_of(component)))
    return " | ".join(part for part in parts if part)


def _written_changes(resource: Json) -> list[str]:
    """What stands where a change belongs, the protein's first; some write c. in place of g."""
    return [
        f"{' '.join(coding.code for coding in codings(value_of(c)))} {words_of(value_of(c))}"
        for name in _CHANGE_NAMES
        for c in components(resource)
        if name in concepts(c)
    ]


def _change(resource: Json) -> str:
    """The first concrete change, of the protein if there is one."""
    written = _written_changes(resource)
    found = (*map(hgvs.protein_change, written), *map(hgvs.coding_change, written))
    return next(filter(None, found), "")


def _no_change(resource: Json) -> bool:
    """`p.=` and the like: something is written where the change belongs, and it is none."""
    return any(
        re.search(r"[pc]\.\(?(?:=|\?|[A-Za-z]+\d+=)", f"{words_of(value_of(c))} "
                  f"{' '.join(coding.code for coding in codings(value_of(c)))}")
        for c in components(resource)
        if concepts(c) & {"protein_hgvs", "coding_hgvs"}
    )  # fmt: skip


def _finding(resource: Json, text: str, change: str) -> Finding:
    value = value_of(resource)
    calls = set(laboratory_call(resource))
    if absent_reason(resource):
        return Finding.INDETERMINATE
    if has_coded_call(value):
        calls.add(coded_call(value))
    elif isinstance(value, bool):
        calls.add(Finding.DETECTED if value else Finding.NOT_DETECTED)
    elif not value and not calls and (change or _names_kind(text)):
        calls.add(Finding.DETECTED)
    return calls.pop() if len(calls) == 1 else Finding.INDETERMINATE


def _silent(resource: Json, change: str, text: str) -> bool:
    """Only a gene is named: nothing was found, and nothing excluded."""
    said = value_of(resource) != "" or absent_reason(resource) or laboratory_call(resource)
    return not (said or change or _names_kind(text))


def _names_kind(text: str) -> bool:
    return {"FLT3-ITD", "FLT3-TKD"} & set(mentions(text)) != set()


def _alterations(
    genes: tuple[str, ...], change: str, text: str, finding: Finding
) -> tuple[str, ...]:
    if len(genes) == 1:
        return (_alteration(genes[0], change, text),)
    if len(genes) == 2 and _is_fusion(genes, text, finding, change):
        return fusion(genes[0], genes[1])
    return tuple(_alteration(gene, "", "") for gene in genes)


def _is_fusion(genes: tuple[str, ...], text: str, finding: Finding, change: str) -> bool:
    name = fusion(genes[0], genes[1])[0]
    known = name in mentions(f"{genes[0]}-{genes[1]}")
    asserted = finding is not Finding.NOT_DETECTED and not change
    return known or asserted or "fusion" in text.lower()


def _alteration(gene: str, change: str, text: str) -> str:
    if gene == "KMT2A" and re.search(r"(?i:rearrang|fusion|translocation|umlager)", text):
        return KMT2A_REARRANGED
    if gene != "FLT3":
        return gene
    if change:
        return hgvs.flt3(change).value
    named = {"FLT3-ITD", "FLT3-TKD"} & set(mentions(text))
    return named.pop() if len(named) == 1 else "FLT3"


def _judged(name: str, finding: Finding, change: str, text: str) -> Finding:
    """A change off the hot spots is not the target; one absent change does not clear a gene."""
    if (
        finding is Finding.DETECTED
        and name == "KMT2A"
        and re.search(r"(?i:\bptd\b|tandem)", text)
    ):
        return Finding.INDETERMINATE
    return hgvs.judged(name, finding, change)


def _numbers(resource: Json) -> tuple[Amount, Amount]:
    vaf, ratio = NO_AMOUNT, NO_AMOUNT
    for component in components(resource):
        names, words = concepts(component), name_of(component.get("code"))
        if "vaf" in names or is_vaf_name(words):
            vaf = vaf_pct(value_of(component))
        elif "flt3_itd_ratio" in names or is_ratio_name(words):
            ratio = allelic_ratio(value_of(component))
    return vaf, ratio
