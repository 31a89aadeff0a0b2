"""Transport: one request to one subgraph, by HTTP, by ASGI, in process or made up."""

from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphReply,
    SubgraphRequest,
    SubgraphStream,
    Transport,
)
from gateway_graphql.transport.http import HTTPTransport
from gateway_graphql.transport.http1.tls import private_context
from gateway_graphql.transport.in_process.asgi import ASGITransport
from gateway_graphql.transport.in_process.schema import (
    SchemaExecutor,
    SchemaSubscriber,
    SchemaTransport,
)
from gateway_graphql.transport.mock import MockTransport
from gateway_graphql.transport.options import HTTPOptions
from gateway_graphql.transport.with_httpx import HTTPXTransport

__all__ = [
    "ASGITransport",
    "HTTPOptions",
    "HTTPTransport",
    "HTTPXTransport",
    "MockTransport",
    "SchemaExecutor",
    "SchemaSubscriber",
    "SchemaTransport",
    "SubgraphAnswer",
    "SubgraphReply",
    "SubgraphRequest",
    "SubgraphStream",
    "Transport",
    "private_context",
]
