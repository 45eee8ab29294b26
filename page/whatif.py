"""What if something were known that the record leaves open: what to ask, what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aml.assessment import Assessment, Recommendation
from aml.suppose import Question, questions, suppose
from page.sight import Sight


@dataclass(frozen=True, slots=True)
class Difference:
    """One code under the supposition; None where it is not said."""

    display: str
    before: Recommendation | None
    now: Recommendation | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`chosen`: what is supposed, by question. `supposed` is None while nothing is."""

    asked: tuple[Question, ...]
    chosen: Mapping[str, str]
    supposed: Assessment | None
    differences: tuple[Difference, ...]
    changes_something: frozenset[str]  # facts that alone would change the answer


def what_if(sight: Sight, asked: Mapping[str, str]) -> WhatIf:
    """`asked`: the parameters of the address; what cannot be supposed is not looked at."""
    case = sight.examination.case
    if case is None:
        return WhatIf((), {}, None, (), frozenset())
    decisive = frozenset(m.fact for m in sight.assessment.missing)
    open_ = sorted(questions(case), key=lambda q: q.fact not in decisive)
    chosen = {q.name: asked[q.name] for q in open_ if asked.get(q.name, "") in q.values}
    supposed = suppose(sight.examination, sight.snapshot, chosen) if chosen else None
    differences = _differences(sight, supposed) if supposed else ()
    return WhatIf(tuple(open_), chosen, supposed, differences, decisive)


def _differences(sight: Sight, supposed: Assessment) -> tuple[Difference, ...]:
    before = {r.code: r for r in sight.assessment.recommendations}
    now = {r.code: r for r in supposed.recommendations}
    return tuple(
        Difference(code.display, before.get(name), now.get(name))
        for name, code in sight.snapshot.book.codes.items()
        if _strength(before.get(name)) != _strength(now.get(name))
    )


def _strength(r: Recommendation | None) -> str:
    return r.strength.value if r else ""
