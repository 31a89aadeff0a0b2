"""From an operation to its plan, in five verbs: walk, choose, build, optimize, freeze.

Each is a file of its own beside this one, and knows only what the one before it made.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from gateway_graphql.errors import PlanningFailed
from gateway_graphql.language.nesting import make_room_for_nesting
from gateway_graphql.language.operation import Operation
from gateway_graphql.planning.build import build
from gateway_graphql.planning.choose import choose
from gateway_graphql.planning.freeze import freeze
from gateway_graphql.planning.optimize import optimize
from gateway_graphql.planning.plan import QueryPlan
from gateway_graphql.planning.walk import walk
from gateway_graphql.query_graph.beam import EFFORT
from gateway_graphql.query_graph.graph import QueryGraph
from gateway_graphql.query_graph.overrides import labels_of
from gateway_graphql.query_graph.space import SearchSpace
from gateway_graphql.spelling import tells_options
from gateway_graphql.supergraph.model import Supergraph

_logger = logging.getLogger(__name__)


@tells_options
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
        self._space_by_labels: dict[frozenset[str], SearchSpace] = {}

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
        space = self._space(self._labels.intersection(override_labels))
        candidates = walk(space, operation)
        if candidates.unreachable:
            return QueryPlan(operation, (), candidates.unreachable)
        chosen = choose(candidates)
        try:
            fetches = optimize(build(space, operation, chosen))
        except PlanningFailed as error:
            _logger.error("An operation has no plan: %s", error)  # noqa: TRY400
            return QueryPlan(operation, (), candidates.fields)
        return freeze(operation, fetches, space.graph)

    def _space(self, labels: frozenset[str]) -> SearchSpace:
        known = self._space_by_labels.get(labels)
        if known is None:
            known = SearchSpace(QueryGraph(self._supergraph, labels), self._effort)
            self._space_by_labels[labels] = known
        return known
