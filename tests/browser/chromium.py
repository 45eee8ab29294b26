"""The system's chromium under Playwright, watched for what no page of ours may do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESKTOP = {"width": 1280, "height": 900}


@contextmanager
def launched() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError(
            "Found no chromium. The browser tests need one on the PATH; on Debian, as root: "
            "apt-get install chromium"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Any, origins: Sequence[str], **options: Any) -> Iterator[Any]:
    """A tab in a fresh profile. Raises AssertionError at the end for what was wrong."""
    problems: list[str] = []
    context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-US"} | options)
    context.set_default_timeout(15_000)
    context.on("console", lambda line: problems.extend(_error(line)))
    context.on("weberror", lambda error: problems.append(f"page: {error.error}"))
    context.on("request", lambda request: problems.extend(_elsewhere(request.url, origins)))
    yield context.new_page()
    context.close()
    if problems:
        raise AssertionError("; ".join(problems))


def _error(line: Any) -> list[str]:
    return [f"console: {line.text}"] if line.type in ("error", "warning") else []


def _elsewhere(url: str, origins: Sequence[str]) -> list[str]:
    ours = url.startswith(tuple(f"{origin}/" for origin in origins))
    return [] if ours else [f"request to another origin: {url}"]


def inaccessible(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 AA, a line for each rule and place."""
    options = {"runOnly": {"type": "tag", "values": WCAG_22_AA}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {' '.join(node['target'])}"
        for rule in found
        for node in rule["nodes"]
    ]
