"""Clones over time: what is gained, lost and kept between diagnosis and relapse."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from page.clones import Clones, clones_of
from page.events import Turn
from tests.aml.records import aml, amount, cr, gene, marrow, record
from tests.page.sights import TODAY, sight_from

COURSE = (aml("2024-01-05"), cr("2024-03-01"), marrow("2025-06-01", 30))


def clones(*genes: object) -> Clones:
    sight = sight_from(record(*COURSE, *genes), TODAY)
    return clones_of(sight.patient, sight.snapshot)


@pytest.mark.parametrize(
    ("first", "last", "change"),
    [(True, True, "kept"), (True, False, "lost"), (False, True, "gained")],
)
def test_what_was_tested_twice_is_kept_lost_or_gained(
    first: bool, last: bool, change: str
) -> None:
    found = clones(gene("2024-01-05", "IDH2", first), gene("2025-06-02", "IDH2", last))
    assert [p.turn for p in found.periods] == [Turn.DIAGNOSIS, Turn.RELAPSE]
    assert [(c.alteration, c.change) for c in found.clones] == [("IDH2", change)]


def test_what_was_not_tested_at_diagnosis_is_not_called_gained() -> None:
    [clone] = clones(
        gene("2024-01-05", "NPM1"), gene("2025-06-02", "IDH2"), gene("2025-06-02", "NPM1")
    ).clones[1:]
    assert (clone.alteration, clone.change) == ("IDH2", "once")
    assert clone.cells[0] is None


def test_what_was_never_found_is_not_listed() -> None:
    assert clones(gene("2024-01-05", "IDH2", False)).clones == ()


def test_a_report_that_excludes_flt3_mutations_excludes_the_itd() -> None:
    [clone] = clones(gene("2024-01-05", "FLT3-ITD"), gene("2025-06-02", "FLT3", False)).clones
    assert clone.change == "lost"


def test_a_sample_of_the_week_before_the_relapse_belongs_to_it() -> None:
    found = clones(gene("2024-01-05", "IDH2"), gene("2025-05-25", "IDH2"))
    assert [p.turn for p in found.periods] == [Turn.DIAGNOSIS, Turn.RELAPSE]


def test_the_level_is_told_as_it_was_measured() -> None:
    early = gene("2024-01-05", "FLT3-ITD", vaf=32)
    late = replace(gene("2025-06-02", "FLT3-ITD"), allelic_ratio=amount(1))
    [clone] = clones(early, late).clones
    cells = [c for c in clone.cells if c]
    assert [(c.level, c.share) for c in cells] == [("VAF 32 %", 0.32), ("ratio 1", 0.5)]
