"""ELN 2022 genetic risk at diagnosis (Döhner et al., Blood 2022, table 6), for D6 and row G5.

The table is recalled, not checked against the publication; the rulebook says so. The group is
known only as far as it decides something: adverse, or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from aml import facts
from aml.dates import day_of
from aml.logic import OPPOSITE, Fact, Known, Truth, Unknown
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
ADVERSE_FUSIONS = frozenset({"DEK::NUP214", "BCR::ABL1", "KAT6A::CREBBP", "GATA2::MECOM"})
KMT2A, INTERMEDIATE_FUSION = "KMT2A-rearrangement", "KMT2A::MLLT3"  # t(9;11) is not adverse
CLASS_DEFINING = FAVORABLE_LESIONS | {"t(9;11)"}  # and every adverse translocation
MYELODYSPLASIA_GENES = frozenset(
    {"ASXL1", "BCOR", "EZH2", "RUNX1", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2"}
)
TP53_VAF_PCT = Decimal(10)
CEBPA_BZIP = range(278, 346)  # codons of the basic leucine zipper region
_CHANGE = re.compile(r"[A-Z](\d+)(?:_[A-Z](\d+))?(\D.*)")


def adverse_risk(patient: Patient, until: date) -> Fact[bool]:
    """Adverse by the table, on results up to the first remission.

    True as soon as an adverse lesion is on record. False only with both a karyotype and gene
    results; otherwise unknown.
    """
    genes = [g for g in patient.genes if g.when.first <= until]
    karyotypes = sorted(
        (k for k in patient.karyotypes if k.when.first <= until),
        key=lambda k: (k.when, k.source),
    )
    reasons = [_karyotype(k) for k in karyotypes if _adverse_lesions(k)]
    weighed = list(_weighed(genes, karyotypes))
    if weighed:
        adverse = [g for g, truth in weighed if truth is Truth.MET]
        adverse.sort(key=lambda g: (g.when, g.alteration, g.source))
        reasons += [facts.gene(g) for g in adverse]
    if reasons:
        return _known(True, reasons)
    open_ = any(truth is Truth.UNKNOWN for _, truth in weighed)
    if not karyotypes or not genes or open_:
        return Unknown("genetic-risk")
    return _known(False, [_karyotype(k) for k in karyotypes])


def _weighed(
    genes: Sequence[GeneResult], karyotypes: Sequence[Karyotype]
) -> Iterable[tuple[GeneResult, Truth]]:
    """Each alteration found that counts, and whether it makes the risk adverse."""
    for g in genes:
        if g.finding is not Finding.DETECTED:
            continue
        if g.alteration in ADVERSE_FUSIONS:
            yield g, Truth.MET
        elif g.alteration.startswith("KMT2A::"):
            yield g, Truth.of(g.alteration != INTERMEDIATE_FUSION)
        elif g.alteration == KMT2A:
            yield g, Truth.UNMET if _has_t_9_11(genes, karyotypes) else Truth.UNKNOWN
        elif g.alteration in MYELODYSPLASIA_GENES:
            yield g, OPPOSITE[_favorable(genes, karyotypes)]
        elif g.alteration == "TP53":
            yield g, g.vaf_pct.at_least(TP53_VAF_PCT)


def _has_t_9_11(genes: Sequence[GeneResult], karyotypes: Sequence[Karyotype]) -> bool:
    return any("t(9;11)" in k.lesions for k in karyotypes) or any(
        g.alteration == INTERMEDIATE_FUSION and g.finding is Finding.DETECTED for g in genes
    )


def _adverse_lesions(k: Karyotype) -> frozenset[str]:
    lesions = k.lesions & ADVERSE_LESIONS
    if k.lesions & (CLASS_DEFINING | {"hyperdiploid"}):
        lesions -= {"complex"}
    return lesions - {"t(11q23)"} if "t(9;11)" in k.lesions else lesions


def _favorable(genes: Sequence[GeneResult], karyotypes: Sequence[Karyotype]) -> Truth:
    """A favorable lesion, beside which mutations of myelodysplasia do not count."""
    found = [g for g in genes if g.finding is Finding.DETECTED]
    names = {g.alteration for g in found}
    if names & FAVORABLE_FUSIONS or any(k.lesions & FAVORABLE_LESIONS for k in karyotypes):
        return Truth.MET
    truths = [_in_frame_bzip(g.change) for g in found if g.alteration == "CEBPA"]
    itd = {g.finding for g in genes if g.alteration in ("FLT3-ITD", "FLT3")}
    if "NPM1" in names and Finding.DETECTED not in itd:
        truths.append(Truth.MET if Finding.NOT_DETECTED in itd else Truth.UNKNOWN)
    return next((t for t in (Truth.MET, Truth.UNKNOWN) if t in truths), Truth.UNMET)


def _in_frame_bzip(change: str) -> Truth:
    """Whether a change of the CEBPA protein is in frame and in the bZIP region."""
    read = _CHANGE.fullmatch(change)
    if read is None:
        return Truth.UNKNOWN
    if "fs" in read[3] or "*" in read[3]:
        return Truth.UNMET
    return Truth.of(all(int(codon) in CEBPA_BZIP for codon in read.groups()[:2] if codon))


def _karyotype(k: Karyotype) -> Known[Any]:
    lesions = ", ".join(sorted(k.lesions))
    said = k.iscn if k.lesions != {"normal"} and k.iscn else lesions
    says = said if "karyotyp" in said.casefold() else f"karyotype {said}"
    return Known("karyotype", lesions, says, day_of(k.when), (k.source.resource,))


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
