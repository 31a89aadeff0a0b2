"""Transport: one request to one subgraph, by HTTP, by ASGI, in process or made up."""

from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphReply,
    SubgraphRequest,
    SubgraphStream,
    Transport,
)
from gateway_graphql.transport.http import HTTPTransport
from gateway_graphql.transport.in_process.asgi import ASGITransport
from gateway_graphql.transport.in_process.schema import (
    SchemaExecutor,
    SchemaSubscriber,
    SchemaTransport,
)
from gateway_graphql.transport.mock import MockTransport

__all__ = [
    "ASGITransport",
    "HTTPTransport",
    "MockTransport",
    "SchemaExecutor",
    "SchemaSubscriber",
    "SchemaTransport",
    "SubgraphAnswer",
    "SubgraphReply",
    "SubgraphRequest",
    "SubgraphStream",
    "Transport",
]
