"""Karyotypes: an ISCN string, or a laboratory's words for one, as the lesions that ELN names.

Breakpoints are read loosely (the band, not its decimals). Only the patient's own cells count:
after a transplant the part behind `//` is the donor. What is not clonal (one cell; two for a
loss) does not count, unless it is a class-defining rearrangement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from fhir_mapping.lesions import Abnormality, Part, defining_of, lesions_of, names_of
from fhir_mapping.memory import remembered

# Fewer normal cells than this do not show that the karyotype is normal [conv].
MIN_NORMAL_CELLS = 10
_UNCOUNTED = 10_000


class Problem(Enum):
    """Why a karyotype states nothing about the patient's leukemia."""

    NONE = ""
    DONOR = "donor-cells"
    UNREADABLE = "not-readable"


@dataclass(frozen=True, slots=True)
class Reading:
    """`lesions` as in `aml.patient.Karyotype`; empty exactly if there is a problem."""

    lesions: frozenset[str]
    problem: Problem = Problem.NONE


UNREADABLE = Reading(frozenset(), Problem.UNREADABLE)
DONOR = Reading(frozenset(), Problem.DONOR)


_START = re.compile(
    r"(?<![\d.])\d{2,3}(?:[~-]\d{2,3})?(?:<\d?n>)?,(?:[XYU?]+c?|idem|s[dl]l?\d?)\b"
)
_DASH = re.compile("[\u2011-\u2015\u2212]")
_BLANKS = re.compile(r"\s+")
_NOT_BANDED = re.compile(r"\.?\s*(?:nuc\s*)?ish\b|\barr\b")
_IN_BRACKETS = re.compile(r"\[[^\]]*\]")
_BESIDE_ITEMS = re.compile(r"\[[^\]]*\]|\s+|\binc$")
_BEGINS = re.compile(r"\d{2,3}|idem|s[dl]")
_STEMLINE = re.compile("idem|sl|sdl")
_SEX = re.compile(r"[XYU?]+(?:c|\?c)?")
_COUNT = re.compile(r"\[(?:cp)?(\d+)\]")
_OPERATION = re.compile(
    r"([a-z]+)\(([\d;XYv?]+)\)(?:\(([pqv\d.;?~]+)\))?|([a-z]+)\(([\dXY]+)([pq][\d.]*)\)"
)
_KINDS = frozenset(
    [
        "t",
        "inv",
        "del",
        "add",
        "der",
        "ider",
        "i",
        "idic",
        "dic",
        "r",
        "ins",
        "dup",
        "trp",
        "tas",
        "trc",
        "psudic",
        "qdp",
        "rec",
        "dir",
    ]
)
_WHOLE = re.compile(r"([+-])(\d{1,2}|X|Y)$")
_MARKER = re.compile(r"\+?(?:\d+~?\d*)?(?:mar\d*|dmin|r\d*|hsr|ace|min)$")
_NORMAL_VARIANT = re.compile(r"inv\(9\)\(p1[123]q[12][123]\)$|inv\(2\)\(p11q13\)$")
_SIGNS = r"[,;:/\[\]()<>~]"
_AROUND_SIGNS = re.compile(rf"\s+(?={_SIGNS})|(?<={_SIGNS})\s+")


def read(text: str) -> Reading:
    """An ISCN string where there is one, else words such as "complex karyotype"."""
    plain = text if text.isascii() else _DASH.sub("-", unicodedata.normalize("NFKC", text))
    plain = _BLANKS.sub(" ", plain.replace("×", "x"))
    if "//" in plain:
        return _after_transplant(plain)
    compact = _AROUND_SIGNS.sub("", plain)
    start = _START.search(compact)
    if start:
        return _iscn(_end(compact[start.start() :]))
    return _words(plain.lower())


def _after_transplant(text: str) -> Reading:
    """Recipient before `//`, donor behind it."""
    own, _, donor = text.partition("//")
    if _START.search(re.sub(r"\s+", "", own)):
        return read(own)
    return DONOR if _START.search(re.sub(r"\s+", "", donor)) else UNREADABLE


def _end(text: str) -> str:
    """Up to the last cell count, or to the first thing that is no karyotype."""
    text = _NOT_BANDED.split(text)[0]
    counts = list(_IN_BRACKETS.finditer(text))
    return text[: counts[-1].end()] if counts else re.split(r"\.(?!\d)|\s", text.strip())[0]


def _iscn(text: str) -> Reading:
    counts: dict[str, int] = {}
    found: dict[str, Abnormality] = {}
    clones: list[list[Abnormality]] = []
    normal_cells = 0
    for written in text.split("/"):
        clone = _clone(written, clones)
        if clone is None:
            return UNREADABLE
        clones.append(clone)
        size = _COUNT.search(written)
        cells = int(size[1]) if size else _UNCOUNTED
        normal_cells += 0 if clone else cells
        for key, abnormality in {a.key: a for a in clone}.items():
            counts[key] = counts.get(key, 0) + cells
            found[key] = abnormality
    kept = {key for key, a in found.items() if counts[key] >= (3 if a.loss else 2)}
    kept |= {key for key, a in found.items() if defining_of(a)}
    clones = [_true_losses([a for a in clone if a.key in kept]) for clone in clones]
    if not any(clones):
        enough = normal_cells >= MIN_NORMAL_CELLS
        return Reading(frozenset({"normal"})) if enough else UNREADABLE
    return Reading(lesions_of(clones))


