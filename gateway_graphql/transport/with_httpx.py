"""GraphQL over HTTP to one subgraph, by httpx: for HTTP/2, proxies, and clients of others.

It keeps what `HTTPTransport` promises, at many times the CPU: a total deadline, a cap on
what is read, no redirects, no cookies, and a query sent once more where the subgraph has
closed an idle connection.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Final, Self, Unpack

import httpx

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.spelling import tells_options_and
from gateway_graphql.transport.base import (
    SubgraphReply,
    SubgraphRequest,
    refuse_to_stream,
)
from gateway_graphql.transport.causes_in_httpx import cause_of
from gateway_graphql.transport.http1.address import address_of, httpx_url
from gateway_graphql.transport.http1.keep_alive import MAX_IDLE_S
from gateway_graphql.transport.http1.tls import private_context, public_authorities
from gateway_graphql.transport.http_message import (
    USER_AGENT,
    body_reader,
    encode_message,
    forbidden,
    is_forbidden,
)
from gateway_graphql.transport.in_process.task import allowed_s
from gateway_graphql.transport.options import (
    DEFAULT_HTTP_OPTIONS,
    HTTPKeywords,
    HTTPOptions,
)

_BAD_URL: Final = FailureCause(FailureKind.BAD_URL)


@tells_options_and(HTTPKeywords.__annotations__)
class HTTPXTransport:
    """Ask a subgraph over HTTP by httpx.

    Args:
        url: The subgraph's GraphQL endpoint, as `HTTPTransport` takes it.
        options: How it is asked; httpx has no `max_waiting`.
        http2: Whether HTTP/2 is spoken where the subgraph does; needs `h2`
            (`pip install gateway-graphql[http2]`).
        proxy: The URL of a proxy that is asked in the subgraph's place.
        client: A client of your own, with its own connections, proxies and trust; it is
            yours to close, and nothing is sent twice with it.
        keywords: Single options, in place of those; see `HTTPOptions`.
    """

    def __init__(
        self,
        url: str,
        options: HTTPOptions = DEFAULT_HTTP_OPTIONS,
        *,
        http2: bool = False,
        proxy: str | None = None,
        client: httpx.AsyncClient | None = None,
        **keywords: Unpack[HTTPKeywords],
    ) -> None:
        self._options = replace(options, **keywords)
        self._address = address_of(url)
        self._url = httpx_url(url, self._address)
        self._unpooled: httpx.AsyncClient | None = None
        self._is_own = client is None
        if client is None:
            client, self._unpooled = self._clients(http2=http2, proxy=proxy)
        self._pooled = client

    def __repr__(self) -> str:
        # Not the URL, which may hold a password.
        where = self._address.authority if self._address else "nowhere"
        return f"<HTTPXTransport {where}>"

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """POST a request and read the whole answer."""
        refuse_to_stream(request)
        allowed = allowed_s(request, self._options.timeout_s)
        if allowed <= 0:
            raise SubgraphTimedOut(request.subgraph, was_sent=False)
        if self._address is None:
            raise SubgraphUnreachable(request.subgraph, _BAD_URL)
        try:
            async with asyncio.timeout(allowed):
                return await self._send(request, self._address.target)
        except TimeoutError as error:
            raise SubgraphTimedOut(request.subgraph) from error
        except httpx.LocalProtocolError as error:
            raise _not_sent(request, error) from error
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            OSError,
            UnicodeError,
        ) as error:
            raise SubgraphUnreachable(request.subgraph, cause_of(error)) from error

    async def _send(self, request: SubgraphRequest, path: str) -> SubgraphReply:
        progress = _Progress()
        try:
            return await self._exchange(self._pooled, request, path, progress)
        except httpx.TransportError:
            is_query = request.kind is OperationKind.QUERY
            if not (progress.is_stale_connection and is_query and self._unpooled):
                raise
            unpooled = self._unpooled
        return await self._exchange(unpooled, request, path, _Progress())

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        request: SubgraphRequest,
        path: str,
        progress: _Progress,
    ) -> SubgraphReply:
        content, headers = encode_message(request, path)
        async with client.stream(
            "POST",
            self._url,
            content=content,
            headers=headers,
            follow_redirects=False,
            extensions={"trace": progress.note},
        ) as response:
            reader = body_reader(
                response.headers.get("content-encoding", ""),
                subgraph=request.subgraph,
                max_reply_bytes=self._options.max_reply_bytes,
            )
            async for part in response.aiter_raw():
                reader.feed(part)
            return SubgraphReply(
                response.status_code, reader.body(), _by_name(response.headers)
            )

    def _clients(
        self, *, http2: bool, proxy: str | None
    ) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
        """One that keeps connections, and one that makes them anew."""
        verify = self._trusted(http2=http2)
        pooled, unpooled = (
            httpx.AsyncHTTPTransport(
                verify=verify,
                http2=http2,
                proxy=proxy,
                uds=self._address.socket_path if self._address else None,
                trust_env=False,
                limits=httpx.Limits(
                    max_connections=self._options.max_connections,
                    max_keepalive_connections=kept,
                    keepalive_expiry=MAX_IDLE_S,
                ),
            )
            for kept in (self._options.max_idle_connections, 0)
        )
        return _client(pooled), _client(unpooled)

    def _trusted(self, *, http2: bool) -> ssl.SSLContext:
        if self._options.tls is not None:
            return self._options.tls
        if self._address is None or not self._address.is_tls:
            return _nobody()
        # httpx notes in the context that it speaks HTTP/2, so that one is not shared.
        return private_context() if http2 else public_authorities()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._is_own:
            await self._pooled.aclose()
        if self._unpooled is not None:
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
        # Events are called `connection.…`, `http11.…` and `http2.…`.
        match event.partition(".")[2]:
            case "connect_tcp.started" | "connect_unix_socket.started":
                self._is_new_connection = True
            case "send_request_headers.started":
                self._is_sent = True
            case "receive_response_headers.complete":
                self._has_answer = True

    @property
    def is_stale_connection(self) -> bool:
        """Whether a pooled connection broke before it brought anything."""
        return self._is_sent and not self._is_new_connection and not self._has_answer


def _not_sent(
    request: SubgraphRequest, error: httpx.LocalProtocolError
) -> SubgraphUnreachable:
    """What httpx refused to write; its text is never taken, since it quotes values."""
    for name, value in request.headers.items():
        if is_forbidden(name, value):
            return forbidden(request.subgraph, name)
    return SubgraphUnreachable(request.subgraph, cause_of(error))


@cache
def _nobody() -> ssl.SSLContext:
    """Nobody is asked about a subgraph without TLS, and nobody would be believed."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _client(transport: httpx.AsyncHTTPTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        timeout=None,  # noqa: S113  the deadline is over the whole exchange, above
        trust_env=False,
        # One client's cookie must never be sent with another client's request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"user-agent": USER_AGENT},
    )


def _by_name(headers: httpx.Headers) -> dict[str, str]:
    by_name = dict(headers)
    if "set-cookie" in by_name:
        by_name["set-cookie"] = "\n".join(headers.get_list("set-cookie"))
    return by_name
