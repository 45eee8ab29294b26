"""A rule on orders in words, for those who check it and sign it."""

from __future__ import annotations

from collections.abc import Iterator

from aml.order_entries import IN_SCOPE, Among, Drafted, OrderEntry
from cards import wording
from cards.clauses import aloud

TABLE = "tests/orders/alone.yaml, table.yaml and grid.yaml"
_SHORT = {
    name.lower(): name for name in ("FLT3", "IDH1", "IDH2", "CD33", "HMA", "CYP3A4", "QT")
}
REMEDIES = {
    "delete": "take the order out",
    "replace": "take it out, or order an option that draws no alert in its place",
    "retest": "add the missing test, or order the test first",
}


def conditions(entry: OrderEntry) -> Iterator[tuple[str, str]]:
    """What has to hold for it to speak, label by label."""
    yield "Ordered", " or ".join(_named(entry.drafted))
    if entry.together is not None:
        yield "Given or ordered beside it", " or ".join(_named(entry.together))
    if entry.without is not None:
        yield "Nothing of this beside it", ", ".join(_named(entry.without))
    every = set(entry.states) == set(IN_SCOPE)
    states = (s.value.replace("-", " ").replace("mrd", "MRD") for s in entry.states)
    yield "States", "every state of AML in scope" if every else ", ".join(states)
    if entry.jurisdictions:
        yield "Where", ", ".join(entry.jurisdictions)
    if entry.when is not None:
        yield "When", aloud(entry.when)


def says(entry: OrderEntry) -> Iterator[tuple[str, str]]:
    """What it says and does then."""
    grade = "critical" if entry.critical else "warning"
    yield "Alert", f"{entry.order}, {grade}, row {entry.row}"
    if entry.remedy.value in REMEDIES:
        yield "Remedy", REMEDIES[entry.remedy.value]
    if entry.source:
        yield "Label", entry.source
    if entry.check_label:
        yield "Label", "not read; the card says to check it"


def _named(among: Among) -> Iterator[str]:
    if isinstance(among, Drafted) and among.antileukemic:
        yield "any drug against the leukemia"
    if isinstance(among, Drafted) and among.chemotherapy:
        yield "cytotoxic chemotherapy"
    for name in among.classes:
        yield " ".join(_SHORT.get(part, part) for part in name.split("-"))
    yield from (drug.replace("-", " ") for drug in among.drugs)
    yield from (wording.PROCEDURES.get(p.value, p.value) for p in among.procedures)
