"""Operations as our own small frozen tree.

graphql-core's nodes are mutable and compare by identity; ours are values: hashable,
safe to share between plans, and only what planning and execution need. Argument values
stay text, since a gateway forwards them; the variables inside them are named apart.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from gateway_graphql.language.type_reference import TypeReference


class OperationKind(StrEnum):
    """The three operation types of GraphQL."""

    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"


class Argument(msgspec.Struct, frozen=True):
    """An argument given to a field.

    Attributes:
        name: The argument's name.
        text: Its value as GraphQL text.
        variables: Names of the variables inside the value.
    """

    name: str
    text: str
    variables: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


class Directive(msgspec.Struct, frozen=True, cache_hash=True):
    """An executable directive as a client applies it, `@skip` and `@include` apart.

    Attributes:
        name: Without the `@`.
        arguments: In the order given.
    """

    name: str
    arguments: tuple[Argument, ...] = ()


class VariableIs(msgspec.Struct, frozen=True):
    """One term of a condition: this Boolean variable has this value."""

    variable: str
    value: bool


Condition: TypeAlias = frozenset[VariableIs]
"""All terms hold; empty means always. From `@skip` and `@include` with variables."""

ALWAYS: Condition = frozenset()


class Field(msgspec.Struct, frozen=True, cache_hash=True):
    """A selected field.

    Attributes:
        name: The field's name in the schema.
        response_key: Its alias, or its name; `CLIENT_TYPENAME` where its alias would
            be read as the object's type.
        arguments: In the order given.
        selections: Sub-selections; empty for a leaf.
        condition: When it is selected at all.
        is_withheld: Whether the caller may not have it: it is null in the answer.
        directives: What the client put on it; subgraphs may make something of it.
    """

    name: str
    response_key: str
    arguments: tuple[Argument, ...] = ()
    selections: tuple[Selection, ...] = ()
    condition: Condition = ALWAYS
    is_withheld: bool = False
    directives: tuple[Directive, ...] = ()

    @property
    def answer_key(self) -> str:
        """Its key in the client's answer."""
        return key_in_answer(self.response_key)

    def selecting(self, selections: tuple[Selection, ...]) -> Field:
        """The same field with other sub-selections."""
        return Field(
            self.name,
            self.response_key,
            self.arguments,
            selections,
            self.condition,
            self.is_withheld,
            self.directives,
        )


class Fragment(msgspec.Struct, frozen=True, cache_hash=True):
    """Selections that apply to one type condition only.

    Fragments carry no condition of their own: normalization moves `@skip` and
    `@include` down to the fields.

    Attributes:
        type_condition: An object, interface or union type.
        selections: At least one.
    """

    type_condition: str
    selections: tuple[Selection, ...]


Selection: TypeAlias = Field | Fragment

TYPENAME = "__typename"

CLIENT_TYPENAME = f"={TYPENAME}"
"""The key in the response tree of another field that the client calls `__typename`.

It is no name of GraphQL, so no client can choose it, and what is under `__typename` in the
response tree is always the type of the object.
"""

META_FIELDS = frozenset({TYPENAME, "__schema", "__type"})
"""Fields that are in no schema (specification, section 4.1 and 4.2)."""


def key_in_tree(name: str, alias: str) -> str:
    """Where a field that the client calls by an alias is in the response tree."""
    return CLIENT_TYPENAME if alias == TYPENAME != name else alias


def key_in_answer(key: str) -> str:
    """What the client calls the field with this key in the response tree."""
    return TYPENAME if key == CLIENT_TYPENAME else key


class VariableDefinition(msgspec.Struct, frozen=True):
    """A variable of an operation.

    Attributes:
        name: Without the dollar sign.
        type: The type as the client wrote it.
        default: The default value's GraphQL text, `None` without one.
    """

    name: str
    type: TypeReference
    default: str | None = None

    def __str__(self) -> str:
        default = "" if self.default is None else f" = {self.default}"
        return f"${self.name}: {self.type}{default}"


class Operation(msgspec.Struct, frozen=True):
    """One normalized operation: fragments inlined, equal fields merged.

    Attributes:
        kind: Query, mutation or subscription.
        name: The operation's name, if it has one.
        variables: Its variable definitions in order.
        selections: Selections on the root type.
        directives: What the client put on the operation itself.
    """

    kind: OperationKind
    name: str | None
    variables: tuple[VariableDefinition, ...]
    selections: tuple[Selection, ...]
    directives: tuple[Directive, ...] = ()
