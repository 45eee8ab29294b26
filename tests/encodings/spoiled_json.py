"""Near misses of references and bundles (5), and of traps in the JSON itself (11)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.encodings import wrapping
from tests.encodings.counts import BLASTS
from tests.encodings.genes import GENE
from tests.encodings.pen import Json
from tests.encodings.samples import MATERIAL
from tests.encodings.spoiled import Change, answer, every, near, put
from tests.encodings.spoiled_genes import gene
from tests.encodings.spoiled_sentences import blasts
from tests.encodings.wrapping import BASE, IDENTIFIER, TWIST

near(wrapping.SUBJECT, gene("IDH1"), {
    "relative": every("another's", put("subject", {"reference": "Patient/p2"})),
    "absolute": every("another's", put("subject", {
        "reference": f"{BASE}/Patient/p2",
    })),
    "with display": every("another's of that name", put("subject", {
        "reference": "Patient/other", "display": "Patient, Synthetic",
    })),
    "by identifier": every("another hospital's number", put("subject", {
        "identifier": {**IDENTIFIER, "system": "https://other.example/mrn"},
    })),
})  # fmt: skip
near(wrapping.BUNDLE, gene("IDH1"), {
    "collection": every("of another in the collection", put("subject", {
        "reference": f"{BASE}/Patient/second",
    })),
    "searchset": every("the subject left out", put("subject", {"display": "not included"})),
    "urn:uuid": every("by a search for another", put("subject", {
        "reference": "Patient?identifier=https://ehr.example/mrn|MRN-2",
    })),
})  # fmt: skip


def _specimen(form: str) -> Change:
    def mutate(resource: Json) -> None:
        if "specimen" in resource:
            name = resource["specimen"]["reference"]
            resource["specimen"] = {"reference": form.format(name=name, id=name.split("/")[1])}

    return every("leads nowhere", mutate)


near(wrapping.REFERENCE, gene("NF1"), {
    "relative": _specimen("Specimen/0{id}"),
    "absolute": _specimen(BASE + "/Specimen/0{id}"),
    "versioned": _specimen(BASE + "/Substance/{id}/_history/2"),
}, by={GENE: "named in words", MATERIAL: "Specimen.type by SNOMED CT"},
     without=every("left out", lambda resource: resource.pop("specimen", None)))  # fmt: skip


def _withdrawn(*, first: bool) -> Change:
    """The result, and its next version, which takes it back and stands first or last."""

    def spoil(resources: list[Json]) -> list[Json]:
        [result] = resources
        later: Json = {**deepcopy(result), "status": "entered-in-error"}
        result["meta"], later["meta"] = {"versionId": "1"}, {"versionId": "2"}
        return [later, result] if first else [result, later]

    return Change("taken back by its next version", resources=spoil)


near(wrapping.ORDER, gene("IDH1"), {
    "as written": _withdrawn(first=True),
    "reversed": _withdrawn(first=False),
    "by type": _withdrawn(first=True),
}, by={MATERIAL: "specimen.display alone"})  # fmt: skip


def twisted(name: str, mutate: Callable[[Json], object]) -> Change:
    """After the twist, the resource is changed."""

    def spoiled(twist: Callable[[Json], None]) -> Callable[[Json], None]:
        def both(resource: Json) -> None:
            twist(resource)
            mutate(resource)

        return both

    return Change(name, spoiled)


def _other_case(resource: Json) -> None:
    resource["Status"] = resource.pop("status")


def _first(coding: dict[str, Any]) -> Callable[[Json], None]:
    """The first code is another, or in another system."""

    def mutate(resource: Json) -> None:
        codes = resource["code"].get("coding")
        if codes and "code" in resource and resource["resourceType"] == "Observation":
            codes[0].update(coding)
            codes[0].pop("display", None)

    return mutate


def _local_alone(resource: Json) -> None:
    resource["code"]["coding"] = resource["code"]["coding"][:1]


near(TWIST, gene("IDH1"), {
    "plain": twisted("a member in capitals", _other_case),
    "non-breaking spaces and hyphens": twisted("a question", answer(
        valueString="detected\u00a0?",
    )),
    "extensions everywhere": twisted("there alone", answer(valueString="see extension")),
    "userSelected and empty members": twisted("an empty answer", answer(valueString="")),
}, by={GENE: "named in words", MATERIAL: "specimen.display alone"})  # fmt: skip
near(TWIST, blasts("46", "marrow"), {
    "systems by OID": twisted("of another system", _first({
        "system": "urn:oid:2.16.840.1.113883.6.96",
    })),
    "local code first": twisted("the local code alone", _local_alone),
    "blanks around codes": twisted("a blank within", _first({"code": " 111 50-0 "})),
    "LOINC without system": twisted("a digit away", _first({"code": "11150-1"})),
    "https and a version in the system": twisted("another host", _first({
        "system": "https://loinc.example",
    })),
}, by={BLASTS: "by LOINC", MATERIAL: "specimen.display alone"})  # fmt: skip
near(TWIST, blasts("46", "marrow"), {
    "decimals as strings": twisted("no decimal", put("valueQuantity.value", "4,6,0")),
}, by={BLASTS: "by LOINC", MATERIAL: "specimen.display alone"}, leaves="amount")  # fmt: skip
