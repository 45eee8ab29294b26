"""The library as one document that a clinician reads, prints and signs, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aml.entries import Entry
from aml.knowledge import Library
from cards.algorithm import Algorithm, Part
from cards.differences import rules_of
from cards.rulebook import flow, tables
from cards.rulebook.document import (
    Block,
    Caveat,
    Document,
    Figure,
    Grid,
    Line,
    Link,
    Paragraph,
    Section,
    Strong,
    lines,
)
from cards.rulebook.html import to_html
from cards.rulebook.markdown import to_markdown
from cards.rulebook.orders import order_rules
from cards.rulebook.rules import RuleReader
from cards.uses import Uses, uses_of

__all__ = ["rulebook", "to_html", "to_markdown"]

TITLE = "Rulebook for relapsed or refractory acute myeloid leukemia"


def rulebook(
    library: Library, algorithm: Algorithm, vignettes: Mapping[str, tuple[str, ...]]
) -> Document:
    """All that is signed, in one order for every reader. `vignettes`: case names by rule."""
    uses = uses_of(library)
    reader = RuleReader(library, algorithm, vignettes)
    alerts = tuple(reader.alert(alert) for _, alert in sorted(library.alerts.items()))
    sections = (
        _source(library),
        _flow(library),
        tables.conventions(library, algorithm),
        tables.genetic_table(),
        *_branches(library, algorithm, reader, uses),
        Section("Alerts", "alerts", (), alerts),
        order_rules(library, reader),
        tables.general_rules(library),
        tables.vocabulary(library, algorithm),
        tables.approvals(library),
        tables.evidence(library, uses),
        tables.updates(library, algorithm, uses),
    )
    return Document(TITLE, tuple(_preface(library)), sections)


def _preface(library: Library) -> Iterator[Block]:
    entries = list(rules_of(library).values())
    signed = sum(entry.reviewed is not None for entry in entries)
    row = lines(library.book.version, library.digest, str(len(entries)), str(signed))
    yield Grid(("Library", "Digest", "Rules and alerts", "Signed"), (row,))
    if signed < len(entries):
        text = (
            f"{len(entries) - signed} of {len(entries)} entries are not yet signed by a "
            "clinician here. Until they are, this library is a proposal."
        )
        yield Caveat((text,))
    if library.local:
        yield Paragraph((Strong("Changed by this site: "), ", ".join(sorted(library.local))))


def _source(library: Library) -> Section:
    blocks = (
        Paragraph((f"{library.book.paper} (", Link("article", library.book.paper_url), ").")),
        Paragraph(
            (
                "The rules are written from the prose and the tables of this paper, in our own "
                "words. What has changed since stands apart, each item with its day and place. "
                "Where the paper is silent, a convention is named by its paragraph. The rules "
                "are for adults with AML other than APL; they inform a physician, who decides. "
                "Each names the cases of its vignette, tests/vignettes/<id>.yaml.",
            )
        ),
        Caveat(
            (
                "The authors' Figure 1 is not in the text that the rules rest on; the figure "
                "below is our reconstruction from their prose. The ELN 2022 genetic risk table "
                "is recalled and must be checked: ",
                Link("see there", "#genetic-risk"),
                ".",
            )
        ),
    )
    return Section("What the source is", "source", blocks)


def _flow(library: Library) -> Section:
    found = flow.flow_of(library)
    figure = Figure(flow.draw(found), flow.CAPTION, flow.outline(found))
    return Section("Decision flow", "flow", (figure,))


def _branches(
    library: Library, algorithm: Algorithm, reader: RuleReader, uses: Uses
) -> Iterator[Section]:
    """Rules by the branch of their row; rows that only a site knows come last."""
    by_part: dict[str, list[Entry]] = {}
    for _, entry in sorted(library.entries.items()):
        by_part.setdefault(algorithm.part_of(entry.row), []).append(entry)
    for part in algorithm.parts:
        found = by_part.get(part.id, [])
        found.sort(key=lambda entry: list(part.rows).index(entry.row))
        beside = _beside(part, found, uses) if not part.defines else []
        if found or beside:
            head = ("Row", "It says", "Carried by")
            blocks = (Grid(head, tuple(beside)),) if beside else ()
            rules = tuple(reader.rule(entry) for entry in found)
            yield Section(f"Rules: {part.title}", f"branch-{part.id}", blocks, rules)
    if found := by_part.get("", []):
        rules = tuple(reader.rule(entry) for entry in found)
        yield Section("Rules: of this site", "branch-site", (), rules)


def _beside(part: Part, found: list[Entry], uses: Uses) -> list[tuple[Line, ...]]:
    """Rows of a branch without a rule of their own: notes, or handled elsewhere."""
    own = {entry.row for entry in found}
    rows: list[tuple[Line, ...]] = []
    for name, row in part.rows.items():
        if name not in own:
            elsewhere = f"{', '.join(row.where)}. {row.why}"
            used = tables.used_by(uses.rows.get(name, ()), elsewhere)
            rows.append(((name,), (row.says,), used))
    return rows
