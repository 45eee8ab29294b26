"""CD33 on blasts, from percentages, calls and lists of markers."""

from __future__ import annotations

import re

from aml.patient import Amount, Finding
from fhir_mapping import text
from fhir_mapping.answers import Json
from fhir_mapping.codeable import codes_of, name_of
from fhir_mapping.gene_tests import read_prose
from fhir_mapping.observations import (
    amount_of,
    as_written,
    coded_call,
    has_coded_call,
    laboratory_call,
    units_of,
    value_of,
    words_of,
)
from fhir_mapping.text_genes import CD33_POSITIVE_PCT
from fhir_mapping.variants import Variant

_OF_BLASTS = re.compile(
    r"(?i:(?P<n>[<>≤≥]?\s*\d+(?:[.,]\d+)?)\s*%\s*(?:of|der|"
    r"von)?\s*(?:the\s+)?(?:leuk\w+\s+|abnormal\s+)?(?:blasts|blasten))"
)

_NORMAL_CELLS = re.compile(
    r"(?i:granulocyt|monocytes|maturing|mature|normal (?:myeloid|maturation)|no "
    r"(?:aberrant|abnormal|immunophenotypic)|"
    r"kein(?:e)? (?:aberrant|patholog)|granulozyt|reifung|regenerat|hematogones)"
)


def cd33(element: Json) -> tuple[Variant, ...]:
    """CD33 on blasts: by percentage of blasts, by a call, or from a list of markers."""
    codes = {"51155-0", "51156-8", "14967-4"}
    words = name_of(element.get("code"))
    value = value_of(element)
    written = words_of(value)
    if _NORMAL_CELLS.search(f"{words} {written}"):
        return ()
    called = laboratory_call(element) or ((coded_call(value),) if has_coded_call(value) else ())
    share, _ = amount_of(value)
    of_blasts = bool(codes_of(element.get("code")) & codes) or re.search(
        r"(?i:blast|abnormal|leuk(?:a)?em)", words
    )
    if called:
        return (Variant("CD33", called[0], words=written),)
    if isinstance(value, bool):
        return (Variant("CD33", Finding.DETECTED if value else Finding.NOT_DETECTED),)
    if of_blasts and share.recorded and "%" in units_of(value):
        return (Variant("CD33", _cd33(share), words=as_written(value)),)
    if inline := _OF_BLASTS.search(written):
        return (Variant("CD33", _cd33(text.percent(inline["n"])), words=written),)
    return tuple(v for v in read_prose(written, ("CD33",)) if v.alteration == "CD33")


def speaks_of_normal_cells(prose: str) -> bool:
    """The markers listed are those of healthy cells, not of blasts."""
    return _NORMAL_CELLS.search(prose) is not None


def _cd33(share: Amount) -> Finding:
    if share.low >= CD33_POSITIVE_PCT:
        return Finding.DETECTED
    return Finding.NOT_DETECTED if share.high < CD33_POSITIVE_PCT else Finding.INDETERMINATE
