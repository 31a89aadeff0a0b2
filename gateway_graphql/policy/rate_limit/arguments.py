"""The value of a field's argument in a request, as a bucket's name.

Arguments are text in an operation. Their constants are coerced to the argument's type
once per document, variables come coerced; so `id: 7` and `id: "7"` are one value, an
argument that is left out has its default, and a list of one is what GraphQL makes of one
item.

Case, width and surrounding blanks do not make another value: whoever counts logins by
e-mail address does not want five more for `Alice@` instead of `alice@`. Two real values
that differ in nothing else share a bucket.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec
from graphql import (
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    parse_value,
)

from gateway_graphql.execution.input_types import InputCoercion, Problems
from gateway_graphql.language.operation import Field
from gateway_graphql.policy.rate_limit.identity import ArgumentAt
from gateway_graphql.request import JSON
from gateway_graphql.supergraph.model import InputValue

Variables: TypeAlias = Mapping[str, JSON]
ReadArgument: TypeAlias = Callable[[Variables], str | None]
"""The variables -> the value; `None` where none, or null, is given."""


class _Absent:
    """What a variable without a value leaves."""


_ABSENT: Final = _Absent()
_Read: TypeAlias = "Callable[[Variables], JSON | _Absent]"


def compile_argument(
    identifier: ArgumentAt,
    field: Field,
    definition: InputValue,
    coercion: InputCoercion,
) -> ReadArgument:
    """Compile the reading of an argument, or of a place inside it.

    Args:
        identifier: Names the argument.
        field: The field as it is asked for.
        definition: The argument's definition.
        coercion: Coerces what stands in the document.
    """
    inside = identifier.path[1:]
    given = next((a for a in field.arguments if a.name == definition.name), None)
    default: JSON = None
    if definition.default is not None:
        default = coercion.literal(definition.default, definition.type)
    if given is None:
        constant = value_name(_at(default, inside))
        return lambda _variables: constant
    read = _compile(parse_value(given.text, no_location=True))
    if not given.variables:
        constant = value_name(_at(_coerced(read({}), definition, coercion), inside))
        return lambda _variables: constant

    def read_argument(variables: Variables) -> str | None:
        value = read(variables)
        if isinstance(value, _Absent):
            return value_name(_at(default, inside))
        return value_name(_at(_coerced(value, definition, coercion), inside))

    return read_argument


def value_name(value: JSON) -> str | None:
    """A value as text that is the same for all spellings of it."""
    match value:
        case None:
            return None
        case str():
            text = value.strip()
        case float() if value.is_integer():
            text = str(int(value))
        case bool() | int() | float():
            text = str(value)
        case _:
            text = msgspec.json.encode(value, order="deterministic").decode()
    return unicodedata.normalize("NFKC", text).casefold()


def _coerced(
    value: JSON | _Absent, definition: InputValue, coercion: InputCoercion
) -> JSON:
    if isinstance(value, _Absent):
        return None
    problems = Problems()
    coerced = coercion.coerce(definition.type)(value, (), problems)
    # The document was validated, and is more generous with literals than variables are.
    return value if any(problems) else coerced


def _at(value: JSON, path: tuple[str, ...]) -> JSON:
    for index, name in enumerate(path):
        match value:
            case Mapping():
                value = value.get(name)
            case list():
                items = [_at(item, path[index:]) for item in value]
                return None if all(item is None for item in items) else items
            case _:
                return None
    return value


def _compile(node: ValueNode) -> _Read:
    """A literal with variables in it -> the function that fills them in."""
    match node:
        case VariableNode(name=name):
            key = name.value
            return lambda variables: variables.get(key, _ABSENT)
        case ListValueNode(values=values):
            items = [_compile(item) for item in values or ()]
            return lambda variables: [
                None if isinstance(item, _Absent) else item
                for item in (read(variables) for read in items)
            ]
        case ObjectValueNode(fields=fields):
            members = {f.name.value: _compile(f.value) for f in fields or ()}
            return lambda variables: {
                name: value
                for name, value in (
                    (name, read(variables)) for name, read in members.items()
                )
                if not isinstance(value, _Absent)
            }
        case _:
            constant = _constant(node)
            return lambda _variables: constant


def _constant(node: ValueNode) -> JSON:
    value = getattr(node, "value", None)
    match node.kind:
        case "int_value":
            return int(str(value))
        case "float_value":
            return float(str(value))
        case _:
            return value if isinstance(value, str | bool) else None


__all__ = ["ReadArgument", "Variables", "compile_argument", "value_name"]
