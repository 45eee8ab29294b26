"""What counts as current for a target: the response contract, D3, D9, D14."""

from __future__ import annotations

from typing import Any

import pytest

from aml.event_targets import itd_of_the_disease
from aml.logic import Known, Unknown, Why
from aml.patient import Finding, Patient
from aml.targets import since_of
from tests.aml.records import (
    aml,
    assessed,
    case_of,
    cr,
    days_after,
    gene,
    given,
    hct,
    karyotype,
    marrow,
    npm1,
    record,
    response,
    sequenced,
    seven_plus_three,
    targets,
    when,
)

DIAGNOSIS, RELAPSE, ON = "2024-01-05", "2026-01-20", "2026-03-01"
IN_CR = (aml(DIAGNOSIS), seven_plus_three("2024-01-10"), cr("2024-03-01"))
RELAPSED = (*IN_CR, marrow(RELAPSE, 40))


def status(name: str, *entries: Any, on: str = ON) -> str:
    return assessed(record(*RELAPSED, *entries), on).targets.get(name, "not shown")


def flt3(*entries: Any) -> str:
    return status("FLT3", *entries)


def alerts(*entries: Any) -> list[str]:
    return [a.code for a in assessed(record(*RELAPSED, *entries), ON).alerts]


def itd(day: str, found: bool = True) -> Any:
    return gene(day, "FLT3-ITD", found)


def tkd(day: str, found: bool = True) -> Any:
    return gene(day, "FLT3-TKD", found)


def any_flt3(day: str, found: bool = True) -> Any:
    return gene(day, "FLT3", found)


@pytest.mark.parametrize(
    ("before", "found"),
    [(14, "mutated"), (15, "not-retested"), (0, "mutated"), (-30, "mutated")],
)
@pytest.mark.parametrize("name", ["FLT3-ITD", "FLT3-TKD", "IDH1", "IDH2", "NPM1"])
def test_a_sample_counts_from_14_days_before_the_deciding_sample(
    name: str, before: int, found: str
) -> None:
    result = gene(days_after(RELAPSE, -before), name)
    assert status(name.split("-")[0], result) == found


@pytest.mark.parametrize(("before", "found"), [(14, "wild-type"), (15, "not-retested")])
def test_so_does_a_negative_one(before: int, found: str) -> None:
    assert status("IDH1", gene(days_after(RELAPSE, -before), "IDH1", False)) == found


def test_without_any_result_a_target_is_unknown() -> None:
    found = assessed(record(*RELAPSED), ON).targets
    assert found == {"FLT3": "unknown", "IDH1": "unknown", "IDH2": "unknown"}


def test_without_an_event_results_count_since_the_diagnosis() -> None:
    in_cr = record(*IN_CR, gene(DIAGNOSIS, "IDH1"), gene("2023-06-01", "IDH2"))
    found = assessed(in_cr, ON).targets
    assert (found["IDH1"], found["IDH2"]) == ("mutated", "not-retested")


def test_in_refractory_disease_the_deciding_marrow_is_the_event() -> None:
    patient = record(
        aml("2025-12-28"),
        given("2026-01-01", "azacitidine", "venetoclax", regimen="aza-ven"),
        marrow("2026-06-20", 8),
        gene("2026-06-06", "IDH1"),
        gene("2026-06-05", "IDH2"),
    )
    found = assessed(patient, "2026-07-10").targets
    assert (found["IDH1"], found["IDH2"]) == ("mutated", "not-retested")


@pytest.mark.parametrize(
    ("day", "found"), [("", "not-retested"), ("by 2026-02-01", "not-retested"),
                       ("2026", "not-retested"), ("2026-01-10", "mutated")]
)  # fmt: skip
def test_a_sample_whose_day_may_be_too_early_does_not_count(day: str, found: str) -> None:
    assert status("IDH1", gene(day, "IDH1")) == found


@pytest.mark.parametrize(
    ("event", "sample", "found"),
    [
        ("", DIAGNOSIS, "not-retested"),
        ("", "2026-02-20", "not-retested"),
        ("by 2026-02-20", DIAGNOSIS, "not-retested"),
        ("by 2026-02-20", "2026-02-06", "mutated"),
        ("2026", "2026-02-01", "not-retested"),
        ("2026-01", "2026-01-17", "mutated"),
    ],
)
def test_of_an_event_without_a_precise_day_only_what_is_certainly_recent_counts(
    event: str, sample: str, found: str
) -> None:
    patient = record(*IN_CR[:2], response(event, "relapse"), gene(sample, "IDH1"))
    assert assessed(patient, ON).targets["IDH1"] == found


