"""What the world looks like: types, and for each field which subgraphs resolve it.

A `Supergraph` says what a supergraph SDL in the join specification (v0.1 to v0.5) says,
as values. A *join* is one subgraph's claim on a type, a field, an interface, a union
member or an enum value. Every later stage (API schema, query graph, planning) is
computed from it, and composition makes one.

Joins are kept as the SDL states them, with one difference: where the SDL leaves a claim
out because it holds for every subgraph of the type, the reader spells it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from gateway_graphql.language.field_set import FieldSet
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.language.type_reference import TypeReference, named_type


@dataclass(frozen=True, slots=True)
class SubgraphReference:
    """A subgraph as the supergraph names it.

    Attributes:
        name: The name that operators and errors use.
        url: Where it answers; empty when it has no address.
    """

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class AppliedDirective:
    """A directive on a schema element that is kept for later stages.

    Attributes:
        name: Without `@`, as the specification names it whatever the SDL's import
            calls it (`requiresScopes`, `tag`, `cost`, ...).
        arguments: Argument name -> GraphQL text.
    """

    name: str
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TypeJoin:
    """`@join__type`: a subgraph has the type, perhaps with a key.

    Attributes:
        subgraph: The subgraph's name.
        key: What identifies an object; `None` when the type has no key there.
        is_resolvable: Whether the subgraph can be entered by the key.
        is_extension: Whether the subgraph only extends the type.
        is_interface_object: Whether the subgraph treats the interface as an object.
    """

    subgraph: str
    key: FieldSet | None = None
    is_resolvable: bool = True
    is_extension: bool = False
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """An argument that the gateway fills from a context (`@fromContext`).

    Attributes:
        context: The context's name.
        name: The argument's name in the subgraph.
        type: The argument's type.
        selection: The selection that gives the value.
    """

    context: str
    name: str
    type: TypeReference
    selection: FieldSet


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """`@join__field`: what a subgraph says of a field.

    Attributes:
        subgraph: The subgraph's name.
        type: The field's type there, when it differs from the supergraph's.
        requires: What must be in the representation.
        provides: What is resolvable along this field only.
        is_external: Whether the subgraph mentions the field without resolving it.
        override: The subgraph (or its label's owner) this one takes over from.
        override_label: The label that makes the override progressive.
        is_used_overridden: Whether the subgraph still needs the field that was taken
            over from it (in a key, `@requires` or for an interface).
        context_arguments: Arguments that the gateway fills.
    """

    subgraph: str
    type: TypeReference | None = None
    requires: FieldSet | None = None
    provides: FieldSet | None = None
    is_external: bool = False
    override: str | None = None
    override_label: str | None = None
    is_used_overridden: bool = False
    context_arguments: tuple[ContextArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class InputValue:
    """An argument or an input field.

    Attributes:
        default: The default value's GraphQL text, `None` without one.
        joins: The subgraphs that have it (input fields only; empty for arguments).
    """

    name: str
    type: TypeReference
    default: str | None = None
    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    joins: tuple[FieldJoin, ...] = ()
    is_inaccessible: bool = False


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field of an object or interface type.

    Attributes:
        joins: One per subgraph that has the field. Empty when no subgraph has it on
            this type itself: an implementation's field that an interface object gives.
    """

    name: str
    type: TypeReference
    arguments: tuple[InputValue, ...] = ()
    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    joins: tuple[FieldJoin, ...] = ()
    is_inaccessible: bool = False

    def type_in(self, subgraph: str) -> TypeReference:
        """The field's type as a subgraph has it."""
        for join in self.joins:
            if join.subgraph == subgraph and join.type is not None:
                return join.type
        return self.type


@dataclass(frozen=True, slots=True)
class Implements:
    """`@join__implements`: in this subgraph, the type implements the interface."""

    subgraph: str
    interface: str


@dataclass(frozen=True, slots=True)
class UnionMember:
    """`@join__unionMember`: in this subgraph, the union has the member."""

    subgraph: str
    member: str


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A value of an enum, and the subgraphs that have it."""

    name: str
    subgraphs: tuple[str, ...] = ()
    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    is_inaccessible: bool = False


@dataclass(frozen=True, slots=True)
class _NamedDefinition:
    name: str
    description: str | None = None
    directives: tuple[AppliedDirective, ...] = ()
    joins: tuple[TypeJoin, ...] = ()
    is_inaccessible: bool = False


@dataclass(frozen=True, slots=True)
class ScalarDefinition(_NamedDefinition):
    """A custom scalar."""


@dataclass(frozen=True, slots=True)
class EnumDefinition(_NamedDefinition):
    """An enum."""

    values: tuple[EnumValue, ...] = ()


@dataclass(frozen=True, slots=True)
class InputObjectDefinition(_NamedDefinition):
    """An input object."""

    fields: Mapping[str, InputValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnionDefinition(_NamedDefinition):
    """A union; `members` says which subgraph knows which member."""

    members: tuple[UnionMember, ...] = ()


@dataclass(frozen=True, slots=True)
class InterfaceDefinition(_NamedDefinition):
    """An interface, perhaps an interface object in some subgraphs."""

    fields: Mapping[str, FieldDefinition] = field(default_factory=dict)
    interfaces: tuple[str, ...] = ()
    implements: tuple[Implements, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectDefinition(_NamedDefinition):
    """An object type; an entity where a join has a key."""

    fields: Mapping[str, FieldDefinition] = field(default_factory=dict)
    interfaces: tuple[str, ...] = ()
    implements: tuple[Implements, ...] = ()


CompositeDefinition: TypeAlias = (
    ObjectDefinition | InterfaceDefinition | UnionDefinition
)
TypeDefinition: TypeAlias = (
    CompositeDefinition | ScalarDefinition | EnumDefinition | InputObjectDefinition
)


@dataclass(frozen=True, slots=True)
class DirectiveDefinition:
    """An executable or composed directive definition that clients may see."""

    name: str
    locations: tuple[str, ...]
    arguments: tuple[InputValue, ...] = ()
    is_repeatable: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True)
class SpecLink:
    """A `@link` of the supergraph's schema definition, for writing it again."""

    url: str
    alias: str | None = None
    imports: tuple[tuple[str, str | None], ...] = ()
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Supergraph:
    """The composed whole.

    Attributes:
        subgraphs: By name, in the supergraph's order.
        types: All types but the built-in scalars and the machinery of the join and
            link specifications, by name.
        roots: Root type names; a query root is always there.
        directives: Definitions of directives that are not machinery.
        links: Features beyond link and join, for writing.
        object_types: Names of the object types.
        possible_types: Composite type name -> the object types it can be.
        field_types: Composite type name -> field -> the name under the field's type.
    """

    subgraphs: Mapping[str, SubgraphReference]
    types: Mapping[str, TypeDefinition]
    roots: Mapping[OperationKind, str]
    directives: tuple[DirectiveDefinition, ...] = ()
    description: str | None = None
    links: tuple[SpecLink, ...] = ()
    schema_directives: tuple[AppliedDirective, ...] = ()
    object_types: frozenset[str] = field(
        init=False, repr=False, compare=False, default=frozenset()
    )
    possible_types: Mapping[str, tuple[str, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    field_types: Mapping[str, Mapping[str, str]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "object_types", _object_types(self.types))
        object.__setattr__(self, "possible_types", _possible_types(self.types))
        object.__setattr__(self, "field_types", _field_types(self.types))


def _object_types(types: Mapping[str, TypeDefinition]) -> frozenset[str]:
    return frozenset(
        name for name, node in types.items() if isinstance(node, ObjectDefinition)
    )


def _field_types(
    types: Mapping[str, TypeDefinition],
) -> Mapping[str, Mapping[str, str]]:
    """Composite type name -> field -> the name under the field's type."""
    return MappingProxyType(
        {
            name: {field.name: named_type(field.type) for field in node.fields.values()}
            for name, node in types.items()
            if isinstance(node, ObjectDefinition | InterfaceDefinition)
        }
    )


def _possible_types(
    types: Mapping[str, TypeDefinition],
) -> Mapping[str, tuple[str, ...]]:
    """Composite type name -> the object types it can be, itself for an object."""
    possible: dict[str, list[str]] = {}
    for name, definition in types.items():
        match definition:
            case ObjectDefinition():
                possible.setdefault(name, []).append(name)
                for interface in definition.interfaces:
                    possible.setdefault(interface, []).append(name)
            case UnionDefinition():
                members = dict.fromkeys(m.member for m in definition.members)
                possible.setdefault(name, []).extend(members)
            case InterfaceDefinition():
                possible.setdefault(name, [])
            case _:
                continue
    return MappingProxyType(
        {name: tuple(dict.fromkeys(members)) for name, members in possible.items()}
    )
