"""The short way of a GraphQL POST: from uvicorn's parser to the endpoint, past ASGI.

For any application to answer any request, uvicorn makes a scope of its head, messages of
its body, and the answer of messages again. That is more work than the gateway has with a
small query, and nearly every request here is one thing: a short JSON body for the GraphQL
path. Such a request becomes a `_Post`. uvicorn does with it all that it does with a
request-response cycle of its own: gives it the body, starts it when the answers before it
on its connection are written, says that the client is gone, waits for it when it ends.
Everything else goes by ASGI.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway_graphql.alarm import Alarm
from gateway_graphql.errors import RequestTimedOut
from gateway_graphql.server.app import GRAPHQL_PATH, whole_post_endpoint
from gateway_graphql.server.graphql.answers import WrittenAnswer
from gateway_graphql.server.graphql.endpoint import GraphQLEndpoint, failure
from gateway_graphql.server.graphql.request_body import ClientDisconnected
from gateway_graphql.server.head_limit import (
    BoundedHeadProtocol,
    HeadLimits,
    bounded_protocol,
)
from gateway_graphql.wire.headers import headers_by_name

_logger = logging.getLogger(__name__)

_PATH: Final = GRAPHQL_PATH.encode()
_NOT_PLAIN: Final = frozenset({"transfer-encoding", "upgrade", "expect"})


class WholePostProtocol(BoundedHeadProtocol):
    """Answers short GraphQL POSTs itself, and leaves the rest to ASGI."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The log of requests is written by ASGI's side of uvicorn, as its limit is kept.
        is_watched = self.access_log or self.limit_concurrency is not None
        self._endpoint = None if is_watched else whole_post_endpoint(self.app)
        # In place of uvicorn's, which makes and cancels a timer for each request.
        self._idle = Alarm(self.timeout_keep_alive_handler)

    def answered(self) -> None:
        """End a request that did not go by ASGI; mostly nothing else waits."""
        if self.pipeline or self._is_in_head or self.transport.is_closing():
            self.on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle.set(self.loop.time() + self.timeout_keep_alive)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let a connection go."""
        self._idle.stop()
        super().connection_lost(exc)

    def _unset_keepalive_if_required(self) -> None:
        self._idle.unset()
        super()._unset_keepalive_if_required()

    def _begin_request(self) -> None:
        if (
            self.url != _PATH
            or self.parser.get_method() != b"POST"
            or self.parser.get_http_version() != "1.1"
            or self._endpoint is None
        ):
            super()._begin_request()
            return
        headers = headers_by_name(self.headers)
        if not _NOT_PLAIN.isdisjoint(headers) or not self._endpoint.takes_whole(
            headers
        ):
            super()._begin_request()
            return
        before = self.cycle
        self.cycle = post = _Post(self, headers)  # type: ignore[assignment] # all that uvicorn asks of a cycle
        if before is None or before.response_complete:
            self._start_asgi_task(post, self._endpoint)  # type: ignore[arg-type] # it is only handed on
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((post, self._endpoint))  # type: ignore[arg-type] # the same


def whole_post_protocol(limits: HeadLimits) -> type[BoundedHeadProtocol]:
    """The protocol of one server, which counts its own connections."""
    return bounded_protocol(limits, WholePostProtocol)


class _Post:
    """A POST and its answer: a `WholePost` to the endpoint, to uvicorn a cycle.

    Its public attributes, but `path`, `headers` and `peer`, are those which uvicorn's
    protocol reads and sets of a `RequestResponseCycle`.
    """

    path = GRAPHQL_PATH

    def __init__(self, protocol: WholePostProtocol, headers: Mapping[str, str]) -> None:
        self.headers = headers
        self.peer = protocol.client[0] if protocol.client else None
        self._protocol = protocol
        # The protocol adds to the body until it is whole, says so, and sets the event
        # whenever something has come or the client is gone.
        self.body = bytearray()
        self.more_body = True
        self.disconnected = False
        self.message_event = asyncio.Event()
        # The protocol unsets it when the server is to end.
        self.keep_alive = protocol.parser.should_keep_alive()
        # Set by `_write` alone.
        self.response_complete = False

    async def run_asgi(self, endpoint: GraphQLEndpoint) -> None:
        """Answer it."""
        try:
            answer = await endpoint.answer_whole(self)
            if self._protocol.flow.write_paused:
                await self._protocol.flow.drain()
        except BaseException:  # it is cancelled when the server has waited long enough
            _logger.exception("Request to %s failed", self.path)
            self.keep_alive = False
            answer = failure()
        if answer is not None and not self.disconnected:
            self._write(answer)

    async def body_within(self, timeout_s: float) -> bytes:
        """Its whole body; mostly it has come with the head."""
        if self.more_body:
            await self._body_has_come(timeout_s)
        return bytes(self.body)

    async def gone(self) -> None:
        """Return when the client has gone away."""
        while not (self.disconnected or self.response_complete):
            await self._something_happens()

    async def _body_has_come(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while self.more_body and not self.disconnected:
                    await self._something_happens()
        except TimeoutError as error:
            raise RequestTimedOut from error
        if self.more_body:
            raise ClientDisconnected

    async def _something_happens(self) -> None:
        self.message_event.clear()
        await self.message_event.wait()

    def _write(self, answer: WrittenAnswer) -> None:
        protocol = self._protocol
        head = [*protocol.server_state.default_headers, *answer.head]
        if not self.keep_alive:
            head.append((b"connection", b"close"))
        protocol.transport.write(
            b"%b%b\r\n%b"
            % (
                STATUS_LINE[answer.status],
                b"".join([b"%b: %b\r\n" % header for header in head]),
                answer.body,
            )
        )
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            protocol.transport.close()
        protocol.answered()
