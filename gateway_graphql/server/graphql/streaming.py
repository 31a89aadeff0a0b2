"""A stream of responses over HTTP, in whichever format its client reads.

The next response is asked for when the one before has been sent, so a client that reads
slowly is sent no more than it takes. One that has gone away, or a server that is told to
end, closes the stream and with it all that is behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Final, Protocol

import msgspec

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.exchange import (
    GatewayResponse,
    GatewayStream,
    Stream,
    encode_errors,
)
from gateway_graphql.server.graphql.answers import raw_headers
from gateway_graphql.server.graphql.multipart import Multipart
from gateway_graphql.server.graphql.request_body import (
    ON_SHUTDOWN,
    Scope,
    Send,
)
from gateway_graphql.server.graphql.sse import EventStream
from gateway_graphql.wire.accept import StreamFormat

_logger = logging.getLogger(__name__)

HEARTBEAT_S: Final = 10.0
"""Proxies close connections that are idle for longer, the strictest after 15 s."""

INTERNAL: Final = ErrorDetail("Internal server error.", "INTERNAL_SERVER_ERROR")


_BODY: Final = "http.response.body"
_NOT_KEPT: Final = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # nginx would keep parts until it has many
}


class Format(Protocol):
    """How a stream is written.

    Attributes:
        content_type: Of the whole.
        start: Before the first part.
        heartbeat: What says nothing, and keeps the connection open.
        end: After the last part.
    """

    content_type: bytes
    start: bytes
    heartbeat: bytes
    end: bytes

    def part(self, response: GatewayResponse) -> bytes:
        """A response as it is written."""
        ...


_FORMATS: Final[Mapping[StreamFormat, Format]] = {
    StreamFormat.EVENT_STREAM: EventStream(),
    StreamFormat.MULTIPART: Multipart(),
}


class StreamedAnswer(msgspec.Struct, frozen=True):
    """What is written as the answer to an HTTP request, part by part.

    Attributes:
        responses: The parts; closed by who writes them.
        headers: Beside those that every stream has; names in lower case.
        format: How they are written.
    """

    responses: Stream[GatewayResponse]
    headers: Mapping[str, str]
    format: StreamFormat


def streamed(stream: GatewayStream, format_: StreamFormat) -> StreamedAnswer:
    """The answer to a subscription."""
    return StreamedAnswer(stream.responses, stream.headers, format_)


def streamed_alone(response: GatewayResponse, format_: StreamFormat) -> StreamedAnswer:
    """One response for a client that reads streams only."""

    async def alone() -> AsyncGenerator[GatewayResponse, None]:
        yield response

    return StreamedAnswer(Stream(alone()), response.headers, format_)


async def write_stream(
    answer: StreamedAnswer,
    gone: Callable[[], Awaitable[object]],
    scope: Scope,
    send: Send,
    *,
    heartbeat_s: float = HEARTBEAT_S,
) -> None:
    """Write a stream to its end, or until its client is gone.

    Args:
        answer: What to write.
        gone: Returns when the client is gone.
        scope: The request's, in which the server finds how to end the stream.
        send: Takes messages of ASGI.
        heartbeat_s: How long nothing is written at most.
    """
    format_ = _FORMATS[answer.format]
    head = raw_headers({**answer.headers, **_NOT_KEPT})
    head.append((b"content-type", format_.content_type))
    endings: set[asyncio.Future[None]] = set()

    def end() -> None:
        endings.add(asyncio.ensure_future(answer.responses.end_with()))

    scope[ON_SHUTDOWN] = end
    leaving = asyncio.ensure_future(gone())
    try:
        async with aclosing(answer.responses) as responses:
            await send({"type": "http.response.start", "status": 200, "headers": head})
            async with aclosing(
                _parts(format_, responses, leaving, heartbeat_s)
            ) as parts:
                async for part in parts:
                    await send({"type": _BODY, "body": part, "more_body": True})
    finally:
        leaving.cancel()
    await send({"type": _BODY, "body": b""})


async def _parts(
    format_: Format,
    responses: Stream[GatewayResponse],
    leaving: asyncio.Future[object],
    heartbeat_s: float,
) -> AsyncGenerator[bytes, None]:
    """What is to be written, as it comes; nothing more once the client leaves."""
    yield format_.start
    while True:
        pull = asyncio.ensure_future(_next(responses))
        try:
            while not await _is_there(pull, leaving, heartbeat_s):
                yield format_.heartbeat
        finally:
            pull.cancel()
        if leaving.done():
            return
        response = pull.result()
        if response is None:
            yield format_.end
            return
        yield format_.part(response)


async def _is_there(
    pull: asyncio.Future[GatewayResponse | None],
    leaving: asyncio.Future[object],
    heartbeat_s: float,
) -> bool:
    """Whether there is something to do before it is time for a heartbeat."""
    done, _ = await asyncio.wait(
        (pull, leaving), timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED
    )
    return bool(done)


async def _next(responses: Stream[GatewayResponse]) -> GatewayResponse | None:
    """The next response; what goes wrong in making it is the last one."""
    try:
        return await anext(responses)
    except StopAsyncIteration:
        return None
    except Exception:
        _logger.exception("A subscription failed")
        body = encode_errors((INTERNAL,))
        return GatewayResponse(body, has_errors=True, is_fatal=True)
