"""Which media type an answer has, and what that does to its status.

GraphQL over HTTP (section 6) knows two. Under `application/graphql-response+json` the
status tells whether the request was fit to be executed; under plain `application/json`
a well-formed request is answered 200 whatever is wrong with its document.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from gateway_graphql.errors import ClientError, NotAcceptable
from gateway_graphql.remembered import once_per_text


class MediaType(StrEnum):
    """The media types of an answer."""

    GRAPHQL_RESPONSE = "application/graphql-response+json"
    JSON = "application/json"


HTML = "text/html"

_WILDCARDS = ("application/*", "*/*")


@once_per_text()
def negotiate(accept: str) -> MediaType:
    """Choose the answer's media type from the `Accept` header.

    The weights decide; at equal weight a named type goes before a wildcard, and
    `application/graphql-response+json` before `application/json`. A wildcard alone, or
    no header at all, means plain JSON, which every client can read.

    Raises:
        NotAcceptable: It names neither, nor a wildcard for them.
    """
    weights = accepted(accept)
    if not weights:
        return MediaType.JSON
    named = {media: weights[media] for media in MediaType if media in weights}
    wildcard = max(weights.get(pattern, 0.0) for pattern in _WILDCARDS)
    best = max(named, key=lambda media: named[media], default=None)
    if best is not None and named[best] > 0 and named[best] >= wildcard:
        return best
    if wildcard > 0:
        return _by_wildcard(named)
    raise NotAcceptable(
        f"Accept must allow {MediaType.GRAPHQL_RESPONSE} or {MediaType.JSON}."
    )


def _by_wildcard(named: dict[MediaType, float]) -> MediaType:
    """Plain JSON, unless it is named with a lower weight than the wildcard's."""
    return (
        MediaType.GRAPHQL_RESPONSE
        if MediaType.JSON in named and MediaType.GRAPHQL_RESPONSE not in named
        else MediaType.JSON
    )


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
                return float(value)
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