@pytest.mark.parametrize("name", ["IDH1", "IDH2"])
def test_the_later_of_two_current_results_wins(name: str) -> None:
    early, late = "2026-01-20", "2026-02-10"
    assert status(name, gene(early, name), gene(late, name, False)) == "wild-type"
    assert status(name, gene(late, name), gene(early, name, False)) == "mutated"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (itd(RELAPSE), itd(RELAPSE, False)),
        (tkd(RELAPSE), tkd(RELAPSE, False)),
        (itd(RELAPSE), any_flt3(RELAPSE, False)),
        (any_flt3(RELAPSE), any_flt3(RELAPSE, False)),
        (gene(RELAPSE, "IDH1"), gene(RELAPSE, "IDH1", False)),
        (gene(RELAPSE, "NPM1"), gene(RELAPSE, "NPM1", False)),
        (gene(RELAPSE, "CD33"), gene(RELAPSE, "CD33", False)),
        (gene("2026-02", "IDH2"), gene("2026-02-10", "IDH2", False)),
    ],
    ids=["ITD", "TKD", "ITD and none", "FLT3", "IDH1", "NPM1", "CD33", "order open"],
)
def test_opposite_results_of_one_day_leave_the_target_unknown_and_are_told(
    one: Any, other: Any
) -> None:
    name = one.alteration.split("-")[0]
    answer = assessed(record(*RELAPSED, one, other), ON)
    assert answer.targets[name] == "unknown"
    assert "data-conflict" in [a.code for a in answer.alerts]
    assert not {"gilteritinib", "idh1-inhibitor", "idh2-inhibitor", "menin-inhibitor"} & {
        r.code for r in answer.offered
    }


def test_a_later_result_settles_the_conflict() -> None:
    assert flt3(itd(RELAPSE), itd(RELAPSE, False), itd("2026-02-01")) == "mutated"
    assert "data-conflict" not in alerts(itd(RELAPSE), itd(RELAPSE, False), itd("2026-02-01"))


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([itd(RELAPSE)], "mutated"),
        ([tkd(RELAPSE)], "mutated"),
        ([any_flt3(RELAPSE)], "mutated"),
        ([itd(RELAPSE), tkd(RELAPSE, False)], "mutated"),
        ([itd(RELAPSE, False), tkd(RELAPSE)], "mutated"),
        ([itd(RELAPSE, False), tkd(RELAPSE, False)], "wild-type"),
        ([itd(RELAPSE, False)], "wild-type"),
        ([tkd(RELAPSE, False)], "unknown"),
        ([any_flt3(RELAPSE, False)], "wild-type"),
        ([itd(RELAPSE, False), tkd(DIAGNOSIS)], "wild-type"),
        ([tkd(RELAPSE, False), itd(DIAGNOSIS)], "unknown"),
        ([itd(DIAGNOSIS)], "not-retested"),
        ([tkd(DIAGNOSIS, False)], "not-retested"),
        ([any_flt3(DIAGNOSIS)], "not-retested"),
        ([any_flt3(DIAGNOSIS, False)], "not-retested"),
        ([any_flt3(RELAPSE), any_flt3("2026-02-10", False)], "wild-type"),
        ([any_flt3(RELAPSE), itd("2026-02-10", False)], "mutated"),
        ([any_flt3(RELAPSE), itd("2026-02-10", False), tkd("2026-02-10", False)], "wild-type"),
        ([itd(RELAPSE), itd(RELAPSE, False), tkd(RELAPSE)], "mutated"),
        ([itd(RELAPSE, False), tkd(RELAPSE), tkd(RELAPSE, False)], "unknown"),
        ([], "unknown"),
    ],
)
def test_flt3_is_read_from_both_of_its_types(results: list[Any], found: str) -> None:
    assert flt3(*results) == found


