"""Blood counts and organ function: which test is which, and its number in our unit.

Bilirubin and the transaminases become multiples of the upper limit only where the result
brings its own reference range in the same unit. A direct bilirubin, an eGFR, a percentage of
neutrophils or a right ventricular fraction is not what its neighbour is.
"""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import Struct

from aml.patient import NO_AMOUNT, Amount
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.codes import concepts_named
from fhir_mapping.concerns import concern
from fhir_mapping.gist import Gist
from fhir_mapping.memory import kept
from fhir_mapping.observations import (
    amount_of,
    as_written,
    is_unity,
    units_of,
    value_of,
    words_of,
)

UNKNOWN_UNIT, IMPLAUSIBLE, UNREADABLE = "unknown-unit", "implausible", "unreadable"
CONFLICTING = "conflicting"

_BY_CONCEPT = {
    "anc": "anc_1e9_per_l",
    "plt": "platelets_1e9_per_l",
    "wbc": "wbc_1e9_per_l",
    "lvef": "lvef_pct",
    "bilirubin_total": "bilirubin_x_uln",
    "crcl_measured": "creatinine_clearance_ml_per_min",
    "crcl_cg": "creatinine_clearance_ml_per_min",
}
_BY_LOINC = {
    "1742-6": "alt_x_uln",
    "1743-4": "alt_x_uln",
    "1920-8": "ast_x_uln",
    "2823-3": "potassium_mmol_per_l",
    "6298-4": "potassium_mmol_per_l",
    "19123-9": "magnesium_mmol_per_l",
    "2601-3": "magnesium_mmol_per_l",
}
_BY_WORDS = (
    ("anc_1e9_per_l", 
        r"\banc\b|absolute neutrophil|neutrophil\w* (?:count|absolut\w*|\[#/volume\])|"
        r"neutrophile? (?:granulozyten )?absolut|^neutrophils?$|^neutrophile(?: "
        r"granulozyten)?$"),
    ("platelets_1e9_per_l", 
        r"^(?:platelets?|plt|thrombozyten|thrombos?|thrombocytes?)\b(?! "
        r"(?:vol|mean|large|distr|func|agg|anti|transf))|platelet count|"
        r"platelets \[#/volume\]"),
    ("wbc_1e9_per_l", 
        r"^(?:wbc|white blood cells?(?: count)?|leukozyten|leukos?|leu[ck]ocytes?)"
        r"(?: count)?\b(?! in urine)|leukocytes \[#/volume\] in blood"),
    ("donor_chimerism_pct",
        r"(?:donor|spender)\w*[\s-]*(?:cell )?chim[ae]*erism|spenderchimärismus|"
        r"chim[ae]*erism\w*,? ?(?:donor|spender)"),
    ("lvef_pct",
        r"\blv-?ef\b|left ventric\w* ejection fraction|linksventrikuläre ejektionsfraktion"),
    ("qtcf_ms", r"\bqtc-?\s?\(?f\b|fridericia"),
    ("creatinine_clearance_ml_per_min",
        r"creatinine (?:renal )?clearance|\bcr-?cl\b|kreatinin-?clearance|cockcroft"),
    ("bilirubin_x_uln", 
        r"^(?:total bilirubin|bili(?:rubin)?(?:,? total|\.total|,? gesamt)?|"
        r"gesamt-?bilirubin)\b(?!.*\b(?:direct|conjug|indirect|urine|direkt))"),
    ("alt_x_uln", 
        r"^(?:alt|alat|gpt|sgpt|alanine (?:amino)?transferase)\b|\balanine "
        r"aminotransferase\b"),
    ("ast_x_uln", 
        r"^(?:ast|asat|got|sgot|aspartate (?:amino)?transferase)\b|\baspartate "
        r"aminotransferase\b"),
    ("dlco_pct", r"\bdlco\b|diffusing capacity|\btlco\b|diffusionskapazität"),
    ("fev1_pct", r"\bfev-?1\b|forced expiratory volume"),
    ("potassium_mmol_per_l", 
        r"^(?:potassium|kalium|k\+?)(?: (?:\[|serum|plasma|in serum|im serum|i\. ?s\.?).*)?$|"
        r"^potassium \[moles"),
    ("magnesium_mmol_per_l",
        r"^(?:magnesium|mg\+?\+?)(?: (?:\[|serum|plasma|in serum|im serum).*)?$"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(f"(?i:{words})")) for name, words in _BY_WORDS)
