"""A CDS Hooks response, as the specification bounds it; 1.0 and 2.0 clients can read it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct, convert, field, to_builtins

SUMMARY_LIMIT = 139  # "fewer than 140 characters"

Text = Annotated[str, Meta(min_length=1)]
Summary = Annotated[str, Meta(min_length=1, max_length=SUMMARY_LIMIT)]


class Part(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Bounds are looked at when the response is written (`HookResponse.to_json`)."""


class Coding(Part, frozen=True, kw_only=True):
    system: Text
    code: Text
    display: Text | None = None


class Source(Part, frozen=True, kw_only=True):
    label: Text
    url: Text | None = None
    topic: Coding


class Action(Part, frozen=True, kw_only=True):
    """A resource that the client may create, or one of its drafts that it may take away.

    A deletion names the draft and carries nothing else (cds-resp-2).
    """

    type: Literal["create", "delete"]
    description: Text
    resource: dict[str, Any] | None = None
    resourceId: Text | None = None

    def __post_init__(self) -> None:
        created = self.resource is not None and self.resourceId is None
        deleted = self.resource is None and self.resourceId is not None
        if not (created if self.type == "create" else deleted):
            raise ValueError("create carries a resource, delete a resourceId, neither both")


class Suggestion(Part, frozen=True, kw_only=True):
    label: Text
    uuid: UUID
    actions: Annotated[tuple[Action, ...], Meta(min_length=1)]


class Link(Part, frozen=True, kw_only=True, omit_defaults=False):
    """To a SMART app: `url` is its launch address, to which the client adds iss and launch.
    `appContext` comes back to the app with its access token."""

    label: Text
    url: Text
    type: Literal["smart"] = "smart"
    appContext: Text


class OverrideReason(Part, frozen=True, kw_only=True):
    """Why a card was not followed; clients may show `display` alone."""

    system: Text
    code: Text
    display: Text


class Card(Part, frozen=True, kw_only=True):
    """`selection_behavior` is `at-most-one`: the only value that every version knows."""

    uuid: UUID
    summary: Summary
    detail: Text
    indicator: Literal["info", "warning", "critical"]
    source: Source
    suggestions: tuple[Suggestion, ...] = ()
    selectionBehavior: Literal["at-most-one"] | None = None
    overrideReasons: tuple[OverrideReason, ...] = ()
    extension: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.suggestions) != bool(self.selectionBehavior):
            raise ValueError("suggestions need a selectionBehavior, and only they do")


class HookResponse(Part, frozen=True, kw_only=True):
    cards: list[Card]
    extension: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is sent: nothing null or empty but `cards`.

        Raises msgspec.ValidationError for what the specification does not allow.
        """
        cards = to_builtins(self.cards)
        convert(cards, list[Card])
        return {"cards": cards} | ({"extension": self.extension} if self.extension else {})
