"""Drugs given: which line failed, what is being given, what was given without success."""

from __future__ import annotations

from datetime import date

from aml import facts
from aml.case import NO, unread_as_unknown
from aml.derivation import Derivation, met_on
from aml.event_targets import INHIBITORS
from aml.logic import Fact, Known, Truth
from aml.patient import (
    Transplant,
    TransplantKind,
    When,
)
from aml.states import OVERT, REMISSION
from aml.treatment import Line, hma_with_venetoclax


def last_line_start(d: Derivation) -> When | None:
    found = d.event_lines
    return found[-1].start if found else None


def after_hma_venetoclax(d: Derivation) -> Fact[bool]:
    """2.6: the last systemic line before the present event was an HMA with venetoclax."""
    if d.state not in OVERT:
        return NO
    found = d.event_lines
    if found and hma_with_venetoclax(found[-1], d.pharmacy) and not _hct_since(d, found[-1]):
        line = found[-1]
        says = f"last line: {', '.join(sorted(line.drugs))}"
        return Known("after-hma-venetoclax", True, says, line.start.first, line.sources)
    return unread_as_unknown(NO, unread=d.therapy_unread, name="last-line-not-hma-venetoclax")


def _hct_since(d: Derivation, line: Line) -> bool:
    """An allogeneic HCT between the line and the event: the graft was the last therapy."""
    event = d.event
    return event is not None and any(
        t.kind is TransplantKind.ALLOGENEIC
        and line.start.before(t.when) is Truth.MET
        and t.when.before(event) is Truth.MET
        for t in d.patient.transplants
    )


def ever_given(d: Derivation, drug_class: str) -> Fact[bool]:
    found = d.therapy.exposures(drug_class)
    known = [facts.course(course, names=f"{drug} given") for drug, course in found]
    return unread_as_unknown(
        met_on(drug_class, known[-1:]), unread=d.therapy_unread, name=f"no-earlier-{drug_class}"
    )


def remission_by_hma_venetoclax(d: Derivation) -> Fact[bool]:
    """V0: the remission that holds was reached on an HMA with venetoclax."""
    remission = d.course.state.remission
    if d.state not in REMISSION or remission is None:
        return NO
    before = [x for x in d.therapy.lines if x.start.before(remission) is Truth.MET]
    if not before or not hma_with_venetoclax(before[-1], d.pharmacy):
        return NO
    line = before[-1]
    return Known(
        "remission-by-hma-venetoclax",
        True,
        f"remission on {', '.join(sorted(line.drugs))}",
        line.start.first,
        line.sources,
    )


def given_now(d: Derivation) -> dict[str, Known[str]]:
    """Drugs against the leukemia begun in this event and still being given (D14)."""
    drugs = sorted(d.pharmacy.antileukemic(d.therapy.drugs))
    found = {}
    for drug in drugs:
        course = d.therapy.being_given(drug, d.on, d.event_day)
        if course is not None:
            found[drug] = facts.course(course, names=drug)
    return found


def failed_in_event(d: Derivation, given: dict[str, Known[str]]) -> frozenset[str]:
    """Targeted drugs given in this event and no longer, while the leukemia is still there."""
    if d.state not in OVERT:
        return frozenset()
    return frozenset(
        drug
        for drug_class in set(INHIBITORS.values())
        for drug, course in d.therapy.exposures(drug_class)
        if course.start.first >= d.event_day and drug not in given
    )


def therapy_end(d: Derivation, hct: Transplant | None) -> When | None:
    """The last day of the latest therapy or allogeneic HCT, as far as days are on record."""
    days = [hct.when.last] if hct is not None else []
    for cycle in d.therapy.cycles:
        for course in cycle.courses:
            end = d.therapy.ended(course, d.on)
            days.append(end.last if end else d.on if course.ongoing else course.start.last)
    return When.day(max(days)) if (days := [x for x in days if x != date.max]) else None
