"""A GraphQL federation gateway.

    from gateway_graphql import Gateway, Subgraph

    gateway = Gateway.compose(
        Subgraph(name="users", url="http://users:4001/graphql"),
        Subgraph(name="orders", schema=orders_schema),  # served in this very process
    )
    result = await gateway.execute("{ me { orders { id } } }")

`gateway_graphql.server` has the HTTP face, `gateway_graphql.planning` plans alone,
`gateway_graphql.errors` every error.
"""

from gateway_graphql.composition import (
    CompositionError,
    CompositionResult,
    Hint,
    Subgraph,
    compose,
)
from gateway_graphql.errors import (
    ClientError,
    CompositionFailed,
    ErrorDetail,
    GatewayError,
    SubgraphFailed,
    SupergraphInvalid,
)
from gateway_graphql.gateway import Gateway, GatewayOptions, GraphQLResult
from gateway_graphql.pipeline import Guard, Middleware, Next, PreparedOperation
from gateway_graphql.request import (
    Caller,
    GatewayResponse,
    GraphQLRequest,
    RequestContext,
)
from gateway_graphql.transport.asgi import ASGITransport
from gateway_graphql.transport.base import SubgraphReply, SubgraphRequest, Transport
from gateway_graphql.transport.http import HTTPTransport
from gateway_graphql.transport.mock import MockTransport

__all__ = [
    "ASGITransport",
    "Caller",
    "ClientError",
    "CompositionError",
    "CompositionFailed",
    "CompositionResult",
    "ErrorDetail",
    "Gateway",
    "GatewayError",
    "GatewayOptions",
    "GatewayResponse",
    "GraphQLRequest",
    "GraphQLResult",
    "Guard",
    "HTTPTransport",
    "Hint",
    "Middleware",
    "MockTransport",
    "Next",
    "PreparedOperation",
    "RequestContext",
    "Subgraph",
    "SubgraphFailed",
    "SubgraphReply",
    "SubgraphRequest",
    "SupergraphInvalid",
    "Transport",
    "compose",
]
