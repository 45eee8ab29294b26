"""The words of the cards: states, conditions, facts that are missing. English, as reviewed."""

from __future__ import annotations

import re

from aml.entries import Strength
from aml.states import State

STATES = {
    State.UNTREATED: "AML, diagnosed{since}, without treatment on record",
    State.IN_TREATMENT: "AML under treatment{since}, no remission yet",
    State.REMISSION_MRD_NEGATIVE: "AML in remission{since}, MRD negative",
    State.REMISSION_MRD_POSITIVE: "AML in remission{since}, MRD positive at a stable low level",
    State.REMISSION_MRD_UNKNOWN: "AML in remission{since}, MRD not known",
    State.MRD_RELAPSE_SUSPECTED: "MRD relapse suspected{since}, not confirmed",
    State.MRD_RELAPSE: "MRD relapse{since}, confirmed",
    State.REFRACTORY: "Refractory AML{since}",
    State.RELAPSE_SUSPECTED: "Relapse of AML suspected{since}",
    State.RELAPSE: "Relapsed AML{since}",
    State.INDETERMINATE: "AML, state not clear from the record",
}
UNREAD = "part of the record was not read"


def state_words(state: State, since: str) -> str:
    """The state and since when; a state whose day is not known says none."""
    day = f" {since}" if state is State.UNTREATED else f" since {since}"
    return STATES[state].format(since=day if since else "")


STRENGTHS = {
    Strength.RECOMMEND: "recommended",
    Strength.CONSIDER: "an option",
    Strength.TRIAL_ONLY: "in a trial only",
    Strength.NOT_BENEFICIAL: "no benefit shown",
    Strength.CONTRAINDICATED: "not with what is recorded",
}

GROUPS = {
    "first-steps": "First steps",
    "treatment": "Treatment options",
    "transplant": "Transplant",
}

FACETS = {
    "after-allo-hct": "after allogeneic HCT",
    "early-relapse": "early relapse (within 6 months)",
    "late-relapse": "late relapse (after 6 months)",
    "after-hma-venetoclax": "after HMA/venetoclax",
    "extramedullary": "extramedullary disease",
    "gvhd-active": "active GVHD",
    "on-immunosuppression": "on immunosuppression",
    "prior-flt3-inhibitor": "earlier FLT3 inhibitor",
    "adverse-prognosis": "poor prognostic factors",
}

TARGETS = {
    "mutated": "mutated",
    "wild-type": "not mutated",
    "positive": "positive",
    "negative": "negative",
    "not-retested": "not retested",
    "unknown": "unknown",
}

MISSING = {
    "flt3-itd-current": "FLT3-ITD in a current sample",
    "flt3-tkd-current": "FLT3-TKD in a current sample",
    "idh1-current": "IDH1 in a current sample",
    "idh2-current": "IDH2 in a current sample",
    "npm1-current": "NPM1 in a current sample",
    "kmt2a-current": "KMT2A rearrangement in a current sample",
    "cd33-current": "CD33 on the blasts now",
    "fitness": "fitness for intensive therapy",
    "transplant-eligibility": "transplant eligibility",
    "gvhd-active": "active GVHD",
    "gvhd-prior": "GVHD at any time",
    "immunosuppression": "immunosuppression being given",
    "donor": "donor, donor cells",
    "goals-of-care": "goals of care",
    "mrd": "MRD in the next sample",
    "marrow-now": "marrow now",
    "flt3-itd-at-diagnosis": "FLT3-ITD at diagnosis",
}

PROCEDURES = {
    "donor-lymphocyte-infusion": "donor lymphocyte infusion",
    "allogeneic-hct": "allogeneic HCT",
    "taper-immunosuppression": "taper of immunosuppression",
    "cpx-351": "CPX-351",
}

ANSWERED = "Answered before, and the facts are the same:"
NO_RANKING = "The paper does not rank these."
CAUTIONS_BELOW = "Label cautions stand with the evidence of each option."
UNSIGNED = "library not yet signed by a clinician here"
INFORMS = "Informs the physician, who decides."

_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_MARKDOWN = {sign: f"\\{sign}" for sign in r"\`*_[]#|!~"}
_INERT = str.maketrans(_MARKDOWN | {"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escaped(text: str) -> str:
    """Words from a record as markdown that shows them and does nothing else."""
    return plain(text).translate(_INERT)


def plain(text: str) -> str:
    """Words from a record on one line, without characters that steer a screen."""
    return _SPACE.sub(" ", text).strip()
