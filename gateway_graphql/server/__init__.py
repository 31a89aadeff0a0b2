"""The HTTP face of a gateway."""

from gateway_graphql.server.app import create_app, graphql_router
from gateway_graphql.server.border import Border
from gateway_graphql.server.cross_origin import CrossOrigin, OriginPolicy
from gateway_graphql.server.csrf import CSRFRule
from gateway_graphql.server.graphql import GraphQLEndpoint, RequestLimits

__all__ = [
    "Border",
    "CSRFRule",
    "CrossOrigin",
    "GraphQLEndpoint",
    "OriginPolicy",
    "RequestLimits",
    "create_app",
    "graphql_router",
]
