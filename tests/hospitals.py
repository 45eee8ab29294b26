"""The patients of tests/encodings/hospitals, and what is read from each as short lines.

They are written by hand as one system or country writes: a file for each, in which each patient
is a document. Keys of a patient: `resources` as they come, or `bundle` where its own type
matters; `patient`, the id, where the record holds others too; `found`, every fact that must be
read, and no other may be; `ignored`, some of what must be set aside and why; `expect`, the
answer in the words of fixtures/expected.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from aml.patient import Amount, Course, Finding, GeneResult, MrdResult, Patient
from standin_ehr.expected import Expected

Json: TypeAlias = dict[str, Any]

HOSPITALS = Path(__file__).parent / "encodings" / "hospitals"


class _Plainly(yaml.CSafeLoader):
    """Reads a date as the words it is, as JSON does."""


_Plainly.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Hospital:
    """One patient."""

    id: str
    about: str
    bundle: Json
    patient: str
    found: frozenset[str]
    ignored: dict[str, str]
    expected: Expected


@cache
def patients() -> tuple[Hospital, ...]:
    files = sorted(HOSPITALS.glob("*.yaml"))
    return tuple(_patient(path.stem, each) for path in files for each in _loaded(path))


def load_plainly(path: Path) -> Any:
    """A YAML file whose dates are words."""
    return yaml.load(path.read_text("utf-8"), _Plainly)


def _loaded(path: Path) -> list[Json]:
    return list(yaml.load_all(path.read_text("utf-8"), _Plainly))


def _patient(system: str, said: Json) -> Hospital:
    name = f"{system}-{said['id']}"
    expect = {key: value for key, value in said["expect"].items() if key != "state_since"}
    if "state_since" in said["expect"]:
        expect["state_since"] = date.fromisoformat(said["expect"]["state_since"])
    defaults = {"jurisdiction": "US", "cards": "present"}
    expected = Expected(
        case=name,
        bundle=f"{name}.json",
        as_of=date.fromisoformat(said["as_of"]),
        **(defaults | expect),
    )
    bundle = said.get("bundle") or _collected(said["resources"])
    found = frozenset(said["found"])
    ignored = said.get("ignored", {})
    return Hospital(
        name, said["about"], bundle, said.get("patient", ""), found, ignored, expected
    )


def _collected(resources: list[Json]) -> Json:
    base = "https://ehr.example/fhir"
    entries = [
        {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def facts(patient: Patient) -> Iterator[str]:
    """All that was read, a line for each fact, without where it stands."""
    for d in patient.diagnoses:
        yield f"{d.kind.value} {d.when}"
    for b in patient.blasts:
        yield f"blasts {b.tissue.value} {b.pct} {b.when}{' regenerating' * b.regeneration}"
    for e in patient.extramedullary:
        yield f"extramedullary {e.finding.value} {e.when}"
    for r in patient.responses:
        yield f"response {r.category.value} {r.when}"
    yield from map(_mrd, patient.mrd)
    yield from map(_gene, patient.genes)
    for k in patient.karyotypes:
        yield f"karyotype {', '.join(sorted(k.lesions))} {k.when}"
    yield from map(_course, patient.courses)
    for t in patient.transplants:
        yield f"transplant {t.kind.value} {t.when}"
    for i in patient.lymphocyte_infusions:
        yield f"lymphocytes {i.when}"
    for g in patient.gvhd:
        yield " ".join(filter(None, ["GVHD", g.activity.value, g.kind, g.grade, str(g.when)]))
    for m in patient.measurements:
        yield f"{m.name} {m.value} {m.when}"
    for c in patient.comorbidities:
        yield f"{c.name} {'active' if c.active else 'over'} {c.when}"
    for s in patient.statements:
        yield f"{s.topic.value} {s.value} {s.when}"
    for h in patient.hypersensitivities:
        yield f"hypersensitive to {h.drug}"


def _mrd(r: MrdResult) -> str:
    of = [r.marker, r.method.value, r.tissue.value, r.finding.value]
    amounts = _said(
        (r.copies_per_1e4_abl1, "copies"),
        (r.pct_of_leukocytes, "%"),
        (r.vaf_pct, "% VAF"),
        (r.control_copies, "control copies"),
        (r.log_reduction, "log"),
    )
    return f"MRD {', '.join([*of, *amounts])} {r.when}"


def _gene(r: GeneResult) -> str:
    amounts = _said((r.allelic_ratio, "ratio"), (r.vaf_pct, "% VAF"))
    finding = "" if r.finding is Finding.DETECTED else f" {r.finding.value}"
    return f"{r.alteration}{finding} {', '.join([*amounts, str(r.when)])}"


def _course(c: Course) -> str:
    drugs = ", ".join(sorted(c.drugs))
    what = f"{c.regimen}: {drugs}" if c.regimen else drugs
    how = " ordered" * c.from_order + " ongoing" * c.ongoing
    return f"{what}{how}, {c.start} until {c.end}"


def _said(*amounts: tuple[Amount, str]) -> list[str]:
    return [f"{amount} {unit}" for amount, unit in amounts if amount.recorded]
