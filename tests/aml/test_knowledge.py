"""The library is read strictly: what cannot be meant is refused with file, line and field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml.entries import Approval, Strength
from aml.knowledge import KnowledgeError, Library, Snapshot, load
from tests.aml.records import library
from tests.aml.shelf import ALERT, ENTRY, TABLES, shelf

Site = Callable[..., Library]


def refused(folder: Path, **texts: str) -> str:
    """The message with which a library is refused, from the name of the file on."""
    with pytest.raises(KnowledgeError) as error:
        load(folder=shelf(folder, **texts))
    return str(error.value).removeprefix(f"{folder}/")


def spoiled(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_the_shelf_of_these_tests_is_a_good_library(tmp_path: Path) -> None:
    found = load(folder=shelf(tmp_path))
    assert (list(found.entries), list(found.alerts)) == (["option"], ["warning"])


def test_the_library_of_the_repository_is_good() -> None:
    assert len(library().entries) > 30


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "problem"),
    [
        ("flt3-mutated", "flt3-mutatd", 5, "when", "'flt3-mutatd' is not a word"),
        ("[fit-intensive]", "[fit]", 6, "provided.0", "'fit' is not a word"),
        ("[gvhd-active]", "[gvhd]", 7, "unless.0", "'gvhd' is not a word"),
        ("when: pregnant", "when: pregnent", 19, "cautions.0.when", "is not a word"),
        ("when: after-hma-venetoclax", "when: after-hma", 17, "notes.0.when", "is not a word"),
        ("[flt3-mutated, ", "[{flt3-mutated: [1]}, ", 5, "when", "too many positional"),
        ("{state: [refractory]}", "{state: [dead]}", 5, "when", "'dead' is not known"),
        ("{state: [refractory]}", "{state: [2]}", 5, "when", "expected a word, found 2"),
        ("{state: [refractory]}", "{state: []}", 5, "when", "at least one argument"),
        ("{state: [refractory]}", "state", 5, "when", "at least one argument"),
        ("{failed-in-this-event: [gilteritinib]}", "{failed-in-this-event: [giltertinib]}", 10,
         "weaker.0.when", "'giltertinib' is not known"),
        ("{all: [flt3-mutated, {not: {state: [refractory]}}]}", "{all: []}", 5, "when",
         "at least one part"),
        ("{all: [flt3-mutated, {not: {state: [refractory]}}]}", "[flt3-mutated]", 5, "when",
         "expected a word, {word: arguments}, or all / any / not"),
        ("{all: [flt3-mutated, {not: {state: [refractory]}}]}",
         "{all: [flt3-mutated], any: [flt3-mutated]}", 5, "when", "expected a word"),
        ("{all: [flt3-mutated, {not: {state: [refractory]}}]}", "3", 5, "when",
         "expected a word"),
        ("[fit-intensive]", "[{not: fit-intensive}]", 6, "provided.0", "no wording for a card"),
        ("[gvhd-active]", "[flt3-mutated]", 7, "unless.0", "no wording for a card"),
        ("[relapse, refractory]", "[relapse, relapsed]", 4, "states.1", "'relapse'"),
        ("[relapse, refractory]", "[]", 4, "states", "at least 1 item"),
        ("strength: recommend", "strength: recommended", 8, "strength", "'recommend'"),
        ("evidence: [statement]\nupdates", "evidence: [statment]\nupdates", 14, "evidence.0",
         "'statment' is not in evidence.yaml"),
        ("evidence: [statement]\nupdates", "evidence: []\nupdates", 14, "evidence",
         "at least 1 item"),
        ("updates: [upd-approval]\nnotes", "updates: [upd]\nnotes", 15, "updates.0",
         "'upd' is not in updates.yaml"),
        ("evidence: [statement], updates", "evidence: [a], updates", 17, "notes.0.evidence.0",
         "'a' is not in evidence.yaml"),
        ("updates: [upd-approval]}", "updates: [upd]}", 17, "notes.0.updates.0",
         "'upd' is not in updates.yaml"),
        ("drug: gilteritinib", "drug: giltertinib", 12, "options.0.drug",
         "'giltertinib' is not known"),
        ("draft: order", "draft: oder", 23, "draft", "'oder' is not a draft of library.yaml"),
        ("code: gilteritinib", "code: gilter", 3, "code", "'gilter' is not a recommendation"),
        ("id: option", "id: options", 1, "id", "expected the file's own name 'option'"),
        ("id: option\n", "", 1, "id", "expected the file's own name 'option'"),
        ("title: Gilteritinib", f"title: {'x' * 49}", 21, "card.title", "at most 48"),
        ("title: Gilteritinib", "title: ''", 21, "card.title", "at least 1 character"),
        ("text: It is an option.", "text: '  '", 22, "card.text", "at least 1 character"),
        ("row: T1", "row: T1\nrows: T2", 3, "rows", "not permitted"),
        ("title: Gilteritinib", "titel: Gilteritinib", 20, "card.title", "required"),
        ("due: 2027-05-24", "due: soon", 24, "due", "date"),
        ("due: 2027-05-24", "due: 2027-05-24\nsince: 2026-02-02\nuntil: 2026-02-02", 1, "file",
         "`until` is the first day"),
        ("options:\n  - {drug: gilteritinib, use: rr-flt3}\n", "", 1, "file", "needs_approval"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, line: int, field: str, problem: str
) -> None:
    message = refused(tmp_path, entry=spoiled(ENTRY, old, new))
    assert message.startswith(f"care/option.yaml, line {line}, {field}: ")
    assert problem in message


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "problem"),
    [
        ("alert: target-lost", "alert: target-gone", 3, "alert", "is not an alert code"),
        ("when: target-lost", "when: lost", 5, "when", "'lost' is not a word"),
        ("when: target-lost\n", "", 1, "when", "required"),
        ("evidence: [statement]", "evidence: [a]", 6, "evidence.0", "not in evidence.yaml"),
        ("text: The target", "words: The target", 1, "text", "required"),
    ],
)
def test_an_alert_that_cannot_be_meant_is_refused(
    tmp_path: Path, old: str, new: str, line: int, field: str, problem: str
) -> None:
    message = refused(tmp_path, alert=spoiled(ALERT, old, new))
    assert message.startswith(f"care/warning.yaml, line {line}, {field}: ")
    assert problem in message


@pytest.mark.parametrize(
    ("table", "old", "new", "line", "field", "problem"),
    [
        ("library", "group: treatment", "group: therapy", 13, "codes.gilteritinib.group",
         "not a group"),
        ("library", "relapse: [statement]", "relapse: [a]", 11, "state_evidence.relapse.0",
         "'a' is not known"),
        ("library", "relapse: [statement]", "relapsed: [statement]", 11,
         "state_evidence.relapsed", "'"),
        ("library", "evidence: [statement]}", "evidence: [a]}", 9, "state_notes.0.evidence.0",
         "not in evidence.yaml"),
        ("library", "unless: comfort-goals", "unless: comfort", 7, "exclusions.0.unless",
         "not a word"),
        ("library", "unless: comfort-goals", "unless: {not: comfort-goals}", 7,
         "exclusions.0.unless", "expected one word"),
        ("library", "spares: []", "spares: [a]", 7, "exclusions.0.spares.0", "is not known"),
        ("library", "g_csf_days: 7", "gcsf_days: 7", 4, "constants.gcsf_days",
         "not a constant"),
        ("library", "g_csf_days: 7", "g_csf_days: -1", 4, "constants.g_csf_days", "0"),
        ("library", "g_csf_days: 7", "g_csf_days: '7'", 4, "constants.g_csf_days", "integer"),
        ("library", "g_csf_days: 7", "g_csf_days: true", 4, "constants.g_csf_days", "integer"),
        ("evidence", "kind: recommendation", "kind: advice", 2, "0.kind", "'recommendation'"),
        ("evidence", "cites: [A paper]", "cites: []", 4, "0.cites", "at least 1 item"),
        ("updates", "date: 2024-05-17", "date: 2024-13", 2, "0.date", "month"),
        ("updates", "date: 2024-05-17", "date: 2024-00", 2, "0.date", "month"),
        ("updates", "date: 2024-05-17", "date: 2024-05-17-01", 2, "0.date", "expected a date"),
        ("updates", "date: 2024-05-17", "date: spring", 2, "0.date", "expected a date"),
        ("updates", "confidence: verified", "confidence: recalled", 5, "0.confidence", "'"),
        ("approvals", "drug: gilteritinib, use: rr-flt3, jurisdiction: US", "drug: gilter, "
         "use: rr-flt3, jurisdiction: US", 1, "0.drug", "'gilter' is not known"),
        ("approvals", "source: statement", "source: hearsay", 2, "1.source", "not known"),
        ("approvals", "jurisdiction: EU", "jurisdiction: CH", 2, "1.jurisdiction", "'US'"),
        ("approvals", "until: 2025-01-01", "since: 2025-01-01, until: 2025-01-01", 2, "1",
         "`until` is the first day"),
        ("drugs", "classes: [flt3-inhibitor]", "classes: []", 2, "drugs.gilteritinib.classes",
         "at least 1 item"),
        ("drugs", "brands: [Xospata]", "brand: [Xospata]", 2, "drugs.gilteritinib.brand",
         "not permitted"),
        ("drugs", "intensity: targeted", "intensity: mild", 4, "regimens.alone.intensity", "'"),
        ("drugs", "drugs: [gilteritinib]", "drugs: [gilter]", 4, "regimens.alone.drugs",
         "'gilter' is not known"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_meant_is_refused(
    tmp_path: Path, table: str, old: str, new: str, line: int, field: str, problem: str
) -> None:
    text = spoiled(TABLES[f"{table}.yaml"], old, new)
    message = refused(tmp_path, **{table: text})
    assert message.startswith(f"{table}.yaml, line {line}, {field}: ")
    assert problem in message


@pytest.mark.parametrize("table", ["evidence", "updates"])
def test_an_id_that_stands_twice_is_refused(tmp_path: Path, table: str) -> None:
    text = TABLES[f"{table}.yaml"]
    message = refused(tmp_path, **{table: text * 2})
    assert message.startswith(f"{table}.yaml, line {text.count(chr(10)) + 1}, 1.id: ")
    assert "stands twice" in message


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    shelf(tmp_path)
    (tmp_path / "mrd").mkdir()
    (tmp_path / "mrd" / "option.yaml").write_text(ENTRY, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"mrd/option.yaml, line 1, id: another file"):
        load(folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ENTRY + "row: T2\n", "line 25: key 'row' stands twice"),
        ("row: [T1\n", "line 2: "),
        ("[a, b]: c\n", "line 1: expected a word as key"),
        ("a: &x {b: c}\nd: *x\n", "line 1: an anchor is not read here"),
        ("a: &x [*x]\n", "line 1: an anchor is not read here"),
        (ENTRY.replace("2027-05-24", "2027-02-30"),
         "line 24: '2027-02-30' is not a day of the calendar"),
        ("a: !!python/name:os.system\n", "line 1: could not determine a constructor"),
        ("---\na: b\n---\nc: d\n", "line 3: "),
        ("", "line 1, file: expected a mapping"),
        ("- a\n", "line 1, file: expected a mapping"),
    ],
)  # fmt: skip
def test_what_is_not_plain_yaml_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert refused(tmp_path, entry=text).startswith(f"care/option.yaml, {problem}")


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_that_is_empty_or_missing_is_refused(tmp_path: Path, table: str) -> None:
    name = table.removesuffix(".yaml")
    assert refused(tmp_path, **{name: ""}).startswith(f"{table}, line 1, file: ")
    (tmp_path / table).unlink()
    with pytest.raises(KnowledgeError, match=rf"{table}: No such file"):
        load(folder=tmp_path)


def test_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    shelf(tmp_path)
    (tmp_path / "care" / "option.yaml").write_bytes(b"id: \xff")
    with pytest.raises(KnowledgeError, match=r"option.yaml: not UTF-8"):
        load(folder=tmp_path)


@pytest.mark.parametrize("word", ["no", "NO", "on", "off", "yes", "y", "n", "True"])
def test_such_words_stay_words(tmp_path: Path, word: str) -> None:
    text = spoiled(ENTRY, "title: Gilteritinib", f"title: {word}")
    found = load(folder=shelf(tmp_path, entry=text))
    assert found.entries["option"].card.title == word


def test_on_is_no_truth_value(tmp_path: Path) -> None:
    site = spoiled(TABLES["library.yaml"], "g_csf_days: 7", "g_csf_days: on")
    assert "valid integer" in refused(tmp_path, library=site)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024", date(2024, 12, 31)),
        ("'2024'", date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 31)),
        ("2024-05-17", date(2024, 5, 17)),
        ("'2024-05-17'", date(2024, 5, 17)),
    ],
)
def test_an_imprecise_update_holds_from_its_last_possible_day(
    tmp_path: Path, written: str, day: date
) -> None:
    text = spoiled(TABLES["updates.yaml"], "2024-05-17", written)
    found = load(folder=shelf(tmp_path, updates=text))
    assert "upd-approval" not in found.in_force("US", day - timedelta(days=1)).updates
    assert "upd-approval" in found.in_force("US", day).updates


@pytest.mark.parametrize(
    ("jurisdiction", "day", "approved"),
    [
        ("US", "2024-05-16", False),
        ("US", "2024-05-17", True),
        ("US", "2030-01-01", True),
        ("EU", "2010-01-01", True),
        ("EU", "2024-12-31", True),
        ("EU", "2025-01-01", False),
    ],
)
def test_an_approval_holds_in_its_place_from_its_first_day_until_its_end(
    tmp_path: Path, jurisdiction: str, day: str, approved: bool
) -> None:
    snapshot = load(folder=shelf(tmp_path)).in_force(jurisdiction, date.fromisoformat(day))
    assert (("gilteritinib", "rr-flt3") in snapshot.approved) is approved


def test_a_drug_authorised_elsewhere_is_known_as_such(tmp_path: Path) -> None:
    found = load(folder=shelf(tmp_path))
    assert "gilteritinib" in found.in_force("EU", date(2026, 1, 1)).authorised
    assert "gilteritinib" in found.in_force("US", date(2020, 1, 1)).authorised
    only_us = spoiled(TABLES["approvals.yaml"], "until: 2025-01-01", "until: 2019-01-01")
    later = load(folder=shelf(tmp_path, approvals=only_us))
    assert "gilteritinib" not in later.in_force("US", date(2020, 1, 1)).authorised


DATED = [a for a in library().approvals if a.since is not None]


@pytest.mark.parametrize("approval", DATED, ids=lambda a: f"{a.drug} {a.use} {a.jurisdiction}")
def test_every_dated_approval_of_the_library_begins_on_its_day(approval: Approval) -> None:
    assert approval.since is not None
    pair, place = (approval.drug, approval.use), approval.jurisdiction
    before = library().in_force(place, approval.since - timedelta(days=1))
    assert pair not in before.approved
    assert pair in library().in_force(place, approval.since).approved


def test_what_is_made_of_the_library_is_made_once_while_it_holds_the_same() -> None:
    """For two days between which nothing begins or ends; not for another place, nor for a copy
    that holds other rules."""
    day = date(2026, 7, 10)
    here = library().in_force("US", day)
    made = here.derived(_ids)
    assert library().in_force("US", day + timedelta(days=1)).derived(_ids) is made
    assert library().in_force("EU", day).derived(_ids) is not made
    assert replace(here, entries=()).derived(_ids) == []


@given(st.dates(date(2017, 1, 1), date(2027, 1, 1)), st.sampled_from(["US", "EU"]))
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_what_is_remembered_of_the_library_is_what_holds_on_the_day(
    day: date, place: str
) -> None:
    snapshot = library().in_force(place, day)
    assert snapshot.derived(_held) == _held(snapshot)


def _ids(snapshot: Snapshot) -> list[str]:
    return [entry.id for entry in snapshot.entries]


def _held(snapshot: Snapshot) -> tuple[object, ...]:
    """All of a snapshot that depends on its day."""
    return _ids(snapshot), [*snapshot.updates], snapshot.approvals, snapshot.authorised


@pytest.mark.parametrize(
    ("day", "held"),
    [("2026-01-31", False), ("2026-02-01", True), ("2026-05-31", True), ("2026-06-01", False)],
)
def test_an_entry_holds_from_its_first_day_until_its_end(
    tmp_path: Path, day: str, held: bool
) -> None:
    text = ENTRY + "since: 2026-02-01\nuntil: 2026-06-01\n"
    snapshot = load(folder=shelf(tmp_path, entry=text)).in_force("US", date.fromisoformat(day))
    assert ([e.id for e in snapshot.entries] == ["option"]) is held


def test_the_digest_names_the_bytes_of_every_file(tmp_path: Path) -> None:
    digests = {load(folder=shelf(tmp_path)).digest, load(folder=shelf(tmp_path)).digest}
    assert len(digests) == 1
    for name in ("entry", "alert", *(t.removesuffix(".yaml") for t in TABLES)):
        text = {"entry": ENTRY, "alert": ALERT}.get(name) or TABLES[f"{name}.yaml"]
        digests.add(load(folder=shelf(tmp_path, **{name: text + "# changed\n"})).digest)
        shelf(tmp_path)
    assert len(digests) == 1 + 2 + len(TABLES)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Loads the shelf with a site's folder over it: file names and their texts."""

    def build(**texts: str) -> Library:
        local = tmp_path / "site"
        local.mkdir()
        for name, text in texts.items():
            path = local / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load(local, shelf(tmp_path / "ours"))

    return build


