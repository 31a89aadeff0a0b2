"""What JSON an endpoint takes and gives, as types.

Operations are typed by GraphQL, clients of an endpoint see JSON. These records stand
between the two: made from variables and selections, changed by `unwrap` and `select`,
and read by whatever describes an endpoint (the OpenAPI document, clients).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from gateway_graphql.exchange import JSON


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts.

    Attributes:
        name: The GraphQL scalar: `Int`, `Float`, `String`, `Boolean`, `ID` or another.
        description: What it means.
    """

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """One of some names."""

    name: str
    values: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    item: JSONType


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object.

    Attributes:
        name: Its key.
        type: Its values.
        is_required: Whether it is always there.
        description: What it means.
        default: What it is when it is left out, as JSON; `None` if that is not said.
    """

    name: str
    type: JSONType
    is_required: bool = True
    description: str = ""
    default: JSON = None


@dataclass(frozen=True, slots=True)
class Record:
    """An object with known members.

    Attributes:
        name: The GraphQL type, or a name that says what it is part of.
        members: In the order in which they are written.
        description: What it means.
        is_one_of: Whether exactly one member must be given (`@oneOf`).
    """

    name: str
    members: tuple[Member, ...]
    description: str = ""
    is_one_of: bool = False

    def member(self, name: str) -> Member | None:
        """The member of that name."""
        return next((one for one in self.members if one.name == name), None)


@dataclass(frozen=True, slots=True)
class InputReference:
    """An input object by its name, as input objects may hold themselves."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, told apart by what they hold."""

    alternatives: tuple[JSONType, ...]


@dataclass(frozen=True, slots=True)
class Nullable:
    """That, or null."""

    inner: JSONType


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value."""


@dataclass(frozen=True, slots=True)
class Null:
    """Null and nothing else."""


JSONType: TypeAlias = (
    Scalar
    | Enumeration
    | Items
    | Record
    | InputReference
    | Choice
    | Nullable
    | Anything
    | Null
)

ANYTHING: Final = Anything()
NULL: Final = Null()
INT: Final = Scalar("Int")
FLOAT: Final = Scalar("Float")
STRING: Final = Scalar("String")
BOOLEAN: Final = Scalar("Boolean")

_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Int": "number",
        "Float": "number",
        "String": "string",
        "ID": "string",
        "Boolean": "boolean",
    }
)

ALL_KINDS: Final = frozenset({"object", "array", "string", "number", "boolean", "null"})


def nullable(inner: JSONType) -> JSONType:
    """That, or null."""
    match inner:
        case Nullable() | Anything() | Null():
            return inner
        case _:
            return Nullable(inner)


def without_null(outer: JSONType) -> JSONType:
    """The same where null is ruled out."""
    return outer.inner if isinstance(outer, Nullable) else outer


def may_be_null(one: JSONType) -> bool:
    """Whether null is among the values."""
    return isinstance(one, Nullable | Anything | Null)


def alternatives_of(one: JSONType) -> tuple[JSONType, ...]:
    """All that a choice is between; the type itself if it is none."""
    return one.alternatives if isinstance(one, Choice) else (one,)


def either(types: Iterable[JSONType]) -> JSONType:
    """A value that is of one of these types."""
    flat: dict[JSONType, None] = {}
    has_null = False
    for one in types:
        has_null |= isinstance(one, Nullable | Null)
        match without_null(one):
            case Null():
                continue
            case Anything():
                return ANYTHING
            case Choice(alternatives):
                flat.update(dict.fromkeys(alternatives))
            case plain:
                flat[plain] = None
    if not flat:
        return NULL
    joined = next(iter(flat)) if len(flat) == 1 else Choice(tuple(flat))
    return Nullable(joined) if has_null else joined


def kinds_of(one: JSONType) -> frozenset[str]:  # noqa: PLR0911 - one case for each kind
    """What values may be, in the words of JSON; all of them where nothing is known."""
    match one:
        case Scalar(name):
            return frozenset({_KINDS[name]}) if name in _KINDS else ALL_KINDS
        case Enumeration():
            return frozenset({"string"})
        case Items():
            return frozenset({"array"})
        case Record() | InputReference():
            return frozenset({"object"})
        case Null():
            return frozenset({"null"})
        case Nullable(inner):
            return kinds_of(inner) | {"null"}
        case Choice(alternatives):
            return frozenset().union(*(kinds_of(one) for one in alternatives))
        case Anything():
            return ALL_KINDS
