"""The page, the summary for a tumour board, and what is said where there is neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cards.render import state_summary
from page.labels import LANGUAGES
from page.sight import Sight

FOLDER = Path(__file__).parent
_JINJA = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies, and in which language its labels are. `root` has no host."""

    root: str
    key: str
    labels: Mapping[str, str]

    @property
    def home(self) -> str:
        return f"{self.root}/patients/{self.key}"

    def address(self, path: str, **query: str) -> str:
        """Of another page, in the same language."""
        return f"{self.root}{path}?{urlencode({'lang': self.labels['language'], **query})}"

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(each for each in LANGUAGES if each != self.labels["language"])


class Problem(Protocol):
    """An error that knows what was found."""

    found: str


def to_page(sight: Sight, place: Place, asked: Mapping[str, str]) -> str:
    """Everything about one patient. `asked`: the values supposed for what is not recorded."""
    return _render("page.html", place, summary=state_summary(sight.assessment))


def to_summary(sight: Sight, place: Place) -> str:
    """One printed page for a tumour board."""
    return _render("summary.html", place, summary=state_summary(sight.assessment))


def to_start(place: Place, servers: Sequence[str], *, ended: bool = False) -> str:
    """Where the page is opened without a chart: each EHR that it may read from."""
    return _render("start.html", place, servers=servers, ended=ended)


def to_error(error: Problem, place: Place) -> str:
    return _render("error.html", place, error=error)


def to_style() -> str:
    return (FOLDER / "style.css").read_text(encoding="utf-8")


def _render(template: str, place: Place, **values: object) -> str:
    return _JINJA.get_template(template).render(place=place, t=place.labels, **values)
