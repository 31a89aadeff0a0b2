"""An HTTP request's body or query string -> `GraphQLRequest`.

Bodies are counted while they stream in, and while they are decompressed, so a client
cannot make the gateway hold more than the cap; what arrives is decoded once, straight
into the request's members.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import parse_qs

import msgspec

from gateway_graphql.errors import (
    LimitExceeded,
    MalformedRequest,
    NotAcceptable,
    PayloadTooLarge,
    RequestTimedOut,
    TooManyHeaders,
    UnsupportedContentCoding,
    UnsupportedMediaType,
)
from gateway_graphql.exchange import JSON, GraphQLRequest
from gateway_graphql.wire.content_coding import (
    READABLE,
    CodingBroken,
    CodingUnknown,
    Decoder,
    decoder,
)
from gateway_graphql.wire.json_body import decoded, kind_of

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_MAX_QUERY_FIELDS = 16
_PERSISTED_QUERY = "persistedQuery"
_BROKEN = "The request body is not in its Content-Encoding."


MAX_HEADERS: Final = 200
"""More headers than any client has reason to send."""


ON_SHUTDOWN: Final = "gateway_graphql.on_shutdown"
"""The entry of a scope with what the server calls when it is to end."""


class ClientDisconnected(Exception):
    """The client went away before its request was whole; nobody reads an answer."""


class Departure:
    """Waits until a client has gone away; its body has to be read.

    Several may wait at once, as a list of requests does: a server tells it only once.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        # Changed by `__call__` alone, under the lock that is made when first needed.
        self._has_come = False
        self._receiving: asyncio.Lock | None = None

    async def __call__(self) -> None:
        """Return when it has."""
        if self._receiving is None:
            self._receiving = asyncio.Lock()
        async with self._receiving:
            while not self._has_come:
                message = await self._receive()
                self._has_come = message["type"] == "http.disconnect"


class WholePost(Protocol):
    """A POST for which a server needs no ASGI.

    Attributes:
        path: Where it was sent to.
        headers: By name in lower case, as `headers_by_name` joins them.
        peer: The other end of the connection, if it has an address.
    """

    path: str
    headers: Mapping[str, str]
    peer: str | None

    async def body_within(self, timeout_s: float) -> bytes:
        """Its whole body.

        Raises:
            RequestTimedOut: It did not come in time.
            ClientDisconnected: It never came whole.
        """
        ...

    async def gone(self) -> None:
        """Return when the client has gone away."""
        ...


class _Body(msgspec.Struct, rename="camel"):
    """The JSON body of a request (GraphQL over HTTP, section 5.4, appendix A)."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    id: str | None = None


_body_decoder = msgspec.json.Decoder(_Body)
_batch_decoder = msgspec.json.Decoder(list[_Body])
_MEMBERS: Final[tuple[tuple[tuple[str, ...], type, str], ...]] = (
    (("query", "operationName", "documentId", "id"), str, "a string"),
    (("variables", "extensions"), dict, "an object"),
)
_map_decoder = msgspec.json.Decoder(dict[str, Any] | None)


def check_head(scope: Scope) -> None:
    """Refuse a request with too many headers, for servers that have no such bound.

    Raises:
        TooManyHeaders: It has.
    """
    if len(scope["headers"]) > MAX_HEADERS:
        raise TooManyHeaders(MAX_HEADERS)


def check_content_type(headers: Mapping[str, str]) -> None:
    """See to it that a body is JSON in UTF-8.

    Raises:
        NotAcceptable: There is no `Content-Type`.
        UnsupportedMediaType: It is another one.
    """
    content_type = headers.get("content-type", "")
    if content_type == "application/json":
        return
    media, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    if not media:
        raise NotAcceptable("The request needs a Content-Type: application/json.")
    charsets = [
        p.split("=", 1)[1].strip('"') for p in parameters if p[:8] == "charset="
    ]
    if media != "application/json" or any(
        charset not in ("utf-8", "utf8") for charset in charsets
    ):
        raise UnsupportedMediaType(
            "The Content-Type must be application/json in UTF-8."
        )


async def read_body(
    headers: Mapping[str, str],
    receive: Receive,
    *,
    max_body_bytes: int,
    timeout_s: float,
) -> bytes:
    """Read a whole body, decompressed.

    Raises:
        RequestTimedOut: It did not come in time.
        PayloadTooLarge: It is announced, or turns out, to be larger than the cap,
            compressed or not.
        UnsupportedContentCoding: It is compressed in a way that is not known.
        MalformedRequest: It is not in its content coding.
        ClientDisconnected: It never came whole.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _whole_body(headers, receive, max_body_bytes)
    except TimeoutError as error:
        raise RequestTimedOut from error


DIGITS = 18
"""More of an announced length says nothing, and the interpreter refuses to read it."""


