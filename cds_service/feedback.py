"""What a user did with a card, as the client reports it (CDS Hooks, Feedback).

Lenient where clients differ: an override reason needs no system, and a card that this service
does not remember is taken all the same.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from cds_service.request import as_object, bad_field
from cds_service.store import FeedbackRow

MOST_ENTRIES = 200
_UTC = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,20})?([Zz]|[+-]00:00)"
)
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


def _moment(value: object) -> datetime:
    if isinstance(value, str) and _UTC.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper())
        except ValueError:
            pass  # a day that no calendar has: said below, as any other wrong form is
    raise ValueError("expected a UTC date and time by RFC 3339 such as 2026-01-31T12:00:00Z")


def _uuid(value: object) -> UUID:
    """Clients may write it in capitals; its other spellings are not of this specification."""
    if isinstance(value, str) and len(value) == 36:
        try:
            return UUID(value)
        except ValueError:
            pass  # said below
    raise ValueError("expected the uuid of a card or suggestion")


def _writable(value: object) -> object:
    """A null is as if it were absent; what a database could not hold is marked."""
    if value is None:
        return ""
    return _UNWRITABLE.sub("\ufffd", value) if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Uuid = Annotated[UUID, BeforeValidator(_uuid)]
Written = Annotated[StrictStr, BeforeValidator(_writable)]
Short = Annotated[Written, StringConstraints(max_length=1000)]
Comment = Annotated[Written, StringConstraints(max_length=10_000)]


class _Member(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Reason(_Member):
    """The Coding of an override reason. The sandbox sends neither system nor display."""

    code: Annotated[Short, StringConstraints(min_length=1)]
    system: Short = ""
    display: Short = ""


class OverrideReason(_Member):
    """Rule cds-fb-3: a reason, or words, or both."""

    reason: Reason | None = None
    userComment: Comment = ""

    @model_validator(mode="after")
    def _says_something(self) -> OverrideReason:
        if self.reason is None and not self.userComment:
            raise ValueError("expected reason or userComment")
        return self


class AcceptedSuggestion(_Member):
    id: Uuid


class Entry(_Member):
    """Rules cds-fb-1 (the outcomes there are) and cds-fb-2 (what was accepted is named)."""

    card: Uuid
    outcome: Literal["accepted", "overridden"]
    outcomeTimestamp: Moment
    acceptedSuggestions: tuple[AcceptedSuggestion, ...] | None = None
    overrideReason: OverrideReason | None = None

    @model_validator(mode="after")
    def _names_what_was_accepted(self) -> Entry:
        if self.outcome == "accepted" and not self.acceptedSuggestions:
            raise ValueError("expected acceptedSuggestions with the id of each")
        return self

    def row(self, client: str, service: str) -> FeedbackRow:
        override = self.overrideReason or OverrideReason.model_construct()
        reason = override.reason or Reason.model_construct(code="")
        return FeedbackRow(
            client=client,
            service=service,
            card=str(self.card),
            outcome=self.outcome,
            outcome_timestamp=self.outcomeTimestamp,
            accepted_suggestions=tuple(str(s.id) for s in self.acceptedSuggestions or ()),
            reason_system=reason.system,
            reason_code=reason.code,
            reason_display=reason.display,
            user_comment=override.userComment,
        )


class Feedback(_Member):
    feedback: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=MOST_ENTRIES)]

    def rows(self, client: str, service: str) -> tuple[FeedbackRow, ...]:
        return tuple(entry.row(client, service) for entry in self.feedback)


def read_feedback(raw: bytes) -> Feedback:
    """The body of a feedback call. Raises MalformedBody or BadField."""
    body: dict[str, Any] = as_object(raw, "an object with feedback, a list of entries")
    try:
        return Feedback.model_validate(body)
    except ValidationError as error:
        raise bad_field(error) from None
