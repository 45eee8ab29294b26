"""Transplant, GVHD and immunosuppression, and how soon a relapse came after either."""

from __future__ import annotations

from aml import facts
from aml.case import NO, unread_as_unknown
from aml.dates import add_months, days_between, within_months
from aml.derivation import Derivation, flag
from aml.logic import Fact, Known, Truth, Unknown, Why
from aml.patient import (
    Gvhd,
    GvhdActivity,
    Patient,
    Transplant,
    TransplantKind,
    When,
)
from aml.states import State

EARLY_MONTHS = 6  # 2.4: within the first 6 months, both edges included
PROPHYLAXIS_DAYS = 14  # [conv]: immunosuppression begun so long before day 0 belongs to the HCT
LONG_CR1_MONTHS = 12  # 2.4: salvage-cr-long-cr1


def last_hct(patient: Patient) -> Transplant | None:
    if not patient.transplants:
        return None
    found = [t for t in patient.transplants if t.kind is TransplantKind.ALLOGENEIC]
    return max(found, key=lambda t: (t.when, t.source), default=None)


def after_hct(d: Derivation, hct: Transplant | None) -> Fact[bool]:
    if hct is not None:
        known = facts.transplant(hct)
        return Known("after-hct", True, known.says, known.on, known.sources)
    unclear = [t for t in d.patient.transplants if t.kind is TransplantKind.UNKNOWN]
    if unclear:
        sources = tuple(sorted(t.source.resource for t in unclear))
        return Unknown("earlier-allogeneic-hct", Why.UNREADABLE, sources)
    unread = any(u.query in ("procedures", "bundle") for u in d.patient.unread)
    return unread_as_unknown(NO, unread=unread, name="earlier-allogeneic-hct")


def gvhd(patient: Patient) -> tuple[Fact[bool], Fact[bool]]:
    """Active now, and ever before; each unknown unless somebody recorded it (F17)."""
    active: Fact[bool] = Unknown("gvhd-active")
    prior: Fact[bool] = Unknown("gvhd-prior")
    if not patient.gvhd:
        return active, prior
    said = sorted(patient.gvhd, key=lambda g: (g.when.last, g.source))
    last = said[-1]
    rivals = [g for g in said if g.when.before(last.when) is not Truth.MET]
    states = {g.activity is GvhdActivity.ACTIVE for g in rivals}
    chosen = next((g for g in rivals if g.activity is GvhdActivity.ACTIVE), last)
    if len(states) == 1 or chosen.activity is GvhdActivity.ACTIVE:
        active = _gvhd_fact("gvhd-active", chosen, value=True in states)
    ever = [g for g in said if g.activity in (GvhdActivity.ACTIVE, GvhdActivity.RESOLVED)]
    never = [g for g in said if g.activity is GvhdActivity.NEVER]
    if ever:
        prior = _gvhd_fact("gvhd-prior", ever[0], value=True)
    elif never:
        prior = _gvhd_fact("gvhd-prior", never[-1], value=False)
    return active, prior


def _gvhd_fact(name: str, entry: Gvhd, *, value: bool) -> Known[bool]:
    known = facts.gvhd(entry)
    return Known(name, value, known.says, known.on, known.sources)


def immunosuppression(d: Derivation) -> Fact[bool]:
    """On record as being given. That no prescription runs is not known to mean none (7)."""
    for drug, course in reversed(d.therapy.exposures("immunosuppressant")):
        if course.end.last >= d.on and not _superseded(course.start, d):
            known = facts.course(course, names=drug)
            says = f"on {known.says}"
            return Known("immunosuppression", True, says, known.on, known.sources)
    return Unknown("immunosuppression")


def _superseded(start: When, d: Derivation) -> bool:
    """Begun before the last transplant: what runs since then is another course."""
    hct = last_hct(d.patient)
    apart = days_between(start, hct.when) if hct is not None else None
    return apart is not None and apart[0] > PROPHYLAXIS_DAYS


def early_relapse(d: Derivation) -> Fact[bool]:
    """2.4: within 6 calendar months, inclusive, of day 0 of the last allogeneic HCT since the
    previous event, else of the remission that was lost."""
    if d.state is not State.RELAPSE or d.course.state.since is None:
        return NO
    base, name = _timing_base(d)
    if base is None:
        return Unknown("relapse-timing", Why.IMPRECISE)
    verdict = within_months(base, d.course.state.since, EARLY_MONTHS)
    if verdict is Truth.UNKNOWN:
        return Unknown("relapse-timing", Why.IMPRECISE)
    early = verdict is Truth.MET
    says = f"relapse {'within' if early else 'later than'} {EARLY_MONTHS} months after {name}"
    return Known("relapse-timing", early, f"{says} ({base})")


def _timing_base(d: Derivation) -> tuple[When | None, str]:
    since, lost = d.course.state.since, d.course.state.remission
    assert since is not None
    transplants = [
        t.when
        for t in d.patient.transplants
        if t.kind is TransplantKind.ALLOGENEIC
        and t.when.before(since) is not Truth.UNMET
        and (lost is None or t.when.before(lost) is not Truth.MET)
    ]
    if transplants:
        return max(transplants), "allogeneic HCT"
    return lost, "the remission"


def long_first_remission(d: Derivation) -> Fact[bool]:
    """2.4: the first remission lasted at least 12 calendar months. Nothing is said of a later
    one, since the response rates were of patients in first relapse."""
    since, lost = d.course.state.since, d.course.state.remission
    if d.state is not State.RELAPSE or d.course.earlier_event or since is None or lost is None:
        return NO
    if since.first >= add_months(lost.last, LONG_CR1_MONTHS):
        return flag("long-remission", True)
    if since.last < add_months(lost.first, LONG_CR1_MONTHS):
        return flag("long-remission", False)
    return Unknown("relapse-timing", Why.IMPRECISE)
