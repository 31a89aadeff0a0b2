"""A YAML file with the place of every value, and with its references filled in.

In any text, `${env.NAME}` stands for an environment variable, `${env.NAME:-text}` for
one with a default, and `${file.PATH}` for a file's content without the line break at its
end; `$${` is a plain `${`. What was filled in is remembered, so that settings can be
shown without it.

A file that is YAML is read as far as it goes, and what is wrong with it is collected, so
that it can be told together with what is wrong with the values.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import yaml

from gateway_graphql.errors import ConfigInvalid

SettingPath: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the file's root down to a value."""

_REFERENCE = re.compile(r"(\$?)\$\{([^}]*)(\}?)")
_BARE_REFERENCE = re.compile(r"(?:([\w.-]+)\s*:\s*)?[^\s\"']*(\$\{[^}]*\}?)")
_MERGE: Final = "tag:yaml.org,2002:merge"
_TEXT: Final = "tag:yaml.org,2002:str"
_MAX_VALUES: Final = 100_000
"""More come of aliases of aliases only, and would fill the memory."""


class Position(NamedTuple):
    """A place in the file; both numbers start at 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """What is wrong with a value.

    Attributes:
        setting: Which value.
        message: What is wrong with it.
        position: Where it is; `None` for one that is not in the file.
    """

    setting: SettingPath
    message: str
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class YAMLFile:
    """What a file holds.

    Attributes:
        content: The keys and values, references filled in.
        positions: The place of each key (or list item), by its location.
        references: A text with its references filled in -> the text in the file.
        problems: What is wrong with its keys and references.
    """

    content: dict[str, Any] = field(default_factory=dict)
    positions: Mapping[SettingPath, Position] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[SettingProblem, ...] = ()

    def position_of(self, setting: Sequence[str | int]) -> Position | None:
        """The place of a value, or of the nearest one around it that is in the file."""
        # A location may have steps that are not in the file (the kind of a union's
        # member), so a longer one is reached by leaving those out.
        reached: SettingPath = ()
        for step in setting:
            if (*reached, step) in self.positions:
                reached = (*reached, step)
        return self.positions.get(reached)


def read_yaml(path: Path) -> YAMLFile:
    """Read a file.

    Raises:
        ConfigInvalid: It cannot be read, is not YAML, or holds no keys and values.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigInvalid(f"{path}: cannot be read: it is not UTF-8") from None
    try:
        return _read(path, text)
    except yaml.MarkedYAMLError as error:
        raise ConfigInvalid(_not_yaml(path, text, error)) from None
    except (yaml.YAMLError, ValueError):  # also a date such as 2026-13-01
        raise ConfigInvalid(f"{path}: is not YAML") from None
    except RecursionError:
        raise ConfigInvalid(f"{path}: is nested too deeply") from None


def _read(path: Path, text: str) -> YAMLFile:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return YAMLFile()
        # Before anything is made of it, which would drop what is given twice.
        problems = _KeyProblems(path).of(node)
        _take_keys_for_text(node)
        content = loader.construct_document(node)
    finally:
        loader.dispose()
    if content is None:
        return YAMLFile()
    if not isinstance(content, dict):
        raise ConfigInvalid(f"{path}: must hold keys and values.")
    positions = dict(_positions(node, ()))
    filling = _Filling(path, positions)
    filled = filling.filled(content, ())
    return YAMLFile(
        filled, positions, filling.references, (*problems, *filling.problems)
    )


