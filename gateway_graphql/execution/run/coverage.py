"""Which places of the answer an error already speaks for.

A null in a non-null place is an error (specification section 6.4.4), unless one was
reported for what made it null. Two kinds of report are told apart:

- an error at a path, list indices included, speaks for that place, for all below it and
  for the objects above it that its null may have taken along;
- a fetch that failed speaks for the fields it would have given, at every object: they are
  absent. It does not speak for a null that some subgraph gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway_graphql.execution.compiled.answer_places import ResponsePath


class _Node:
    """A step in a tree of paths."""

    __slots__ = ("children", "is_end")

    def __init__(self) -> None:
        self.children: dict[str | int, _Node] = {}
        self.is_end = False

    def add(self, path: Iterable[str | int]) -> None:
        node = self
        for step in path:
            node = node.children.setdefault(step, _Node())
        node.is_end = True

    def meets(self, path: Iterable[str | int]) -> bool:
        """Whether a path that was added leads to, through or into this path."""
        node = self
        for step in path:
            if node.is_end:
                return True
            following = node.children.get(step)
            if following is None:
                return False
            node = following
        return True


class Coverage:
    """The places that errors speak for; mutable, one per execution."""

    def __init__(self) -> None:
        self._at = _Node()
        self._everywhere = _Node()
        self._is_empty = True

    def add(self, path: ResponsePath) -> None:
        """An error was reported at this path."""
        self._is_empty = False
        self._at.add(path)

    def add_absent(self, keys: Sequence[str]) -> None:
        """A fetch brought nothing here; the path goes through all list items."""
        self._is_empty = False
        self._everywhere.add(keys)

    def covers_null(self, path: Sequence[str | int]) -> bool:
        """Whether a null that a subgraph gave here has its error."""
        return not self._is_empty and self._at.meets(path)

    def covers_absence(self, path: Sequence[str | int]) -> bool:
        """Whether a value that is missing here has its error."""
        if self._is_empty:
            return False
        return self._at.meets(path) or self._everywhere.meets(
            step for step in path if isinstance(step, str)
        )
