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
class Parts:
    """What subgraphs have said of their parts of one answer.

    Attributes:
        cache_controls: The `Cache-Control` of each, `None` for one without.
        vary: The headers on which they depend, in the order of first mention.
    """

    cache_controls: list[str | None] = field(default_factory=list)
    vary: dict[str, None] = field(default_factory=dict)

    def add(self, cache_control: str | None, reply: SubgraphReply) -> None:
        """Take a reply, and what its `Cache-Control` counts as."""
        self.cache_controls.append(cache_control)
        if VARY in reply.headers:
            self.vary |= dict.fromkeys(_varying_by(reply))

    def headers(self, response: GatewayResponse) -> dict[str, str]:
        """What is true of the answer that was made of them."""
        headers = {CACHE_CONTROL: NO_STORE}
        if not response.has_errors and "*" not in self.vary:
            headers[CACHE_CONTROL] = merged_cache_control(
                self.cache_controls, is_personal=response.caller is not None
            )
        if self.vary:
            headers[VARY] = ", ".join(self.vary)
        return headers


_parts: ContextVar[Parts | None] = ContextVar("parts_of_an_answer", default=None)


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
        parts = Parts()
        token = _parts.set(parts)
        try:
            response = await proceed(request, context)
        finally:
            _parts.reset(token)
        said = parts.cache_controls
        if CACHE_CONTROL in response.headers or not any(said):
            return response
        parts.cache_controls = [one or _SAID_BY_NOBODY for one in said]
        headers = parts.headers(response)
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
            parts.add(reply.headers.get(CACHE_CONTROL), reply)
        return reply


def _varying_by(reply: SubgraphReply) -> list[str]:
    """What a reply depends on beside how the gateway speaks with the subgraph."""
    names = (name.strip().lower() for name in reply.headers.get(VARY, "").split(","))
    return [name for name in names if name and name not in OWN]
