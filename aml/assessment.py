"""The assessment: what every door shows, and its JSON form in the response contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from aml.entries import Strength
from aml.facts import FROM_TEXT
from aml.logic import Known
from aml.patient import Ignored, Unread
from aml.states import DiseaseState, State

SCHEMA_VERSION = 1
NOT_JUDGED = "order-not-judged"


class OptionStatus(Struct, frozen=True):
    """A drug and whether it is approved for this use, here, on the day.

    `since` is set only where a verified source gives the date. `current`: it is being given.
    `held`: an order of it would draw a critical alert, so that no draft is suggested.
    """

    drug: str
    status: str  # approved | not-approved | investigational
    since: date | None = None
    current: bool = False
    held: bool = False


class Caution(Struct, frozen=True):
    """`open`: the record does not settle whether it applies. `ordering`: what an order of the
    drug would draw with the record as it is."""

    say: str
    source: str
    open: bool = False
    ordering: bool = False


class NoteShown(Struct, frozen=True):
    """A sentence for this patient, with what it rests on."""

    say: str
    evidence: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()


class Recommendation(Struct, frozen=True):
    """One code. `rule` is the entry that speaks, `also_rules` the others that agree or yield.

    `provided`: open conditions by name. `because`: the facts that made the rule speak.
    `excluded_by`: the recorded facts that contraindicate it, if they do.
    """

    code: str
    strength: Strength
    rule: str
    also_rules: tuple[str, ...]
    because: tuple[Known[Any], ...]
    provided: tuple[str, ...]
    evidence: tuple[str, ...]
    updates: tuple[str, ...] = ()
    options: tuple[OptionStatus, ...] = ()
    weaker: tuple[str, ...] = ()
    notes: tuple[NoteShown, ...] = ()
    cautions: tuple[Caution, ...] = ()
    excluded_by: tuple[Known[Any], ...] = ()
    title: str = ""
    text: str = ""
    draft: str = ""
    local: bool = False

    @property
    def sentence(self) -> str:
        known = self.excluded_by or self.because
        return sentence(known)

    @property
    def based_on(self) -> tuple[str, ...]:
        return sources_of((*self.because, *self.excluded_by))


class Alert(Struct, frozen=True):
    """`draft`: the order of which it warns, if it is of one."""

    code: str
    rule: str
    because: Known[Any]
    text: str
    evidence: tuple[str, ...] = ()
    local: bool = False
    draft: str = ""


class Suppressed(Struct, frozen=True):
    """What was not said, why, and the moment until which it stays quiet if the facts stay as
    they are. `code`: the alert or recommendation, or NOT_JUDGED for an order of which nothing
    is said by its kind or the patient's.
    """

    code: str
    draft: str
    reason: str
    until: str = ""


class Missing(Struct, frozen=True):
    """A fact that the record leaves open, and the codes that its values would change."""

    fact: str
    changes: tuple[str, ...]


class Assessment(Struct, frozen=True, dict=True):
    """Everything that is said of one patient on one day, in one jurisdiction."""

    patient: str
    on: date
    jurisdiction: str
    knowledge_version: str
    disease: DiseaseState
    excluded: str = ""
    facets: tuple[str, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    recommendations: tuple[Recommendation, ...] = ()
    alerts: tuple[Alert, ...] = ()
    missing: tuple[Missing, ...] = ()
    notes: tuple[NoteShown, ...] = ()
    facts: tuple[Known[Any], ...] = ()
    unchecked: tuple[str, ...] = ()
    unknown_factors: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    unread: tuple[Unread, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    unsigned: bool = True

    @property
    def state(self) -> State:
        return self.disease.state

    @property
    def offered(self) -> tuple[Recommendation, ...]:
        return tuple(r for r in self.recommendations if r.strength.offered)

    def to_json(self) -> dict[str, Any]:
        """The object of the response contract; what is empty is left out."""
        return dict(self._json)

    @cached_property
    def _json(self) -> dict[str, Any]:
        since = self.disease.since
        body: dict[str, Any] = {
            "schema": SCHEMA_VERSION,
            "asOf": self.on.isoformat(),
            "jurisdiction": self.jurisdiction,
            "knowledgeVersion": self.knowledge_version,
            "diseaseState": self.state.value,
            "stateSince": _day(since.first, since.last) if since else "",
            "stateBecause": sentence(self.disease.because),
            "stateBasedOn": list(sources_of(self.disease.because)),
            "facets": list(self.facets),
            "targets": dict(self.targets),
            "recommendations": [_recommendation(r) for r in self.recommendations],
            "alerts": [_alert(a) for a in self.alerts],
            "missing": [
                _filled({"fact": m.fact, "changes": list(m.changes)}) for m in self.missing
            ],
            "ignored": [
                _filled({"resource": i.resource, "reason": i.reason}) for i in self.ignored
            ],
            "unread": [_filled({"query": u.query, "reason": u.reason}) for u in self.unread],
            "suppressed": [_suppressed(s) for s in self.suppressed],
        }
        return _filled(body)


def _day(first: date, last: date) -> str:
    return (
        ""
        if first == date.min and last == date.max
        else max(first, date(1, 1, 2)).isoformat()
        if first != date.min
        else last.isoformat()
    )


def _recommendation(r: Recommendation) -> dict[str, Any]:
    return _filled(
        {
            "code": r.code,
            "strength": r.strength.value,
            "rule": r.rule,
            "alsoRules": list(r.also_rules),
            "evidence": [*r.evidence, *r.updates],
            "basedOn": list(r.based_on),
            "provided": list(r.provided),
            "options": [_option(o) for o in r.options],
            "because": r.sentence,
        }
    )


def _option(o: OptionStatus) -> dict[str, Any]:
    return _filled(
        {
            "drug": o.drug,
            "status": o.status,
            "approvedSince": o.since.isoformat() if o.since and o.status == "approved" else "",
            "current": o.current,
        }
    )


def _alert(a: Alert) -> dict[str, Any]:
    says = f"{a.text.rstrip('.')}: {a.because.says}" if a.because.says else a.text
    return _filled(
        {
            "code": a.code,
            "rule": a.rule,
            "basedOn": list(a.because.sources),
            "because": says,
            "draft": a.draft,
        }
    )


def _suppressed(s: Suppressed) -> dict[str, Any]:
    return _filled({"code": s.code, "draft": s.draft, "reason": s.reason, "until": s.until})


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Empty lists, objects and strings, and what is not so, are left out everywhere (the
    response contract)."""
    return {name: value for name, value in values.items() if value}


