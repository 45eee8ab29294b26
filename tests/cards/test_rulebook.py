"""The rulebook: complete, honest about what is signed, self-contained, the same every time."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date
from functools import cache
from pathlib import Path

from aml.constants import Constants
from aml.criteria import WORDS
from aml.entries import Caution, Entry, Note, Weaker
from aml.knowledge import FOLDER, Library, load
from cards.algorithm import Algorithm, read_algorithm
from cards.differences import rules_of
from cards.rulebook import rulebook, to_html, to_markdown
from cards.rulebook.flow import CAPTION, PAD, SIZE, Box, draw, flow_of
from cards.uses import read_vignettes
from tests.cards.page import Page, plain
from tests.support import one_by_one

LIBRARY = load()
ALGORITHM = read_algorithm()
VIGNETTES = read_vignettes(FOLDER.parent / "tests" / "vignettes")
RULES = rules_of(LIBRARY)
LOADING = {"img", "script", "link", "iframe", "object", "embed", "source", "video", "audio"}

each_rule = one_by_one([(rule, rule) for rule in sorted(RULES)])
each_entry = one_by_one([(rule, rule) for rule in sorted(LIBRARY.entries)])


@cache
def html() -> str:
    return to_html(rulebook(LIBRARY, ALGORITHM, VIGNETTES))


@cache
def page() -> Page:
    return Page(html())


@cache
def markdown() -> str:
    return to_markdown(rulebook(LIBRARY, ALGORITHM, VIGNETTES))


def of_library(library: Library, algorithm: Algorithm = ALGORITHM) -> Page:
    return Page(to_html(rulebook(library, algorithm, {})))


def changed(entry: Entry, **fields_of_it: object) -> Library:
    """The library with one entry changed."""
    other = entry.model_copy(update=fields_of_it)
    return replace(LIBRARY, entries={**LIBRARY.entries, entry.id: other})


def test_the_page_is_well_formed() -> None:
    assert page().wrong == []
    assert html().startswith("<!DOCTYPE html>\n<html lang=")
    assert page().tags.count("h1") == 1


def test_the_page_loads_nothing() -> None:
    assert not LOADING & set(page().tags)
    loading = {"src", "srcset", "data", "action", "background", "poster", "style"}
    assert not loading & {name for name, _ in page().attributes}
    assert not [name for name, _ in page().attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import", html())


def test_every_anchor_stands_once_and_every_link_within_the_page_has_one() -> None:
    assert len(page().ids) == len(set(page().ids))
    within = {link[1:] for link in page().links if link.startswith("#")}
    assert within - set(page().ids) == set()


@each_rule
def test_every_rule_stands_once_with_a_line_to_sign(rule: str) -> None:
    assert page().ids.count(rule) == 1
    assert page().section(rule).count(f"Name, for {rule}DateSignature") == 1
    assert f"(`{rule}`)\n" in markdown()


@each_rule
def test_no_rule_claims_a_signature_that_did_not_happen(rule: str) -> None:
    assert f"Not yet signed by a clinician here. Review due {RULES[rule].due}." in (
        page().section(rule)
    )


@each_entry
def test_an_entry_says_all_that_its_card_can_say(rule: str) -> None:
    entry, text = LIBRARY.entries[rule], page().section(rule)
    said = [entry.card.title, entry.card.text, *(w.say for w in entry.weaker)]
    said += [part for c in entry.cautions for part in (c.say, c.source)]
    said += [n.say for n in entry.notes]
    assert [part for part in said if plain(part) not in text] == []


@each_rule
def test_a_rule_names_its_evidence_updates_words_and_cases(rule: str) -> None:
    entry, text = RULES[rule], page().section(rule)
    notes = entry.notes if isinstance(entry, Entry) else ()
    for name in (*entry.evidence, *(e for n in notes for e in n.evidence)):
        known = LIBRARY.evidence[name]
        assert plain(known.claim) in text
        assert plain("; ".join(known.cites)) in text
    for name in (*entry.updates, *(u for n in notes for u in n.updates)):
        update = LIBRARY.updates[name]
        assert (
            plain(f"{update.date}, {update.jurisdiction}, {update.confidence}: {update.claim}")
            in text
        )
    assert [case for case in VIGNETTES.get(rule, ()) if plain(case) not in text] == []


@each_entry
def test_an_entry_explains_its_words(rule: str) -> None:
    text = page().section(rule)
    entry = LIBRARY.entries[rule]
    parts: list[Weaker | Note | Caution] = [*entry.weaker, *entry.notes, *entry.cautions]
    used = [entry.when, *entry.provided, *entry.unless, *(part.when for part in parts)]
    for name in re.findall(r"'([a-z0-9-]+)'", str(used)):
        if name in WORDS:
            meaning = plain(WORDS[name].definition.__doc__ or "")
            assert f"{name.replace('-', ' ')}: {meaning}" in text


@each_entry
def test_the_drugs_of_an_entry_have_their_approvals_here_and_there(rule: str) -> None:
    text = page().section(rule)
    for option in LIBRARY.entries[rule].options:
        for place in ("US", "EU"):
            held = [
                a
                for a in LIBRARY.approvals
                if (a.drug, a.use, a.jurisdiction) == (option.drug, option.use, place)
            ]
            said = re.search(
                rf"{option.drug.replace('-', ' ')} for [^:]*, {place}: ([^(]*)", text
            )
            assert said is not None
            assert said[1].startswith("approved" if held else "no approval held")
            assert [str(a.since) for a in held if a.since and str(a.since) not in text] == []


def test_a_signed_entry_names_who_signed_and_when() -> None:
    entry = LIBRARY.entries["trial-first"]
    library = changed(entry, reviewed=date(2026, 12, 1), reviewed_by="A. Reader")
    signed = of_library(library)
    assert "Signed 2026-12-01 by A. Reader. Review due" in signed.section("trial-first")
    total = len(RULES)
    expected = f"{total - 1} of {total} entries are not yet signed by a clinician here"
    assert expected in plain(" ".join(signed.texts))


def test_a_library_that_is_signed_whole_is_no_proposal() -> None:
    done = {"reviewed": date(2026, 12, 1), "reviewed_by": "A. Reader"}
    library = replace(
        LIBRARY,
        entries={k: e.model_copy(update=done) for k, e in LIBRARY.entries.items()},
        alerts={k: a.model_copy(update=done) for k, a in LIBRARY.alerts.items()},
        orders={k: o.model_copy(update=done) for k, o in LIBRARY.orders.items()},
    )
    text = plain(" ".join(of_library(library).texts))
    assert "not yet signed" not in text.lower()
    assert "proposal" not in text


def test_the_head_names_version_and_digest() -> None:
    text = plain(" ".join(page().texts))
    assert f"{LIBRARY.book.version} {LIBRARY.digest} {len(RULES)} 0" in text


def test_the_figure_is_called_a_reconstruction() -> None:
    assert "our reconstruction of the paper's Figure 1 from its prose" in CAPTION
    assert "not the authors' figure" in CAPTION
    assert CAPTION in page().section("flow")


def test_the_genetic_risk_table_is_said_to_be_recalled() -> None:
    assert "is recalled and must be checked" in page().section("source")
    text = page().section("genetic-risk")
    assert "Recalled, not copied from the publication" in text
    assert all(gene in text for gene in ("ASXL1", "ZRSR2", "TP53", "inv(3)", "KAT6A::CREBBP"))


def test_every_constant_has_its_value_paragraph_and_meaning() -> None:
    rows = re.findall(r"^\| (\w+) \| (\d+) \| ([^|]+) \| ([^|]+) \|$", markdown(), re.MULTILINE)
    found = {name: value for name, value, _, _ in rows}
    assert found == {f.name: str(getattr(LIBRARY.constants, f.name)) for f in fields(Constants)}


def test_every_row_of_the_algorithm_is_said() -> None:
    text = plain(" ".join(page().texts))
    own = {entry.row for entry in LIBRARY.entries.values()}
    for name, row in ALGORITHM.rows.items():
        assert name in own or plain(row.says) in text, name


def test_every_word_statement_update_and_approval_is_listed() -> None:
    words = page().section("vocabulary")
    assert [w for w in WORDS if w.replace("-", " ") not in words] == []
    assert {f"source-{n}" for n in (*LIBRARY.evidence, *LIBRARY.updates)} <= set(page().ids)
    assert {u.url for u in LIBRARY.updates.values()} <= set(page().links)
    listed = page().section("approvals")
    assert [a.source for a in LIBRARY.approvals if a.source not in listed] == []


def test_the_source_of_every_word_is_explained() -> None:
    known = {*LIBRARY.evidence, *ALGORITHM.rows}
    assert {word.name: word.source for word in WORDS.values() if word.source not in known} == {}


def test_an_update_that_no_rule_cites_says_why() -> None:
    text = page().section("updates")
    assert [why for why in ALGORITHM.unused.values() if plain(why) not in text] == []


def test_the_contents_name_every_chapter_and_rule() -> None:
    contents = html().split("<nav")[1].split("</nav>")[0]
    listed = set(re.findall(r'href="#([^"]+)"', contents))
    assert set(RULES) <= listed
    document = rulebook(LIBRARY, ALGORITHM, VIGNETTES)
    assert {section.anchor for section in document.sections} <= listed


def test_what_a_site_changed_is_marked(tmp_path: Path) -> None:
    entry = FOLDER / "workup" / "trial-first.yaml"
    own = entry.read_text(encoding="utf-8").replace("id: trial-first", "id: our-trial")
    (tmp_path / "our-trial.yaml").write_text(own.replace("row: G2", "row: ours"))
    (tmp_path / "site.yaml").write_text("constants: {g_csf_days: 10}\noff: [second-hct]\n")
    local = of_library(load(tmp_path))
    assert "Local rule of this site." in local.section("our-trial")
    assert "our-trial" in local.section("branch-site")
    assert "second-hct" not in local.ids
    assert "10 (local; ours 7)" in local.section("constants")
    text = plain("".join(local.texts))
    assert "Changed by this site: g_csf_days, our-trial, second-hct" in text


def test_words_of_a_site_stay_words() -> None:
    entry = LIBRARY.entries["trial-first"]
    title = "<script>alert(1)</script> | *x* _y_"
    card = entry.card.model_copy(update={"title": title})
    library = changed(entry, card=card)
    found = of_library(library)
    assert "script" not in found.tags
    assert found.wrong == []
    assert title in found.section("trial-first")
    written = to_markdown(rulebook(library, ALGORITHM, {}))
    assert r"### \<script\>alert(1)\</script\> \| \*x\* \_y\_ (`trial-first`)" in written


def test_markdown_tables_have_as_many_cells_as_their_heads() -> None:
    width = 0
    for line in markdown().splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("| ") else 0
        assert cells in (0, width) or not width, line
        width = cells


def test_the_figure_draws_every_entry_once_where_it_belongs() -> None:
    flow = flow_of(LIBRARY)
    boxes = [*flow.states, flow.comfort, *flow.questions]
    drawn = [item.rule for box in boxes for item in box.items]
    assert sorted(set(drawn)) == sorted(LIBRARY.entries)
    assert len(drawn) == len(set(drawn))
    by_heading = {box.heading: {i.rule for i in box.items} for box in boxes}
    assert "gilteritinib-flt3" in by_heading["Target in a current sample?"]
    assert "mrd-monitoring" in by_heading["Remission"]
    assert "donor-search" in by_heading["Relapse or refractory disease"]


def test_the_lines_of_the_figure_stay_in_their_boxes() -> None:
    svg = draw(flow_of(LIBRARY))
    boxes = [
        [float(rect.get(side, "")) for side in ("x", "y", "width", "height")]
        for rect in svg.iter("rect")
    ]
    for text in svg.iter("text"):
        x, y = float(text.get("x", "")), float(text.get("y", ""))
        if text.get("text-anchor") == "middle":
            continue
        [(left, top, width, height)] = [
            (a, b, w, h) for a, b, w, h in boxes if a < x < a + w and b < y < b + h
        ]
        assert x + len(text.text or "") * SIZE * 0.5 <= left + width
        assert top + SIZE <= y <= top + height - PAD / 2


def test_an_empty_branch_still_draws() -> None:
    svg = draw(replace(flow_of(LIBRARY), questions=(Box("Nothing?", ()),)))
    assert "Nothing?" in [text.text for text in svg.iter("text")]
