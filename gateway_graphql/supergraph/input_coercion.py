"""Input coercion by type (specification section 3): JSON in, JSON out.

For each input type there is a function that coerces a value and notes what is wrong with
it. They are made when first asked for, so recursive input objects need no special care,
and shared by all variables of an operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway_graphql.exchange import JSON
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
)
from gateway_graphql.supergraph.input_literals import InputLiterals
from gateway_graphql.supergraph.model import (
    EnumDefinition,
    InputObjectDefinition,
    InputValue,
    Supergraph,
)

InputPath: TypeAlias = tuple[str | int, ...]
"""Input field names and list indices inside a variable's value."""

MAX_PROBLEMS: Final = 100
_MAX_INT: Final = 2**31 - 1
_MIN_INT: Final = -(2**31)


@dataclass(frozen=True, slots=True)
class InputProblem:
    """What is wrong with a value.

    Attributes:
        path: Where, inside the variable.
        expected: What should have been given, as the start of a sentence.
        given: What was given.
    """

    path: InputPath
    expected: str
    given: JSON


class InputProblems:
    """Problems of one variable as they are found; at most `MAX_PROBLEMS` are kept."""

    def __init__(self) -> None:
        self._problems: list[InputProblem] = []

    def __iter__(self) -> Iterator[InputProblem]:
        return iter(self._problems)

    def note(self, path: InputPath, expected: str, given: JSON) -> None:
        """Add a problem."""
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(InputProblem(path, expected, given))


Coerce: TypeAlias = Callable[[JSON, InputPath, InputProblems], JSON]
"""Coerces a value; what it gives after noting a problem has no meaning."""


class InputCoercion:
    """The coercions of a supergraph's input types."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._literals = InputLiterals(supergraph)
        self._by_type: dict[TypeReference, Coerce] = {}

    def coerce(self, reference: TypeReference) -> Coerce:
        """The coercion to a type."""
        known = self._by_type.get(reference)
        if known is None:
            known = self._make(reference)
            self._by_type[reference] = known
        return known

    def literal(self, text: str, reference: TypeReference) -> JSON:
        """A default value, from its GraphQL text; it was validated with its document."""
        return self._literals.constant(text, reference)

    def _make(self, reference: TypeReference) -> Coerce:
        match reference:
            case NonNullType(item):
                return _non_null(reference, self.coerce(item))
            case ListType(item):
                return _list(self.coerce(item))
            case NamedType(name):
                return _nullable(self._named(name))

    def _named(self, name: str) -> Coerce:
        match self._supergraph.types.get(name):
            case EnumDefinition(values=values):
                known = [value.name for value in values if not value.is_inaccessible]
                return _enum(name, known)
            case InputObjectDefinition() as definition:
                return _InputObject(definition, self).coerce
            case _:
                return _SCALARS.get(name, _custom)


class _InputObject:
    """One input object type; its fields' coercions are made when it is first met."""

    def __init__(
        self, definition: InputObjectDefinition, coercion: InputCoercion
    ) -> None:
        self._name = definition.name
        self._coercion = coercion
        self._is_one_of = any(d.name == "oneOf" for d in definition.directives)
        self._definitions = {
            name: field
            for name, field in definition.fields.items()
            if not field.is_inaccessible
        }
        # Filled once, at the first value.
        self._fields: dict[str, _InputField] = {}

    def coerce(self, value: JSON, path: InputPath, problems: InputProblems) -> JSON:
        if not isinstance(value, Mapping):
            problems.note(path, f"expected an object of type {self._name}", value)
            return None
        if not self._fields:
            self._fields = {
                name: _InputField(field, self._coercion)
                for name, field in self._definitions.items()
            }
        coerced: dict[str, JSON] = {}
        for field in self._fields.values():
            field.coerce_into(coerced, value, path, problems)
        for name in value:
            if name not in self._fields:
                expected = f'expected no field "{name[:60]}" in type {self._name}'
                problems.note((*path, name[:60]), expected, value[name])
        if self._is_one_of:
            self._check_one_of(value, path, problems)
        return coerced

    def _check_one_of(
        self, value: Mapping[str, JSON], path: InputPath, problems: InputProblems
    ) -> None:
        if len(value) != 1 or None in value.values():
            expected = f"expected exactly one field of type {self._name}, not null"
            problems.note(path, expected, value)


