"""GraphQL over HTTP to one subgraph, by the client in `http1`.

The subgraph is not trusted: its answer has a total deadline (not one per read) and a cap
counted on decompressed bytes while they come; redirects are not followed and no cookie is
kept; what goes wrong becomes a `SubgraphFailed` that names no host.

A pooled connection may have been closed by the subgraph while it was idle. A query that
meets one is sent once more, on a connection made for it; a mutation never is, since the
subgraph may have begun to run it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from types import TracebackType
from typing import Final, Self, Unpack

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
from gateway_graphql.transport.http1.address import Address, address_of
from gateway_graphql.transport.http1.connection import Connection
from gateway_graphql.transport.http1.failures import ExchangeFailed, StaleConnection
from gateway_graphql.transport.http1.pool import Pool
from gateway_graphql.transport.http1.tls import public_authorities
from gateway_graphql.transport.http1.writing import MessageWriter
from gateway_graphql.transport.in_process.task import allowed_s
from gateway_graphql.transport.options import (
    DEFAULT_HTTP_OPTIONS,
    HTTPKeywords,
    HTTPOptions,
)

_BAD_URL: Final = FailureCause(FailureKind.BAD_URL)


@tells_options_and(HTTPKeywords.__annotations__)
class HTTPTransport:
    """Ask a subgraph over HTTP/1.1, with a connection pool of its own.

    Args:
        url: The subgraph's GraphQL endpoint: `http://`, `https://`, or `unix://` with the
            path of a socket and then that of the endpoint,
            `unix:///run/reviews.sock:/graphql`.
        options: How it is asked.
        keywords: Single options, in place of those; see `HTTPOptions`.

    Attributes:
        keeps_deadlines: See the function of that name.
    """

    keeps_deadlines: Final = True

    def __init__(
        self,
        url: str,
        options: HTTPOptions = DEFAULT_HTTP_OPTIONS,
        **keywords: Unpack[HTTPKeywords],
    ) -> None:
        self._options = replace(options, **keywords)
        address = address_of(url)
        self._writer = MessageWriter(address) if address else None
        self._pool: Pool | None = None

    def __repr__(self) -> str:
        # Not the URL, which may hold a password.
        where = self._writer.address.authority if self._writer else "nowhere"
        return f"<HTTPTransport {where}>"

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """POST a request and read the whole answer."""
        refuse_to_stream(request)
        subgraph = request.subgraph
        allowed = allowed_s(request, self._options.timeout_s)
        if allowed <= 0:
            raise SubgraphTimedOut(subgraph, was_sent=False)
        if self._writer is None:
            raise SubgraphUnreachable(subgraph, _BAD_URL)
        message = self._writer.write(request)
        loop = asyncio.get_running_loop()
        pool = self._pool
        if pool is None or pool.loop is not loop:
            pool = self._pool = self._new_pool(self._writer.address)
        try:
            return await _exchange(pool, request, message, loop.time() + allowed)
        except TimeoutError as error:
            raise SubgraphTimedOut(subgraph) from error
        except ExchangeFailed as error:
            raise SubgraphUnreachable(
                subgraph, error.cause, was_sent=error.was_sent
            ) from error

    def _new_pool(self, address: Address) -> Pool:
        """A pool for this event loop: connections of one that has ended are of no use."""
        tls = self._options.tls or public_authorities() if address.is_tls else None
        return Pool(address, tls, self._options)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._pool and self._pool.loop is asyncio.get_running_loop():
            await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


async def _exchange(
    pool: Pool, request: SubgraphRequest, message: bytes, until: float
) -> SubgraphReply:
    """Send a message, and a query once more where the connection was closed."""
    is_query = request.kind is OperationKind.QUERY
    connection = pool.idle(is_sure=not is_query) or await _by(
        until, pool.acquire(is_sure=not is_query)
    )
    try:
        return await connection.exchange(request.subgraph, message, until)
    except StaleConnection:
        if not is_query:
            raise
    connection = await _by(until, pool.fresh())
    return await connection.exchange(request.subgraph, message, until)


async def _by(until: float, acquired: Awaitable[Connection]) -> Connection:
    async with asyncio.timeout_at(until):
        return await acquired
