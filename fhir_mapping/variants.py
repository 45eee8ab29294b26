"""Variants with components, as mCODE and Genomics Reporting write them.

Present, Absent, No call and Indeterminate are the value; without one, a concrete change asserts
itself unless the value is declared absent or called negative. A gene alone asserts nothing.
Several genes that are Absent are each negative; two that are Present are a fusion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from msgspec import Struct

from aml.patient import NO_AMOUNT, Amount, Finding
from fhir_mapping import hgvs
from fhir_mapping.allele_numbers import allelic_ratio, is_ratio_name, is_vaf_name, vaf_pct
from fhir_mapping.alterations import KMT2A_REARRANGED, fusion, mentions, symbol
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import Codeable, Coding, codeable, codings, name_of
from fhir_mapping.codes import concepts_named, concepts_of
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

_HGNC = "http://www.genenames.org/geneId"
_CHANGE_NAMES = ("protein_hgvs", "coding_hgvs", "genomic_hgvs", "discrete_variant")
_GENE_OF_CHANGE = re.compile(r"\(([A-Z][A-Z0-9]{1,9})\)\s*:|\b([A-Z][A-Z0-9]{1,9}):[cp]\.")
_NOT_DRIVERS = {
    "uncertain_significance": "uncertain-significance",
    "benign": "benign",
    "likely_benign": "benign",
}
_DOUBTED = re.compile(r"(?i:uncertain|unknown) (?:clinical )?significance|\bvus\b|unklare")
_BENIGN = re.compile(r"(?i:\bbenign|polymorphism)")
_NO_EVENT = re.compile(r"[pc]\.\(?(?:=|\?|[A-Za-z]+\d+=)")
_GERMLINE = re.compile(r"(?i:\bgermline|keimbahn)")


class Variant(Struct, frozen=True):
    """One alteration and what was found of it; numbers as in `GeneResult`."""

    alteration: str
    finding: Finding
    change: str = ""
    vaf_pct: Amount = NO_AMOUNT
    allelic_ratio: Amount = NO_AMOUNT
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Asks:
    """What the name of a component asks for; `names`: the concepts of its codes."""

    names: frozenset[str]
    significance: bool
    vaf: bool
    ratio: bool


def _asks(code: Codeable) -> _Asks:
    names, name = concepts_named(code), code.name
    return _Asks(
        names,
        significance="clin_significance" in names or "significance" in name.lower(),
        vaf="vaf" in names or is_vaf_name(name),
        ratio="flt3_itd_ratio" in names or is_ratio_name(name),
    )


class Part(Struct, frozen=True):
    """A component: what is asked, and its value with its words and codes."""

    asks: _Asks
    value: object
    words: str

    @property
    def codes(self) -> str:
        return " ".join(coding.code for coding in codings(self.value))


def parts_of(resource: Json) -> list[Part]:
    found = []
    for component in components(resource):
        value = value_of(component)
        asks = codeable(component.get("code")).derived(_asks)
        found.append(Part(asks, value, words_of(value)))
    return found


def is_variant(resource: Json) -> bool:
    """A described variant or a pertinent negative; not a list of what was studied."""
    kind = codeable(resource.get("code")).derived(_kind)
    if kind is not _Kind.ANY:
        return kind is _Kind.VARIANT
    of_parts = [concepts(component) for component in components(resource)]
    if not any("gene_studied" in part for part in of_parts):
        return False
    changes = any(not part.isdisjoint(_CHANGE_NAMES) for part in of_parts)
    return changes or has_coded_call(value_of(resource))


class _Kind(Enum):
    """What the code of a result says that it is; of most the components decide."""

    VARIANT = "variant"
    OTHER = "other"
    ANY = "any"


def _kind(code: Codeable) -> _Kind:
    names = concepts_named(code)
    implied = any(n.endswith("_implication") or n == "molecular_consequence" for n in names)
    if implied or names & {"region_studied", "genes_tested"}:
        return _Kind.OTHER
    return _Kind.VARIANT if "variant_assessment" in names else _Kind.ANY


def set_aside(parts: Iterable[Part]) -> str:
    """Why a variant is no finding of the disease: germline or not known to matter; else "".

    `parts`: its own, and those of results derived from it, which may hold its significance.
    """
    for part in parts:
        if part.asks.significance:
            said = concepts_of(part.value)
            for concept, reason in _NOT_DRIVERS.items():
                if concept in said:
                    return reason
            if _DOUBTED.search(part.words):
                return "uncertain-significance"
            if _BENIGN.search(part.words):
                return "benign"
        if "genomic_source_class" in part.asks.names and (
            "germline" in concepts_of(part.value) or _GERMLINE.search(part.words)
        ):
            return "germline"
    return ""


def derived(resources: Resources) -> Mapping[str, tuple[Json, ...]]:
    """Results that were derived from another, by the name of that other."""
    found: dict[str, tuple[Json, ...]] = {}
    for resource in [r for r in resources.of("Observation") if "derivedFrom" in r]:
        for reference in dicts(resource.get("derivedFrom")):
            name = resources.name(resources.resolve(reference, resource))
            found[name] = (*found.get(name, ()), resource)
    return found


def variants(resource: Json, parts: Sequence[Part]) -> tuple[Variant, ...]:
    """The alterations of one variant resource, none if it asserts nothing."""
    written = _written_changes(parts)
    genes, conflict = _genes(parts, written)
    text = _everything(resource, parts)
    change = _change(written)
    finding = _finding(resource, text, change)
    if finding is Finding.DETECTED and not change and _no_change(parts):
        return ()
    if _silent(resource, change, text):
        return ()
    if conflict or (finding is Finding.DETECTED and not change and _half_known(parts, genes)):
        return tuple(Variant(gene, Finding.INDETERMINATE, change, words=text) for gene in genes)
    names = _alterations(genes, change, text, finding)
    vaf, ratio = _numbers(parts)
    return tuple(
        Variant(name, _judged(name, finding, change, text), change, vaf, ratio, text[:200])
        for name in names
    )


def _genes(parts: Sequence[Part], written: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Symbols of the genes studied, and whether code and display disagree on which they are."""
    by_code: list[str] = []
    by_words: list[str] = []
    for part in parts:
        if "gene_studied" not in part.asks.names:
            continue
        code = _first_symbol(map(_gene_number, codings(part.value)))
        words = _first_symbol(part.words.split(" | "))
        by_code += filter(None, [code or words])
        by_words += filter(None, [words or code])
    if not by_code:
        by_code = by_words = _genes_in(written)
    if set(by_code) == set(by_words):
        return tuple(dict.fromkeys(by_code)), False
    return tuple(dict.fromkeys((*by_code, *by_words))), True


