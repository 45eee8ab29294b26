"""The link of an answer to the page, where everything behind it can be looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins

from aml.knowledge import Snapshot
from cards.models import Link

LABEL = "Course, path and evidence"


def linked(response: Mapping[str, Any], page: str, snapshot: Snapshot) -> dict[str, Any]:
    """The response with a link to the page on its first card: once is enough.

    `page` is the launch address of the app; empty where a site has none. What goes along is the
    day and the place of the answer, so that the page gives the same one.
    """
    cards = response["cards"]
    if not page or not cards:
        return dict(response)
    context = {"asOf": snapshot.on.isoformat(), "jurisdiction": snapshot.jurisdiction}
    link = Link(label=LABEL, url=page, appContext=json.dumps(context, separators=(",", ":")))
    first = {**cards[0], "links": [to_builtins(link)]}
    return {**response, "cards": [first, *cards[1:]]}
