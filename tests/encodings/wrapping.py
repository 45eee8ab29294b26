"""The bundle around the resources: references, order (5), and traps in the JSON itself (11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any, TypeAlias

from tests.encodings.pen import Choice, Json, Pen

BASE = "https://ehr.example/fhir"
IDENTIFIER: Json = {"system": "https://ehr.example/mrn", "value": "MRN-1"}
Link: TypeAlias = Callable[[str], Json]
Twist: TypeAlias = Callable[[Json], None]

REFERENCE: Choice[Link] = Choice("reference", "5", {
    "relative": lambda name: {"reference": name},
    "absolute": lambda name: {"reference": f"{BASE}/{name}"},
    "versioned": lambda name: {"reference": f"{BASE}/{name}/_history/2"},
})  # fmt: skip
SUBJECT: Choice[Link] = Choice("subject", "5", {
    "relative": lambda name: {"reference": name},
    "absolute": lambda name: {"reference": f"{BASE}/{name}"},
    "with display": lambda name: {"reference": name, "display": "Patient, Synthetic"},
    "by identifier": lambda name: {"identifier": IDENTIFIER},
})  # fmt: skip
BUNDLE = Choice("bundle", "5", {
    "collection": ("collection", False),
    "searchset": ("searchset", False),
    "urn:uuid": ("transaction", True),
})  # fmt: skip
ORDER: Choice[Callable[[list[Json]], list[Json]]] = Choice("order of entries", "5", {
    "as written": lambda resources: resources,
    "reversed": lambda resources: resources[::-1],
    "by type": lambda resources: sorted(resources, key=lambda r: str(r["resourceType"])),
})  # fmt: skip
TWIST: Choice[Twist] = Choice("JSON")


@TWIST.way("11", "plain")
def _plain(resource: Json) -> None:
    """As it is."""


@TWIST.way("11", "decimals as strings")
def _strings(resource: Json) -> None:
    for part in _objects(resource):
        if isinstance(part.get("value"), Decimal):
            part["value"] = f"{part['value']:f}"


@TWIST.way("11", "non-breaking spaces and hyphens")
def _non_breaking(resource: Json) -> None:
    for part in _objects(resource):
        for name in ("text", "display", "valueString", "conclusion", "title", "unit"):
            if isinstance(part.get(name), str):
                part[name] = part[name].replace(" ", "\u00a0").replace("-", "\u2011")


@TWIST.way("11", "systems by OID")
def _by_oid(resource: Json) -> None:
    for coding in _codings(resource):
        number = _OIDS.get(coding.get("system", ""))
        if number:
            coding["system"] = f"urn:oid:2.16.840.1.113883.6.{number}"


_OIDS = {
    "http://loinc.org": "1",
    "http://snomed.info/sct": "96",
    "http://hl7.org/fhir/sid/icd-10-cm": "90",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "88",
    "http://www.whocc.no/atc": "73",
    "http://www.cms.gov/Medicare/Coding/ICD10": "4",
    "http://www.ama-assn.org/go/cpt": "12",
}


@TWIST.way("11", "local code first")
def _local_first(resource: Json) -> None:
    code = resource.get("code")
    if isinstance(code, dict):
        local = {"system": "urn:oid:1.2.840.114350.1.13.0.1", "code": "1230100"}
        code["coding"] = [local, *code.get("coding", [])]


@TWIST.way("11", "blanks around codes")
def _blanks(resource: Json) -> None:
    for coding in _codings(resource):
        if coding.get("code"):
            coding["code"] = f" {coding['code']} "


@TWIST.way("11", "LOINC without system")
def _no_system(resource: Json) -> None:
    for coding in _codings(resource):
        if coding.get("system") == "http://loinc.org":
            del coding["system"]


@TWIST.way("11", "https and a version in the system")
def _https(resource: Json) -> None:
    for coding in _codings(resource):
        if coding.get("system") == "http://snomed.info/sct":
            coding["system"] = "http://snomed.info/sct/731000124108/version/20250301"
        elif str(coding.get("system", "")).startswith("http://loinc"):
            coding["system"] = "https://loinc.org"


@TWIST.way("11", "extensions everywhere")
def _extended(resource: Json) -> None:
    unknown = {"url": "https://ehr.example/ext/source", "valueString": "FLT3-ITD positive"}
    resource.setdefault("extension", []).append(unknown)
    resource["text"] = {"status": "generated", "div": "<div>FLT3-ITD positive, relapse</div>"}


@TWIST.way("11", "userSelected and empty members")
def _user_selected(resource: Json) -> None:
    for coding in _codings(resource):
        coding["userSelected"] = True
    resource["note"] = [*resource.get("note", []), {"text": ""}]


def twisted(pen: Pen, resources: list[Json]) -> list[Json]:
    """Copies, each with the same content in JSON of another taste."""
    copies = deepcopy(resources)
    for resource in copies:
        pen.take(TWIST)(resource)
    return copies


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _codings(resource: Json) -> Iterator[Json]:
    for part in _objects(resource):
        codings = part.get("coding")
        yield from codings if isinstance(codings, list) else ()


def wrap(pen: Pen, patient: Json, resources: list[Json]) -> Json:
    """One bundle: each resource about the patient, each reference in a form of its own."""
    kind, uuids = pen.take(BUNDLE)
    mine = f"Patient/{pen.patient}"
    for resource in resources:
        _link(pen, resource, uuids=uuids)
        whose = "patient" if resource["resourceType"] in _BY_PATIENT else "subject"
        if resource["resourceType"] != "Medication" and whose not in resource:
            resource[whose] = {"reference": _urn(mine)} if uuids else pen.take(SUBJECT)(mine)
    ordered = pen.take(ORDER)([patient, *resources])
    entries = [_entry(resource, kind, uuids=uuids) for resource in ordered]
    bundle: Json = {"resourceType": "Bundle", "type": kind, "entry": entries}
    return {**bundle, "total": len(entries)} if kind == "searchset" else bundle


_BY_PATIENT = ("FamilyMemberHistory", "AllergyIntolerance")


def _urn(name: str) -> str:
    """Not a real uuid, but no reader may rely on its form."""
    return f"urn:uuid:{name.replace('/', '-').lower()}"


def _link(pen: Pen, resource: Json, *, uuids: bool) -> None:
    for part in _objects(resource):
        target = part.get("reference")
        if isinstance(target, str) and target.split("/")[0] in _LINKED:
            found = {"reference": _urn(target)} if uuids else pen.take(REFERENCE)(target)
            part.update(found)


_LINKED = ("Observation", "Specimen", "Medication")


def _entry(resource: Json, kind: str, *, uuids: bool) -> Json:
    name = f"{resource['resourceType']}/{resource['id']}"
    entry: Json = {"fullUrl": _urn(name) if uuids else f"{BASE}/{name}", "resource": resource}
    if kind == "transaction":
        return {**entry, "request": {"method": "PUT", "url": name}}
    return {**entry, "search": {"mode": "match"}} if kind == "searchset" else entry
