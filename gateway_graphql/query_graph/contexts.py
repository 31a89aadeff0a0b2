"""Which contexts are set around an object, and which are read at it or below.

A field's argument may be filled from an object further up. Whether it can be is
therefore no question of the node alone but of the way to it, so nodes carry the contexts
that were set on the way, as far as anything below reads them.

(Federation specification, `@context` and `@fromContext`.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from gateway_graphql.language.type_reference import named_type
from gateway_graphql.query_graph.model import FieldMove, Node
from gateway_graphql.query_graph.object_types import ObjectTypes
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    TypeDefinition,
)


def is_in_context(node: Node, move: FieldMove) -> bool:
    """Whether objects further up set all that a field's arguments are filled from."""
    return all(arg.context in node.contexts for arg in move.context_arguments)


class Contexts:
    """The contexts of a supergraph: who sets them, who reads them."""

    def __init__(self, types: ObjectTypes) -> None:
        self._types = types
        self._supergraph = types.supergraph

    def setters(self, context: str) -> frozenset[str]:
        """The types whose objects set a context."""
        return self._types_by_context.get(context, frozenset())

    def is_set_by(self, node: Node, context: str) -> bool:
        """Whether every object at a node sets a context."""
        setters = self.setters(context)
        if node.type_name in setters:
            return True
        if self._types.is_interface_object(node):
            # It is an object of any of the types that others know it to have.
            return setters.issuperset(self._supergraph.possible_types[node.type_name])
        return self._types.is_abstract(node) and setters.issuperset(
            self._types.possible(node)
        )

    def agree(self, node: Node, field: FieldDefinition) -> bool:
        """Whether all types of an abstract node set the same of what is read below."""
        possible = set(self._types.possible(node))
        return all(
            possible <= types or possible.isdisjoint(types)
            for context in self._read.get(named_type(field.type), ())
            if (types := self.setters(context))
        )

    def under(self, node: Node, type_name: str) -> tuple[str, ...]:
        """The contexts that are set around the value of a field at a node."""
        read = self._read.get(type_name)
        if read is None:
            return ()
        return tuple(
            context
            for context in read
            if context in node.contexts or self.is_set_by(node, context)
        )

    @cached_property
    def _read(self) -> Mapping[str, tuple[str, ...]]:
        """Composite type -> the contexts read by fields of its objects, and below."""
        if not self._types_by_context:
            return {}  # nothing sets any, so nothing can be read
        found = {
            name: set(_read_on(definition))
            for name, definition in self._supergraph.types.items()
        }
        leads_to = self._leads_to
        pending = True
        while pending:
            pending = False
            for name, targets in leads_to.items():
                new = set().union(*(found.get(t, ()) for t in targets)) - found[name]
                found[name] |= new
                pending = pending or bool(new)
        return {name: tuple(sorted(read)) for name, read in found.items() if read}

    @property
    def _leads_to(self) -> Mapping[str, set[str]]:
        """Composite type -> its fields' types, and what else its objects are."""
        types = self._supergraph.types
        return {
            name: {
                *possible,
                *self._supergraph.field_types.get(name, {}).values(),
                *getattr(types[name], "interfaces", ()),
            }
            for name, possible in self._supergraph.possible_types.items()
        }

    @cached_property
    def _types_by_context(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for name, definition in self._supergraph.types.items():
            for applied in definition.directives:
                if applied.name == "context":
                    context = dict(applied.arguments)["name"].strip('"')
                    types = {name, *self._supergraph.possible_types[name]}
                    found[context] = found.get(context, frozenset()) | types
        return found


def _read_on(definition: TypeDefinition) -> Iterator[str]:
    if isinstance(definition, ObjectDefinition | InterfaceDefinition):
        for field in definition.fields.values():
            for join in field.joins:
                yield from (argument.context for argument in join.context_arguments)
