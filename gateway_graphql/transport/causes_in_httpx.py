"""Why an exchange failed that httpx made, by the type of what it raised."""

from __future__ import annotations

import httpx

from gateway_graphql.errors import FailureCause, FailureKind
from gateway_graphql.transport.causes import cause_of_system


def cause_of(error: Exception) -> FailureCause:
    """The cause of an exception that httpx raised."""
    return cause_of_system(error) or FailureCause(_kind_of(error))


def _kind_of(error: Exception) -> FailureKind:
    match error:
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return FailureKind.BAD_URL
        case httpx.RemoteProtocolError() if not _is_cut_off(error):
            return FailureKind.NOT_HTTP
        case httpx.ReadError() | httpx.WriteError() | httpx.RemoteProtocolError():
            return FailureKind.CUT_OFF
        case _:
            return FailureKind.NO_CONNECTION


def _is_cut_off(error: httpx.RemoteProtocolError) -> bool:
    """Whether the answer ended too early; h11 has no type of its own for that."""
    text = str(error)
    return "disconnected" in text or "closed connection" in text
