"""A transport that answers from a function: for tests and for stubs.

It goes through the public socket, so what it stands for (an erring subgraph, a slow one)
is seen by the gateway exactly as the real thing would be.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec

from gateway_graphql.exchange import JSON, Stream
from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphReply,
    SubgraphRequest,
    SubgraphStream,
)

MockReply: TypeAlias = SubgraphReply | Mapping[str, JSON]
MockAnswer: TypeAlias = MockReply | AsyncIterator[MockReply]
MockHandler: TypeAlias = Callable[[SubgraphRequest], MockAnswer | Awaitable[MockAnswer]]


@tells_options
class MockTransport:
    """Answer every request with what `handler` returns.

    Args:
        handler: Plain or async. It returns a reply, or a mapping that becomes the JSON
            body of a reply with status 200; it may raise any `SubgraphFailed`. A
            subscription it answers with an async iterator of them, as an async
            generator function does.
    """

    def __init__(self, handler: MockHandler) -> None:
        self._handler = handler

    def __repr__(self) -> str:
        return f"<MockTransport {self._handler!r}>"

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Give the handler's answer."""
        answer = self._handler(request)
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, SubgraphReply):
            return answer
        if isinstance(answer, AsyncIterator):
            return SubgraphStream(Stream(answer).mapped(_reply))
        return await _reply(answer)


async def _reply(answer: MockReply) -> SubgraphReply:
    if isinstance(answer, SubgraphReply):
        return answer
    return SubgraphReply(status=200, body=msgspec.json.encode(answer))
