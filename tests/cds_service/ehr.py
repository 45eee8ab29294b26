"""The stand-in EHR, counting what it is asked, and hook requests that point to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standin_ehr.records import Ehr
from standin_ehr.search import Json
from tests.support import hook_request, read_bundle

REST = (
    "Observation",
    "DiagnosticReport",
    "Specimen",
    "Procedure",
    "MedicationRequest",
    "MedicationAdministration",
    "MedicationStatement",
    "CarePlan",
)


class CountingEhr(Ehr):
    """`asked`: the resource type of every read and every page of a search, in order."""

    asked: list[str]

    def of(self, kind: str) -> dict[str, Json]:
        self.__dict__.setdefault("asked", []).append(kind)
        return super().of(kind)


def call_of(patient_id: str, *sent: str, **members: Any) -> dict[str, Any]:
    """A request for a fixture patient: only these prefetch keys, and further members."""
    whole = hook_request(read_bundle(patient_id))
    prefetch: Any = whole["prefetch"]
    return whole | {"prefetch": {key: prefetch[key] for key in sent}} | members


def with_prefetch(request: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """The request with other values under these prefetch keys."""
    return {**request, "prefetch": {**request["prefetch"], **values}}


def authorized(fhir_url: str, token: str) -> dict[str, Any]:
    """The members of a request by which its server is read."""
    authorization = {"access_token": token, "token_type": "Bearer", "expires_in": 300}
    return {"fhirServer": fhir_url, "fhirAuthorization": authorization}
