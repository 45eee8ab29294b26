"""These tests need Playwright and chromium: `make browser` brings one and asks for the other.

Each starts from the addresses that `make demo` prints, and fails by itself on an error in the
console or in the page and on a request to anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.demonstration import Demonstration, demonstrated

MARKER, FOREIGN = "browser", "launcher"
FAILED = pytest.StashKey[bool]()
Shoot = Callable[[Any, str], None]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}: in chromium, by `make browser`")
    config.addinivalue_line(
        "markers", f"{FOREIGN}: with a launcher of others, by `make launcher`"
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots", type=Path, help="write the pictures of the documents here"
    )


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    return None if config.option.markexpr in (MARKER, FOREIGN) else True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """The stand-in EHR and the service, each a process of its own, by `make demo`."""
    with demonstrated(tmp_path_factory.mktemp("demo") / "said.txt") as demonstration:
        yield demonstration


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from tests.browser.chromium import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def page(
    request: pytest.FixtureRequest, chromium: Any, demo: Demonstration, tmp_path: Path
) -> Iterator[Any]:
    """An empty tab. What was wrong in it, or in a tab that it opened, fails the test.

    Of a test that has failed, the last that was seen is in its folder.
    """
    from tests.browser.chromium import watched

    with watched(chromium, (demo.url, demo.service_url)) as tab:
        yield tab
        if request.node.stash.get(FAILED, False):
            tab.screenshot(path=tmp_path / "at-the-end.png")


@pytest.fixture
def shoot(request: pytest.FixtureRequest, tmp_path: Path) -> Shoot:
    """Saves a picture of the page; among those of the documents only when that is asked for."""
    folder: Path = request.config.getoption("--screenshots") or tmp_path

    def saved(page: Any, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")

    return saved
