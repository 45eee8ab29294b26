"""What must hold of every answer, whatever else the rules say: the algorithm's own exclusions
(`faults`), and what may follow from knowing less (`less_known`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

from aml.assessment import OptionStatus
from aml.case import Case
from aml.criteria import WORDS
from aml.entries import Entry, Strength
from aml.knowledge import Snapshot, load
from aml.logic import Known, Unknown
from aml.reading import facts_behind, turns_of
from aml.recommend import recommend, speak
from aml.states import OVERT, REMISSION, State
from tests.aml.cases import domain, explore, fields_read

LIBRARY = load()
US = LIBRARY.in_force("US", date(2026, 8, 2))
EU = LIBRARY.in_force("EU", date(2026, 8, 2))
PAPER = LIBRARY.in_force("US", date(2024, 1, 1))
PLACES = {"US today": US, "EU today": EU, "US at the time of the paper": PAPER}
CODES = frozenset(US.book.codes)
ENTRIES = {entry.id: entry for entry in US.entries}


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule, or the answer as a whole, says of a code; None if nothing."""

    rule: str
    code: str
    strength: Strength
    provided: tuple[str, ...]
    options: tuple[OptionStatus, ...]


def facts_read(entry: Entry, snapshot: Snapshot) -> frozenset[str]:
    """The facts that decide whether, how firmly and under which conditions an entry speaks."""
    read = (facts_behind(asked) for asked, _ in turns_of(entry, snapshot))
    return frozenset({"state", "approved", "hypersensitive", "given"}).union(*read)


def by_entry(entry: Entry, case: Case, snapshot: Snapshot) -> Said | None:
    spoken = speak(entry, case, snapshot)
    if spoken is None:
        return None
    return Said(entry.id, entry.code, spoken.strength, spoken.provided, spoken.options)


def by_code(case: Case, snapshot: Snapshot) -> dict[str, Said]:
    answer = [
        Said(r.rule, r.code, r.strength, r.provided, r.options)
        for r in recommend(case, snapshot)
    ]
    found = {said.code: said for said in answer}
    assert len(found) == len(answer), "a code stands twice"
    return found


def recorded(case: Case, field: str, value: Any = True) -> bool:
    """The record says so. Silence says nothing."""
    fact = getattr(case, field)
    return isinstance(fact, Known) and fact.value == value


TARGETS = {
    "gilteritinib": ("flt3_itd", "flt3_tkd", "flt3_unspecified"),
    "idh1-inhibitor": ("idh1",),
    "idh2-inhibitor": ("idh2",),
    "menin-inhibitor": ("npm1", "kmt2a"),
    "gemtuzumab-ozogamicin": ("cd33",),
}
CARE = {"goals-of-care", "best-supportive-care"}
DRUGS = {code for code, row in US.book.codes.items() if row.drug}
MAINTENANCE = {code for code in CODES if code.endswith("-maintenance")}
FLT3_MAINTENANCE = MAINTENANCE - {"azacitidine-maintenance"}
FIRST_HCT = {"donor-search", "allogeneic-hct", "sequential-conditioning-hct"}
AFTER_HCT = {"taper-immunosuppression", "donor-lymphocyte-infusion", "second-hct"}
INTENSIVE = {"salvage-chemotherapy", "sequential-conditioning-hct"}

WEAK_MARKERS = ("sequenced_mrd_alone", "clonal_marker_alone")
D15 = ("flt3_itd", "flt3_tkd", "idh1", "idh2")

# The response contract, "Cards by state".
MARROW = {"marrow-assessment"}
REMITTED = {"mrd-monitoring", "confirm-mrd", "allogeneic-hct", *MAINTENANCE}
OF_OVERT = CODES - MAINTENANCE - {"confirm-mrd", "mrd-monitoring", "mrd-directed-therapy"}
BY_STATE: dict[State, set[str] | frozenset[str]] = {
    State.NOT_AML: set(),
    State.APL: set(),
    State.PEDIATRIC: set(),
    State.UNTREATED: MARROW,
    State.IN_TREATMENT: MARROW,
    State.INDETERMINATE: MARROW,
    State.RELAPSE_SUSPECTED: MARROW,
    State.MRD_RELAPSE_SUSPECTED: {"confirm-mrd", "donor-search"},
    State.MRD_RELAPSE: {
        "clinical-trial",
        "mrd-directed-therapy",
        "allogeneic-hct",
        "donor-search",
    },
    State.REMISSION_MRD_NEGATIVE: REMITTED,
    State.REMISSION_MRD_POSITIVE: REMITTED,
    State.REMISSION_MRD_UNKNOWN: REMITTED,
    State.REFRACTORY: OF_OVERT,
    State.RELAPSE: OF_OVERT,
}

Rule = tuple[str, frozenset[str], Callable[[Case], bool]]


def _rule(why: str, codes: set[str] | frozenset[str], test: Callable[[Case], bool]) -> Rule:
    return why, frozenset(codes), test


