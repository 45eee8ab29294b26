"""The records of the stand-in: resources by type and id, as a server stores them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from standin_ehr.access import Tokens
from standin_ehr.search import Json

_PATIENT = re.compile(r"(?:^|/)Patient/([^/]+)(?:/_history/[^/]*)?$")


class Ehr:
    """The records of a folder of Bundles, what was added to them, and the tokens to them."""

    def __init__(self, folder: Path) -> None:
        self._by_type: dict[str, dict[str, Json]] = {}
        self.tokens = Tokens()
        for path in sorted(folder.glob("*.json")):
            bundle = json.loads(path.read_bytes(), parse_float=Decimal)
            for resource in stored(bundle["entry"]):
                same = self._by_type.setdefault(resource["resourceType"], {})
                if resource["id"] in same:
                    raise ValueError(f"{path}: {resource['resourceType']} id used before")
                same[resource["id"]] = resource

    def issue_token(self) -> str:
        """A token that opens every record."""
        return self.tokens.issue()

    def of(self, kind: str) -> dict[str, Json]:
        return self._by_type.get(kind, {})

    def medication(self, order: Json) -> Json | None:
        """What an order, or a drug that was given, refers to, if it is here."""
        referred = order.get("medicationReference")
        reference = referred.get("reference") if isinstance(referred, Mapping) else None
        id = reference.removeprefix("Medication/") if isinstance(reference, str) else ""
        return self._by_type.get("Medication", {}).get(id)

    def record(self, patient_id: str) -> list[Json]:
        """The patient and all that is about them."""
        return [
            resource
            for same in list(self._by_type.values())
            for resource in list(same.values())
            if patient_of(resource) == patient_id
        ]

    def write(self, resource: Json) -> None:
        """Adds the resource, or puts it in the place of the one with its id."""
        kind, id = resource["resourceType"], resource["id"]
        self._by_type[kind] = self._by_type.get(kind, {}) | {id: resource}

    def remove(self, kind: str, id: str) -> None:
        """Takes the resource out, if it is there."""
        self._by_type[kind] = {k: r for k, r in self._by_type.get(kind, {}).items() if k != id}

    def replace(self, patient_id: str, record: Iterable[Json]) -> None:
        """Another record in the place of this patient's."""
        for old in self.record(patient_id):
            self.remove(old["resourceType"], old["id"])
        for new in record:
            self.write(new)


def patient_of(resource: Json) -> str:
    """The id of the patient a resource is about; empty if it is about none."""
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    for element in ("subject", "patient"):
        about = resource.get(element)
        reference = about.get("reference") if isinstance(about, Mapping) else None
        if isinstance(reference, str) and (found := _PATIENT.search(reference)):
            return found[1]
    return ""


def stored(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The resources, their references by fullUrl written as `Type/id`, as a server does."""
    names = {
        entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in entries
        if "fullUrl" in entry
    }
    return [rewritten(entry["resource"], names) for entry in entries]


def rewritten(value: Any, names: Mapping[str, str]) -> Any:
    """The value with these references under their other names."""
    if isinstance(value, dict):
        return {
            k: names.get(v, v)
            if k == "reference" and isinstance(v, str)
            else rewritten(v, names)
            for k, v in value.items()
        }
    return [rewritten(v, names) for v in value] if isinstance(value, list) else value


def as_json(value: object) -> str:
    """The text of a resource; a number keeps its value."""
    return json.dumps(value, default=_number)


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