async def _whole_body(
    headers: Mapping[str, str], receive: Receive, max_body_bytes: int
) -> bytes:
    coding = _coding(headers)
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:DIGITS]) > max_body_bytes:
        raise PayloadTooLarge(max_body_bytes)
    chunks: list[bytes] = []
    received = size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk: bytes = message.get("body", b"")
        received += len(chunk)
        if coding is not None and received <= max_body_bytes:
            chunk = _plain(coding, chunk, max_body_bytes - size + 1)
        size += len(chunk)
        if max(size, received) > max_body_bytes:
            raise PayloadTooLarge(max_body_bytes)
        chunks.append(chunk)
        if not message.get("more_body", False):
            break
    if coding is not None and not coding.is_whole:
        raise MalformedRequest(_BROKEN)
    return b"".join(chunks)


def _coding(headers: Mapping[str, str]) -> Decoder | None:
    try:
        return decoder(headers.get("content-encoding", ""))
    except CodingUnknown:
        raise UnsupportedContentCoding(READABLE) from None


def _plain(coding: Decoder, chunk: bytes, max_bytes: int) -> bytes:
    try:
        return coding.decode(chunk, max_bytes)
    except CodingBroken as error:
        raise MalformedRequest(_BROKEN) from error


def is_batch(body: bytes) -> bool:
    """Whether a body is a list of requests."""
    return body[:64].lstrip(b" \t\r\n").startswith(b"[")


def request_from_body(body: bytes) -> GraphQLRequest:
    """Decode a POST body.

    Raises:
        MalformedRequest: It is not JSON, or not a GraphQL request.
    """
    return _request(decoded(_body_decoder, body, _misfit))


def requests_from_batch(body: bytes, max_batch: int) -> tuple[GraphQLRequest, ...]:
    """Decode a POST body that is a list of requests.

    Raises:
        LimitExceeded: There are more than the cap.
        MalformedRequest: There is none, or one of them is wrong.
    """
    bodies = decoded(_batch_decoder, body, _misfit_of_batch)
    if not bodies:
        raise MalformedRequest("The list of requests is empty.")
    if len(bodies) > max_batch:
        raise LimitExceeded("batch size", max_batch, len(bodies))
    return tuple(_request(one) for one in bodies)


def _misfit(value: object, request: str = "") -> str | None:
    """What in a body is not as a request has it."""
    if not isinstance(value, dict):
        return f"{request or 'it'} must be an object, not {kind_of(value)}"
    where = f" of {request}" if request else ""
    for names, type_, words in _MEMBERS:
        for name in names:
            given = value.get(name)
            if given is not None and not isinstance(given, type_):
                wanted = f"must be {words} or null, not {kind_of(given)}"
                return f"`{name}`{where} {wanted}"
    return None


def _misfit_of_batch(value: object) -> str | None:
    if not isinstance(value, list):
        return f"it must be a list, not {kind_of(value)}"
    found = (_misfit(one, f"request {n}") for n, one in enumerate(value, 1))
    return next((one for one in found if one is not None), None)


def _request(body: _Body) -> GraphQLRequest:
    request = GraphQLRequest(
        body.query or "",
        body.operation_name,
        body.variables or {},
        body.extensions or {},
        body.id if body.document_id is None else body.document_id,
    )
    if body.query is None and not _names_document(request):
        raise MalformedRequest("The request body is wrong: it has no `query`.")
    return request


def _names_document(request: GraphQLRequest) -> bool:
    """Whether the document is named where it is not given."""
    return (
        request.document_id is not None
        or request.extensions.get(_PERSISTED_QUERY) is not None
    )


def request_from_query_string(query_string: bytes) -> GraphQLRequest:
    """Decode the query string of a GET (GraphQL over HTTP, section 5.3).

    Raises:
        MalformedRequest: There is no `query`, or a member is wrong.
    """
    try:
        fields = parse_qs(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_QUERY_FIELDS,
        )
    except ValueError as error:
        raise MalformedRequest("The query string is not URL-encoded UTF-8.") from error
    if repeated := [name for name, values in fields.items() if len(values) > 1]:
        raise MalformedRequest(f"The query string has '{repeated[0]}' more than once.")
    values = {name: values[0] for name, values in fields.items()}
    request = GraphQLRequest(
        values.get("query", ""),
        values.get("operationName") or None,
        _json_parameter(values, "variables"),
        _json_parameter(values, "extensions"),
        values.get("documentId", values.get("id")),
    )
    if "query" not in values and not _names_document(request):
        raise MalformedRequest("The query string has no 'query'.")
    return request


def _json_parameter(values: Mapping[str, str], name: str) -> dict[str, JSON]:
    text = values.get(name)
    if not text:
        return {}
    try:
        return _map_decoder.decode(text) or {}
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedRequest(f"'{name}' is not a JSON object.") from error
