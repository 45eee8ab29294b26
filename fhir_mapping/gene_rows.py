"""A result laid out as the row of a table: components called "Gene", "Result", "VAF"."""

from __future__ import annotations

import re

from fhir_mapping.alterations import is_reported, mentions
from fhir_mapping.answers import Json
from fhir_mapping.codeable import Codeable, name_of
from fhir_mapping.gene_tests import answers
from fhir_mapping.observations import components, value_of, words_of
from fhir_mapping.variants import Variant

_GENE = re.compile(r"(?i:gene?|gene ?(?:name|symbol)|genname|marker|target)\W*")
_RESULT = re.compile(
    r"(?i:(?:test |mutation |mutations?)?(?:result|status|finding|call)|ergebnis|befund|"
    r"interpretation|detected|mutiert|mutated)\W*"
)


def names_gene(code: Codeable) -> bool:
    """Is this the column in which the gene stands?"""
    return _GENE.fullmatch(code.name) is not None


def read_row(resource: Json) -> tuple[Variant, ...]:
    """What the row says of the one gene that it names; () if it is no such row."""
    genes, results, others = list[Json](), list[Json](), list[Json]()
    for part in components(resource):
        name = name_of(part.get("code"))
        kind = (
            genes if _GENE.fullmatch(name) else results if _RESULT.fullmatch(name) else others
        )
        kind.append(part)
    if len(genes) != 1 or len(results) > 1:
        return ()
    names = tuple(n for n in mentions(words_of(value_of(genes[0]))) if is_reported(n))
    if len(names) != 1:
        return ()
    said = {k: v for part in results for k, v in part.items() if k != "code"}
    return answers({**said, "code": {"text": names[0]}, "component": others}, names)
