"""uvicorn's HTTP protocol with a bound on the head of a request.

uvicorn keeps reading a head for as long as it comes, whatever its size. Here it ends at a
number of bytes: 431, and the connection is closed.
"""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway_graphql.errors import HeadTooLarge
from gateway_graphql.server.answers import encoded

MAX_HEAD_BYTES: Final = 64 * 1024


class BoundedHeadProtocol(HttpToolsProtocol):
    """Refuses requests whose request line and headers are too large together."""

    # Of the head that is being read: what the parser has told, and what came of it
    # after the part in which it began, since the parser tells no header before its end.
    _is_in_head = False
    _has_just_begun = False
    _bytes_told = 0
    _bytes_received = 0

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        self._has_just_begun = False
        super().data_received(data)
        if not self._is_in_head or self._has_just_begun or self.transport.is_closing():
            return
        self._bytes_received += len(data)
        if self._is_too_large():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin with a request."""
        self._is_in_head = self._has_just_begun = True
        self._bytes_told = self._bytes_received = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head."""
        self._is_in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read: as too large, if that is why."""
        if not self._is_too_large():
            super().send_400_response(msg)
            return
        refusal = HeadTooLarge(MAX_HEAD_BYTES)
        body = encoded(refusal.details)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\n"
            b"content-type: application/json; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%s"
            % (refusal.status, refusal.status.phrase.encode(), len(body), body)
        )
        self.transport.close()

    def _count(self, size: int) -> None:
        self._bytes_told += size
        if self._is_too_large():
            # The parser stops at it, and uvicorn calls `send_400_response`.
            raise HeadTooLarge(MAX_HEAD_BYTES)

    def _is_too_large(self) -> bool:
        return max(self._bytes_told, self._bytes_received) > MAX_HEAD_BYTES
