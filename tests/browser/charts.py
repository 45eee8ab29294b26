"""What a user does with the pages of the stand-in EHR, in the words of its labels."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.browser.demonstration import Demonstration
from tests.hostile import renamed
from tests.support import read_bundle


class Chart:
    """A patient's chart in a tab."""

    def __init__(self, page: Any, demo: Demonstration, patient: str) -> None:
        self.page = page
        self.url = f"{demo.url}/charts/{patient}"

    def open(self, part: str = "", **query: str) -> Chart:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        self.page.goto(f"{self.url}{part}?{asked}")
        return self

    @property
    def cards(self) -> Any:
        return self.page.get_by_role("article")

    def card(self, words: str) -> Any:
        return self.cards.filter(has=self.page.get_by_role("heading", name=words))

    @property
    def notices(self) -> str:
        return " ".join(self.page.get_by_role("status").all_inner_texts())

    @property
    def drafts(self) -> list[str]:
        return [str(t) for t in self.page.locator(".drafts li > span").all_inner_texts()]

    def go_to(self, tab: str) -> None:
        tabs = self.page.get_by_role("navigation", name="Chart")
        tabs.get_by_role("link", name=re.compile(f"^{tab}")).click()

    def prescribe(self, listed: str = "", text: str = "") -> None:
        form = self.page.locator("form", has=self.page.get_by_label("From the formulary"))
        if listed:
            form.get_by_label("From the formulary").select_option(listed)
        form.get_by_label("or in your own words").fill(text)
        form.get_by_role("button").click()

    def request(self, listed: str) -> None:
        self.page.get_by_label("Procedure or test").select_option(listed)
        self.page.get_by_role("button", name="Draft the request").click()

    def accept(self, card: Any, label: str) -> None:
        card.get_by_role("button", name=label).click()

    def override(self, card: Any, reason: str, comment: str = "") -> None:
        card.locator("summary", has_text="Override").click()
        card.get_by_label("Reason").select_option(label=reason)
        card.get_by_label("Comment").fill(comment)
        card.get_by_role("button", name="Override", exact=True).click()

    def sign(self) -> None:
        self.page.get_by_role("button", name="Sign", exact=True).click()

    def exchange(self, hook: str, title: str) -> Any:
        """The newest request or response of this kind, as it is shown."""
        part = self.page.locator("details", has_text=f"{hook} · HTTP").first
        if not part.evaluate("x => x.open"):
            part.locator("summary").click()
        return json.loads(
            part.get_by_role("region", name=f"{title} of {hook}").locator("pre").inner_text()
        )


def drop_in(page: Any, demo: Demonstration, content: bytes, name: str = "own.json") -> None:
    page.goto(demo.url)
    file = {"name": name, "mimeType": "application/json", "buffer": content}
    page.get_by_label("FHIR R4 Bundle").set_input_files(file)
    page.get_by_role("button", name="Read the Bundle").click()


def copied(page: Any, demo: Demonstration, patient: str, name: str) -> Chart:
    """The chart of a copy of a fixture patient: what is done to it disturbs no other test."""
    copy = renamed(read_bundle(patient), patient, name)
    drop_in(page, demo, json.dumps(copy).encode())
    return Chart(page, demo, name)
