"""What a client asks, what the gateway knows while it answers, and the answer.

These records carry no HTTP: the server makes them from a request, a library user makes
them by hand.
"""

from gateway_graphql.exchange.answer import (
    GatewayResponse,
    ReplyHead,
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

__all__ = [
    "JSON",
    "Caller",
    "GatewayResponse",
    "GraphQLRequest",
    "MakeContext",
    "ReplyHead",
    "RequestContext",
    "is_unicode",
]
