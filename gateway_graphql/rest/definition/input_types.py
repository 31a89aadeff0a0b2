"""Variables of an operation -> the JSON types that an endpoint takes."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    TypeNode,
    is_input_type,
    is_required_input_field,
    is_specified_scalar_type,
    type_from_ast,
    value_from_ast_untyped,
)

from gateway_graphql.exchange import JSON
from gateway_graphql.rest.definition.json_types import (
    Enumeration,
    InputReference,
    Items,
    JSONType,
    Member,
    Nullable,
    Record,
    Scalar,
    nullable,
)


class InputTypes:
    """The input types of an API schema as JSON types, each made once.

    Attributes:
        records: Input objects by name; filled when they are first asked for.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.records: dict[str, Record] = {}

    def of_node(self, node: TypeNode) -> JSONType:
        """The type that a variable definition names; it was validated."""
        found = type_from_ast(self._schema, node)
        if not is_input_type(found):
            raise AssertionError(f"a valid document has no variable of type {found}")
        return self.of(found)

    def of(self, given: GraphQLInputType) -> JSONType:
        """The type of a GraphQL input type."""
        if isinstance(given, GraphQLNonNull):
            made = self.of(given.of_type)
            return made.inner if isinstance(made, Nullable) else made
        return nullable(self._plain(given))

    def _plain(self, given: GraphQLInputType) -> JSONType:
        match given:
            case GraphQLList():
                return Items(self.of(given.of_type))
            case GraphQLEnumType():
                return Enumeration(
                    given.name, tuple(given.values), given.description or ""
                )
            case GraphQLInputObjectType():
                self._add(given)
                return InputReference(given.name)
            case GraphQLScalarType():
                return scalar(given)
            case _:
                raise AssertionError(f"{given} is no input type without a non-null")

    def _add(self, given: GraphQLInputObjectType) -> None:
        if given.name in self.records:
            return
        # Present before its fields are looked at, as they may lead back to it.
        self.records[given.name] = Record(given.name, ())
        self.records[given.name] = Record(
            given.name,
            tuple(self._member(name, field) for name, field in given.fields.items()),
            given.description or "",
            is_one_of=given.is_one_of,
        )

    def _member(self, name: str, field: GraphQLInputField) -> Member:
        return Member(
            name,
            self.of(field.type),
            is_required_input_field(field),
            field.description or "",
            _default(field),
        )


def scalar(given: GraphQLScalarType) -> Scalar:
    """A scalar; everybody knows what the specification's own ones are."""
    is_known = is_specified_scalar_type(given)
    return Scalar(given.name, "" if is_known else given.description or "")


def _default(field: GraphQLInputField) -> JSON:
    """A field's default as JSON; `None` also without one."""
    if field.default is None:
        return None
    if field.default.literal is None:
        value: JSON = field.default.value
        return value
    literal: JSON = value_from_ast_untyped(field.default.literal)
    return literal


def members_of(one: JSONType, records: Mapping[str, Record]) -> tuple[Member, ...]:
    """The members of an input object, given by reference; none of anything else."""
    match one:
        case Nullable(inner):
            return members_of(inner, records)
        case InputReference(name):
            return records[name].members
        case _:
            return ()
