"""The gateway: owns what serves the current supergraph, and swaps it as a whole."""

from gateway_graphql.gateway.gateway import Gateway, GraphQLResult
from gateway_graphql.gateway.runtime import GatewayOptions, Resource, Runtime

__all__ = ["Gateway", "GatewayOptions", "GraphQLResult", "Resource", "Runtime"]
