"""What a card tells the page that it opens: for which day and place, and nothing of a patient.

It travels as `appContext` of the card's link, which the EHR hands back with the access token.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cds_service.wire import IsoDay


class CardContext(BaseModel):
    """Empty where the page was opened by something else than a card of ours."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    asOf: IsoDay | None = None
    jurisdiction: Literal["US", "EU"] | None = None

    def written(self) -> str:
        return self.model_dump_json(exclude_none=True)


def context_of(day: date, jurisdiction: Literal["US", "EU"]) -> str:
    """The `appContext` of a card for this day and place."""
    return CardContext(asOf=day, jurisdiction=jurisdiction).written()


def read_context(value: object) -> CardContext:
    """What came back; anything that is not ours is nobody's context, and no error.

    EHRs hand it back as the string it was, or decoded.
    """
    try:
        return CardContext.model_validate(
            json.loads(value) if isinstance(value, str) else value
        )
    except (ValueError, ValidationError, RecursionError):
        return CardContext()
