"""Which fields a subgraph resolves at a node, and where they lead.

(Federation specification, `@external`, `@provides`, `@requires`.)
"""

from __future__ import annotations

from gateway_graphql.language.operation import Field, Selection
from gateway_graphql.language.type_reference import list_depth, named_type
from gateway_graphql.query_graph.contexts import Contexts
from gateway_graphql.query_graph.model import Edge, FieldMove, Node
from gateway_graphql.query_graph.object_types import ObjectTypes
from gateway_graphql.query_graph.overrides import ActiveOverrides
from gateway_graphql.query_graph.unions import PartialUnions
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    FieldJoin,
    InterfaceDefinition,
    ObjectDefinition,
    UnionDefinition,
)


class Fields:
    """The field moves of each node."""

    def __init__(
        self,
        types: ObjectTypes,
        overrides: ActiveOverrides,
        contexts: Contexts,
        unions: PartialUnions,
    ) -> None:
        self._types = types
        self._overrides = overrides
        self._contexts = contexts
        self._unions = unions
        # Filled as nodes are asked for; nothing in it ever changes afterwards.
        self._edges: dict[tuple[Node, str], Edge | None] = {}

    def edge(self, node: Node, name: str) -> Edge | None:
        """Resolve a field at a node, in its subgraph; `None` where it cannot."""
        key = (node, name)
        if key not in self._edges:
            self._edges[key] = self._make_edge(node, name)
        return self._edges[key]

    def _make_edge(self, node: Node, name: str) -> Edge | None:
        definition = self._types.composite(node.type_name)
        if isinstance(definition, UnionDefinition):
            return None
        field = definition.fields.get(name)
        join = field and _join(field, node.subgraph)
        if not field or not join:
            return None
        provided = _provided_field(node.provided, name)
        if provided is None and join.subgraph not in self._overrides.resolvers(field):
            return None
        if self._types.is_abstract(node) and not (
            self._all_resolve(node, name) and self._contexts.agree(node, field)
        ):
            return None
        return self._edge_to(node, field, join, provided)

    def _all_resolve(self, node: Node, name: str) -> bool:
        """Whether the subgraph resolves an interface's field on every implementation."""
        for type_name in self._types.possible(node):
            edge = self.edge(self._types.downcast(node, type_name).head, name)
            if edge is None or (
                isinstance(edge.move, FieldMove)
                and (edge.move.requires or edge.move.context_arguments)
            ):
                return False
        return True

    def _edge_to(
        self,
        node: Node,
        field: FieldDefinition,
        join: FieldJoin,
        provided: tuple[Selection, ...] | None,
    ) -> Edge:
        type_name = named_type(join.type or field.type)
        own = join.provides.selections if join.provides else ()
        head = Node(
            type_name,
            join.subgraph,
            own + (provided or ()),
            contexts=self._contexts.under(node, type_name),
        )
        return Edge(self._move(field, join), self._unions.told(head, node, field))

    def _move(self, field: FieldDefinition, join: FieldJoin) -> FieldMove:
        public = self._types.supergraph.types.get(named_type(field.type))
        return FieldMove(
            field=field.name,
            requires=join.requires.selections if join.requires else (),
            context_arguments=join.context_arguments,
            list_depth=list_depth(field.type),
            is_leaf=not isinstance(
                public, ObjectDefinition | InterfaceDefinition | UnionDefinition
            ),
            is_abstract=isinstance(public, InterfaceDefinition | UnionDefinition),
            is_shared=len(self._overrides.resolvers(field)) > 1,
        )


def _join(field: FieldDefinition, subgraph: str) -> FieldJoin | None:
    return next((join for join in field.joins if join.subgraph == subgraph), None)


def _provided_field(
    provided: tuple[Selection, ...], name: str
) -> tuple[Selection, ...] | None:
    """What a `@provides` selects below a field; `None` when it does not name it."""
    for selection in provided:
        if isinstance(selection, Field) and selection.name == name:
            return selection.selections
    return None