class _InputField:
    def __init__(self, definition: InputValue, coercion: InputCoercion) -> None:
        self._name = definition.name
        self._type = definition.type
        self._coerce = coercion.coerce(definition.type)
        self._has_default = definition.default is not None
        self._default: JSON = None
        if definition.default is not None:
            self._default = coercion.literal(definition.default, definition.type)

    def coerce_into(
        self,
        coerced: dict[str, JSON],
        given: Mapping[str, JSON],
        path: InputPath,
        problems: InputProblems,
    ) -> None:
        if self._name in given:
            inside = (*path, self._name)
            coerced[self._name] = self._coerce(given[self._name], inside, problems)
        elif self._has_default:
            coerced[self._name] = self._default
        elif isinstance(self._type, NonNullType):
            expected = f'expected field "{self._name}" of type {self._type}'
            problems.note(path, expected, given)


def _non_null(reference: NonNullType, coerce: Coerce) -> Coerce:
    def coerce_non_null(value: JSON, path: InputPath, problems: InputProblems) -> JSON:
        if value is None:
            problems.note(path, f"expected a value of type {reference}", None)
            return None
        return coerce(value, path, problems)

    return coerce_non_null


def _nullable(coerce: Coerce) -> Coerce:
    def coerce_nullable(value: JSON, path: InputPath, problems: InputProblems) -> JSON:
        return None if value is None else coerce(value, path, problems)

    return coerce_nullable


def _list(coerce: Coerce) -> Coerce:
    def coerce_list(value: JSON, path: InputPath, problems: InputProblems) -> JSON:
        if value is None:
            return None
        if isinstance(value, list):
            return [
                coerce(item, (*path, index), problems)
                for index, item in enumerate(value)
            ]
        return [coerce(value, path, problems)]

    return coerce_list


def _enum(name: str, values: Iterable[str]) -> Coerce:
    known = frozenset(values)

    def coerce_enum(value: JSON, path: InputPath, problems: InputProblems) -> JSON:
        if not isinstance(value, str) or value not in known:
            problems.note(path, f"expected a value of enum {name}", value)
        return value

    return coerce_enum


def _custom(value: JSON, _path: InputPath, _problems: InputProblems) -> JSON:
    return value


def _scalar(name: str, accept: Callable[[JSON], JSON]) -> Coerce:
    """The coercion to a built-in scalar; `accept` gives `None` for what does not fit."""

    def coerce_scalar(value: JSON, path: InputPath, problems: InputProblems) -> JSON:
        accepted = accept(value)
        if accepted is None:
            problems.note(path, f"expected a value of type {name}", value)
        return accepted

    return coerce_scalar


def _integer(value: JSON) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def _int(value: JSON) -> JSON:
    integer = _integer(value)
    in_range = integer is not None and _MIN_INT <= integer <= _MAX_INT
    return integer if in_range else None


def _float(value: JSON) -> JSON:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        is_exact = math.isfinite(value) and float(value) == value
    except OverflowError:  # an integer beyond all floats
        return None
    return float(value) if is_exact else None


def _id(value: JSON) -> JSON:
    if isinstance(value, str):
        return value
    integer = _integer(value)
    try:
        return None if integer is None else str(integer)
    except ValueError:  # CPython refuses to print integers of thousands of digits
        return None


_SCALARS: Final[Mapping[str, Coerce]] = {
    "Int": _scalar("Int", _int),
    "Float": _scalar("Float", _float),
    "String": _scalar(
        "String", lambda value: value if isinstance(value, str) else None
    ),
    "Boolean": _scalar(
        "Boolean", lambda value: value if isinstance(value, bool) else None
    ),
    "ID": _scalar("ID", _id),
}