_OTHER_TEST = re.compile(
    r"(?i:^(?:lymphocytes?|lymphozyten|monocytes?|monozyten|eosinophil\w*|basophil\w*|"
    r"h(?:a?e|ä)moglobin|erythrocytes?|erythrozyten|h(?:a?e|ä)mato[ck]rit|reticulocytes?|"
    r"retikulozyten|blasts?|blasten)\b)"
)
_NEVER = re.compile(
    r"(?i:\begfr\b|glomerular|urin|cerebrospinal|\bcsf\b|liquor|cord blood|right ventric|"
    r"\brvef\b|stress|"
    r"(?<!chimerism )(?<!chimerism, )donor(?!.*chim)|recipient|"
    r"neutrophils?/100|\bbands?\b|segment|pleural|ascit|synovial|fev-?1\s*/|/fvc|"
    r"ratio|antibod|transfus)"
)
_COUNT_UNIT = re.compile(
    r"[x*·]?(?:10(?:\*\*|[*^('’]|e\+?)?(?P<power>[369])\)?|e(?P<e>[369])|"
    r"(?P<thousand>k|x?1000|th|thou|thousands?|tsd\.?)|"
    r"(?P<billion>g|gpt|giga|bil|billion|mrd\.?))?"
    r"(?:\{?(?:cells?|zellen)\}?)?/"
    r"(?P<volume>l|liter|litre|nl|ul|mcl|microl|mm\^?3|cu\.?mm|cmm)"
)
_LOG10_PER_LITRE = {"l": 0, "liter": 0, "litre": 0, "nl": 9}  # all others are microlitres
_FACTORS = {
    # what turns a number of this unit into one of ours
    "qtcf_ms": {"ms": Decimal(1), "msec": Decimal(1), "s": Decimal(1000)},
    "creatinine_clearance_ml_per_min": {"ml/min": Decimal(1), "ml/s": Decimal(60)},
    "potassium_mmol_per_l": {
        "mmol/l": Decimal(1), "meq/l": Decimal(1), "mg/dl": Decimal("0.2558"),
    },
    "magnesium_mmol_per_l": {
        "mmol/l": Decimal(1), "meq/l": Decimal("0.5"), "mg/dl": Decimal("0.4114"),
    },
}  # fmt: skip
_MULTIPLE_UNIT = re.compile(r"(?i:uln|upper limit|onormal)")
_RANGES: dict[str, tuple[Decimal | int, Decimal | int]] = {
    # what can be true of a living adult; outside it the unit is likelier wrong [conv]
    "anc_1e9_per_l": (0, 150),
    "platelets_1e9_per_l": (0, 3000),
    "wbc_1e9_per_l": (0, 1000),
    "donor_chimerism_pct": (0, 100),
    "lvef_pct": (5, 90),
    "qtcf_ms": (250, 800),
    "creatinine_clearance_ml_per_min": (0, 300),
    "bilirubin_x_uln": (0, 100),
    "alt_x_uln": (0, 500),
    "ast_x_uln": (0, 500),
    "dlco_pct": (5, 200),
    "fev1_pct": (5, 200),
    "potassium_mmol_per_l": (1, 10),
    "magnesium_mmol_per_l": (Decimal("0.1"), 5),
}


def name_for(element: Json) -> str:
    """Which of `aml.patient.MEASUREMENTS` this result is, by code, then by words; else ""."""
    return codeable(element.get("code")).derived(named)


@concern
def is_measurement(gist: Gist) -> bool:
    return any(code.derived(named) for code in gist.names)


def named(code: Codeable) -> str:
    """As `name_for`, of the code alone."""
    if _NEVER.search(code.name):
        return ""
    return _by_code(code) or next(iter(_by_words(code)), "")


def _contradicts(code: Codeable) -> bool:
    """Its code is of one measurement, and its words are of another alone."""
    coded, worded = _by_code(code), _by_words(code)
    if coded and not worded:
        return any(map(_OTHER_TEST.search, code.name.split(" | ")))
    return bool(coded and worded) and coded not in worded


def _by_words(code: Codeable) -> list[str]:
    parts = code.name.split(" | ")
    return [n for n, pattern in _PATTERNS if any(pattern.search(part) for part in parts)]


def _by_code(code: Codeable) -> str:
    for concept in sorted(concepts_named(code)):
        if concept in _BY_CONCEPT:
            return _BY_CONCEPT[concept]
    for coding in code.codings:
        if coding.code in _BY_LOINC and "loinc" in (coding.system.lower() or "loinc"):
            return _BY_LOINC[coding.code]
    return ""


class Read(Struct, frozen=True):
    """The number in the unit of its name, or `NO_AMOUNT` and the reason; `words` as written."""

    amount: Amount = NO_AMOUNT
    problem: str = ""
    words: str = ""


