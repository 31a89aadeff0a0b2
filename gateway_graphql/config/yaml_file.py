"""A YAML file with the line of every value, and with its references filled in.

In any text, `${env.NAME}` stands for an environment variable, `${env.NAME:-text}` for
one with a default, and `${file.PATH}` for a file's content without the line break at its
end; `$${` is a plain `${`. What was filled in is remembered, so that settings can be
shown without it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from gateway_graphql.errors import ConfigInvalid

Location: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the file's root down to a value."""

_REFERENCE = re.compile(r"(\$?)\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class YAMLFile:
    """What a file holds.

    Attributes:
        content: The keys and values, references filled in.
        lines: The line of each key (or list item), by its location.
        references: A text with its references filled in -> the text in the file.
    """

    content: dict[str, Any] = field(default_factory=dict)
    lines: Mapping[Location, int] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)

    def line_of(self, location: Sequence[str | int]) -> int | None:
        """The line of a value, or of the nearest one around it that is in the file."""
        # A location may have steps that are not in the file (the kind of a union's
        # member), so a longer one is reached by leaving those out.
        reached: Location = ()
        for step in location:
            if (*reached, step) in self.lines:
                reached = (*reached, step)
        return self.lines.get(reached)


def read_yaml(path: Path) -> YAMLFile:
    """Read a file.

    Raises:
        ConfigInvalid: It cannot be read, is not YAML, holds no keys and values, or a
            reference leads nowhere.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error}") from error
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        content = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"{path}: is not YAML: {error}") from error
    finally:
        loader.dispose()
    if node is None or content is None:
        return YAMLFile()
    if not (isinstance(content, dict) and all(isinstance(k, str) for k in content)):
        raise ConfigInvalid(f"{path}: must hold keys and values.")
    lines = dict(_lines(node, ()))
    filling = _Filling(path, lines)
    return YAMLFile(filling.filled(content, ()), lines, filling.references)


def _lines(node: yaml.Node, location: Location) -> list[tuple[Location, int]]:
    """Where everything stands; numbers start at 1."""
    found: list[tuple[Location, int]] = []
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                at = (*location, key.value)
                found += [(at, key.start_mark.line + 1), *_lines(value, at)]
        case yaml.SequenceNode():
            for index, value in enumerate(node.value):
                at = (*location, index)
                found += [(at, value.start_mark.line + 1), *_lines(value, at)]
    return found


class _Filling:
    """Fills in references; `references` grows with every text that had one."""

    def __init__(self, path: Path, lines: Mapping[Location, int]) -> None:
        self._path = path
        self._lines = lines
        self.references: dict[str, str] = {}

    def filled(self, value: Any, location: Location) -> Any:
        match value:
            case dict():
                return {k: self.filled(v, (*location, k)) for k, v in value.items()}
            case list():
                return [self.filled(v, (*location, i)) for i, v in enumerate(value)]
            case str() if "${" in value:
                return self._text(value, location)
            case _:
                return value

    def _text(self, text: str, location: Location) -> str:
        try:
            filled = _REFERENCE.sub(self._referenced, text)
        except _NoSuchReference as problem:
            line = self._lines.get(location)
            key = ".".join(str(step) for step in location)
            raise ConfigInvalid(f"{self._path}:{line}: {key}: {problem}") from None
        self.references[filled] = text
        return filled

    def _referenced(self, match: re.Match[str]) -> str:
        escape, reference = match.groups()
        if escape:
            return match[0][1:]
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
    except UnicodeDecodeError:
        raise _NoSuchReference(f"is not UTF-8: {path}") from None
