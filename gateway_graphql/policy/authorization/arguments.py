"""The arguments of a field as a policy sees them: values of their types, defaults in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from graphql import Undefined, ValueNode, parse_value, value_from_ast_untyped

from gateway_graphql.execution.input_types import InputCoercion, Problems
from gateway_graphql.language.operation import Argument
from gateway_graphql.request import JSON
from gateway_graphql.supergraph.model import InputValue

Arguments: TypeAlias = Mapping[str, JSON]
ReadArguments: TypeAlias = Callable[[Mapping[str, JSON]], Arguments]
"""Coerced variables -> the arguments."""

_NO_ARGUMENTS: Final[Arguments] = {}


def compile_arguments(
    given: tuple[Argument, ...],
    definitions: tuple[InputValue, ...],
    coercion: InputCoercion,
) -> ReadArguments:
    """Compile the reading of a field's arguments."""
    if not definitions:
        return lambda _variables: _NO_ARGUMENTS
    texts = {argument.name: argument for argument in given}
    readers = [
        _Reader(definition, texts.get(definition.name), coercion)
        for definition in definitions
    ]

    def read(variables: Mapping[str, JSON]) -> Arguments:
        values = ((reader.name, reader.read(variables)) for reader in readers)
        return {name: value for name, value in values if value is not Undefined}  # type: ignore[misc] # it is JSON then

    return read


class _Reader:
    """Reads one argument."""

    def __init__(
        self, definition: InputValue, given: Argument | None, coercion: InputCoercion
    ) -> None:
        self.name = definition.name
        self._default: object = Undefined
        if definition.default is not None:
            self._default = coercion.literal(definition.default, definition.type)
        self._coerce = coercion.coerce(definition.type)
        self._node: ValueNode | None = None
        if given is None:
            self._constant = self._default
        else:
            node = parse_value(given.text, no_location=True)
            if given.variables:
                self._node = node
            else:
                self._constant = self._coerced(value_from_ast_untyped(node))

    def read(self, variables: Mapping[str, JSON]) -> object:
        if self._node is None:
            return self._constant
        value = value_from_ast_untyped(self._node, dict(variables))
        return self._default if value is Undefined else self._coerced(value)

    def _coerced(self, value: JSON) -> JSON:
        problems = Problems()
        coerced = self._coerce(value, (), problems)
        # Validation is more generous with literals than coercion is with variables.
        return value if any(problems) else coerced
