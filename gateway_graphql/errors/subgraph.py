"""Fetches that came to nothing: what it was for clients, and why for the log."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from gateway_graphql.errors.base import GatewayError


class FailureKind(StrEnum):
    """Why a fetch came to nothing, in the words of the log."""

    BAD_URL = "its URL cannot be asked"
    BAD_HEADER = "a header that HTTP forbids"
    HOST_UNKNOWN = "the host's name was not found"
    REFUSED = "the connection was refused"
    TLS = "TLS failed"
    NO_CONNECTION = "no connection"
    TOO_MANY_WAIT = "too many requests wait for a connection"
    CUT_OFF = "the connection was cut off"
    NOT_HTTP = "the answer is not HTTP"
    TIMEOUT = "timeout"
    STATUS = "HTTP status"
    CONTENT_TYPE = "the answer's content type is not JSON"
    MALFORMED = "the answer is malformed"
    NO_STREAM = "it cannot be asked for a stream"
    TOO_LARGE = "the answer is too large"
    RAISED = "an exception was raised"
    OTHER = "it failed"


@dataclass(frozen=True, slots=True)
class FailureCause:
    """What operators learn of a failure, and clients do not.

    Attributes:
        kind: Why.
        detail: What makes it this failure and no other; nothing secret, since it is
            logged: no URL, header or value of the request.
    """

    kind: FailureKind
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)


ERROR_ID: Final = "errorId"
"""The member of an error's `extensions` that has such an id."""


def new_error_id() -> str:
    """An id under which the log has what a client's error keeps back."""
    return secrets.token_hex(8)


class SubgraphFailed(GatewayError):
    """One fetch came to nothing.

    Attributes:
        code: The `extensions.code` of the field errors it becomes.
        subgraph: The subgraph's name.
        http_status: The subgraph's HTTP status, where there was one.
        was_sent: Whether the subgraph may have been asked; if not, it costs nothing.
        cause: Why, for the log.
    """

    code: ClassVar[str] = "DOWNSTREAM_SERVICE_ERROR"
    was_sent: bool = True

    def __init__(
        self,
        subgraph: str,
        message: str,
        *,
        http_status: int | None = None,
        cause: FailureCause | None = None,
    ) -> None:
        super().__init__(message)
        self.subgraph = subgraph
        self.http_status = http_status
        self.cause = cause or FailureCause(FailureKind.OTHER, message)


class SubgraphUnreachable(SubgraphFailed):
    """No connection, or one that broke before the answer was whole."""

    code = "SUBREQUEST_HTTP_ERROR"

    def __init__(
        self,
        subgraph: str,
        cause: FailureCause = FailureCause(FailureKind.NO_CONNECTION),
        *,
        was_sent: bool = True,
    ) -> None:
        message = f"Subgraph '{subgraph}' could not be reached."
        super().__init__(subgraph, message, cause=cause)
        self.was_sent = was_sent


class SubgraphTimedOut(SubgraphFailed):
    """The answer did not come before the deadline."""

    code = "SUBREQUEST_TIMEOUT"

    def __init__(self, subgraph: str, *, was_sent: bool = True) -> None:
        message = f"Subgraph '{subgraph}' did not answer in time."
        super().__init__(subgraph, message, cause=FailureCause(FailureKind.TIMEOUT))
        self.was_sent = was_sent


class SubgraphHTTPError(SubgraphFailed):
    """An HTTP status that is no success, with a body that is no GraphQL answer."""

    code = "SUBREQUEST_HTTP_ERROR"

    def __init__(
        self, subgraph: str, http_status: int, cause: FailureCause | None = None
    ) -> None:
        super().__init__(
            subgraph,
            f"Subgraph '{subgraph}' answered with HTTP status {http_status}.",
            http_status=http_status,
            cause=cause or FailureCause(FailureKind.STATUS, str(http_status)),
        )


class SubgraphReplyMalformed(SubgraphFailed):
    """The answer is not a GraphQL response."""

    code = "SUBREQUEST_MALFORMED_RESPONSE"

    def __init__(
        self, subgraph: str, problem: str, cause: FailureCause | None = None
    ) -> None:
        super().__init__(
            subgraph,
            f"Subgraph '{subgraph}' gave a malformed answer: {problem}.",
            cause=cause or FailureCause(FailureKind.MALFORMED, problem),
        )


class SubgraphCannotStream(SubgraphFailed):
    """A subscription was not sent: the way to the subgraph carries no streams."""

    code = "SUBSCRIPTION_NOT_SUPPORTED"
    was_sent = False

    def __init__(self, subgraph: str) -> None:
        message = f"Subgraph '{subgraph}' cannot be asked for a stream."
        super().__init__(subgraph, message, cause=FailureCause(FailureKind.NO_STREAM))


class RequirementIsNull(SubgraphFailed):
    """A subgraph was not asked: null was given for a value that it is promised."""

    code = "INTERNAL_SERVER_ERROR"
    was_sent = False

    def __init__(self, subgraph: str, name: str) -> None:
        super().__init__(
            subgraph,
            f"Subgraph '{subgraph}' was not asked: it needs `{name}`, which is null"
            " although it must not be.",
        )


class SubgraphReplyTooLarge(SubgraphFailed):
    """The answer is larger than the gateway reads."""

    code = "SUBREQUEST_RESPONSE_TOO_LARGE"

    def __init__(self, subgraph: str, max_reply_bytes: int) -> None:
        super().__init__(
            subgraph,
            f"Subgraph '{subgraph}' answered with more than {max_reply_bytes} bytes.",
            cause=FailureCause(
                FailureKind.TOO_LARGE, f"more than {max_reply_bytes} bytes"
            ),
        )


class SubgraphCostTooHigh(SubgraphFailed):
    """The subgraph is not asked, since its fetches would cost more than they may."""

    code = "SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE"
    was_sent = False

    def __init__(self, subgraph: str, estimated: float, max_cost: float) -> None:
        super().__init__(
            subgraph,
            f"Subgraph '{subgraph}' was not asked: the estimated cost of "
            f"{estimated:g} is over its budget of {max_cost:g}.",
        )
        self.estimated = estimated
        self.max_cost = max_cost
