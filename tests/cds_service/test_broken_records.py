"""Records that are broken somewhere: read as far as they go, and never a fault of ours."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.settings import Settings
from tests.support import hook_request, read_bundle

PATIENTS = ("patient-1-mrd", "patient-2", "patient-3", "order-dli-with-gvhd")
ROUNDS = 25  # calls per patient
BROKEN: tuple[Any, ...] = (
    None,
    "",
    " ",
    "Kowalski",
    "\ud800\x00",
    "9999-12-31",
    "0000-00-00",
    "2022-02-30",
    0,
    -1,
    10**30,
    1e300,
    True,
    [],
    {},
    [None],
    [[{}]],
    {"resourceType": 7},
    {"coding": {"code": 7}},
    {"value": "high", "unit": []},
    {"reference": 7},
    {"start": "later", "end": {}},
)


@pytest.fixture(scope="module")
def client(library: Library) -> FlaskClient:
    return create_app(Settings(as_of=date(2026, 8, 2)), library).test_client()


@pytest.mark.parametrize("patient_id", PATIENTS)
def test_a_record_that_is_broken_somewhere_is_answered_or_refused(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, patient_id: str
) -> None:
    whole = hook_request(read_bundle(patient_id))
    for seed in range(ROUNDS):
        request = _broken(whole, random.Random(f"{patient_id} {seed}"))
        response = client.post("/cds-services/rraml-patient-view", json=request)
        assert response.status_code in (200, 400, 412), (seed, caplog.text)


def _broken(whole: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The request with a few members of its prefetch replaced by what does not belong there."""
    request = copy.deepcopy(whole)
    for _ in range(chance.randint(1, 6)):
        places = [place for place in _places(request["prefetch"]) if place[1] != "resourceType"]
        holder, key = chance.choice(places)
        holder[key] = copy.deepcopy(chance.choice(BROKEN))
    return request


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of an object and item of a list, as its holder and its key."""
    if isinstance(value, dict | list):
        for key, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from _places(each)
