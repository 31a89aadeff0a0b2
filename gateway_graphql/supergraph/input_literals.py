"""What stands in a document -> the value that it has for a subgraph.

A literal has its type's value (specification, section 3, input coercion of each type, and
section 6.4.1): an input object has the defaults of the fields that are left out, one item
is a list where a list is expected, `7` is text for an `ID`, and a variable without a
value leaves the default of its place, nothing in an object, and null in a list. Variables
come coerced.

Who judges an argument (policies, limits, cost) reads it by these readers, and so judges
the very value that a subgraph's resolver gets. What no variable changes is worked out
once, while the reader is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias, TypeGuard

from graphql import (
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    parse_const_value,
)

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.exchange import JSON
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
    named_type,
)
from gateway_graphql.supergraph.model import (
    InputObjectDefinition,
    InputValue,
    Supergraph,
)

Variables: TypeAlias = Mapping[str, JSON]

_MAX_DIGITS: Final = 4_300
"""Longer integers stay text, as CPython refuses to read them."""


class Absent(Enum):
    """The value of what is not given, and has no default: not even null."""

    ABSENT = auto()


ABSENT: Final = Absent.ABSENT
CoercedValue: TypeAlias = "JSON | Absent"


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A value that no request changes."""

    value: CoercedValue

    def read(self, variables: Variables) -> CoercedValue:  # noqa: ARG002 - as every reader
        """The value."""
        return self.value

    def __str__(self) -> str:
        return "null" if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True)
class FromVariable:
    """A variable's value.

    Attributes:
        name: The variable, without `$`.
        default: What stands here when the variable has no value.
        complete: Puts in what clients do not know of, where the type has such fields.
    """

    name: str
    default: CoercedValue = ABSENT
    complete: Callable[[JSON], JSON] | None = None

    def read(self, variables: Variables) -> CoercedValue:
        """The value, or the default of its place."""
        if self.name not in variables:
            return self.default
        value = variables[self.name]
        return value if self.complete is None else self.complete(value)

    def __str__(self) -> str:
        return f"${self.name}"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True, eq=False)
class ListOf:
    """A list with variables in it."""

    items: tuple[Reader, ...]

    def read(self, variables: Variables) -> CoercedValue:
        """The list; a variable without a value is null in it."""
        return [_or_null(item.read(variables)) for item in self.items]

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.items))}]"


@dataclass(frozen=True, slots=True, eq=False)
class ObjectOf:
    """An input object with variables in it."""

    members: Mapping[str, Reader]

    def read(self, variables: Variables) -> CoercedValue:
        """The object; a member without a value is not in it."""
        values = {name: m.read(variables) for name, m in self.members.items()}
        return {name: value for name, value in values.items() if is_given(value)}

    def __str__(self) -> str:
        told = (f"{name}: {member}" for name, member in self.members.items())
        return f"{{{', '.join(told)}}}"


Reader: TypeAlias = "Known | FromVariable | ListOf | ObjectOf"
"""Reads the value of one place in a document, with a request's coerced variables."""


def is_given(value: CoercedValue) -> TypeGuard[JSON]:
    """Whether there is a value, be it null."""
    return value is not ABSENT


