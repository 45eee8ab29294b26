"""The table of orders: situations as cases, orders as drafts, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import structs
from pydantic import Field

from aml.assess import Examination
from aml.assessment import Assessment
from aml.case import Case
from aml.entries import Form, Id, Jurisdiction, Words
from aml.knowledge import Library, Snapshot, load
from aml.logic import Known
from aml.order_facts import Active, OrderFacts
from aml.ordering import Draft
from aml.orders import Judgement, judge
from aml.patient import Amount
from aml.recommend import recommend
from aml.states import DiseaseState
from aml.yaml_files import read_yaml
from fhir_mapping.drafts import read_drafts
from fhir_mapping.resources import Resources
from tests.aml.cases import read_case

TABLE, GRID = "table.yaml", "grid.yaml"
SILENCE = "silence"
MEASURED = {
    "qtcf": "qtcf_ms",
    "potassium": "potassium_mmol_per_l",
    "magnesium": "magnesium_mmol_per_l",
    "clearance": "creatinine_clearance_ml_per_min",
    "lvef": "lvef_pct",
    "leukocytes": "wbc_1e9_per_l",
    "bilirubin": "bilirubin_x_uln",
    "alt": "alt_x_uln",
    "ast": "ast_x_uln",
}
FOUND = {"found": True, "excluded": False}
Said = str | dict[str, str]


class Setting(Form):
    jurisdiction: Jurisdiction
    date: date


class Circumstances(Form):
    """A patient, as far as orders are judged on it."""

    facts: dict[str, Any] = Field(default_factory=dict)
    disease: dict[str, str] = Field(default_factory=dict)
    before: dict[str, str] = Field(default_factory=dict)
    qtcf: float | None = None
    potassium: float | None = None
    magnesium: float | None = None
    clearance: float | None = None
    lvef: float | None = None
    leukocytes: float | None = None
    bilirubin: float | None = None
    alt: float | None = None
    ast: float | None = None
    given: tuple[Id, ...] = ()

    def examination(self, snapshot: Snapshot) -> Examination:
        case = self.case(snapshot)
        assessment = Assessment(
            patient="Patient/p",
            on=snapshot.on,
            jurisdiction=snapshot.jurisdiction,
            knowledge_version=snapshot.version,
            disease=DiseaseState(case.state.value),
            recommendations=recommend(case, snapshot),
        )
        known = {drug: Known("course", drug, drug, snapshot.on) for drug in self.given}
        active = tuple(Active(drug, snapshot.on, fact) for drug, fact in known.items())
        return Examination(assessment, case, lambda: OrderFacts(case, active))

    def case(self, snapshot: Snapshot) -> Case:
        pharmacy = snapshot.pharmacy
        treating = sorted(pharmacy.antileukemic(self.given))
        facts = self.facts | ({"given": treating} if treating else {})
        return structs.replace(
            read_case(facts, snapshot),
            of_the_disease={gene: _result(gene, r) for gene, r in self.disease.items()},
            older_results={gene: _result(gene, r) for gene, r in self.before.items()},
            measured={
                name: (Known(name, Amount.exactly(str(value)), f"{key} {value}"),)
                for key, name in MEASURED.items()
                if (value := getattr(self, key)) is not None
            },
        )


def _result(gene: str, written: str) -> Known[bool]:
    return Known(gene, FOUND[written], f"{gene} {written}")


class Situation(Circumstances):
    """`orders`: what is said of each basket; `answers`: the baskets, by what is said of the
    first order of each, the others being silent."""

    situation: Words
    setting: Setting
    orders: dict[str, Said] = Field(default_factory=dict)
    answers: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def baskets(self) -> Iterator[tuple[str, Said]]:
        yield from self.orders.items()
        for said, baskets in self.answers.items():
            yield from ((basket, said) for basket in baskets)


@dataclass(frozen=True, slots=True)
class Row:
    """One basket in one situation, and what the table says of each of its orders."""

    situation: Situation
    basket: str
    said: Said

    @property
    def where(self) -> str:
        setting = self.situation.setting
        return f"{self.situation.situation}, {setting.jurisdiction}, {setting.date}"

    @property
    def name(self) -> str:
        return f"{self.where}: {self.basket}"

    @property
    def orders(self) -> list[str]:
        return self.basket.split(" & ")

    @property
    def expected(self) -> dict[str, str]:
        first = self.orders[0]
        said = self.said if isinstance(self.said, dict) else {_word(first): self.said}
        return {_word(order): said.get(_word(order), SILENCE) for order in self.orders}


@cache
def read_table(*names: str) -> tuple[Row, ...]:
    """The rows of these files, or of all of them."""
    files = [Path(__file__).with_name(name) for name in names or (TABLE, GRID)]
    rows = [row for file in files for row in read_yaml(file).content]
    situations = [Situation.model_validate(row) for row in rows]
    return tuple(Row(s, basket, said) for s in situations for basket, said in s.baskets)


@cache
def library() -> Library:
    return load()


def judged(row: Row) -> Judgement:
    snapshot, examination = examined(row.where)
    return judge(drafts(row.orders), examination, snapshot)


@cache
def examined(where: str) -> tuple[Snapshot, Examination]:
    """A situation of the table, once for all of its baskets."""
    situation = next(row.situation for row in read_table() if row.where == where)
    setting = situation.setting
    snapshot = library().in_force(setting.jurisdiction, setting.date)
    return snapshot, situation.examination(snapshot)


def drafts(orders: Iterable[str]) -> tuple[Draft, ...]:
    entries = [{"resource": _resource(i, text)} for i, text in enumerate(orders)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return read_drafts(bundle, None, Resources("p"))


def outcome(row: Row) -> dict[str, str]:
    """What is said of each order of a basket, in the words of the table."""
    return in_words(row, judged(row))


def in_words(row: Row, judgement: Judgement) -> dict[str, str]:
    said = {_word(order): SILENCE for order in row.orders}
    for draft, alerts in judgement.by_draft().items():
        grade = "critical" if any(a.entry.critical for a in alerts) else "warning"
        codes = list(dict.fromkeys(alert.entry.order for alert in alerts))
        order = row.orders[int(draft.reference.split("/")[1])]
        said[_word(order)] = f"{grade}: {', '.join(codes)}"
    return said


@cache
def spoken_rules() -> tuple[frozenset[str], ...]:
    """The rules that speak in each row of the table."""
    return tuple(
        frozenset(alert.entry.id for alert in judged(row).alerts) for row in read_table()
    )


def _resource(number: int, text: str) -> Mapping[str, Any]:
    kind, _, rest = text.partition(": ")
    common = {"id": str(number), "status": "draft", "subject": {"reference": "Patient/p"}}
    if kind == "request":
        return {"resourceType": "ServiceRequest", **common, "code": {"text": rest}}
    if kind == "plan":
        return {"resourceType": "CarePlan", **common, "intent": "plan", "title": rest}
    concept = {"text": text}
    return {"resourceType": "MedicationRequest", **common, "medicationCodeableConcept": concept}


def _word(order: str) -> str:
    return order.split()[0].lower()
