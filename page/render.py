"""The page, the summary for a tumour board, and what is said where there is neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aml.assessment import Assessment
from aml.states import OUT_OF_SCOPE, OVERT
from cards import wording
from cards.detail import footer
from cards.render import silent, state_summary
from page.changes import changes_of
from page.charts import draw
from page.clones import clones_of
from page.course import course_of_disease
from page.entries import anchor
from page.options import Fact, facts_of, not_offered, offered
from page.path import path_of, stages_of
from page.person import person_of
from page.place import Place
from page.record import record_of
from page.sight import Sight
from page.whatif import what_if

FOLDER = Path(__file__).parent
SECTIONS = ("state", "course", "path", "whatif", "options", "clones", "changes", "record")
BESIDE = {
    "donor-cells": "donor cells",
    "performance-improved": "performance improved by the last line",
    "mrd-around-hct": "MRD around the HCT",
}
_JINJA = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_JINJA.globals |= {
    "anchor": anchor,
    "plain": wording.plain,
    "missing": wording.MISSING,
    "asked_of": wording.MISSING | BESIDE,
    "targets": wording.TARGETS,
    "group_titles": wording.GROUPS,
    "silent": frozenset(s.value for s in OUT_OF_SCOPE),
}


class Problem(Protocol):
    """An error that knows what was found, what was expected, and what to do."""

    found: str
    expected: str
    advice: str


def to_page(sight: Sight, place: Place, asked: Mapping[str, str]) -> str:
    """Everything about one patient. `asked`: the values supposed for what is not recorded."""
    case, course = sight.examination.case, course_of_disease(sight)
    record = record_of(sight)
    tried = what_if(sight, asked)
    clones = clones_of(sight.patient, sight.snapshot)
    own = {
        "course": course,
        "chart": Markup(draw(course, place.labels)),
        "clones": clones,
        "stages": stages_of(sight.assessment.state),
        "branches": path_of(case, sight.snapshot) if case else (),
        "tried": tried,
        "supposed_state": _state_words(tried.supposed) if tried.supposed else "",
        "changes": changes_of(sight),
        "before_paper": sight.snapshot.on <= sight.paper_day,
        "paper_day": sight.paper_day.isoformat(),
        "record": record,
        "shown": frozenset(r.name for r in record),
        "card_note": _card_note(sight, place),
        "sections": SECTIONS if case else ("state", "course", "options", "clones", "record"),
        "over": f"{sight.over:%H:%M} UTC",
    }
    return _render("page.html", place, **_common(sight), **own)


def to_summary(sight: Sight, place: Place) -> str:
    """One printed page for a tumour board."""
    course = course_of_disease(sight)
    clones = clones_of(sight.patient, sight.snapshot)
    own = {
        "course": course,
        "chart": Markup(draw(course, place.labels)),
        "clones": clones,
        "shown": frozenset(),
    }
    return _render("summary.html", place, **_common(sight), **own)


def to_start(place: Place, servers: Sequence[str], *, ended: bool = False) -> str:
    """Where the page is opened without a chart: each EHR that it may read from."""
    return _render("start.html", place, servers=servers, ended=ended)


def to_error(error: Problem, place: Place) -> str:
    return _render("error.html", place, error=error)


def to_style() -> str:
    return (FOLDER / "style.css").read_text(encoding="utf-8")


def _common(sight: Sight) -> dict[str, Any]:
    a, snapshot = sight.assessment, sight.snapshot
    deciding = facts_of(a.disease.because)
    facets = [wording.FACETS[f] for f in a.facets if f in wording.FACETS]
    return {
        "a": a,
        "headline": _headline(a),
        "state_words": _state_words(a),
        "deciding": deciding,
        "others": tuple(f for f in facts_of(a.facts) if f not in deciding),
        "facets": "; ".join(facets),
        "alerts": _alerts(a),
        "unjudged": (*a.unknown_factors, *(a.unchecked if a.state in OVERT else ())),
        "groups": offered(a, snapshot) if not silent(a) else [],
        "rest": not_offered(a, snapshot) if not silent(a) else (),
        "codes": {name: code.display for name, code in snapshot.book.codes.items()},
        "footer": footer(a, snapshot),
        "who": person_of(sight) if sight.banner else None,
    }


def _alerts(a: Assessment) -> tuple[tuple[str, Fact | None], ...]:
    """What each alert says, and the fact behind it."""
    return tuple(
        (alert.text, next(iter(facts_of([alert.because])), None)) for alert in a.alerts
    )


def _headline(a: Assessment) -> str:
    """As on the state card; of a patient without cards, why there are none."""
    if not silent(a):
        return state_summary(a)
    return f"No advice: {(a.excluded or a.state.value).replace('-', ' ')}"


def _state_words(a: Assessment) -> str:
    if a.state in OUT_OF_SCOPE:
        return a.state.value
    return wording.state_words(a.state, str(a.disease.since or ""))


def _card_note(sight: Sight, place: Place) -> str:
    day, today = sight.card_day, sight.snapshot.on
    if day is None or day == today:
        return ""
    return place.labels["card_day"].format(day=day.isoformat(), today=today.isoformat())


def _render(template: str, place: Place, **values: object) -> str:
    return _JINJA.get_template(template).render(place=place, t=place.labels, **values)
