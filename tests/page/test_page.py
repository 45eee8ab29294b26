"""The page: what stands on it for the patients of the paper, and that text stays text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
import yaml

from aml.entries import Strength
from page.changes import changes_of
from page.labels import FILE, LANGUAGES, labels
from page.options import offered
from page.path import path_of
from page.record import deciding, record_of
from page.render import to_page, to_summary
from page.whatif import what_if
from tests.hostile import hostile
from tests.page.sights import TODAY, place, sight, sight_of
from tests.support import read_bundle, read_expected

STATUSES = ("approved", "not-approved", "investigational")
RELAPSE = ("patient-1-relapse", date(2022, 1, 12))
SHOWN = [
    case
    for case in read_expected()
    if case["case"] in ("patient-1-mrd-confirmed", "patient-2", "patient-3", "not-aml")
]


class Reader(HTMLParser):
    """Tags, ids, and where links within the page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "xlink:href") and (value or "").startswith("#"):
                self.targets.add((value or "")[1:])


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: str(case["case"]))
def test_every_fact_and_every_mark_leads_to_a_resource_on_the_page(case: Any) -> None:
    seen = sight(case["bundle"], case["as_of"], case["jurisdiction"])
    page = read(to_page(seen, place(), {}))
    assert len(page.ids) == len(set(page.ids))
    counts = {m.source.resource for m in seen.patient.measurements}
    lost = {t for t in page.targets - set(page.ids) if t.removeprefix("r-") not in counts}
    assert lost == set()
    assert "script" not in page.tags
    assert "style" not in page.attributes


def test_what_decides_is_shown_with_its_day_words_and_place() -> None:
    seen = sight(*RELAPSE)
    found = {r.name: r for r in record_of(seen)}
    assert deciding(seen.assessment) <= set(found)
    marrow = found["DiagnosticReport/marrow-20220107-p1c"]
    [blasts] = [e for e in marrow.read if "marrow blasts" in e.says]
    assert (str(blasts.when), blasts.source.from_text) == ("2022-01-07", True)
    assert blasts.original
    assert '"resourceType": "DiagnosticReport"' in marrow.body


def test_the_path_tells_met_unmet_and_open_with_the_fact_behind_each() -> None:
    seen = sight(*RELAPSE)
    assert seen.examination.case is not None
    rules = {r.id: r for b in path_of(seen.examination.case, seen.snapshot) for r in b.rules}
    offered = {r.rule for r in seen.assessment.offered}
    assert {r.id for r in rules.values() if r.outcome == "met"} >= offered
    outcomes = {name: rules[name].outcome for name in ("gilteritinib-flt3", "ivosidenib-idh1")
                if name in rules}  # fmt: skip
    assert set(outcomes.values()) <= {"met", "unknown"}
    unknown = [r for r in rules.values() if r.outcome == "unknown"]
    unmet = [r for r in rules.values() if r.outcome == "unmet"]
    assert unknown
    assert unmet
    assert all(r.when is not None and r.when.truth == "unknown" for r in unknown)


def test_an_option_tells_why_beyond_the_state_that_stands_above() -> None:
    seen = sight(*RELAPSE)
    groups = dict(offered(seen.assessment, seen.snapshot))
    [gilteritinib] = [o for o in groups["treatment"] if o.code == "gilteritinib"]
    [why] = gilteritinib.because
    assert why.says == "FLT3-ITD found, allelic ratio 2.7 (from text, 2022-01-10)"
    assert why.sources == ("DiagnosticReport/molecular-20220110-p1c",)
    assert {e.comparator for e in gilteritinib.evidence} >= {"salvage chemotherapy, randomized"}
    assert any(e.n.startswith("371") for e in gilteritinib.evidence)


def test_a_supposed_mutation_changes_the_advice_and_is_called_hypothetical() -> None:
    seen = sight("patient-2", date(2022, 11, 10))
    tried = what_if(seen, {"flt3-itd-current": "yes"})
    [changed] = [d for d in tried.differences if d.display == "Gilteritinib"]
    assert changed.before is None
    assert changed.now is not None
    assert changed.now.strength in (Strength.RECOMMEND, Strength.CONSIDER)
    page = to_page(seen, place(), {"flt3-itd-current": "yes"})
    assert "Hypothetical, not this patient&#39;s record" in page
    assert "Hypothetical, not this patient" not in to_page(seen, place(), {})
    assert "flt3-itd-current" in {m.fact for m in seen.assessment.missing}