def _half_known(parts: Sequence[Part], genes: tuple[str, ...]) -> bool:
    """Two genes together, of which one is not known: neither is mutated for it."""
    return len(genes) == 1 and sum("gene_studied" in part.asks.names for part in parts) > 1


def _gene_number(coding: Coding) -> str:
    """Its code; a bare number of another system than HGNC (NCBI has its own) is no gene."""
    foreign = coding.code.isdigit() and coding.system not in ("", _HGNC)
    return "" if foreign else coding.code


def _first_symbol(names: Iterable[str]) -> str:
    return next(filter(None, map(symbol, names)), "")


def _genes_in(written: Sequence[str]) -> list[str]:
    """The gene that a change is written with: `NM_005896.4(IDH1):c.395G>A`, `IDH1:c.395G>A`."""
    found = _GENE_OF_CHANGE.findall(" ".join(written))
    named = _first_symbol(part for pair in found for part in pair if part)
    return [named] if named else []


def _everything(resource: Json, parts: Sequence[Part]) -> str:
    """All words of the resource in one string, to find "ITD" or "rearrangement" in."""
    said = [name_of(resource.get("code")), words_of(value_of(resource))]
    return " | ".join(filter(None, (*said, *(part.words for part in parts))))


def _written_changes(parts: Sequence[Part]) -> list[str]:
    """What stands where a change belongs, the protein's first; some write c. in place of g."""
    return [
        f"{part.codes} {part.words}"
        for name in _CHANGE_NAMES
        for part in parts
        if name in part.asks.names
    ]


def _change(written: Sequence[str]) -> str:
    """The first concrete change, of the protein if there is one."""
    found = chain(map(hgvs.protein_change, written), map(hgvs.coding_change, written))
    return next(filter(None, found), "")


def _no_change(parts: Sequence[Part]) -> bool:
    """`p.=` and the like: something is written where the change belongs, and it is none."""
    return any(
        _NO_EVENT.search(f"{part.words} {part.codes}")
        for part in parts
        if not part.asks.names.isdisjoint(("protein_hgvs", "coding_hgvs"))
    )


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


def _numbers(parts: Sequence[Part]) -> tuple[Amount, Amount]:
    vaf, ratio = NO_AMOUNT, NO_AMOUNT
    for part in parts:
        if part.asks.vaf:
            vaf = vaf_pct(part.value)
        elif part.asks.ratio:
            ratio = allelic_ratio(part.value)
    return vaf, ratio
