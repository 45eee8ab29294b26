"""The chapters of the rulebook beside its rules: conventions, vocabulary, evidence, updates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from aml import genetic_risk
from aml.constants import Constants
from aml.criteria import WORDS
from aml.knowledge import Library
from cards.algorithm import Algorithm
from cards.clauses import aloud
from cards.rulebook.document import (
    Caveat,
    Grid,
    Line,
    Link,
    Section,
    Signature,
    Span,
    lines,
)
from cards.rulebook.rules import (
    cited,
    dates,
    meaning,
    row_link,
    source_of,
    state_name,
    use_name,
)
from cards.uses import Use, Uses

CONSTANTS = {
    "nonintensive_landmark_days": (
        "2.2",
        "Day of non-intensive therapy on which a remission is asked for; the paper's example.",
    ),
    "landmark_marrow_days": ("2.2", "How long before the landmark a marrow still counts."),
    "counts_near_marrow_days": ("2.1", "Blood counts this near to a marrow belong to it."),
    "blood_blasts_pair_days": ("2.3", "Two blood samples further apart are no pair."),
    "g_csf_days": ("D2", "Blasts this soon after G-CSF are a suspicion only."),
    "current_sample_days": ("G1", "How long before the event a sample is still current."),
    "confirmation_overdue_days": ("2.5", "When a confirming MRD sample is overdue."),
    "after_hct_maintenance_months": ("D13", "Maintenance is shown this long after HCT."),
    "first_remission_months": ("D13", "HCT in first remission is shown this long."),
    "later_remission_months": ("D13", "HCT in a later remission is shown this long."),
    "mrd_monitoring_months": ("D13", "Monitoring is shown this long after therapy or HCT."),
    "mrd_before_hct_days": ("D18", "MRD this long before day 0 tells on maintenance."),
    "mrd_after_hct_days": ("D18", "MRD this long after day 0 tells on maintenance."),
    "stale_result_days": ("contract", "A deciding result older than this is said to be old."),
    "safety_value_days": ("X4", "An older QTcF, K, Mg or clearance is not used."),
    "blood_test_days": ("X7", "Older leukocytes and liver tests are not used at an order."),
    "interaction_days": ("X3", "A drug given this recently still interacts with an order."),
}


def conventions(library: Library, algorithm: Algorithm) -> Section:
    """Constants, product decisions, definitions: what every rule leans on."""
    sections = [_constants(library, algorithm)]
    for part in algorithm.chapters():
        rows = tuple(
            ((name,), (row.says,), (", ".join(row.where),)) for name, row in part.rows.items()
        )
        anchors = tuple(algorithm.anchor_of(name) for name in part.rows)
        table = Grid(("Row", "It says", "Carried by"), rows, anchors)
        sections.append(Section(part.title, f"part-{part.id}", (table, Signature(part.title))))
    return Section("Conventions and definitions", "conventions", (), tuple(sections))


def _constants(library: Library, algorithm: Algorithm) -> Section:
    rows: list[tuple[Line, ...]] = []
    for each in fields(Constants):
        row, says = CONSTANTS[each.name]
        value = f"{getattr(library.constants, each.name)}"
        local = f" (local; ours {each.default})" if each.name in library.local else ""
        rows.append(((each.name,), (value + local,), (row_link(row, algorithm),), (says,)))
    table = Grid(("Constant", "Value", "Paragraph", "Meaning"), tuple(rows))
    blocks = (table, Signature("Numbers that a convention fixed"))
    return Section("Numbers that a convention fixed", "constants", blocks)


def genetic_table() -> Section:
    """The ELN 2022 genetic risk table as the rules read it, for somebody to check."""
    favorable = sorted({*genetic_risk.FAVORABLE_LESIONS, *genetic_risk.FAVORABLE_FUSIONS})
    adverse = sorted({*genetic_risk.ADVERSE_LESIONS, *genetic_risk.ADVERSE_FUSIONS})
    codons = f"{genetic_risk.CEBPA_BZIP[0]}-{genetic_risk.CEBPA_BZIP[-1]}"
    favorable += ["NPM1 without FLT3-ITD", f"CEBPA in frame in bZIP (codons {codons})"]
    adverse += [
        "KMT2A rearranged, but not with MLLT3",
        f"TP53 at a VAF of {genetic_risk.TP53_VAF_PCT} % or more",
    ]
    rows = (
        lines("favorable", "; ".join(favorable)),
        lines("adverse", "; ".join(adverse)),
        lines(
            "adverse unless a favorable lesion is there",
            "; ".join(sorted(genetic_risk.MYELODYSPLASIA_GENES)),
        ),
        lines(
            "not adverse",
            "t(9;11) KMT2A::MLLT3; complex beside a class-defining lesion, or trisomies only",
        ),
    )
    caveat = Caveat(
        (
            "Recalled, not copied from the publication (Döhner et al., Blood 2022;140:1345, "
            "table 6): it must be checked against it, line by line, before use. Row N6 rests "
            "on it. Only whether the risk is adverse changes a rule; a lesion that the "
            "publication lists and this table does not is not read.",
        )
    )
    blocks = (caveat, Grid(("Group", "Genetics"), rows), Signature("ELN 2022 genetic risk"))
    return Section("ELN 2022 genetic risk", "genetic-risk", blocks)


def general_rules(library: Library) -> Section:
    """What holds for all rules, and what the state card says beside facts and alerts."""
    book = library.book
    excluded = tuple(
        lines(
            x.row,
            aloud(x.unless),
            "every drug"
            if x.drugs_only
            else f"everything but {', '.join(book.codes[c].display for c in x.spares)}",
        )
        for x in book.exclusions
    )
    notes = tuple(
        (
            (n.row,),
            (", ".join(state_name(s) for s in n.states),),
            (aloud(n.when),),
            (n.say,),
            _listed(n.evidence),
        )
        for n in book.state_notes
    )
    cites = tuple(
        ((state_name(state),), _listed(names)) for state, names in book.state_evidence.items()
    )
    blocks = (
        Grid(("Row", "Recorded", "Hides"), excluded),
        Grid(("Row", "States", "When", "The state card says", "Evidence"), notes),
        Grid(("State", "The state card cites"), cites),
        Signature("All rules, and the state card"),
    )
    return Section("All rules, and the state card", "general", blocks)


def vocabulary(library: Library, algorithm: Algorithm) -> Section:
    rows = tuple(
        (
            (name.replace("-", " "),),
            (meaning(name),),
            (WORDS[name].condition,),
            (source_of(name, library, algorithm),),
        )
        for name in sorted(WORDS)
    )
    head = ("Word", "Meaning", "While open, a card says: provided that", "Source")
    return Section("Vocabulary", "vocabulary", (Grid(head, rows), Signature("Vocabulary")))


def approvals(library: Library) -> Section:
    ordered = sorted(library.approvals, key=lambda a: (a.drug, a.use, a.jurisdiction))
    rows = tuple(
        (
            (a.drug.replace("-", " "),),
            (use_name(a.use),),
            (a.jurisdiction,),
            (dates(a).removeprefix(", ").strip(),),
            (cited(a.source),),
        )
        for a in ordered
    )
    table = Grid(("Drug", "Use", "Where", "Since, until", "Source"), rows)
    return Section("Approvals", "approvals", (table, Signature("Approvals")))


def evidence(library: Library, uses: Uses) -> Section:
    rows: list[tuple[Line, ...]] = []
    for name, known in library.evidence.items():
        population = f" [{known.population}]" if known.population else ""
        rows.append(
            (
                (name,),
                (f"{known.claim}{population} ({'; '.join(known.cites)})",),
                (f"{known.kind}; {known.place}",),
                used_by(uses.sources.get(name, ()), "on no card"),
            )
        )
    head = ("Id", "The paper says", "Kind and place", "Used by")
    table = Grid(head, tuple(rows), tuple(f"source-{name}" for name in library.evidence))
    return Section("Evidence", "evidence", (table,))


def updates(library: Library, algorithm: Algorithm, uses: Uses) -> Section:
    rows: list[tuple[Line, ...]] = []
    for name, update in library.updates.items():
        rows.append(
            (
                (name,),
                (f"{update.date}, {update.jurisdiction}, {update.confidence}",),
                (f"{update.claim} ", Link("source", update.url)),
                used_by(uses.sources.get(name, ()), algorithm.unused.get(name, "on no card")),
            )
        )
    head = ("Id", "When, where", "What changed", "Used by")
    table = Grid(head, tuple(rows), tuple(f"source-{name}" for name in library.updates))
    return Section("Since the paper", "updates", (table,))


def _listed(names: Iterable[str]) -> Line:
    spans: list[Span] = []
    for name in names:
        spans += [", " if spans else "", cited(name)]
    return tuple(spans)


def used_by(found: Iterable[Use], otherwise: str) -> Line:
    """The rules, and what else of the library, each once; or why there are none."""
    spans: list[Span] = []
    for rule, kind in dict.fromkeys((u.rule, "" if u.rule else u.kind) for u in found):
        spans += [", " if spans else "", Link(rule, f"#{rule}") if rule else kind]
    return tuple(spans) or (otherwise,)
