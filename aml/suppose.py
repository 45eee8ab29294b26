"""What would be advised if something that is not recorded were known: for a reader to try.

Nothing here touches a record or its assessment: a supposition makes a case of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from aml.assess import Examination, alerts_of
from aml.assessment import Assessment
from aml.case import TRIED, Case, supposed
from aml.knowledge import Snapshot
from aml.logic import Unknown
from aml.missing import missing, results, with_fact
from aml.recommend import everything_said, merged


@dataclass(frozen=True, slots=True)
class Question:
    """An open fact of a case, the values that can be tried, and its name in `missing`."""

    name: str
    fact: str
    values: tuple[str, ...]


def questions(case: Case) -> tuple[Question, ...]:
    """What can be supposed of this case."""
    found = [
        Question(name, fact, tuple(_word(v) for v in values))
        for name, (fact, field, values) in TRIED.items()
        if isinstance(getattr(case, field), Unknown)
    ]
    found += [
        Question(name, name, tuple(s.value for s in states)) for name, states in results(case)
    ]
    return tuple(found)


def suppose(
    examination: Examination, snapshot: Snapshot, chosen: Mapping[str, str]
) -> Assessment | None:
    """The assessment with these facts settled so, by the names of their questions; None if
    nothing of it can be supposed.

    What is no question of this case, or no value of it, is left out.
    """
    case = examination.case
    if case is None:
        return None
    changed = case
    for question in questions(case):
        if chosen.get(question.name, "") in question.values:
            changed = _with(changed, question.name, chosen[question.name])
    if changed == case:
        return None
    answer = examination.assessment
    said = everything_said(changed, snapshot)
    return structs.replace(
        answer,
        disease=structs.replace(answer.disease, state=changed.state.value),
        recommendations=merged(said, changed, snapshot),
        alerts=tuple(alerts_of(changed, snapshot)),
        missing=missing(changed, snapshot, said),
    )


def _with(case: Case, name: str, word: str) -> Case:
    for fact, states in results(case):
        for state in states:
            if (fact, state.value) == (name, word):
                return structs.replace(case, state=structs.replace(case.state, value=state))
    fact, field, values = TRIED[name]
    value: Any = next(v for v in values if _word(v) == word)
    return with_fact(case, field, supposed(fact, value))


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
