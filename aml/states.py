"""What the disease is doing: the codes of the response contract and what rests on them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from aml.logic import Choice, Known, Unknown
from aml.patient import When


class State(Choice):
    """Exactly one of these at a time; the meaning of each stands in the response contract."""

    NOT_AML = "not-aml"
    APL = "apl"
    PEDIATRIC = "pediatric"
    UNTREATED = "untreated"
    IN_TREATMENT = "in-treatment"
    REMISSION_MRD_NEGATIVE = "remission-mrd-negative"
    REMISSION_MRD_POSITIVE = "remission-mrd-positive"
    REMISSION_MRD_UNKNOWN = "remission-mrd-unknown"
    MRD_RELAPSE_SUSPECTED = "mrd-relapse-suspected"
    MRD_RELAPSE = "mrd-relapse"
    REFRACTORY = "refractory"
    RELAPSE_SUSPECTED = "relapse-suspected"
    RELAPSE = "relapse"
    INDETERMINATE = "indeterminate"


OUT_OF_SCOPE = frozenset({State.NOT_AML, State.APL, State.PEDIATRIC})
REMISSION = frozenset(
    {
        State.REMISSION_MRD_NEGATIVE,
        State.REMISSION_MRD_POSITIVE,
        State.REMISSION_MRD_UNKNOWN,
    }
)
MRD_RELAPSE = frozenset({State.MRD_RELAPSE_SUSPECTED, State.MRD_RELAPSE})
OVERT = frozenset({State.RELAPSE, State.REFRACTORY})


class DiseaseState(Struct, frozen=True):
    """The state, since when, and the facts that say so, the deciding one first.

    `event`: the deciding sample of the present event (relapse, refractory disease, MRD
    relapse), from which on a test result is current; None without an event. `remission`: the
    start of the remission that holds, or that was lost. `open`: what would settle more.
    """

    state: State
    since: When | None = None
    because: tuple[Known[Any], ...] = ()
    event: When | None = None
    remission: When | None = None
    open: tuple[Unknown, ...] = ()
