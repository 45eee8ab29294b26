"""The forms of knowledge files. What a form does not name stops the start."""

from __future__ import annotations

import inspect
import re
from calendar import monthrange
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from aml.logic import Choice
from aml.order_criteria import WORDS
from aml.pharmacy import Intensity
from aml.states import State

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Count = Annotated[int, Field(strict=True, ge=0)]
Jurisdiction: TypeAlias = Literal["US", "EU"]


class Strength(Choice):
    """How firmly an entry speaks; the words of the response contract, strongest first."""

    RECOMMEND = "recommend"
    CONSIDER = "consider"
    TRIAL_ONLY = "trial-only"
    NOT_BENEFICIAL = "not-beneficial"
    CONTRAINDICATED = "contraindicated"

    def __init__(self, _: str) -> None:
        self.rank = len(type(self).__members__)  # the place of each in the order above

    @property
    def offered(self) -> bool:
        return self in (Strength.RECOMMEND, Strength.CONSIDER, Strength.TRIAL_ONLY)


def _clause(value: Any) -> Any:
    """A clause of known words with fitting arguments; see `aml.criteria.holds`."""
    match value:
        case str():
            return _word(value, [])
        case {"all": list(parts)} | {"any": list(parts)} if len(value) == 1:
            if not parts:
                raise ValueError("all and any need at least one part")
            return {next(iter(value)): [_clause(part) for part in parts]}
        case {"not": part} if len(value) == 1:
            return {"not": _clause(part)}
        case dict() if len(value) == 1:
            [(name, arguments)] = value.items()
            return _word(name, arguments if isinstance(arguments, list) else [arguments])
    raise ValueError("expected a word, {word: arguments}, or all / any / not of clauses")


def _word(name: str, arguments: list[Any]) -> Any:
    if name not in WORDS:
        raise ValueError(f"{name!r} is not a word of the vocabulary")
    signature = inspect.signature(WORDS[name].definition)
    parameters = list(signature.parameters.values())[1:]
    try:
        signature.bind(None, *arguments)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from None
    if not arguments and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise ValueError(f"{name}: expected at least one argument")
    annotations = [p.annotation for p in parameters]
    for argument, annotation in zip(arguments, annotations * len(arguments), strict=False):
        if annotation == "int" and not (
            isinstance(argument, int) and not isinstance(argument, bool)
        ):
            raise ValueError(f"{name}: expected a whole number, found {argument!r}")
        if annotation == "str" and not isinstance(argument, str):
            raise ValueError(f"{name}: expected a word, found {argument!r}")
    return {name: arguments} if arguments else name


Clause = Annotated[Any, BeforeValidator(_clause)]


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Form):
    """A statement of the source paper. `cites`: the references it gives there. Of a result also
    on how many patients it rests (`n`), what was measured, and against what; as far as the
    paper says so."""

    id: Id
    kind: Literal["definition", "result", "recommendation", "background", "regulatory"]
    claim: Words
    cites: tuple[Words, ...] = Field(min_length=1)
    place: Words
    population: Words = ""
    n: Annotated[str, StringConstraints(pattern=r"^\d")] | Literal[""] = ""
    endpoint: Words = ""
    comparator: Words = ""


def _partial_date(value: Any) -> Any:
    """The day from which something dated `2024`, `2024-03` or `2024-03-05` holds: its last
    possible one, so that nothing is known too early."""
    if isinstance(value, date):
        return value
    read = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", str(value))
    if read is None:
        raise ValueError("expected a date: 2024, 2024-03 or 2024-03-05")
    year, month, day = (int(part) if part else 0 for part in read.groups())
    month = month if read[2] else 12
    first = date(year, month, day if read[3] else 1)
    return first if read[3] else first.replace(day=monthrange(year, month)[1])


class Update(Form):
    """A development since the paper. `shown` is the date as it is printed."""

    id: Id
    date: Annotated[date, BeforeValidator(_partial_date)]
    jurisdiction: Words
    claim: Words
    confidence: Literal["verified", "partly-verified"]
    rows: tuple[Words, ...]
    url: Words


Dated = TypeVar("Dated", "Approval", "Entry")


def _in_order(row: Dated) -> Dated:
    if row.since and row.until and row.until <= row.since:
        raise ValueError("`until` is the first day on which it no longer holds, after `since`")
    return row


class Approval(Form):
    """That a drug is authorised for a use somewhere. Without `since`, as the paper or a label
    states it, it holds on every date (the response contract, "Jurisdiction and time")."""

    drug: Id
    use: Id
    jurisdiction: Jurisdiction
    source: Id
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Approval:
        return _in_order(self)

    def holds_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )


