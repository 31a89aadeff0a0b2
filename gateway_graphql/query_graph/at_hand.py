"""Whether selections are at hand: resolved where one stands, without another fetch.

What a field requires often is, by a key or by `@provides`; then nothing needs to be
fetched first.
"""

from __future__ import annotations

from typing import TypeAlias

from gateway_graphql.language.operation import TYPENAME, Field, Fragment, Selection
from gateway_graphql.query_graph.fields import Fields
from gateway_graphql.query_graph.model import FieldMove, Node
from gateway_graphql.query_graph.object_types import ObjectTypes

_Asking: TypeAlias = tuple[tuple[Node, str], ...]
"""The fields on whose account it is asked: none helps itself."""


class AtHand:
    """What each subgraph resolves by itself."""

    def __init__(self, types: ObjectTypes, fields: Fields) -> None:
        self._types = types
        self._fields = fields

    def has(self, node: Node, selections: tuple[Selection, ...]) -> bool:
        """Whether a subgraph resolves selections at a node without another fetch."""
        return self._has_all(node, selections, ())

    def _has_all(
        self, node: Node, selections: tuple[Selection, ...], asking: _Asking
    ) -> bool:
        return all(self._has_one(node, one, asking) for one in selections)

    def _has_one(self, node: Node, selection: Selection, asking: _Asking) -> bool:
        if isinstance(selection, Fragment):
            return self._has_fragment(node, selection, asking)
        if selection.name == TYPENAME:
            return not self._types.is_interface_object(node)
        return self._has_field(node, selection, asking)

    def _has_field(self, node: Node, field: Field, asking: _Asking) -> bool:
        edge = self._fields.edge(node, field.name)
        if edge is None or not isinstance(edge.move, FieldMove):
            return self._types.is_abstract(node) and all(
                self._has_one(self._types.downcast(node, name).head, field, asking)
                for name in self._types.possible(node)
            )
        key = (node, field.name)
        if edge.move.context_arguments or key in asking:
            return False
        return self._has_all(
            node, edge.move.requires, (*asking, key)
        ) and self._has_all(edge.head, field.selections, asking)

    def _has_fragment(self, node: Node, fragment: Fragment, asking: _Asking) -> bool:
        types = self._types
        if not types.is_abstract(node):
            is_certain = types.covers(fragment.type_condition, node.type_name)
            return is_certain and self._has_all(node, fragment.selections, asking)
        wanted = types.supergraph.possible_types[fragment.type_condition]
        return all(
            self._has_all(types.downcast(node, name).head, fragment.selections, asking)
            for name in types.possible(node)
            if name in wanted
        )
