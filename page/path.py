"""The path through the algorithm: which rules of the state were met, unmet or left open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from aml.assessment import dated
from aml.case import Case
from aml.criteria import WORDS, holds
from aml.entries import Entry
from aml.knowledge import Snapshot
from aml.logic import Truth, Verdict
from aml.recommend import speak
from aml.states import MRD_RELAPSE, OVERT, REMISSION, State
from cards.algorithm import Algorithm, read_algorithm
from cards.clauses import aloud

STAGES = (
    ("stage_untreated", frozenset({State.UNTREATED, State.IN_TREATMENT})),
    ("stage_remission", REMISSION),
    ("stage_mrd", MRD_RELAPSE),
    ("stage_suspected", frozenset({State.RELAPSE_SUSPECTED, State.INDETERMINATE})),
    ("stage_overt", OVERT),
)
TITLES = {"D": "Goals of care on record"}  # of what the product decides beside the paper
_ORDER = {"met": 0, "unknown": 1, "against": 2, "unmet": 3}


@dataclass(frozen=True, slots=True)
class Step:
    """A condition with its verdict; `joined` is all, any or not where it has parts."""

    truth: str
    words: str
    meaning: str = ""
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    joined: str = ""
    parts: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """`outcome`: met (it speaks), unknown, unmet, or against (it is met, and excluded)."""

    id: str
    row: str
    title: str
    outcome: str
    strength: str
    when: Step | None
    provided: tuple[Step, ...]
    unless: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """The rules of one branch; its own outcome is the firmest of theirs."""

    id: str
    title: str
    outcome: str
    rules: tuple[Rule, ...]

    @property
    def counted(self) -> dict[str, int]:
        return {name: sum(r.outcome == name for r in self.rules) for name in _ORDER}


@dataclass(frozen=True, slots=True)
class Stage:
    label: str
    here: bool


@cache
def _algorithm() -> Algorithm:
    return read_algorithm()


def stages_of(state: State) -> tuple[Stage, ...]:
    return tuple(Stage(label, state in states) for label, states in STAGES)


def path_of(case: Case, snapshot: Snapshot) -> tuple[Branch, ...]:
    """The branches that the state leads into, those that speak first."""
    by_part: dict[str, list[Rule]] = {}
    algorithm = _algorithm()
    for entry in snapshot.entries:
        if case.state.value in entry.states:
            by_part.setdefault(algorithm.part_of(entry.row), []).append(
                _rule(entry, case, snapshot)
            )
    titles = {part.id: part.title for part in algorithm.parts} | TITLES
    branches = [
        Branch(
            part,
            titles.get(part, ""),
            min((r.outcome for r in rules), key=_ORDER.__getitem__),
            tuple(sorted(rules, key=lambda r: (_ORDER[r.outcome], r.row, r.id))),
        )
        for part, rules in by_part.items()
    ]
    order = list(titles)
    return tuple(
        sorted(
            branches,
            key=lambda b: (_ORDER[b.outcome], order.index(b.id) if b.id in order else 99),
        )
    )


def _rule(entry: Entry, case: Case, snapshot: Snapshot) -> Rule:
    spoken = speak(entry, case, snapshot)
    when = _step(entry.when, case) if entry.when is not None else None
    provided = tuple(_step(c, case) for c in entry.provided)
    unless = tuple(_step(c, case) for c in entry.unless)
    if spoken is not None:
        outcome = "met" if spoken.strength.offered else "against"
        strength = spoken.strength.value
    else:
        unmet = [s for s in (when, *provided) if s and s.truth == Truth.UNMET.value]
        outcome, strength = ("unmet" if unmet else "unknown"), ""
    title = entry.card.title
    return Rule(entry.id, entry.row, title, outcome, strength, when, provided, unless)


def _step(clause: object, case: Case) -> Step:
    verdict = holds(clause, case)
    match clause:
        case {"all": parts} | {"any": parts} if isinstance(clause, dict) and isinstance(
            parts, list
        ):
            joined = next(iter(clause))
            inner = tuple(_step(part, case) for part in parts)
            return Step(verdict.truth.value, "", joined=joined, parts=inner)
        case {"not": part}:
            inner = (_step(part, case),)
            return Step(verdict.truth.value, "", joined="not", parts=inner)
    return _leaf(clause, verdict)


def _leaf(clause: object, verdict: Verdict) -> Step:
    name = clause if isinstance(clause, str) else next(iter(_mapping(clause)))
    meaning = " ".join((WORDS[name].definition.__doc__ or "").split())
    return Step(
        verdict.truth.value,
        aloud(clause),
        meaning,
        tuple(dict.fromkeys(_facts(verdict))),
        tuple(dict.fromkeys(s for k in verdict.because for s in k.sources if s)),
    )


def _mapping(clause: object) -> dict[str, object]:
    return clause if isinstance(clause, dict) else {}


def _facts(verdict: Verdict) -> Iterator[str]:
    yield from (dated(k) for k in verdict.because if k.says)
    yield from (f"{u.name.replace('-', ' ')}: {u.why.value}" for u in verdict.missing)
