"""What follows from a subgraph's federation directives, worked out once.

Whether a field is external, shareable or used is never said by one directive alone: a
key field of an extended type is not external although it says so, an external field
that some `@provides` names is partly resolved, and key fields are shareable by nature.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gateway_graphql.composition.contexts import reading_of
from gateway_graphql.composition.field_sets import (
    Coordinate,
    all_coordinates,
    coordinates,
)
from gateway_graphql.composition.schema import (
    FieldElement,
    FieldsType,
    InterfaceType,
    ObjectType,
    SubgraphSchema,
    UnionType,
)
from gateway_graphql.language.type_reference import named_type


class FieldRoles:
    """What the fields of one subgraph are: external, shareable, used."""

    def __init__(self, schema: SubgraphSchema) -> None:
        self.schema = schema

    def is_external(self, type_name: str, field: str) -> bool:
        """Whether the subgraph leaves the field to others, `@provides` aside."""
        return (type_name, field) in self.external

    def is_fully_external(self, type_name: str, field: str) -> bool:
        """Whether the subgraph resolves the field along no path at all."""
        return (type_name, field) in self.external - self.provided

    def is_shareable(self, type_name: str, field: str) -> bool:
        """Whether others may resolve the field as well."""
        return (type_name, field) in self.shareable

    def is_used(self, type_name: str, field: str) -> bool:
        """Whether a directive or an interface needs the field here."""
        return (type_name, field) in self.used

    def is_interface_object(self, type_name: str) -> bool:
        """Whether the object type stands for an interface of other subgraphs."""
        element = self.schema.types.get(type_name)
        return isinstance(element, ObjectType) and element.has("interfaceObject")

    @cached_property
    def external(self) -> frozenset[Coordinate]:
        """Fields that the subgraph mentions and others resolve."""
        marked = {
            (t.name, f.name)
            for t in self.schema.fields_types()
            for f in t.fields.values()
            if f.has("external")
        }
        on_type = {
            (t.name, f.name)
            for t in self.schema.fields_types()
            if t.has("external")
            for f in t.fields.values()
        }
        return frozenset((marked | on_type) - self.key_fields_of_extensions)

    @cached_property
    def key_fields_of_extensions(self) -> frozenset[Coordinate]:
        """Key fields of extended types: `@external` is only their habit."""
        return frozenset(
            coordinate
            for element in self.schema.fields_types()
            for key in element.applied("key")
            if key.is_extension or element.has("extends")
            for coordinate in coordinates(self.schema, element.name, key)
        )

    @cached_property
    def provided(self) -> frozenset[Coordinate]:
        """Fields that some `@provides` names."""
        return frozenset(self._selected_by("provides"))

    @cached_property
    def shareable(self) -> frozenset[Coordinate]:
        """Fields that several subgraphs may resolve."""
        if not self.schema.is_federation_2:
            return self.key_fields
        on_field = {
            (t.name, f.name)
            for t in self.schema.each(ObjectType)
            for f in t.fields.values()
            if f.has("shareable")
        }
        on_type = {
            (t.name, f.name)
            for t in self.schema.each(ObjectType)
            for applied in t.applied("shareable")
            for f in t.fields.values()
            if f.declaration == applied.declaration
        }
        return frozenset(on_field | on_type | self.key_fields | self.provided)

    @cached_property
    def key_fields(self) -> frozenset[Coordinate]:
        """Every field of every key of an object type."""
        return frozenset(
            coordinate
            for element in self.schema.each(ObjectType)
            for key in element.applied("key")
            for coordinate in all_coordinates(self.schema, element.name, key)
        )

    @cached_property
    def used(self) -> frozenset[Coordinate]:
        """Fields that keys, `@requires`, `@provides` or interfaces need."""
        return frozenset(
            {
                coordinate
                for element in self.schema.fields_types()
                for key in element.applied("key")
                for coordinate in all_coordinates(self.schema, element.name, key)
            }
            | set(self._selected_by("requires"))
            | set(self._selected_by("provides"))
            | set(self._implementing_fields())
            | set(self._context_fields())
        )

    def _selected_by(self, directive: str) -> Iterator[Coordinate]:
        """What the `@requires` or `@provides` of all fields select."""
        for element, field in self.fields_with(directive):
            start = element.name if directive == "requires" else named_type(field.type)
            for applied in field.applied(directive):
                yield from all_coordinates(self.schema, start, applied)

    def fields_with(self, directive: str) -> Iterator[tuple[FieldsType, FieldElement]]:
        """Fields that carry the directive."""
        for element in self.schema.fields_types():
            for field in element.fields.values():
                if field.has(directive):
                    yield element, field

    def _implementing_fields(self) -> Iterator[Coordinate]:
        for interface in self.schema.each(InterfaceType):
            for name in self.schema.possible_types(interface.name):
                own = self.schema.fields_of(name)
                yield from ((name, field) for field in interface.fields if field in own)

    def _context_fields(self) -> Iterator[Coordinate]:
        """What `@fromContext` selects on the types that set the context."""
        for element in self.schema.fields_types():
            for field in element.fields.values():
                for argument in field.arguments.values():
                    if (reading := reading_of(argument)) is not None:
                        for holder in self.context_holders(reading.context):
                            yield from all_coordinates(self.schema, holder, reading)

    def context_holders(self, name: str) -> tuple[str, ...]:
        """The types that set a context."""
        return tuple(
            element.name
            for element in self.schema.types.values()
            if isinstance(element, ObjectType | InterfaceType | UnionType)
            and any(a.text("name") == name for a in element.applied("context"))
        )
