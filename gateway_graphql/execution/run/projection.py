"""Response tree + shape -> the client's `data`: the exact path.

This is CompleteValue (specification section 6.4.3) over data that subgraphs gave. They
are not trusted: each value is checked against its type, fields nobody asked for are left
out, and the order is that of the operation. A value of the wrong kind becomes null with
an error; null in a non-null place moves up to the nearest place that may be null.

Two values become null without an error where null is allowed, because they are right and
only kept from clients: an enum value and an object whose type is inaccessible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from gateway_graphql.errors import DEFAULT_ERROR_LIMITS, ErrorDetail
from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.shape import (
    EnumShape,
    FieldShape,
    LeafKind,
    LeafShape,
    ListShape,
    ObjectShape,
    ReadyShape,
    TypenameShape,
    ValueShape,
    WithheldShape,
)
from gateway_graphql.execution.run.coverage import Coverage
from gateway_graphql.language.operation import TYPENAME

MAX_SCALAR_NESTING: Final = 100
INVALID_VALUE: Final = "INTERNAL_SERVER_ERROR"

_MAX_INT: Final = 2**31 - 1
_MIN_INT: Final = -(2**31)


def project(
    tree: Mapping[str, JSON],
    shape: ObjectShape,
    coverage: Coverage,
    max_errors: int = DEFAULT_ERROR_LIMITS.max_errors,
    hidden_types: Collection[str] = (),
) -> tuple[dict[str, JSON] | None, list[ErrorDetail]]:
    """Make the answer's `data`, and the errors found while doing so.

    Args:
        tree: The response tree; not changed, but the result may share leaves with it.
        shape: The root shape.
        coverage: The places that other errors speak for.
        max_errors: How many errors are told at most.
        hidden_types: Types of objects that this caller does not know.
    """
    projection = _Projection(coverage, max_errors, hidden_types)
    data = projection.members(tree, shape.fields(shape.type_name) or (), shape)
    return data, projection.errors


class _Projection:
    """One walk; the current path and the errors so far are its state.

    Methods that complete a value return `None` for null. Whoever turns a value into null
    where null is forbidden has reported the error; the caller only moves it up.
    """

    def __init__(
        self, coverage: Coverage, max_errors: int, hidden_types: Collection[str]
    ) -> None:
        self.errors: list[ErrorDetail] = []
        self._hidden_types = hidden_types
        self._max_errors = max_errors
        self._coverage = coverage
        self._path: list[str | int] = []
        self._coordinate = ""

    def members(
        self,
        source: Mapping[str, JSON],
        fields: tuple[FieldShape, ...],
        shape: ObjectShape,
    ) -> dict[str, JSON] | None:
        """Complete the fields of an object; `None` when null moves up through it."""
        path = self._path
        completed: dict[str, JSON] = {}
        for field in fields:
            key, value = field.key, field.value
            given = source.get(key)
            if isinstance(value, LeafShape) and type(given) in value.passes:
                completed[field.answer_key] = given
                continue
            path.append(key)
            self._coordinate = field.coordinate
            if isinstance(value, TypenameShape):
                result = self._typename(source, shape)
            elif given is not None:
                result = self._complete(given, value)
            else:
                result = None
                if not (value.is_nullable or isinstance(value, WithheldShape)):
                    self._forbid_null(is_absent=key not in source)
            path.pop()
            if result is None and not value.is_nullable:
                return None
            completed[field.answer_key] = result
        return completed

    def _typename(self, source: Mapping[str, JSON], shape: ObjectShape) -> JSON:
        """The runtime type's name, which only an abstract place must be told."""
        if not shape.is_abstract:
            return shape.type_name
        name = source.get(TYPENAME)
        # An interface's own name says that no subgraph knew the object's type.
        if name is None or name == shape.type_name:
            self._forbid_null(is_absent=True)
            return None
        return name

    def _complete(self, value: JSON, shape: ValueShape) -> JSON:
        match shape:
            case LeafShape():
                return self._leaf(value, shape.kind)
            case ObjectShape():
                return self._object(value, shape)
            case ListShape():
                return self._list(value, shape)
            case EnumShape():
                return self._enum(value, shape)
            case ReadyShape() | TypenameShape():
                return value
            case WithheldShape():
                return None

    def _object(self, value: JSON, shape: ObjectShape) -> JSON:
        if not isinstance(value, Mapping):
            self._report(f"Expected an object for {self._coordinate}.")
            return None
        runtime_type: JSON = shape.type_name
        if shape.is_abstract and (named := value.get(TYPENAME)) is not None:
            runtime_type = named
        if not isinstance(runtime_type, str):
            self._report(f"Expected a type name for {self._coordinate}.")
            return None
        if runtime_type in self._hidden_types:
            self._hide(shape)
            return None
        fields = shape.fields(runtime_type)
        if fields is None:
            self._unknown_type(runtime_type, shape)
            return None
        return self.members(value, fields, shape)

    def _list(self, value: JSON, shape: ListShape) -> JSON:
        if not isinstance(value, list):
            self._report(f"Expected a list for {self._coordinate}.")
            return None
        path, item, coordinate = self._path, shape.item, self._coordinate
        completed: list[JSON] = []
        for index, given in enumerate(value):
            path.append(index)
            self._coordinate = coordinate
            if given is None:
                result = None
                if not item.is_nullable:
                    self._forbid_null(is_absent=False)
            else:
                result = self._complete(given, item)
            path.pop()
            if result is None and not item.is_nullable:
                return None
            completed.append(result)
        return completed

    def _enum(self, value: JSON, shape: EnumShape) -> JSON:
        if not isinstance(value, str):
            self._report(f"Expected an enum value for {self._coordinate}.")
            return None
        if value in shape.values:
            return value
        if value in shape.hidden:
            self._hide(shape)
        else:
            self._report(f"Unexpected enum value for {self._coordinate}.")
        return None

    def _leaf(self, value: JSON, kind: LeafKind) -> JSON:
        coerced = _COERCIONS[kind](value)
        if coerced is None:
            self._report(f"Expected a value of type {kind} for {self._coordinate}.")
        return coerced

    def _unknown_type(self, runtime_type: str, shape: ObjectShape) -> None:
        if shape.hides(runtime_type):
            self._hide(shape)
        elif runtime_type == shape.type_name:
            self._report(f"Expected a type name for {self._coordinate}.")
        else:
            self._report(f"Unexpected type of object for {self._coordinate}.")

    def _hide(self, shape: EnumShape | ObjectShape) -> None:
        """Give null for what clients do not know; an error only where null may not be."""
        if not shape.is_nullable:
            self._forbid_null(is_absent=False)

    def _forbid_null(self, *, is_absent: bool) -> None:
        coverage = self._coverage
        covers = coverage.covers_absence if is_absent else coverage.covers_null
        if not covers(self._path):
            self._report(
                f"Cannot return null for non-nullable field {self._coordinate}."
            )

    def _report(self, message: str) -> None:
        if len(self.errors) < self._max_errors:
            self.errors.append(ErrorDetail(message, INVALID_VALUE, tuple(self._path)))