def test_an_itd_excluded_alone_leaves_the_tkd_to_be_tested() -> None:
    missing = {m.fact for m in assessed(record(*RELAPSED, itd(RELAPSE, False)), ON).missing}
    assert "flt3-tkd-current" in missing
    assert "flt3-itd-current" not in missing


@pytest.mark.parametrize(
    ("drug", "target", "result"),
    [
        ("midostaurin", "FLT3", itd),
        ("gilteritinib", "FLT3", tkd),
        ("ivosidenib", "IDH1", lambda day: gene(day, "IDH1")),
        ("enasidenib", "IDH2", lambda day: gene(day, "IDH2")),
        ("revumenib", "NPM1", lambda day: gene(day, "NPM1")),
        ("revumenib", "KMT2A", lambda day: gene(day, "KMT2A-rearrangement")),
        ("gemtuzumab-ozogamicin", "CD33", lambda day: gene(day, "CD33")),
    ],
)
@pytest.mark.parametrize(
    ("sample", "current"), [(RELAPSE, False), ("2026-01-25", False), ("2026-01-26", True)]
)
def test_after_an_inhibitor_that_has_ended_an_earlier_sample_does_not_count(
    drug: str, target: str, result: Any, sample: str, current: bool
) -> None:
    course = given("2026-01-25", drug, end="2026-02-20")
    found = status(target, result(sample), course)
    assert (found in ("mutated", "positive")) is current
    assert current or found == "not-retested"


def test_while_the_inhibitor_is_given_the_sample_behind_it_counts() -> None:
    assert flt3(itd(RELAPSE), given("2026-01-25", "gilteritinib", ongoing=True)) == "mutated"
    assert flt3(itd(RELAPSE), given("2026-01-25", "gilteritinib")) == "mutated"


def test_an_open_end_ends_with_the_next_line() -> None:
    stopped = (given("2026-01-25", "gilteritinib"), given("2026-02-20", "fludarabine",
               "cytarabine", "idarubicin", regimen="flag-ida"))  # fmt: skip
    assert flt3(itd(RELAPSE), *stopped) == "not-retested"


def test_an_inhibitor_of_another_target_changes_nothing() -> None:
    assert flt3(itd(RELAPSE), given("2026-01-25", "ivosidenib", end="2026-02-20")) == "mutated"


def test_a_positive_transcript_makes_npm1_mutated_and_a_negative_one_says_nothing() -> None:
    assert status("NPM1", npm1(RELAPSE, 5000)) == "mutated"
    assert status("NPM1", npm1(DIAGNOSIS, 5000)) == "not-retested"
    assert status("NPM1", npm1(RELAPSE, 0)) == "not shown"
    assert status("NPM1", gene(RELAPSE, "NPM1"), npm1("2026-02-10", 0)) == "mutated"
    assert status("NPM1", sequenced(RELAPSE, "NPM1")) == "not shown"


@pytest.mark.parametrize("lesion", ["t(9;11)", "t(11q23)"])
def test_a_karyotype_can_show_the_kmt2a_rearrangement(lesion: str) -> None:
    assert status("KMT2A", karyotype(RELAPSE, lesion)) == "positive"
    assert status("KMT2A", karyotype(DIAGNOSIS, lesion)) == "not-retested"
    assert status("KMT2A", karyotype(RELAPSE, "normal")) == "not shown"


def test_a_partial_tandem_duplication_is_no_rearrangement() -> None:
    assert status("KMT2A", gene(RELAPSE, "KMT2A-PTD")) == "not shown"


def test_kmt2a_and_cd33_are_positive_or_negative_and_shown_only_where_known() -> None:
    rearranged, cd33 = gene(RELAPSE, "KMT2A-rearrangement"), gene(RELAPSE, "CD33")
    assert (status("KMT2A", rearranged), status("CD33", cd33)) == ("positive", "positive")
    excluded = gene(RELAPSE, "KMT2A-rearrangement", False), gene(RELAPSE, "CD33", False)
    assert (status("KMT2A", *excluded), status("CD33", *excluded)) == ("negative", "negative")
    assert status("CD33", gene(DIAGNOSIS, "CD33")) == "not-retested"
    assert (status("KMT2A"), status("CD33")) == ("not shown", "not shown")


