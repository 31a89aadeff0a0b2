"""Why an exchange over HTTP failed, found among the exceptions that it was made of.

The text of an exception is never taken: it may hold a URL with all its credentials. Only
what OpenSSL says of a handshake is, in its own fixed words.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from gateway_graphql.errors import FailureCause, FailureKind


def cause_of(error: Exception) -> FailureCause:
    """The cause of an exception that httpx raised."""
    return cause_of_system(error) or FailureCause(_kind_of(error))


def cause_of_system(error: BaseException | None) -> FailureCause | None:
    """The cause that the system or OpenSSL gives; `None` where they say nothing telling.

    The innermost exceptions say most, and those of the system more than a library's.
    """
    for origin in _origins(error):
        match origin:
            case socket.gaierror():
                return FailureCause(FailureKind.HOST_UNKNOWN)
            case ssl.SSLError():
                return FailureCause(FailureKind.TLS, _of_handshake(origin))
            case ConnectionRefusedError():
                return FailureCause(FailureKind.REFUSED)
    return None


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


def _of_handshake(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate refused, {error.verify_message}"
    return (error.reason or "").lower().replace("_", " ")


def _origins(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that it was made of."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _origins(member)
        error = error.__cause__ or error.__context__
