"""The arguments of a field as a subgraph's resolver gets them (section 6.4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import ValueNode, parse_value

from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import Argument
from gateway_graphql.supergraph.input_literals import (
    ABSENT,
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


@dataclass(frozen=True, slots=True)
class FieldArguments:
    """The arguments of one selected field, as they are given and as they are defined.

    Attributes:
        given: In the document.
        defined: In the schema, by name.
        literals: Reads them.
    """

    given: tuple[Argument, ...]
    defined: Mapping[str, InputValue]
    literals: InputLiterals

    def reader(self, name: str) -> Reader:
        """Reads an argument's value as the subgraph's resolver gets it."""
        definition = self.defined.get(name)
        if definition is None:
            return Known(ABSENT)
        default = self.literals.default(definition)
        node = self.node(name)
        if node is None:
            return Known(default)
        return self.literals.reader(node, definition.type, default)

    def node(self, name: str) -> ValueNode | None:
        """What is given for an argument; `None` where it is left out."""
        texts = (argument.text for argument in self.given if argument.name == name)
        text = next(texts, None)
        return None if text is None else parse_value(text, no_location=True)


def compile_arguments(
    given: tuple[Argument, ...],
    definitions: tuple[InputValue, ...],
    literals: InputLiterals,
) -> ReadArguments:
    """Compile the reading of all arguments of a field."""
    arguments = FieldArguments(given, {d.name: d for d in definitions}, literals)
    readers = {name: arguments.reader(name) for name in arguments.defined}
    if all(isinstance(reader, Known) for reader in readers.values()):
        known = _read(readers, {})
        return lambda _variables: known
    return lambda variables: _read(readers, variables)


def _read(readers: Mapping[str, Reader], variables: Variables) -> Arguments:
    values = {name: reader.read(variables) for name, reader in readers.items()}
    return {name: value for name, value in values.items() if is_given(value)}
