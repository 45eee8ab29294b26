"""A damaged record never gets advice that the record did not support.

Damage hides: what cannot be read is as if it were not there. So nothing may be offered, and no
strength raised, beyond what the whole record gets, or the record without what was damaged.
Knowing less opens little, and what it opens is listed here with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from aml.assessment import Assessment
from aml.entries import Strength
from aml.states import State
from standin_ehr.expected import Expected
from tests.damage import WAYS, damaged, with_identity_of, without
from tests.encoded import Encoded, answered, assessed, cases, encodings, plain
from tests.encodings import facts
from tests.examples import examples

TARGETED = frozenset(
    {"gilteritinib", "idh1-inhibitor", "idh2-inhibitor", "menin-inhibitor",
     "gemtuzumab-ozogamicin"}
)  # fmt: skip
# What may be offered, or offered more firmly, once nothing of a kind of fact is on record.
OPENS: dict[type[facts.Fact], frozenset[str]] = {
    # no relapse on record, or only a suspicion
    facts.Blasts: frozenset({"marrow-assessment", "mrd-monitoring"}),
    facts.Response: frozenset({"marrow-assessment", "mrd-monitoring"}),
    # no event of residual disease on record, or an unconfirmed one
    facts.Residual: frozenset({"confirm-mrd", "mrd-monitoring"}),
    # the target is no longer known to be there: row G1, and the rows it would have hidden (A26)
    facts.Gene: frozenset(
        {"repeat-molecular-testing", "salvage-chemotherapy", "hma-venetoclax"}
    ),
    # venetoclax is not known to have been given (rows V2, U2, F8)
    facts.Course: frozenset({"salvage-chemotherapy", "hma-venetoclax"}),
    # rows G3, F1 and P apply again (D12)
    facts.Transplant: frozenset(
        {"allogeneic-hct", "donor-search", "salvage-chemotherapy", "hma-venetoclax"}
    ),
    # only a recorded exclusion hides (D3)
    facts.Gvhd: frozenset(
        {"donor-lymphocyte-infusion", "taper-immunosuppression", "second-hct"}
    ),
    # no longer known to be unfit (D4, D5)
    facts.Ecog: frozenset({"donor-search", "allogeneic-hct", "salvage-chemotherapy"}),
    facts.Measured: frozenset({"donor-search", "allogeneic-hct", "salvage-chemotherapy"}),
    facts.Comorbidity: frozenset({"donor-search", "allogeneic-hct", "salvage-chemotherapy"}),
}  # fmt: skip
_IN_SCOPE = [c for c in cases() if c.state not in ("", "not-aml", "apl", "pediatric")]

each_case = pytest.mark.parametrize("expected", _IN_SCOPE, ids=[c.case for c in _IN_SCOPE])


def firmness(assessment: Assessment) -> dict[str, int]:
    """How firmly each code is offered; what is not offered is left out."""
    ranks = {Strength.RECOMMEND: 3, Strength.CONSIDER: 2, Strength.TRIAL_ONLY: 1}
    said = {r.code: ranks.get(r.strength, 0) for r in assessment.recommendations}
    return {code: rank for code, rank in said.items() if rank}


def more_than(offered: dict[str, int], supports: Iterable[dict[str, int]]) -> set[str]:
    """What is offered, or more firmly, than by any of the assessments that support it."""
    most: dict[str, int] = {}
    for support in supports:
        for code, rank in support.items():
            most[code] = max(rank, most.get(code, 0))
    return {code for code, rank in offered.items() if rank > most.get(code, 0)}


def of_fact(encoded: Encoded, fact: facts.Fact) -> list[str]:
    return [name for name, each in encoded.pen.facts.items() if each is fact]


def names_of(encoded: Encoded) -> list[str]:
    """The resources that carry the record's own facts, and are entries of the bundle."""
    resources = [entry["resource"] for entry in encoded.bundle["entry"]]
    present = {f"{r['resourceType']}/{r['id']}" for r in resources}
    return sorted(present & encoded.pen.facts.keys())


@each_case
def test_knowing_less_opens_no_more_than_is_listed(expected: Expected) -> None:
    encoded = plain(expected)
    whole = firmness(assessed(encoded.bundle, expected))
    for fact in dict.fromkeys(encoded.pen.facts.values()):
        less = without(encoded.bundle, *of_fact(encoded, fact))
        opened = more_than(firmness(assessed(less, expected)), [whole])
        if _speaks_against(fact):
            continue
        assert opened <= OPENS.get(type(fact), frozenset()), fact
        assert opened.isdisjoint(TARGETED), fact


def _speaks_against(fact: facts.Fact) -> bool:
    """A negative result, or a wish for comfort alone, forbids what else the record supports."""
    if isinstance(fact, facts.Gene):
        return not fact.found
    return isinstance(fact, facts.Stated)


@given(encoded=encodings(near_misses=False), data=st.data())
@settings(max_examples=examples(60))
def test_a_damaged_resource_supports_nothing_new(encoded: Encoded, data: st.DataObject) -> None:
    assume(encoded.expected in _IN_SCOPE)
    name = data.draw(st.sampled_from(names_of(encoded)))
    way = data.draw(st.sampled_from(WAYS))
    note(f"{encoded.expected.case}: {way.__name__} of {name}")
    bundle = damaged(encoded.bundle, name, way, lambda n: data.draw(st.integers(0, n - 1)))
    _check(encoded, bundle, [name])


@given(encoded=encodings(near_misses=False), data=st.data())
@settings(max_examples=examples(25))
def test_two_resources_of_one_id_support_nothing_new(
    encoded: Encoded, data: st.DataObject
) -> None:
    assume(encoded.expected in _IN_SCOPE)
    name = data.draw(st.sampled_from(names_of(encoded)))
    kind = name.split("/")[0]
    others = [n for n in names_of(encoded) if n != name and n.startswith(f"{kind}/")]
    assume(others)
    other = data.draw(st.sampled_from(others))
    note(f"{encoded.expected.case}: {name} under the id of {other}")
    _check(encoded, with_identity_of(encoded.bundle, name, other), [name, other])


def _check(encoded: Encoded, bundle: dict[str, object], names: list[str]) -> None:
    expected = encoded.expected
    found = assessed(bundle, expected)
    answered(found, expected)
    hurt = [encoded.pen.facts[name] for name in names]
    everything = [n for fact in hurt for n in of_fact(encoded, fact)]
    supports = [encoded.bundle, without(encoded.bundle, *everything)]
    supports += [without(encoded.bundle, name) for name in names]
    opened = more_than(firmness(found), [firmness(assessed(b, expected)) for b in supports])
    assert opened <= frozenset().union(*(OPENS.get(type(fact), frozenset()) for fact in hurt))
    if not any(isinstance(fact, facts.Diagnosis) for fact in hurt):
        assert found.state is not State.NOT_AML
