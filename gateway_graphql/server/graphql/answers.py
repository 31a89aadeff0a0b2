"""An HTTP answer before it is written: of one request, of a refusal, of several."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

import msgspec

from gateway_graphql.errors import (
    DEFAULT_ERROR_LIMITS,
    ClientError,
    ErrorLimits,
    NotAcceptable,
)
from gateway_graphql.exchange import encode_errors
from gateway_graphql.server.border.compression import Coding
from gateway_graphql.server.border.revalidation import not_kept
from gateway_graphql.transport.http_message import HOP_BY_HOP
from gateway_graphql.wire.accept import MediaType, status_of

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]
"""Headers as they are written, names in lower case."""

_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NEVER_JOINED = frozenset({"set-cookie", "www-authenticate"})

_WRITTEN_BY_SERVER = (HOP_BY_HOP - {"content-encoding"}) | {
    "content-type",
    "date",
    "server",
}


class GraphQLAnswer(msgspec.Struct, frozen=True):
    """What is written as the answer to an HTTP request.

    Attributes:
        status: The HTTP status.
        media_type: The body's.
        body: A GraphQL response, or a list of them.
        headers: Beside those that every answer has; names in lower case.
    """

    status: HTTPStatus
    media_type: MediaType
    body: bytes
    headers: Mapping[str, str]


class WrittenAnswer(NamedTuple):
    """An answer as HTTP has it.

    Attributes:
        status: Its status.
        head: Its headers, without those that every answer of a server has.
        body: Its body, in its content coding.
    """

    status: HTTPStatus
    head: RawHeaders
    body: bytes


def refusal(
    error: ClientError,
    media_type: MediaType,
    limits: ErrorLimits = DEFAULT_ERROR_LIMITS,
) -> GraphQLAnswer:
    """The answer to a request that is refused."""
    if isinstance(error, NotAcceptable):
        media_type = MediaType.JSON
    return GraphQLAnswer(
        status_of(error, media_type),
        media_type,
        encode_errors(error.details, limits),
        {
            **not_kept({}),
            **{name.lower(): value for name, value in error.headers.items()},
        },
    )


def joined(answers: Sequence[GraphQLAnswer]) -> GraphQLAnswer:
    """The answer to several requests that came as a list, in their order.

    The status is 200 unless all have one and the same other status. Of a header that
    several have, the last one counts, since what it counts goes down; no answer to
    several may be cached.
    """
    statuses = {answer.status for answer in answers}
    headers: dict[str, str] = {}
    for answer in answers:
        headers |= answer.headers
    return GraphQLAnswer(
        statuses.pop() if len(statuses) == 1 else HTTPStatus.OK,
        answers[0].media_type,
        b"[" + b",".join(answer.body for answer in answers) + b"]",
        not_kept(headers),
    )


def raw_headers(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI wants them, each on one line.

    A header that may not be joined by commas has one line per line of its value; in any
    other, a line break would begin a header that nobody has asked for. What the server
    writes itself is left out: rules may name it, and it would be there twice.
    """
    return [
        (name.encode("latin-1"), line.encode("latin-1", "replace"))
        for name, value in headers.items()
        if name not in _WRITTEN_BY_SERVER
        for line in _lines(name, value)
    ]


def _lines(name: str, value: str) -> Sequence[str]:
    if name in _NEVER_JOINED:
        return [_plain(line).strip() for line in value.splitlines()]
    return [_plain(value)]


def _plain(line: str) -> str:
    return line if line.isprintable() else _CONTROLS.sub(" ", line)


_CONTENT_TYPES = {
    media_type: f"{media_type}; charset=utf-8".encode() for media_type in MediaType
}


_CODINGS = {coding: coding.encode() for coding in Coding}


def head_of(answer: GraphQLAnswer, coding: Coding | None) -> RawHeaders:
    """The headers of an answer whose body is in a coding already, if it is in any."""
    headers = raw_headers(answer.headers) if answer.headers else []
    # A 304 has no body for these to be about.
    if answer.status is not HTTPStatus.NOT_MODIFIED:
        headers += [
            (b"content-type", _CONTENT_TYPES[answer.media_type]),
            (b"content-length", b"%d" % len(answer.body)),
        ]
    if coding is not None:
        headers += [(b"content-encoding", _CODINGS[coding])]
        if "vary" not in answer.headers:
            headers += [(b"vary", b"accept-encoding")]
    return headers
