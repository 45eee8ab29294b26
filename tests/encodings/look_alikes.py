"""Near misses that carry the words of a fact: diseases, other assays, open material."""

from __future__ import annotations

from tests.encodings.facts import Record
from tests.encodings.near_misses import NEAR_MISS
from tests.encodings.pen import Json, Pen
from tests.encodings.terms import coded, component, observation, quantity, report, worded


def day(record: Record) -> str:
    return record.last_day.isoformat()


def _result(pen: Pen, record: Record, code: Json, **rest: object) -> list[Json]:
    taken = {"effectiveDateTime": day(record)}
    return [{**observation(pen.id("near-miss"), code), **taken, **rest}]


@NEAR_MISS.way("1.12", "problem that names genes and no result")
def _named_problem(pen: Pen, record: Record) -> list[Json]:
    words = (
        "NPM1 and FLT3 testing pending",
        "Counselling on FLT3 and IDH inhibitors",
        "Beratung zu IDH2-Inhibitoren",
    )
    problem: Json = {"resourceType": "Condition", "id": pen.id("near-miss")}
    return [{**problem, "code": worded(words[pen.number(len(words))])}]


@NEAR_MISS.way("2.3", "flow cytometry that is no residual disease")
def _flow(pen: Pen, record: Record) -> list[Json]:
    tests: tuple[tuple[Json, Json], ...] = (
        (worded("CD34+ cells by flow cytometry"), {"valueQuantity": quantity("3", "%")}),
        (worded("AML MRD flow"), {"valueString": "see report"}),
        (worded("AML MRD flow"), {"valueQuantity": quantity("0.3", "events")}),
        (worded("T cells by flow cytometry"), {"valueQuantity": quantity("12", "%")}),
        (worded("MRD flow, limit of detection"), {"valueQuantity": quantity("0.01", "%")}),
    )
    code, value = tests[pen.number(len(tests))]
    return _result(pen, record, code, **value)


@NEAR_MISS.way("2.6", "panel for diagnosis that found nothing")
def _panel(pen: Pen, record: Record) -> list[Json]:
    code = worded("Myeloid NGS panel (limit of detection 2-5 %)")
    parts = [component(worded("NRAS"), valueString="not detected")]
    answers: tuple[Json, ...] = (
        {"component": parts},
        {"valueString": "No MRD assessment: assay not validated for residual disease"},
        {"valueString": "see report"},
    )
    return _result(pen, record, code, **answers[pen.number(len(answers))])


@NEAR_MISS.way("2.7", "material that is neither said nor a result")
def _material(pen: Pen, record: Record) -> list[Json]:
    source = coded("31208-2", "Specimen source")
    words = ("Bone marrow", "Peripheral blood", "Blood or tissue")
    return _result(pen, record, source, valueString=words[pen.number(len(words))])


@NEAR_MISS.way("1.11", "earlier sample, other sample, other outcome")
def _earlier(pen: Pen, record: Record) -> list[Json]:
    words = (
        "The sample of 01/2019 showed an FLT3-ITD.",
        "IDH1 mutation was positive in the diagnostic sample.",
        "Bei Erstdiagnose Nachweis einer KMT2A-Umlagerung.",
        "IDH2 negative by Sanger sequencing but positive by NGS.",
        "Donor: FLT3-ITD not detected.",
        "This assay detects FLT3-ITD and IDH2 mutations.",
    )
    written = report(
        pen.id("near-miss"),
        worded("Molecular genetics"),
        effectiveDateTime=day(record),
        conclusion=words[pen.number(len(words))],
    )
    return [written]
