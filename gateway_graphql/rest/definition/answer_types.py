"""The selections of an operation -> the JSON type of its `data`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
)

from gateway_graphql.language.operation import (
    ALWAYS,
    TYPENAME,
    Field,
    Fragment,
    Operation,
    OperationKind,
    Selection,
)
from gateway_graphql.rest.definition.input_types import scalar
from gateway_graphql.rest.definition.json_types import (
    STRING,
    Enumeration,
    Items,
    JSONType,
    Member,
    Nullable,
    Record,
    either,
    nullable,
    without_null,
)

_Composite: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


class UnwrapInvalid(ValueError):
    """`unwrap` does not lead to a part of the answer; the message says why."""


@dataclass(frozen=True, slots=True)
class _Selections:
    """Selections with the types of the objects that they are on."""

    schema: GraphQLSchema

    def record(
        self, on: GraphQLObjectType, selections: Iterable[Selection], name: str
    ) -> Record:
        """The object that selections make of an object type."""
        fields: dict[str, list[Field]] = {}
        for field in self._applying(on, selections):
            fields.setdefault(field.answer_key, []).append(field)
        return Record(
            name,
            tuple(self._member(on, same) for same in fields.values()),
            on.description or "",
        )

    def _applying(
        self, on: GraphQLObjectType, selections: Iterable[Selection]
    ) -> Iterator[Field]:
        for selection in selections:
            match selection:
                case Field():
                    yield selection
                case Fragment(type_condition=name, selections=inner):
                    condition = self.schema.type_map[name]
                    if condition is on or (
                        isinstance(condition, GraphQLInterfaceType | GraphQLUnionType)
                        and self.schema.is_sub_type(condition, on)
                    ):
                        yield from self._applying(on, inner)

    def _member(self, on: GraphQLObjectType, same: list[Field]) -> Member:
        first = same[0]
        inner = tuple(selection for field in same for selection in field.selections)
        is_required = any(field.condition == ALWAYS for field in same)
        if first.name == TYPENAME:
            return Member(first.answer_key, STRING, is_required)
        definition = on.fields[first.name]
        return Member(
            first.answer_key,
            self._type(definition.type, inner),
            is_required,
            definition.description or "",
        )

    def _type(
        self, given: GraphQLOutputType, selections: tuple[Selection, ...]
    ) -> JSONType:
        match given:
            case GraphQLNonNull():
                return without_null(self._type(given.of_type, selections))
            case GraphQLList():
                return Nullable(Items(self._type(given.of_type, selections)))
            case GraphQLEnumType():
                values = tuple(given.values)
                return Nullable(
                    Enumeration(given.name, values, given.description or "")
                )
            case GraphQLObjectType() | GraphQLInterfaceType() | GraphQLUnionType():
                return nullable(self._objects(given, selections))
            case _:
                return Nullable(scalar(given))

    def _objects(
        self, given: _Composite, selections: tuple[Selection, ...]
    ) -> JSONType:
        """One record if all types that may be there look alike, else one for each."""
        if isinstance(given, GraphQLObjectType):
            return self.record(given, selections, given.name)
        possible = self.schema.get_possible_types(given)
        records = [self.record(one, selections, one.name) for one in possible]
        if len({tuple(map(_plain, record.members)) for record in records}) == 1:
            return replace(
                records[0], name=given.name, description=given.description or ""
            )
        return either(records)


def _plain(member: Member) -> Member:
    """A member as it looks: implementations may describe a field in other words."""
    return replace(member, description="")


def data_type(operation: Operation, schema: GraphQLSchema) -> Record:
    """The type of an operation's `data`, which is not null."""
    root = (
        schema.mutation_type
        if operation.kind is OperationKind.MUTATION
        else schema.query_type
    )
    if root is None:
        raise AssertionError("a valid document has a root type")
    return _Selections(schema).record(root, operation.selections, root.name)


def unwrapped(data: Record, path: tuple[str, ...]) -> JSONType:
    """The part of `data` that a path of response keys leads to, which is not null.

    Raises:
        UnwrapInvalid: A key is not selected, or the path leads through a list.
    """
    here: JSONType = data
    for step, key in enumerate(path):
        plain = without_null(here)
        if not isinstance(plain, Record):
            before = ".".join(path[:step])
            kind = "a list" if isinstance(plain, Items) else "no single object"
            raise UnwrapInvalid(f"'{before}' is {kind}")
        member = plain.member(key)
        if member is None:
            there = ", ".join(one.name for one in plain.members)
            raise UnwrapInvalid(f"'{key}' is not selected; there are {there}")
        if not member.is_required:
            raise UnwrapInvalid(f"'{key}' is not always selected")
        here = member.type
    return without_null(here)
