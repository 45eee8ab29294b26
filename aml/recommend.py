"""Rules on a case: which entries speak, how firmly, under which open conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aml.assessment import Caution, NoteShown, OptionStatus, Recommendation
from aml.case import Case
from aml.criteria import WORDS, holds
from aml.entries import Entry, Note, Strength
from aml.knowledge import Snapshot
from aml.logic import Known, Truth, Verdict
from aml.states import OVERT

# Rows V, P and T before G, F and U (the response contract, "Strengths"), where they meet: in
# overt disease. In remission and MRD relapse the firmest row speaks, so that V0 (may be
# considered) does not weaken N6 or N8 (recommended) beside it.
PRECEDENCE = {letter: place for place, letter in enumerate("VPTGFUD")}


@dataclass(frozen=True, slots=True)
class Spoken:
    """An entry that speaks for this case. `met` is why; `excluded_by` is what forbids it."""

    entry: Entry
    strength: Strength
    met: tuple[Known[Any], ...]
    provided: tuple[str, ...] = ()
    weaker: tuple[str, ...] = ()
    options: tuple[OptionStatus, ...] = ()
    excluded_by: tuple[Known[Any], ...] = ()

    @property
    def rank(self) -> tuple[int, int, int, str]:
        contraindicated = self.strength is Strength.CONTRAINDICATED
        overt = not OVERT.isdisjoint(self.entry.states)
        row = PRECEDENCE.get(self.entry.row[0], len(PRECEDENCE)) if overt else 0
        return (0 if contraindicated else 1, row, self.strength.rank, self.entry.id)


def recommend(case: Case, snapshot: Snapshot) -> tuple[Recommendation, ...]:
    """One recommendation per code, the strongest and most specific first."""
    by_code: dict[str, list[Spoken]] = {}
    for spoken in said_by(snapshot.entries, case, snapshot):
        by_code.setdefault(spoken.entry.code, []).append(spoken)
    codes = list(snapshot.book.codes)
    found = [
        _merged(sorted(said, key=lambda s: s.rank), case, snapshot) for said in by_code.values()
    ]
    return tuple(
        sorted(
            found,
            key=lambda r: (r.strength.rank, codes.index(r.code)),
        )
    )


def said_by(entries: Iterable[Entry], case: Case, snapshot: Snapshot) -> list[Spoken]:
    """What these entries say of the case, in no order of weight."""
    return [said for entry in entries if (said := speak(entry, case, snapshot)) is not None]


def strengths(said: Iterable[Spoken]) -> dict[str, Strength]:
    """How firmly each code is spoken for: as the entry that comes first says it."""
    return {s.entry.code: s.strength for s in sorted(said, key=lambda s: s.rank, reverse=True)}


def speak(entry: Entry, case: Case, snapshot: Snapshot) -> Spoken | None:
    """What the entry says of the case; None if it does not apply."""
    if case.state.value not in entry.states:
        return None
    when = holds(entry.when, case) if entry.when is not None else Verdict(Truth.MET)
    if when.truth is not Truth.MET:
        return None
    provided: list[str] = []
    for condition in entry.provided:
        verdict = holds(condition, case)
        if verdict.truth is Truth.UNMET:
            return None
        if verdict.truth is Truth.UNKNOWN:
            provided.append(WORDS[condition].when_open)
    against: list[Known[Any]] = []
    for exclusion in [*entry.unless, *_general(entry, snapshot)]:
        verdict = holds(exclusion, case)
        if verdict.truth is Truth.MET:
            against += verdict.because
        elif verdict.truth is Truth.UNKNOWN:
            provided.append(WORDS[exclusion].when_open)
    met = (case.state, *(f for f in when.because if f.says))
    options, refused = _options(entry, case, snapshot)
    if refused and not options:
        against.append(
            Known("hypersensitivity", True, f"hypersensitivity to {', '.join(refused)}")
        )
    if entry.strength is Strength.NOT_BENEFICIAL:
        return Spoken(entry, entry.strength, met, options=options)
    if against:
        return Spoken(
            entry, Strength.CONTRAINDICATED, met, options=options, excluded_by=tuple(against)
        )
    strength, weaker = _strength(entry, case, options)
    return Spoken(entry, strength, met, tuple(dict.fromkeys(provided)), weaker, options)


def _general(entry: Entry, snapshot: Snapshot) -> Iterable[str]:
    """Exclusions of the whole library that cover this entry (D22, X1)."""
    for exclusion in snapshot.exclusions:
        if exclusion.drugs_only and not snapshot.book.codes[entry.code].drug:
            continue
        if entry.code not in exclusion.spares:
            yield exclusion.unless


def _options(
    entry: Entry, case: Case, snapshot: Snapshot
) -> tuple[tuple[OptionStatus, ...], tuple[str, ...]]:
    """The entry's drugs with their status; those the patient does not tolerate (X2) apart."""
    refused = tuple(o.drug for o in entry.options if o.drug in case.hypersensitive)
    found = []
    for option in entry.options:
        if option.drug in refused:
            continue
        if (option.drug, option.use) in case.approved:
            status = "approved"
        elif option.drug in snapshot.authorised:
            status = "not-approved"
        else:
            status = "investigational"
        since = [
            a.since
            for a in snapshot.approvals
            if (a.drug, a.use) == (option.drug, option.use) and a.since
        ]
        found.append(
            OptionStatus(
                option.drug, status, min(since, default=None), option.drug in case.given
            )
        )
    return tuple(found), refused


