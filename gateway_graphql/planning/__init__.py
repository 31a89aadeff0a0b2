"""How to answer one operation with the fewest fetches."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import parse

from gateway_graphql.errors import ErrorDetail, ParseFailed
from gateway_graphql.planning.plan import QueryPlan
from gateway_graphql.planning.planner import Planner
from gateway_graphql.spelling import tells_options
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.supergraph.reading import read_supergraph

__all__ = ["Planner", "QueryPlan", "plan_operation"]


@tells_options
def plan_operation(
    supergraph_sdl: str,
    operation: str,
    *,
    operation_name: str | None = None,
    override_labels: Iterable[str] = (),
) -> QueryPlan:
    """Plan one operation against a supergraph, from text to plan.

    For tools and tests; a server keeps a `Planner` instead, which learns.

    Raises:
        SupergraphInvalid: The supergraph cannot be read.
        GraphQLSyntaxError: The operation cannot be read.
        ParseFailed: It is nested too deeply, or its fragments go round in circles.
        UnknownOperationName: The document has no such operation.
        PlanningFailed: Some field cannot be reached.
    """
    supergraph = read_supergraph(supergraph_sdl)
    planner = Planner(supergraph)
    try:
        document = parse(operation, no_location=True)
        read = read_operation(document, supergraph, operation_name)
        return planner.plan(read, override_labels)
    except RecursionError:
        message = "The document is nested too deeply."
        raise ParseFailed([ErrorDetail(message, ParseFailed.code)]) from None
