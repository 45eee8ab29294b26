"""Numbers as FHIR and people write them: Quantity, Range and strings with signs and units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aml.patient import NO_AMOUNT, Amount

_HYPHENS = re.compile("[\u2010-\u2015\u2212\u00ad\ufe63\u02d7]")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SHORT_FORM = re.compile(r"\b(z|v|d|u|o)\. (n|a|b|h|g)\.", re.IGNORECASE)
_NUMBER = r"(?:\d{1,3}(?: \d{3})+(?!\d)|\d(?:[\d.,']*\d)?)(?:[eE][+-]?\d{1,3})?"
_WRITTEN = re.compile(
    rf"(?P<sign><=|>=|=<|=>|[<>≤≥=])?\s*(?P<low>-?(?:{_NUMBER}))"
    rf"(?:\s*%?\s*-\s*(?P<high>{_NUMBER}))?\s*(?P<rest>.*)",
    re.DOTALL,
)
_NOT_A_UNIT = re.compile(r"[.,:+±]|/\s*\d|-|\d(?<!1)|1(?!0\s*[*^eE])")
_TO = re.compile(r"(?<=[\d%]) (?:to|bis) (?=\d)")
_TENS = re.compile(r"[x×*·]\s*10\s*(?:\^|\*\*?|[eE])?\s*(-\d{1,2})\b")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_LARGEST_EXPONENT = 30
_NUMBERS = (Decimal, int, float)


def plain(text: str) -> str:
    """One form for hyphens, spaces, micro signs and full-width letters; the case is kept.

    A superscript becomes an exponent: 10⁴ is 10^4, not 104; "Z. n." and "V. a." lose the
    space that would end a sentence.
    """
    if not text.isascii():
        text = _SUPERSCRIPT.sub(lambda exponent: f"^{exponent[0]}", text)
        text = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text))
    text = " ".join(text.split())
    return _SHORT_FORM.sub(r"\1.\2.", text) if ". " in text else text


def quantity(value: object) -> tuple[Amount, str]:
    """A Quantity, Range, number or string as an amount and its unit as written.

    Strings are read whole: "<0.01 %", "5-10 %", "0,05 %". `NO_AMOUNT` for anything else, and
    for a separator before three digits, which could be a thousand or a thousandth.
    """
    if isinstance(value, dict):
        return _range(value) if "low" in value or "high" in value else _quantity(value)
    if isinstance(value, str):
        return _written(value)
    number = _decimal(value)
    return (NO_AMOUNT if number is None else Amount.exactly(number)), ""


def _quantity(value: Mapping[str, Any]) -> tuple[Amount, str]:
    unit = _word(value.get("unit")) or _word(value.get("code"))
    number = value.get("value")
    sign = _word(value["comparator"]) if "comparator" in value else ""
    if isinstance(number, str):
        amount, rest = _written(sign + number)
        return (NO_AMOUNT, unit) if rest and unit and rest != unit else (amount, unit or rest)
    read = _decimal(number)
    if read is None:
        return NO_AMOUNT, unit
    return (_signed(sign, read) if sign else Amount(read, read)), unit


def _range(value: Mapping[str, Any]) -> tuple[Amount, str]:
    """An end that is there and cannot be read, or is in another unit, leaves all open."""
    ends: list[Decimal | None] = []
    units = []
    for name in ("low", "high"):
        end = value.get(name)
        amount, unit = _quantity(end) if isinstance(end, Mapping) else (NO_AMOUNT, "")
        if isinstance(end, Mapping) and not amount.exact:
            return NO_AMOUNT, unit
        ends.append(amount.low if amount.recorded else None)
        units += [unit] if unit else []
    low, high = ends
    unit = units[0] if units else ""
    if len(set(units)) > 1 or (low is None and high is None):
        return NO_AMOUNT, unit
    if low is None or high is None:
        known = Amount.above(low, or_equal=True) if low is not None else NO_AMOUNT
        return (Amount.below(high, or_equal=True) if high is not None else known), unit
    return (Amount(low, high) if low <= high else NO_AMOUNT), unit


def _written(text: str) -> tuple[Amount, str]:
    match = _WRITTEN.fullmatch(_TO.sub("-", plain(text)))
    if not match:
        return NO_AMOUNT, ""
    low, high, rest = _numeral(match["low"]), _numeral(match["high"] or ""), match["rest"]
    power = _TENS.match(rest)
    if power and low is not None and not match["high"]:
        low, rest = low.scaleb(int(power[1])), rest[power.end() :].strip()
    if low is None or _NOT_A_UNIT.match(rest):
        return NO_AMOUNT, ""
    if not match["high"]:
        return _signed(match["sign"] or "", low), rest
    if high is None or low > high or match["sign"]:
        return NO_AMOUNT, ""
    return Amount(low, high), rest


def _signed(sign: str, number: Decimal) -> Amount:
    if sign in ("", "="):
        return Amount(number, number)
    if number < 0 or (number == 0 and sign == "<"):
        return NO_AMOUNT
    or_equal = sign in ("<=", ">=", "=<", "=>", "≤", "≥")
    if sign[0] in "<≤" or sign == "=<":
        return Amount.below(number, or_equal=or_equal)
    if sign[0] in ">≥" or sign == "=>":
        return Amount.above(number, or_equal=or_equal)
    return NO_AMOUNT


def _numeral(text: str) -> Decimal | None:
    """A number as people write it; None where the separators leave it open."""
    text = text.strip().replace("'", "")
    if re.fullmatch(r"-?\d{1,3}(?: \d{3})+", text):
        text = text.replace(" ", "")
    signs = [sign for sign in text if sign in ".,"]
    if len(set(signs)) == 2 and signs.count(signs[-1]) == 1:
        text = text.replace(signs[0], "")
    elif re.fullmatch(r"-?[1-9]\d{0,2}[.,]\d{3}", text) or len(signs) > 1:
        return None
    text = text.replace(",", ".")
    return _decimal(Decimal(text)) if _PLAIN.fullmatch(text) else None


def _decimal(value: object) -> Decimal | None:
    if type(value) is Decimal:
        number = value
    elif isinstance(value, bool) or not isinstance(value, _NUMBERS):
        return None
    else:
        number = Decimal(value) if isinstance(value, int) else Decimal(str(value))
    if not number.is_finite() or (number and abs(number.adjusted()) > _LARGEST_EXPONENT):
        return None
    return number


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
