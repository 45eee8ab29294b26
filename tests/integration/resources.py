"""Every resource that the project keeps or suggests, each in a file of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import requests

from aml.knowledge import load
from standin_ehr.expected import read_expected
from standin_ehr.service import serving
from tests.support import FIXTURES, HOOKS, PATIENTS, hook_request, read_bundle

Json = Mapping[str, Any]
NO_SERVER = "http://127.0.0.1:1/fhir"  # everything is sent; nothing is to be read
TIMEOUT_S = 30


def collect(folder: Path) -> None:
    """Writes them to the folder; the name of a file tells where the resource is from."""
    for name, resource in [*_kept(), *_drafts(), *_suggested()]:
        path = folder / f"{name}.json"
        path.write_text(json.dumps(resource, ensure_ascii=False), encoding="utf-8")


def _kept() -> Iterator[tuple[str, Json]]:
    for path in PATIENTS.glob("*.json"):
        yield f"patient-{path.stem}", read_bundle(path.stem)
    for path in HOOKS.glob("*.json"):
        request = json.loads(path.read_text(encoding="utf-8"))
        for part in ("prefetch", "context"):
            for key, value in request.get(part, {}).items():
                if isinstance(value, dict) and "resourceType" in value:
                    yield f"hook-{path.stem}-{key}", value


def _drafts() -> Iterator[tuple[str, Json]]:
    """Those of the library: what no case is offered, some patient will be."""
    for name, draft in load(None).book.drafts.items():
        yield f"draft-{name}", {**draft.resource, "subject": {"reference": "Patient/example"}}


def _suggested() -> Iterator[tuple[str, Json]]:
    """For every case and hook request, by both jurisdictions, then and today."""
    with serving(NO_SERVER) as service, requests.Session() as http:
        http.trust_env = False
        ids = _service_ids(http.get(f"{service.url}/cds-services", timeout=TIMEOUT_S).json())
        for name, request in _calls():
            url = f"{service.url}/cds-services/{ids[request['hook']]}"
            answer = http.post(url, json=request, timeout=TIMEOUT_S)
            assert answer.ok, f"{name}: {answer.status_code}: {answer.text}"
            for number, resource in enumerate(_created(answer.json())):
                yield f"suggested-{name}-{number}", resource


def _calls() -> Iterator[tuple[str, Json]]:
    for case in read_expected(FIXTURES / "expected.yaml"):
        yield from _replayed(case.case, hook_request(read_bundle(case.bundle)), case.as_of)
    for path in HOOKS.glob("*.json"):
        request = json.loads(path.read_text(encoding="utf-8"))
        yield from _replayed(path.stem, request, None)


def _replayed(name: str, request: Json, then: date | None) -> Iterator[tuple[str, Json]]:
    for jurisdiction in ("US", "EU"):
        for day in filter(None, (then, date.today())):
            replay = {"asOf": day.isoformat(), "jurisdiction": jurisdiction}
            extension = {"org.rraml.replay": replay}
            yield f"{name}-{jurisdiction}-{day}", {**request, "extension": extension}


def _service_ids(discovery: Json) -> dict[str, str]:
    return {each["hook"]: each["id"] for each in discovery["services"]}


def _created(answer: Json) -> Iterator[Json]:
    """What the client would create or update, and of its own accord."""
    for card in answer["cards"]:
        for suggestion in card.get("suggestions", []):
            yield from _resources(suggestion.get("actions", []))
    yield from _resources(answer.get("systemActions", []))


def _resources(actions: list[Json]) -> Iterator[Json]:
    yield from (action["resource"] for action in actions if "resource" in action)
