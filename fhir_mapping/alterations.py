"""Names of genes, fusions and markers, as laboratories write them, and the one we keep.

The names kept are those of `aml.patient.GeneResult.alteration`. Old gene names (MLL, AML1,
ETO), the order of fusion partners and the sign between them do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

KMT2A_REARRANGED = "KMT2A-rearrangement"

# HGNC number -> symbol
GENES = {
    "3765": "FLT3", "7910": "NPM1", "5382": "IDH1", "5383": "IDH2", "11998": "TP53",
    "7132": "KMT2A", "1833": "CEBPA", "10471": "RUNX1", "1535": "RUNX1T1", "1539": "CBFB",
    "7569": "MYH11", "2978": "DNMT3A", "25941": "TET2", "18318": "ASXL1", "7989": "NRAS",
    "6407": "KRAS", "6342": "KIT", "9644": "PTPN11", "12796": "WT1", "20893": "BCOR",
    "3527": "EZH2", "10768": "SF3B1", "10783": "SRSF2", "11355": "STAG2", "12453": "U2AF1",
    "23019": "ZRSR2", "3498": "MECOM", "2768": "DEK", "8064": "NUP214", "8068": "NUP98",
    "9113": "PML", "9864": "RARA", "1014": "BCR", "76": "ABL1", "3495": "ETV6",
    "4171": "GATA2", "6192": "JAK2", "18674": "DDX41", "9277": "PPM1D", "18145": "PHF6",
    "7136": "MLLT3", "7137": "AFDN", "23114": "ELL", "16063": "MLLT10", "7135": "AFF1",
    "13013": "KAT6A", "2348": "CREBBP", "14959": "RBM15", "14334": "MRTFA", "7765": "NF1",
    "1541": "CBL", "2439": "CSF3R", "11111": "SMC1A", "2468": "SMC3", "9811": "RAD21",
    "15573": "SETBP1", "1097": "BRAF", "5173": "HRAS", "12511": "UBTF",
    "14234": "NSD1", "1659": "CD33",
}  # fmt: skip
_OTHER_SYMBOLS = (
    "ANKRD26", "BCORL1", "CALR", "CDKN2A", "CUX1", "ETNK1", "IKZF1", "MPL",
    "MYC", "NOTCH1", "PRPF8", "SH2B3", "MLLT1", "SEPTIN6", "SEPTIN9", "TAL1", "MLF1",
)  # fmt: skip
_SYMBOLS = frozenset(GENES.values()) | frozenset(_OTHER_SYMBOLS)
_OLD_NAMES = {
    "MLL": "KMT2A", "MLL1": "KMT2A", "AML1": "RUNX1", "CBFA2": "RUNX1", "ETO": "RUNX1T1",
    "MTG8": "RUNX1T1", "EVI1": "MECOM", "CBFΒ": "CBFB", "RARΑ": "RARA", "RARALPHA": "RARA",
    "AF9": "MLLT3", "AF6": "AFDN", "MLLT4": "AFDN", "AF10": "MLLT10", "AF4": "AFF1",
    "ENL": "MLLT1", "MOZ": "KAT6A", "MYST3": "KAT6A", "CBP": "CREBBP", "OTT": "RBM15",
    "MAL": "MRTFA", "MKL1": "MRTFA", "CAN": "NUP214", "ABL": "ABL1", "P53": "TP53",
    "TEL": "ETV6", "NPM": "NPM1", "NPMC": "NPM1", "NPM1C": "NPM1", "CEBPΑ": "CEBPA",
    "C-KIT": "KIT", "CKIT": "KIT",
}  # fmt: skip
_FUSIONS = {
    frozenset({"RUNX1", "RUNX1T1"}): "RUNX1::RUNX1T1",
    frozenset({"CBFB", "MYH11"}): "CBFB::MYH11",
    frozenset({"PML", "RARA"}): "PML::RARA",
    frozenset({"BCR", "ABL1"}): "BCR::ABL1",
    frozenset({"DEK", "NUP214"}): "DEK::NUP214",
    frozenset({"KAT6A", "CREBBP"}): "KAT6A::CREBBP",
    frozenset({"NUP98", "NSD1"}): "NUP98::NSD1",
    frozenset({"RBM15", "MRTFA"}): "RBM15::MRTFA",
}
_KMT2A_PARTNERS = frozenset(
    {"MLLT3", "AFDN", "MLLT10", "AFF1", "ELL", "MLLT1", "SEPTIN6", "SEPTIN9"}
)
_TRANSLOCATIONS = {
    ("8", "21"): "RUNX1::RUNX1T1",
    ("16", "16"): "CBFB::MYH11",
    ("15", "17"): "PML::RARA",
    ("9", "22"): "BCR::ABL1",
    ("6", "9"): "DEK::NUP214",
    ("9", "11"): "KMT2A::MLLT3",
    ("8", "16"): "KAT6A::CREBBP",
}


ALTERATIONS = (
    "FLT3-ITD",
    "FLT3-TKD",
    KMT2A_REARRANGED,
    *sorted({*_FUSIONS.values(), *_TRANSLOCATIONS.values()}),
    *sorted(_SYMBOLS),
)


def symbol(name: str) -> str:
    """The present symbol of a gene named by symbol, old name or HGNC number; else ""."""
    name = name.strip().upper().removesuffix(" GENE").replace(" ", "")
    number = name.removeprefix("HGNC:").removeprefix("HGNC")
    if number in GENES:
        return GENES[number]
    name = _OLD_NAMES.get(name, name)
    return name if name in _SYMBOLS else ""


def fusion(one: str, other: str) -> tuple[str, ...]:
    """A fusion of two genes under the name kept; with KMT2A also as its rearrangement."""
    pair = frozenset({one, other})
    if "KMT2A" in pair:
        partner = next(iter(pair - {"KMT2A"}), "KMT2A")
        return (f"KMT2A::{partner}", KMT2A_REARRANGED)
    return (_FUSIONS.get(pair, "::".join((one, other))),)


def is_reported(name: str) -> bool:
    """Not the names that only keep others from being read: KMT2A-PTD, deletions, probes."""
    if name in ("", "?") or name.endswith(("-PTD", "-deletion")):
        return False
    return name == KMT2A_REARRANGED or not name.endswith("-rearrangement")


_END = r"(?=$|[^A-Za-z0-9]|(?i:mut|wt|pos|neg|type?)(?![a-z]{4}))"
_BANDS = r"(?:\s*\([pq][^()]*\))?(?:\s*\([A-Z0-9a-z/;, :-]+\))?"
_REARRANGED = (
    r"(?:rearrangements?|rearrangierung|umlager|translo[ck]ation|fusion|"
    r"break(?:[\s-]?apart)?)\w*"
)
_GENE = r"[A-Za-z][A-Za-z0-9]{1,8}[αβΑΒ]?"
_UPPER_ONLY = sorted(
    {s for s in _SYMBOLS if not s[-1].isdigit()} - {"FLT3"}, key=len, reverse=True
)
_OWN_PATTERN = {"FLT3", "NPM1", "IDH1", "IDH2", "CD33"}
_ANY_CASE = sorted(
    {s for s in _SYMBOLS if s[-1].isdigit()} - _OWN_PATTERN, key=len, reverse=True
)
_PTD = re.compile(r"(?i:(?:kmt2a|mll1?)[\s-]*(?:ptd|partial tandem dup\w*))")
_PATTERNS: tuple[tuple[str, tuple[str, ...]], ...] = (
        (
            r"(?i:flt[\s-]?3(?:\s+gene)?[\s\-_/:,(]*(?:itd(?![a-z0-9])|"
            r"itd(?=mut|wt|pos|neg)|internal tandem dup\w*|"
            r"längenmut\w*|length mut\w*|lm\b)\)?)",
            ("FLT3-ITD",)),
        (
            r"(?i:flt[\s-]?3(?:\s+gene)?[\s\-_/:,(]*(?:tkd\d?(?![a-z0-9])|"
            r"tkd(?=mut|wt|pos|neg)|tyrosine kinase domain|"
            r"(?:p\.)?(?:d|asp)835(?:\s*[+/]\s*(?:i|ile)?836)?(?![a-z0-9]))\)?)",
            ("FLT3-TKD",)),
        (r"(?i:itd)" + _END, ("FLT3-ITD",)),
        (r"(?i:tkd)" + _END, ("FLT3-TKD",)),
        (r"(?i:flt[\s-]?3)" + _END, ("FLT3",)),
        (r"(?i:npm[\s-]?1?c?)" + _END, ("NPM1",)),
        (r"(?i:idh[\s-]?1\s*(?:/|\+|&|and|und|or|oder|,)\s*(?:idh)?[\s-]?2)" + _END,
            ("IDH1", "IDH2")),
        (r"(?i:idh[\s-]?1)" + _END, ("IDH1",)),
        (r"(?i:idh[\s-]?2)" + _END, ("IDH2",)),
        (r"(?i:idh)" + _END, ("IDH1", "IDH2", "?")),
        (r"(?i:t\(\s*v\s*;\s*11q23[\d.]*\)|11q23[\d.]*(?:\s*\(?(?:kmt2a|mll)\)?)?[\s/-]*"
            + _REARRANGED + ")", (KMT2A_REARRANGED,)),
        (r"(?i:" + _REARRANGED + 
            r"\s*(?:of|in|im|des|von|involving|at)?\s*(?:the\s+)?(?:kmt2a|mll|"
            r"11q23)(?:[\s-]gene?s?)?)\b", (KMT2A_REARRANGED,)),
        (
            r"(?i:(?:kmt2a|mll)(?:\s*\((?:mll|kmt2a|"
            r"11q23)[\d.]*\))?(?:\s+gen\w*)?[\s-]*(?:r\b|" + _REARRANGED + "))",
            (KMT2A_REARRANGED,)),
        (r"(?i:kmt2a|mll1?)(?=(?i:[^.;,]{0,30}(?:rearrang|umlager)))", (KMT2A_REARRANGED,)),
        (r"(?i:tp53(?:\s+gene)?[\s-]*(?:deletion|loss|del\b)|17p13[\d.]*\s+deletion)",
            ("TP53-deletion",)),
        (r"(?i:inv\(\s*16\s*\))" + _BANDS, ("CBFB::MYH11",)),
        (r"(?i:cd33)(?!\d)", ("CD33",)),
        (r"(?i:cd\s?\d+[a-z]?|hla-?dr|mpo|tdt|clec12a)(?![a-z0-9])", ()),
)  # fmt: skip
_TRANSLOCATION = r"(?i:t)\(\s*\d+\s*;\s*\d+\s*\)" + _BANDS
_WORD_START = re.compile(r"(?<![^\W_])[^\W_]")
_PAIR = re.compile(rf"({_GENE})\s?(::|--?|/)\s?({_GENE})(?![A-Za-z0-9])")
_SYMBOL = (
    rf"(?:(?i:{'|'.join(_ANY_CASE)})|{'|'.join(_UPPER_ONLY)}|MLL|AML1|ETO|EVI1|p53|P53|C/EBPA?)"
    + _END
)
# One expression for all of them: the first that matches is taken, as their order demands.
_NAMES = re.compile(
    "|".join(
        [
            f"(?P<moved>{_TRANSLOCATION})",
            *(f"(?P<name{n}>{pattern})" for n, (pattern, _) in enumerate(_PATTERNS)),
            f"(?P<symbol>{_SYMBOL})",
        ]
    )
)

# Whatever is named begins with one of these; most words of a report do not.
_BEGINNINGS = frozenset(
    name[:3].lower()
    for name in (
        *_SYMBOLS, *_OLD_NAMES, "HGNC", "ITD", "TKD", "11q23", "17p13", "inv(16)", "HLA", "MPO",
        "TdT", "CLEC12A", "C/EBPA", "rearranged", "Umlagerung", "translocation", "fusion",
        "break",
    )
)  # fmt: skip
_SHORT_BEGINNINGS = frozenset({"t(", "cd"})

# In lower case: an expression that minds the case is several times as fast over prose.
_MAY_MENTION = re.compile(
    r"flt[\s-]?3|npm|idh|hgnc\d|itd|tkd|kmt2a|mll|11q23|17p13|cd33|inv\(|t\(\s*[\dv]|"
    rf"{'|'.join(_ANY_CASE).lower()}|"
    rf"(?<![a-z0-9])(?:{'|'.join(sorted(_SYMBOLS | _OLD_NAMES.keys())).lower()})\s?(?:::|-|/)"
)
_MAY_MENTION_AS_WRITTEN = re.compile(rf"{'|'.join(_UPPER_ONLY)}|AML1|ETO|EVI1|P53|p53|C/EBP")


def mention(text: str, start: int) -> tuple[tuple[str, ...], int]:
    """The alterations named at this place, and where the name ends; (…, start) if none is.

    A marker that is of no interest is a name without alterations. A trailing "?" says that
    the text names one of them without saying which ("IDH mutated").
    """
    beginning = text[start : start + 3].lower()
    if beginning not in _BEGINNINGS and beginning[:2] not in _SHORT_BEGINNINGS:
        return (), start
    if duplicated := _PTD.match(text, start):
        return ("KMT2A-PTD",), duplicated.end()
    if pair := _pair(text, start):
        return pair
    found = _NAMES.match(text, start)
    if not found or not found.lastgroup:
        return (), start
    match found.lastgroup:
        case "moved":
            return _translocated(found[0]), found.end()
        case "symbol":
            return _gene(text, symbol(found[0]) or "CEBPA", found.end())
    return _PATTERNS[int(found.lastgroup.removeprefix("name"))][1], found.end()


def _translocated(written: str) -> tuple[str, ...]:
    one, other = re.findall(r"\d+", written)[:2]
    name = _TRANSLOCATIONS.get((one, other), "")
    if name.startswith("KMT2A"):
        return name, KMT2A_REARRANGED
    return (name,) if name else ()


def may_mention(text: str) -> bool:
    """Could an alteration be named in it? Quick, and never too strict."""
    as_written = _MAY_MENTION_AS_WRITTEN.search(text)
    return as_written is not None or _MAY_MENTION.search(text.lower()) is not None


def mentions(text: str) -> tuple[str, ...]:
    """All alterations named in a test's name, each once, in order."""
    names: dict[str, None] = {}
    at = 0
    for start in _WORD_START.finditer(text):
        if start.start() >= at:
            found, at = mention(text, start.start())
            names |= dict.fromkeys(name for name in found if name != "?")
    return without_parent(names)


