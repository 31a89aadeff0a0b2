"""What a client asks, what the gateway knows while it answers, and the answer.

These records carry no HTTP: the server makes them from a request, a library user makes
them by hand.
"""

from gateway_graphql.exchange.answer import (
    GatewayAnswer,
    GatewayResponse,
    GatewayStream,
    ReplyHead,
    encode_errors,
    with_headers,
)
from gateway_graphql.exchange.caller import (
    Caller,
)
from gateway_graphql.exchange.context import (
    MakeContext,
    RequestContext,
)
from gateway_graphql.exchange.request import (
    JSON,
    GraphQLRequest,
    is_unicode,
)
from gateway_graphql.exchange.stream import Stream

__all__ = [
    "JSON",
    "Caller",
    "GatewayAnswer",
    "GatewayResponse",
    "GatewayStream",
    "GraphQLRequest",
    "MakeContext",
    "ReplyHead",
    "RequestContext",
    "Stream",
    "encode_errors",
    "is_unicode",
    "with_headers",
]
