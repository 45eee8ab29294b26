"""What ELN 2022 names in a karyotype: class-defining lesions, complex and monosomal.

Breakpoints are compared by band, not by its decimals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

COMPLEX = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One operation: `t(8;21)(q22;q22)` is t, (8, 21), (q22, q22)."""

    kind: str
    chromosomes: tuple[str, ...]
    bands: tuple[str, ...]

    def band(self, chromosome: str) -> str:
        """Bands at this chromosome, "" if none are written."""
        if len(self.chromosomes) == 1:
            return "".join(self.bands) if chromosome in self.chromosomes else ""
        pairs = zip(self.chromosomes, self.bands, strict=False)
        return " ".join(band for name, band in pairs if name == chromosome)


@dataclass(frozen=True, slots=True)
class Abnormality:
    key: str  # the same in every clone that has it
    sign: str  # "+", "-" or ""
    parts: tuple[Part, ...]  # none for a whole chromosome or a marker
    chromosome: str  # of a whole chromosome gained or lost, else ""

    @property
    def loss(self) -> bool:
        return self.sign == "-" and bool(self.chromosome)

    @property
    def gain(self) -> bool:
        return self.sign == "+" and bool(self.chromosome)


def lesions_of(clones: Sequence[Sequence[Abnormality]]) -> frozenset[str]:
    everything = {a.key: a for clone in clones for a in clone}
    lesions = {name for a in everything.values() for name in names_of(a)}
    defining = {name for a in everything.values() for name in defining_of(a)}
    if not defining and _number(clones) >= COMPLEX:
        only_gains = all(a.gain for a in everything.values())
        lesions.add("hyperdiploid" if only_gains else "complex")
    if not defining & {"t(8;21)", "inv(16)"} and any(map(_monosomal, clones)):
        lesions.add("monosomal")
    return frozenset(lesions or {"other"})


def _number(clones: Sequence[Sequence[Abnormality]]) -> int:
    """Unrelated abnormalities: each once, however many clones share it."""
    most: dict[str, int] = {}
    for clone in clones:
        keys = [a.key for a in clone]
        most.update({key: max(most.get(key, 0), keys.count(key)) for key in keys})
    return sum(most.values())


def _monosomal(clone: Sequence[Abnormality]) -> bool:
    """Two autosomal monosomies, or one with a structural abnormality (markers not counted)."""
    lost = {a.chromosome for a in clone if a.loss} - {"X", "Y"}
    structural = any(a.parts for a in clone)
    return len(lost) > 1 or (len(lost) == 1 and structural)


def names_of(abnormality: Abnormality) -> set[str]:
    names = defining_of(abnormality)
    if abnormality.loss:
        names |= {"5": {"-5"}, "7": {"-7"}, "17": {"abn(17p)"}}.get(
            abnormality.chromosome, set()
        )
    for part in abnormality.parts:
        if _loses_5q(part):
            names.add("del(5q)")
        if _hits_17p(part):
            names.add("abn(17p)")
    return names


def _loses_5q(part: Part) -> bool:
    if part.chromosomes != ("5",):
        return False
    band = part.band("5")
    return (part.kind == "del" and "q" in band) or (part.kind == "i" and band.startswith("p10"))


def _hits_17p(part: Part) -> bool:
    """A derivative, isochromosome or exchange that takes 17p; breaks within 17q do not."""
    if "17" not in part.chromosomes:
        return False
    band = part.band("17")
    if part.kind in ("i", "ider", "idic"):
        return "p10" not in band.split()
    if part.kind == "dic" and not band:
        return True
    return "p" in band or band.startswith("q10") or (part.kind == "r" and not band)


def defining_of(abnormality: Abnormality) -> set[str]:
    if not abnormality.parts:
        return set()
    return {name for part in abnormality.parts for name in _class(part)}


_PAIRS = {
    # chromosomes: (bands, name); the order of partners is free
    ("8", "21"): ("q2", "q2", "t(8;21)"),
    ("15", "17"): ("q2", "q[12]", "t(15;17)"),
    ("9", "11"): ("p2", "q2", "t(9;11)"),
    ("6", "9"): ("p2", "q3", "t(6;9)"),
    ("9", "22"): ("q3", "q1", "t(9;22)"),
    ("8", "16"): ("p1", "p1", "t(8;16)"),
    ("16", "16"): ("p1", "q2", "inv(16)"),
    ("3", "3"): ("q2", "q2", "inv(3)"),
}


def _class(part: Part) -> set[str]:
    """The class-defining rearrangement of ELN 2022 that this operation is, if any."""
    if part.kind == "inv":
        return _inversion(part)
    if part.kind not in ("t", "ins"):
        return set()
    names = set()
    for (one, other), (band, other_band, name) in _PAIRS.items():
        if one != other and one in part.chromosomes and other in part.chromosomes:
            if _fits(part, one, band) and _fits(part, other, other_band):
                names.add(name)
        elif one == other and part.chromosomes == (one, other):
            names.add(name)
    if names:
        return names
    if "11" in part.chromosomes and part.band("11").startswith("q23"):
        return {"t(11q23)"}
    if "3" in part.chromosomes and part.band("3").startswith("q26"):
        return {"t(3q26)"}
    return set()


def _inversion(part: Part) -> set[str]:
    bands = part.band(part.chromosomes[0])
    if part.chromosomes == ("16",) and (not bands or re.match(r"p1\S*q2", bands)):
        return {"inv(16)"}
    if part.chromosomes == ("3",) and (not bands or re.match(r"q21\S*q26", bands)):
        return {"inv(3)"}
    if part.chromosomes == ("11",) and "q23" in bands:
        return {"t(11q23)"}
    return set()


def _fits(part: Part, chromosome: str, band: str) -> bool:
    written = part.band(chromosome)
    return not written or re.match(band, written) is not None
