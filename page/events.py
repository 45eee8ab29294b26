"""The turns of the disease on record: diagnosis, remissions, relapses, transplants."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from aml.knowledge import Snapshot
from aml.logic import Truth
from aml.marks import relapses, remissions
from aml.patient import DiagnosisKind, Patient, TransplantKind, When


class Turn(Enum):
    DIAGNOSIS = "diagnosis"
    REMISSION = "remission"
    RELAPSE = "relapse"
    TRANSPLANT = "transplant"


@dataclass(frozen=True, slots=True)
class Event:
    turn: Turn
    when: When


def events_of(patient: Patient, snapshot: Snapshot) -> tuple[Event, ...]:
    """In order of time; what has no day of its own is left out.

    A remission counts after active disease, a relapse after a remission: what is recorded again
    and again is one event.
    """
    found = [
        Event(Turn.DIAGNOSIS, d.when)
        for d in sorted(patient.diagnoses, key=lambda d: d.when)
        if d.kind is DiagnosisKind.AML and not d.when.undated
    ][:1]
    active, _ = relapses(patient, snapshot.pharmacy, snapshot.constants)
    rest = remissions(patient, snapshot.pharmacy, snapshot.constants)
    marks = [(m.when, Turn.REMISSION) for m in rest] + [(m.when, Turn.RELAPSE) for m in active]
    at_rest = False
    for when, turn in sorted(marks, key=lambda mark: (mark[0], mark[1].value)):
        if when.undated or (turn is Turn.REMISSION) is at_rest:
            continue
        at_rest = turn is Turn.REMISSION
        found.append(Event(turn, when))
    found += [
        Event(Turn.TRANSPLANT, t.when)
        for t in patient.transplants
        if t.kind is TransplantKind.ALLOGENEIC and not t.when.undated
    ]
    return tuple(sorted(found, key=lambda e: e.when))


def since(events: tuple[Event, ...], turn: Turn, before: When) -> When | None:
    """The last such event that is not later."""
    days = [e.when for e in events if e.turn is turn and before.before(e.when) is not Truth.MET]
    return max(days, default=None)
