"""The commands for those who answer for the library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aml.knowledge import FOLDER, load
from cards.differences import rules_of
from cds_service.cli import app
from tests.support import PATIENTS

TRIAL = (FOLDER / "workup" / "trial-first.yaml").read_text(encoding="utf-8")
RELAPSE = (PATIENTS / "patient-1-relapse.json").read_bytes()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("RRAML_"):
            monkeypatch.delenv(name)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's folder that does a little of everything."""
    folder = tmp_path / "site"
    (folder / "workup").mkdir(parents=True)
    (folder / "site.yaml").write_text(
        "constants: {nonintensive_landmark_days: 150, g_csf_days: 7}\n"
        "off: [hct-on-hma-venetoclax]\n"
    )
    weaker = TRIAL.replace("strength: recommend", "strength: consider")
    (folder / "workup" / "trial-first.yaml").write_text(weaker)
    own = TRIAL.replace("id: trial-first", "id: our-trial").replace("row: G2", "row: ours")
    (folder / "workup" / "our-trial.yaml").write_text(own)
    return folder


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A folder with the paper's first patient at relapse."""
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "patient-1-relapse.json").write_bytes(RELAPSE)
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_the_rulebook_is_printed_as_html_unless_told_otherwise() -> None:
    assert run("rulebook").stdout.startswith("<!DOCTYPE html>")
    assert run("rulebook", "--format", "md").stdout.startswith("# Rulebook")


