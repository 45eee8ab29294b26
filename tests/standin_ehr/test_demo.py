"""The demonstration tells right answers from wrong ones, by its status and in words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import FIXTURES

CASE = "patient-1-relapse"
FOUND = "FLT3-ITD positive, allelic ratio 2.7"


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    """A copy of the fixtures folder of which one case is asked."""
    folder = tmp_path / "fixtures"
    shutil.copytree(FIXTURES, folder)
    path = folder / "expected.yaml"
    cases = yaml.safe_load(path.read_text(encoding="utf-8"))
    kept = [case for case in cases if case["case"] == CASE]
    path.write_text(yaml.safe_dump(kept), encoding="utf-8")
    return folder


def run(fixtures: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "standin_ehr.demo", "--fixtures", str(fixtures)],
        cwd=FIXTURES.parent,
        env=os.environ | {"ONCE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_right_answers_end_with_status_0_and_the_cards_on_the_terminal(fixtures: Path) -> None:
    ended = run(fixtures)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{CASE} · 2022-01-12 · US · relapse since 2022-01-07" in ended.stdout
    assert "every answer is right" in ended.stdout
    assert ended.stderr == ""


def test_one_altered_fixture_ends_with_status_1_and_says_what_was_found(fixtures: Path) -> None:
    path = fixtures / "patients" / f"{CASE}.json"
    text = path.read_text(encoding="utf-8")
    assert text.count(FOUND) == 1
    path.write_text(text.replace(FOUND, "FLT3-ITD not detected"), encoding="utf-8")
    ended = run(fixtures)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    for way in ("by prefetch", "by fhirServer"):
        assert f"{CASE}: {way}: recommendations: gilteritinib: found " in ended.stdout
