"""Rules on orders as sections of the rulebook, by the gravity of their alert."""

from __future__ import annotations

from collections.abc import Iterator

from aml.knowledge import Library
from aml.order_entries import OrderEntry
from cards.order_rules import TABLE, conditions, says
from cards.rulebook.document import Field, Fields, Paragraph, Section, Strong, lines
from cards.rulebook.rules import RuleReader, signature_of

INTRODUCTION = (
    "What the order hooks say of a draft, the gravest alert first; one card for each draft. "
    f"Their cases stand in {TABLE}: orders in situations, each with its alert or silence."
)


def order_rules(library: Library, reader: RuleReader) -> Section:
    """All rules on orders, those of the gravest alert first."""
    sections = tuple(
        _rule(order, display, reader)
        for code, display in library.book.orders.items()
        for _, order in sorted(library.orders.items())
        if order.order == code
    )
    return Section("Alerts on orders", "orders", (Paragraph((INTRODUCTION,)),), sections)


def _rule(entry: OrderEntry, display: str, reader: RuleReader) -> Section:
    fields = Fields(tuple(field for field in _fields(entry, reader) if field.lines))
    title = f"{display}: {entry.title}"
    return Section(title, entry.id, (fields, signature_of(entry)), mark=entry.id)


def _fields(entry: OrderEntry, reader: RuleReader) -> Iterator[Field]:
    yield Field("Status", reader.status(entry))
    yield Field("Card", ((Strong(f"{entry.title}."), f" {entry.text}"),))
    for label, text in (*says(entry), *conditions(entry)):
        yield Field(label, lines(text))
    yield from reader.rests_on(entry, ())
    yield Field("Words", reader.words([entry.when]))
