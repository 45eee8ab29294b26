"""Every sentence of the table, through all readers of prose; see docs/text-grammar.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import yaml

from aml.patient import Amount, Finding, Method, Tissue
from fhir_mapping.text_course import (
    blast_statements,
    extramedullary_statements,
    response_statements,
)
from fhir_mapping.text_genes import gene_statements
from fhir_mapping.text_mrd import FLOW, mrd_statements
from tests.support import one_by_one

SIGNS = {
    Finding.DETECTED: "+",
    Finding.NOT_DETECTED: "-",
    Finding.INDETERMINATE: "?",
    Finding.INADEQUATE: "!",
}
LANGUAGES = ("en", "de")
TABLE = yaml.load(
    Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)
ROWS = [row for group in TABLE for row in group["sentences"]]


def genes(prose: str) -> str:
    return "; ".join(
        f"{s.alteration} {SIGNS[s.finding]}"
        + _beside(s.change, _amount("VAF", s.vaf_pct), _amount("ratio", s.allelic_ratio))
        for s in gene_statements(prose)
    )


def blasts(prose: str) -> str:
    said = blast_statements(prose)
    shares = [str(s.pct) if s.pct.recorded else "open" for s in said]
    return "; ".join(
        f"{_tissue(s.tissue)} {share}".strip() + _beside("regeneration" * s.regeneration)
        for s, share in zip(said, shares, strict=True)
    )


def response(prose: str) -> str:
    return "; ".join(s.category.value for s in response_statements(prose))


def residual(prose: str) -> str:
    return "; ".join(
        f"{s.marker} {SIGNS[s.finding]}"
        + _beside(
            "" if s.marker == FLOW or s.method is Method.UNKNOWN else s.method.value,
            _tissue(s.tissue),
            _amount("copies", s.copies_per_1e4_abl1),
            _amount("leukocytes", s.pct_of_leukocytes),
            _amount("VAF", s.vaf_pct),
            _amount("log", s.log_reduction),
            _amount("control", s.control_copies),
        )
        for s in mrd_statements(prose)
    )


def outside(prose: str) -> str:
    return "; ".join(f"{s.site} {SIGNS[s.finding]}" for s in extramedullary_statements(prose))


READERS: tuple[Callable[[str], str], ...] = (genes, blasts, response, residual, outside)


def _sentence(row: dict[str, str]) -> str:
    return next(row[language] for language in LANGUAGES if language in row)


@one_by_one((_sentence(row), row) for row in ROWS)
def test_a_sentence_says_no_more_and_no_less(row: dict[str, str]) -> None:
    read = {reader.__name__: reader(_sentence(row)) for reader in READERS}
    expected = {name: said for name, said in row.items() if name not in LANGUAGES}
    assert {name: said for name, said in read.items() if said} == expected


def test_the_table_is_long_and_mostly_not_about_what_was_found() -> None:
    found = [row for row in ROWS if _finds(row)]
    assert len(ROWS) >= 300
    assert len(ROWS) - len(found) >= 150
    languages = Counter(language for row in ROWS for language in LANGUAGES if language in row)
    assert languages["de"] >= 90


def test_no_sentence_stands_in_the_table_twice() -> None:
    assert [s for s, times in Counter(map(_sentence, ROWS)).items() if times > 1] == []


def _finds(row: dict[str, str]) -> bool:
    """Something is asserted: not only excluded, doubted, or not read at all."""
    if "response" in row or row.get("blasts", "open") != "open":
        return True
    return any(" +" in row.get(reader, "") for reader in ("genes", "residual", "outside"))


def _tissue(tissue: Tissue) -> str:
    return "" if tissue is Tissue.UNKNOWN else tissue.value


def _amount(label: str, amount: Amount) -> str:
    return f"{label} {amount}" if amount.recorded else ""


def _beside(*parts: str) -> str:
    said = ", ".join(filter(None, parts))
    return f" [{said}]" if said else ""
