"""Satisfiability: every path of the API schema has a path in the query graph."""

from __future__ import annotations

from gateway_graphql.composition.problems import CompositionError
from gateway_graphql.supergraph.model import Supergraph


def check_satisfiability(supergraph: Supergraph) -> tuple[CompositionError, ...]:
    """Find fields of the API schema that no chain of fetches can reach."""
    return ()
