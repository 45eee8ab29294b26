"""Fixture records as they come to be when somebody amends or deletes something in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from standin_ehr.expected import Expected
from tests.support import hook_request, read_bundle, resources_of

Json = dict[str, Any]


def copied(name: str, suffix: str) -> Json:
    """The record under ids of its own, so that a test can change it without another's harm."""
    bundle = read_bundle(name)
    text = json.dumps(bundle)
    for resource in resources_of(bundle):
        old, new = resource["id"], f"{resource['id']}-{suffix}"
        text = text.replace(f'"id": "{old}"', f'"id": "{new}"').replace(f'/{old}"', f'/{new}"')
    return dict(json.loads(text))


def resource(bundle: Mapping[str, Any], start_of_id: str) -> Json:
    """The one resource of the record whose id begins so."""
    [found] = [r for r in resources_of(bundle) if str(r["id"]).startswith(start_of_id)]
    return dict(found)


def patient_id(bundle: Mapping[str, Any]) -> str:
    [found] = [r for r in resources_of(bundle) if r["resourceType"] == "Patient"]
    return str(found["id"])


def having(bundle: Json, changed: Json) -> Json:
    """The record with this resource in place of the one with its id."""
    return bundle | {"entry": [_having(entry, changed) for entry in bundle["entry"]]}


def lacking(bundle: Json, removed: Json) -> Json:
    return bundle | {
        "entry": [e for e in bundle["entry"] if e["resource"]["id"] != removed["id"]]
    }


def sent_whole(bundle: Json, case: Expected) -> Json:
    """The call that brings the whole record as prefetch, for the day of the case."""
    return {**hook_request(bundle), "extension": replay(case)}


def replay(case: Expected) -> Json:
    day = {"asOf": case.as_of.isoformat(), "jurisdiction": case.jurisdiction}
    return {"org.rraml.replay": day}


def _having(entry: Json, changed: Json) -> Json:
    same = entry["resource"]["id"] == changed["id"]
    return entry | {"resource": changed} if same else entry