def _not_yaml(path: Path, text: str, error: yaml.MarkedYAMLError) -> str:
    """Why a file is not YAML, on one line."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"{path}: is not YAML: {error.problem}"
    line = text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""
    bare = _BARE_REFERENCE.search(line)
    if bare is None:
        return f"{path}:{mark.line + 1}: is not YAML: {error.problem}"
    key = f"{bare[1]}: " if bare[1] else ""
    return (
        f"{path}:{mark.line + 1}: {key}quote it, like "
        f'"{bare[2]}": YAML takes its brace or colon for its own'
    )


class _KeyProblems:
    """Finds keys that are given twice or are no text, in the order of the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0
        # The nodes around the one that is being looked at.
        self._open: list[yaml.Node] = []

    def of(self, node: yaml.Node, setting: SettingPath = ()) -> list[SettingProblem]:
        line = node.start_mark.line + 1
        if any(one is node for one in self._open):
            raise ConfigInvalid(f"{self._path}:{line}: contains itself by an alias")
        self._count += 1
        if self._count > _MAX_VALUES:
            raise ConfigInvalid(f"{self._path}:{line}: has too many values")
        self._open.append(node)
        found = list(self._inside(node, setting))
        self._open.pop()
        return found

    def _inside(
        self, node: yaml.Node, setting: SettingPath
    ) -> Iterator[SettingProblem]:
        match node:
            case yaml.MappingNode():
                first: dict[object, Position] = {}
                for key, value in node.value:
                    at = (*setting, _name_of(key))
                    yield from _key_problems(key, at, first)
                    yield from self.of(value, at)
            case yaml.SequenceNode():
                for index, value in enumerate(node.value):
                    yield from self.of(value, (*setting, index))


def _key_problems(
    key: yaml.Node, setting: SettingPath, first: dict[object, Position]
) -> Iterator[SettingProblem]:
    position, name = _position(key), setting[-1]
    if key.tag not in (_TEXT, _MERGE):
        yield SettingProblem(
            setting, "is a key that YAML takes for no text; quote it", position
        )
    before = first.setdefault(name, position)
    if before is not position:
        yield SettingProblem(
            setting, f"is given twice, first in line {before.line}", position
        )


def _take_keys_for_text(node: yaml.Node) -> None:
    """Let all keys be text: what is wrong with them is known, and told in the end."""
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                    key.tag = _TEXT
                _take_keys_for_text(value)
        case yaml.SequenceNode():
            for value in node.value:
                _take_keys_for_text(value)


def _name_of(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "?"


def _position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _positions(
    node: yaml.Node, setting: SettingPath
) -> Iterator[tuple[SettingPath, Position]]:
    """Where everything stands."""
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                at = (*setting, _name_of(key))
                yield at, _position(key)
                yield from _positions(value, at)
        case yaml.SequenceNode():
            for index, value in enumerate(node.value):
                at = (*setting, index)
                yield at, _position(value)
                yield from _positions(value, at)


class _Filling:
    """Fills in references.

    Attributes:
        references: Grows with every text that had one.
        problems: Grows with every one that leads nowhere.
    """

    def __init__(self, path: Path, positions: Mapping[SettingPath, Position]) -> None:
        self._path = path
        self._positions = positions
        self.references: dict[str, str] = {}
        self.problems: list[SettingProblem] = []

    def filled(self, value: Any, setting: SettingPath) -> Any:
        match value:
            case dict():
                return {k: self.filled(v, (*setting, k)) for k, v in value.items()}
            case list():
                return [self.filled(v, (*setting, i)) for i, v in enumerate(value)]
            case str() if "${" in value:
                return self._text(value, setting)
            case _:
                return value

    def _text(self, text: str, setting: SettingPath) -> str:
        try:
            filled = _REFERENCE.sub(self._referenced, text)
        except _NoSuchReference as problem:
            position = self._positions.get(setting)
            self.problems.append(SettingProblem(setting, str(problem), position))
            return text
        self.references[filled] = text
        return filled

    def _referenced(self, match: re.Match[str]) -> str:
        escape, reference, end = match.groups()
        if escape:
            return match[0][1:]
        if not end:
            raise _NoSuchReference(
                f"${{{reference} has no closing brace; a plain ${{ is written $${{"
            )
        kind, _, name = reference.partition(".")
        match kind:
            case "env" if name:
                return _variable(name)
            case "file" if name:
                return _file(self._path.parent / name)
            case _:
                raise _NoSuchReference(
                    f"${{{reference}}} is neither ${{env.NAME}} nor ${{file.PATH}}"
                )


class _NoSuchReference(Exception):
    """The message says which reference leads nowhere, and why."""


def _variable(name: str) -> str:
    name, has_default, default = name.partition(":-")
    value = os.environ.get(name, "")
    if value or has_default:
        return value or default
    raise _NoSuchReference(f"the environment variable {name} is not set")


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise _NoSuchReference(f"cannot be read: {path}: {error.strerror}") from error
    except (UnicodeDecodeError, ValueError):  # the latter for a null in the path
        raise _NoSuchReference(f"is not UTF-8: {path}") from None
