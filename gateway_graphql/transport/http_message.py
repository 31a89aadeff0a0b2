"""A GraphQL request as an HTTP message, and an HTTP body back as bytes.

What every transport that speaks HTTP has in common: the JSON body and headers of GraphQL
over HTTP (sections 5.4 and 6), and content codings undone with a bound.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from gateway_graphql.errors import SubgraphReplyMalformed, SubgraphReplyTooLarge
from gateway_graphql.transport.base import SubgraphRequest

ACCEPT: Final = "application/graphql-response+json, application/json;q=0.9"
ACCEPT_ENCODING: Final = "gzip, deflate"

_PROTOCOL_HEADERS: Final = (
    (b"accept", ACCEPT.encode()),
    (b"content-type", b"application/json"),
    (b"accept-encoding", ACCEPT_ENCODING.encode()),
)
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers about one connection or one body only (RFC 9110, section 7.6.1)."""

OWN: Final = frozenset({"accept", "accept-encoding", "content-type"})
"""Headers that say how the gateway itself speaks with a subgraph."""

_NOT_FORWARDED: Final = HOP_BY_HOP | OWN


def encode_body(request: SubgraphRequest) -> bytes:
    """The JSON body of a request, as it is or encoded now."""
    if request.body is not None:
        return request.body
    body: dict[str, object] = {"query": request.query}
    if request.variables:
        body["variables"] = dict(request.variables)
    if request.operation_name is not None:
        body["operationName"] = request.operation_name
    if request.extensions:
        body["extensions"] = dict(request.extensions)
    return msgspec.json.encode(body)


def encode_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The request's own headers after those of the protocol."""
    return [
        *_PROTOCOL_HEADERS,
        *(
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in headers.items()
            if name.lower() not in _NOT_FORWARDED
        ),
    ]


class BodyReader(Protocol):
    """Takes the parts of a body as they come and counts what they make."""

    def feed(self, part: bytes) -> None:
        """Take the next part.

        Raises:
            SubgraphFailed: The body is too large or not in its coding.
        """
        ...

    def body(self) -> bytes:
        """The whole body, decoded, after the last part."""
        ...


def body_reader(
    content_encoding: str, *, subgraph: str, max_reply_bytes: int
) -> BodyReader:
    """The reader for a `Content-Encoding`.

    Raises:
        SubgraphReplyMalformed: A coding that was not asked for.
    """
    match content_encoding.strip().lower():
        case "" | "identity":
            return _IdentityReader(subgraph, max_reply_bytes)
        case "gzip" | "x-gzip" | "deflate":
            return _InflatingReader(subgraph, max_reply_bytes)
        case _:
            raise SubgraphReplyMalformed(subgraph, "its content coding is unknown")


class _IdentityReader:
    def __init__(self, subgraph: str, max_reply_bytes: int) -> None:
        self._subgraph = subgraph
        self._max_reply_bytes = max_reply_bytes
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._max_reply_bytes:
            raise SubgraphReplyTooLarge(self._subgraph, self._max_reply_bytes)
        self._parts.append(part)

    def body(self) -> bytes:
        return b"".join(self._parts)


class _InflatingReader:
    """gzip and deflate; never inflates further than one byte beyond the cap."""

    def __init__(self, subgraph: str, max_reply_bytes: int) -> None:
        self._subgraph = subgraph
        self._plain = _IdentityReader(subgraph, max_reply_bytes)
        self._left = max_reply_bytes
        self._inflater: zlib._Decompress | None = None

    def feed(self, part: bytes) -> None:
        try:
            while part:
                part = self._inflate(part)
        except zlib.error as error:
            raise self._malformed() from error

    def _inflate(self, part: bytes) -> bytes:
        """Inflate a part; what is left of it belongs to the next gzip member."""
        if self._inflater is None or self._inflater.eof:
            self._inflater = zlib.decompressobj(_window_bits(part))
        plain = self._inflater.decompress(part, self._left + 1)
        self._left -= len(plain)
        self._plain.feed(plain)
        return self._inflater.unused_data

    def body(self) -> bytes:
        if self._inflater is not None and not self._inflater.eof:
            raise self._malformed()
        return self._plain.body()

    def _malformed(self) -> SubgraphReplyMalformed:
        return SubgraphReplyMalformed(self._subgraph, "its content coding is broken")


def _window_bits(part: bytes) -> int:
    """How zlib is told the format: gzip and zlib by their headers, raw deflate else."""
    is_zlib = part[0] & 0x0F == zlib.DEFLATED
    is_gzip = part[0] == 0x1F  # noqa: PLR2004  the first magic byte of gzip
    return 32 + zlib.MAX_WBITS if is_zlib or is_gzip else -zlib.MAX_WBITS
