"""Variant names: what a protein or coding change says about the genes that decide therapy.

Reads three- and one-letter protein changes, bracketed or not, with `Ter`, `*` or `X` for a
stop, and coding changes. A change without a concrete event (`p.?`, `p.=`, `c.=`) is none.
A change says nothing about its gene: the gene must come from the same resource or phrase.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

from aml.patient import Finding
from fhir_mapping.memory import remembered

_LETTERS = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E",
    "Gly": "G", "His": "H", "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F",
    "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V", "Ter": "*",
}  # fmt: skip
_THREE = re.compile("|".join(_LETTERS), re.IGNORECASE)
_AMINO = "[ACDEFGHIKLMNPQRSTVWY]"
_EVENT = (
    rf"(?:delins[A-Z*]*\d*|ins(?:[A-Z*]+|\d+|\(\d+\))?|dup[A-Z]*\d*|del[A-Z]*\d*|"
    rf"{_AMINO}?fs(?:\*\??\d*)?|{_AMINO}|\*)"
)
_PROTEIN = re.compile(
    rf"(?<![A-Za-z0-9])({_AMINO})(\d{{1,4}})(?:_({_AMINO})(\d{{1,4}}))?({_EVENT})(?![A-Za-z0-9])"
)
_CODING = re.compile(
    r"(?<![A-Za-z])c\.\(?(\d+)(?:[+-]\d+)?(?:_(\d+)(?:[+-]\d+)?)?"
    r"(delins[ACGT]*\d*|ins(?:[ACGT]+|\d+|\(\d+\))?|dup[ACGT]*\d*|del[ACGT]*\d*|[ACGT]>[ACGT])",
    re.IGNORECASE,
)  # fmt: skip
_LENGTH = re.compile(r"(?:ins|dup)\(?(\d+)")
_JUXTAMEMBRANE = range(560, 636)  # codons in which internal tandem duplications lie
_KINASE = frozenset({663, 676, *range(834, 844)})
_HOT_SPOTS = {"IDH1": frozenset({132}), "IDH2": frozenset({140, 172})}
_NPM1_CODONS = frozenset({286, 287, 288, 289, 290})
_NPM1_OLD_CODING = range(956, 961)  # c.956_959dup, numbered from the transcript's first base


class Flt3(Enum):
    """ITD, TKD or another change (gatekeeper F691L, polymorphisms): neither of the two."""

    ITD = "FLT3-ITD"
    TKD = "FLT3-TKD"
    OTHER = "FLT3"


def protein_change(text: str) -> str:
    """The first concrete protein change in one-letter form, "R132H"; "" if there is none."""
    found = _protein(text)
    return found.group(0) if found else ""


def coding_change(text: str) -> str:
    """The first concrete coding change, "c.395G>A"; "" if there is none."""
    found = _CODING.search(text)
    return found.group(0).replace("(", "") if found else ""


def change(text: str) -> str:
    """The protein change if the text has one, else the coding change, else ""."""
    return protein_change(text) or coding_change(text)


def flt3(text: str) -> Flt3:
    """Which kind of FLT3 mutation a change of FLT3 is; an unreadable change is OTHER."""
    protein = _protein(text)
    if protein:
        return _flt3_protein(protein)
    coding = _CODING.search(text)
    return _flt3_coding(coding) if coding else Flt3.OTHER


def is_hot_spot(gene: str, text: str) -> bool:
    """Is this change of IDH1, IDH2 or NPM1 one that the targeted drugs and assays mean?

    IDH1 R132; IDH2 R140 and R172; the frameshift at NPM1 W288 (exon 12, or 11 in the present
    numbering). False for any other gene.
    """
    protein = _protein(text)
    coding = _CODING.search(text)
    if gene == "NPM1":
        return _npm1(protein, coding)
    codons = _HOT_SPOTS.get(gene, frozenset())
    if protein:
        return int(protein[2]) in codons and re.fullmatch(_AMINO, protein[5]) is not None
    return bool(coding and ">" in coding[3] and _codon(coding[1]) in codons)


def judged(alteration: str, finding: Finding, text: str) -> Finding:
    """What a result for this one change says of the alteration; as it is without a change.

    INDETERMINATE if it was found but is not what the name stands for (FLT3 neither ITD nor
    TKD; IDH1, IDH2, NPM1 off their hot spots), and if it was excluded where the gene's other
    hot-spot changes were not.
    """
    if not change(text):
        return finding
    if finding is Finding.DETECTED and not _may_stand_for(alteration, text):
        return Finding.INDETERMINATE
    if finding is Finding.NOT_DETECTED and alteration in ("IDH1", "IDH2", "NPM1", "FLT3"):
        return Finding.INDETERMINATE
    return finding


def _may_stand_for(alteration: str, text: str) -> bool:
    if alteration == "FLT3":
        return False
    return alteration not in ("IDH1", "IDH2", "NPM1") or is_hot_spot(alteration, text)


@remembered
def _protein(text: str) -> re.Match[str] | None:
    """`p.R132R` changes nothing and does not count."""
    if text.isascii() and not _DIGIT.search(text):
        return None
    found = _PROTEIN.finditer(_one_letter(text))
    return next((match for match in found if match[1] != match[5]), None)


_DIGIT = re.compile(r"\d")
_STOP = re.compile(r"(?<=\d)X(?![A-Za-z])")
_PREFIX = re.compile(r"p\.\s*[\[(]?")
_WRITTEN_OUT = re.compile(  # what it begins with first, as most letters begin no amino acid
    rf"(?=[AGCHILMPSTVX])(?:(?<![A-Z])(?:{_THREE.pattern})(?=\d)|"
    rf"(?<=[\d_])(?:{_THREE.pattern})|(?<=ins)(?:{_THREE.pattern})+|(?<=fs)(?:Ter|X)(?=\d)|"
    rf"(?<=[A-Z])(?:{_THREE.pattern})(?=[A-Z]|$|[)\]\s]))",
    re.IGNORECASE,
)
_MAY_BE_WRITTEN_OUT = re.compile("|".join((*_LETTERS, "fsx")).lower())


def _one_letter(text: str) -> str:
    """Three-letter amino acids, brackets and stop signs as one letter each."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    text = _PREFIX.sub(" ", text) if "p." in text else text
    if _MAY_BE_WRITTEN_OUT.search(text.lower()):
        text = _WRITTEN_OUT.sub(
            lambda found: _THREE.sub(_letter, found[0]).replace("X", "*"), text
        )
    return _STOP.sub("*", text) if "X" in text else text


