"""Change the core in every small way, and see that a test notices.

Every function of the state classification and of the criteria is changed in each way of
`tools/mutants.py`. First all tests run once and it is kept which of them reach which function;
then each change is tried, in a process of its own, against those that reach it, the quickest
first. A change that no test notices is printed, and the exit status is 1 unless
`tools/mutants.yaml` says why it need not be noticed.

    python -m tools.mutate_core [MODULE …]

Tests by hypothesis and tests that take longer than two seconds are left out, so that a change
is noticed every time or never.
"""

from __future__ import annotations

import ast
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
import yaml
from _pytest.runner import runtestprotocol

from tools.mutants import Mutant, mutants

ROOT = Path(__file__).parent.parent
CORE = f"{ROOT}/aml/"
EXCUSED = Path(__file__).with_name("mutants.yaml")
MODULES = (
    "logic", "dates", "states", "marks", "response", "refractory", "mrd", "evidence_of_mrd",
    "eln2022", "derivation", "derive", "treatment", "exposure", "transplantation", "targets",
    "event_targets", "genetic_risk", "fitness", "criteria",
)  # fmt: skip
TESTS = ("tests/aml", "tests/test_vignettes.py", "tests/orders")
SLOW_SECONDS = 2.0
HANGS_SECONDS = 60


@dataclass
class Reach:
    """Which tests run a function's code, and how long each takes."""

    items: dict[tuple[str, str], list[pytest.Item]] = field(default_factory=dict)
    seconds: dict[pytest.Item, float] = field(default_factory=dict)

    def of(self, module: str, place: str) -> list[pytest.Item]:
        """Those that reach a function; for what stands outside of one, any of the module."""
        if place:
            found = self.items.get((module, place), [])
        else:
            every = [
                each
                for (name, _), some in self.items.items()
                if name == module
                for each in some
            ]
            found = list(dict.fromkeys(every))
        return sorted(found, key=lambda item: self.seconds[item])


class Campaign:
    """A pytest plugin: takes the place of the loop that runs the tests."""

    def __init__(self, modules: Sequence[str]) -> None:
        self.modules = modules
        self.survivors: list[str] = []
        self.tried = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        chosen = [item for item in session.items if not _by_hypothesis(item)]
        reach = _reach(chosen)
        running = Running()
        under_way: dict[int, str] = {}
        for module in self.modules:
            for mutant in mutants((ROOT / "aml" / f"{module}.py").read_text(encoding="utf-8")):
                if len(under_way) == (os.cpu_count() or 1):
                    self._end_of_one(under_way)
                self.tried += 1
                child = os.fork()
                if child == 0:
                    _noticed(running, module, mutant, reach.of(module, mutant.place))
                under_way[child] = f"{module}.{mutant.name}"
        while under_way:
            self._end_of_one(under_way)
        return True

    def _end_of_one(self, under_way: dict[int, str]) -> None:
        child, status = os.wait()
        name = under_way.pop(child)
        if status == 0:
            self.survivors.append(name)


def _by_hypothesis(item: pytest.Item) -> bool:
    return hasattr(getattr(item, "obj", None), "hypothesis")


def _reach(items: Sequence[pytest.Item]) -> Reach:
    """Runs each test once. Raises SystemExit if one fails without any change."""
    reach = Reach()
    for item, following in zip(items, (*items[1:], None), strict=True):
        seen: set[CodeType] = set()

        def note(frame: FrameType, event: str, _: object, seen: set[CodeType] = seen) -> None:
            if event == "call":
                seen.add(frame.f_code)

        sys.setprofile(note)
        began = time.perf_counter()
        passed = _passes(item, following)
        seconds = time.perf_counter() - began
        sys.setprofile(None)
        if not passed:
            sys.exit(f"{item.nodeid} fails as it is")
        if seconds > SLOW_SECONDS:
            continue
        reach.seconds[item] = seconds
        for code in seen:
            if code.co_filename.startswith(CORE):
                place = code.co_qualname.split(".<locals>")[0]
                reach.items.setdefault((Path(code.co_filename).stem, place), []).append(item)
    return reach


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    return not any(r.failed for r in runtestprotocol(item, nextitem=following, log=False))


