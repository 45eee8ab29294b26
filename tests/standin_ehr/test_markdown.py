"""Markdown is shown as such; whatever else a card's text would like to be is text."""

from __future__ import annotations

import re

import pytest

from standin_ehr.markdown import is_web_address, to_html
from tests.hostile import TEXTS

KNOWN = {
    *("p", "ul", "ol", "li", "strong", "em", "s", "a", "h1", "code", "pre", "hr", "br"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def test_lists_emphasis_and_tables_are_shown() -> None:
    html = to_html("**b** *e* ~~s~~\n\n- one\n  - two\n\n| a |\n|---|\n| 1 |")
    for tag in ("strong", "em", "s", "ul", "li", "table", "td"):
        assert f"<{tag}>" in html


def test_a_link_to_the_web_opens_a_tab_that_knows_nothing_of_the_chart() -> None:
    html = to_html("[paper](https://ehr.example/a)")
    assert '<a href="https://ehr.example/a" target="_blank" rel="noopener noreferrer">' in html


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_becomes_no_element_but_those_of_markdown(text: str) -> None:
    html = to_html(text)
    assert {*re.findall(r"<([a-z0-9]+)", html)} <= KNOWN
    assert not re.search(r"<[^>]+\son[a-z]+=", html)
    assert 'href="javascript' not in html


@pytest.mark.parametrize(
    "url",
    ["javascript:1", "data:text/html,x", "//evil.example", "/x", "http:", "x"],
)
def test_what_leads_to_no_web_server_is_no_web_address(url: str) -> None:
    assert not is_web_address(url)
    assert "<a" not in to_html(f"[x]({url})")


def test_an_address_that_cannot_be_read_is_no_web_address() -> None:
    assert not is_web_address("http://[")
