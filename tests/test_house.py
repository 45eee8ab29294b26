"""The laws of the house: which room may import which, where clocks stand, what must line up."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aml.case import OPEN_FACTS, Case
from aml.constants import Constants
from aml.criteria import WORDS
from aml.knowledge import Library, load
from aml.reading import clause_words
from cards.algorithm import read_algorithm

ROOT = Path(__file__).resolve().parent.parent
KNOWLEDGE = ROOT / "knowledge"
ROOMS = ("aml", "cards", "cds_service", "fhir_mapping", "page", "standin_ehr", "tests")

# What each room may import of the others, and which libraries beside the standard one.
LAW: dict[str, set[str]] = {
    "aml": {"msgspec", "pydantic", "yaml"},
    "fhir_mapping": {"aml", "msgspec", "rapidfuzz", "yaml"},
    "cards": {"aml", "msgspec", "pydantic", "yaml"},
    "page": {"aml", "cards", "fhir_mapping", "jinja2", "markupsafe", "vl_convert", "yaml"},
    "standin_ehr": {
        *("authlib", "flask", "markdown_it", "markupsafe"),
        *("requests", "rich", "werkzeug", "yaml"),
    },
    "tests/encodings": {"tests", "yaml"},
}
CLOCKS = re.compile(
    r"\b(?:date\.today|datetime\.(?:now|utcnow|today)|time\.(?:time|time_ns|localtime|gmtime)|"
    r"os\.environ|os\.getenv|uuid\.uuid[14]|uuid[14]\(|random\.|secrets\.)"
)
UNTIMED = ("aml", "fhir_mapping", "cards", "page")  # standin_ehr is another program
UNWANTED = re.compile(
    r"(?<![\w.*])/(?:work|tmp)/|\.\./shared|pypi\.org|pythonhosted\.org|registry\.npmjs|"
    r"repo1?\.maven|proxy\.golang|crates\.io|deb\.debian"
)
CHECKS_WHAT_LIES_BESIDE = ROOT / ".ci" / "run"  # and says so if nothing does
TEXTS = frozenset({"", ".py", ".yaml", ".md", ".toml", ".in", ".html", ".sh", ".csv", ".json"})
NOT_OURS = frozenset({"__pycache__", "target", "node_modules", "build", "dist"})


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@cache
@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Each module a file imports, with its line; inside functions too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


@cache
def library() -> Library:
    return load()


@pytest.mark.parametrize("room", sorted(LAW))
def test_a_room_imports_only_what_the_law_allows(room: str) -> None:
    allowed = {room.split("/")[0], *LAW[room], *sys.stdlib_module_names}
    broken = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(room)
        for line, name in imported(path)
        if name.split(".")[0] not in allowed
    ]
    assert sources(room)
    assert broken == []


def test_the_writer_of_encodings_knows_no_reader_and_no_other_test() -> None:
    names = {name for path in sources("tests/encodings") for _, name in imported(path)}
    assert [n for n in names if n.startswith("tests") and not n.startswith("tests.enc")] == []


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "tests"])
def test_no_room_imports_the_tests(room: str) -> None:
    assert not [n for p in sources(room) for _, n in imported(p) if n.split(".")[0] == "tests"]


@pytest.mark.parametrize(
    "room", [room for room in ROOMS if room not in ("tests", "cds_service")]
)
def test_no_room_imports_the_edge(room: str) -> None:
    names = {name.split(".")[0] for path in sources(room) for _, name in imported(path)}
    assert "cds_service" not in names


def test_imports_name_modules_by_their_full_path() -> None:
    relative = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ROOMS
        for path in sources(room)
        for line, name in imported(path)
        if name.startswith(".")
    ]
    assert relative == []


@pytest.mark.parametrize("room", UNTIMED)
def test_only_the_edge_has_a_clock_chance_or_surroundings(room: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {words}"
        for path in sources(room)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute | ast.Call)
        and CLOCKS.match(words := ast.unparse(node))
    ]
    assert found == []


def test_the_id_of_an_entry_is_the_name_of_its_file() -> None:
    files = {path.stem for path in KNOWLEDGE.glob("*/*.yaml")}
    assert files == {*library().entries, *library().alerts, *library().orders}


def test_every_knowledge_file_is_read() -> None:
    known = {"library", "evidence", "updates", "approvals", "drugs", "coverage", "drug_safety"}
    assert {path.stem for path in KNOWLEDGE.glob("*.yaml")} == known
    deeper = [p for p in KNOWLEDGE.rglob("*") if p.is_file() and len(p.parts) > len(
        KNOWLEDGE.parts) + 2]  # fmt: skip
    assert deeper == []
    assert [p for p in KNOWLEDGE.rglob("*") if p.is_file() and p.suffix != ".yaml"] == []


def clauses() -> Iterator[object]:
    """Every clause of the library."""
    book = library().book
    yield from (note.when for note in book.state_notes)
    yield from (exclusion.unless for exclusion in book.exclusions)
    yield from (alert.when for alert in library().alerts.values())
    yield from (order.when for order in library().orders.values())
    for entry in library().entries.values():
        yield from (entry.when, *entry.provided, *entry.unless)
        parts: list[Any] = [*entry.weaker, *entry.notes, *entry.cautions]
        yield from (part.when for part in parts)


def test_every_word_is_used() -> None:
    used = {name for clause in clauses() for name, _ in clause_words(clause)}
    assert used == set(WORDS)


@pytest.mark.parametrize("name", sorted(WORDS))
def test_every_word_says_what_it_means_and_where_that_stands(name: str) -> None:
    word = WORDS[name]
    known = {
        *library().evidence,
        *library().updates,
        *read_algorithm(KNOWLEDGE).rows,
    }
    assert (word.definition.__doc__ or "").strip().endswith(".")
    assert word.source in known


def cited() -> set[str]:
    """Every source that the library cites."""
    book = library().book
    rows: list[Any] = [
        *library().entries.values(),
        *library().alerts.values(),
        *library().orders.values(),
        *book.state_notes,
        *(note for entry in library().entries.values() for note in entry.notes),
    ]
    found = {source for row in rows for source in (*row.evidence, *row.updates)}
    found |= {source for sources_ in book.state_evidence.values() for source in sources_}
    return found | {approval.source for approval in library().approvals}


def test_every_source_that_is_cited_exists() -> None:
    assert cited() <= {*library().evidence, *library().updates}


def test_every_recommendation_of_the_paper_is_carried_by_a_rule_or_a_note() -> None:
    advice = {name for name, e in library().evidence.items() if e.kind == "recommendation"}
    assert advice <= cited()


def test_every_code_draft_and_alert_of_the_library_is_used() -> None:
    book, entries = library().book, library().entries.values()
    assert {entry.code for entry in entries} == set(book.codes)
    offered = {option.drug for entry in entries for option in entry.options}
    drafted = {entry.draft for entry in entries} | {o.test for o in library().orders.values()}
    assert drafted - {""} <= set(book.drafts) <= drafted | offered
    assert {alert.alert for alert in library().alerts.values()} == set(book.alerts)
    assert {order.order for order in library().orders.values()} == set(book.orders)


def test_every_group_holds_a_code_and_every_state_has_its_definition() -> None:
    book = library().book
    assert {code.group for code in book.codes.values()} == set(book.groups)
    shown = {state for entry in library().entries.values() for state in entry.states}
    assert shown <= set(book.state_evidence)


def test_every_constant_is_set_in_the_library_to_the_value_of_the_code() -> None:
    assert library().constants == Constants()
    assert set(library().book.constants) == set(Constants.__dataclass_fields__)


def test_every_fact_that_can_be_missing_is_a_fact_of_a_case() -> None:
    assert {field for field, _ in OPEN_FACTS.values()} <= set(Case.__struct_fields__)


def test_every_drug_that_an_entry_offers_is_authorised_or_told_to_be_investigational() -> None:
    offered = {o.drug for entry in library().entries.values() for o in entry.options}
    assert offered <= {approval.drug for approval in library().approvals}


def own_texts() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(p.startswith(".") and p != ".ci" for p in parts)
        built = any(p in NOT_OURS or p.endswith(".egg-info") for p in parts)
        if path.is_file() and path.suffix in TEXTS and not hidden and not built:
            yield path


def test_the_repository_names_no_other_folder_machine_or_registry() -> None:
    named = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in own_texts()
        if path != CHECKS_WHAT_LIES_BESIDE
        and (found := UNWANTED.search(path.read_text(encoding="utf-8")))
    ]
    assert named == []


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "tests"])
def test_every_module_says_what_it_is(room: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(room)
        if path.name != "__init__.py" and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_no_test_is_skipped_and_nothing_is_left_to_do() -> None:
    words = re.compile(r"pytest\.(?:skip|mark\.(?:skip|xfail))|#\s*(?:TODO|FIXME|XXX)\b")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for room in ROOMS
        for path in sources(room)
        if path != Path(__file__) and (match := words.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []
