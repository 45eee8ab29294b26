"""What must hold for whole records: order, damage and genes that mean nothing change nothing.

The records are the patients of `fixtures/`, read as the service reads them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from msgspec import structs

from aml.assess import assess
from aml.assessment import Assessment
from aml.entries import AlertEntry, Entry
from aml.knowledge import Snapshot, load
from aml.patient import (
    DiagnosisKind,
    Finding,
    GeneResult,
    Method,
    MrdResult,
    Patient,
    Source,
    Tissue,
    When,
)
from aml.states import REMISSION, State
from cards.render import to_response
from fhir_mapping import to_patient
from fhir_mapping.resources import Resources, decode
from tests.support import Expected, Json, read_bundle, read_expected

LIBRARY = load()
CASES = {f"{case['case']}, {case['jurisdiction']}": case for case in read_expected()}
TARGETED = {
    "gilteritinib",
    "idh1-inhibitor",
    "idh2-inhibitor",
    "menin-inhibitor",
    "gemtuzumab-ozogamicin",
}


def _id(entry: Entry | AlertEntry) -> str:
    return entry.id


every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def snapshot_of(case: Expected) -> Snapshot:
    return LIBRARY.in_force(case["jurisdiction"], case["as_of"])


def read(bundle: Json) -> Patient:
    return to_patient(Resources.from_bundle(decode(json.dumps(bundle).encode())))


@cache
def patient_of(bundle: str) -> Patient:
    return read(read_bundle(bundle))


def answer(patient: Patient, case: Expected) -> Assessment:
    return assess(patient, snapshot_of(case))


def wire(patient: Patient, case: Expected) -> str:
    """The whole response, byte for byte."""
    return json.dumps(to_response(answer(patient, case), snapshot_of(case), "an-instance"))


@every_case
def test_the_same_facts_in_another_order_give_the_same_bytes(case: Expected) -> None:
    patient = patient_of(case["bundle"])
    expected = wire(patient, case)
    for seed in range(3):
        assert wire(shuffled(patient, random.Random(seed)), case) == expected


def shuffled(patient: Patient, rng: random.Random) -> Patient:
    """Every list of facts in another order. What was ignored or not read is no fact: the
    reader has sorted it, as the next test sees."""
    change: dict[str, Any] = {}
    for field in fields(patient):
        value = getattr(patient, field.name)
        if isinstance(value, tuple) and field.name not in ("ignored", "unread"):
            change[field.name] = tuple(rng.sample(value, len(value)))
    return replace(patient, **change)


@every_case
def test_the_same_resources_in_another_order_give_the_same_bytes(case: Expected) -> None:
    bundle = read_bundle(case["bundle"])
    entries = bundle["entry"]
    assert isinstance(entries, list)
    expected = wire(read(bundle), case)
    for seed in range(2):
        again = {**bundle, "entry": random.Random(seed).sample(entries, len(entries))}
        assert wire(read(again), case) == expected


def _garbled(resource: Json) -> Json:
    values = {"valueQuantity": {"value": "much", "unit": []}, "valueString": 7}
    return {**resource, **values, "component": "none", "note": {}, "extension": [{"url": 1}]}


def _undatable(resource: Json) -> Json:
    dates = ("Date", "issued", "authored", "recorded", "performed", "Period")
    return {k: "2026-13-45" if any(d in k for d in dates) else v for k, v in resource.items()}


def _bare(resource: Json) -> Json:
    return {
        k: v for k, v in resource.items() if k in ("resourceType", "id", "subject", "patient")
    }


def _withdrawn(resource: Json) -> Json:
    return {**resource, "status": "entered-in-error"}


def _odd(resource: Json) -> Json:
    return {**resource, "status": ["weird", {}], "category": 3}


DAMAGE: tuple[Callable[[Json], Json], ...] = (_garbled, _undatable, _bare, _withdrawn, _odd)


@every_case
def test_damage_to_a_resource_that_no_rule_reads_changes_nothing(case: Expected) -> None:
    bundle = read_bundle(case["bundle"])
    whole = read(bundle)
    expected = wire(whole, case)
    for i, resource in unread_by_rules(bundle, whole):
        for damage in DAMAGE:
            assert wire(read(_with_entry(bundle, i, damage(resource))), case) == expected


def test_the_records_hold_resources_that_no_rule_reads() -> None:
    name = "patient-1-relapse"
    kinds = {r["resourceType"] for _, r in unread_by_rules(read_bundle(name), patient_of(name))}
    assert len(kinds) >= 3


def unread_by_rules(bundle: Json, whole: Patient) -> Iterator[tuple[int, Json]]:
    """The resources without which the record holds the same facts."""
    entries = bundle["entry"]
    assert isinstance(entries, list)
    for i, entry in enumerate(entries):
        kept = {**bundle, "entry": entries[:i] + entries[i + 1 :]}
        if entry["resource"]["resourceType"] != "Patient" and read(kept) == whole:
            yield i, entry["resource"]


def _with_entry(bundle: Json, place: int, resource: Json) -> Json:
    entries = bundle["entry"]
    assert isinstance(entries, list)
    changed = {**entries[place], "resource": resource}
    return {**bundle, "entry": [*entries[:place], changed, *entries[place + 1 :]]}


@every_case
def test_dta_genes_change_no_recommendation(case: Expected) -> None:
    patient = patient_of(case["bundle"])
    day = When.day(case["as_of"] - timedelta(days=1))
    genes, mrd = [], []
    for gene in ("DNMT3A", "TET2", "ASXL1"):
        source = Source(f"Observation/{gene.lower()}-added")
        genes.append(GeneResult(day, gene, Finding.DETECTED, source))
        mrd.append(MrdResult(day, gene, Method.NGS, Tissue.MARROW, Finding.DETECTED, source))
    added = replace(patient, genes=(*patient.genes, *genes), mrd=(*patient.mrd, *mrd))
    assert answer(added, case).recommendations == answer(patient, case).recommendations
    assert answer(added, case).disease == answer(patient, case).disease


@pytest.mark.parametrize("marker", ["FLT3-ITD", "NPM1", "TP53", "SRSF2", "NRAS"])
@every_case
def test_mrd_by_sequencing_alone_brings_its_confirmation_and_nothing_else(
    case: Expected, marker: str
) -> None:
    patient = patient_of(case["bundle"])
    before = answer(patient, case)
    if before.state not in REMISSION:
        return
    day = When.day(case["as_of"])
    source = Source("Observation/ngs-added")
    found = MrdResult(day, marker, Method.NGS, Tissue.MARROW, Finding.DETECTED, source)
    after = answer(replace(patient, mrd=(*patient.mrd, found)), case)
    assert after.state is before.state
    assert {r for r in after.recommendations if r.code != "confirm-mrd"} == {
        r for r in before.recommendations if r.code != "confirm-mrd"
    }
    alone = before.state is not State.REMISSION_MRD_POSITIVE  # found by another method too
    assert ("confirm-mrd" in {r.code for r in after.offered}) is alone


@every_case
def test_without_a_test_of_this_event_no_targeted_drug_is_offered(case: Expected) -> None:
    patient = replace(patient_of(case["bundle"]), genes=(), mrd=(), karyotypes=())
    assert not TARGETED & {r.code for r in answer(patient, case).offered}


@pytest.mark.parametrize("state", [State.NOT_AML, State.APL, State.PEDIATRIC])
@every_case
def test_out_of_scope_nothing_at_all_is_said(case: Expected, state: State) -> None:
    whole = patient_of(case["bundle"])
    found = answer(_out_of_scope(whole, state, case["as_of"]), case)
    if not whole.diagnoses:
        state = State.NOT_AML
    elif any(d.kind is DiagnosisKind.APL for d in whole.diagnoses):
        state = State.NOT_AML if state is State.NOT_AML else State.APL
    assert found.state is state
    assert not (found.recommendations or found.alerts or found.missing)
    assert to_response(found, snapshot_of(case), "an-instance").get("cards") == []


def _out_of_scope(patient: Patient, state: State, on: date) -> Patient:
    if state is State.NOT_AML:
        return replace(patient, diagnoses=())
    if state is State.PEDIATRIC:
        return replace(patient, birth=When.day(on - timedelta(days=17 * 365)))
    apl = tuple(structs.replace(d, kind=DiagnosisKind.APL) for d in patient.diagnoses)
    return replace(patient, diagnoses=apl)


@every_case
def test_everything_said_of_a_patient_has_a_source(case: Expected) -> None:
    found = answer(patient_of(case["bundle"]), case)
    assert all(r.evidence or r.updates for r in found.recommendations)
    assert all(note.evidence or note.updates for note in found.notes)
    assert all(note.evidence or note.updates for r in found.recommendations for note in r.notes)
    assert all(caution.source for r in found.recommendations for caution in r.cautions)
    assert all(alert.evidence or alert.because.sources for alert in found.alerts)


@pytest.mark.parametrize(
    "entry", [*LIBRARY.entries.values(), *LIBRARY.alerts.values()], ids=lambda e: e.id
)
def test_every_statement_of_an_entry_has_a_source(entry: Entry | AlertEntry) -> None:
    """An alert of no paper speaks of the record itself, and names the resources."""
    if isinstance(entry, AlertEntry):
        assert entry.evidence or entry.row in ("contract", "D9")
        return
    assert entry.evidence
    assert all(note.evidence or note.updates for note in entry.notes)
    assert all(caution.source for caution in entry.cautions)