def _lacks(facts: tuple[str, ...]) -> Callable[[Case], bool]:
    return lambda case: not any(recorded(case, fact) for fact in facts)


def _is_in(state: State) -> Callable[[Case], bool]:
    return lambda case: case.state.value is state


def _has_approved_target(gene: str) -> Callable[[Case], bool]:
    return lambda c: recorded(c, gene) and f"rr-{gene}" in {use for _, use in c.approved}


def _reason_for_hct(case: Case) -> bool:
    if case.state.value in OVERT:
        return True
    if case.state.value is State.MRD_RELAPSE:
        return recorded(case, "npm1_above_200_twice")
    return (
        recorded(case, "later_remission")
        or (recorded(case, "first_remission") and recorded(case, "adverse_risk"))
        or (
            recorded(case, "remission_by_hma_venetoclax")
            and recorded(case, "performance_improved")
        )
    )


# Why, which codes, and when they may not be offered: paragraphs of the algorithm.
NEVER: tuple[Rule, ...] = (
    *(
        _rule(f"{code} without its target", {code}, _lacks(facts))
        for code, facts in TARGETS.items()
    ),
    *(
        _rule(f"not in {state.value}", CODES - may, _is_in(state))
        for state, may in BY_STATE.items()
    ),
    _rule("D22 comfort", CODES - CARE, lambda c: recorded(c, "goals_of_care", "comfort")),
    _rule("X1 pregnancy", DRUGS, lambda c: recorded(c, "pregnant")),
    _rule(
        "D5 no transplant candidate",
        {*FIRST_HCT, "second-hct"},
        lambda c: recorded(c, "transplant_eligibility", "ineligible"),
    ),
    _rule("D12 after HCT", FIRST_HCT, lambda c: recorded(c, "after_hct")),
    _rule("P, N1-N4 HCT", AFTER_HCT | MAINTENANCE, lambda c: not recorded(c, "after_hct")),
    _rule("D7, N1 GVHD", AFTER_HCT | MAINTENANCE, lambda c: recorded(c, "gvhd_active")),
    _rule("P4 earlier GVHD", {"second-hct"}, lambda c: recorded(c, "gvhd_prior")),
    _rule("P4 not late", {"second-hct"}, lambda c: not recorded(c, "early_relapse", False)),
    _rule(
        "P2 no donor cells",
        {"donor-lymphocyte-infusion"},
        lambda c: recorded(c, "donor_cells", "unavailable"),
    ),
    _rule(
        "F4 no donor",
        {"sequential-conditioning-hct"},
        lambda c: not recorded(c, "donor", "identified"),
    ),
    _rule(
        "F4 proliferative",
        {"sequential-conditioning-hct"},
        lambda c: recorded(c, "proliferation", "high"),
    ),
    _rule("F unfit", INTENSIVE, lambda c: recorded(c, "fitness", "unfit")),
    _rule("V2", INTENSIVE, lambda c: recorded(c, "after_hma_venetoclax")),
    _rule(
        "A26 FLT3",
        {*INTENSIVE, "hma-venetoclax"},
        lambda c: not _lacks(TARGETS["gilteritinib"])(c),
    ),
    _rule("G3, M2 donor", {"donor-search"}, lambda c: recorded(c, "donor", "identified")),
    _rule("D23 venetoclax", {"hma-venetoclax"}, lambda c: recorded(c, "venetoclax_ever")),
    _rule(
        "X2 HMA/venetoclax",
        {"hma-venetoclax"},
        lambda c: bool(c.hypersensitive & {"venetoclax", "azacitidine"}),
    ),
    _rule(
        "N1-N3 no FLT3-ITD",
        FLT3_MAINTENANCE,
        lambda c: not recorded(c, "flt3_itd_at_diagnosis"),
    ),
    _rule(
        "N2 no MRD around HCT",
        {"gilteritinib-maintenance"},
        lambda c: not recorded(c, "mrd_around_hct", "positive"),
    ),
    *(
        _rule(f"A26 {gene}", INTENSIVE | {"hma-venetoclax"}, _has_approved_target(gene))
        for gene in ("idh1", "idh2")
    ),
    _rule(
        "D7 no immunosuppression",
        {"taper-immunosuppression"},
        lambda c: recorded(c, "immunosuppression", False),
    ),
    _rule(
        "D15 all targets tested",
        {"repeat-molecular-testing"},
        lambda c: all(isinstance(getattr(c, field), Known) for field in D15),
    ),
    _rule(
        "D8 care without its reason",
        CARE,
        lambda c: (
            not recorded(c, "fitness", "unfit")
            and not recorded(c, "after_hma_venetoclax")
            and not recorded(c, "goals_of_care", "comfort")
        ),
    ),
    _rule("M3, N6, N8, V0 no reason", {"allogeneic-hct"}, lambda c: not _reason_for_hct(c)),
    _rule(
        "M0 no weak marker",
        {"confirm-mrd"},
        lambda c: c.state.value in REMISSION and _lacks(WEAK_MARKERS)(c),
    ),
    _rule(
        "G6 landmark assessed",
        {"marrow-assessment"},
        lambda c: (
            c.state.value is State.IN_TREATMENT and not recorded(c, "landmark_unassessed")
        ),
    ),
)
NOT_RECOMMENDED: tuple[Rule, ...] = (
    _rule("D4", {"salvage-chemotherapy"}, lambda c: not recorded(c, "fitness", "fit")),
    _rule("D12", {"salvage-chemotherapy"}, lambda c: not recorded(c, "after_hct", False)),
    _rule(
        "D17",
        {"salvage-chemotherapy"},
        lambda c: recorded(c, "transplant_eligibility", "ineligible"),
    ),
    _rule("V4", set(TARGETS), lambda c: not recorded(c, "after_hma_venetoclax", False)),
    _rule(
        "D5",
        {"donor-search", "allogeneic-hct"},
        lambda c: (
            recorded(c, "fitness", "unfit") and isinstance(c.transplant_eligibility, Unknown)
        ),
    ),
)


