"""Operation -> candidate ways, for each of its root fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gateway_graphql.language.operation import (
    TYPENAME,
    Field,
    Operation,
    OperationKind,
)
from gateway_graphql.query_graph.search import Search
from gateway_graphql.query_graph.space import SearchSpace
from gateway_graphql.query_graph.ways import Ways

_ANSWERED_HERE = frozenset({TYPENAME, "__schema", "__type"})


class Candidates(NamedTuple):
    """The ways that an operation may be answered.

    Attributes:
        fields: The root fields that need a subgraph.
        ways: For each the best ways, cheapest first.
        search: What found them.
        is_serial: Whether the fields run one after the other: mutations.
    """

    fields: tuple[Field, ...]
    ways: tuple[Ways, ...]
    search: Search
    is_serial: bool

    @property
    def unreachable(self) -> tuple[Field, ...]:
        """The root fields that nothing leads to, or not to all below them."""
        pairs = zip(self.fields, self.ways, strict=True)
        return tuple(field for field, ways in pairs if not ways)


def walk(space: SearchSpace, operation: Operation) -> Candidates:
    """Find every good way for each root field."""
    search, roots = Search(space), space.graph.roots.edges(operation.kind)
    is_serial = operation.kind is OperationKind.MUTATION
    fields = tuple(_root_fields(operation))
    # What changes something, or tells of changes, is asked of one subgraph only.
    once = operation.kind is not OperationKind.QUERY
    ways = tuple(search.from_roots(field, roots, once=once) for field in fields)
    return Candidates(fields, ways, search, is_serial)


def _root_fields(operation: Operation) -> Iterator[Field]:
    """The root fields that need a subgraph."""
    for selection in operation.selections:
        if not isinstance(selection, Field):
            raise AssertionError("normalization leaves no fragment on a root type")
        if selection.name not in _ANSWERED_HERE:
            yield selection
