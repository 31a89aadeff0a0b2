"""Which subgraphs an object can be taken to, and by which key.

(Federation specification, `@key` and `@interfaceObject`.)
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from gateway_graphql.language.field_set import FieldSet
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.query_graph.model import Edge, KeyMove, Node
from gateway_graphql.query_graph.object_types import ObjectTypes
from gateway_graphql.query_graph.roots import Roots
from gateway_graphql.supergraph.model import ObjectDefinition


class KeyMoves:
    """The key moves of each node."""

    def __init__(self, types: ObjectTypes, roots: Roots) -> None:
        self._types = types
        self._roots = roots
        # Filled as nodes are asked for; nothing in it ever changes afterwards.
        self._edges: dict[tuple[str, str, tuple[str, ...]], tuple[Edge, ...]] = {}

    def edges(self, node: Node) -> tuple[Edge, ...]:
        """Every subgraph that can be entered with the node's object, by every key.

        The node's own subgraph is among them: a field with `@requires` may have to be
        asked of it again, with a representation.
        """
        key = (node.type_name, node.subgraph, node.contexts)
        if (known := self._edges.get(key)) is None:
            edges = self._make_edges(node)
            if node.contexts:  # the object's place in the answer is the same
                edges = (
                    replace(edge, head=replace(edge.head, contexts=node.contexts))
                    for edge in edges
                )
            known = self._edges[key] = tuple(edges)
        return known

    def _make_edges(self, node: Node) -> Iterator[Edge]:
        types = self._types
        definition = types.composite(node.type_name)
        if definition.name == types.supergraph.roots[OperationKind.QUERY]:
            # The query root needs no key: any subgraph can be asked from anywhere.
            yield from self._roots.edges(OperationKind.QUERY)
            return
        is_object = isinstance(definition, ObjectDefinition)
        blind = types.is_interface_object(node)
        for join in definition.joins:
            if join.key and join.is_resolvable:
                known = is_object or blind or join.is_interface_object
                yield _key_edge(definition.name, join.subgraph, join.key, known=known)
        if isinstance(definition, ObjectDefinition):
            for interface in definition.interfaces:
                for join in types.composite(interface).joins:
                    if join.is_interface_object and join.key and join.is_resolvable:
                        yield _key_edge(interface, join.subgraph, join.key, known=True)


def _key_edge(type_name: str, subgraph: str, key: FieldSet, *, known: bool) -> Edge:
    move = KeyMove(key.selections, type_name if known else None)
    return Edge(move, Node(type_name, subgraph))
