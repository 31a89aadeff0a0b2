"""Literal values as their input types understand them.

Text does not say whether two values are the same, or whether one is right: `1` and
`1.0` are one Float, `1` and `"1"` one ID, the members of an input object have no order,
and a list of one may be written without its brackets (GraphQL specification, 3.10 to
3.12). Defaults are compared and arguments of field sets are checked here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    print_ast,
)

from gateway_graphql.composition.schema import (
    BUILT_IN_SCALARS,
    EnumType,
    InputType,
    SchemaType,
    is_required,
)
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
)

Types: TypeAlias = Mapping[str, SchemaType]

_LITERALS: Mapping[str, tuple[type[ValueNode], ...]] = {
    "Int": (IntValueNode,),
    "Float": (IntValueNode, FloatValueNode),
    "String": (StringValueNode,),
    "Boolean": (BooleanValueNode,),
    "ID": (StringValueNode, IntValueNode),
}
_MAX_INT = 2**31 - 1
_MIN_INT = -(2**31)
_MAX_INT_DIGITS = len(str(_MIN_INT))


# Comparing


def comparable(value: ValueNode, reference: TypeReference, types: Types) -> Hashable:
    """What the value comes to: equal for values that are the same to the type."""
    if isinstance(reference, NonNullType):
        return comparable(value, reference.item, types)
    if isinstance(value, NullValueNode):
        return None
    match reference:
        case ListType(item):
            items = value.values if isinstance(value, ListValueNode) else (value,)
            return tuple(comparable(v, item, types) for v in items)
        case NamedType(name):
            return _comparable_named(value, name, types)


def _comparable_named(value: ValueNode, name: str, types: Types) -> Hashable:
    definition = types.get(name)
    if isinstance(definition, InputType) and isinstance(value, ObjectValueNode):
        return frozenset(
            (node.name.value, comparable(node.value, field.type, types))
            for node in value.fields
            if (field := definition.fields.get(node.name.value)) is not None
        )
    is_text = name in ("ID", "String") or isinstance(definition, EnumType)
    if is_text and hasattr(value, "value"):
        return str(value.value)
    return _comparable_untyped(value)


def _comparable_untyped(value: ValueNode) -> Hashable:
    """A value of a scalar, which may be anything; kinds do not equal each other."""
    match value:
        case ListValueNode(values=values):
            return tuple(_comparable_untyped(v) for v in values)
        case ObjectValueNode(fields=fields):
            return frozenset(
                (f.name.value, _comparable_untyped(f.value)) for f in fields
            )
        case IntValueNode(value=text) | FloatValueNode(value=text):
            return ("number", _number(text))
        case _:
            return (value.kind, getattr(value, "value", None))


def _number(text: str) -> Hashable:
    """The exact number, whatever its length; the text where it has too many zeros."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


# Writing


def as_written(value: ValueNode, reference: TypeReference, types: Types) -> ValueNode:
    """The value with enum values as names; some subgraphs put them in quotes."""
    match reference:
        case NonNullType(item):
            return as_written(value, item, types)
        case ListType(item):
            if not isinstance(value, ListValueNode):
                return as_written(value, item, types)
            return ListValueNode(
                values=tuple(as_written(v, item, types) for v in value.values)
            )
        case NamedType(name):
            return _named_as_written(value, types.get(name), types)


def _named_as_written(
    value: ValueNode, definition: SchemaType | None, types: Types
) -> ValueNode:
    if isinstance(definition, EnumType) and isinstance(value, StringValueNode):
        return EnumValueNode(value=value.value)
    if not isinstance(definition, InputType) or not isinstance(value, ObjectValueNode):
        return value
    return ObjectValueNode(
        fields=tuple(
            ObjectFieldNode(
                name=node.name,
                value=as_written(
                    node.value, definition.fields[node.name.value].type, types
                )
                if node.name.value in definition.fields
                else node.value,
            )
            for node in value.fields
        )
    )


# Checking


def complaints(
    value: ValueNode, reference: TypeReference, types: Types
) -> Iterator[str]:
    """Why the value is none of its type; a variable never is one."""
    if isinstance(value, VariableNode):
        yield f"variable {print_ast(value)} is not allowed"
        return
    match reference:
        case NonNullType(item):
            if isinstance(value, NullValueNode):
                yield f'invalid null value for non-null type "{reference}"'
            else:
                yield from complaints(value, item, types)
        case _ if isinstance(value, NullValueNode):
            return
        case ListType(item):
            items = value.values if isinstance(value, ListValueNode) else (value,)
            for each in items:
                yield from complaints(each, item, types)
        case NamedType(name):
            yield from _named_complaints(value, name, types)


def _named_complaints(value: ValueNode, name: str, types: Types) -> Iterator[str]:
    match types.get(name):
        case EnumType(values=values):
            # In quotes, too: composition takes the defaults of enums so.
            is_name = isinstance(value, EnumValueNode | StringValueNode)
            if not is_name or value.value not in values:  # type: ignore[attr-defined]
                yield f'enum "{name}" has no value {print_ast(value)}'
        case InputType() as definition:
            yield from _object_complaints(value, definition, types)
        case _ if name in BUILT_IN_SCALARS:
            if not isinstance(value, _LITERALS[name]) or not _fits(value, name):
                yield f"{name} cannot represent {print_ast(value)}"
        case _:
            yield from _variables(value)


def _fits(value: ValueNode, name: str) -> bool:
    if name != "Int" or not isinstance(value, IntValueNode):
        return True
    is_short = len(value.value) <= _MAX_INT_DIGITS
    return is_short and _MIN_INT <= int(value.value) <= _MAX_INT


def _object_complaints(
    value: ValueNode, definition: InputType, types: Types
) -> Iterator[str]:
    if not isinstance(value, ObjectValueNode):
        yield f'"{definition.name}" cannot represent {print_ast(value)}'
        return
    given = {node.name.value: node.value for node in value.fields}
    for name, node in given.items():
        if name in definition.fields:
            yield from complaints(node, definition.fields[name].type, types)
        else:
            yield f'input object type "{definition.name}" has no field "{name}"'
    for name, field in definition.fields.items():
        if name not in given and is_required(field):
            yield f'field "{definition.name}.{name}" is required'
    values = [v for v in given.values() if not isinstance(v, NullValueNode)]
    if definition.has("oneOf") and not len(given) == len(values) == 1:
        yield f'exactly one field of "{definition.name}" must be given'


def _variables(value: ValueNode) -> Iterator[str]:
    match value:
        case VariableNode():
            yield f"variable {print_ast(value)} is not allowed"
        case ListValueNode(values=values):
            for item in values:
                yield from _variables(item)
        case ObjectValueNode(fields=fields):
            for field in fields:
                yield from _variables(field.value)
        case _:
            return