@pytest.mark.parametrize(
    ("results", "fires"),
    [
        ([itd(DIAGNOSIS)], True),
        ([tkd(DIAGNOSIS)], True),
        ([any_flt3(DIAGNOSIS)], True),
        ([gene(DIAGNOSIS, "IDH2")], True),
        ([gene(DIAGNOSIS, "NPM1")], True),
        ([npm1(DIAGNOSIS, 5000)], True),
        ([gene(DIAGNOSIS, "CD33")], True),
        ([itd(DIAGNOSIS, False)], False),
        ([itd(DIAGNOSIS), itd("2025-06-01", False)], False),
        ([itd(DIAGNOSIS, False), itd("2025-06-01")], True),
        ([itd(DIAGNOSIS), itd(RELAPSE)], False),
        ([itd(DIAGNOSIS), itd(RELAPSE, False)], False),
        ([itd(DIAGNOSIS), any_flt3(RELAPSE, False)], False),
        ([any_flt3(DIAGNOSIS), any_flt3(RELAPSE, False)], False),
        ([any_flt3(DIAGNOSIS), itd(RELAPSE)], False),
        ([], False),
    ],
)
def test_the_alert_not_retested_is_for_what_was_mutated_when_last_tested(
    results: list[Any], fires: bool
) -> None:
    assert ("target-not-retested" in alerts(*results)) is fires


@pytest.mark.parametrize(
    ("results", "fires"),
    [
        ([itd(DIAGNOSIS), itd(RELAPSE, False)], True),
        ([itd(DIAGNOSIS), any_flt3(RELAPSE, False)], True),
        ([any_flt3(DIAGNOSIS), any_flt3(RELAPSE, False)], True),
        ([any_flt3(DIAGNOSIS), itd(RELAPSE, False), tkd(RELAPSE, False)], True),
        ([any_flt3(DIAGNOSIS), itd(RELAPSE, False)], False),
        ([gene(DIAGNOSIS, "IDH1"), gene(RELAPSE, "IDH1", False)], True),
        ([npm1(DIAGNOSIS, 5000), gene(RELAPSE, "NPM1", False)], True),
        ([gene(DIAGNOSIS, "CD33"), gene(RELAPSE, "CD33", False)], True),
        ([itd(DIAGNOSIS), itd(RELAPSE)], False),
        ([itd(DIAGNOSIS, False), itd(RELAPSE, False)], False),
        ([itd(RELAPSE), itd("2026-02-10", False)], False),
        ([itd(DIAGNOSIS)], False),
    ],
)
def test_a_target_is_lost_if_it_was_found_before_and_is_excluded_now(
    results: list[Any], fires: bool
) -> None:
    assert ("target-lost" in alerts(*results)) is fires


@pytest.mark.parametrize(
    ("results", "value"),
    [
        ([itd(DIAGNOSIS)], True),
        ([itd(DIAGNOSIS), itd("2024-07-01", False)], True),
        ([itd(DIAGNOSIS, False)], False),
        ([any_flt3(DIAGNOSIS, False)], False),
        ([tkd(DIAGNOSIS)], None),
        ([any_flt3(DIAGNOSIS)], None),
        ([], None),
    ],
)
def test_the_itd_of_the_disease_is_that_of_any_sample(
    results: list[Any], value: bool | None
) -> None:
    answer = assessed(record(*IN_CR, hct("2024-05-01"), *results), "2024-08-01")
    offered = {r.code for r in answer.offered}
    missing = {m.fact for m in answer.missing}
    assert ("sorafenib-maintenance" in offered) is (value is True)
    assert ("flt3-itd-at-diagnosis" in missing) is (value is None)


@pytest.mark.parametrize(
    ("results", "new"),
    [
        ([gene(RELAPSE, "TP53")], True),
        ([gene(RELAPSE, "NRAS")], True),
        ([gene(RELAPSE, "KRAS")], True),
        ([itd(RELAPSE)], True),
        ([gene(RELAPSE, "TP53"), gene(DIAGNOSIS, "TP53", False)], True),
        ([gene(RELAPSE, "TP53"), gene(DIAGNOSIS, "TP53")], False),
        ([gene(DIAGNOSIS, "TP53")], False),
        ([gene(RELAPSE, "TP53", False)], False),
        ([gene(RELAPSE, "IDH1")], False),
    ],
)
def test_a_high_risk_gene_is_new_if_found_in_this_event_and_never_before(
    results: list[Any], new: bool
) -> None:
    fact = case_of(record(*RELAPSED, *results), ON).new_high_risk_genes
    assert fact.value is new


