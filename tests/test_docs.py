"""What the documents name exists, and what exists for a user is documented."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from aml.knowledge import load
from cds_service.app import create_app
from cds_service.cli import app
from cds_service.hooks import SERVICES
from cds_service.reach import PREFIX
from cds_service.settings import NOT_YET, Settings, read_settings
from tests.transcript import BLOCK, transcript

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "fixtures" / "README.md"]
)
DECISIONS = ROOT / "docs" / "decisions"
ROOTS = "|".join(
    re.escape(path.name) for path in ROOT.iterdir() if path.is_dir() and path.name != ".git"
)

each_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS]
)


def code(path: Path) -> str:
    """What stands in code blocks and between backticks: the part that is to be typed."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", rest)])


def targets() -> set[str]:
    [listed] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    return set(listed.split())


def commands() -> set[str]:
    alone = {str(each.callback.__name__) for each in app.registered_commands if each.callback}
    return alone | {str(group.name) for group in app.registered_groups}


def settings() -> set[str]:
    return {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_transcript_in_the_readme_is_what_the_demonstration_prints() -> None:
    [written] = BLOCK.findall(README)
    assert written == transcript(), "make transcript writes it anew"


def test_every_target_that_is_listed_has_a_rule() -> None:
    assert targets() == set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


@each_document
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    assert set(re.findall(r"\bmake ([a-z-]+)", code(path))) <= targets()


def test_every_make_target_is_documented() -> None:
    documented = code(ROOT / "README.md") + code(ROOT / "CONTRIBUTING.md")
    assert targets() - {"all"} <= set(re.findall(r"\bmake ([a-z-]+)", documented))


@each_document
def test_every_command_that_is_named_exists(path: Path) -> None:
    assert set(re.findall(r"\brraml ([a-z]+)", code(path))) <= commands()


def test_every_command_is_in_the_readme() -> None:
    assert set(re.findall(r"\brraml ([a-z]+)", code(ROOT / "README.md"))) == commands()


def test_every_setting_is_in_the_readme() -> None:
    rows = re.findall(r"^\| (`RRAML_.*?) \|", README, re.MULTILINE)
    assert set(re.findall(r"RRAML_[A-Z_]+", " ".join(rows))) == settings()


@each_document
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = settings() | {PREFIX + name for name in NOT_YET}
    assert set(re.findall(r"RRAML_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8"))) <= known


def test_every_address_of_the_service_is_in_the_readme() -> None:
    served = create_app(read_settings({}), load(None)).url_map.iter_rules()
    for rule in served:
        for service in SERVICES:
            assert f" {rule.rule.replace('<service_id>', service.id)}" in README


@each_document
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = re.findall(rf"(?<![\w/.])((?:{ROOTS})/[\w./-]*)(?![\w<*])", code(path))
    assert [name for name in named if not (ROOT / name).exists()] == []


@each_document
def test_every_link_within_the_repository_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_index_of_decisions_names_them_all() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\(([^)]+)\)", index) == sorted(
        path.name for path in DECISIONS.glob("0*.md")
    )


def test_every_library_has_its_reason_in_the_decisions() -> None:
    reasons = (DECISIONS / "0011-libraries.md").read_text(encoding="utf-8")
    wanted = {
        line
        for name in (
            *("requirements.in", "requirements-dev.in"),
            *("requirements-postgres.in", "requirements-browser.in"),
        )
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if line and line[0] not in "#-"
    }
    named = set(re.findall(r"`([\w.-]+)`", reasons))
    assert {w.split("[")[0] for w in wanted if not w.startswith("types-")} <= named


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-postgres.txt",
        "requirements-browser.txt",
    ],
)
def test_every_pinned_library_has_a_hash_and_no_index_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^[\w.-]+(?:\[\w+\])?==.*$", text, re.MULTILINE)
    assert pins
    assert all(pin.endswith("\\") for pin in pins)
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == project["version"]