def _clone(text: str, earlier: Sequence[list[Abnormality]]) -> list[Abnormality] | None:
    """The clone's abnormalities; None if a part of it is not ISCN."""
    items = _BESIDE_ITEMS.sub("", text).split(",")
    items = [item for item in items if item and item != "inc"]
    if not items or not _BEGINS.match(items[0]):
        return None
    clone: list[Abnormality] = []
    sex, rest = (items[1], items[2:]) if len(items) > 1 else ("", [])
    if _STEMLINE.match(sex):
        if not earlier:
            return None
        clone = list(earlier[0] if sex in ("idem", "sl") or len(earlier) < 2 else earlier[-1])
    elif not _SEX.fullmatch(sex):
        return None
    for item in rest:
        if item.endswith("c") or _NORMAL_VARIANT.search(item):
            continue
        read = _abnormality(item)
        if read is None:
            return None
        clone += read
    return clone


@remembered
def _abnormality(item: str) -> tuple[Abnormality, ...] | None:
    item = item.lstrip("?~").replace("?", "")
    times = re.search(r"x(\d)(?:~\d)?$", item)
    item = item[: times.start()] if times else item
    copies = int(times[1]) if times else 1
    if whole := _WHOLE.match(item):
        return (Abnormality(item, whole[1], (), whole[2]),) * copies
    if _MARKER.match(item):
        return (Abnormality(item.lstrip("+"), "+", (), ""),)
    sign = item[0] if item[:1] in "+-" else ""
    parts = tuple(_parts(_long(item)))
    if not parts or any(part.kind not in _KINDS for part in parts):
        return None
    exchanges = [part for part in parts if part.kind == "t"]
    key = str(exchanges[0]) if len(exchanges) == 1 else item.lstrip("+-")
    return (Abnormality(key, sign, parts, ""),)


def _long(item: str) -> str:
    """`5q-` and `17p+` as operations."""
    short = re.fullmatch(r"([\dXY]+)([pq])([+-])", item)
    if not short:
        return item
    return f"{'del' if short[3] == '-' else 'add'}({short[1]})({short[2]})"


def _parts(item: str) -> Iterable[Part]:
    for found in _OPERATION.finditer(item.replace("psu", "")):
        if found[4]:
            yield Part(found[4], (found[5],), (found[6],))
            continue
        yield Part(found[1], tuple(found[2].split(";")), tuple((found[3] or "").split(";")))


def _true_losses(clone: list[Abnormality]) -> list[Abnormality]:
    """A chromosome lost while a derivative of it was gained is no monosomy."""
    replaced = {part.chromosomes[0] for a in clone for part in a.parts[:1] if a.sign == "+"}
    return [a for a in clone if not (a.loss and a.chromosome in replaced)]


_FAILED = re.compile(
    r"no growth|fail|unsuccessful|no metaphase|keine (?:auswertbaren )?(?:metaphasen|mitosen)|"
    r"nicht (?:auswertbar|angewachsen)|insufficient|not evaluable|no analy[sz]able|pending|"
    r"not performed|ausstehend|misslungen|not normal|nicht normal|\?|unclear|cannot be|"
    r"history of|known|bekannt|at diagnosis|rule out|donor|fish\b"
)
_NORMAL_WORDS = re.compile(
    r"\bnormal(?:e|er|es)?(?: (?:male|female|diploid|männlicher|weiblicher|human))* "
    r"(?:karyotype?|chromosomensatz)|unauffälliger karyotyp|"
    r"no (?:clonal )?(?:chromosomal|cytogenetic|chromosome|karyotypic) (?:abnormalit|"
    r"aberration)|"
    r"keine (?:klonalen )?(?:chromosomen)?(?:aberrationen|anomalien)|"
    r"karyotype?:? (?:is |was |ist )?(?:normal|unauffällig)|cytogenetically normal|"
    r"^\s*normal\W*$"
)
_NEGATION = re.compile(r"\b(?:no|not|non|kein\w*|nicht|without|ohne|negative?|loss of)\b")
_NAMED = (
    (re.compile(r"complex|komplex"), "complex"),
    (re.compile(r"monosomal"), "monosomal"),
    (re.compile(r"monosom(?:y|ie)\s*5\b"), "-5"),
    (re.compile(r"monosom(?:y|ie)\s*7\b"), "-7"),
    (re.compile(r"monosom(?:y|ie)\s*17\b"), "abn(17p)"),
    (re.compile(r"t\(v;\s*11q23|11q23[\d.]* (?:rearr|umlag)"), "t(11q23)"),
    (re.compile(r"t\(3q26"), "t(3q26)"),
    (re.compile(r"trisom(?:y|ie)\s*\d+"), "other"),
)
_SHORT = re.compile(
    r"(?<![\w.;])(?:[+-]\d{1,2}\b(?!\s*%)|"
    r"[a-z]{1,4}\([\d;]+[pq]?[\d.]*\)(?:\([pq\d.;]+\))?|\d{1,2}[pq]-)"
)


def _words(text: str) -> Reading:
    """Words are believed only without negation, doubt or history in the same text."""
    if _FAILED.search(text):
        return UNREADABLE
    if _NORMAL_WORDS.search(text):
        return Reading(frozenset({"normal"}))
    if _NEGATION.search(text):
        return UNREADABLE
    lesions = {name for pattern, name in _NAMED if pattern.search(text)}
    for item in _SHORT.findall(text):
        for abnormality in _abnormality(item) or ():
            lesions |= names_of(abnormality) or {"other"}
    return Reading(frozenset(lesions)) if lesions else UNREADABLE
