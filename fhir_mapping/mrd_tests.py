"""Which results are tests for measurable residual disease, and what their parts ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fhir_mapping import text_mrd
from fhir_mapping.allele_numbers import is_vaf_name
from fhir_mapping.alterations import mentions
from fhir_mapping.answers import Json
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.codes import concepts_named
from fhir_mapping.concerns import concern
from fhir_mapping.gist import Gist
from fhir_mapping.observations import amount_of, components, concepts, units_of, value_of
from fhir_mapping.resources import Resources
from fhir_mapping.text_genes import speaks_of_residual_disease
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

OTHER_DISEASE = re.compile(
    r"(?i:bcr\s*(?:::|[-/])\s*abl|pml\s*(?:::|[-/])\s*rar|international scale|chim[ae]*erism|"
    r"(?-i:\b(?:[BT]-?)?ALL\b)|lymphoblast|myelom|plasma ?cell|lymphom|\bc[lm]l\b)"
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


@concern
def may_be_residual_disease_test(gist: Gist) -> bool:
    """By its names alone. Quick, and never too strict."""
    if gist.code.derived(_may_measure) or MRD_NAME.search(gist.said):
        return True
    if not gist.context or not MRD_NAME.search(gist.context):
        return False
    name = gist.code.derived(_name)
    if name.marker or name.of_cells:
        return True
    return any("gene_studied" in concepts_named(part) for part in gist.parts)


# A result that states what the test can find, and not what it found.
_LIMIT = re.compile(
    r"(?i:\b(?:limit of (?:detection|quantification|quantitation)|nachweisgrenze|lo[dq]|"
    r"bestimmungsgrenze|cut-?off|standards?|controls?|kontrolle|precision|"
    r"coefficient of variation|(?:assay|test|analytical|analytische) sensitivi\w+)$)"
)


@dataclass(frozen=True, slots=True)
class _Name:
    """What the name of a test says. `marker`: what it measures, or ""."""

    other: bool
    residual: bool
    quantitative_npm1: bool
    marker: str
    quantified: bool
    of_cells: bool


def _name(code: Codeable) -> _Name:
    words, names = code.name, concepts_named(code)
    genes = mentions(words)
    of_npm1 = set(genes) <= {"NPM1"}
    coded = "NPM1" if of_npm1 and "npm1_result" in names else ""
    marker = text_mrd.marker_named(words) or coded
    return _Name(
        other=OTHER_DISEASE.search(words) is not None
        or "donor" in words.lower()
        or any(map(_LIMIT.search, words.split(" | "))),
        residual=bool(names & set(RATIO_CONCEPTS)) or MRD_NAME.search(words) is not None,
        quantitative_npm1=_QUANTITATIVE_NPM1 in code.codes
        and of_npm1
        and not is_vaf_name(words),
        marker=marker,
        quantified=QUANTIFIED.search(words) is not None,
        of_cells=_CELLS.search(words) is not None,
    )


def _names_mrd(code: Codeable) -> bool:
    return MRD_NAME.search(code.name) is not None


def _may_measure(code: Codeable) -> bool:
    name = code.derived(_name)
    return name.residual or name.quantitative_npm1 or name.marker in TRANSCRIPTS


def is_residual_disease_test(resource: Json, resources: Resources) -> bool:
    """Does its name, unit, panel or report say that this result measures residual disease?"""
    name, value = codeable(resource.get("code")).derived(_name), value_of(resource)
    if name.other or name.residual:
        return not name.other
    if name.quantitative_npm1:
        return amount_of(value)[0].recorded
    if name.marker in TRANSCRIPTS and (name.quantified or _measures(value)):
        return True
    parents = resources.parents(resource)
    if not any(codeable(parent.get("code")).derived(_names_mrd) for parent in parents):
        return False
    if name.marker or name.of_cells:
        return True
    return any("gene_studied" in concepts(c) for c in components(resource))


def _measures(value: object) -> bool:
    if isinstance(value, str):
        return speaks_of_residual_disease(value)
    amount, _ = amount_of(value)
    return amount.recorded and _UNIT.search(units_of(value)) is not None


_CONTROL = re.compile(
    r"(?i:\babl1?\b.*(?:cop|kopien|number|total)|control (?:gene )?cop|kontrollgen|"
    r"reference gene|\babl1?$)"
)
_NOT_A_RESULT = re.compile(
    r"(?i:sensitivity|limit of|\blod\b|\bloq\b|cut-?off|nachweisgrenze|events|cells analy|"
    r"depth|coverage|"
    r"method|assay|baseline|specimen|comment)"
)
LOGS = re.compile(r"(?i:\blog)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the name of a component asks for; `result`: one of its own, of this disease."""

    marker: str
    level: bool
    control: bool
    logs: bool
    result: bool


def asked_by(code: Codeable) -> Asked:
    name = code.name
    logs = LOGS.search(name) is not None
    of_another = OTHER_DISEASE.search(name) or _NOT_A_RESULT.search(name)
    return Asked(
        marker=text_mrd.marker_named(name),
        level=(QUANTIFIED.search(name) or MRD_NAME.search(name)) is not None,
        control=_CONTROL.search(name) is not None,
        logs=logs,
        result=not logs and of_another is None,
    )
