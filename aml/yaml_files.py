"""YAML as this library reads it: words stay words, no key twice, and every value has a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class KnowledgeError(Exception):
    """A knowledge file that must not be used; the text names file, line and field."""


class _Loader(yaml.CSafeLoader):
    """`yes`, `no`, `on` and `NO` stay text; dates stay dates. A repeated key, a key that is no
    word, an alias and a day that is not in the calendar are errors."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class asks for it here
        first: [(tag, regexp) for tag, regexp in pairs if not tag.endswith(":bool")]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="expected a word as key", problem_mark=key.start_mark
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key.value!r} stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_day(self, node: yaml.ScalarNode) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            raise yaml.MarkedYAMLError(
                problem=f"{node.value!r} is not a day of the calendar",
                problem_mark=node.start_mark,
            ) from None


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_day)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"]
)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The content of a file, and the line of each of its values by path."""

    path: Path
    content: Any
    lines: Mapping[tuple[str | int, ...], int]

    def line_of(self, field: tuple[str | int, ...]) -> int:
        """The line of a field, or of the nearest thing around it."""
        while field and field not in self.lines:
            field = field[:-1]
        return self.lines.get(field, 1)

    def error(self, field: tuple[str | int, ...], problem: str) -> KnowledgeError:
        name = ".".join(str(step) for step in field) or "file"
        return KnowledgeError(f"{self.path}, line {self.line_of(field)}, {name}: {problem}")


def read_yaml(path: Path) -> YamlFile:
    """Raises KnowledgeError for what is not readable, not YAML, or repeats a key."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            lines: dict[tuple[str | int, ...], int] = {}
            _collect(node, (), lines, set())
            content = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except OSError as error:
        raise KnowledgeError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KnowledgeError(f"{path}: not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise KnowledgeError(f"{path}, line {line}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise KnowledgeError(f"{path}: not YAML ({error})") from None
    except ValueError as error:
        raise KnowledgeError(f"{path}: {error}") from None
    return YamlFile(path, content, lines)


def _collect(
    node: yaml.Node | None,
    path: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    met: set[int],
) -> None:
    """The line of each value. Raises for an alias: a node that is met twice."""
    if node is None:
        return
    if id(node) in met:
        raise yaml.MarkedYAMLError(
            problem="an anchor is not read here: write it out", problem_mark=node.start_mark
        )
    met.add(id(node))
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value)  # a key that is no word is refused when it is read
            lines[(*path, name)] = key.start_mark.line + 1
            _collect(value, (*path, name), lines, met)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            _collect(value, (*path, i), lines, met)
