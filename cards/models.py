"""A CDS Hooks response, as the specification bounds it; 1.0 and 2.0 clients can read it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(min_length=1)]
SUMMARY_LIMIT = 139  # "fewer than 140 characters"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Coding(Part):
    system: Text
    code: Text
    display: Text | None = None


class Source(Part):
    label: Text
    url: Text | None = None
    topic: Coding


class Action(Part):
    """A resource that the client may create, or one of its drafts that it may take away.

    A deletion names the draft and carries nothing else (cds-resp-2).
    """

    type: Literal["create", "delete"]
    description: Text
    resource: dict[str, Any] | None = None
    resourceId: Text | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Action:
        created = self.resource is not None and self.resourceId is None
        deleted = self.resource is None and self.resourceId is not None
        if not (created if self.type == "create" else deleted):
            raise ValueError("create carries a resource, delete a resourceId, neither both")
        return self


class Suggestion(Part):
    label: Text
    uuid: UUID
    actions: tuple[Action, ...] = Field(min_length=1)


class Link(Part):
    """To a SMART app: `url` is its launch address, to which the client adds iss and launch.
    `appContext` comes back to the app with its access token."""

    label: Text
    url: Text
    type: Literal["smart"] = "smart"
    appContext: Text


class OverrideReason(Coding):
    """Why a card was not followed; clients may show `display` alone."""

    display: Text


class Card(Part):
    """`selection_behavior` is `at-most-one`: the only value that every version knows."""

    uuid: UUID
    summary: Annotated[Text, StringConstraints(max_length=SUMMARY_LIMIT)]
    detail: Text
    indicator: Literal["info", "warning", "critical"]
    source: Source
    suggestions: tuple[Suggestion, ...] = ()
    selectionBehavior: Literal["at-most-one"] | None = None
    overrideReasons: tuple[OverrideReason, ...] = ()
    extension: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _selectable(self) -> Card:
        if bool(self.suggestions) != bool(self.selectionBehavior):
            raise ValueError("suggestions need a selectionBehavior, and only they do")
        return self


class HookResponse(Part):
    cards: tuple[Card, ...]
    extension: dict[str, Any] = Field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is sent: nothing null or empty but `cards`."""
        return self.model_dump(mode="json", exclude_defaults=True)
