"""The arguments of a field as a subgraph's resolver gets them (section 6.4.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from graphql import ValueNode, parse_value

from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import Argument
from gateway_graphql.supergraph.input_literals import (
    InputLiterals,
    Known,
    Reader,
    Variables,
    is_given,
)
from gateway_graphql.supergraph.model import InputValue

Arguments: TypeAlias = Mapping[str, JSON]
ReadArguments: TypeAlias = Callable[[Variables], Arguments]
"""Coerced variables -> the arguments that have a value, defaults in."""


def read_argument(
    definition: InputValue, node: ValueNode | None, literals: InputLiterals
) -> Reader:
    """The reader of one argument.

    Args:
        definition: In the schema.
        node: Its value in the document, `None` where it is left out.
        literals: Knows the input types.
    """
    default = literals.default(definition)
    if node is None:
        return Known(default)
    return literals.reader(node, definition.type, default)


def argument_reader(
    definition: InputValue, given: Iterable[Argument], literals: InputLiterals
) -> Reader:
    """The reader of one argument of a field, by what the field is given."""
    texts = (argument.text for argument in given if argument.name == definition.name)
    text = next(texts, None)
    node = None if text is None else parse_value(text, no_location=True)
    return read_argument(definition, node, literals)


def compile_arguments(
    given: tuple[Argument, ...],
    definitions: tuple[InputValue, ...],
    literals: InputLiterals,
) -> ReadArguments:
    """Compile the reading of all arguments of a field."""
    readers = {d.name: argument_reader(d, given, literals) for d in definitions}
    if all(isinstance(reader, Known) for reader in readers.values()):
        known = _read(readers, {})
        return lambda _variables: known
    return lambda variables: _read(readers, variables)


def _read(readers: Mapping[str, Reader], variables: Variables) -> Arguments:
    values = {name: reader.read(variables) for name, reader in readers.items()}
    return {name: value for name, value in values.items() if is_given(value)}