def _strength(
    entry: Entry, case: Case, options: Sequence[OptionStatus]
) -> tuple[Strength, tuple[str, ...]]:
    """As written, weaker where a `weaker` clause is not known to be untrue; a class without an
    approved drug here is for trials only."""
    strength, reasons = entry.strength, []
    for weaker in entry.weaker:
        if holds(weaker.when, case).truth is not Truth.UNMET:
            strength = max(strength, weaker.to, key=lambda s: s.rank)
            reasons.append(weaker.say)
    if entry.needs_approval and not any(o.status == "approved" for o in options):
        strength = Strength.TRIAL_ONLY
    return strength, tuple(reasons)


def _merged(said: Sequence[Spoken], case: Case, snapshot: Snapshot) -> Recommendation:
    """The first entry speaks; the others are named, and add their drugs and evidence."""
    first, others = said[0], [s for s in said[1:]]
    agreeing = [s for s in others if s.strength.offered and first.strength.offered]
    evidence = [e for s in (first, *agreeing) for e in s.entry.evidence]
    updates = [u for s in (first, *agreeing) for u in s.entry.updates if u in snapshot.updates]
    notes = [n for s in (first, *agreeing) for n in notes_of(s.entry.notes, case, snapshot)]
    evidence += [e for note in notes for e in note.evidence]
    updates += [u for note in notes for u in note.updates]
    return Recommendation(
        code=first.entry.code,
        strength=first.strength,
        rule=first.entry.id,
        also_rules=tuple(s.entry.id for s in others),
        because=first.met,
        provided=first.provided,
        evidence=tuple(dict.fromkeys(evidence)),
        updates=tuple(dict.fromkeys(updates)),
        options=_union([o for s in (first, *agreeing) for o in s.options]),
        weaker=first.weaker,
        notes=tuple(dict.fromkeys(notes)),
        cautions=tuple(
            dict.fromkeys(c for s in (first, *agreeing) for c in _cautions(s.entry, case))
        ),
        excluded_by=first.excluded_by,
        title=first.entry.card.title,
        text=first.entry.card.text,
        draft=first.entry.draft,
        local=first.entry.id in snapshot.local,
    )


def _union(options: Sequence[OptionStatus]) -> tuple[OptionStatus, ...]:
    """Each drug once, in its best status."""
    order = ("approved", "not-approved", "investigational")
    best: dict[str, OptionStatus] = {}
    for option in options:
        known = best.get(option.drug)
        if known is None or order.index(option.status) < order.index(known.status):
            best[option.drug] = option
    return tuple(best[d] for d in sorted(best))


def notes_of(notes: Iterable[Note], case: Case, snapshot: Snapshot) -> list[NoteShown]:
    """The sentences that hold for the case; one that rests on an update waits for its day."""
    shown = []
    for note in notes:
        if note.when is not None and holds(note.when, case).truth is not Truth.MET:
            continue
        updates = tuple(u for u in note.updates if u in snapshot.updates)
        if note.updates and not note.evidence and not updates:
            continue
        shown.append(NoteShown(note.say, note.evidence, updates))
    return shown


def _cautions(entry: Entry, case: Case) -> Iterable[Caution]:
    for caution in entry.cautions:
        truth = Truth.MET if caution.when is None else holds(caution.when, case).truth
        if truth is not Truth.UNMET:
            yield Caution(caution.say, caution.source, truth is Truth.UNKNOWN)
