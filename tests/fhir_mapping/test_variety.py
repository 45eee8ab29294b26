"""Every shape of tests/fhir_mapping/variety.yaml is read as it may be, and not further."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fhir_mapping import to_patient
from fhir_mapping.answers import decode
from fhir_mapping.resources import Resources
from tests.fhir_mapping.record import DAY
from tests.hospitals import facts, load_plainly

SHAPES = load_plainly(Path(__file__).with_name("variety.yaml"))
DATED = {"Observation": "effectiveDateTime", "DiagnosticReport": "effectiveDateTime"}


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["at"] for shape in SHAPES])
def test_a_shape_is_read_as_it_may_be(shape: dict[str, Any]) -> None:
    bundle = shape.get("bundle") or _bundle(shape)
    patient = to_patient(Resources.from_bundle(decode(json.dumps(bundle).encode()), "p"))
    found = [fact.removesuffix(f" {DAY}").rstrip(",") for fact in facts(patient)]
    assert sorted(found) == sorted(shape["found"])
    assert {each.reason for each in patient.ignored} >= set(shape.get("ignored", []))
    assert {each.reason for each in patient.unread} == set(shape.get("unread", []))
    if "change" in shape:
        assert [gene.change for gene in patient.genes] == [shape["change"]]


def test_every_section_of_the_table_has_shapes() -> None:
    sections = {shape["at"].split()[0] for shape in SHAPES}
    expected = [f"1.{n}" for n in range(1, 14)] + [f"2.{n}" for n in range(1, 8)]
    assert sections == {*expected, *(str(n) for n in range(3, 12))}


def _bundle(shape: dict[str, Any]) -> dict[str, Any]:
    entries = [{"resource": {"resourceType": "Patient", "id": "p", **shape.get("patient", {})}}]
    for number, written in enumerate(shape.get("resources") or [shape["resource"]]):
        kind = written.get("resourceType", "Observation")
        whole = {
            "resourceType": kind,
            "id": f"r{number}",
            "subject": {"reference": "Patient/p"},
        }
        if kind in DATED:
            whole |= {"status": "final"}
            whole |= {} if "issued" in written else {DATED[kind]: DAY}
        whole = {k: v for k, v in {**whole, **written}.items() if v is not None}
        entry = {"resource": whole}
        if full_url := whole.pop("fullUrl", None):
            entry["fullUrl"] = full_url
        entries.append(entry)
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
