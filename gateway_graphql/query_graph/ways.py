"""What a search for ways is made of, and what it finds.

A way is a tree: its steps take selections, each step has branches, a branch is an arrival
at a node with the way from there on. An arrival may have entered another subgraph, and
an entry has ways of its own, to the key and to what a field requires.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

import msgspec

from gateway_graphql.language.operation import Field, Selection
from gateway_graphql.query_graph.model import Downcast, Edge, FieldMove, Node
from gateway_graphql.supergraph.model import ContextArgument

CHANGE_OF_SUBGRAPH: Final = 4
"""What entering a subgraph weighs, in fields."""


class Entry(NamedTuple):
    """Entering a subgraph with an object by its key: one entity fetch.

    A root type is entered without a key: one root fetch.

    Attributes:
        edge: The key move (or root move); its head is the object there.
        depth: How many fetches after the node's own the entity fetch comes.
        footprint: All fetches that it takes, the entity fetch included.
        key: A way to get the key, from the node that is left.
        requires: A way to get what a field needs beside the key.
        required: The field set of that need.
        context: Arguments that come from objects further up; the fetch cannot be
            shared with other fields then.
    """

    edge: Edge
    depth: int
    footprint: int
    key: Way
    requires: Way | None = None
    required: tuple[Selection, ...] = ()
    context: tuple[ContextArgument, ...] = ()

    @property
    def weight(self) -> int:
        """Fields selected and subgraphs entered."""
        requires = self.requires.weight if self.requires else 0
        return CHANGE_OF_SUBGRAPH + self.key.weight + requires


class Arrival(msgspec.Struct, frozen=True):
    """Where one can be for the sub-selections of a selection, and how one got there.

    Attributes:
        head: The node.
        entry: The subgraph change before the move, if there is one.
        move: A field or a downcast, taken after the entry; `None` to stay.
        depth: Fetches between the node that is left and the head.
        footprint: What being there costs.
        weight: The same in fields selected and subgraphs entered.
    """

    head: Node
    entry: Entry | None
    move: FieldMove | Downcast | None
    depth: int = 0
    footprint: int = 0
    weight: int = 0

    def weigh(self, below: int) -> int:
        """The weight with what is below; in a subgraph of its own, it counts twice."""
        return self.weight + (2 * below if self.entry else below)


class Step(msgspec.Struct, frozen=True):
    """One selection taken.

    Attributes:
        selection: The field, or `None` where only the type is narrowed.
        branches: Arrivals with a way for sub-selections at each; a leaf has none.
    """

    selection: Field | None
    branches: tuple[tuple[Arrival, Way | None], ...]


Branches: TypeAlias = "tuple[tuple[Arrival, Way | None], ...]"
Steps: TypeAlias = "tuple[()] | Step | tuple[Steps, Steps]"
"""Steps put together two by two, as they were combined; `steps_of` flattens them."""


class Way(msgspec.Struct, frozen=True):
    """A way to resolve selections from a node.

    Attributes:
        footprint: The fetches that it takes beside the node's own.
        steps: What it does.
        weight: Fields selected and subgraphs entered, to choose between equals.
    """

    footprint: int
    steps: Steps
    weight: int = 0


class Option(msgspec.Struct, frozen=True):
    """Branches of one selection, with what they cost."""

    footprint: int
    steps: Branches
    weight: int


Ways: TypeAlias = tuple[Way, ...]
NOTHING = Way(0, ())


class Lane(NamedTuple):
    """One of several ways down to the same place, taken side by side.

    Attributes:
        arrival: Where it starts.
        fields: The fields taken from there, each in the subgraph where it starts.
    """

    arrival: Arrival
    fields: tuple[tuple[Field, Arrival], ...] = ()

    @property
    def head(self) -> Node:
        """The node that it has come to."""
        return self.fields[-1][1].head if self.fields else self.arrival.head

    def around(self, way: Way) -> Way:
        """A way from the head, seen from the start."""
        for taken, arrival in reversed(self.fields):
            steps = Step(taken, ((arrival, way),))
            way = Way(way.footprint, steps, way.weight + 1)
        return way


def steps_of(way: Way) -> Iterator[Step]:
    """The steps of a way, in the order of the selections."""
    pending: list[Steps] = [way.steps]
    while pending:
        steps = pending.pop()
        if isinstance(steps, Step):
            yield steps
        elif steps:
            pending.extend((steps[1], steps[0]))
