"""The parts of the query graph: nodes, and the moves between them.

A node is an object of some type *in the hands of* some subgraph. A move goes from one
node to another: to the value of a field in the same subgraph (`FieldMove`), to the same
object in another subgraph by a key (`KeyMove`), to the same object seen as one of its
possible types (`Downcast`), or to a root type from outside (`RootMove`).
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from gateway_graphql.language.operation import Selection
from gateway_graphql.supergraph.model import ContextArgument


class Node(msgspec.Struct, frozen=True, cache_hash=True):
    """An object of a type, as a subgraph knows it.

    Attributes:
        type_name: Object, interface or union type.
        subgraph: The subgraph's name.
        provided: What `@provides` makes resolvable here and only here.
        peers: Other subgraphs that give the same object at the same place. Kept only
            where a union below it is not known to all subgraphs alike.
        members: The possible types, where they are fewer than the subgraph's: a field
            that several subgraphs share gives only what all of them know.
        contexts: The contexts that objects further up set (`@context`), as far as they
            are read here or below.
    """

    type_name: str
    subgraph: str
    provided: tuple[Selection, ...] = ()
    peers: tuple[str, ...] = ()
    members: tuple[str, ...] | None = None
    contexts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.type_name}@{self.subgraph}"


class FieldMove(msgspec.Struct, frozen=True):
    """Resolve a field; the subgraph stays the same.

    Attributes:
        field: The field's name.
        requires: What its resolver needs in the representation; empty for nothing.
        context_arguments: Arguments that the gateway fills.
        list_depth: How many lists are around the value.
        is_leaf: Whether the value is a scalar or an enum.
        is_abstract: Whether the value's type is abstract in the supergraph.
        is_shared: Whether other subgraphs resolve the field, too.
    """

    field: str
    requires: tuple[Selection, ...] = ()
    context_arguments: tuple[ContextArgument, ...] = ()
    list_depth: int = 0
    is_leaf: bool = False
    is_abstract: bool = False
    is_shared: bool = False


class KeyMove(msgspec.Struct, frozen=True):
    """Ask another subgraph (or the same again) for the same object, by its key.

    Attributes:
        key: The field set that identifies the object there.
        typename: The representation's `__typename`; `None` for the object's own.
    """

    key: tuple[Selection, ...]
    typename: str | None


class Downcast(msgspec.Struct, frozen=True):
    """Look at an abstract type's object as one of its possible types."""

    type_name: str


class RootMove(msgspec.Struct, frozen=True):
    """Enter a subgraph at a root type."""


Move: TypeAlias = FieldMove | KeyMove | Downcast | RootMove


class Edge(msgspec.Struct, frozen=True):
    """A move and where it leads."""

    move: Move
    head: Node

    def __str__(self) -> str:
        match self.move:
            case FieldMove(field=name):
                return f"--{name}--> {self.head}"
            case KeyMove():
                return f"--key--> {self.head}"
            case Downcast(type_name=name):
                return f"--as {name}--> {self.head}"
            case RootMove():
                return f"--> {self.head}"
