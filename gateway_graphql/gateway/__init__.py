"""The gateway: owns what serves the current supergraph, and swaps it as a whole."""

from gateway_graphql.gateway.gateway import Gateway, GraphQLResult
from gateway_graphql.gateway.options import GatewayOptions, OptionKeywords, Resource
from gateway_graphql.gateway.runtime import Runtime

__all__ = [
    "Gateway",
    "GatewayOptions",
    "GraphQLResult",
    "OptionKeywords",
    "Resource",
    "Runtime",
]
