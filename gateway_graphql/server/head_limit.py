"""uvicorn's HTTP protocol with bounds on what comes before a request is known.

uvicorn keeps reading a head for as long as it comes, whatever its size. Here it ends at a
number of bytes or headers (431) and at a deadline (408), and an address holds no more
than a number of connections (503); the connection is closed then.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway_graphql.errors import (
    ClientError,
    HeadTooLarge,
    HeadTooSlow,
    TooManyConnections,
    TooManyHeaders,
)
from gateway_graphql.exchange import encode_errors
from gateway_graphql.server.graphql.request_body import MAX_HEADERS, ON_SHUTDOWN
from gateway_graphql.wire.address import Network, address_of, host_of, is_in

MAX_HEAD_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """What a connection may cost before its request is known.

    Attributes:
        timeout_s: How long a head may take to come.
        max_connections: How many connections one address may hold; an IPv6 network of 64
            bits is one.
        proxies: Networks that may hold any number.
    """

    timeout_s: float = 10
    max_connections: int = 1000
    proxies: tuple[Network, ...] = ()


class BoundedHeadProtocol(HttpToolsProtocol):
    """Refuses heads that are too large or too slow, and more connections than may be."""

    limits: HeadLimits
    # Connections by host; shared by those of one server, which change it.
    held: Counter[str]

    # Of the head that is being read: what the parser has told, and what came of it
    # after the part in which it began, since the parser tells no header before its end.
    _is_in_head = False
    _has_just_begun = False
    _bytes_told = 0
    _bytes_received = 0
    _headers_told = 0
    # The host for which this connection counts, and when its head must be there.
    _host: str | None = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Take a connection, if its address may hold one more."""
        super().connection_made(transport)
        self._start_deadline()
        peer = self.client[0] if self.client else ""
        if not peer or self._is_proxy(peer):
            return
        self._host = host = host_of(peer)
        self.held[host] += 1
        if self.held[host] > self.limits.max_connections:
            self._refuse(TooManyConnections(self.limits.max_connections))

    def connection_lost(self, exc: Exception | None) -> None:
        """Let a connection go."""
        self._end_deadline()
        if self._host is not None:
            self.held[self._host] -= 1
            if not self.held[self._host]:
                del self.held[self._host]
            self._host = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        if self.transport.is_closing():
            return
        self._has_just_begun = False
        super().data_received(data)
        if self._deadline is None and not self._is_answering():
            self._start_deadline()
        if not self._is_in_head or self._has_just_begun or self.transport.is_closing():
            return
        self._bytes_received += len(data)
        if self._is_too_large():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin with a request."""
        self._is_in_head = self._has_just_begun = True
        self._bytes_told = self._bytes_received = self._headers_told = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers_told += 1
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head."""
        self._is_in_head = False
        self._end_deadline()
        self._begin_request()

    def on_response_complete(self) -> None:
        """End a request; the next one may have begun."""
        super().on_response_complete()
        if self._is_in_head and self._deadline is None:
            self._unset_keepalive_if_required()
            self._start_deadline()

    def shutdown(self) -> None:
        """End when what is being answered is; a stream is told to come to its end."""
        end = {**self.scope}.get(ON_SHUTDOWN) if self._is_answering() else None
        if callable(end):
            end()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read: as too large, if that is why."""
        if self._headers_told > MAX_HEADERS:
            self._refuse(TooManyHeaders(MAX_HEADERS))
        elif self._is_too_large():
            self._refuse(HeadTooLarge(MAX_HEAD_BYTES))
        else:
            super().send_400_response(msg)

    def _begin_request(self) -> None:
        """Begin with a request whose head is there."""
        super().on_headers_complete()

    def _refuse(self, refusal: ClientError) -> None:
        body = encode_errors(refusal.details)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\n"
            b"content-type: application/json; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%s"
            % (refusal.status, refusal.status.phrase.encode(), len(body), body)
        )
        self.transport.close()

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.limits.timeout_s, self._end_head)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end_head(self) -> None:
        """The deadline has come; what is being answered is answered first."""
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._is_answering():
            self._start_deadline()
        elif self._is_in_head:
            self._refuse(HeadTooSlow(self.limits.timeout_s))
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_proxy(self, peer: str) -> bool:
        address = address_of(peer)
        return address is not None and is_in(address, self.limits.proxies)

    def _count(self, size: int) -> None:
        self._bytes_told += size
        if self._headers_told > MAX_HEADERS:
            # The parser stops at it, and uvicorn calls `send_400_response`.
            raise TooManyHeaders(MAX_HEADERS)
        if self._bytes_told > MAX_HEAD_BYTES:
            raise HeadTooLarge(MAX_HEAD_BYTES)

    def _is_too_large(self) -> bool:
        return max(self._bytes_told, self._bytes_received) > MAX_HEAD_BYTES


@dataclass(frozen=True, slots=True)
class _Bounded:
    """Makes the protocols of one server."""

    protocol: type[BoundedHeadProtocol]
    limits: HeadLimits
    held: Counter[str] = field(default_factory=Counter)

    def __call__(self, *args: Any, **options: Any) -> BoundedHeadProtocol:
        protocol = self.protocol(*args, **options)
        protocol.limits, protocol.held = self.limits, self.held
        return protocol


def bounded_protocol(
    limits: HeadLimits, protocol: type[BoundedHeadProtocol] = BoundedHeadProtocol
) -> type[BoundedHeadProtocol]:
    """The protocol of one server, which counts its own connections."""
    return _Bounded(protocol, limits)  # type: ignore[return-value] # uvicorn only calls it
