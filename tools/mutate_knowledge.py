"""Change the library in every small way that matters, and see that a vignette notices.

Deletes each entry; drops each state, condition, exclusion and weakening, each part of a clause,
each option, note and cited update; changes each strength; lifts or widens each exclusion of the
whole library; moves each date by a day and each number by one. Every change is tried against
the vignettes in this process, and those of rules on orders (`tools.mutate_orders`) against
their tables. What nothing notices is printed, and the exit status is 1 unless `REASONS` says
why it need not be noticed.

    python -m tools.mutate_knowledge
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain

from aml.constants import Constants
from aml.entries import Entry, Strength
from aml.knowledge import Library, load
from tests.test_vignettes import IDS, wrong
from tools.mutate_orders import ORDER_REASONS, OrderMutant, order_mutants
from tools.mutations import (
    TAUTOLOGY,
    Change,
    copied,
    in_clause,
    moved,
    put,
    without_each,
    without_states,
)

ELSEWHERE = (
    "a drug authorised elsewhere is shown as not approved here, with this row or without"
)
DERIVED = "asked before a case begins, so its two edges are held by tests/aml/"

# Why a change need not be noticed by a vignette, by the beginning of its name.
REASONS: dict[str, str] = {
    "gilteritinib-flt3: approval matters otherwise": (
        "approved in both places on every date; the field guards a withdrawal to come"
    ),
    "approval of ivosidenib (other-use, EU)": ELSEWHERE,
    "approval of gemtuzumab-ozogamicin (other-use, EU)": ELSEWHERE,
    "approval of venetoclax (other-use, ": ELSEWHERE,
    "approval of azacitidine (other-use, ": ELSEWHERE,
    "approval of sorafenib (other-use, ": ELSEWHERE,
    "approval of quizartinib (other-use, US)": "no entry offers quizartinib",
    "every approval of quizartinib": "no entry offers quizartinib",
    "nonintensive_landmark_days": f"{DERIVED}test_refractory.py",
    "landmark_marrow_days": f"{DERIVED}test_refractory.py",
    "counts_near_marrow_days": f"{DERIVED}test_marks.py",
    "blood_blasts_pair_days": f"{DERIVED}test_marks.py",
    "g_csf_days": f"{DERIVED}test_marks.py",
    "current_sample_days": f"{DERIVED}test_targets.py",
    "confirmation_overdue_days": f"{DERIVED}test_mrd.py",
    "mrd_before_hct_days": f"{DERIVED}test_mrd.py",
    "mrd_after_hct_days": f"{DERIVED}test_mrd.py",
    "stale_result_days": f"{DERIVED}test_record.py",
    "safety_value_days": "asked at an order alone: tests/orders/test_windows.py",
    "blood_test_days": "asked at an order alone: tests/orders/test_windows.py",
    "interaction_days": "asked at an order alone: tests/orders/test_windows.py",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed library. `seen_by`: the entries whose vignettes could notice."""

    name: str
    library: Library
    seen_by: Sequence[str]

    @property
    def survives(self) -> bool:
        return all(next(wrong(each, self.library), None) is None for each in self.seen_by)

    @property
    def reason(self) -> str:
        """The name of the reason for which it need not be noticed."""
        return next((name for name in REASONS if self.name.startswith(name)), "")


def mutants(library: Library) -> Iterator[Mutant]:
    for entry in library.entries.values():
        for name, changed in _entry_changes(entry):
            entries = {**library.entries, entry.id: changed}
            yield _mutant(entry.id, name, replace(library, entries=entries))
    for alert in library.alerts.values():
        changes = [*without_states(alert), *in_clause(alert, "when", TAUTOLOGY)]
        for name, changed_alert in changes:
            alerts = {**library.alerts, alert.id: changed_alert}
            yield _mutant(alert.id, name, replace(library, alerts=alerts))
    for each in (*library.entries, *library.alerts):
        entries = {i: e for i, e in library.entries.items() if i != each}
        alerts = {i: a for i, a in library.alerts.items() if i != each}
        yield _mutant(each, "deleted", replace(library, entries=entries, alerts=alerts))
    yield from _exclusions(library)
    yield from _dates_and_numbers(library)


def _mutant(entry_id: str, name: str, library: Library) -> Mutant:
    return Mutant(f"{entry_id}: {name}", library, (entry_id,))


