"""Unions that subgraphs know differently.

Where several subgraphs share a field and one of them lacks a member of the union that it
leads to, an object of that member is at home in the others only. Any of them may be
asked, so only what all of them know can be counted on.

(Federation specification, `@shareable`, and "Merging unions" of composition.)
"""

from __future__ import annotations

from functools import cached_property

from msgspec.structs import replace

from gateway_graphql.query_graph.keys import KeyMoves
from gateway_graphql.query_graph.model import Node
from gateway_graphql.query_graph.object_types import ObjectTypes
from gateway_graphql.query_graph.overrides import ActiveOverrides
from gateway_graphql.supergraph.model import FieldDefinition, UnionDefinition


class PartialUnions:
    """The unions that are not known to all subgraphs alike, and what leads to them."""

    def __init__(
        self, types: ObjectTypes, keys: KeyMoves, overrides: ActiveOverrides
    ) -> None:
        self._types = types
        self._supergraph = types.supergraph
        self._keys = keys
        self._overrides = overrides

    def told(self, head: Node, node: Node, field: FieldDefinition) -> Node:
        """The head of a field's edge, told who else resolves the field there.

        Args:
            head: Where the field leads.
            node: Where it is resolved.
            field: The field.
        """
        if head.type_name not in self._above:
            return head
        peers = self._peers(node, field)
        return replace(head, peers=peers, members=self._members_of_all(head, peers))

    @cached_property
    def _above(self) -> frozenset[str]:
        """Types from which fields lead to such a union."""
        found = {
            name
            for name, definition in self._supergraph.types.items()
            if isinstance(definition, UnionDefinition) and _is_partial(definition)
        }
        pending = bool(found)
        while pending:
            new = {
                name
                for name, fields in self._supergraph.field_types.items()
                if name not in found and not found.isdisjoint(fields.values())
            }
            found |= new
            pending = bool(new)
        return frozenset(found)

    def _peers(self, node: Node, field: FieldDefinition) -> tuple[str, ...]:
        """The other subgraphs that resolve a field for the very same object."""
        if node.type_name in self._supergraph.roots.values():
            reached = set(self._supergraph.subgraphs)
        else:
            reached = {edge.head.subgraph for edge in self._keys.edges(node)}
            reached.update(node.peers)
        resolvers = self._overrides.resolvers(field)
        return tuple(
            join.subgraph
            for join in field.joins
            if join.subgraph != node.subgraph
            and join.subgraph in reached
            and join.subgraph in resolvers
        )

    def _members_of_all(
        self, head: Node, peers: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        """The members of a union that its subgraph and all peers know."""
        if not isinstance(self._supergraph.types[head.type_name], UnionDefinition):
            return None
        own = self._types.possible(head)
        others = [self._types.possible(Node(head.type_name, peer)) for peer in peers]
        common = tuple(m for m in own if all(m in other for other in others))
        return common if len(common) < len(own) else None


def _is_partial(union: UnionDefinition) -> bool:
    """Whether some subgraph of a union lacks a member that another has."""
    names = {member.member for member in union.members}
    graphs = {join.subgraph for join in union.joins}
    return len(set(union.members)) < len(names) * len(graphs)
