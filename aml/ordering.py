"""What is about to be ordered, as the rules on orders see it."""

from __future__ import annotations

from dataclasses import dataclass

from aml.logic import Choice

SUGGESTED = "https://rraml.example/fhir/suggestion/"  # before the mark of a suggested draft


class Procedure(Choice):
    """What is ordered beside drugs, as far as a rule or a remedy asks for it."""

    ALLOGENEIC_HCT = "allogeneic-hct"
    DONOR_LYMPHOCYTES = "donor-lymphocyte-infusion"
    TAPER = "taper-immunosuppression"
    MOLECULAR_TEST = "molecular-test"
    IMMUNOPHENOTYPE = "immunophenotype"
    MRD_TEST = "mrd-test"


@dataclass(frozen=True, slots=True)
class Draft:
    """One order that is not signed yet. `says`: what stands in it, in the writer's words.

    `drugs` and `regimen` are ids of knowledge/drugs.yaml. One that is not `selected` is not
    judged, but others are judged in its company. `mark`: what a card wrote into the draft that
    it suggested.
    """

    reference: str
    drugs: frozenset[str] = frozenset()
    regimen: str = ""
    procedures: frozenset[Procedure] = frozenset()
    says: str = ""
    selected: bool = True
    mark: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Its drugs and procedures."""
        return tuple(sorted({*self.drugs, *(p.value for p in self.procedures)}))


@dataclass(frozen=True, slots=True)
class Ordering:
    """The part of an order that a rule looks at: its drugs, and those that the assessment
    itself offers (recommended or an option) for this patient."""

    drugs: frozenset[str] = frozenset()
    offered: frozenset[str] = frozenset()


NOTHING_ORDERED = Ordering()