def test_a_site_adds_an_entry(site: Site) -> None:
    found = site(**{"care__own.yaml": spoiled(ENTRY, "id: option", "id: own")})
    assert set(found.entries) == {"option", "own"}
    assert found.local == {"own"}
    assert found.in_force("US", date(2026, 1, 1)).local == {"own"}


def test_a_site_rewords_an_entry(site: Site) -> None:
    text = spoiled(ENTRY, "strength: recommend", "strength: consider")
    found = site(**{"option.yaml": text})
    assert found.entries["option"].strength is Strength.CONSIDER
    assert found.local == {"option"}


def test_a_site_turns_an_entry_into_an_alert(site: Site) -> None:
    found = site(**{"option.yaml": spoiled(ALERT, "id: warning", "id: option")})
    assert (list(found.entries), sorted(found.alerts)) == ([], ["option", "warning"])


@pytest.mark.parametrize("name", ["option", "warning"])
def test_a_site_switches_an_entry_off(site: Site, name: str) -> None:
    found = site(**{"site.yaml": f"off: [{name}]\n"})
    assert name not in {*found.entries, *found.alerts}
    assert found.local == {name}


def test_a_site_sets_constants(site: Site) -> None:
    found = site(**{"site.yaml": "constants: {g_csf_days: 3, stale_result_days: 30}\n"})
    constants = found.in_force("US", date(2026, 1, 1)).constants
    assert (constants.g_csf_days, constants.stale_result_days) == (3, 30)
    assert constants.nonintensive_landmark_days == 180
    assert found.local == {"g_csf_days", "stale_result_days"}


