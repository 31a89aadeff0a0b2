"""Which media type an answer has, in one or in parts, and what that does to its status.

GraphQL over HTTP (section 6) knows two. Under `application/graphql-response+json` the
status tells whether the request was fit to be executed; under plain `application/json`
a well-formed request is answered 200 whatever is wrong with its document.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple

from gateway_graphql.errors import ClientError, NotAcceptable
from gateway_graphql.remembered import once_per_text


class MediaType(StrEnum):
    """The media types of an answer."""

    GRAPHQL_RESPONSE = "application/graphql-response+json"
    JSON = "application/json"


class StreamFormat(StrEnum):
    """The media types of an answer in parts, the one that is simpler to read first."""

    EVENT_STREAM = "text/event-stream"
    MULTIPART = "multipart/mixed"


HTML = "text/html"
_SUBSCRIPTIONS = "subscriptionspec=1.0"
"""What a client says of `multipart/mixed` that knows the parts of a subscription."""


class Accepted(NamedTuple):
    """How a client wants to be answered.

    Attributes:
        media_type: The media type of one response; of a refusal in any case.
        takes_one: Whether one response may be answered so; else it is a stream, too.
        stream: How to answer in parts; `None` if that may not be.
    """

    media_type: MediaType
    takes_one: bool = True
    stream: StreamFormat | None = None


@once_per_text()
def accepted_answers(accept: str) -> Accepted:
    """Read from the `Accept` header how to answer, whatever the operation is.

    A stream has to be named; a wildcard is said by clients that know of none.

    Raises:
        NotAcceptable: It allows neither one response nor a stream.
    """
    stream = _stream_format(accept)
    try:
        return Accepted(negotiate(accept), stream=stream)
    except NotAcceptable:
        if stream is None:
            raise
        return Accepted(MediaType.JSON, takes_one=False, stream=stream)


def _stream_format(accept: str) -> StreamFormat | None:
    weights = dict.fromkeys(StreamFormat, 0.0)
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media == StreamFormat.EVENT_STREAM or (
            media == StreamFormat.MULTIPART
            and any(one.replace('"', "") == _SUBSCRIPTIONS for one in parameters)
        ):
            weights[StreamFormat(media)] = _weight(parameters)
    best = max(weights, key=weights.__getitem__)
    return best if weights[best] else None


@once_per_text()
def negotiate(accept: str) -> MediaType:
    """Choose the answer's media type from the `Accept` header.

    The weights decide; at equal weight a named type goes before a wildcard, and
    `application/graphql-response+json` before `application/json`. A wildcard alone, or
    no header at all, means plain JSON, which every client can read.

    Raises:
        NotAcceptable: It allows neither, by name or by a wildcard.
    """
    weights = accepted(accept)
    if not weights:
        return MediaType.JSON
    own = {media: weight_of(media, weights) for media in MediaType}
    best = max(own.values())
    if best == 0:
        raise NotAcceptable(
            f"Accept must allow {MediaType.GRAPHQL_RESPONSE} or {MediaType.JSON}, or for "
            f"a subscription {StreamFormat.EVENT_STREAM} or "
            f"{StreamFormat.MULTIPART};subscriptionSpec=1.0."
        )
    liked = [media for media in MediaType if own[media] == best]
    named = [media for media in liked if media in weights]
    return named[0] if named else liked[-1]


def weight_of(media: str, weights: Mapping[str, float]) -> float:
    """The weight of a media type: the most specific range that fits it decides."""
    for pattern in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if (weight := weights.get(pattern)) is not None:
            return weight
    return 0.0


@once_per_text()
def accepted(accept: str) -> dict[str, float]:
    """Read an `Accept` header (RFC 9110, section 12.5.1): media type -> weight."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media:
            weights[media] = _weight(parameters)
    return weights


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


def wants_page(accept: str) -> bool:
    """Whether a browser asks: HTML is named and no GraphQL answer is liked better."""
    weights = accepted(accept)
    html = weights.get(HTML, 0.0)
    return html > 0 and html >= max(weights.get(media, 0.0) for media in MediaType)


def status_of(error: ClientError, media_type: MediaType) -> HTTPStatus:
    """The HTTP status of a refused request."""
    if error.is_about_document and media_type is MediaType.JSON:
        return HTTPStatus.OK
    return error.status
