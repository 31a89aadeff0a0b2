"""A GraphQL request as an HTTP message, and an HTTP body back as bytes.

What every transport that speaks HTTP has in common: the JSON body and headers of GraphQL
over HTTP (sections 5.4 and 6), and content codings undone with a bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters, digits
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphReplyMalformed,
    SubgraphReplyTooLarge,
    SubgraphUnreachable,
)
from gateway_graphql.transport.base import SubgraphRequest
from gateway_graphql.wire.content_coding import (
    READABLE,
    CodingBroken,
    CodingUnknown,
    Decoder,
    decoder,
)

ACCEPT: Final = "application/graphql-response+json, application/json;q=0.9"
ACCEPT_ENCODING: Final = ", ".join(READABLE)
USER_AGENT: Final = "gateway-graphql"
MAX_REPLY_BYTES: Final = 16 * 1024 * 1024
"""How long an answer may be, decompressed, where nobody says otherwise."""

PROTOCOL_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accept": ACCEPT,
        "content-type": "application/json",
        "accept-encoding": ACCEPT_ENCODING,
    }
)
"""What every request says of itself, whoever asks."""

_RAW_PROTOCOL_HEADERS: Final = tuple(
    (name.encode("ascii"), value.encode("ascii"))
    for name, value in PROTOCOL_HEADERS.items()
)
_MAX_NAME_SHOWN: Final = 100
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~" + ascii_letters + digits)
_NEVER_IN_VALUES: Final = frozenset("\0\r\n\f\v")
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

NOT_FORWARDED: Final = HOP_BY_HOP | OWN
"""Headers of a request that are left out when it becomes a message."""


def named_by_connection(headers: Mapping[str, str]) -> frozenset[str]:
    """Headers that `Connection` says are this connection's (RFC 9110, 7.6.1)."""
    names = headers.get("connection")
    if names is None:
        return frozenset()
    return frozenset(name.strip().lower() for name in names.split(","))


def encode_body(request: SubgraphRequest) -> bytes:
    """The JSON body of a request."""
    body: dict[str, object] = {"query": request.query}
    if request.variables:
        body["variables"] = dict(request.variables)
    if request.operation_name is not None:
        body["operationName"] = request.operation_name
    if request.extensions:
        body["extensions"] = dict(request.extensions)
    return msgspec.json.encode(body)


def encode_message(
    request: SubgraphRequest, path: str
) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The body and the headers of a request to a path, signed if it is to be."""
    body = encode_body(request)
    return body, encode_headers(signed_headers(request, path, body))


def signed_headers(
    request: SubgraphRequest, path: str, body: bytes
) -> Mapping[str, str]:
    """The request's own headers, with those that sign it if it is to be signed."""
    if request.sign is None:
        return request.headers
    return {**request.headers, **request.sign(path, body)}


def encode_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The request's own headers after those of the protocol."""
    return [
        *_RAW_PROTOCOL_HEADERS,
        *(
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in headers.items()
            if name.lower() not in NOT_FORWARDED
        ),
    ]


def is_forbidden(name: str, value: str) -> bool:
    """Whether no HTTP message can have that header (RFC 9110, section 5)."""
    return (
        not name
        or not _TOKEN.issuperset(name)
        or value != value.strip(" \t")
        or not _NEVER_IN_VALUES.isdisjoint(value)
    )


def forbidden(subgraph: str, name: str) -> SubgraphUnreachable:
    """Tells of such a header by its name; its value may be a secret."""
    cause = FailureCause(FailureKind.BAD_HEADER, ascii(name[:_MAX_NAME_SHOWN]))
    return SubgraphUnreachable(subgraph, cause, was_sent=False)


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
    if not content_encoding:
        return _IdentityReader(subgraph, max_reply_bytes)
    try:
        coding = decoder(content_encoding)
    except CodingUnknown:
        raise SubgraphReplyMalformed(
            subgraph, "its content coding is unknown"
        ) from None
    if coding is None:
        return _IdentityReader(subgraph, max_reply_bytes)
    return _DecodingReader(coding, subgraph, max_reply_bytes)


class _IdentityReader:
    def __init__(self, subgraph: str, max_reply_bytes: int) -> None:
        self._subgraph = subgraph
        self._max_reply_bytes = max_reply_bytes
        # Nearly always there is one part. Many are not kept as such: of two bytes each,
        # they would take twenty times their size.
        self._body: bytes | bytearray = b""

    def feed(self, part: bytes) -> None:
        if len(self._body) + len(part) > self._max_reply_bytes:
            raise SubgraphReplyTooLarge(self._subgraph, self._max_reply_bytes)
        if not self._body:
            self._body = part
            return
        if isinstance(self._body, bytes):
            self._body = bytearray(self._body)
        self._body += part

    def body(self) -> bytes:
        return bytes(self._body)


class _DecodingReader:
    """Decodes as the parts come, never further than one byte beyond the cap."""

    def __init__(self, coding: Decoder, subgraph: str, max_reply_bytes: int) -> None:
        self._coding = coding
        self._subgraph = subgraph
        self._plain = _IdentityReader(subgraph, max_reply_bytes)
        self._left = max_reply_bytes

    def feed(self, part: bytes) -> None:
        try:
            plain = self._coding.decode(part, self._left + 1)
        except CodingBroken as error:
            raise self._malformed() from error
        self._left -= len(plain)
        self._plain.feed(plain)

    def body(self) -> bytes:
        if not self._coding.is_whole:
            raise self._malformed()
        return self._plain.body()

    def _malformed(self) -> SubgraphReplyMalformed:
        return SubgraphReplyMalformed(self._subgraph, "its content coding is broken")
