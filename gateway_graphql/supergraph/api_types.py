"""The types that clients see, as graphql-core's, made of the model as it is.

No text lies in between: writing SDL and having it read again was four fifths of making a
schema. What is hidden is left out here: types, fields, arguments and values that are
`@inaccessible`, and all that has a hidden type.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from graphql import (
    ConstArgumentNode,
    ConstDirectiveNode,
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDefaultInput,
    GraphQLDeprecatedDirective,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOneOfDirective,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLSpecifiedByDirective,
    GraphQLUnionType,
    NameNode,
    introspection_types,
    parse_const_value,
    specified_directives,
    specified_scalar_types,
)
from graphql.execution import get_argument_values

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
    named_type,
)
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    DirectiveDefinition,
    EnumDefinition,
    FieldDefinition,
    InputObjectDefinition,
    InputValue,
    InterfaceDefinition,
    ObjectDefinition,
    ScalarDefinition,
    Supergraph,
    TypeDefinition,
    UnionDefinition,
)

_STANDARD: Final[dict[str, GraphQLNamedType]] = {
    **specified_scalar_types,
    **introspection_types,
}
_EXECUTABLE: Final = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)

Part = TypeVar("Part")
Input = TypeVar("Input", GraphQLArgument, GraphQLInputField)


def make_schema(supergraph: Supergraph) -> GraphQLSchema:
    """Make the schema that clients see; it is not held to any rule.

    Raises:
        SupergraphInvalid: Clients see a type and nothing of it.
        TypeError: Something refers to a type that is not there.
        GraphQLError: A name or a directive's argument is none.
    """
    return _ApiSchema(supergraph).made()


class _ApiSchema:
    """All types of one schema; they are found by name, since they refer to each other."""

    def __init__(self, supergraph: Supergraph) -> None:
        types = supergraph.types
        self._supergraph = supergraph
        self._hidden = {name for name, node in types.items() if node.is_inaccessible}
        self._types: dict[str, Any] = {
            name: _STANDARD.get(name) or self._type(node)
            for name, node in types.items()
            if name not in self._hidden
        }

    def made(self) -> GraphQLSchema:
        roots = {
            kind.value: self._named(name)
            for kind, name in self._supergraph.roots.items()
            if name not in self._hidden
        }
        return GraphQLSchema(
            **roots,
            types=tuple(self._types.values()),
            directives=self._directives(),
            description=self._supergraph.description,
            assume_valid=True,
        )

    def _type(self, node: TypeDefinition) -> GraphQLNamedType:
        match node:
            case ScalarDefinition():
                given = _arguments(GraphQLSpecifiedByDirective, node.directives)
                return GraphQLScalarType(
                    name=node.name,
                    description=node.description,
                    specified_by_url=given["url"] if given else None,
                )
            case EnumDefinition():
                return self._enum(node)
            case UnionDefinition():
                return self._union(node)
            case InputObjectDefinition():
                return self._input_object(node)
            case ObjectDefinition():
                return self._with_fields(GraphQLObjectType, node)
            case InterfaceDefinition():
                return self._with_fields(GraphQLInterfaceType, node)

    def _enum(self, node: EnumDefinition) -> GraphQLEnumType:
        shown = [value for value in node.values if not value.is_inaccessible]
        return GraphQLEnumType(
            name=node.name,
            description=node.description,
            values={
                value.name: GraphQLEnumValue(
                    value=value.name,
                    description=value.description,
                    deprecation_reason=_deprecation(value.directives),
                )
                for value in _some(node.name, shown)
            },
        )

    def _union(self, node: UnionDefinition) -> GraphQLUnionType:
        members = dict.fromkeys(member.member for member in node.members)
        shown = _some(node.name, self._shown(members))
        return GraphQLUnionType(
            name=node.name,
            description=node.description,
            types=lambda: [self._named(name) for name in shown],
        )

    def _input_object(self, node: InputObjectDefinition) -> GraphQLInputObjectType:
        shown = _some(node.name, self._shown_inputs(node.fields.values()))
        return GraphQLInputObjectType(
            name=node.name,
            description=node.description,
            fields=lambda: self._inputs(GraphQLInputField, shown),
            is_one_of=_arguments(GraphQLOneOfDirective, node.directives) is not None,
        )

    def _with_fields(
        self,
        kind: type[GraphQLObjectType | GraphQLInterfaceType],
        node: ObjectDefinition | InterfaceDefinition,
    ) -> GraphQLObjectType | GraphQLInterfaceType:
        shown = _some(
            node.name,
            [
                field
                for field in node.fields.values()
                if not field.is_inaccessible and self._is_shown(field.type)
            ],
        )
        return kind(
            name=node.name,
            description=node.description,
            interfaces=lambda: [
                self._named(one) for one in self._shown(node.interfaces)
            ],
            fields=lambda: {field.name: self._field(field) for field in shown},
        )

    def _field(self, node: FieldDefinition) -> GraphQLField:
        return GraphQLField(
            type_=self._referred(node.type),
            args=self._inputs(GraphQLArgument, self._shown_inputs(node.arguments)),
            description=node.description,
            deprecation_reason=_deprecation(node.directives),
        )

    def _inputs(
        self, kind: type[Input], shown: Iterable[InputValue]
    ) -> dict[str, Input]:
        return {
            value.name: kind(
                type_=self._referred(value.type),
                default=_default(value.default),
                description=value.description,
                deprecation_reason=_deprecation(value.directives),
            )
            for value in shown
        }

    def _directives(self) -> list[GraphQLDirective]:
        """Those that operations may have, and of the specification's those that lack."""
        own = {
            node.name: self._directive(node, executable)
            for node in self._supergraph.directives
            if (executable := sorted(_EXECUTABLE.intersection(node.locations)))
        }
        lacking = [one for one in specified_directives if one.name not in own]
        return [*own.values(), *lacking]

    def _directive(
        self, node: DirectiveDefinition, locations: Sequence[str]
    ) -> GraphQLDirective:
        return GraphQLDirective(
            name=node.name,
            locations=[DirectiveLocation[location] for location in locations],
            args=self._inputs(GraphQLArgument, self._shown_inputs(node.arguments)),
            is_repeatable=node.is_repeatable,
            description=node.description,
        )

    def _shown(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self._hidden]

    def _shown_inputs(self, values: Iterable[InputValue]) -> list[InputValue]:
        return [
            value
            for value in values
            if not value.is_inaccessible and self._is_shown(value.type)
        ]

    def _is_shown(self, reference: TypeReference) -> bool:
        return named_type(reference) not in self._hidden

    def _referred(self, reference: TypeReference) -> Any:
        match reference:
            case NamedType():
                return self._named(reference.name)
            case ListType():
                return GraphQLList(self._referred(reference.item))
            case NonNullType():
                return GraphQLNonNull(self._referred(reference.item))

    def _named(self, name: str) -> Any:
        """A type of a kind that graphql-core looks at, as rules for schemas do."""
        found = _STANDARD.get(name) or self._types.get(name)
        if found is None:
            raise TypeError(f"Unknown type: '{name}'.")
        return found