# Result coercion of scalars (specification section 3.5): what loses nothing, else None.


def _string(value: JSON) -> JSON:
    return value if isinstance(value, str) else None


def _boolean(value: JSON) -> JSON:
    return value if isinstance(value, bool) else None


def _number(value: JSON) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def _int(value: JSON) -> JSON:
    number = _number(value)
    if isinstance(number, float):
        number = int(number) if number.is_integer() else None
    return number if number is not None and _MIN_INT <= number <= _MAX_INT else None


def _id(value: JSON) -> JSON:
    number = _number(value)
    return str(number) if isinstance(number, int) else _string(value)


def _custom(value: JSON) -> JSON:
    return None if _nests_too_deeply(value) else value


def _nests_too_deeply(value: JSON) -> bool:
    """Whether a custom scalar's value is too deep to be encoded safely."""
    level = [value]
    for _ in range(MAX_SCALAR_NESTING + 1):
        following: list[JSON] = []
        for node in level:
            if isinstance(node, dict):
                following.extend(node.values())
            elif isinstance(node, list):
                following.extend(node)
        if not following:
            return False
        level = following
    return True


_COERCIONS: Final[Mapping[LeafKind, Callable[[JSON], JSON]]] = {
    LeafKind.INT: _int,
    LeafKind.FLOAT: _number,
    LeafKind.STRING: _string,
    LeafKind.BOOLEAN: _boolean,
    LeafKind.ID: _id,
    LeafKind.CUSTOM: _custom,
}
