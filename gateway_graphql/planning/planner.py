"""From an operation to its plan, in the order of the verbs below."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from gateway_graphql.errors import PlanningFailed
from gateway_graphql.language.nesting import make_room_for_nesting
from gateway_graphql.language.operation import (
    TYPENAME,
    Field,
    Operation,
    OperationKind,
)
from gateway_graphql.planning.builders import Location
from gateway_graphql.planning.fetch_graph import FetchGraph
from gateway_graphql.planning.freeze import finish
from gateway_graphql.planning.optimize import optimize
from gateway_graphql.planning.plan import QueryPlan
from gateway_graphql.query_graph.build import QueryGraph, labels_of
from gateway_graphql.query_graph.paths import EFFORT, Paths
from gateway_graphql.query_graph.ways import Way, steps_of
from gateway_graphql.supergraph.model import Supergraph

_logger = logging.getLogger(__name__)

_ANSWERED_HERE = frozenset({TYPENAME, "__schema", "__type"})


class Planner:
    """Plans operations against one supergraph.

    What it learns of the supergraph while planning is kept for the next operation; a
    plan depends on nothing but supergraph, operation and labels.
    """

    def __init__(self, supergraph: Supergraph, *, effort: int = EFFORT) -> None:
        """Make a planner.

        Args:
            supergraph: What is planned against.
            effort: How much is tried for one operation before the search hurries; the
                best plan found by then and thereafter is taken.
        """
        make_room_for_nesting()
        self._effort = effort
        self._supergraph = supergraph
        self._labels = frozenset(labels_of(supergraph))
        self._paths_by_labels: dict[frozenset[str], Paths] = {}

    def __repr__(self) -> str:
        return f"<Planner of {len(self._supergraph.subgraphs)} subgraphs>"

    def plan(
        self, operation: Operation, override_labels: Iterable[str] = ()
    ) -> QueryPlan:
        """Plan a normalized operation.

        Args:
            operation: Valid against the API schema, and normalized.
            override_labels: The labels of progressive `@override` that are active.

        Returns:
            The plan; root fields that nothing leads to are in it, too.
        """
        paths = self._paths(self._labels.intersection(override_labels))
        fields = tuple(self._root_fields(operation))
        graph = FetchGraph(paths.graph, paths.search(), operation)
        location = Location()
        location.take(operation.selections)
        search, roots = paths.search(), paths.graph.root_edges(operation.kind)
        in_series = operation.kind is OperationKind.MUTATION
        ways = [search.from_roots(field, roots, once=in_series) for field in fields]
        if not all(ways):
            missing = (
                field for field, found in zip(fields, ways, strict=True) if not found
            )
            return QueryPlan(operation, (), tuple(missing))
        # The first is the cheapest: the fewest requests, then the shortest chain.
        try:
            if in_series:
                self._lay_out_in_series([found[0] for found in ways], graph, location)
            else:
                graph.lay_out_root(search.all_of(ways)[0], location)
        except PlanningFailed as error:
            _logger.error("An operation has no plan: %s", error)  # noqa: TRY400
            return QueryPlan(operation, (), fields)
        return finish(operation, optimize(graph.fetches), paths.graph)

    def _paths(self, labels: frozenset[str]) -> Paths:
        known = self._paths_by_labels.get(labels)
        if known is None:
            known = Paths(QueryGraph(self._supergraph, labels), self._effort)
            self._paths_by_labels[labels] = known
        return known

    @staticmethod
    def _root_fields(operation: Operation) -> Iterable[Field]:
        """The root fields that need a subgraph."""
        for selection in operation.selections:
            if not isinstance(selection, Field):
                raise AssertionError("normalization leaves no fragment on a root type")
            if selection.name not in _ANSWERED_HERE:
                yield selection

    @staticmethod
    def _lay_out_in_series(
        ways: Iterable[Way], graph: FetchGraph, location: Location
    ) -> None:
        """Mutations: each field with all that follows from it, then the next.

        Neighbours that one subgraph resolves whole are one fetch, since the subgraph
        runs them in series itself.
        """
        depth, last_subgraph = 0, ""
        for way in ways:
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


def _root_subgraph(way: Way) -> str:
    step = next(steps_of(way))
    return step.branches[0][0].head.subgraph