def _any_approved(said: Said) -> bool:
    return any(option.status == "approved" for option in said.options)


def faults(said: Said, case: Case) -> list[str]:
    """What is wrong with what is offered, if anything."""
    if not said.strength.offered:
        return []
    code, drugs = said.code, {o.drug for o in said.options}
    found = [why for why, codes, test in NEVER if code in codes and test(case)]
    if drugs and drugs & case.hypersensitive:
        found.append("X2 hypersensitivity to a drug that is offered")
    if code in TARGETS and (said.strength is Strength.TRIAL_ONLY) is _any_approved(said):
        found.append(
            "trial-only is for a class without an approved drug here, and for no other"
        )
    if said.strength is Strength.RECOMMEND:
        rules = [rule for rule in NOT_RECOMMENDED if code in rule[1]]
        found += [f"{why}, yet recommended" for why, _, test in rules if test(case)]
        if {o.status for o in said.options} - {"approved"}:
            found.append("not approved here, yet recommended")
        if drugs and drugs & case.failed:
            found.append("D14 failed in this event, yet recommended")
    return [f"{code}: {why}" for why in found]


@cache
def rests_on(condition: str) -> frozenset[str]:
    """The facts behind an open condition: what the words of that name ask for."""
    words = [w for w in WORDS.values() if w.condition and w.when_open == condition]
    assert words, condition
    return frozenset().union(*(fields_read(explore(w.definition, domain(US))) for w in words))


def names(said: Said, field: str) -> bool:
    return any(field in rests_on(condition) for condition in said.provided)


# D3: silence on these shows a row with the condition open, and never hides it.
NEVER_HIDE = {
    "transplant_eligibility",
    "gvhd_active",
    "gvhd_prior",
    "immunosuppression",
    "donor_cells",
    "proliferation",
    "goals_of_care",
    "venetoclax_ever",
}


def less_known(
    field: str, unsettled: bool, before: Said | None, after: Said | None
) -> Iterator[str]:
    """What is wrong with an answer after a recorded fact was forgotten, if anything.

    Four paragraphs weigh a recorded fact more than silence and are excused here; each has a
    test of its own: D22 (comfort hides drugs), D5 and D17 (a recorded fact weakens a row), and
    D15 (the test that an unknown target asks for). `unsettled`: nothing is recorded of
    transplant eligibility.
    """
    if after is None or not after.strength.offered:
        # Comfort goals, once recorded, bring the rows of care (D22).
        shown = before is not None and before.strength.offered and before.code not in CARE
        if shown and field in NEVER_HIDE:
            yield f"{before and before.code} is hidden by silence on {field}"
        return
    code = after.code
    if before is None or not before.strength.offered:
        d15 = code == "repeat-molecular-testing" and field in D15
        if not names(after, field) and not d15:
            yield f"{code} appears without naming {field} in `provided`"
        if code in TARGETS and field != "goals_of_care":
            yield f"{code}, a targeted drug, appears without {field}"
    elif after.strength.rank < before.strength.rank:
        d5 = field == "fitness" and unsettled and code in ("donor-search", "allogeneic-hct")
        d17 = field == "transplant_eligibility" and code == "salvage-chemotherapy"
        another = after.rule != before.rule  # which may appear, naming the fact
        if not d5 and not ((d17 or another) and names(after, field)):
            yield f"{code} becomes stronger without {field}"


@st.composite
def anywhere(draw: st.DrawFn) -> tuple[str, Case]:
    """A place, and a case there with any value of every field."""
    place = draw(st.sampled_from(sorted(PLACES)))
    snapshot = PLACES[place]
    drugs = sorted({o.drug for e in US.entries for o in e.options})
    known = {name: draw(st.sampled_from(v)) for name, v in domain(snapshot).items()}
    for name in ("hypersensitive", "failed"):
        known[name] = frozenset(draw(st.lists(st.sampled_from(drugs), max_size=2)))
    return place, Case(**known)
