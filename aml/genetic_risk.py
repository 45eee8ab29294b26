"""ELN 2022 genetic risk at diagnosis (Döhner et al., Blood 2022, table 6), for D6 and row G5.

The table is recalled, not checked against the publication; the rulebook says so. The group is
known only as far as it decides something: adverse, or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from aml import facts
from aml.dates import day_of
from aml.logic import Fact, Known, Truth, Unknown
from aml.patient import Finding, GeneResult, Karyotype, Patient, When

FAVORABLE_LESIONS = frozenset({"t(8;21)", "inv(16)"})
FAVORABLE_FUSIONS = frozenset({"RUNX1::RUNX1T1", "CBFB::MYH11"})
ADVERSE_LESIONS = frozenset(
    {
        "complex",
        "monosomal",
        "-5",
        "del(5q)",
        "-7",
        "abn(17p)",
        "inv(3)",
        "t(3q26)",
        "t(6;9)",
        "t(8;16)",
        "t(9;22)",
        "t(11q23)",
    }
)
ADVERSE_FUSIONS = frozenset(
    {"DEK::NUP214", "BCR::ABL1", "KAT6A::CREBBP", "GATA2::MECOM", "KMT2A-rearrangement"}
)
INTERMEDIATE_FUSION = "KMT2A::MLLT3"  # t(9;11), the one KMT2A rearrangement that is not adverse
MYELODYSPLASIA_GENES = frozenset(
    {"ASXL1", "BCOR", "EZH2", "RUNX1", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2"}
)
TP53_VAF_PCT = Decimal(10)


def adverse_risk(patient: Patient, until: date) -> Fact[bool]:
    """Adverse by the table, on results up to the first remission.

    True as soon as an adverse lesion is on record. False only with both a karyotype and gene
    results; otherwise unknown.
    """
    genes = [g for g in patient.genes if g.when.first <= until]
    karyotypes = [k for k in patient.karyotypes if k.when.first <= until]
    found = [g for g in genes if g.finding is Finding.DETECTED]
    favorable = any(g.alteration in FAVORABLE_FUSIONS for g in found) or any(
        k.lesions & FAVORABLE_LESIONS for k in karyotypes
    )
    itd = any(g.alteration in ("FLT3-ITD", "FLT3") for g in found)
    favorable |= any(g.alteration == "NPM1" for g in found) and not itd
    reasons = list(_adverse(found, karyotypes, favorable=favorable))
    if reasons:
        return _known(True, reasons)
    small_tp53_clone_open = any(
        g.alteration == "TP53" and g.vaf_pct.at_least(TP53_VAF_PCT) is Truth.UNKNOWN
        for g in found
    )
    if not karyotypes or not genes or small_tp53_clone_open:
        return Unknown("genetic-risk")
    return _known(False, [_karyotype(k) for k in karyotypes])


def _adverse(
    found: Iterable[GeneResult], karyotypes: Iterable[Karyotype], *, favorable: bool
) -> Iterable[Known[Any]]:
    t911 = any(g.alteration == INTERMEDIATE_FUSION for g in found) or any(
        "t(9;11)" in k.lesions for k in karyotypes
    )
    for k in karyotypes:
        lesions = k.lesions & ADVERSE_LESIONS
        if "hyperdiploid" in k.lesions:
            lesions -= {"complex"}
        if t911:
            lesions -= {"t(11q23)"}
        if lesions:
            yield _karyotype(k)
    for g in found:
        if g.alteration in ADVERSE_FUSIONS:
            if not (t911 and g.alteration == "KMT2A-rearrangement"):
                yield facts.gene(g)
        elif g.alteration in MYELODYSPLASIA_GENES:
            if not favorable:
                yield facts.gene(g)
        elif g.alteration == "TP53" and g.vaf_pct.at_least(TP53_VAF_PCT) is Truth.MET:
            yield facts.gene(g)


def _karyotype(k: Karyotype) -> Known[Any]:
    lesions = ", ".join(sorted(k.lesions))
    return Known(
        "karyotype", lesions, f"karyotype {lesions}", day_of(k.when), (k.source.resource,)
    )


def _known(value: bool, reasons: list[Known[Any]]) -> Known[bool]:
    says = "; ".join(dict.fromkeys(k.says for k in reasons))
    sources = tuple(sorted({s for k in reasons for s in k.sources}))
    word = "adverse" if value else "not adverse"
    return Known(
        "genetic-risk", value, f"ELN 2022 genetic risk {word}: {says}", sources=sources
    )


def nonfavorable_cytogenetics(patient: Patient, on: date) -> Known[Any] | None:
    """Row G5: a karyotype other than favorable, the normal one included; None if unknown."""
    karyotypes = sorted(
        (k for k in patient.karyotypes if When.day(on).before(k.when) is not Truth.MET),
        key=lambda k: (k.when, k.source),
    )
    if not karyotypes or any(k.lesions & FAVORABLE_LESIONS for k in karyotypes):
        return None
    return _karyotype(karyotypes[-1])