def sentence(known: tuple[Known[Any], ...]) -> str:
    """Facts as one sentence, each with its day."""
    return "; ".join(dict.fromkeys(dated(k) for k in known if k.says))


def dated(known: Known[Any]) -> str:
    """A fact with its day, unless its words carry one."""
    if known.on == date.min or (day := known.on.isoformat()) in known.says:
        return known.says
    if known.says.endswith(FROM_TEXT):
        return f"{known.says.removesuffix(FROM_TEXT)} (from text, {day})"
    return f"{known.says} ({day})"


def sources_of(known: tuple[Known[Any], ...]) -> tuple[str, ...]:
    """The resources behind facts, each once, sorted."""
    return tuple(sorted({s for k in known for s in k.sources if s}))


_TEXT = {"type": "string", "minLength": 1}
_IDS = {"type": "array", "items": _TEXT, "minItems": 1}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1}


_DATE = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_FACETS = [
    "after-allo-hct",
    "early-relapse",
    "late-relapse",
    "after-hma-venetoclax",
    "extramedullary",
    "gvhd-active",
    "gvhd-prior",
    "on-immunosuppression",
    "fit-intensive",
    "unfit-intensive",
    "fitness-unknown",
    "transplant-eligible",
    "transplant-ineligible",
    "transplant-eligibility-unknown",
    "npm1-mutated",
    "kmt2a-rearranged",
    "cd33-positive",
    "prior-flt3-inhibitor",
    "adverse-prognosis",
]

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Assessment of one patient by rraml-cds",
    **_object(
        ["schema", "asOf", "jurisdiction", "knowledgeVersion", "diseaseState"],
        schema={"const": SCHEMA_VERSION},
        patient=_TEXT,
        asOf=_DATE,
        jurisdiction={"enum": ["US", "EU"]},
        knowledgeVersion=_TEXT,
        diseaseState={"enum": [s.value for s in State]},
        stateSince=_DATE,
        stateBecause=_TEXT,
        stateBasedOn=_IDS,
        facets={**_list({"enum": _FACETS}), "uniqueItems": True},
        targets={
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"enum": ["FLT3", "IDH1", "IDH2", "NPM1", "KMT2A", "CD33"]},
            "additionalProperties": {
                "enum": [
                    "mutated",
                    "wild-type",
                    "positive",
                    "negative",
                    "not-retested",
                    "unknown",
                ]
            },
        },
        recommendations=_list(
            _object(
                ["code", "strength", "rule", "evidence"],
                code=_TEXT,
                strength={"enum": [s.value for s in Strength]},
                rule=_TEXT,
                alsoRules=_IDS,
                evidence=_IDS,
                basedOn=_IDS,
                provided=_IDS,
                because=_TEXT,
                options=_list(
                    _object(
                        ["drug", "status"],
                        drug=_TEXT,
                        status={"enum": ["approved", "not-approved", "investigational"]},
                        approvedSince=_DATE,
                        current={"const": True},
                    )
                ),
            )
        ),
        alerts=_list(
            _object(
                ["code", "rule", "because"],
                code=_TEXT,
                rule=_TEXT,
                basedOn=_IDS,
                because=_TEXT,
                draft=_TEXT,
            )
        ),
        missing=_list(_object(["fact", "changes"], fact=_TEXT, changes=_IDS)),
        ignored=_list(_object(["resource", "reason"], resource=_TEXT, reason=_TEXT)),
        unread=_list(_object(["query", "reason"], query=_TEXT, reason=_TEXT)),
        suppressed=_list(
            _object(["code", "reason"], code=_TEXT, draft=_TEXT, reason=_TEXT, until=_TEXT)
        ),
    ),
}
