"""What the drugs are: classes and regimens, as knowledge/drugs.yaml lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aml.logic import Choice


class Intensity(Choice):
    """How a regimen is meant. UNKNOWN: the drugs alone do not tell (cytarabine by itself)."""

    INTENSIVE = "intensive"
    NONINTENSIVE = "nonintensive"
    TARGETED = "targeted"
    SUPPORTIVE = "supportive"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Regimen:
    drugs: frozenset[str]
    intensity: Intensity


TARGETED_CLASSES = frozenset(
    {"flt3-inhibitor", "idh1-inhibitor", "idh2-inhibitor", "menin-inhibitor", "cd33-antibody"}
)
ANTILEUKEMIC_CLASSES = TARGETED_CLASSES | {
    "hma",
    "venetoclax",
    "bcl2",
    "anthracycline",
    "cytarabine",
    "purine-analog",
    "topoisomerase",
    "apl-drug",
}
_NONE: frozenset[str] = frozenset()
SUPPORTIVE_CLASSES = frozenset({"supportive", "g-csf"})


@dataclass(frozen=True, slots=True)
class Pharmacy:
    classes: Mapping[str, frozenset[str]]
    regimens: Mapping[str, Regimen]
    _members: dict[str | frozenset[str], frozenset[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def classes_of(self, drugs: Iterable[str]) -> frozenset[str]:
        return _NONE.union(*(self.classes.get(drug, _NONE) for drug in drugs))

    def members(self, drug_class: str) -> frozenset[str]:
        if drug_class not in self._members:
            named = (d for d, classes in self.classes.items() if drug_class in classes)
            self._members[drug_class] = frozenset(named)
        return self._members[drug_class]

    def antileukemic(self, drugs: Iterable[str]) -> frozenset[str]:
        """Those of the drugs that treat the leukemia itself; conditioning does not."""
        return self._any_of(ANTILEUKEMIC_CLASSES).intersection(drugs)

    def _any_of(self, classes: frozenset[str]) -> frozenset[str]:
        if classes not in self._members:
            self._members[classes] = _NONE.union(*(self.members(name) for name in classes))
        return self._members[classes]

    def supportive(self, drugs: Iterable[str]) -> bool:
        """Whether all of the drugs, one at least, are supportive care."""
        classes = [self.classes.get(drug, frozenset()) for drug in drugs]
        return bool(classes) and all(own & SUPPORTIVE_CLASSES for own in classes)

    def intensity(self, drugs: Iterable[str], regimens: Iterable[str]) -> Intensity:
        """Of drugs begun together: a named intensive regimen, or a combination that is one."""
        named = {self.regimens[r].intensity for r in regimens if r in self.regimens}
        if Intensity.INTENSIVE in named:
            return Intensity.INTENSIVE
        classes = self.classes_of(drugs)
        if "cytarabine" in classes and classes & {
            "anthracycline",
            "purine-analog",
            "topoisomerase",
        }:
            return Intensity.INTENSIVE
        if Intensity.NONINTENSIVE in named or classes & {"hma", "venetoclax", "bcl2"}:
            return Intensity.NONINTENSIVE
        if classes & TARGETED_CLASSES:
            return Intensity.TARGETED
        return Intensity.UNKNOWN
