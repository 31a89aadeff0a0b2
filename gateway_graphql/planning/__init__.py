"""How to answer one operation with the fewest fetches."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import parse

from gateway_graphql.errors import ErrorDetail, ParseFailed
from gateway_graphql.language.normalize import normalize, select_operation
from gateway_graphql.language.operation import Operation, OperationKind
from gateway_graphql.planning.plan import QueryPlan
from gateway_graphql.planning.planner import Planner
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.reading import read_supergraph

__all__ = ["Planner", "QueryPlan", "plan_operation"]


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
        return planner.plan(
            _operation(supergraph, operation, operation_name), override_labels
        )
    except RecursionError:
        message = "The document is nested too deeply."
        raise ParseFailed([ErrorDetail(message, ParseFailed.code)]) from None


def _operation(supergraph: Supergraph, text: str, name: str | None) -> Operation:
    document = parse(text, no_location=True)
    node = select_operation(document, name)
    return normalize(
        document,
        node,
        root=supergraph.roots[OperationKind(node.operation.value)],
        field_types=supergraph.field_types,
        possible_types=supergraph.possible_types,
    )
