"""Transcript levels: every way a laboratory writes one, as copies per 10^4 copies of ABL1.

A level is converted only if both the control gene, ABL1, and the scale are stated, in the
unit or in the test's name. UCUM annotations carry no meaning, so the unit's text is read.
"""

from __future__ import annotations

import re
from decimal import Decimal

from aml.patient import NO_AMOUNT, Amount
from fhir_mapping import text

UNKNOWN_UNIT = "unknown-unit"
OTHER_CONTROL = "other-control-gene"
# In lower case, as the names of ratios; the scales are looked for as they are written.
_OTHER = re.compile(r"\b(?:gusb?|gapdh|b2m|g6pd|β2m|hprt1?|tbp|bcr(?!\s*[:/-]+\s*abl))\b")
_ABL1 = re.compile(r"(?<![a-z])(?:c-?)?abl-?1?(?![a-z0-9])")
_BCR_ABL1 = re.compile(r"bcr\s*(?:::|[-/])\s*abl1?")
_NORMALISED = re.compile(r"\bncn\b|normali[sz]ed copy number")
_SCALES = (  # what turns the number into copies per 10^4
    (Decimal("1"), re.compile(
        r"(?<!\d)10\s?(?:\^|\*|e)\s?-?4(?!\d)|(?<![\d.,])10[.,' ]?000(?![\d.,']?\d)|"
        r"(?i:1e4\b)")),
    (Decimal("0.1"), re.compile(
        r"(?<!\d)10\s?(?:\^|\*|e)\s?-?5(?!\d)|(?<![\d.,])100[.,' ]?000(?![\d.,']?\d)|"
        r"(?i:1e5\b)")),
    (Decimal("0.01"), re.compile(
        r"(?<!\d)10\s?(?:\^|\*|e)\s?-?6(?!\d)|(?<![\d.,])1[.,' ]?000[.,' ]?000|(?i:1e6\b)|"
        r"(?i:million)")),
)  # fmt: skip
_RATIO = re.compile(r"\bncn\b|ratio|quotient")
_NO_UNIT = frozenset({"", "1", "ratio", "{ratio}", "ncn", "{ncn}", "normalized copy number"})


def per_1e4_abl1(amount: Amount, unit: str, name: str) -> tuple[Amount, str]:
    """The level, or `NO_AMOUNT` with the reason why its number says nothing."""
    unit, name = text.plain(unit), text.plain(name)
    both = f"{unit} {name}".lower()
    if _OTHER.search(both):
        return NO_AMOUNT, OTHER_CONTROL
    if not _ABL1.search(_BCR_ABL1.sub(" ", both)) and not _NORMALISED.search(both):
        return NO_AMOUNT, UNKNOWN_UNIT
    factor = _factor(unit, name)
    return (amount.scaled(factor), "") if factor else (NO_AMOUNT, UNKNOWN_UNIT)


def _factor(unit: str, name: str) -> Decimal:
    """What turns the number into copies per 10^4; 0 if the scale is missing or ambiguous."""
    factors = _scales(unit)
    if "%" in unit:
        factors.add(Decimal(100))
    factors = factors | _scales(name) if factors else _factors_of_name(unit, name)
    return factors.pop() if len(factors) == 1 else Decimal(0)


def _scales(words: str) -> set[Decimal]:
    return {factor for factor, scale in _SCALES if scale.search(words)}


def _factors_of_name(unit: str, name: str) -> set[Decimal]:
    factors = _scales(name)
    plain_unit = unit.lower()
    if (
        plain_unit
        and plain_unit not in _NO_UNIT
        and not re.match(r"\{?cop|kopien|\{?transcr", plain_unit)
    ):
        return set()
    if "%" in name and not plain_unit:
        factors.add(Decimal(100))
    if not factors and plain_unit in _NO_UNIT and _RATIO.search(f"{unit} {name}".lower()):
        factors.add(Decimal(10_000))
    return factors


def copies(words: str) -> Amount:
    """An absolute number of copies, in which a point or comma can only group thousands."""
    grouped = re.search(
        r"(?<![\d.,])([<>]?)\s*(\d{1,3}(?:[.,' ]\d{3})+|\d+)(?![\d.,]*\d)", words
    )
    if not grouped:
        return NO_AMOUNT
    value = Decimal(re.sub(r"\D", "", grouped[2]))
    if grouped[1] == "<":
        return Amount.below(value)
    return Amount.above(value) if grouped[1] == ">" else Amount.exactly(value)
