"""GraphQL over HTTP to one subgraph, by httpx.

The subgraph is not trusted: its answer has a total deadline (not one per read) and a cap
counted on decompressed bytes while they come; redirects are not followed; what goes wrong
becomes a `SubgraphFailed` that names no host.

A pooled connection may have been closed by the subgraph while it was idle. A query that
meets one is sent once more, on a connection made for it; a mutation never is, since the
subgraph may have begun to run it.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpx

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.base import (
    SubgraphReply,
    SubgraphRequest,
    refuse_to_stream,
)
from gateway_graphql.transport.causes import cause_of
from gateway_graphql.transport.http_message import (
    body_reader,
    encode_message,
    forbidden_header,
)
from gateway_graphql.transport.in_process.task import allowed_s

# Many servers close a connection that was idle for 5 s: be first, so that a mutation,
# which cannot be sent again, hardly ever meets a closed one.
_IDLE_S = 4
_MAX_NAME_SHOWN = 100


@tells_options
class HTTPTransport:
    """Ask a subgraph over HTTP, with a connection pool of its own.

    Args:
        url: The subgraph's GraphQL endpoint.
        timeout_s: How long a request may take in all, bounded by its deadline.
        max_reply_bytes: The longest answer that is read, decompressed.
        max_connections: How many requests are under way at once; more of them wait.
        max_idle_connections: How many connections are kept for later.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 30,
        max_reply_bytes: int = 16 * 1024 * 1024,
        max_connections: int = 100,
        max_idle_connections: int = 20,
    ) -> None:
        self._url = httpx.URL(url)
        self._path = self._url.raw_path.decode("ascii")
        self._timeout_s = timeout_s
        self._max_reply_bytes = max_reply_bytes
        trusted = _authorities() if self._url.scheme == "https" else _nobody()
        self._pooled = _client(trusted, max_connections, max_idle_connections)
        self._unpooled = _client(trusted, max_connections, 0)

    def __repr__(self) -> str:
        return f"<HTTPTransport {self._url}>"

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """POST a request and read the whole answer."""
        refuse_to_stream(request)
        allowed = allowed_s(request, self._timeout_s)
        if allowed <= 0:
            raise SubgraphTimedOut(request.subgraph, was_sent=False)
        try:
            async with asyncio.timeout(allowed):
                return await self._send(request)
        except TimeoutError as error:
            raise SubgraphTimedOut(request.subgraph) from error
        except httpx.LocalProtocolError as error:
            raise _not_sent(request, error) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise SubgraphUnreachable(request.subgraph, cause_of(error)) from error

    async def _send(self, request: SubgraphRequest) -> SubgraphReply:
        progress = _Progress()
        try:
            return await self._exchange(self._pooled, request, progress)
        except httpx.TransportError:
            if not (progress.is_stale_connection and _may_repeat(request)):
                raise
        return await self._exchange(self._unpooled, request, _Progress())

    async def _exchange(
        self, client: httpx.AsyncClient, request: SubgraphRequest, progress: _Progress
    ) -> SubgraphReply:
        content, headers = encode_message(request, self._path)
        async with client.stream(
            "POST",
            self._url,
            content=content,
            headers=headers,
            extensions={"trace": progress.note},
        ) as response:
            reader = body_reader(
                response.headers.get("content-encoding", ""),
                subgraph=request.subgraph,
                max_reply_bytes=self._max_reply_bytes,
            )
            async for part in response.aiter_raw():
                reader.feed(part)
            return SubgraphReply(
                response.status_code, reader.body(), _by_name(response.headers)
            )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pooled.aclose()
        await self._unpooled.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


class _Progress:
    """How far one exchange has come; told by httpcore's trace extension."""

    def __init__(self) -> None:
        self._is_new_connection = False
        self._is_sent = False
        self._has_answer = False

    async def note(self, event: str, _info: dict[str, Any]) -> None:
        match event:
            case "connection.connect_tcp.started":
                self._is_new_connection = True
            case "http11.send_request_headers.started":
                self._is_sent = True
            case "http11.receive_response_headers.complete":
                self._has_answer = True

    @property
    def is_stale_connection(self) -> bool:
        """Whether a pooled connection broke before it brought anything."""
        return self._is_sent and not self._is_new_connection and not self._has_answer


def _may_repeat(request: SubgraphRequest) -> bool:
    return request.kind is OperationKind.QUERY


def _not_sent(
    request: SubgraphRequest, error: httpx.LocalProtocolError
) -> SubgraphUnreachable:
    """What h11 refused to write; its text is never taken, since it quotes values."""
    name = forbidden_header(request.headers)
    if name is None:
        return SubgraphUnreachable(request.subgraph, cause_of(error))
    cause = FailureCause(FailureKind.BAD_HEADER, ascii(name[:_MAX_NAME_SHOWN]))
    return SubgraphUnreachable(request.subgraph, cause, was_sent=False)


@cache
def _authorities() -> ssl.SSLContext:
    """Who may say that a subgraph is who it is; reading them takes 0.04 s of CPU."""
    return httpx.create_ssl_context(trust_env=False)


@cache
def _nobody() -> ssl.SSLContext:
    """Nobody is asked about a subgraph without TLS, and nobody would be believed."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _client(
    trusted: ssl.SSLContext, max_connections: int, max_idle_connections: int
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=trusted,
        timeout=None,  # noqa: S113  the deadline is over the whole exchange, above
        follow_redirects=False,
        trust_env=False,
        # One client's cookie must never be sent with another client's request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"user-agent": "gateway-graphql"},
        limits=httpx.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_idle_connections,
            keepalive_expiry=_IDLE_S,
        ),
    )


def _by_name(headers: httpx.Headers) -> dict[str, str]:
    by_name = dict(headers)
    if "set-cookie" in by_name:
        by_name["set-cookie"] = "\n".join(headers.get_list("set-cookie"))
    return by_name
