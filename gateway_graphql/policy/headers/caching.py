"""How long the answer to a GET may be kept: as long as all subgraphs let it.

No rule is needed for this: `Cache-Control` and `Vary` are about the answer itself, and
what is told of an answer is never more than every part of it says. A subgraph that says
nothing beside others that do counts as `private, no-cache`. Where none says anything,
nothing is told here, and the server's own rule holds.
"""

from __future__ import annotations

from collections.abc import Awaitable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from gateway_graphql.pipeline import Next
from gateway_graphql.policy.headers.cache_control import (
    NO_STORE,
    merged_cache_control,
)
from gateway_graphql.request import GatewayResponse, GraphQLRequest, RequestContext
from gateway_graphql.transport.base import SubgraphReply, SubgraphRequest, Transport
from gateway_graphql.transport.http_message import OWN

CACHE_CONTROL: Final = "cache-control"
VARY: Final = "vary"

_SAID_BY_NOBODY: Final = "private, no-cache"


@dataclass(slots=True)
class _Parts:
    """What subgraphs have said of their parts of one answer."""

    cache_controls: list[str | None] = field(default_factory=list)
    # In the order of first mention.
    vary: dict[str, None] = field(default_factory=dict)


_parts: ContextVar[_Parts | None] = ContextVar("parts_of_an_answer", default=None)


class AnswerCaching:
    """Tells how long answers to GETs may be kept; every gateway has one, outermost."""

    def __repr__(self) -> str:
        return "<AnswerCaching>"

    def __call__(
        self, request: GraphQLRequest, context: RequestContext, proceed: Next
    ) -> Awaitable[GatewayResponse]:
        """Answer, and say how long it may be kept if nothing else has said so."""
        if context.may_mutate:  # caches keep answers to GETs
            return proceed(request, context)
        return self._kept(request, context, proceed)

    async def _kept(
        self, request: GraphQLRequest, context: RequestContext, proceed: Next
    ) -> GatewayResponse:
        parts = _Parts()
        token = _parts.set(parts)
        try:
            response = await proceed(request, context)
        finally:
            _parts.reset(token)
        said = parts.cache_controls
        if CACHE_CONTROL in response.headers or not any(said):
            return response
        headers = {CACHE_CONTROL: NO_STORE}
        if not response.has_errors and "*" not in parts.vary:
            headers[CACHE_CONTROL] = merged_cache_control(
                [one or _SAID_BY_NOBODY for one in said],
                is_personal=response.caller is not None,
            )
        if parts.vary:
            headers[VARY] = ", ".join(parts.vary)
        return replace(response, headers={**headers, **response.headers})

    def around(self, transport: Transport) -> Transport:
        """Wrap the transport to a subgraph."""
        return _ListeningTransport(transport)


class _ListeningTransport:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __repr__(self) -> str:
        return f"<Caching around {self._transport!r}>"

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """Ask, and note what is said of the answer."""
        reply = await self._transport.send(request)
        parts = _parts.get()
        if parts is not None:
            parts.cache_controls.append(reply.headers.get(CACHE_CONTROL))
            if VARY in reply.headers:
                parts.vary |= dict.fromkeys(varying_by(reply))
        return reply


def varying_by(reply: SubgraphReply) -> list[str]:
    """What a reply depends on beside how the gateway speaks with the subgraph."""
    names = (name.strip().lower() for name in reply.headers.get(VARY, "").split(","))
    return [name for name in names if name and name not in OWN]
