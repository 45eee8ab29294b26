"""Rules on a case: which entries speak, how firmly, under which open conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from aml.assessment import Caution, NoteShown, OptionStatus, Recommendation
from aml.case import Case
from aml.criteria import WORDS, holds, truth_of
from aml.entries import Entry, Note, Strength
from aml.firmness import entries_for, exclusions_of, firmness, rank
from aml.knowledge import Snapshot
from aml.logic import Known, Truth


class Spoken(Struct, frozen=True):
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
        return rank(self.entry, self.strength)


def recommend(case: Case, snapshot: Snapshot) -> tuple[Recommendation, ...]:
    """One recommendation per code, the strongest and most specific first."""
    return merged(everything_said(case, snapshot), case, snapshot)


def everything_said(case: Case, snapshot: Snapshot) -> list[Spoken]:
    """What all entries for the state say of the case, in no order of weight."""
    entries = entries_for(case.state.value, snapshot)
    return [said for entry in entries if (said := speak(entry, case, snapshot)) is not None]


def merged(
    everything: Iterable[Spoken], case: Case, snapshot: Snapshot
) -> tuple[Recommendation, ...]:
    """What was said as one recommendation per code, the strongest and most specific first."""
    by_code: dict[str, list[Spoken]] = {}
    for spoken in everything:
        by_code.setdefault(spoken.entry.code, []).append(spoken)
    codes = list(snapshot.book.codes)
    found = []
    for said in by_code.values():
        if len(said) > 1:
            said.sort(key=lambda s: s.rank)
        found.append(_merged(said, case, snapshot))
    return tuple(sorted(found, key=lambda r: (r.strength.rank, codes.index(r.code))))


def speak(entry: Entry, case: Case, snapshot: Snapshot) -> Spoken | None:
    """What the entry says of the case; None if it does not apply."""
    strength = firmness(entry, case, snapshot)
    if strength is None:
        return None
    why = holds(entry.when, case).because if entry.when is not None else ()
    met = (case.state, *[f for f in why if f.says])
    options, refused = _options(entry, case, snapshot)
    if strength is Strength.NOT_BENEFICIAL:
        return Spoken(entry, strength, met, options=options)
    exclusions = exclusions_of(entry, snapshot)
    if strength is Strength.CONTRAINDICATED:
        excluded = [v for e in exclusions if (v := holds(e, case)).truth is Truth.MET]
        against = [known for verdict in excluded for known in verdict.because]
        if refused and not options:
            says = f"hypersensitivity to {', '.join(refused)}"
            against.append(Known("hypersensitivity", True, says))
        return Spoken(entry, strength, met, options=options, excluded_by=tuple(against))
    conditions = (*entry.provided, *exclusions)
    provided = [c for c in conditions if truth_of(c, case) is Truth.UNKNOWN]
    return Spoken(
        entry,
        strength,
        met,
        tuple(dict.fromkeys([WORDS[name].when_open for name in provided])),
        tuple([w.say for w in entry.weaker if truth_of(w.when, case) is not Truth.UNMET]),
        options,
    )


def _options(
    entry: Entry, case: Case, snapshot: Snapshot
) -> tuple[tuple[OptionStatus, ...], tuple[str, ...]]:
    """The entry's drugs with their status; those the patient does not tolerate (X2) apart."""
    if not entry.options:
        return (), ()
    refused = tuple([o.drug for o in entry.options if o.drug in case.hypersensitive])
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
        since = snapshot.approved_since.get((option.drug, option.use))
        found.append(OptionStatus(option.drug, status, since, option.drug in case.given))
    return tuple(found), refused


def _merged(said: Sequence[Spoken], case: Case, snapshot: Snapshot) -> Recommendation:
    """The first entry speaks; the others are named, and add their drugs and evidence."""
    first, others = said[0], said[1:]
    entries, options = [first.entry], [*first.options]
    for other in others:
        if other.strength.offered and first.strength.offered:
            entries.append(other.entry)
            options += other.options
    evidence: list[str] = []
    updates: list[str] = []
    notes: list[NoteShown] = []
    cautions: list[Caution] = []
    for entry in entries:
        evidence += entry.evidence
        if entry.updates:
            updates += [u for u in entry.updates if u in snapshot.updates]
        if entry.notes:
            notes += notes_of(entry.notes, case, snapshot)
        if entry.cautions:
            cautions += _cautions(entry, case)
    for note in notes:
        evidence += note.evidence
        updates += note.updates
    return Recommendation(
        code=first.entry.code,
        strength=first.strength,
        rule=first.entry.id,
        also_rules=tuple([s.entry.id for s in others]),
        because=first.met,
        provided=first.provided,
        evidence=tuple(dict.fromkeys(evidence)),
        updates=tuple(dict.fromkeys(updates)),
        options=_union(options),
        weaker=first.weaker,
        notes=tuple(dict.fromkeys(notes)),
        cautions=tuple(dict.fromkeys(cautions)),
        excluded_by=first.excluded_by,
        title=first.entry.card.title,
        text=first.entry.card.text,
        draft=first.entry.draft,
        local=first.entry.id in snapshot.local,
    )


def _union(options: Sequence[OptionStatus]) -> tuple[OptionStatus, ...]:
    """Each drug once, in its best status."""
    if len(options) < 2:
        return tuple(options)
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
        updates = tuple([u for u in note.updates if u in snapshot.updates])
        if note.updates and not note.evidence and not updates:
            continue
        shown.append(NoteShown(note.say, note.evidence, updates))
    return shown


def _cautions(entry: Entry, case: Case) -> Iterable[Caution]:
    for caution in entry.cautions:
        truth = Truth.MET if caution.when is None else holds(caution.when, case).truth
        if truth is not Truth.UNMET:
            yield Caution(caution.say, caution.source, truth is Truth.UNKNOWN)
