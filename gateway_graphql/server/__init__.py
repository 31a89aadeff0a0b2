"""The HTTP face of a gateway."""

from gateway_graphql.server.app import Face, Faces, create_app, graphql_router
from gateway_graphql.server.border.cors import CrossOrigin, OriginPolicy
from gateway_graphql.server.border.csrf import CSRFRule
from gateway_graphql.server.border.rules import Border
from gateway_graphql.server.graphql.endpoint import GraphQLEndpoint, RequestLimits
from gateway_graphql.server.pages.playground import (
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
    "Face",
    "Faces",
    "GraphQLEndpoint",
    "Login",
    "OriginPolicy",
    "PlaygroundOptions",
    "RequestLimits",
    "create_app",
    "graphql_router",
]
