"""Small changes of Python code, each of which a test should notice.

A change is named by the function in which it stands and by its words, never by a line, so that
the name lasts as long as the code does.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

_OTHERWISE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_CALLS = {"any": "all", "all": "any", "min": "max", "max": "min"}
_ENDS = {"first": "last", "last": "first"}
_WIDTH = 70


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed module. `place`: a function as `name` or `Class.name`; "" outside of one."""

    place: str
    change: str
    tree: ast.Module
    statement: int

    @property
    def name(self) -> str:
        return f"{self.place or 'module'}: {self.change}"


def mutants(source: str) -> Iterator[Mutant]:
    """All changes of a module, in the order of its lines."""
    tree = ast.parse(source)
    named: Counter[tuple[str, str]] = Counter()
    for number, statement in enumerate(tree.body):
        for place, body in _places(statement):
            for node in _code_of(body):
                for change, apply in _changes(node):
                    named[place, change] += 1
                    again = named[place, change]
                    words = change if again == 1 else f"{change} ({again})"
                    yield _mutant(tree, number, place, words, node, apply)


def _places(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """Functions, methods, and assignments of a module; the fields of a class are its form."""
    if isinstance(statement, ast.FunctionDef):
        yield statement.name, statement
    elif isinstance(statement, ast.ClassDef):
        for each in statement.body:
            if isinstance(each, ast.FunctionDef):
                yield f"{statement.name}.{each.name}", each
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
        yield "", statement.value


def _code_of(body: ast.AST) -> Iterator[ast.AST]:
    """All nodes but annotations, decorators and defaults, which are made once."""
    unseen: set[int] = set()
    for node in ast.walk(body):
        asides = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.FunctionDef):
            asides += [*node.decorator_list, node.args]
        for aside in asides:
            if isinstance(aside, ast.AST):
                unseen |= {id(each) for each in ast.walk(aside)}
        if id(node) not in unseen:
            yield node


Apply = Callable[[ast.AST], ast.AST | None]


def _changes(node: ast.AST) -> Iterator[tuple[str, Apply]]:
    """What may become of a node: a name, and what turns a copy of it into the changed one."""
    match node:
        case ast.Compare():
            for i, sign in enumerate(node.ops):
                if other := _OTHERWISE.get(type(sign)):
                    yield f"{_said(node)} with {other.__name__}", _compared(i, other)
        case ast.BoolOp():
            yield f"{_said(node)} with and for or, or for and", _turned
            for i, part in enumerate(node.values):
                yield f"without {_said(part)} in {_said(node)}", _without_value(i)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield f"{_said(node)} without its sign", lambda n: n.operand  # type: ignore[attr-defined]
        case ast.Constant(value=bool() as truth):
            yield f"{truth} turned", _valued(not truth)
        case ast.Constant(value=int() as number):
            yield f"{number} as {number + 1}", _valued(number + 1)
            yield f"{number} as {number - 1}", _valued(number - 1)
        case ast.Attribute(value=ast.Name(id="Truth"), attr="MET" | "UNMET"):
            yield f"{_said(node)} as UNKNOWN", _attribute("UNKNOWN")
        case ast.Attribute(value=ast.Name(id="Truth"), attr="UNKNOWN"):
            yield f"{_said(node)} as UNMET", _attribute("UNMET")
        case ast.Attribute(attr="first" | "last"):
            yield f"{_said(node)} as {_ENDS[node.attr]}", _attribute(_ENDS[node.attr])
        case ast.Call(func=ast.Name(id="any" | "all" | "min" | "max" as called)):
            yield f"{_said(node)} with {_CALLS[called]}", _called(_CALLS[called])
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield f"{_said(node)} with + for -, or - for +", _reversed
        case ast.comprehension():
            for i, condition in enumerate(node.ifs):
                yield f"without if {_said(condition)}", _without("ifs", i)
        case ast.If(test=test) | ast.IfExp(test=test) if _bare(test):
            yield f"if not {_said(test)}", _negated
        case ast.Continue():
            yield "continue left out", lambda _: ast.Pass()
        case ast.Set():
            for i, element in enumerate(node.elts):
                if len(node.elts) > 1:
                    yield f"without {_said(element)} in {_said(node)}", _without("elts", i)


def _bare(test: ast.expr) -> bool:
    """A condition of which no part is changed anyway."""
    return not isinstance(test, (ast.Compare, ast.BoolOp, ast.UnaryOp))


def _said(node: ast.AST) -> str:
    words = " ".join(ast.unparse(node).split())
    return words if len(words) <= _WIDTH else f"{words[:_WIDTH]}…"


def _compared(place: int, other: type[ast.cmpop]) -> Apply:
    def apply(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Compare)
        node.ops[place] = other()
        return node

    return apply


def _turned(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return node


def _without_value(place: int) -> Apply:
    def apply(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.BoolOp)
        _without("values", place)(node)
        return node.values[0] if len(node.values) == 1 else node

    return apply


def _without(parts: str, place: int) -> Apply:
    """The node with one of its parts left out."""

    def apply(node: ast.AST) -> ast.AST:
        del getattr(node, parts)[place]
        return node

    return apply


def _valued(value: int) -> Apply:
    return lambda node: ast.Constant(value)


def _attribute(name: str) -> Apply:
    def apply(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Attribute)
        node.attr = name
        return node

    return apply


def _called(name: str) -> Apply:
    def apply(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        node.func = ast.Name(name, ast.Load())
        return node

    return apply


def _reversed(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.BinOp)
    node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    return node


def _negated(node: ast.AST) -> ast.AST:
    assert isinstance(node, (ast.If, ast.IfExp))
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return node


class _Putting(ast.NodeTransformer):
    def __init__(self, marked: int, apply: Apply) -> None:
        self._marked, self._apply, self._seen = marked, apply, -1

    def visit(self, node: ast.AST) -> ast.AST | None:
        self._seen += 1
        if self._seen == self._marked:
            return self._apply(node)
        return self.generic_visit(node)


def _mutant(
    tree: ast.Module, number: int, place: str, change: str, node: ast.AST, apply: Apply
) -> Mutant:
    statement = tree.body[number]
    order = _Finding(node)
    order.visit(statement)
    changed = _Putting(order.place, apply).visit(deepcopy(statement))
    body = [*tree.body[:number], changed, *tree.body[number + 1 :]]
    new = ast.fix_missing_locations(ast.Module(body, []))  # type: ignore[arg-type]
    return Mutant(place, change, new, number)


class _Finding(ast.NodeVisitor):
    """The place of a node in the order in which a transformer meets it."""

    def __init__(self, wanted: ast.AST) -> None:
        self._wanted, self._seen, self.place = wanted, -1, -1

    def visit(self, node: ast.AST) -> None:
        self._seen += 1
        if node is self._wanted:
            self.place = self._seen
        self.generic_visit(node)
