from __future__ import annotations

from typing import Any

import pytest

from cds_service.capability import AGAIN_S, FRESH_S, Capability, CapabilityCheck, NotOffered
from fhir_mapping.queries import QUERIES, Query

PATIENT, CONDITION = QUERIES[:2]
[REQUESTS] = [query for query in QUERIES if query.key == "requests"]


def statement(*resources: dict[str, Any], mode: str = "server") -> dict[str, Any]:
    return {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "rest": [{"mode": mode, "resource": list(resources)}],
    }


def offer(kind: str, *searches: str, can: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": kind,
        "searchParam": [{"name": name} for name in searches],
        "interaction": [{"code": code} for code in can],
    }


def asked(query: Query, *resources: dict[str, Any]) -> str:
    capability = Capability.of(statement(*resources))
    assert capability is not None
    return capability.asked(query, "p1")


@pytest.mark.parametrize(
    ("query", "offered", "expected"),
    [
        (CONDITION, offer("Condition", "patient", "subject"), "Condition?patient=p1"),
        (CONDITION, offer("Condition", "subject"), "Condition?subject=Patient/p1"),
        (CONDITION, offer("Condition"), "Condition?patient=p1"),
        (CONDITION, offer("Condition", can=("search-type",)), "Condition?patient=p1"),
        (
            REQUESTS,
            offer("MedicationRequest") | {"searchInclude": ["MedicationRequest:medication"]},
            "MedicationRequest?patient=p1&_include=MedicationRequest:medication",
        ),
        (
            REQUESTS,
            offer("MedicationRequest", "subject") | {"searchInclude": ["*"]},
            "MedicationRequest?subject=Patient/p1&_include=MedicationRequest:medication",
        ),
        (
            REQUESTS,
            offer("MedicationRequest") | {"searchInclude": ["MedicationRequest:patient", 7]},
            "MedicationRequest?patient=p1",
        ),
        (PATIENT, offer("Patient", "_id", can=("read",)), "Patient/p1"),
        (PATIENT, offer("Patient"), "Patient/p1"),
    ],
)
def test_a_query_is_asked_as_the_server_understands_it(
    query: Query, offered: dict[str, Any], expected: str
) -> None:
    assert asked(query, offered) == expected


@pytest.mark.parametrize(
    ("query", "offered", "why"),
    [
        (CONDITION, offer("Patient"), "does not offer Condition"),
        (CONDITION, offer("Condition", can=("read",)), "does not offer Condition"),
        (PATIENT, offer("Patient", can=("search-type",)), "does not offer Patient"),
        (CONDITION, offer("Condition", "code"), "cannot find Condition by patient"),
    ],
)
def test_what_a_server_does_not_offer_is_not_asked(
    query: Query, offered: dict[str, Any], why: str
) -> None:
    with pytest.raises(NotOffered, match=why):
        asked(query, offered)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"resourceType": "Bundle"},
        {"resourceType": "CapabilityStatement"},
        {"resourceType": "CapabilityStatement", "rest": "none"},
        statement(),
        statement(offer("Condition"), mode="client"),
    ],
    ids=str,
)
def test_what_says_nothing_of_the_server_changes_nothing(value: object) -> None:
    assert Capability.of(value) is None
    check = CapabilityCheck()
    check.learned(value)
    assert check.known is None


def test_a_server_is_asked_once_an_hour_and_after_five_minutes_if_it_did_not_answer() -> None:
    now = 0.0
    check = CapabilityCheck(lambda: now)
    assert [check.is_due(), check.is_due()] == [True, False]
    now = AGAIN_S
    assert [check.is_due(), check.is_due()] == [True, False]
    check.learned(statement(offer("Condition")))
    now += AGAIN_S
    assert not check.is_due()
    now += FRESH_S
    assert check.is_due()
    check.learned("an error")
    assert check.known is not None