def read(name: str, code: Codeable, element: Json) -> Read:
    """`code`: of the element, by which it was named."""
    value = value_of(element)
    amount, _ = amount_of(value)
    if not amount.recorded:
        return Read(problem="" if value == "" else UNREADABLE)
    if code.derived(_contradicts):
        return Read(problem=CONFLICTING)
    unit = units_of(value)
    converted = _converted(name, code, element, amount, unit)
    if converted is NO_AMOUNT:
        silent = name.endswith("_x_uln") or (name == "anc_1e9_per_l" and "%" in unit)
        return Read(problem="" if silent else UNKNOWN_UNIT)
    lowest, highest = _RANGES[name]
    if converted.low > highest or (converted.exact and converted.low < lowest):
        return Read(problem=IMPLAUSIBLE)
    return Read(converted, "", as_written(value))


def is_count_unit(unit: str) -> bool:
    """An absolute number of cells in a volume."""
    return bool(_cells_per_litre(unit))


def percent(value: object) -> Amount:
    """A percentage, or a fraction of 1 if the unit says so; 0 to 100."""
    return _percent(amount_of(value)[0], units_of(value))


def _percent(amount: Amount, unit: str) -> Amount:
    if "%" in unit or re.search(r"(?i:percent|prozent)", unit):
        return amount if 0 <= amount.low <= 100 else NO_AMOUNT
    fraction = bool(unit) and is_unity(unit)
    return amount.scaled(Decimal(100)) if fraction and amount.high <= 1 else NO_AMOUNT


def _parts(unit: str) -> list[str]:
    """Unit text and code apart, in lower case but for giga, with one kind of micro sign."""
    return [re.sub(r"[µμ]", "u", part).lower().replace("×", "x") for part in unit.split()] + [
        re.sub(r"\s", "", re.sub(r"[µμ]", "u", unit)).lower().replace("×", "x")
    ]


def _converted(name: str, code: Codeable, element: Json, amount: Amount, unit: str) -> Amount:
    if name.endswith("_pct"):
        return _percent_of(name, code, amount, unit)
    if name.endswith("_x_uln"):
        return _multiple(element, amount, unit)
    factor = _factor(name, unit)
    if factor == 1:
        return amount
    return amount.scaled(factor) if factor else NO_AMOUNT


@kept
def _factor(name: str, unit: str) -> Decimal:
    """What turns a number of this unit into one of ours; 0 if the unit is not known."""
    if name.endswith("_1e9_per_l"):
        return _cells_per_litre(unit)
    factors = _FACTORS[name]
    found = {factors[part] for part in unit.lower().split() if part in factors}
    return found.pop() if len(found) == 1 and "1.73" not in unit else Decimal(0)


@kept
def _cells_per_litre(unit: str) -> Decimal:
    """What turns the number into 10^9 per litre; 0 if the unit does not count cells.

    G/L is giga per litre; grams per litre count no cells, so the two cannot be confused.
    """
    factors = {factor for part in _parts(unit) if (factor := _cells(part))}
    return factors.pop() if len(factors) == 1 else Decimal(0)


def _cells(unit: str) -> Decimal:
    """Thousands per microlitre and the like are 1, cells per microlitre 0.001; all else 0."""
    found = _COUNT_UNIT.fullmatch(unit)
    if not found:
        return Decimal(0)
    power = int(found["power"] or found["e"] or 0)
    power += 3 * bool(found["thousand"]) + 9 * bool(found["billion"])
    power += _LOG10_PER_LITRE.get(found["volume"], 6)
    return {9: Decimal(1), 6: Decimal("0.001")}.get(power, Decimal(0))


def _percent_of(name: str, code: Codeable, written: Amount, unit: str) -> Amount:
    """Ejection fraction; lung function only as percent of the predicted value."""
    amount = _percent(written, unit)
    if name in ("lvef_pct", "donor_chimerism_pct") or not amount.recorded:
        return amount
    said = f"{unit} {code.name}".lower()
    return amount if "%" in unit or "predicted" in said or "soll" in said else NO_AMOUNT


def _multiple(element: Json, amount: Amount, unit: str) -> Amount:
    if _is_multiple(unit):
        return amount
    for reference in dicts(element.get("referenceRange")):
        kind = words_of(reference["type"]).lower() if "type" in reference else ""
        high = reference.get("high")
        if (kind and "normal" not in kind) or not isinstance(high, dict):
            continue
        limit, _ = amount_of(high)
        if limit.exact and limit.low > 0 and unit and _agree(unit, units_of(high)):
            return amount.scaled(1 / limit.low)
    return NO_AMOUNT


@kept
def _is_multiple(unit: str) -> bool:
    return _MULTIPLE_UNIT.search(unit) is not None


def _agree(unit: str, of_limit: str) -> bool:
    """Text or code of the two units are the same; the limit may leave its unit out."""
    if not of_limit or of_limit == unit:
        return True
    return not set(of_limit.split()).isdisjoint(unit.split())
