"""Field sets of `@key`, `@requires` and `@provides`, walked in one subgraph's schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    SelectionSetNode,
)

from gateway_graphql.composition.contexts import ContextReading
from gateway_graphql.composition.schema import (
    Applied,
    FieldElement,
    FieldsType,
    InterfaceType,
    ObjectType,
    SubgraphSchema,
)
from gateway_graphql.language.type_reference import named_type

Coordinate = tuple[str, str]
"""Type name and field name."""

Selecting: TypeAlias = Applied | ContextReading
"""What has a field set."""


def walk(
    schema: SubgraphSchema, type_name: str, selecting: Selecting
) -> Iterator[tuple[FieldsType, FieldElement, FieldNode]]:
    """Every field of a field set that exists in the schema, outermost first."""
    try:
        selections = selecting.field_set
    except GraphQLSyntaxError:
        return
    yield from _walk(schema, type_name, selections)


def _walk(
    schema: SubgraphSchema, type_name: str, selections: SelectionSetNode
) -> Iterator[tuple[FieldsType, FieldElement, FieldNode]]:
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            inner = condition.name.value if condition else type_name
            yield from _walk(schema, inner, node.selection_set)
        elif isinstance(node, FieldNode):
            parent = schema.types.get(type_name)
            field = schema.fields_of(type_name).get(node.name.value)
            if field is None or not isinstance(parent, ObjectType | InterfaceType):
                continue
            yield parent, field, node
            if node.selection_set is not None:
                yield from _walk(schema, named_type(field.type), node.selection_set)


def coordinates(
    schema: SubgraphSchema, type_name: str, selecting: Selecting
) -> set[Coordinate]:
    """The coordinates that a field set selects, as it selects them."""
    return {(p.name, f.name) for p, f, _ in walk(schema, type_name, selecting)}


def all_coordinates(
    schema: SubgraphSchema, type_name: str, selecting: Selecting
) -> set[Coordinate]:
    """The same with every implementation's field where an interface's is selected."""
    found: set[Coordinate] = set()
    for parent, field, _ in walk(schema, type_name, selecting):
        found.add((parent.name, field.name))
        if isinstance(parent, InterfaceType):
            found |= {
                (name, field.name)
                for name in schema.possible_types(parent.name)
                if field.name in schema.fields_of(name)
            }
    return found
