"""Near misses among results: each looks like a fact and says nothing (sections 1 to 4, 10).

Dated where they would matter: on the last day of the record, or the day after an event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.encodings.facts import Record
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.terms import (
    HGNC,
    INTERPRETATION,
    SNOMED,
    coded,
    component,
    interpreted,
    later,
    observation,
    quantity,
    report,
    worded,
)
from tests.encodings.variants import ASSESSMENT, PRESENT, STUDIED

NearMiss: TypeAlias = Callable[[Pen, Record], list[Json]]

NEAR_MISS: Choice[NearMiss] = Choice("near miss")
POSITIVE = coded("10828004", "Positive", SNOMED)


def _result(pen: Pen, record: Record, code: Json, **rest: object) -> list[Json]:
    day: Json = {"effectiveDateTime": record.last_day.isoformat()}
    return [{**observation(pen.id("near-miss"), code), **day, **rest}]


def _gene(number: str, symbol: str) -> Json:
    return component(STUDIED, valueCodeableConcept=coded(f"HGNC:{number}", symbol, HGNC))


@NEAR_MISS.way("1.1", "gene named, value No call")
def _no_call(pen: Pen, record: Record) -> list[Json]:
    value = {"valueCodeableConcept": coded("LA18198-4", "No call")}
    return _result(pen, record, ASSESSMENT, **value, component=[_gene("5382", "IDH1")])


@NEAR_MISS.way("1.3", "Indeterminate")
def _indeterminate(pen: Pen, record: Record) -> list[Json]:
    value = {"valueCodeableConcept": coded("LA11884-6", "Indeterminate")}
    return _result(pen, record, ASSESSMENT, **value, component=[_gene("3765", "FLT3")])


@NEAR_MISS.way("1.2", "gene alone, without value")
def _gene_alone(pen: Pen, record: Record) -> list[Json]:
    return _result(pen, record, ASSESSMENT, component=[_gene("3765", "FLT3")])


@NEAR_MISS.way("1.3", "code and display of different genes")
def _swapped(pen: Pen, record: Record) -> list[Json]:
    parts = [_gene("5382", "IDH2")]
    return _result(pen, record, ASSESSMENT, valueCodeableConcept=PRESENT, component=parts)


@NEAR_MISS.way("1.3", "two swapped genes, both absent")
def _swapped_pair(pen: Pen, record: Record) -> list[Json]:
    value = {"valueCodeableConcept": coded("LA9634-2", "Absent")}
    parts = [_gene("7989", "KIT"), _gene("6342", "NRAS")]
    return _result(pen, record, ASSESSMENT, **value, component=parts)


@NEAR_MISS.way("1.4", "longer than a phrase")
def _long_answer(pen: Pen, record: Record) -> list[Json]:
    words = "ITD see comment"
    return _result(pen, record, worded("FLT3 ITD"), valueString=words)


@NEAR_MISS.way("1.5", "gatekeeper mutation of FLT3")
def _gatekeeper(pen: Pen, record: Record) -> list[Json]:
    change = component(coded("48005-3"), valueCodeableConcept=worded("p.Phe691Leu"))
    parts = [_gene("3765", "FLT3"), change]
    return _result(pen, record, ASSESSMENT, valueCodeableConcept=PRESENT, component=parts)


@NEAR_MISS.way("1.6", "ratio or percent?")
def _bare_number(pen: Pen, record: Record) -> list[Json]:
    code = worded("FLT3-ITD AR")
    return _result(pen, record, code, valueQuantity=quantity("62", ""))


@NEAR_MISS.way("1.7", "p.= and p.?")
def _no_change(pen: Pen, record: Record) -> list[Json]:
    written = ("p.=", "p.?")[pen.number(2)]
    change = component(coded("48005-3"), valueCodeableConcept=worded(written))
    return _result(pen, record, ASSESSMENT, component=[_gene("5382", "IDH1"), change])


@NEAR_MISS.way("1.7", "protein change without a gene")
def _without_gene(pen: Pen, record: Record) -> list[Json]:
    change = component(coded("48005-3"), valueCodeableConcept=worded("p.Arg132His"))
    return _result(pen, record, ASSESSMENT, valueCodeableConcept=PRESENT, component=[change])


@NEAR_MISS.way("1.8", "uncertain significance")
def _vus(pen: Pen, record: Record) -> list[Json]:
    said = coded("LA26333-7", "Uncertain significance")
    change = component(coded("48005-3"), valueCodeableConcept=worded("p.Gly105="))
    other = component(coded("48004-6"), valueCodeableConcept=worded("c.532G>A"))
    part = component(coded("53037-8"), valueCodeableConcept=said)
    parts = [_gene("5382", "IDH1"), change, other, part]
    return _result(pen, record, ASSESSMENT, valueCodeableConcept=PRESENT, component=parts)


@NEAR_MISS.way("1.8", "germline")
def _germline(pen: Pen, record: Record) -> list[Json]:
    change = component(coded("48005-3"), valueCodeableConcept=worded("p.Arg175His"))
    part = component(coded("48002-0"), valueCodeableConcept=coded("LA6683-2", "Germline"))
    parts = [_gene("11998", "TP53"), change, part]
    return _result(pen, record, ASSESSMENT, valueCodeableConcept=PRESENT, component=parts)


@NEAR_MISS.way("1.9", "KMT2A-PTD")
def _tandem(pen: Pen, record: Record) -> list[Json]:
    return _result(pen, record, worded("KMT2A-PTD"), valueString="detected")


@NEAR_MISS.way("1.9", "nuc ish")
def _nuc_ish(pen: Pen, record: Record) -> list[Json]:
    words = "nuc ish(RUNX1T1,RUNX1)x3(RUNX1T1 con RUNX1x2)[142/200]"
    return _result(pen, record, coded("77040-4"), valueString=words)


@NEAR_MISS.way("1.10", "region studied")
def _studied(pen: Pen, record: Record) -> list[Json]:
    code = coded("53041-0", "DNA region of interest panel")
    return _result(pen, record, code, component=[_gene("11998", "TP53")])


@NEAR_MISS.way("1.10", "list of what was tested")
def _tested(pen: Pen, record: Record) -> list[Json]:
    words = "FLT3, NPM1, IDH1, IDH2, TP53"
    return _result(pen, record, coded("36908-2"), valueString=words)


@NEAR_MISS.way("1.10", "ordered, not resulted")
def _ordered(pen: Pen, record: Record) -> list[Json]:
    cpt = "http://www.ama-assn.org/go/cpt"
    order = {"resourceType": "ServiceRequest", "id": pen.id("near-miss"), "status": "active"}
    return [{**order, "intent": "order", "code": coded("81245", "FLT3 gene analysis", cpt)}]


@NEAR_MISS.way("1.11", "PDF and coded conclusion")
def _pdf(pen: Pen, record: Record) -> list[Json]:
    written = report(
        pen.id("near-miss"),
        worded("Myeloid NGS panel"),
        effectiveDateTime=record.last_day.isoformat(),
        conclusionCode=[coded("91861009", "Acute myeloid leukemia", SNOMED)],
        presentedForm=[{"contentType": "application/pdf", "title": "FLT3-ITD detected"}],
    )
    return [written]


@NEAR_MISS.way("1.11", "what the report is about")
def _asked(pen: Pen, record: Record) -> list[Json]:
    words = (
        "Indication: AML, rule out FLT3-ITD and IDH2.",
        "FLT3-ITD cannot be excluded.",
        "History of KMT2A rearrangement. IDH1 pending.",
        "Fragestellung: Rezidiv? FLT3-ITD?",
        "Mutations in IDH1 are associated with response to ivosidenib.",
    )
    written = report(
        pen.id("near-miss"),
        worded("Molecular genetics"),
        effectiveDateTime=record.last_day.isoformat(),
        conclusion=words[pen.number(len(words))],
    )
    return [written]


@NEAR_MISS.way("1.13", "failed culture")
def _no_growth(pen: Pen, record: Record) -> list[Json]:
    words = ("No growth, culture failed", "no metaphases obtained", "keine Metaphasen")
    return _result(pen, record, coded("33893-9"), valueString=words[pen.number(3)])


@NEAR_MISS.way("1.13", "donor cells")
def _donor_cells(pen: Pen, record: Record) -> list[Json]:
    return _result(pen, record, worded("Chromosomes"), valueString="//46,XX[20]")


@NEAR_MISS.way("1.13", "normal FISH")
def _fish(pen: Pen, record: Record) -> list[Json]:
    return _result(pen, record, worded("FISH panel AML"), valueString="Normal")


@NEAR_MISS.way("2.1", "International Scale of another leukemia")
def _other_scale(pen: Pen, record: Record) -> list[Json]:
    code = worded(("BCR::ABL1 p210", "BCR-ABL1 (IS), NPM1 not tested")[pen.number(2)])
    return _result(pen, record, code, valueQuantity=quantity("0.5", "% IS"))


@NEAR_MISS.way("2.2", "log reduction alone")
def _log_alone(pen: Pen, record: Record) -> list[Json]:
    code = worded("NPM1 log reduction")
    return _result(pen, record, code, valueQuantity=quantity("3.2", "log10"))


@NEAR_MISS.way("2.4", "not performed, or not enough")
def _not_enough(pen: Pen, record: Record) -> list[Json]:
    answers: tuple[Json, ...] = (
        {"dataAbsentReason": coded("not-performed", "Not Performed")},
        {"valueString": "QNS"},
        {"valueString": "ABL 800 copies - insufficient"},
        {"dataAbsentReason": coded("error", "Error")},
    )
    names = ("FLT3-ITD", "IDH2 mutation", "AML MRD flow", "NPM1 transcripts (RT-qPCR)")
    code = worded(names[pen.number(4)])
    return _result(pen, record, code, **answers[pen.number(4)])


@NEAR_MISS.way("2.5", "value and opinion clash")
def _clash(pen: Pen, record: Record) -> list[Json]:
    answer = {"valueString": "detected", "interpretation": interpreted("NEG", "Negative")}
    return _result(pen, record, worded("IDH1 mutation"), **answer)


@NEAR_MISS.way("2.5", "of the reference range alone")
def _range_alone(pen: Pen, record: Record) -> list[Json]:
    said = {"interpretation": [coded("N", "Normal", INTERPRETATION)]}
    return _result(pen, record, worded("IDH2 mutation"), **said)


@NEAR_MISS.way("3", "not what it looks like")
def _other_cells(pen: Pen, record: Record) -> list[Json]:
    cells: tuple[tuple[Json, Json], ...] = (
        (worded("CD34+ cells, bone marrow"), quantity("31", "%")),
        (coded("34922-5", "Lymphoblasts/100 leukocytes in Blood"), quantity("9", "%")),
        (coded("770-8", "Neutrophils/100 leukocytes in Blood"), quantity("22", "%")),
        (coded("751-8", "Neutrophils [#/volume] in Blood"), quantity("400", "10*3/uL")),
        (worded("Blasts, bone marrow"), quantity("40", "cells")),
        (worded("Normoblasts"), quantity("7", "%")),
    )
    code, value = cells[pen.number(len(cells))]
    return _result(pen, record, code, valueQuantity=value)


@NEAR_MISS.way("4", "no status that counts")
def _status(pen: Pen, record: Record) -> list[Json]:
    statuses = ("registered", "cancelled", "entered-in-error", "unknown", "preliminary")
    found = _result(pen, record, worded("IDH1 mutation"), valueString="detected")
    found[0]["status"] = statuses[pen.number(len(statuses))]
    return found


@NEAR_MISS.way("11", "no status at all")
def _no_status(pen: Pen, record: Record) -> list[Json]:
    found = _result(pen, record, worded("IDH2 mutation"), valueString="detected")
    del found[0]["status"]
    reason = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason"}
    found[0]["_status"] = {"extension": [{**reason, "valueCode": "unknown"}]}
    return found


@NEAR_MISS.way("4", "after the day of the assessment")
def _in_future(pen: Pen, record: Record) -> list[Json]:
    found = _result(pen, record, worded("IDH1 mutation"), valueString="detected")
    return [{**found[0], "effectiveDateTime": later(record.last_day, 900)}]


@NEAR_MISS.way("10", "CD33 cells in blood")
def _cd33_count(pen: Pen, record: Record) -> list[Json]:
    code = coded("21015-3", "CD33 cells [#/volume] in Blood")
    return _result(pen, record, code, valueQuantity=quantity("900", "/uL", "/uL"))


@NEAR_MISS.way("10", "sign of another marker")
def _other_sign(pen: Pen, record: Record) -> list[Json]:
    words = "CD33, CD34-, CD117 not done"
    return _result(pen, record, worded("Flow"), valueString=words)
