"""Which results are tests for measurable residual disease."""

from __future__ import annotations

import re

from fhir_mapping import text_mrd
from fhir_mapping.allele_numbers import is_vaf_name
from fhir_mapping.answers import Json
from fhir_mapping.codeable import Codeable, codes_of, name_of
from fhir_mapping.codes import concepts_named
from fhir_mapping.gist import Gist
from fhir_mapping.observations import amount_of, components, concepts, units_of, value_of
from fhir_mapping.resources import Resources
from fhir_mapping.samples import context_of
from fhir_mapping.text_genes import RESIDUAL
from fhir_mapping.text_mrd import TRANSCRIPTS

MRD_NAME = re.compile(
    r"(?i:\bmrd\b|measurable residual|minimal residual|minimal(?:e|er)? rest|resterkrankung)"
)

QUANTIFIED = re.compile(
    r"(?i:transcript|transkript|quantit|\bq-?pcr|rt-?q|copies|kopien|\bncn\b|normali[sz]ed "
    r"copy|"
    r"/\s*(?:c-)?abl|per 10|log\w*[\s-]*redu[ck])"
)

_UNIT = re.compile(r"(?i:cop|kop|abl|ncn|10\s?[\^*]|log)")

_OTHER_DISEASE = re.compile(
    r"(?i:bcr\s*(?:::|[-/])\s*abl|pml\s*(?:::|[-/])\s*rar|international scale|chim[ae]*erism)"
)

_CELLS = re.compile(
    r"(?i:aberrant|abnormal|laip|\blais\b|immunophenotyp|leuk(?:a)?emic|flow|residual|\bmrd\b)"
)

RATIO_CONCEPTS = {
    "runx1_runx1t1_ratio": "RUNX1::RUNX1T1",
    "cbfb_myh11_ratio": "CBFB::MYH11",
}


# A code for mutation analysis under which laboratories send quantitative RT-PCR.
_QUANTITATIVE_NPM1 = "54448-6"


def may_be_residual_disease_test(gist: Gist) -> bool:
    """By its names alone. Quick, and never too strict."""
    if gist.code.derived(_may_measure) or MRD_NAME.search(gist.said):
        return True
    if not gist.context or not MRD_NAME.search(gist.context):
        return False
    named = text_mrd.marker_named(gist.code.name) or _CELLS.search(gist.code.name)
    return bool(named) or any("gene_studied" in concepts_named(part) for part in gist.parts)


def _may_measure(code: Codeable) -> bool:
    names = concepts_named(code)
    return bool(
        names & {*RATIO_CONCEPTS, "npm1_result"}
        or MRD_NAME.search(code.name)
        or _QUANTITATIVE_NPM1 in code.codes
        or text_mrd.marker_named(code.name) in TRANSCRIPTS
    )


def is_residual_disease_test(resource: Json, resources: Resources) -> bool:
    """Does its name, unit, panel or report say that this result measures residual disease?"""
    words, value = name_of(resource.get("code")), value_of(resource)
    names = concepts(resource)
    if _OTHER_DISEASE.search(words) or "donor" in words.lower():
        return False
    if names & set(RATIO_CONCEPTS) or MRD_NAME.search(words):
        return True
    if _QUANTITATIVE_NPM1 in codes_of(resource.get("code")) and not is_vaf_name(words):
        return amount_of(value)[0].recorded
    marker = text_mrd.marker_named(words) or ("NPM1" if "npm1_result" in names else "")
    if marker in TRANSCRIPTS and _measures(words, value):
        return True
    part_of = MRD_NAME.search(context_of(resource, resources)) is not None
    variant = any("gene_studied" in concepts(c) for c in components(resource))
    return part_of and (bool(marker) or variant or _CELLS.search(words) is not None)


def _measures(words: str, value: object) -> bool:
    if QUANTIFIED.search(words):
        return True
    if isinstance(value, str):
        return RESIDUAL.search(value) is not None
    amount, _ = amount_of(value)
    return amount.recorded and _UNIT.search(units_of(value)) is not None
