"""The HTTP face of a gateway."""

from gateway_graphql.server.app import create_app, graphql_router
from gateway_graphql.server.border import Border
from gateway_graphql.server.cross_origin import CrossOrigin, OriginPolicy
from gateway_graphql.server.csrf import CSRFRule
from gateway_graphql.server.graphql import GraphQLEndpoint, RequestLimits
from gateway_graphql.server.playground import (
    Account,
    Example,
    Login,
    PlaygroundOptions,
)

__all__ = [
    "Account",
    "Border",
    "CSRFRule",
    "CrossOrigin",
    "Example",
    "GraphQLEndpoint",
    "Login",
    "OriginPolicy",
    "PlaygroundOptions",
    "RequestLimits",
    "create_app",
    "graphql_router",
]
