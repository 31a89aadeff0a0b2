"""Nulls that a variable may bring to where a type takes none.

A variable whose type allows null may stand where null is not allowed if there is a
default for when it is left out: its own, or that of its place (specification, section
5.8.5). A null that is given is then an error of the field (section 6.4.1 for arguments,
3.10 for input fields), whoever would resolve it.

The gateway makes that error, so that nobody decides about, charges or asks a subgraph for
a field with an argument that its schema rules out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    ListValueNode,
    ObjectValueNode,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    introspection_types,
    parse_value,
)

from gateway_graphql.errors import ErrorDetail, VariablesInvalid
from gateway_graphql.exchange import JSON
from gateway_graphql.language.conditions import holds
from gateway_graphql.language.operation import (
    TYPENAME,
    Argument,
    Condition,
    Field,
    Operation,
    Selection,
)
from gateway_graphql.language.pruning import Place, affected
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
)
from gateway_graphql.supergraph.model import (
    InputObjectDefinition,
    InputValue,
    Supergraph,
)
from gateway_graphql.supergraph.typed_operation import (
    FieldOnType,
    TypedField,
    typed_fields,
)


def _introspection_fields() -> Iterator[GraphQLField]:
    for definition in introspection_types.values():
        if isinstance(definition, GraphQLObjectType):
            yield from definition.fields.values()


_OF_INTROSPECTION: Final[Mapping[str, TypeReference]] = {
    name: NonNullType(NamedType(str(argument.type.of_type)))
    for field in (TypeMetaFieldDef, *_introspection_fields())
    for name, argument in field.args.items()
    if isinstance(argument.type, GraphQLNonNull)
}
"""The arguments of introspection fields that take no null, by their names."""


@dataclass(frozen=True, slots=True)
class ForbiddenNull:
    """A variable that may be null and must not be, for one field.

    Attributes:
        variable: Its name.
        expected: The type of the place in which it stands.
        coordinate: The argument.
        place: The field.
        path: Where its error is in the answer: down to the first list.
        condition: When the field is selected at all.
    """

    variable: str
    expected: TypeReference
    coordinate: str
    place: Place
    path: tuple[str, ...]
    condition: Condition

    def is_given(self, variables: Mapping[str, JSON]) -> bool:
        """Whether a request selects the field and gives it null."""
        is_null = variables.get(self.variable, self.variable) is None
        return is_null and holds(self.condition, variables)

    def error(self) -> ErrorDetail:
        """The entry of the answer's `errors`."""
        return ErrorDetail(
            f'Variable "${self.variable}" is null, and {self.coordinate} takes a value'
            f" of type {self.expected} from it.",
            VariablesInvalid.code,
            self.path,
            extensions=affected(self.place, self.path),
        )


def outermost(nulls: Iterable[ForbiddenNull]) -> tuple[ForbiddenNull, ...]:
    """One for each place, without those inside of others, which nobody comes to."""
    places: dict[Place, ForbiddenNull] = {}
    for null in nulls:
        inside = (null.place[:end] for end in range(1, len(null.place) + 1))
        if places.keys().isdisjoint(inside):
            places[null.place] = null
    return tuple(places.values())


def forbidden_nulls(
    operation: Operation, supergraph: Supergraph
) -> tuple[ForbiddenNull, ...]:
    """Find where a variable must not be null though its type says it may."""
    nullable = frozenset(
        variable.name
        for variable in operation.variables
        if not isinstance(variable.type, NonNullType)
    )
    if not nullable:
        return ()
    search = _Search(supergraph, nullable)
    fields = typed_fields(operation, supergraph, wanted=search.is_concerned)
    return tuple(null for typed in fields for null in search.nulls(typed))


_Argument: TypeAlias = tuple[str, TypeReference, Argument]
"""What an argument is called, its type, and what is given for it."""


def _defined(
    name: str, given: Iterable[Argument], definitions: Iterable[InputValue]
) -> Iterator[_Argument]:
    types = {definition.name: definition.type for definition in definitions}
    for argument in given:
        if argument.name in types:
            yield f"{name}({argument.name}:)", types[argument.name], argument


class _Search:
    """Looks for nullable variables where a field takes no null."""

    def __init__(self, supergraph: Supergraph, nullable: frozenset[str]) -> None:
        self._types = supergraph.types
        self._directives = {d.name: d.arguments for d in supergraph.directives}
        self._nullable = nullable

    def is_concerned(self, selected: FieldOnType) -> bool:
        """Whether a field is given such variables; or what is asked of the schema."""
        field = selected.field
        if selected.definition is None:
            return field.name != TYPENAME
        directives = (directive.arguments for directive in field.directives)
        return any(
            not self._nullable.isdisjoint(argument.variables)
            for argument in chain(field.arguments, *directives)
        )

    def nulls(self, typed: TypedField) -> Iterator[ForbiddenNull]:
        """Where one field takes no null."""
        if typed.definition is None:
            yield from self._introspection(typed)
            return
        field = typed.field
        for coordinate, expected, argument in (
            *_defined(typed.coordinate, field.arguments, typed.definition.arguments),
            *self._of_directives(field),
        ):
            if self._nullable.isdisjoint(argument.variables):
                continue
            node = parse_value(argument.text, no_location=True)
            for variable, needed in self._within(node, expected):
                yield ForbiddenNull(
                    variable,
                    needed,
                    coordinate,
                    typed.place,
                    typed.path,
                    typed.condition,
                )

    def _of_directives(self, field: Field) -> Iterator[_Argument]:
        for directive in field.directives:
            definitions = self._directives.get(directive.name, ())
            name = f"@{directive.name}"
            yield from _defined(name, directive.arguments, definitions)

    def _introspection(self, typed: TypedField) -> Iterator[ForbiddenNull]:
        """What is asked of the schema is answered as a whole, or not at all."""
        waiting = [(typed.field, typed.condition)]
        while waiting:
            asked, around = waiting.pop()
            condition = around | asked.condition
            for argument in asked.arguments:
                expected = _OF_INTROSPECTION.get(argument.name)
                if expected is None or self._nullable.isdisjoint(argument.variables):
                    continue
                yield ForbiddenNull(
                    argument.variables[0],
                    expected,
                    f"{asked.name}({argument.name}:)",
                    typed.place,
                    typed.path,
                    condition,
                )
            waiting += ((inner, condition) for inner in _fields(asked.selections))

    def _within(
        self, node: ValueNode, expected: TypeReference
    ) -> Iterator[tuple[str, TypeReference]]:
        """The variables of a literal that may be null where they must not be."""
        match node, expected:
            case VariableNode(name=name), NonNullType():
                if name.value in self._nullable:
                    yield name.value, expected
            case VariableNode(), _:
                return
            case _, NonNullType(item):
                yield from self._within(node, item)
            case ListValueNode(values=values), ListType(item):
                for value in values or ():
                    yield from self._within(value, item)
            case _, ListType(item):
                yield from self._within(node, item)
            case ObjectValueNode(), NamedType(name):
                yield from self._members(node, name)

    def _members(
        self, node: ObjectValueNode, type_name: str
    ) -> Iterator[tuple[str, TypeReference]]:
        definition = self._types.get(type_name)
        if isinstance(definition, InputObjectDefinition):
            for member in node.fields or ():
                known = definition.fields[member.name.value]
                yield from self._within(member.value, known.type)


def _fields(selections: Iterable[Selection]) -> Iterator[Field]:
    """The fields of a selection set, fragments opened."""
    for selection in selections:
        if isinstance(selection, Field):
            yield selection
        else:
            yield from _fields(selection.selections)
