"""What changed since the paper, for this patient: the same facts under the library of then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aml.assess import examine
from aml.assessment import OptionStatus, Recommendation
from aml.entries import Update
from aml.knowledge import Snapshot
from page.options import by_day
from page.sight import Sight


@dataclass(frozen=True, slots=True)
class OptionChange:
    drug: str
    before: OptionStatus | None
    now: OptionStatus | None


@dataclass(frozen=True, slots=True)
class Change:
    """One code of the algorithm: what was said of it, what is said now, and on what news."""

    display: str
    before: Recommendation | None
    now: Recommendation | None
    options: tuple[OptionChange, ...]
    updates: tuple[Update, ...]


def changes_of(sight: Sight) -> tuple[Change, ...]:
    """Code by code; empty for a day before the paper, and where nothing is different."""
    if sight.snapshot.on <= sight.paper_day:
        return ()
    old = examine(sight.patient, sight.paper).assessment
    before = {r.code: r for r in old.recommendations}
    now = {r.code: r for r in sight.assessment.recommendations}
    found = []
    for code in sight.snapshot.book.codes:
        change = _change(code, before, now, sight.snapshot)
        if change is not None:
            found.append(change)
    return tuple(found)


def _change(
    code: str,
    before: Mapping[str, Recommendation],
    now: Mapping[str, Recommendation],
    snapshot: Snapshot,
) -> Change | None:
    was, is_ = before.get(code), now.get(code)
    options = tuple(_options(was, is_))
    news = {*(is_.updates if is_ else ())} - {*(was.updates if was else ())}
    strengths = {r.strength for r in (was, is_) if r is not None}
    if not options and not news and len(strengths) < 2 and (was is None) is (is_ is None):
        return None
    updates = by_day(snapshot.updates[name] for name in news)
    return Change(snapshot.book.codes[code].display, was, is_, options, updates)


def _options(was: Recommendation | None, is_: Recommendation | None) -> Iterator[OptionChange]:
    before, now = ({o.drug: o for o in r.options} if r else {} for r in (was, is_))
    for drug in sorted(before.keys() | now.keys()):
        old, new = before.get(drug), now.get(drug)
        if (old.status if old else "") != (new.status if new else ""):
            yield OptionChange(drug, old, new)
