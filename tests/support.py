"""What several tests share: the fixture files, and hook requests made from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TypedDict, TypeVar
from uuid import NAMESPACE_URL, uuid5

import yaml

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PATIENTS = FIXTURES / "patients"
HOOKS = FIXTURES / "hooks"
FHIR_BASE = "https://ehr.example/fhir"

# Prefetch key to resource type; `patient` holds the resource itself.
PREFETCH = {
    "conditions": "Condition",
    "observations": "Observation",
    "reports": "DiagnosticReport",
    "specimens": "Specimen",
    "procedures": "Procedure",
    "requests": "MedicationRequest",
    "administrations": "MedicationAdministration",
    "statements": "MedicationStatement",
    "careplans": "CarePlan",
}

Json = dict[str, object]
T = TypeVar("T")


class Expected(TypedDict, total=False):
    """One entry of fixtures/expected.yaml, which says at its top what each key means."""

    case: str
    bundle: str
    as_of: date
    jurisdiction: str
    state: str
    state_since: date
    facets: list[str]
    targets: dict[str, str]
    recommendations: dict[str, str]
    absent: list[str]
    not_recommended: list[str]
    options: dict[str, dict[str, str]]
    alerts: list[str]
    ignored: list[str]
    missing_changes: list[str]
    cards: str


def read_bundle(name: str) -> Json:
    """A bundle of fixtures/patients/ by its file name, with or without `.json`."""
    path = PATIENTS / f"{name.removesuffix('.json')}.json"
    bundle: Json = json.loads(path.read_text(encoding="utf-8"))
    return bundle


def read_expected() -> list[Expected]:
    text = (FIXTURES / "expected.yaml").read_text(encoding="utf-8")
    cases: list[Expected] = yaml.load(text, yaml.CSafeLoader)
    return cases


def resources_of(bundle: Mapping[str, object]) -> list[Json]:
    entries = bundle.get("entry", [])
    assert isinstance(entries, list)
    return [entry["resource"] for entry in entries]


def hook_request(bundle: Mapping[str, object], **context: str) -> Json:
    """A patient-view request that sends the whole bundle as prefetch.

    `context` adds to the hook's context or replaces what is in it (`userId`, `encounterId`).
    The hook instance depends on the patient alone, so that the same bundle gives the same
    request. Resources of a type that no prefetch key asks for are left out.
    """
    resources = resources_of(bundle)
    patient = next(each for each in resources if each["resourceType"] == "Patient")
    prefetch: Json = {"patient": patient}
    for key, kind in PREFETCH.items():
        prefetch[key] = _searchset(each for each in resources if each["resourceType"] == kind)
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid5(NAMESPACE_URL, f"{FHIR_BASE}/Patient/{patient['id']}")),
        "context": {"userId": "Practitioner/example", "patientId": patient["id"], **context},
        "prefetch": prefetch,
    }


def _searchset(resources: Iterable[Json]) -> Json:
    entries = [
        {
            "fullUrl": f"{FHIR_BASE}/{each['resourceType']}/{each['id']}",
            "resource": each,
            "search": {"mode": "match"},
        }
        for each in resources
    ]
    empty: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return {**empty, "entry": entries} if entries else empty


def one_by_one(
    things: Iterable[tuple[str, T]],
) -> Callable[[Callable[[T], None]], Callable[[], None]]:
    """One test for each of many things, counted as one: to keep account of a thousand tests of
    a millisecond takes longer than they do. What fails is named."""
    named = list(things)

    def of(test: Callable[[T], None]) -> Callable[[], None]:
        def each() -> None:
            assert named
            for name, thing in named:
                try:
                    test(thing)
                except Exception as error:
                    error.add_note(f"in {name}")
                    raise

        each.__name__, each.__doc__ = test.__name__, test.__doc__
        each.__dict__.update(test.__dict__)
        return each

    return of
