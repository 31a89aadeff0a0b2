"""What types the objects at a node can have, as far as its subgraph knows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec.structs import replace

from gateway_graphql.language.operation import Field, Selection
from gateway_graphql.query_graph.model import Downcast, Edge, Node
from gateway_graphql.supergraph.model import (
    CompositeDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    UnionDefinition,
)


class ObjectTypes:
    """The types of a supergraph, in the eyes of its subgraphs.

    Attributes:
        supergraph: What it was made from.
    """

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        # Filled as nodes are asked for; nothing in it ever changes afterwards.
        self._possible: dict[tuple[str, str], tuple[str, ...]] = {}

    def composite(self, name: str) -> CompositeDefinition:
        """The definition of an object, interface or union type."""
        definition = self.supergraph.types[name]
        if isinstance(
            definition, ObjectDefinition | InterfaceDefinition | UnionDefinition
        ):
            return definition
        raise AssertionError(f"`{name}` has no selections")

    def is_abstract(self, node: Node) -> bool:
        """Whether objects at the node have types of their own that it can tell."""
        return not isinstance(
            self.composite(node.type_name), ObjectDefinition
        ) and not self.is_interface_object(node)

    def is_interface_object(self, node: Node) -> bool:
        """Whether the subgraph takes the interface for an object type."""
        return (node.type_name, node.subgraph) in self._interface_objects

    @cached_property
    def _interface_objects(self) -> frozenset[tuple[str, str]]:
        return frozenset(
            (name, join.subgraph)
            for name, definition in self.supergraph.types.items()
            for join in definition.joins
            if join.is_interface_object
        )

    def possible(self, node: Node) -> tuple[str, ...]:
        """The object types that the subgraph knows the node's type to have."""
        if node.members is not None:
            return node.members
        key = (node.type_name, node.subgraph)
        if (known := self._possible.get(key)) is None:
            known = self._possible[key] = tuple(self._members(node))
        return known

    def _members(self, node: Node) -> Iterator[str]:
        match self.composite(node.type_name):
            case ObjectDefinition(name=name):
                yield name
            case UnionDefinition(members=members):
                yield from (m.member for m in members if m.subgraph == node.subgraph)
            case InterfaceDefinition():
                for name in self.supergraph.possible_types[node.type_name]:
                    if self._implements(name, node.type_name, node.subgraph):
                        yield name

    def _implements(self, type_name: str, interface: str, subgraph: str) -> bool:
        """Whether a type implements an interface in the eyes of a subgraph."""
        definition = self.supergraph.types[type_name]
        return isinstance(definition, ObjectDefinition | InterfaceDefinition) and any(
            claim.subgraph == subgraph and claim.interface == interface
            for claim in definition.implements
        )

    def covers(self, wide: str, narrow: str) -> bool:
        """Whether every object of one type is also of the other."""
        possible = self.supergraph.possible_types
        return wide == narrow or set(possible[narrow]) <= set(possible[wide])

    def is_a(self, type_name: str, wide: str) -> bool:
        """Whether a type is another or declares to implement it."""
        definition = self.composite(type_name)
        return wide == type_name or (
            not isinstance(definition, UnionDefinition)
            and wide in definition.interfaces
        )

    def downcast(self, node: Node, type_name: str) -> Edge:
        """See objects at an abstract node as one of its possible types."""
        provided = tuple(self._provided_on(node, type_name))
        head = Node(type_name, node.subgraph, provided, contexts=node.contexts)
        if self.is_abstract(head):
            # Two abstract types may have fewer types in common than either has.
            own, around = self.possible(head), self.possible(node)
            common = tuple(name for name in own if name in around)
            if len(common) < len(own):
                head = replace(head, members=common)
        return Edge(Downcast(type_name), head)

    def _provided_on(self, node: Node, type_name: str) -> Iterator[Selection]:
        for selection in node.provided:
            if isinstance(selection, Field):
                yield selection
            elif self.covers(selection.type_condition, type_name):
                yield from selection.selections
            else:
                yield selection
