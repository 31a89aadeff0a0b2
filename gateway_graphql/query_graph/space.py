"""Where searches take place: one query graph, and what holds for every operation."""

from __future__ import annotations

from typing import Protocol

from gateway_graphql.language.operation import Selection
from gateway_graphql.query_graph.beam import EFFORT, Beam
from gateway_graphql.query_graph.footprint import Footprints
from gateway_graphql.query_graph.graph import QueryGraph
from gateway_graphql.query_graph.model import Node
from gateway_graphql.query_graph.open_questions import OpenQuestions
from gateway_graphql.query_graph.ways import Arrival, Entry, Ways


class SearchSpace:
    """One query graph, with what depends on the schema alone and is kept for good.

    Attributes:
        graph: Where one can go.
        effort: How much one search compares before it hurries.
        footprints: What fetches to the graph's subgraphs cost.
        entries: Where a node's object can be taken to.
        arrivals: Where a field can be resolved for a node's object.
    """

    def __init__(self, graph: QueryGraph, effort: int = EFFORT) -> None:
        self.graph = graph
        self.effort = effort
        self.footprints = Footprints(graph.supergraph.subgraphs)
        # Filled by searches, as nodes are met.
        self.entries: dict[Node, tuple[Entry, ...]] = {}
        self.arrivals: dict[tuple[Node, str], tuple[Arrival, ...]] = {}


class Searching(Protocol):
    """A search, as its parts know it: each gets it and asks it for what is below.

    The parts are functions that take it, not objects that hold it: a search then is
    no circle of references, and is gone when its operation has been planned.
    """

    @property
    def space(self) -> SearchSpace:
        """Where it takes place."""

    @property
    def graph(self) -> QueryGraph:
        """The graph of its space."""

    @property
    def beam(self) -> Beam:
        """What keeps the few best ways."""

    @property
    def open(self) -> OpenQuestions:
        """What it is in the middle of."""

    def of_all(self, selections: tuple[Selection, ...], node: Node) -> Ways:
        """The ways to resolve all selections from a node; none when there is no way."""

    def of_one(self, selection: Selection, node: Node) -> Ways:
        """The ways to resolve one selection from a node."""

    def keep(self, made: object) -> None:
        """Keep selections alive that were made on the way: they are known by identity."""
