"""What is known of the safety of the drugs, held against the rules on orders that carry it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from aml.entries import Form, Id, Words
from aml.knowledge import FOLDER, Library
from aml.yaml_files import read_yaml


class SafetyFact(Form):
    """One topic of one drug. `rules` are on orders, `cards` entries whose cautions say it;
    `why`: the reason, or its name, where these do not carry all of it."""

    says: Words
    basis: Literal["read", "recalled"]
    rules: tuple[Id, ...] = ()
    cards: tuple[Id, ...] = ()
    why: str = ""


class DrugSafety(Form):
    """The file knowledge/drug_safety.yaml."""

    reasons: dict[Id, Words]
    drugs: dict[Words, dict[Words, SafetyFact]] = Field(min_length=1)

    @property
    def facts(self) -> Iterator[tuple[str, SafetyFact]]:
        for drug, topics in self.drugs.items():
            yield from ((f"{drug}, {topic}", fact) for topic, fact in topics.items())

    def reason(self, fact: SafetyFact) -> str:
        return self.reasons.get(fact.why, fact.why)

    def gaps(self, library: Library) -> Iterator[str]:
        """Topics that nothing carries, names that mean nothing, and rules that no topic has."""
        for name, fact in self.facts:
            yield from (f"{name}: {problem}" for problem in _problems(fact, library))
        carried = {rule for _, fact in self.facts for rule in fact.rules}
        for name, entry in library.orders.items():
            if (entry.source or entry.check_label) and name not in carried:
                yield f"{name}: rests on a label, and is not in drug_safety.yaml"
        used = {fact.why for _, fact in self.facts}
        yield from (f"reason {name}: not used" for name in sorted(set(self.reasons) - used))

    def rows(self, links: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
        """The cells of a table; `links`: the address of each rule and entry."""
        for name, fact in self.facts:
            carried = [f"[{rule}]({links[rule]})" for rule in fact.rules]
            carried += [f"[{card}]({links[card]}) (caution)" for card in fact.cards]
            carried += [self.reason(fact)] if fact.why else []
            yield name.replace("-", " "), fact.says, fact.basis, "<br>".join(carried)


def _problems(fact: SafetyFact, library: Library) -> Iterator[str]:
    if not (fact.rules or fact.cards or fact.why):
        yield "no rule, no caution and no reason"
    yield from (f"{r} is no rule on orders" for r in fact.rules if r not in library.orders)
    for card in fact.cards:
        if card not in library.entries or not library.entries[card].cautions:
            yield f"{card} is no entry with a caution"
    for rule in fact.rules:
        entry = library.orders.get(rule)
        if fact.basis == "recalled" and entry is not None and entry.source:
            yield f"{rule} says as read what was only recalled"


def read_safety(folder: Path = FOLDER) -> DrugSafety:
    """Raises KnowledgeError, naming file, line and field, for what cannot be meant."""
    file = read_yaml(folder / "drug_safety.yaml")
    try:
        return DrugSafety.model_validate(file.content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        field = tuple(step for step in problem["loc"] if isinstance(step, str | int))
        raise file.error(field, problem["msg"]) from None
