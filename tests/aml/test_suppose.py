"""What would be advised if something that is not recorded were known."""

from __future__ import annotations

from datetime import date

import pytest

from aml.assess import Examination, examine
from aml.assessment import Assessment
from aml.states import State
from aml.suppose import questions, suppose
from tests.aml.records import aml, cr, gene, library, marrow, npm1, record, seven_plus_three

ON = date(2026, 1, 10)
SNAPSHOT = library().in_force("US", ON)
REMISSION = (aml("2025-01-05"), seven_plus_three("2025-01-10"), cr("2025-03-01"))


def examined(*entries: object) -> Examination:
    return examine(record(*REMISSION, *entries), SNAPSHOT)


@pytest.fixture(scope="module")
def relapse() -> Examination:
    return examined(marrow("2026-01-05", 40))


def codes(assessment: Assessment | None) -> set[str]:
    assert assessment is not None
    return {r.code for r in assessment.offered}


def test_a_target_that_is_supposed_adds_its_drug(relapse: Examination) -> None:
    assert "gilteritinib" not in codes(relapse.assessment)
    supposed = suppose(relapse, SNAPSHOT, {"flt3-itd-current": "yes"})
    assert "gilteritinib" in codes(supposed)


def test_several_things_are_supposed_together(relapse: Examination) -> None:
    chosen = {"flt3-itd-current": "yes", "transplant-eligibility": "ineligible"}
    supposed = codes(suppose(relapse, SNAPSHOT, chosen))
    assert "gilteritinib" in supposed
    assert "allogeneic-hct" not in supposed


def test_comfort_that_is_supposed_leaves_care_alone(relapse: Examination) -> None:
    supposed = codes(suppose(relapse, SNAPSHOT, {"goals-of-care": "comfort"}))
    assert supposed <= {"goals-of-care", "best-supportive-care"}


def test_the_next_sample_can_be_supposed_to_confirm_an_mrd_relapse() -> None:
    seen = examined(npm1("2025-06-01", 0), npm1("2026-01-02", 300))
    assert seen.assessment.state is State.MRD_RELAPSE_SUSPECTED
    supposed = suppose(seen, SNAPSHOT, {"mrd": "mrd-relapse"})
    assert supposed is not None
    assert supposed.state is State.MRD_RELAPSE
    assert "donor-search" in codes(supposed)


@pytest.mark.parametrize(
    "chosen",
    [{}, {"flt3-itd-current": "maybe"}, {"nothing-known": "yes"}, {"mrd": "mrd-relapse"}],
)
def test_what_is_no_question_of_the_case_supposes_nothing(
    relapse: Examination, chosen: dict[str, str]
) -> None:
    assert suppose(relapse, SNAPSHOT, chosen) is None


def test_the_assessment_itself_stays_as_it_is(relapse: Examination) -> None:
    before = relapse.assessment.to_json()
    suppose(relapse, SNAPSHOT, {"flt3-itd-current": "yes", "fitness": "unfit"})
    assert relapse.assessment.to_json() == before


def test_what_is_recorded_is_not_asked() -> None:
    seen = examined(marrow("2026-01-05", 40), gene("2026-01-05", "IDH1"))
    assert seen.case is not None
    asked = {q.name for q in questions(seen.case)}
    assert "idh1-current" not in asked
    assert "idh2-current" in asked


def test_a_patient_out_of_scope_has_nothing_to_suppose() -> None:
    seen = examine(record(), SNAPSHOT)
    assert suppose(seen, SNAPSHOT, {"fitness": "fit"}) is None
