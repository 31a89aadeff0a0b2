"""A subgraph that is an ASGI application in this process, asked without a socket.

One request is one call of the application (ASGI specification, HTTP scope). The answer
is counted while the application sends it, so the cap on answers holds here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphReplyTooLarge,
    SubgraphUnreachable,
)
from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.base import (
    SubgraphReply,
    SubgraphRequest,
    refuse_to_stream,
)
from gateway_graphql.transport.http_message import encode_message
from gateway_graphql.transport.in_process.task import run_as_subgraph

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
ASGIApplication: TypeAlias = Callable[
    [MutableMapping[str, Any], _Receive, _Send], Awaitable[None]
]


@tells_options
class ASGITransport:
    """Ask an ASGI application in this process.

    Args:
        application: The subgraph; its lifespan is run by whoever owns it.
        path: The path of its GraphQL endpoint.
        timeout_s: How long a request may take, bounded by its deadline.
        max_reply_bytes: The longest answer that is read.
    """

    def __init__(
        self,
        application: ASGIApplication,
        *,
        path: str = "/graphql",
        timeout_s: float = 30,
        max_reply_bytes: int = 16 * 1024 * 1024,
    ) -> None:
        self._application = application
        self._path = path
        self._timeout_s = timeout_s
        self._max_reply_bytes = max_reply_bytes

    def __repr__(self) -> str:
        return f"<ASGITransport {self._application!r} {self._path}>"

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """Call the application and read the whole answer."""
        refuse_to_stream(request)
        return await run_as_subgraph(
            self._call(request), request, timeout_s=self._timeout_s
        )

    async def _call(self, request: SubgraphRequest) -> SubgraphReply:
        body, headers = encode_message(request, self._path)
        exchange = _Exchange(request.subgraph, body, self._max_reply_bytes)
        await self._application(self._scope(headers), exchange.receive, exchange.send)
        return exchange.reply()

    def _scope(self, headers: list[tuple[bytes, bytes]]) -> _Message:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"subgraph"), *headers],
            "client": ("127.0.0.1", 0),
            "server": ("subgraph", 80),
        }


class _Exchange:
    """What has gone to and come from the application; mutable, one per request."""

    def __init__(self, subgraph: str, body: bytes, max_reply_bytes: int) -> None:
        self._subgraph = subgraph
        self._request_body: bytes | None = body
        self._max_reply_bytes = max_reply_bytes
        self._status: int | None = None
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._is_complete = asyncio.Event()
        self._is_too_large = False

    async def receive(self) -> _Message:
        """Give the body once; then `http.disconnect`, when the answer is complete."""
        if self._request_body is not None:
            body, self._request_body = self._request_body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._is_complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: _Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {
                bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1")
                for name, value in message.get("headers", ())
            }
        elif message["type"] == "http.response.body":
            self._take(message.get("body", b""))
            if not message.get("more_body", False):
                self._is_complete.set()

    def _take(self, part: bytes) -> None:
        if len(self._body) + len(part) > self._max_reply_bytes:
            self._is_too_large = True
            raise SubgraphReplyTooLarge(self._subgraph, self._max_reply_bytes)
        self._body += part

    def reply(self) -> SubgraphReply:
        """The whole answer, once the application has returned."""
        # The application may have swallowed what `send` raised.
        if self._is_too_large:
            raise SubgraphReplyTooLarge(self._subgraph, self._max_reply_bytes)
        if self._status is None or not self._is_complete.is_set():
            raise SubgraphUnreachable(
                self._subgraph,
                FailureCause(
                    FailureKind.CUT_OFF, "the application gave no whole answer"
                ),
            )
        return SubgraphReply(self._status, bytes(self._body), self._headers)
