"""Transport: one request to one subgraph, by HTTP, by ASGI, in process or made up."""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
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


def __getattr__(name: str) -> object:
    """Load httpx for who asks for it, and for nobody else (PEP 562)."""
    if name != "HTTPXTransport":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from gateway_graphql.transport.with_httpx import HTTPXTransport  # noqa: PLC0415

    return HTTPXTransport
