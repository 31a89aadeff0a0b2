"""`__schema` and `__type` are answered by the gateway, from the API schema.

The introspection part of an operation is cut out of it and run by graphql-core: it is off
the hot path, and nobody knows the rules of introspection better. Its result is complete,
so projection passes it through. A part without variables in arguments gives the same each
time, and is run once.

Where a field gives the query root again, these two fields may be asked below the root. The
places of such parts are known from the operation; their answers are put there at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from graphql import GraphQLSchema, execute_sync, parse
from msgspec.structs import replace

from gateway_graphql.execution.merging import Tree, copied
from gateway_graphql.execution.places import Keys
from gateway_graphql.execution.shape import INTROSPECTION_FIELDS
from gateway_graphql.language.conditions import holds
from gateway_graphql.language.operation import (
    ALWAYS,
    CLIENT_TYPENAME,
    TYPENAME,
    Field,
    Operation,
    OperationKind,
    Selection,
    key_in_answer,
)
from gateway_graphql.language.printing import print_operation
from gateway_graphql.request import JSON

Introspect: TypeAlias = Callable[[Mapping[str, JSON]], Tree]
"""Coerced variables -> the introspection fields by response key; the caller's to keep."""

_KEPT_ANSWERS: Final = 16


def compile_introspection(
    operation: Operation, schema: GraphQLSchema
) -> Introspect | None:
    """Prepare the introspection fields of a query; `None` when it has none."""
    selections = tuple(_introspection_fields(operation.selections))
    if operation.kind is not OperationKind.QUERY or not selections:
        return None
    return _answerer(operation, selections, schema)


def compile_introspection_below(
    operation: Operation, schema: GraphQLSchema
) -> tuple[tuple[Keys, Introspect], ...]:
    """Prepare the introspection fields below the root, by the keys that lead there."""
    fields_by_place: dict[Keys, list[Field]] = {}
    for place, field in _fields_below(operation.selections, ()):
        fields_by_place.setdefault(place, []).append(field)
    return tuple(
        (place, _answerer(operation, tuple(fields), schema))
        for place, fields in fields_by_place.items()
    )


def _answerer(
    operation: Operation, selections: tuple[Selection, ...], schema: GraphQLSchema
) -> Introspect:
    asked = replace(
        operation, kind=OperationKind.QUERY, name=None, selections=selections
    )
    return _Introspection(asked, schema).answer


def _fields_below(
    selections: Iterable[Selection], place: Keys
) -> Iterable[tuple[Keys, Field]]:
    for selection in selections:
        if not isinstance(selection, Field):
            yield from _fields_below(selection.selections, place)
        elif selection.name not in INTROSPECTION_FIELDS:
            yield from _fields_below(
                selection.selections, (*place, selection.response_key)
            )
        elif place:
            yield place, selection


class _Introspection:
    def __init__(self, operation: Operation, schema: GraphQLSchema) -> None:
        self._operation = operation
        self._schema = schema
        used = set(_argument_variables(operation.selections))
        self._definitions = tuple(v for v in operation.variables if v.name in used)
        # Answers by text, only for operations whose answer depends on nothing else.
        # Each text is an assignment of the `@skip`/`@include` variables.
        self._answers: dict[str, Tree] = {}

    def answer(self, variables: Mapping[str, JSON]) -> Tree:
        selected = _settled(self._operation.selections, variables)
        if not selected:
            return {}
        text = print_operation(
            replace(self._operation, variables=self._definitions, selections=selected)
        )
        if self._definitions:
            return self._execute(text, variables)
        if text not in self._answers:
            if len(self._answers) == _KEPT_ANSWERS:
                self._answers.clear()
            self._answers[text] = self._execute(text, {})
        return {key: copied(value) for key, value in self._answers[text].items()}

    def _execute(self, text: str, variables: Mapping[str, JSON]) -> Tree:
        result = execute_sync(
            self._schema,
            parse(text, no_location=True),
            variable_values=dict(variables),
        )
        if result.errors or result.data is None:
            raise AssertionError(f"introspection failed: {result.errors}")
        # All of these are introspection fields, whatever the client calls them.
        return {
            CLIENT_TYPENAME if key == TYPENAME else key: value
            for key, value in result.data.items()
        }


def _introspection_fields(selections: Iterable[Selection]) -> Iterable[Field]:
    for selection in selections:
        if not isinstance(selection, Field):
            yield from _introspection_fields(selection.selections)
        elif selection.name in INTROSPECTION_FIELDS:
            yield selection


def _settled(
    selections: Iterable[Selection], variables: Mapping[str, JSON]
) -> tuple[Selection, ...]:
    """The selections whose conditions hold, without their conditions.

    An object of which nothing is left is selected like a leaf, which graphql-core, when
    it is not asked to validate, answers with an empty object: just what is due.
    """
    settled: list[Selection] = []
    for selection in selections:
        inner = _settled(selection.selections, variables)
        if not isinstance(selection, Field):
            if inner:
                settled.append(replace(selection, selections=inner))
        elif holds(selection.condition, variables):
            key = key_in_answer(selection.response_key)
            settled.append(
                replace(selection, response_key=key, selections=inner, condition=ALWAYS)
            )
    return tuple(settled)


def _argument_variables(selections: Iterable[Selection]) -> Iterable[str]:
    for selection in selections:
        if isinstance(selection, Field):
            for argument in selection.arguments:
                yield from argument.variables
        yield from _argument_variables(selection.selections)
