"""What is read from an answer that is not a success, and what may never be in one."""

from __future__ import annotations

import json
from typing import Any

AML = "patient-1-mrd-confirmed"
SECRET = "token-Kowalski-1968"
# Of the record, the token and the chart: nothing of it may stand in an error or in the log.
PRIVATE = (SECRET, "Kowalski", AML, "Practitioner/example", "MRN-", "Novak", "1968-05-14")


def issue_of(body: bytes) -> dict[str, Any]:
    """The one issue of an OperationOutcome that a person can act on."""
    outcome = json.loads(body)
    assert outcome["resourceType"] == "OperationOutcome"
    [issue] = outcome["issue"]
    assert issue["severity"] == "error"
    for part in ("Found: ", "Expected: ", "What to do: "):
        assert part in issue["diagnostics"]
    assert not [text for text in PRIVATE if text in body.decode()]
    return dict(issue)
