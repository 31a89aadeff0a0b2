"""Chosen ways -> fetches."""

from __future__ import annotations

from collections.abc import Sequence

from gateway_graphql.language.operation import Operation
from gateway_graphql.planning.builders import FetchBuilder, TakenKeys
from gateway_graphql.planning.fetch_graph import FetchGraph
from gateway_graphql.query_graph.search import Search
from gateway_graphql.query_graph.space import SearchSpace
from gateway_graphql.query_graph.ways import Way, steps_of


def build(
    space: SearchSpace, operation: Operation, chosen: Sequence[Way]
) -> list[FetchBuilder]:
    """Lay the chosen ways out as fetches, in topological order.

    Several ways are mutations. Each is done with all that follows from it, then the
    next. Neighbours that one subgraph resolves whole are one fetch, since the subgraph
    runs them in series itself.

    Raises:
        PlanningFailed: When an argument is filled from further up the answer, and
            nothing leads to its value from there.
    """
    location = TakenKeys()
    location.take(operation.selections)
    graph = FetchGraph(space.graph, Search(space), operation)
    depth, last_subgraph = 0, ""
    for way in chosen:
        subgraph = _root_subgraph(way)
        before = graph.fetches
        deepest = max((fetch.depth for fetch in before), default=0)
        if before and not (subgraph == last_subgraph and deepest == depth):
            depth = deepest + 1
        graph.lay_out_root(way, location, depth=depth)
        if depth:
            graph.fetch(subgraph, depth).after.update(
                fetch for fetch in before if fetch.depth < depth
            )
        last_subgraph = subgraph
    return graph.fetches


def _root_subgraph(way: Way) -> str:
    """Where a way starts; it may be several subgraphs, if it is not a mutation's."""
    step = next(steps_of(way), None)
    return step.branches[0][0].head.subgraph if step else ""
