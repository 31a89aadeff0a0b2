"""What all parts of merging share: the roles of the subgraphs' fields, the hierarchy, the problems.

The hierarchy (who implements what, who is a member of what) is known before any field
is merged, because fields are merged by subtyping.

(GraphQL specification, 3.7 "Interfaces" and 3.8 "Unions".)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import (
    Applied,
    Element,
    FieldElement,
    InterfaceType,
    ObjectType,
    SchemaType,
    UnionType,
)
from gateway_graphql.language.field_set import FieldSet, FieldSets
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
)

_E = TypeVar("_E", bound=Element)

Sources: TypeAlias = "tuple[_E | None, ...]"
"""One element as each subgraph has it, in the order of the subgraphs."""


@dataclass(slots=True)
class Merging:
    """One merge; `inputs` and `outputs` fill up as type references are merged.

    Attributes:
        roles: Of each subgraph's fields, in order.
        problems: Errors and hints so far.
        directives: Names of the directives that go to the supergraph.
        interfaces: Type name -> interfaces that it implements in any subgraph.
        possible: Abstract type name -> the object types that it can be.
        inputs: Types used by arguments and input fields -> an example.
        outputs: Types used by fields -> an example.
        field_sets: Reads what joins select.
    """

    roles: tuple[FieldRoles, ...]
    problems: Problems
    directives: tuple[str, ...]
    interfaces: Mapping[str, tuple[str, ...]]
    possible: Mapping[str, tuple[str, ...]]
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    field_sets: FieldSets = field(default_factory=FieldSets)

    def name(self, index: int) -> str:
        """A subgraph's name."""
        return self.roles[index].schema.name

    def names(self, indexes: Sequence[int]) -> tuple[str, ...]:
        """Several subgraphs' names."""
        return tuple(self.name(index) for index in indexes)

    def field_set(self, applied: Applied) -> FieldSet | None:
        """What a directive's `fields` select; the rules have seen that it is valid."""
        text = applied.text("fields")
        return None if text is None else self.field_sets.read(text)

    def types(self, name: str) -> tuple[SchemaType | None, ...]:
        """A type as each subgraph has it."""
        return tuple(roles.schema.types.get(name) for roles in self.roles)

    def has_type(self, index: int, name: str) -> bool:
        """Whether a subgraph has the type."""
        return name in self.roles[index].schema.types

    def is_subtype(self, wide: TypeReference, narrow: TypeReference) -> bool:
        """Whether `narrow` may stand where `wide` is promised."""
        match wide, narrow:
            case NonNullType(a), NonNullType(b):
                return self.is_subtype(a, b)
            case NonNullType(), _:
                return False
            case _, NonNullType(b):
                return self.is_subtype(wide, b)
            case ListType(a), ListType(b):
                return self.is_subtype(a, b)
            case NamedType(a), NamedType(b):
                return (
                    a == b
                    or b in self.possible.get(a, ())
                    or a in self.interfaces.get(b, ())
                )
            case _:
                return False

    def abstracted(self, type_name: str, field_name: str, index: int) -> list[str]:
        """Interface objects of a subgraph that stand for the type's field there.

        Empty when the subgraph has the type itself.
        """
        if self.has_type(index, type_name):
            return []
        roles = self.roles[index]
        return [
            interface
            for interface in self.interfaces.get(type_name, ())
            if roles.is_interface_object(interface)
            and field_name in roles.schema.fields_of(interface)
        ]


def start_merging(roles: tuple[FieldRoles, ...], problems: Problems) -> Merging:
    """Work out the hierarchy of all subgraphs together."""
    interfaces: dict[str, dict[str, None]] = {}
    unions: dict[str, dict[str, None]] = {}
    objects: set[str] = set()
    for schema in (f.schema for f in roles):
        for element in schema.types.values():
            match element:
                case ObjectType() | InterfaceType():
                    known = interfaces.setdefault(element.name, {})
                    known.update(dict.fromkeys(element.interfaces))
                    if isinstance(element, ObjectType) and not element.has(
                        "interfaceObject"
                    ):
                        objects.add(element.name)
                case UnionType():
                    members = unions.setdefault(element.name, {})
                    members.update(dict.fromkeys(element.members))
    possible = {name: tuple(members) for name, members in unions.items()}
    for name, implemented in interfaces.items():
        if name in objects:
            for interface in implemented:
                possible[interface] = (*possible.get(interface, ()), name)
    return Merging(
        roles,
        problems,
        (),
        {name: tuple(found) for name, found in interfaces.items()},
        possible,
    )


def present(sources: Sources[_E]) -> Iterator[tuple[int, _E]]:
    """The subgraphs that have the element, with it."""
    for index, source in enumerate(sources):
        if source is not None:
            yield index, source


def field_sources(
    types: Sequence[SchemaType | None], name: str
) -> tuple[FieldElement | None, ...]:
    """A field as each subgraph has it on the type."""
    return tuple(
        element.fields.get(name)
        if isinstance(element, ObjectType | InterfaceType)
        else None
        for element in types
    )
