"""The form of knowledge/orders: rules on what is about to be ordered."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import StringConstraints, model_validator

from aml.entries import Clause, Form, Id, Jurisdiction, Words
from aml.logic import Choice
from aml.ordering import Procedure
from aml.states import OUT_OF_SCOPE, State

IN_SCOPE = tuple(state for state in State if state not in OUT_OF_SCOPE)
CONTRAINDICATED, TARGET_ABSENT = "order-contraindicated", "order-target-absent"
INTERACTION, DUPLICATE = "order-interaction", "order-duplicate-target"
# The response contract: contraindicated and target-absent are critical, and so is an
# interaction where a label that was read says "avoid" or "contraindicated" of the very drug.
ALWAYS_CRITICAL = frozenset({CONTRAINDICATED, TARGET_ABSENT})
MAY_BE_CRITICAL = ALWAYS_CRITICAL | {INTERACTION}


class Remedy(Choice):
    """What the card can do for the order."""

    DELETE = "delete"  # take the draft out
    REPLACE = "replace"  # take it out, or put an option in its place that draws no alert
    RETEST = "retest"  # add the test that is missing, or order the test first
    NONE = "none"


class Among(Form):
    """Drugs by class or by name, or procedures: any one of them."""

    classes: tuple[Id, ...] = ()
    drugs: tuple[Id, ...] = ()
    procedures: tuple[Procedure, ...] = ()

    @model_validator(mode="after")
    def _names_something(self) -> Among:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError("expected classes, drugs or procedures")
        return self


class Drafted(Among):
    """`antileukemic`: any drug against the leukemia; `chemotherapy`: cytotoxic chemotherapy, be
    it one drug, a regimen by its name, or a regimen drug by drug, of which the first counts."""

    antileukemic: bool = False
    chemotherapy: bool = False


class OrderEntry(Form):
    """A rule that warns of an order.

    It speaks if the draft is among `drafted`, one of `together` is given or ordered with it and
    none of `without` is, and `when` is met. `title` stands in the summary of the card. `source`
    names a label whose text was read; what was only recalled is marked by `check_label`, is
    never critical, and the card says so. `test`: the draft that orders the missing test.
    """

    id: Id
    row: Words
    order: Id
    critical: bool = False
    states: tuple[State, ...] = IN_SCOPE
    jurisdictions: tuple[Jurisdiction, ...] = ()
    drafted: Drafted
    when: Clause = None
    together: Among | None = None
    without: Among | None = None
    title: Annotated[Words, StringConstraints(max_length=64)]
    text: Words
    evidence: tuple[Id, ...] = ()
    updates: tuple[Id, ...] = ()
    source: Words = ""
    check_label: bool = False
    remedy: Remedy = Remedy.NONE
    test: Id = ""
    reviewed: date | None = None
    reviewed_by: Words = ""
    due: date

    @model_validator(mode="after")
    def _grade_and_grounds(self) -> OrderEntry:
        if self.critical and (self.order not in MAY_BE_CRITICAL or self.check_label):
            raise ValueError("critical is for contraindicated, absent or label-critical")
        if not self.critical and self.order in ALWAYS_CRITICAL:
            raise ValueError(f"{self.order} is always critical")
        if not (self.evidence or self.updates or self.source or self.check_label):
            raise ValueError("expected evidence, updates, or the source of a label")
        if (self.remedy is Remedy.RETEST) != bool(self.test):
            raise ValueError("a retest needs its test, and only it does")
        return self
