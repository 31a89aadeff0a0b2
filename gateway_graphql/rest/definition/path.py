"""Paths with places for values, and the router that finds an endpoint by one.

The router is a tree of segments made at start. A request costs one step per segment, and
one look-up where the path has no places for values; a named segment goes before a place
for a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import quote, unquote

_NAME: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~-]+")

_Found = TypeVar("_Found")


class PathInvalid(ValueError):
    """A path template is not one; the message says why."""


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A path such as `/products/{id}`.

    Attributes:
        text: As written.
        names: Of the places for values, in order.
    """

    text: str
    names: tuple[str, ...]

    def filled(self, values: Mapping[str, object]) -> str:
        """The path with values in their places."""
        return _NAME.sub(lambda found: quote(str(values[found[1]]), safe=""), self.text)


def parse_path(text: str) -> PathTemplate:
    """Read a template.

    Raises:
        PathInvalid: It does not begin with a slash, or a segment is neither a plain
            name nor one place for a value.
    """
    if not text.startswith("/"):
        raise PathInvalid("a path begins with '/'")
    names: list[str] = []
    for segment in text[1:].split("/"):
        if found := _NAME.fullmatch(segment):
            if found[1] in names:
                raise PathInvalid(f"'{{{found[1]}}}' is in the path twice")
            names.append(found[1])
        elif _LITERAL.fullmatch(segment) is None or segment in (".", ".."):
            raise PathInvalid(
                f"the segment '{segment}' is neither letters, digits and ._~- "
                "nor '{name}'"
            )
    return PathTemplate(text, tuple(names))


@dataclass(slots=True)
class _Branch(Generic[_Found]):
    """What is below a segment; filled while the router is made."""

    literals: dict[str, _Branch[_Found]] = field(default_factory=dict)
    place: _Branch[_Found] | None = None
    found: _Found | None = None


class Router(Generic[_Found]):
    """Finds what stands at a path.

    Args:
        routes: Templates and what they lead to; no two of them alike.
    """

    def __init__(self, routes: Sequence[tuple[PathTemplate, _Found]]) -> None:
        self._fixed: dict[str, tuple[_Found, tuple[str, ...]]] = {}
        self._root: _Branch[_Found] = _Branch()
        for template, found in routes:
            if not template.names:
                self._fixed[template.text] = (found, ())
            self._branch_of(template).found = found

    def match(self, raw_path: str) -> tuple[_Found, tuple[str, ...]] | None:
        """What stands at a path that is still percent-encoded, and the path's values."""
        known = self._fixed.get(raw_path)
        if known is not None:
            return known
        try:
            segments = [
                unquote(segment, errors="strict") if "%" in segment else segment
                for segment in raw_path[1:].split("/")
            ]
        except UnicodeDecodeError:
            return None
        values: list[str] = []
        found = _descend(self._root, segments, 0, values)
        return None if found is None else (found, tuple(values))

    def _branch_of(self, template: PathTemplate) -> _Branch[_Found]:
        branch = self._root
        for segment in template.text[1:].split("/"):
            if segment.startswith("{"):
                branch.place = branch.place or _Branch()
                branch = branch.place
            else:
                branch = branch.literals.setdefault(segment, _Branch())
        return branch


def _descend(
    branch: _Branch[_Found], segments: Sequence[str], depth: int, values: list[str]
) -> _Found | None:
    if depth == len(segments):
        return branch.found
    segment = segments[depth]
    named = branch.literals.get(segment)
    if named is not None:
        found = _descend(named, segments, depth + 1, values)
        if found is not None:
            return found
    if branch.place is None or not segment:
        return None
    values.append(segment)
    found = _descend(branch.place, segments, depth + 1, values)
    if found is None:
        values.pop()
    return found


def shape_of(template: PathTemplate) -> str:
    """The same for two templates exactly if a router cannot tell them apart."""
    return _NAME.sub("{}", template.text)
