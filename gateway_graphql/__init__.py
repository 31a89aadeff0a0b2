"""A GraphQL federation gateway.

    from gateway_graphql import Gateway, Subgraph

    gateway = Gateway.compose(
        Subgraph(name="users", url="http://users:4001/graphql"),
        Subgraph(name="orders", schema=orders_schema),  # served in this very process
    )
    result = await gateway.execute("{ me { orders { id } } }")

`gateway_graphql.server` has the HTTP face, `gateway_graphql.planning` plans alone,
`gateway_graphql.errors` every error.

The names below are loaded when they are asked for (PEP 562), so that who needs one room
of the house does not pay for the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_graphql.composition import (
        CompositionError,
        CompositionResult,
        Hint,
        Subgraph,
        compose,
    )
    from gateway_graphql.config.assembly.application import create_app
    from gateway_graphql.errors import (
        ClientError,
        CompositionFailed,
        ConfigInvalid,
        ErrorDetail,
        GatewayError,
        SubgraphFailed,
        SupergraphInvalid,
    )
    from gateway_graphql.exchange import (
        Caller,
        GatewayAnswer,
        GatewayResponse,
        GatewayStream,
        GraphQLRequest,
        RequestContext,
        Stream,
        with_headers,
    )
    from gateway_graphql.gateway import Gateway, GatewayOptions, GraphQLResult
    from gateway_graphql.pipeline import (
        Guard,
        Middleware,
        Next,
        PreparedOperation,
        SharingSettings,
    )
    from gateway_graphql.transport.base import (
        SubgraphAnswer,
        SubgraphReply,
        SubgraphRequest,
        SubgraphStream,
        Transport,
    )
    from gateway_graphql.transport.http import HTTPTransport
    from gateway_graphql.transport.in_process.asgi import ASGITransport
    from gateway_graphql.transport.mock import MockTransport
    from gateway_graphql.transport.options import HTTPOptions
    from gateway_graphql.transport.with_httpx import HTTPXTransport

_ROOMS = {
    "composition": (
        "CompositionError",
        "CompositionResult",
        "Hint",
        "Subgraph",
        "compose",
    ),
    "config.assembly.application": ("create_app",),
    "errors": (
        "ClientError",
        "CompositionFailed",
        "ConfigInvalid",
        "ErrorDetail",
        "GatewayError",
        "SubgraphFailed",
        "SupergraphInvalid",
    ),
    "gateway": ("Gateway", "GatewayOptions", "GraphQLResult"),
    "pipeline": (
        "Guard",
        "Middleware",
        "Next",
        "PreparedOperation",
        "SharingSettings",
    ),
    "exchange": (
        "Caller",
        "GatewayAnswer",
        "GatewayResponse",
        "GatewayStream",
        "GraphQLRequest",
        "RequestContext",
        "Stream",
        "with_headers",
    ),
    "transport.in_process.asgi": ("ASGITransport",),
    "transport.base": (
        "SubgraphAnswer",
        "SubgraphReply",
        "SubgraphRequest",
        "SubgraphStream",
        "Transport",
    ),
    "transport.http": ("HTTPTransport",),
    "transport.options": ("HTTPOptions",),
    "transport.with_httpx": ("HTTPXTransport",),
    "transport.mock": ("MockTransport",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "ASGITransport",
    "Caller",
    "ClientError",
    "CompositionError",
    "CompositionFailed",
    "CompositionResult",
    "ConfigInvalid",
    "ErrorDetail",
    "Gateway",
    "GatewayAnswer",
    "GatewayError",
    "GatewayOptions",
    "GatewayResponse",
    "GatewayStream",
    "GraphQLRequest",
    "GraphQLResult",
    "Guard",
    "HTTPOptions",
    "HTTPTransport",
    "HTTPXTransport",
    "Hint",
    "Middleware",
    "MockTransport",
    "Next",
    "PreparedOperation",
    "RequestContext",
    "SharingSettings",
    "Stream",
    "Subgraph",
    "SubgraphAnswer",
    "SubgraphFailed",
    "SubgraphReply",
    "SubgraphRequest",
    "SubgraphStream",
    "SupergraphInvalid",
    "Transport",
    "compose",
    "create_app",
    "with_headers",
]


def __getattr__(name: str) -> object:
    room = _ROOM_OF.get(name)
    if room is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.{room}"), name)
    globals()[name] = value  # asked for once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