def _some(owner: str, parts: list[Part]) -> list[Part]:
    """The parts of a type, of which GraphQL wants one at least."""
    if not parts:
        raise SupergraphInvalid(
            f"The supergraph is not whole: clients see the type `{owner}`, but none of"
            " its fields, members or values."
        )
    return parts


def _default(text: str | None) -> GraphQLDefaultInput | None:
    if text is None:
        return None
    return GraphQLDefaultInput(literal=parse_const_value(text, no_location=True))


def _deprecation(directives: Iterable[AppliedDirective]) -> str | None:
    given = _arguments(GraphQLDeprecatedDirective, directives)
    return given["reason"] if given else None


def _arguments(
    definition: GraphQLDirective, directives: Iterable[AppliedDirective]
) -> dict[str, Any] | None:
    """The arguments of a directive, defaults included; `None` where it is not applied."""
    for directive in directives:
        if directive.name == definition.name:
            return get_argument_values(definition, _applied(directive))
    return None


def _applied(directive: AppliedDirective) -> ConstDirectiveNode:
    return ConstDirectiveNode(
        name=NameNode(value=directive.name),
        arguments=tuple(
            ConstArgumentNode(
                name=NameNode(value=name),
                value=parse_const_value(text, no_location=True),
            )
            for name, text in directive.arguments
        ),
    )
