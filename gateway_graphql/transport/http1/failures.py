"""What ends an exchange without an answer; the transport says of which subgraph."""

from __future__ import annotations

from gateway_graphql.errors import FailureCause, FailureKind


class ExchangeFailed(Exception):
    """There is no answer, or none that is whole.

    Attributes:
        cause: Why, for the log.
        was_sent: Whether the subgraph may have been asked.
    """

    def __init__(self, cause: FailureCause, *, was_sent: bool = True) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.was_sent = was_sent


class StaleConnection(ExchangeFailed):
    """A connection that was used before broke, and no byte of the answer had come.

    The other side may have closed it while it was idle, and never read the request.
    """


def not_http(detail: str = "") -> ExchangeFailed:
    """What came is no answer that HTTP/1 knows."""
    return ExchangeFailed(FailureCause(FailureKind.NOT_HTTP, detail))