class Option(Form):
    """A drug of a recommendation, and the use for which it would have to be approved."""

    drug: Id
    use: Id


class Weaker(Form):
    """A situation in which an entry speaks less firmly. A clause the record leaves open counts
    as well: silence never makes an option stronger."""

    when: Clause
    to: Strength = Strength.CONSIDER
    say: Words


class Note(Form):
    """A sentence of the card for some patients, or an information row of the algorithm."""

    say: Words
    when: Clause = None
    row: str = ""
    evidence: tuple[Id, ...] = ()
    updates: tuple[Id, ...] = ()


class Caution(Form):
    """A warning of a label. `when` open: to be checked; absent: it always stands."""

    say: Words
    source: Words
    when: Clause = None


class CardText(Form):
    """`title` stands in the summary beside others; `text` opens the paragraph."""

    title: Annotated[Words, StringConstraints(max_length=48)]
    text: Words


class Entry(Form):
    """One row of the algorithm as a rule: what may be said, to whom, how firmly, on what."""

    id: Id
    row: Words
    code: Id
    states: tuple[State, ...] = Field(min_length=1)
    when: Clause = None
    provided: tuple[Clause, ...] = ()
    unless: tuple[Clause, ...] = ()
    strength: Strength
    weaker: tuple[Weaker, ...] = ()
    options: tuple[Option, ...] = ()
    needs_approval: bool = False
    since: date | None = None
    until: date | None = None
    evidence: tuple[Id, ...] = Field(min_length=1)
    updates: tuple[Id, ...] = ()
    notes: tuple[Note, ...] = ()
    cautions: tuple[Caution, ...] = ()
    card: CardText
    draft: Id = ""
    reviewed: date | None = None
    reviewed_by: Words = ""
    due: date

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Entry:
        if self.needs_approval and not self.options:
            raise ValueError("needs_approval: expected the drugs in `options`")
        return _in_order(self)


class AlertEntry(Form):
    """A rule that warns. `text` is what the state card says."""

    id: Id
    row: Words
    alert: Id
    states: tuple[State, ...] = Field(min_length=1)
    when: Clause
    evidence: tuple[Id, ...] = ()
    updates: tuple[Id, ...] = ()
    text: Words
    reviewed: date | None = None
    reviewed_by: Words = ""
    due: date


class Code(Form):
    """A recommendation code of the response contract. `drug`: pregnancy on record hides it."""

    display: Words
    group: Id
    drug: bool = False


class Draft(Form):
    """A resource that a suggestion can create, without patient and identity."""

    label: Words
    resource: dict[str, Any]


class DrugRow(Form):
    """A drug: what it is, and how records write it."""

    classes: tuple[Id, ...] = Field(min_length=1)
    brands: tuple[Words, ...] = ()
    rxnorm: tuple[Words, ...] = ()
    atc: tuple[Words, ...] = ()
    text: tuple[Words, ...] = ()


class RegimenRow(Form):
    """Drugs that are given together under one name."""

    drugs: tuple[Id, ...] = Field(min_length=1)
    intensity: Intensity
    text: tuple[Words, ...] = ()


class DrugBook(Form):
    """`knowledge/drugs.yaml`."""

    drugs: dict[Id, DrugRow]
    regimens: dict[Words, RegimenRow]


class Exclusion(Form):
    """A recorded fact that excludes every code but some (`spares`), or only drugs."""

    unless: Clause
    spares: tuple[Id, ...] = ()
    drugs_only: bool = False
    row: Words


class StateNote(Note):
    """A sentence of the state card for some patients."""

    states: tuple[State, ...] = Field(min_length=1)


class Book(Form):
    """`knowledge/library.yaml`: what belongs to the whole library."""

    version: Words
    paper: Words
    paper_url: Words
    constants: dict[str, Count] = Field(default_factory=dict)
    groups: tuple[Id, ...]
    exclusions: tuple[Exclusion, ...]
    state_notes: tuple[StateNote, ...] = ()
    state_evidence: dict[State, tuple[Id, ...]]
    codes: dict[Id, Code]
    alerts: dict[Id, Words]
    orders: dict[Id, Words] = Field(default_factory=dict)
    drafts: dict[Id, Draft]


class Site(Form):
    """A site's own `site.yaml`: constants it sets, entries it switches off."""

    constants: dict[str, Count] = Field(default_factory=dict)
    off: tuple[Id, ...] = ()