class Running:
    """What of the core lives in this process: functions by their code, and caches."""

    def __init__(self) -> None:
        self.functions: dict[int, list[FunctionType]] = {}
        self.caches: list[Any] = []
        for each in gc.get_objects():
            if isinstance(each, _lru_cache_wrapper):
                self.caches.append(each)
            elif isinstance(each, FunctionType) and each.__code__.co_filename.startswith(CORE):
                self.functions.setdefault(id(each.__code__), []).append(each)

    def take(self, module: ModuleType, mutant: Mutant) -> None:
        """Puts the change into this process, for everybody who imported from the module."""
        for cache in self.caches:
            cache.cache_clear()
        if not mutant.place:
            _assign(module, mutant)
            return
        new = compile(mutant.tree, str(module.__file__), "exec")
        old = self._function(module, mutant.place).__code__
        self._swap(old, _code_at(new, mutant.place))

    def _function(self, module: ModuleType, place: str) -> FunctionType:
        file = str(module.__file__)
        return next(
            each
            for some in self.functions.values()
            for each in some
            if each.__code__.co_qualname == place and each.__code__.co_filename == file
        )

    def _swap(self, old: CodeType, new: CodeType) -> None:
        """Also what a function has made before: each function within it, place by place."""
        for function in self.functions.get(id(old), ()):
            function.__code__ = new
        within = [[c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new)]
        for pair in zip(*within, strict=False):
            if pair[0].co_freevars == pair[1].co_freevars:
                self._swap(*pair)


def _noticed(
    running: Running, module: str, mutant: Mutant, items: Sequence[pytest.Item]
) -> None:
    """In a process of its own: ends it with status 0 if no test notices the change."""
    signal.alarm(HANGS_SECONDS)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    try:
        running.take(importlib.import_module(f"aml.{module}"), mutant)
        alive = all(_passes(*pair) for pair in zip(items, (*items[1:], None), strict=True))
    except BaseException:
        alive = False
    os._exit(0 if alive else 1)


def _code_at(code: CodeType, place: str) -> CodeType:
    for name in place.split("."):
        inner = [each for each in code.co_consts if isinstance(each, CodeType)]
        code = next(each for each in inner if each.co_name == name)
    return code


def _assign(module: ModuleType, mutant: Mutant) -> None:
    """The changed constant, and those of its module that are made of it, wherever they went."""
    namespace = dict(vars(module))
    changed: set[str] = set()
    for number, statement in enumerate(mutant.tree.body):
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            continue
        made_of = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        if number == mutant.statement or changed & made_of:
            only = ast.Module([statement], [])
            exec(compile(only, str(module.__file__), "exec"), namespace)
            targets = (
                statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            )
            written = (node for target in targets for node in ast.walk(target))
            changed |= {node.id for node in written if isinstance(node, ast.Name)}
    for name in changed:
        old = vars(module)[name]
        for other in list(sys.modules.values()):
            if getattr(other, name, None) is old:
                setattr(other, name, namespace[name])


def excused() -> dict[str, str]:
    """Why a change need not be noticed, by its name."""
    reasons: dict[str, str] = {}
    for group in yaml.safe_load(EXCUSED.read_text(encoding="utf-8")) or ():
        reasons |= dict.fromkeys(group["changes"], group["because"])
    return reasons


def _unexplained(campaign: Campaign) -> Iterator[str]:
    reasons = excused()
    for name in campaign.survivors:
        if name not in reasons:
            yield f"No test notices: {name}"
    for name in reasons.keys() - set(campaign.survivors):
        if name.split(".")[0] in campaign.modules:
            yield f"A test does notice, or it is gone, so the reason can go: {name}"


def main(modules: Sequence[str]) -> int:
    campaign = Campaign(modules or MODULES)
    options = ["-p", "no:cacheprovider", "-p", "no:xdist"]
    pytest.main([*options, *TESTS], plugins=[campaign])
    problems = sorted(_unexplained(campaign))
    print(*problems, sep="\n")
    known = len(campaign.survivors) - len([p for p in problems if p.startswith("No test")])
    print(f"{campaign.tried} changes tried, {len(problems)} to see to, {known} explained")
    return 1 if problems or not campaign.tried else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