@pytest.mark.parametrize(
    "asked", [{"flt3-itd-current": "perhaps"}, {"no-fact": "yes"}, {"flt3-itd-current": ""}]
)
def test_what_cannot_be_supposed_is_not_looked_at(asked: dict[str, str]) -> None:
    tried = what_if(sight("patient-2", date(2022, 11, 10)), asked)
    assert (tried.chosen, tried.supposed) == ({}, None)


def test_every_fact_that_would_change_the_answer_can_be_supposed() -> None:
    for case in read_expected():
        seen = sight(case["bundle"], case["as_of"], case["jurisdiction"])
        if seen.examination.case is None:
            continue
        asked = {q.fact for q in what_if(seen, {}).asked}
        for missing in seen.assessment.missing:
            assert missing.fact in asked, (case["case"], missing.fact)


def test_what_changed_since_the_paper_is_told_with_its_day_and_source() -> None:
    changes = {c.display: c for c in changes_of(sight("patient-1-relapse", TODAY))}
    menin = next(c for name, c in changes.items() if "enin" in name)
    assert menin.before is not None
    assert menin.now is not None
    assert menin.before.strength is Strength.TRIAL_ONLY
    approved = {o.drug: o.now for o in menin.options if o.now and o.now.status == "approved"}
    assert str(approved["revumenib"].since) == "2025-10-24"
    assert "US" in {u.jurisdiction for u in menin.updates}


def test_before_the_paper_nothing_has_changed_since() -> None:
    seen = sight(*RELAPSE)
    assert changes_of(seen) == ()
    assert "of a day before the paper" in to_page(seen, place(), {})


def test_a_patient_out_of_scope_has_a_page_that_says_why() -> None:
    page = to_page(sight("deceased", TODAY), place(), {})
    assert "No advice: deceased" in page


def test_a_card_of_another_day_is_told() -> None:
    seen = replace(sight(*RELAPSE), card_day=date(2022, 1, 10))
    page = to_page(seen, place(), {})
    assert "The card that opened this page was of 2022-01-10" in page


@pytest.mark.parametrize("render", ["page", "summary"])
def test_hostile_words_of_a_record_are_shown_and_do_nothing(render: str) -> None:
    seen = sight_of(hostile(read_bundle("patient-1-after-hct")), date(2022, 12, 1))
    text = to_page(seen, place(), {}) if render == "page" else to_summary(seen, place())
    page = read(text)
    assert page.tags.isdisjoint({"script", "img", "iframe", "object", "embed", "style"})
    assert not [a for a in page.attributes if a.startswith("on")]
    assert "&lt;script&gt;" in text
    assert str(1234567 * 7654321) not in text
    assert not [c for c in "\u202e\u202c" if c in text]
    assert "javascript:" not in "".join(page.targets)


def test_every_label_is_there_in_every_language_and_is_used() -> None:
    catalogue = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert {frozenset(words) for words in catalogue.values()} == {frozenset(LANGUAGES)}
    sources = "".join(_sources())
    built = ("turn_", "stage_", "strength_", "mark_", "bar_", "value_")
    unused = [
        name
        for name in catalogue
        if f"t.{name}" not in sources
        and f'"{name}"' not in sources
        and f"'{name}'" not in sources
        and name not in STATUSES
        and not name.startswith(built)
    ]
    assert unused == []
    assert labels("de")["course"] == "Verlauf"


def _sources() -> Iterator[str]:
    for pattern in ("*.py", "templates/*.html"):
        for path in sorted(FILE.parent.glob(pattern)):
            yield path.read_text(encoding="utf-8")


def test_the_german_page_is_german_but_for_its_clinical_texts() -> None:
    page = to_page(sight(*RELAPSE), place("de"), {})
    assert '<html lang="de">' in page
    assert "Weg durch den Algorithmus" in page
    assert "Klinische Texte stehen auf Englisch" in page
    assert "Relapsed AML since 2022-01-07" in page
