"""Allele frequency and allelic ratio: two numbers that are not each other."""

from __future__ import annotations

import re
from decimal import Decimal

from aml.patient import NO_AMOUNT, Amount
from fhir_mapping.observations import (
    amount_of,
    is_unity,
    units_of,
)

_VAF = re.compile(r"(?i:\bvaf\b|allel\w*[\s-]*(?:freq|frac|frak|burden|last))")
_RATIO = re.compile(r"(?i:allel\w*[\s-]*(?:ratio|quotient)|signal[\s-]*ratio|\bratio\b)|\bAR\b")


def is_vaf_name(words: str) -> bool:
    return _VAF.search(words) is not None


def is_ratio_name(words: str) -> bool:
    return _RATIO.search(words) is not None


def vaf_pct(value: object) -> Amount:
    """A percentage, or a fraction whose unit says so; unknown without a unit."""
    amount, _ = amount_of(value)
    unit = units_of(value)
    if not amount.recorded or amount.low > 100:
        return NO_AMOUNT
    if "%" in unit or "percent" in unit.lower():
        return amount
    named = re.search(r"(?i:relative frequency|fraction|proportion)", unit)
    fraction = unit and (named or is_unity(unit))
    return amount.scaled(Decimal(100)) if fraction and amount.high <= 1 else NO_AMOUNT


def allelic_ratio(value: object) -> Amount:
    """Mutant to wild type; a percentage is divided, as the test's name says that it is a ratio.

    A number without unit is believed up to 20: above, it is likelier a percentage.
    """
    amount, _ = amount_of(value)
    unit = units_of(value)
    if not amount.recorded:
        return NO_AMOUNT
    if re.fullmatch(r"(?i:%|percent|.*%.*(?:allel|ratio|mut|w(?:ild)?\W?t).*)", unit):
        return amount.scaled(Decimal("0.01"))
    return amount if is_unity(unit) and amount.low <= 20 else NO_AMOUNT
