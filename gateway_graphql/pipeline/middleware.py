"""Middleware: functions around an operation, folded once at start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from gateway_graphql.exchange import GatewayAnswer, GraphQLRequest, RequestContext

Next: TypeAlias = Callable[[GraphQLRequest, RequestContext], Awaitable[GatewayAnswer]]
"""The rest of the onion, seen from a middleware."""

Middleware: TypeAlias = Callable[
    [GraphQLRequest, RequestContext, Next], Awaitable[GatewayAnswer]
]
"""Runs around an operation: `async (request, context, proceed) -> answer`.

It may change what it passes on, answer by itself, or raise a `ClientError`. The answer of
a subscription is a stream, which has begun when `proceed` returns.
"""


def wrap(handler: Next, middleware: Sequence[Middleware]) -> Next:
    """Fold middleware around a handler, the first one outermost."""
    for layer in reversed(middleware):
        handler = _layer(layer, handler)
    return handler


def _layer(layer: Middleware, proceed: Next) -> Next:
    def handle(
        request: GraphQLRequest, context: RequestContext
    ) -> Awaitable[GatewayAnswer]:
        return layer(request, context, proceed)

    return handle