def without_parent(names: Iterable[str]) -> tuple[str, ...]:
    """FLT3 where its ITD or TKD is named, is only the heading; KMT2A likewise."""
    names = tuple(names)
    if {"FLT3-ITD", "FLT3-TKD"} & set(names):
        names = tuple(name for name in names if name != "FLT3")
    if {KMT2A_REARRANGED, "KMT2A-PTD"} & set(names):
        names = tuple(name for name in names if name != "KMT2A")
    return names


_BY_PROBE = {"RARA": "PML::RARA", "CBFB": "CBFB::MYH11"}  # a broken probe names the fusion
_AFTER_GENE = re.compile(r"(?i:(?:\s+gen\w*)?[\s-]*" + _REARRANGED + ")")


def _gene(text: str, name: str, end: int) -> tuple[tuple[str, ...], int]:
    """A rearranged gene is not a mutated one."""
    rearranged = _AFTER_GENE.match(text, end)
    if not rearranged:
        return (name,), end
    return (_BY_PROBE.get(name, f"{name}-rearrangement"),), rearranged.end()


def _pair(text: str, start: int) -> tuple[tuple[str, ...], int] | tuple[()]:
    found = _PAIR.match(text, start)
    if not found:
        return ()
    one, other = symbol(found[1]), symbol(found[3])
    if not one or not other or one == other:
        return ()
    known = frozenset({one, other}) in _FUSIONS
    known = known or ("KMT2A" in (one, other) and {one, other} & _KMT2A_PARTNERS != set())
    if found[2] != "::" and not known:
        return ()
    return fusion(one, other), found.end()
