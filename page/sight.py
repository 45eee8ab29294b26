"""All that one page is made from: the record, its assessment, and the library behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aml.assess import Examination
from aml.assessment import Assessment
from aml.knowledge import Snapshot
from aml.patient import Patient


@dataclass(frozen=True, slots=True)
class Sight:
    """`patient`: the record up to the day of the answer. `resources`: by `Type/id`, as read.

    `paper`: the library as it was when the paper appeared, for the same day and place.
    `card_day`: the day of the card that opened the page, if one did. `banner`: nobody else
    shows whose chart this is. `over`: when the session ends.
    """

    examination: Examination
    snapshot: Snapshot
    paper: Snapshot
    patient: Patient
    resources: Mapping[str, Mapping[str, Any]]
    over: datetime
    paper_day: date
    card_day: date | None = None
    banner: bool = True

    @property
    def assessment(self) -> Assessment:
        return self.examination.assessment