class InputLiterals:
    """Makes readers for the input types of one supergraph."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._defaults: dict[tuple[str, TypeReference], JSON] = {}
        self._being_read: set[tuple[str, TypeReference]] = set()

    def default(self, definition: InputValue) -> CoercedValue:
        """The default of an argument or input field, as a value of its type."""
        if definition.default is None:
            return ABSENT
        return self.constant(definition.default, definition.type)

    def constant(self, text: str, reference: TypeReference) -> JSON:
        """The value of GraphQL text without variables, such as a default.

        Raises:
            SupergraphInvalid: It has a default in it that contains itself.
        """
        key = (text, reference)
        if key not in self._defaults:
            self._defaults[key] = self._read_constant(key)
        return self._defaults[key]

    def _read_constant(self, key: tuple[str, TypeReference]) -> JSON:
        text, reference = key
        if key in self._being_read:
            raise SupergraphInvalid(
                f"The default {text} of type {reference} contains itself."
            )
        self._being_read.add(key)
        try:
            node = parse_const_value(text, no_location=True)
            return _or_null(self.reader(node, reference).read({}))
        finally:
            self._being_read.discard(key)

    def reader(
        self, node: ValueNode, reference: TypeReference, default: CoercedValue = ABSENT
    ) -> Reader:
        """Make the reader of a literal.

        Args:
            node: Valid for the type.
            reference: The type of the place.
            default: The default of the place.
        """
        match node, reference:
            case VariableNode(name=name), _:
                completion = self._completion(named_type(reference))
                return FromVariable(name.value, default, completion)
            case _, NonNullType(item):
                return self.reader(node, item)
            case NullValueNode(), _:
                return Known(None)
            case ListValueNode(values=values), ListType(item):
                return _list([self.reader(value, item, None) for value in values or ()])
            case _, ListType(item):
                return _list([self.reader(node, item)])
            case _, NamedType(name):
                return self._named(node, name)

    def _named(self, node: ValueNode, type_name: str) -> Reader:
        definition = self._supergraph.types.get(type_name)
        if isinstance(definition, InputObjectDefinition) and isinstance(
            node, ObjectValueNode
        ):
            return self._object(node, definition)
        convert = _SCALARS.get(type_name)
        return untyped(node) if convert is None else Known(convert(node))

    def _object(
        self, node: ObjectValueNode, definition: InputObjectDefinition
    ) -> Reader:
        given = {field.name.value: field.value for field in node.fields or ()}
        members: dict[str, Reader] = {}
        for name, field in definition.fields.items():
            value = given.get(name)
            if value is not None and not isinstance(value, VariableNode):
                # The default is not read: it may be what this value stands in.
                members[name] = self.reader(value, field.type)
                continue
            default = self.default(field)
            if value is not None:
                members[name] = self.reader(value, field.type, default)
            elif is_given(default):
                members[name] = Known(default)
        return _object(members)

    def _completion(self, type_name: str) -> Callable[[JSON], JSON] | None:
        """Puts in the defaults that a subgraph adds to fields clients do not know."""
        if not self._hides(type_name):
            return None
        return lambda value: self._completed(value, type_name)

    def _hides(self, type_name: str) -> bool:
        """Whether an input type has such fields, itself or at any depth."""
        met: dict[str, None] = {type_name: None}
        waiting = [type_name]
        while waiting:
            fields = self._fields(waiting.pop()).values()
            if any(f.is_inaccessible and f.default is not None for f in fields):
                return True
            below = dict.fromkeys(named_type(f.type) for f in fields)
            waiting += [name for name in below if name not in met]
            met |= below
        return False

    def _completed(self, value: JSON, type_name: str) -> JSON:
        if isinstance(value, list):
            return [self._completed(item, type_name) for item in value]
        fields = self._fields(type_name)
        if not isinstance(value, Mapping) or not fields:
            return value
        completed: dict[str, JSON] = {}
        for name, field in fields.items():
            default = self.default(field) if field.is_inaccessible else ABSENT
            if name in value:
                completed[name] = self._completed(value[name], named_type(field.type))
            elif is_given(default):
                completed[name] = default
        return completed

    def _fields(self, type_name: str) -> Mapping[str, InputValue]:
        definition = self._supergraph.types.get(type_name)
        return (
            definition.fields if isinstance(definition, InputObjectDefinition) else {}
        )


def untyped(node: ValueNode) -> Reader:
    """The reader of what has no type but JSON's, such as a custom scalar's value."""
    match node:
        case VariableNode(name=name):
            return FromVariable(name.value)
        case ListValueNode(values=values):
            return _list([untyped(value) for value in values or ()])
        case ObjectValueNode(fields=fields):
            return _object({f.name.value: untyped(f.value) for f in fields or ()})
        case IntValueNode():
            return Known(_integer(node))
        case FloatValueNode(value=text):
            return Known(float(text))
        case _:  # an enum's value is its name
            return Known(getattr(node, "value", None))


def _list(items: list[Reader]) -> Reader:
    made = ListOf(tuple(items))
    if all(isinstance(item, Known) for item in items):
        return Known(made.read({}))
    return made


def _object(members: dict[str, Reader]) -> Reader:
    made = ObjectOf(members)
    if all(isinstance(member, Known) for member in members.values()):
        return Known(made.read({}))
    return made


def _or_null(value: CoercedValue) -> JSON:
    return value if is_given(value) else None


def _as_written(node: ValueNode) -> JSON:
    value: JSON = getattr(node, "value", None)
    return value


def _integer(node: ValueNode) -> JSON:
    text = str(_as_written(node))
    return text if len(text) > _MAX_DIGITS else int(text)


def _int(node: ValueNode) -> JSON:
    return _integer(node) if isinstance(node, IntValueNode) else _as_written(node)


def _float(node: ValueNode) -> JSON:
    if isinstance(node, IntValueNode | FloatValueNode):
        return float(node.value)
    return _as_written(node)


_SCALARS: Final[Mapping[str, Callable[[ValueNode], JSON]]] = {
    "Int": _int,
    "Float": _float,
    "String": _as_written,
    "Boolean": _as_written,
    "ID": _as_written,
}
