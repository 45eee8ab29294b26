"""What can be wrong with a call, as one tree.

    ServiceError            a call that gets an OperationOutcome instead of cards
    ├── BadRequest          the message cannot be used as it is
    │   ├── MalformedBody   not JSON, not an object, or nested too deeply
    │   ├── BadField        a member is missing or of the wrong kind
    │   └── AnotherPatient  the data belong to somebody else than the context says
    ├── BadMediaType        the body is not declared as JSON
    ├── NotAuthenticated    nobody proved who is calling
    ├── NotAllowed          the caller is known, and may not do this
    ├── UnknownService      no service has this id
    ├── MissingData         what is needed was neither sent nor could be read
    └── Unavailable         the service cannot do this now, and can again later

Each error knows the FHIR issue code of its OperationOutcome; the HTTP status is chosen in
`cds_service.app`. Every text says what was found, what was expected and what to do, in our own
words: values of the request, tokens and resources never get into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class ServiceError(Exception):
    """`elements`: where in the request, as FHIRPath-like names such as `context.patientId`."""

    issue_code: ClassVar[str] = "processing"

    def __init__(
        self, found: str, expected: str, advice: str, elements: Sequence[str] = ()
    ) -> None:
        super().__init__(f"Found: {found}. Expected: {expected}. What to do: {advice}.")
        self.found, self.expected, self.advice = found, expected, advice
        self.elements = tuple(elements)


class BadRequest(ServiceError):
    issue_code = "invalid"


class MalformedBody(BadRequest):
    issue_code = "structure"


class BadField(BadRequest):
    issue_code = "invalid"


class AnotherPatient(BadRequest):
    issue_code = "business-rule"


class BadMediaType(ServiceError):
    issue_code = "not-supported"


class NotAuthenticated(ServiceError):
    issue_code = "login"


class NotAllowed(ServiceError):
    issue_code = "forbidden"


class UnknownService(ServiceError):
    issue_code = "not-found"


class MissingData(ServiceError):
    issue_code = "processing"


class Unavailable(ServiceError):
    issue_code = "transient"


def operation_outcome(code: str, text: str, elements: Sequence[str] = ()) -> dict[str, object]:
    """The body of every answer that is not a success."""
    issue: dict[str, object] = {"severity": "error", "code": code, "diagnostics": text}
    if elements:
        issue["expression"] = list(elements)
    return {"resourceType": "OperationOutcome", "issue": [issue]}
