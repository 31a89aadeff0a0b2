"""One subgraph's schema, as composition sees it.

Elements are values made from the SDL: extensions are joined with what they extend, and
directives carry the name that their specification gives them, whatever an import calls
them. Rules and merging read these records only, so neither has to know about `@link`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, TypeVar

from graphql import (
    DirectiveDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    print_ast,
    value_from_ast_untyped,
)

from gateway_graphql.language.field_set import selection_set
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.language.type_reference import NonNullType, TypeReference

BUILT_IN_SCALARS = frozenset({"Int", "Float", "String", "Boolean", "ID"})


@dataclass(frozen=True)
class Applied:
    """A directive on an element.

    Attributes:
        name: As its specification names it; a custom directive's name with `@`, so
            that no subgraph's own `@key` is taken for federation's.
        arguments: In the order given.
        declaration: Which of a type's declarations carries it: 0 for the definition,
            higher for extensions.
        is_extension: Whether that declaration is an extension.
    """

    name: str
    arguments: Mapping[str, ValueNode] = field(default_factory=dict)
    declaration: int = 0
    is_extension: bool = False

    def text(self, argument: str) -> str | None:
        """The value of a string argument; `None` for anything else."""
        node = self.arguments.get(argument)
        return node.value if isinstance(node, StringValueNode) else None

    def value(self, argument: str) -> object:
        """The argument as plain Python data; `None` when it is not given."""
        node = self.arguments.get(argument)
        return None if node is None else value_from_ast_untyped(node)

    @cached_property
    def field_set(self) -> SelectionSetNode:
        """What `fields` selects, for whoever checks it.

        Raises:
            graphql.GraphQLSyntaxError: It is no field set.
        """
        return selection_set(self.text("fields") or "")

    def printed(self) -> tuple[tuple[str, str], ...]:
        """The arguments as GraphQL text."""
        return tuple((name, print_ast(node)) for name, node in self.arguments.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What every schema element has."""

    name: str
    description: str | None = None
    directives: tuple[Applied, ...] = ()

    def has(self, directive: str) -> bool:
        """Whether the directive is applied here."""
        return any(applied.name == directive for applied in self.directives)

    def applied(self, directive: str) -> tuple[Applied, ...]:
        """The directive's applications here."""
        return tuple(a for a in self.directives if a.name == directive)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputElement(Element):
    """An argument or an input field."""

    type: TypeReference
    default: ValueNode | None = None


def is_required(element: InputElement) -> bool:
    """Whether a caller has to give it."""
    return isinstance(element.type, NonNullType) and element.default is None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldElement(Element):
    """A field of an object or interface type, and the declaration it stands in."""

    type: TypeReference
    arguments: Mapping[str, InputElement] = field(default_factory=dict)
    declaration: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeElement(Element):
    """A type; `is_defined` says whether the SDL does more than extend it."""

    is_defined: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarType(TypeElement):
    """A custom scalar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType(TypeElement):
    """An enum and its values."""

    values: Mapping[str, Element]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionType(TypeElement):
    """A union and its members' names."""

    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputType(TypeElement):
    """An input object."""

    fields: Mapping[str, InputElement]


@dataclass(frozen=True, slots=True, kw_only=True)
class _WithFields(TypeElement):
    """What object types and interfaces have in common."""

    fields: Mapping[str, FieldElement]
    interfaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType(_WithFields):
    """An object type, perhaps an interface object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceType(_WithFields):
    """An interface."""


FieldsType: TypeAlias = ObjectType | InterfaceType
SchemaType: TypeAlias = FieldsType | UnionType | EnumType | ScalarType | InputType

_Kind = TypeVar("_Kind", bound=TypeElement)


@dataclass(frozen=True, slots=True)
class Feature:
    """A specification that the schema links, or federation 1, which needs no link.

    Attributes:
        identity: The specification's URL without version.
        name: The last part of the identity.
        version: Major and minor; `None` when the URL has none.
        alias: What `as:` calls it.
        imports: Element name -> its name in this schema; directives with `@`.
        url: The URL as written.
    """

    identity: str
    name: str
    version: tuple[int, int] | None
    alias: str
    imports: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True)
class SubgraphSchema:
    """One subgraph's schema.

    Attributes:
        name: The subgraph's name.
        url: Its address, empty without one.
        types: Its own types by name; root types have their default names.
        roots: The kinds of operation it defines.
        features: Linked specifications by identity.
        definitions: Its own directive definitions by their name in this schema.
        schema_directives: Directives on the schema itself.
        federation: The federation version; major 1 without a link to federation.
        description: The schema's description.
    """

    name: str
    url: str
    types: Mapping[str, SchemaType]
    roots: Mapping[OperationKind, str]
    features: Mapping[str, Feature]
    definitions: Mapping[str, DirectiveDefinitionNode]
    schema_directives: tuple[Applied, ...] = ()
    federation: tuple[int, int] = (1, 0)
    description: str | None = None

    @property
    def is_federation_2(self) -> bool:
        """Whether the subgraph links federation 2."""
        return self.federation[0] >= 2  # noqa: PLR2004 - the number is the name

    def each(self, kind: type[_Kind]) -> Iterator[_Kind]:
        """All types of one kind."""
        return (t for t in self.types.values() if isinstance(t, kind))

    def fields_types(self) -> Iterator[FieldsType]:
        """All object and interface types."""
        for element in self.types.values():
            if isinstance(element, ObjectType | InterfaceType):
                yield element

    def fields_of(self, type_name: str) -> Mapping[str, FieldElement]:
        """The fields of an object or interface type; none for other types."""
        element = self.types.get(type_name)
        if isinstance(element, ObjectType | InterfaceType):
            return element.fields
        return {}

    def possible_types(self, name: str) -> tuple[str, ...]:
        """The object types that a composite type can be."""
        element = self.types.get(name)
        match element:
            case ObjectType():
                return (name,)
            case UnionType():
                return element.members
            case InterfaceType():
                return tuple(
                    t.name for t in self.each(ObjectType) if name in t.interfaces
                )
            case _:
                return ()

    def is_root(self, type_name: str) -> bool:
        """Whether the type is a root operation type."""
        return type_name in self.roots.values()
