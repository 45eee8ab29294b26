from __future__ import annotations

import pytest

from aml.knowledge import Library
from tests.cds_service.fault_server import FaultServer
from tests.cds_service.fault_table import CARD_S, ROWS, SHEET, Fault, Rig, row

SAID = "not read in full: observations"


@pytest.fixture(scope="module")
def rig(faults: FaultServer, library: Library) -> Rig:
    return Rig(faults, library)


@pytest.mark.covers("SBX-11", "PF-10")
@pytest.mark.parametrize("fault", ROWS, ids=[fault.name for fault in ROWS])
def test_a_fault_is_answered_in_time_and_as_it_is_written_down(rig: Rig, fault: Fault) -> None:
    everywhere, in_part = (rig.outcome(fault, in_part=part) for part in (False, True))
    for found in (everywhere, in_part):
        assert found.seconds < found.deadline_s + CARD_S
    assert everywhere.status == 412
    assert (in_part.status, SAID in in_part.card) == (200, True)
    written = SHEET.read_text(encoding="utf-8")
    assert row(fault, everywhere, in_part) in written, "make faults writes it anew"
    assert f"> {in_part.summary}\n" in written
    assert f"> {in_part.card}\n" in written