def _entry_changes(entry: Entry) -> Iterator[Change[Entry]]:
    yield from without_states(entry)
    yield from in_clause(entry, "when", None)
    for strength in Strength:
        if strength not in (entry.strength, Strength.CONTRAINDICATED):
            yield f"strength {strength.value}", copied(entry, strength=strength)
    for field in ("provided", "unless", "weaker", "options", "notes", "updates"):
        for i, kept in without_each(getattr(entry, field)):
            yield f"without {field}[{i}]", copied(entry, **{field: kept})
    for i, weaker in enumerate(entry.weaker):
        changed = [*in_clause(weaker, "when", TAUTOLOGY)]
        changed.append(("to trial-only", copied(weaker, to=Strength.TRIAL_ONLY)))
        for name, one in changed:
            yield f"weaker[{i}] {name}", copied(entry, weaker=put(entry.weaker, i, one))
    for i, note in enumerate(entry.notes):
        noted = [*in_clause(note, "when", None)]
        for j, kept in without_each(note.updates):
            noted.append((f"without updates[{j}]", copied(note, updates=kept)))
        for name, said in noted:
            yield f"notes[{i}] {name}", copied(entry, notes=put(entry.notes, i, said))
    if entry.options:
        changed_need = copied(entry, needs_approval=not entry.needs_approval)
        yield "approval matters otherwise", changed_need
    for field in ("since", "until"):
        for name, day in moved(getattr(entry, field)):
            yield f"{field} {name}", copied(entry, **{field: day})


def _exclusions(library: Library) -> Iterator[Mutant]:
    """What holds for the whole library: comfort (D22) and pregnancy (X1)."""
    book = library.book
    advised = {e.code for e in library.entries.values() if e.strength.offered}
    for i, exclusion in enumerate(book.exclusions):
        changed = [("without", without_each(book.exclusions)[i][1])]
        turned = copied(exclusion, drugs_only=not exclusion.drugs_only)
        changed.append(("drugs_only turned", put(book.exclusions, i, turned)))
        covered = [c for c in sorted(advised) if book.codes[c].drug or not exclusion.drugs_only]
        for name in covered:
            spares = set(exclusion.spares) ^ {name}
            one = copied(exclusion, spares=tuple(sorted(spares)))
            changed.append((f"{name} spared otherwise", put(book.exclusions, i, one)))
        for name, exclusions in changed:
            yield _of_book(library, f"{exclusion.unless}: {name}", exclusions=exclusions)
    for name in sorted(advised):
        code = copied(book.codes[name], drug=not book.codes[name].drug)
        yield _of_book(library, f"{name}: drug turned", codes={**book.codes, name: code})


def _of_book(library: Library, name: str, **change: object) -> Mutant:
    book = copied(library.book, **change)
    return Mutant(f"library.yaml, {name}", replace(library, book=book), IDS)


def _dates_and_numbers(library: Library) -> Iterator[Mutant]:
    for drug in sorted({a.drug for a in library.approvals}):
        others = tuple(a for a in library.approvals if a.drug != drug)
        name = f"every approval of {drug}: deleted"
        yield Mutant(name, replace(library, approvals=others), IDS)
    for i, approval in enumerate(library.approvals):
        of = f"approval of {approval.drug} ({approval.use}, {approval.jurisdiction})"
        kept = without_each(library.approvals)[i][1]
        yield Mutant(f"{of}: deleted", replace(library, approvals=kept), IDS)
        for field in ("since", "until"):
            for name, day in moved(getattr(approval, field)):
                one = put(library.approvals, i, copied(approval, **{field: day}))
                yield Mutant(f"{of}: {field} {name}", replace(library, approvals=one), IDS)
    for update_id, update in library.updates.items():
        seen_by = [e.id for e in library.entries.values() if update_id in _cited(e)]
        for name, day in moved(update.date) if seen_by else ():
            updates = {**library.updates, update_id: copied(update, date=day)}
            yield Mutant(f"{update_id}: {name}", replace(library, updates=updates), seen_by)
    for number in fields(Constants):
        for step in (-1, 1):
            value = getattr(library.constants, number.name) + step
            constants = replace(library.constants, **{number.name: value})
            yield Mutant(f"{number.name} {step:+}", replace(library, constants=constants), IDS)


def _cited(entry: Entry) -> set[str]:
    return {*entry.updates, *(u for note in entry.notes for u in note.updates)}


def report(tried: Iterable[Mutant | OrderMutant]) -> int:
    """Prints what went unnoticed without a reason, and reasons without use; the exit status."""
    count, survivors, used = 0, [], set()
    for mutant in tried:
        count += 1
        if mutant.survives:
            used.add(mutant.reason)
            if not mutant.reason:
                survivors.append(mutant.name)
    stale = sorted({*REASONS, *ORDER_REASONS} - used)
    for name in survivors:
        print(f"Nothing notices: {name}")
    for name in stale:
        print(f"This is noticed, so the reason can go: {name}")
    print(
        f"{count} changes tried, {len(survivors)} unnoticed, {len(used - {''})} kinds excused"
    )
    return 1 if survivors or stale else 0


if __name__ == "__main__":
    shelf = load()
    sys.exit(report(chain(mutants(shelf), order_mutants(shelf))))