def test_an_empty_folder_changes_nothing(site: Site, tmp_path: Path) -> None:
    found = site(**{"site.yaml": ""})
    assert (list(found.entries), found.local) == (["option"], frozenset())


def test_a_site_changes_the_digest(site: Site, tmp_path: Path) -> None:
    assert site(**{"site.yaml": ""}).digest != load(folder=tmp_path / "ours").digest


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"site.yaml": "of: [option]\n"}, "site.yaml, line 1, of: "),
        ({"site.yaml": "\n\noff: [option, opton]\n"}, "site.yaml, line 3, off.1: 'opton'"),
        ({"site.yaml": "off: option\n"}, "site.yaml, line 1, off: "),
        ({"site.yaml": "off: 3\n"}, "site.yaml, line 1, off: "),
        ({"site.yaml": "[option]\n"}, "site.yaml, line 1, file: "),
        ({"site.yaml": "constants: [7]\n"}, "site.yaml, line 1, constants: "),
        ({"site.yaml": "constants: {days: 7}\n"}, "site.yaml, line 1, constants.days: not"),
        ({"site.yaml": "constants: {g_csf_days: -1}\n"}, "site.yaml, line 1, constants.g_csf"),
        ({"site.yaml": "constants: {g_csf_days: on}\n"}, "site.yaml, line 1, constants.g_csf"),
        ({"site.yaml": "constants: {g_csf_days: 7.5}\n"}, "site.yaml, line 1, constants.g_csf"),
        ({"site.yaml": "constants: {g_csf_days: true}\n"}, "site.yaml, line 1, constants.g_"),
        ({"other.yaml": ENTRY}, "other.yaml, line 1, id: expected the file's own name"),
        ({"option.yaml": ENTRY + "x: y\n"}, "option.yaml, line 25, x: "),
        ({"option.yaml": ENTRY.replace("[fit-intensive]", "[fit]")}, "option.yaml, line 6"),
        ({"option.yaml": ENTRY.replace("draft: order", "draft: a")}, "option.yaml, line 23"),
        ({"option.yaml": ENTRY, "site.yaml": "off: [option]\n"},
         "site.yaml, line 1, off.0: 'option' stands in this folder as well"),
        ({"a__option.yaml": ENTRY, "b__option.yaml": ENTRY},
         "b/option.yaml, line 1, id: another file of this folder"),
        ({"option.yml": ENTRY}, "option.yml: expected the ending .yaml"),
    ],
)  # fmt: skip
def test_a_bad_file_of_a_site_is_refused(
    site: Site, tmp_path: Path, texts: dict[str, str], message: str
) -> None:
    with pytest.raises(KnowledgeError) as error:
        site(**texts)
    assert str(error.value).removeprefix(f"{tmp_path}/site/").startswith(message)


def test_a_site_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="expected a folder"):
        load(tmp_path / "nowhere", shelf(tmp_path / "ours"))


def test_no_word_of_a_library_is_shown_as_signed_before_it_is() -> None:
    rows: list[Any] = [*library().entries.values(), *library().alerts.values()]
    assert all(row.reviewed is None and row.reviewed_by == "" for row in rows)
