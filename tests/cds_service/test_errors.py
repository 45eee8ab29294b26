from __future__ import annotations

import pytest

from cds_service import errors
from cds_service.errors import (
    AnotherPatient,
    BadField,
    BadMediaType,
    BadRequest,
    MalformedBody,
    MissingData,
    NotAllowed,
    NotAuthenticated,
    ServiceError,
    Unavailable,
    UnknownService,
    operation_outcome,
)

# http://hl7.org/fhir/R4/valueset-issue-type.html, as far as it could be meant here
ISSUE_TYPES = {
    "invalid", "structure", "required", "value", "processing", "not-supported", "not-found",
    "business-rule", "exception", "too-long", "security", "login", "timeout", "incomplete",
    "forbidden", "transient",
}  # fmt: skip
ERRORS = (
    ServiceError,
    BadRequest,
    MalformedBody,
    BadField,
    AnotherPatient,
    BadMediaType,
    NotAuthenticated,
    NotAllowed,
    UnknownService,
    MissingData,
    Unavailable,
)

each_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)


@each_error
def test_an_error_has_an_issue_code_of_fhir(error: type[ServiceError]) -> None:
    assert error.issue_code in ISSUE_TYPES


@each_error
def test_the_tree_at_the_head_of_the_module_names_every_error(
    error: type[ServiceError],
) -> None:
    assert f" {error.__name__} " in str(errors.__doc__)


def test_the_list_of_this_test_names_every_error() -> None:
    found, waiting = {ServiceError}, [ServiceError]
    while waiting:
        below = waiting.pop().__subclasses__()
        found.update(below)
        waiting += below
    assert found == set(ERRORS)


def test_an_error_says_what_was_found_and_expected_and_what_to_do() -> None:
    error = BadField("no hook", "the name of a hook", "send it", ["hook"])
    assert str(error) == "Found: no hook. Expected: the name of a hook. What to do: send it."
    assert error.elements == ("hook",)


def test_an_operation_outcome_names_the_elements() -> None:
    assert operation_outcome("invalid", "Found: …", ["context.patientId"]) == {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "invalid",
                "diagnostics": "Found: …",
                "expression": ["context.patientId"],
            }
        ],
    }


def test_an_operation_outcome_without_elements_has_no_empty_list() -> None:
    issue = {"severity": "error", "code": "exception", "diagnostics": "Found: …"}
    assert operation_outcome("exception", "Found: …")["issue"] == [issue]
