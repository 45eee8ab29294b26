"""What laboratories write in words, in English and German: a sentence for each fact (1.11).

A sentence says all that its fact says, and can be understood without its neighbours.
"""

from __future__ import annotations

from tests.encodings.facts import Blasts, Fact, Gene, Karyotype, Residual, Response
from tests.encodings.pen import Choice, Pen
from tests.encodings.terms import product

FOUND = Choice("sentence, mutation found", "1.11", {
    "mutated": "{gene} mutated",
    "mutation detected": "{gene} mutation detected",
    "mutation was identified": "A {gene} mutation was identified",
    "positive": "{gene}: positive",
    "positive for": "Positive for {gene}",
    "positive for a mutation": "Sample is positive for a {gene} mutation",
    "shows": "NGS shows a pathogenic {gene} mutation",
    "presence": "{gene} mutation present",
    "plus sign": "{gene} (+)",
    "list": "Detected: {gene}",
    "nachgewiesen": "{gene}-Mutation nachgewiesen",
    "Nachweis": "Nachweis einer {gene}-Mutation",
    "es fand sich": "Es fand sich eine {gene}-Mutation",
    "mutiert": "{gene} mutiert",
    "positiv": "{gene} positiv",
})  # fmt: skip
NOT_FOUND = Choice("sentence, mutation excluded", "1.11", {
    "not detected": "{gene} not detected",
    "no mutation": "No {gene} mutation detected",
    "no evidence": "No evidence of a {gene} mutation",
    "was not identified": "{gene} mutation was not identified",
    "negative": "{gene}: negative",
    "negative for": "Negative for {gene} mutation",
    "wild type": "{gene} wild type",
    "wildtype": "{gene}: wildtype",
    "unmutated": "{gene} unmutated",
    "kein Nachweis": "Kein Nachweis einer {gene}-Mutation",
    "keine": "Keine {gene}-Mutation nachweisbar",
    "nicht nachweisbar": "{gene}-Mutation nicht nachweisbar",
    "Wildtyp": "{gene}: Wildtyp",
    "negativ": "{gene} negativ",
})  # fmt: skip
FREQUENCY = Choice("allele frequency in a sentence", "1.11", {
    "VAF": " (VAF {vaf} %)",
    "VAF without space": " (VAF {vaf}%)",
    "allele frequency": ", variant allele frequency {vaf}%",
    "with a VAF of": " with a VAF of {vaf} %",
    "Allelfrequenz": ", Allelfrequenz {vaf} %",
})  # fmt: skip
RATIO = Choice("allelic ratio in a sentence", "1.11", {
    "allelic ratio": "{gene} positive, allelic ratio {ratio}",
    "ratio in brackets": "{gene} detected (allelic ratio {ratio})",
    "mutant to wild type": "{gene} mutated, mutant/wild-type ratio {ratio}",
    "percent": "{gene} detected, allelic ratio {percent}%",
    "Ratio": "Nachweis einer {gene} (Ratio {comma})",
    "Allelquotient": "{gene} positiv, Allelquotient {comma}",
})  # fmt: skip
REARRANGED = {
    True: Choice("sentence, KMT2A rearranged", "1.9", {
        "rearrangement": "KMT2A rearrangement detected",
        "MLL": "FISH positive for MLL rearrangement",
        "fusion": "KMT2A::MLLT3 fusion detected",
        "Rearrangierung": "Nachweis einer KMT2A-Rearrangierung",
    }),
    False: Choice("sentence, KMT2A not rearranged", "1.9", {
        "no rearrangement": "No KMT2A rearrangement",
        "MLL": "No evidence of MLL rearrangement",
        "Rearrangierung": "Keine KMT2A-Rearrangierung nachweisbar",
    }),
}  # fmt: skip
FUSED = Choice("sentence, fusion found", "1.9", {
    "detected": "{gene} fusion detected",
    "transcript": "{gene} fusion transcript detected",
    "positive": "{gene} positive",
    "Nachweis": "Nachweis einer {gene}-Fusion",
})  # fmt: skip
BLASTS = {
    "marrow": Choice("sentence, blasts in marrow", "1.11", {
        "Bone marrow blasts": "Bone marrow blasts {blasts} %",
        "with": "Bone marrow with {blasts}% blasts",
        "aspirate": "Aspirate: blasts {blasts} %",
        "account for": "Blasts account for {blasts}% of nucleated marrow cells",
        "hypercellular": "Hypercellular marrow, {blasts} % myeloblasts",
        "Blastenanteil": "Blastenanteil von {blasts} % im Knochenmark",
        "Blasten im Knochenmark": "Blasten im Knochenmark {blasts} %",
        "Knochenmark mit": "Knochenmark mit {blasts}% Blasten",
        "KM": "KM: Blasten {blasts} %",
    }),
    "blood": Choice("sentence, blasts in blood", "1.11", {
        "Peripheral blood blasts": "Peripheral blood blasts {blasts} %",
        "smear": "Peripheral blood smear: {blasts}% circulating blasts",
        "in the peripheral blood": "Blasts of {blasts} % in the peripheral blood",
        "Blasten im Blut": "Blasten im peripheren Blut {blasts} %",
        "PB": "PB: {blasts} % Blasten",
    }),
}  # fmt: skip
RESPONSES = {
    "CR": Choice("sentence, CR", "9", {
        "Complete remission (CR)": "Complete remission (CR)",
        "morphologic": "Morphologic complete remission",
        "in complete remission": "Bone marrow in complete remission",
        "Komplette Remission": "Komplette Remission",
        "Vollremission": "Zytomorphologisch Vollremission",
    }),
    "CRi": Choice("sentence, CRi", "9", {
        "CRi": "CRi",
        "incomplete recovery": "Complete remission with incomplete hematologic recovery",
        "inkomplette Regeneration": "Komplette Remission mit inkompletter Regeneration (CRi)",
    }),
    "CRh": Choice("sentence, CRh", "9", {
        "CRh": "CRh",
        "partial recovery": "Complete remission with partial hematologic recovery",
    }),
}  # fmt: skip
LEVEL = Choice("sentence, transcript level", "2.1", {
    "copies": "{gene} transcripts {copies} copies/10^4 ABL1",
    "copies per": "{gene} transcript level: {copies} copies per 10,000 ABL1",
    "normalised": "{gene}: {copies} normalized copies / 10^4 ABL1 copies",
    "per 10^5": "{gene} transcripts 10^5: {tenfold} copies/10^5 ABL1",
    "percent": "{gene}/ABL1 {percent} %",
    "quantified": "{gene} MRD detected by RT-qPCR at {percent} % of ABL1",
    "MRD": "MRD: {gene} positive, {copies} copies per 10^4 ABL1",
    "Kopien": "{gene}-Transkripte: {copies} Kopien/10^4 ABL1",
    "Quotient": "{gene}/ABL1: {comma} %",
})  # fmt: skip
UNDETECTED = Choice("sentence, transcript not detected", "2.4", {
    "not detected": "{gene} transcripts not detected",
    "undetectable": "{gene} transcripts undetectable (ABL1 {control} copies)",
    "no transcripts": "No {gene} transcripts detected",
    "MRD negative": "{gene} MRD negative by RT-qPCR",
    "nicht nachweisbar": "{gene}-Transkripte nicht nachweisbar",
    "kein Nachweis": "Kein Nachweis von {gene}-Transkripten",
})  # fmt: skip
FLOW = {
    True: Choice("sentence, flow positive", "2.3", {
        "positive": "MRD positive by flow cytometry",
        "share": "MRD by flow cytometry: {share} % aberrant cells",
        "Durchflusszytometrie": "MRD positiv (Durchflusszytometrie)",
    }),
    False: Choice("sentence, flow negative", "2.3", {
        "negative": "MRD negative (flow cytometry)",
        "no evidence": "No evidence of measurable residual disease by flow cytometry",
        "Durchflusszytometrie": "MRD negativ (Durchflusszytometrie)",
    }),
}  # fmt: skip


