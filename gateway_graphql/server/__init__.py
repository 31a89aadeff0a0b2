"""The HTTP face of a gateway."""

from gateway_graphql.server.app import create_app, graphql_router
from gateway_graphql.server.graphql import GraphQLEndpoint, RequestLimits

__all__ = ["GraphQLEndpoint", "RequestLimits", "create_app", "graphql_router"]
