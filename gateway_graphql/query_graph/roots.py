"""The ways in: root types, which need no key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway_graphql.language.operation import OperationKind
from gateway_graphql.query_graph.model import Edge, Node, RootMove
from gateway_graphql.query_graph.object_types import ObjectTypes
from gateway_graphql.supergraph.model import UnionDefinition


class Roots:
    """The root types of the subgraphs."""

    def __init__(self, types: ObjectTypes) -> None:
        self._types = types

    def edges(self, kind: OperationKind) -> tuple[Edge, ...]:
        """The ways in: the root type in every subgraph that has it."""
        root = self._types.composite(self._types.supergraph.roots[kind])
        return tuple(
            Edge(RootMove(), Node(root.name, name))
            for name in dict.fromkeys(join.subgraph for join in root.joins)
        )

    def with_field(self, roots: Sequence[Edge], name: str) -> Iterator[Edge]:
        """Those ways in that have a field; most supergraphs have many that do not."""
        root = self._types.composite(roots[0].head.type_name)
        if not isinstance(root, UnionDefinition) and name in root.fields:
            graphs = {join.subgraph for join in root.fields[name].joins}
            yield from (edge for edge in roots if edge.head.subgraph in graphs)