def sentence(pen: Pen, fact: Fact) -> str:
    """The fact in words, without a full stop; "" if nobody would write it so."""
    match fact:
        case Gene():
            return _gene(pen, fact)
        case Karyotype():
            return (
                f"Karyotype: {fact.karyotype}"
                if pen.number(2)
                else f"Karyotyp {fact.karyotype}"
            )
        case Blasts():
            return pen.take(BLASTS[fact.material]).format(blasts=fact.blasts)
        case Response():
            return pen.take(RESPONSES[fact.response])
        case Residual():
            return _residual(pen, fact)
    return ""


def _gene(pen: Pen, fact: Gene) -> str:
    if fact.ratio:
        percent = product(fact.ratio, "100")
        comma = fact.ratio.replace(".", ",")
        form = pen.take(RATIO)
        return form.format(gene=fact.gene, ratio=fact.ratio, percent=percent, comma=comma)
    if fact.gene == "KMT2A-rearrangement":
        return pen.take(REARRANGED[fact.found])
    if "::" in fact.gene:
        return pen.take(FUSED).format(gene=fact.gene)
    words = pen.take(FOUND if fact.found else NOT_FOUND).format(gene=fact.gene)
    return words + pen.take(FREQUENCY).format(vaf=fact.vaf) if fact.vaf else words


def _residual(pen: Pen, fact: Residual) -> str:
    if fact.method == "flow":
        return pen.take(FLOW[fact.found]).format(share=fact.share)
    if fact.method != "RT-qPCR":
        return ""
    if not fact.found:
        control = fact.control or "25000"
        return pen.take(UNDETECTED).format(gene=fact.mrd, control=control)
    percent = product(fact.copies, "0.01")
    return pen.take(LEVEL).format(
        gene=fact.mrd,
        copies=fact.copies,
        tenfold=product(fact.copies, "10"),
        percent=percent,
        comma=percent.replace(".", ","),
    )