def _letter(found: re.Match[str]) -> str:
    return _LETTERS[found[0].capitalize()]


def _flt3_protein(found: re.Match[str]) -> Flt3:
    codon, event = int(found[2]), found[5]
    if codon in _JUXTAMEMBRANE and re.match("ins|dup|delins", event):
        return Flt3.ITD
    if codon in _KINASE and "fs" not in event and event != "*":
        return Flt3.TKD
    return Flt3.OTHER


def _flt3_coding(found: re.Match[str]) -> Flt3:
    codon, event = _codon(found[1]), found[3]
    if codon in _JUXTAMEMBRANE and re.match("ins|dup|delins", event):
        return Flt3.ITD if _in_frame(found) else Flt3.OTHER
    return Flt3.TKD if codon in _KINASE else Flt3.OTHER


def _in_frame(found: re.Match[str]) -> bool:
    """Unless the length is written and no multiple of three."""
    first, last, event = found[1], found[2], found[3].lower()
    if stated := _LENGTH.match(event):
        return int(stated[1]) % 3 == 0
    if event.startswith("dup"):
        return (int(last or first) - int(first) + 1) % 3 == 0
    inserted = len(event.removeprefix("del").removeprefix("ins"))
    if event.startswith("delins"):
        inserted -= int(last or first) - int(first) + 1
    return inserted % 3 == 0


def _npm1(protein: re.Match[str] | None, coding: re.Match[str] | None) -> bool:
    if protein:
        return (
            int(protein[2]) in _NPM1_CODONS and re.search("fs|ins|dup", protein[5]) is not None
        )
    if not coding or not re.match("ins|dup|delins", coding[3]):
        return False
    return _codon(coding[1]) in _NPM1_CODONS or int(coding[1]) in _NPM1_OLD_CODING


def _codon(base: str) -> int:
    return (int(base) + 2) // 3
