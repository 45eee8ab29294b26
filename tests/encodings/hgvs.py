"""The forms in which one change is written (1.7), by alteration."""

from __future__ import annotations

from dataclasses import dataclass

from tests.encodings.pen import Choice

# alteration -> HGNC number, symbol, protein change in three and one letters, coding change,
# transcript and protein reference
_CHANGES = {
    "FLT3-ITD": (
        "3765",
        "FLT3",
        "Phe594_Asp600dup",
        "F594_D600dup",
        "1780_1800dup",
        "004119.3",
    ),
    "FLT3-TKD": ("3765", "FLT3", "Asp835Tyr", "D835Y", "2503G>T", "004119.3"),
    "NPM1": ("7910", "NPM1", "Trp288CysfsTer12", "W288Cfs*12", "860_863dup", "002520.7"),
    "IDH1": ("5382", "IDH1", "Arg132His", "R132H", "395G>A", "005896.4"),
    "IDH2": ("5383", "IDH2", "Arg140Gln", "R140Q", "419G>A", "002168.4"),
    "TET2": ("25941", "TET2", "Arg1261His", "R1261H", "3782G>A", "001127208.3"),
    "DNMT3A": ("2978", "DNMT3A", "Arg882His", "R882H", "2645G>A", "022552.5"),
    "ASXL1": ("18318", "ASXL1", "Gly646TrpfsTer12", "G646Wfs*12", "1934dup", "015338.6"),
    "NRAS": ("7989", "NRAS", "Gly12Asp", "G12D", "35G>A", "002524.5"),
    "NF1": ("7765", "NF1", "Arg1947Ter", "R1947*", "5839C>T", "000267.3"),
    "TP53": ("11998", "TP53", "Arg175His", "R175H", "524G>A", "000546.6"),
}


@dataclass(frozen=True)
class Change:
    number: str
    symbol: str
    protein: str
    short: str
    coding: str
    reference: str


CHANGES = {name: Change(*parts) for name, parts in _CHANGES.items()}
FUSIONS = {
    "RUNX1::RUNX1T1": (("10471", "RUNX1"), ("1535", "RUNX1T1")),
    "PML::RARA": (("9113", "PML"), ("9864", "RARA")),
    "KMT2A-rearrangement": (("7132", "KMT2A"), ("7136", "MLLT3")),
}

# The gene must stand beside a protein change: R132H alone is of no gene.
PROTEIN = Choice("protein change", "1.7", {
    "p. in three letters": "p.{protein}",
    "p. in brackets": "p.({protein})",
    "p. in one letter": "p.{short}",
    "without p.": "{short}",
    "with its reference": "NP_{reference}:p.{protein}",
})  # fmt: skip
CODING = Choice("coding change", "1.7", {
    "c. alone": "c.{coding}",
    "with its gene": "{symbol}:c.{coding}",
    "with its transcript": "NM_{reference}:c.{coding}",
    "with transcript, gene and protein": "NM_{reference}({symbol}):c.{coding} (p.{protein})",
})  # fmt: skip
_NPM1 = {"older numbering": "c.956_959dup", "the inserted bases": "c.863_864insTCTG"}
NPM1_CODING = Choice("coding change of NPM1", "1.7", _NPM1)


def filled(form: str, change: Change) -> str:
    return form.format(
        protein=change.protein,
        short=change.short,
        coding=change.coding,
        symbol=change.symbol,
        reference=change.reference,
    )
