"""Many subgraphs into one supergraph, or every reason why not."""

from gateway_graphql.composition.compose import CompositionResult, compose
from gateway_graphql.composition.problems import CompositionError, Hint
from gateway_graphql.composition.subgraph import Subgraph

__all__ = [
    "CompositionError",
    "CompositionResult",
    "Hint",
    "Subgraph",
    "compose",
]