@pytest.mark.parametrize(
    ("name", "arguments", "begins"),
    [
        ("book.html", (), "<!DOCTYPE html>"),
        ("book", (), "<!DOCTYPE html>"),
        ("book.md", (), "# Rulebook"),
        ("book.md", ("--format", "html"), "<!DOCTYPE html>"),
        ("book.html", ("--format", "md"), "# Rulebook"),
    ],
)
def test_the_rulebook_is_written_to_a_file(
    tmp_path: Path, name: str, arguments: tuple[str, ...], begins: str
) -> None:
    result = run("rulebook", "-o", tmp_path / name, *arguments)
    assert (result.exit_code, result.output) == (0, "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_a_rulebook_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    result = run("rulebook", "-o", tmp_path / "nowhere" / "book.html")
    assert result.exit_code == 2
    assert "No such file or directory" in result.stderr


def test_the_rulebook_names_the_cases_of_the_checkout() -> None:
    assert "the day before the approval of revumenib" in run("rulebook").stdout


def test_the_rulebook_is_that_of_the_site(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAML_KNOWLEDGE", str(site))
    assert "(`our-trial`)" in run("rulebook", "--format", "md").stdout


def test_the_rulebook_has_the_same_bytes_every_time() -> None:
    assert len({_books(seed) for seed in ("1", "2")}) == 1


BOTH = """
from typer.testing import CliRunner
from cds_service.cli import app
for form in ("md", "html"):
    print(CliRunner().invoke(app, ["rulebook", "--format", form]).stdout)
"""


def _books(seed: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", BOTH]
    printed = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    assert b"# Rulebook" in printed and b"<!DOCTYPE html>" in printed
    return printed


def test_check_says_what_a_folder_changes(site: Path) -> None:
    (site / "workup" / "note.txt").write_text("remember")
    result = run("check", site)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{site} over library {load().book.version}:",
        "  adds our-trial (row ours)",
        "  replaces trial-first: strength",
        "  switches off hct-on-hma-venetoclax",
        "  sets g_csf_days = 7 (as ours)",
        "  sets nonintensive_landmark_days = 150 (ours: 180)",
        "  does not read workup/note.txt",
    ]


def test_check_says_when_a_folder_changes_nothing(tmp_path: Path) -> None:
    assert run("check", tmp_path).stdout.endswith("  changes nothing\n")
    (tmp_path / "trial-first.yaml").write_text(TRIAL)
    assert "  replaces trial-first: word for word the same\n" in (run("check", tmp_path).stdout)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("site.yaml", "off: [nothing]\n", "line 1, off.0: 'nothing' is not an entry"),
        ("site.yaml", "\nconstants: {x_days: 1}\n", "line 2, constants.x_days: not a constant"),
        ("site.yaml", "also: true\n", "line 1, also: "),
        (
            "trial-first.yaml",
            TRIAL.replace("strength: recommend", "strength: strong"),
            "strength: Input should be",
        ),
        (
            "trial-first.yaml",
            TRIAL.replace("[trial-first, ", "[unheard-of, "),
            "evidence.0: 'unheard-of' is not in evidence.yaml",
        ),
        ("trial-first.yaml", "a: [\n", "line 2: did not find expected node content"),
    ],
)
def test_check_names_file_line_and_field_of_what_is_wrong(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    (tmp_path / name).write_text(content)
    result = run("check", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"rraml: {tmp_path / name}, line ")
    assert says in result.stderr


def test_check_needs_a_folder(tmp_path: Path) -> None:
    result = run("check", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "expected a folder with site.yaml and entry files" in result.stderr


def test_nothing_due_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("due", "--on", "2026-11-24")
    assert result.exit_code == 0
    assert result.stdout == "Nothing is due for review on 2026-11-24 or before.\n"
    monkeypatch.setenv("RRAML_AS_OF", "2026-11-25")
    assert run("due").stdout == "Nothing is due for review on 2026-11-25 or before.\n"


def test_what_is_due_stands_with_its_day_and_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = "due: 2026-06-01\nreviewed: 2025-06-01\nreviewed_by: A. Reader\n"
    due = next(line for line in TRIAL.splitlines(keepends=True) if line.startswith("due: "))
    (tmp_path / "trial-first.yaml").write_text(TRIAL.replace(due, signed))
    monkeypatch.setenv("RRAML_KNOWLEDGE", str(tmp_path))
    assert "Nothing is due" in run("due", "--on", "2026-05-31").stdout
    assert run("due", "--on", "2026-06-01").stdout == (
        "2026-06-01  trial-first  signed 2025-06-01 by A. Reader\n"
    )
    lines = run("due", "--on", "2999-01-01").stdout.splitlines()
    assert lines == sorted(lines)
    assert len(lines) == len(rules_of(load()))
    assert any(
        line.endswith("  second-hct  not yet signed by a clinician here") for line in lines
    )


def test_diff_between_dates_says_whose_advice_changes(cases: Path) -> None:
    result = run("diff", "2024-01-01", "2026-11-24", "--cases", cases)
    assert result.exit_code == 0
    assert "Old: the library (library " in result.stdout
    assert "in force on 2024-01-01, US\n" in result.stdout
    assert "  approves revumenib for rr-npm1 since 2025-10-24\n" in result.stdout
    assert "\npatient-1-relapse.json, on 2022-01-10: relapse\n" in result.stdout
    assert "  menin-inhibitor: trial-only → consider\n" in result.stdout
    assert result.stdout.endswith("\nThe answer differs for 1 of 1 patients.\n")


def test_diff_counts_approvals_of_the_jurisdiction_that_is_asked_for(cases: Path) -> None:
    result = run("diff", "2024-01-01", "2026-11-24", "--cases", cases, "--jurisdiction", "EU")
    assert "in force on 2024-01-01, EU\n" in result.stdout
    assert "approves revumenib" not in result.stdout
    assert "menin-inhibitor: trial-only" not in result.stdout


def test_diff_of_one_day_with_itself_finds_nothing() -> None:
    result = run("diff", "2024-01-01", "2024-01-01")
    assert "\nLibrary\n  no difference\n" in result.stdout
    total = len(list(PATIENTS.glob("*.json")))
    assert result.stdout.endswith(f"\nThe answer differs for 0 of {total} patients.\n")


def test_diff_reads_the_folder_of_a_site_over_ours(site: Path) -> None:
    result = run("diff", "2026-11-24", site)
    assert f"New: {site} (library " in result.stdout
    for line in (
        "  adds our-trial (code clinical-trial, row ours)",
        "  drops hct-on-hma-venetoclax (code allogeneic-hct, row V0)",
        "  changes trial-first: strength",
        "  sets nonintensive_landmark_days = 150 (before: 180)",
        "  clinical-trial: recommend → consider",
        "landmark-179.json, on 2026-06-20: refractory",
        "  state: in-treatment → refractory",
        "  allogeneic-hct: gone, was consider (hct-on-hma-venetoclax)",
    ):
        assert f"{line}\n" in result.stdout


def test_diff_reads_a_whole_library(tmp_path: Path, cases: Path) -> None:
    for path in FOLDER.rglob("*.yaml"):
        copy = tmp_path / "old" / path.relative_to(FOLDER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        copy.write_text(text.replace("Gilteritinib\n", "Gilteritinib then\n"))
    result = run("diff", tmp_path / "old", FOLDER, "--cases", cases)
    assert "  changes gilteritinib-flt3: card\n" in result.stdout
    assert "  gilteritinib: other words\n" in result.stdout


def test_diff_can_assess_all_patients_on_one_day(cases: Path) -> None:
    result = run("diff", "2024-01-01", "2026-11-24", "--cases", cases, "--as-of", "2022-01-12")
    assert "\npatient-1-relapse.json, on 2022-01-12: relapse\n" in result.stdout


@pytest.mark.parametrize("name", ["2024-13-01", "2024", "nowhere"])
def test_diff_takes_dates_and_folders_only(name: str) -> None:
    result = run("diff", name, "2024-01-01")
    assert result.exit_code == 2
    assert f"rraml: {name}: expected a date such as 2024-01-01, or a folder" in result.stderr


def test_diff_names_what_it_could_not_read_and_goes_on(cases: Path) -> None:
    (cases / "broken.json").write_text("{")
    result = run("diff", "2024-01-01", "2026-11-24", "--cases", cases)
    assert result.exit_code == 2
    assert "rraml: broken.json: not read, " in result.stderr
    assert result.stdout.endswith("\nThe answer differs for 1 of 1 patients.\n")


def test_diff_needs_patients(tmp_path: Path) -> None:
    result = run("diff", "2024-01-01", "2026-11-24", "--cases", tmp_path)
    assert result.exit_code == 2
    assert "no bundles (*.json) there; name a folder with --cases" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("rulebook",), ("due",), ("diff", "2024-01-01", "2026-11-24")],
)
def test_wrong_settings_and_a_wrong_library_stop_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("RRAML_JURISDICTION", "FR")
    assert run(*arguments).exit_code == 2
    monkeypatch.delenv("RRAML_JURISDICTION")
    (tmp_path / "site.yaml").write_text("off: [nothing]\n")
    monkeypatch.setenv("RRAML_KNOWLEDGE", str(tmp_path))
    result = run(*arguments)
    assert result.exit_code == 2
    assert "off.0: 'nothing' is not an entry of this library" in result.stderr
