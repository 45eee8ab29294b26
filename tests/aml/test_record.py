"""How far a record can be trusted: conflicts, age, unread parts, other genes (D9, contract)."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any

import pytest

from aml.patient import Patient, Topic, Unread
from tests.aml.records import (
    aml,
    assessed,
    blood,
    case_of,
    cr,
    days_after,
    flow,
    gene,
    given,
    gvhd,
    hct,
    karyotype,
    marrow,
    npm1,
    record,
    response,
    said,
    sequenced,
    seven_plus_three,
)

DAY = "2026-01-20"
IN_CR = (aml("2024-01-05"), seven_plus_three("2024-01-10"), cr("2024-03-01"))


def alerts(*entries: Any, on: str) -> list[str]:
    return [a.code for a in assessed(record(*IN_CR, *entries), on).alerts]


@pytest.mark.parametrize(("waits", "stale"), [(90, False), (91, True)])
@pytest.mark.parametrize(
    "evidence",
    [marrow(DAY, 40), blood(DAY, 2), npm1(DAY, 400), response(DAY, "relapse")],
    ids=["relapse", "suspected", "MRD", "recorded"],
)
def test_the_deciding_result_is_old_after_90_days(
    evidence: Any, waits: int, stale: bool
) -> None:
    assert ("data-stale" in alerts(evidence, on=days_after(DAY, waits))) is stale


def test_a_newer_result_keeps_it_from_being_old() -> None:
    later = (marrow(DAY, 40), marrow("2026-04-01", 40))
    assert "data-stale" not in alerts(*later, on="2026-06-01")
    undated = (marrow(DAY, 40), blood("", 40))
    assert "data-stale" in alerts(*undated, on="2026-06-01")


def test_in_remission_nothing_is_told_to_be_old() -> None:
    assert "data-stale" not in alerts(on="2026-06-01")


@pytest.mark.parametrize("topic", list(Topic))
def test_statements_that_contradict_each_other_are_told(topic: Topic) -> None:
    both = (said(DAY, topic, "a"), said(DAY, topic, "b"))
    assert "data-conflict" in alerts(*both, on="2026-02-01")
    later = (*both, said("2026-01-25", topic, "a"))
    assert "data-conflict" not in alerts(*later, on="2026-02-01")


def test_contradicting_mrd_is_told() -> None:
    assert "data-conflict" in alerts(npm1(DAY, 0), npm1(DAY, 40), on="2026-02-01")


def test_the_part_that_was_not_read_is_named() -> None:
    patient = record(*IN_CR, marrow(DAY, 40), Unread("reports", "timeout"))
    [alert] = [
        a for a in assessed(patient, "2026-02-01").alerts if a.code == "data-unavailable"
    ]
    assert alert.because.says == "not read in full: reports (reports of marrow and genetics)"


@pytest.mark.parametrize("name", ["DNMT3A", "TET2", "ASXL1"])
def test_a_gene_of_clonal_hematopoiesis_is_told_in_remission_and_nothing_follows(
    name: str,
) -> None:
    without = assessed(record(*IN_CR), "2026-02-01")
    for found in (gene(DAY, name, vaf=31), sequenced(DAY, name)):
        answer = assessed(record(*IN_CR, found), "2026-02-01")
        assert [a.code for a in answer.alerts] == ["mrd-marker-unsuitable"]
        assert [r.code for r in answer.offered] == [r.code for r in without.offered]
    before = gene("2024-01-05", name)
    assert assessed(record(*IN_CR, before), "2026-02-01").alerts == ()


def test_a_drug_given_while_therapy_is_unread_leaves_earlier_drugs_open() -> None:
    unread = Unread("administrations", "timeout")
    case = case_of(record(*IN_CR, marrow(DAY, 40), unread), "2026-02-01")
    assert case.venetoclax_ever.check(bool).truth.value == "unknown"
    assert case.after_hma_venetoclax.check(bool).truth.value == "unknown"
    read = case_of(record(*IN_CR, marrow(DAY, 40)), "2026-02-01")
    assert read.venetoclax_ever.check(bool).truth.value == "unmet"


@pytest.mark.parametrize("query", ["procedures", "bundle"])
def test_an_earlier_hct_is_open_while_procedures_are_unread(query: str) -> None:
    case = case_of(record(*IN_CR, marrow(DAY, 40), Unread(query, "timeout")), "2026-02-01")
    assert case.after_hct.check(bool).truth.value == "unknown"


CROWDED = record(
    *IN_CR,
    *(npm1(day, copies) for day, copies in (("2024-06-01", 0), (DAY, 40), ("2026-02-01", 60))),
    *(gene("2024-01-05", name) for name in ("ASXL1", "RUNX1", "TET2", "NPM1", "FLT3")),
    *(gene(DAY, name) for name in ("TET2", "DNMT3A", "TP53", "NRAS", "FLT3-ITD", "IDH1")),
    gene(DAY, "IDH1", False),
    gene("2026-01-21", "TP53"),
    *(karyotype("2024-01-05", *lesions) for lesions in (("complex", "-7"), ("t(11q23)",))),
    *(said(DAY, Topic.FITNESS, value) for value in ("fit", "unfit")),
    *(gvhd(DAY, activity) for activity in ("active", "resolved")),
    *(given("2024-04-01", drug) for drug in ("midostaurin", "azacitidine", "venetoclax")),
    *(sequenced(DAY, name) for name in ("FLT3-ITD", "SRSF2", "ASXL1")),
    *(flow(DAY, found) for found in (True, False)),
    hct("2024-05-01"),
    hct("2024-05-01", "autologous"),
)


@pytest.mark.parametrize("relapse", [(), (marrow(DAY, 40), blood(DAY, 40), blood(DAY, 2))])
@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_entries_changes_no_word_of_the_answer(
    relapse: tuple[Any, ...], seed: int
) -> None:
    patient = replace(CROWDED, blasts=record(*relapse).blasts)
    answer = assessed(patient, "2026-02-10")
    assert assessed(_shuffled(patient, seed), "2026-02-10") == answer


def _shuffled(patient: Patient, seed: int) -> Patient:
    chance = random.Random(seed)
    lists = {
        f.name: getattr(patient, f.name)
        for f in fields(patient)
        if isinstance(getattr(patient, f.name), tuple)
    }
    mixed: dict[str, Any] = {n: tuple(chance.sample(x, len(x))) for n, x in lists.items()}
    return replace(patient, **mixed)


@pytest.mark.parametrize(
    ("on", "found"),
    [
        ("2026-07-01", "indeterminate"),  # it may have come before the remission
        ("2026-06-30", "remission-mrd-unknown"),
        ("2026-03-01", "remission-mrd-unknown"),
    ],
)
def test_a_result_with_only_the_day_of_its_report_is_not_known_before_it(
    on: str, found: str
) -> None:
    start = (aml("2026-01-01"), seven_plus_three("2026-01-05"), cr("2026-02-20"))
    assert (
        assessed(record(*start, response("by 2026-07-01", "relapse")), on).state.value == found
    )
    assert assessed(record(*start, marrow("by 2026-07-01", 40)), on).state.value == found


def test_a_therapy_with_only_a_planned_end_is_under_way() -> None:
    entry = given("by 2026-12-31", "azacitidine", end="2026-12-31", ongoing=True)
    assert (
        assessed(record(aml("2026-01-01"), entry), "2026-08-02").state.value == "in-treatment"
    )
