"""Type references: `[Product!]!` as a value.

The same small records serve the supergraph, variables and shapes, so that nullability
is a match, never a string operation.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias, assert_never

import msgspec
from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, parse_type


class NamedType(msgspec.Struct, frozen=True):
    """A type by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


class ListType(msgspec.Struct, frozen=True):
    """A list of `item`."""

    item: TypeReference

    def __str__(self) -> str:
        return f"[{self.item}]"


class NonNullType(msgspec.Struct, frozen=True):
    """`item`, never null."""

    item: NamedType | ListType

    def __str__(self) -> str:
        return f"{self.item}!"


TypeReference: TypeAlias = NamedType | ListType | NonNullType


def never_null(reference: TypeReference) -> tuple[int, ...]:
    """Where null is forbidden: 0 for the value, 1 for a list's items, and so on."""
    depth, found = 0, []
    while not isinstance(reference, NamedType):
        if isinstance(reference, NonNullType):
            found.append(depth)
        else:
            depth += 1
        reference = reference.item
    return tuple(found)


def named_type(reference: TypeReference) -> str:
    """The name under all lists and non-nulls."""
    while not isinstance(reference, NamedType):
        reference = reference.item
    return reference.name


def list_depth(reference: TypeReference) -> int:
    """How many lists are around the named type."""
    match reference:
        case NamedType():
            return 0
        case ListType(item):
            return 1 + list_depth(item)
        case NonNullType(item):
            return list_depth(item)
        case _:
            assert_never(reference)


def type_from_node(node: TypeNode) -> TypeReference:
    """Convert graphql-core's type node."""
    match node:
        case NamedTypeNode():
            return NamedType(node.name.value)
        case ListTypeNode():
            return ListType(type_from_node(node.type))
        case NonNullTypeNode():
            inner = type_from_node(node.type)
            if isinstance(inner, NonNullType):
                raise AssertionError("the grammar has no non-null of a non-null")
            return NonNullType(inner)
        case _:
            raise AssertionError(f"no type node: {node!r}")


@lru_cache(maxsize=4096)
def type_from_text(text: str) -> TypeReference:
    """Parse a reference such as `[Product!]!`.

    Raises:
        graphql.GraphQLSyntaxError: The text is not a type reference.
    """
    return type_from_node(parse_type(text, no_location=True))
