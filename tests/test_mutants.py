"""The changes that mutation tries are changes, and each has a name of its own."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tools.mutants import mutants
from tools.mutate_core import excused

AML = Path(__file__).parent.parent / "aml"


@pytest.mark.parametrize(
    ("code", "becomes"),
    [
        ("a < b", {"a <= b"}),
        ("a and b", {"a or b", "a", "b"}),
        ("not a", {"a"}),
        ("a - 1", {"a + 1", "a - 2", "a - 0"}),
        ("any(a)", {"all(a)"}),
        ("[a for a in b if a]", {"[a for a in b]"}),
        ("when.first", {"when.last"}),
        ("Truth.MET", {"Truth.UNKNOWN"}),
        ("{a, b}", {"{a}", "{b}"}),
        ("True", {"False"}),
        ("a if b else c", {"a if not b else c"}),
        ("a", set()),
    ],
)
def test_code_is_changed_in_each_of_its_ways(code: str, becomes: set[str]) -> None:
    found = [ast.unparse(each.tree) for each in mutants(f"def f():\n    return {code}\n")]
    assert sorted(found) == sorted(f"def f():\n    return {one}" for one in becomes)


def test_what_is_no_code_of_a_function_stays() -> None:
    body = "    def f(self, a: int = 3) -> None:\n        '''3'''\n"
    assert list(mutants(f"class A:\n    limit: int = 3\n\n{body}")) == []


@pytest.mark.parametrize("module", ["logic", "dates", "criteria"])
def test_each_change_of_a_module_has_one_name(module: str) -> None:
    source = (AML / f"{module}.py").read_text(encoding="utf-8")
    found = list(mutants(source))
    assert found
    assert Counter(each.name for each in found).most_common(1)[0][1] == 1
    same = ast.unparse(ast.parse(source))
    assert all(ast.unparse(each.tree) != same for each in found[:5])


def test_what_is_excused_says_why() -> None:
    assert all(len(because.split()) > 5 for because in excused().values())