def test_an_open_target_keeps_the_reason() -> None:
    def why(patient: Patient) -> str:
        fact = targets(patient, ON).idh1.current
        assert isinstance(fact, Unknown)
        return fact.why.value

    assert why(record(*RELAPSED)) == "not recorded"
    assert why(record(*RELAPSED, gene(DIAGNOSIS, "IDH1"))) == "not tested in the present event"
    both = (gene(RELAPSE, "IDH1"), gene(RELAPSE, "IDH1", False))
    assert why(record(*RELAPSED, *both)) == "results contradict each other"


def test_a_current_target_says_what_was_found_when_and_where() -> None:
    fact = targets(record(*RELAPSED, gene(RELAPSE, "IDH1", vaf=31)), ON).idh1.current
    assert isinstance(fact, Known)
    assert (fact.says, fact.on.isoformat(), fact.sources) == (
        "IDH1 found, VAF 31 %",
        RELAPSE,
        ("Entry/5",),
    )


def test_an_itd_excluded_on_the_day_of_a_mutation_of_open_type_stays_excluded() -> None:
    older = targets(record(*RELAPSED, itd(DIAGNOSIS, False), any_flt3(DIAGNOSIS)), ON).flt3_itd
    assert older.older is not None and older.older.value is Finding.NOT_DETECTED
    later = targets(record(*RELAPSED, itd(DIAGNOSIS, False), any_flt3("2025-01-05")), ON)
    assert later.flt3_itd.older is not None
    assert later.flt3_itd.older.value is Finding.DETECTED


def test_an_older_exclusion_of_both_types_is_no_older_itd() -> None:
    found = targets(record(*RELAPSED, any_flt3(DIAGNOSIS, False), itd(DIAGNOSIS, False)), ON)
    assert found.flt3_itd.current == Unknown("flt3-itd-current", Why.STALE)


def test_a_conflict_of_now_is_not_hidden_by_an_older_mutation() -> None:
    both = (itd(RELAPSE), itd(RELAPSE, False))
    assert flt3(*both) == "unknown"
    assert flt3(*both, any_flt3(DIAGNOSIS)) == "unknown"
    assert flt3(*both, itd(DIAGNOSIS)) == "unknown"


def test_idh1_in_conflict_is_unknown_though_it_was_tested_before() -> None:
    found = (gene(RELAPSE, "IDH1"), gene(RELAPSE, "IDH1", False), gene(DIAGNOSIS, "IDH1"))
    assert status("IDH1", *found) == "unknown"


@pytest.mark.parametrize(
    ("entries", "value"),
    [
        ((itd(DIAGNOSIS),), True),
        ((itd(DIAGNOSIS, False),), False),
        ((itd(RELAPSE, False),), False),
        ((itd(DIAGNOSIS), itd(RELAPSE, False)), True),
        ((any_flt3(DIAGNOSIS),), None),
        ((), None),
    ],
)
def test_the_itd_of_the_disease_is_in_whichever_sample_showed_it(
    entries: tuple[Any, ...], value: bool | None
) -> None:
    fact = itd_of_the_disease(targets(record(*RELAPSED, *entries), ON).flt3_itd, None)
    assert (fact.value if isinstance(fact, Known) else None) is value


def test_a_mutation_of_open_type_is_told_only_where_it_is_found() -> None:
    assert case_of(record(*RELAPSED, any_flt3(RELAPSE)), ON).flt3_unspecified.value is True
    excluded = case_of(record(*RELAPSED, any_flt3(RELAPSE, False)), ON).flt3_unspecified
    assert (excluded.value, excluded.says) == (False, "")


@pytest.mark.parametrize(
    ("diagnosed", "first"), [("2024-01-20", "2024-01-06"), ("2024-01", "2023-12-18")]
)
def test_without_an_event_samples_count_from_the_first_day_of_the_diagnosis(
    diagnosed: str, first: str
) -> None:
    assert since_of(None, when(diagnosed), 14).isoformat() == first
