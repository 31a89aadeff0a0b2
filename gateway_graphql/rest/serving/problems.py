"""What went wrong -> an HTTP status and `application/problem+json` (RFC 9457).

GraphQL has codes where HTTP has statuses. Which status a code means is looked up in this
order: the endpoint's `errors`, the settings' `rest.statuses`, the table here. A code that
nobody knows was made by a subgraph and means 502: something behind the gateway failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import msgspec

from gateway_graphql.errors import (
    ClientError,
    CostTooHigh,
    LimitExceeded,
    OperationNotSupported,
    ParseFailed,
    SlicingArgumentsInvalid,
    UnknownOperationName,
    ValidationFailed,
    VariablesInvalid,
)

UNAUTHORIZED_FIELD: Final = "UNAUTHORIZED_FIELD_OR_TYPE"

STATUSES: Final[Mapping[str, HTTPStatus]] = MappingProxyType(
    {
        "BAD_USER_INPUT": HTTPStatus.UNPROCESSABLE_ENTITY,
        "UNAUTHENTICATED": HTTPStatus.UNAUTHORIZED,
        "FORBIDDEN": HTTPStatus.FORBIDDEN,
        UNAUTHORIZED_FIELD: HTTPStatus.FORBIDDEN,
        "NOT_FOUND": HTTPStatus.NOT_FOUND,
        "CONFLICT": HTTPStatus.CONFLICT,
        "RATE_LIMITED": HTTPStatus.TOO_MANY_REQUESTS,
        "SERVICE_UNAVAILABLE": HTTPStatus.SERVICE_UNAVAILABLE,
        "SUBREQUEST_TIMEOUT": HTTPStatus.GATEWAY_TIMEOUT,
        "SUBREQUEST_HTTP_ERROR": HTTPStatus.BAD_GATEWAY,
        "SUBREQUEST_MALFORMED_RESPONSE": HTTPStatus.BAD_GATEWAY,
        "SUBREQUEST_RESPONSE_TOO_LARGE": HTTPStatus.BAD_GATEWAY,
        "SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE": HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""What codes of errors in an answer mean, unless somebody says otherwise."""

_UNKNOWN: Final = HTTPStatus.BAD_GATEWAY

_ABOUT_VALUES: Final = (
    VariablesInvalid,
    LimitExceeded,
    CostTooHigh,
    SlicingArgumentsInvalid,
)
"""The client chose nothing but values, so it is these that were too much."""

_ABOUT_DOCUMENT: Final = (
    ParseFailed,
    ValidationFailed,
    UnknownOperationName,
    OperationNotSupported,
)
"""The client did not write the document."""

_FIRST: Final = (400, 422, 401, 403, 404, 409)
_LAST: Final = (429, 502, 503, 504, 500)


class ProblemDetails(msgspec.Struct, frozen=True):
    """A refusal, as a client reads it.

    Attributes:
        status: The HTTP status.
        detail: What is wrong, in a sentence.
        code: The machine-readable code.
        errors: What is wrong in detail, one entry for each place.
        headers: That belong to the answer; names in lower case.
    """

    status: HTTPStatus
    detail: str
    code: str
    errors: Sequence[Mapping[str, object]] = ()
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)

    def encoded(self, max_errors: int) -> bytes:
        """The body; it tells so many errors at most."""
        members: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            members["errors"] = self.errors[:max_errors]
        return msgspec.json.encode(members)


NOT_FOUND: Final = ProblemDetails(
    HTTPStatus.NOT_FOUND, "There is nothing here.", "NOT_FOUND"
)

INTERNAL: Final = ProblemDetails(
    HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error.", "INTERNAL_SERVER_ERROR"
)


def status_of_code(
    code: str, statuses: Mapping[str, HTTPStatus], *, is_anonymous: bool
) -> HTTPStatus:
    """What an error of an answer means.

    Args:
        code: Its `extensions.code`.
        statuses: Those of the endpoint and of the settings.
        is_anonymous: Whether nobody is signed in.
    """
    if (own := statuses.get(code)) is not None:
        return own
    if code == UNAUTHORIZED_FIELD and is_anonymous:
        return HTTPStatus.UNAUTHORIZED
    return STATUSES.get(code, _UNKNOWN)


def status_of_refusal(
    error: ClientError, statuses: Mapping[str, HTTPStatus], *, is_anonymous: bool
) -> HTTPStatus:
    """What the refusal of a whole request means."""
    code = error.details[0].code
    if (own := statuses.get(code)) is not None:
        return own
    if isinstance(error, _ABOUT_VALUES):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, _ABOUT_DOCUMENT):
        return HTTPStatus.INTERNAL_SERVER_ERROR
    if code == UNAUTHORIZED_FIELD and is_anonymous:
        return HTTPStatus.UNAUTHORIZED
    return error.status


def most_telling(statuses: Iterable[HTTPStatus]) -> HTTPStatus:
    """Of several statuses, the one that says best what the client should do.

    What the client can mend goes before what it must wait for, and that before what
    others must mend.
    """
    return min(statuses, key=_rank)


def _rank(status: HTTPStatus) -> int:
    if status in _FIRST:
        return _FIRST.index(status)
    if status in _LAST:
        return len(_FIRST) + 1 + _LAST.index(status)
    return len(_FIRST)
