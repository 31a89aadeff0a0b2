"""Why an exchange over HTTP failed, found among the exceptions that it was made of.

The text of an exception is never taken: it may hold a URL with all its credentials. Only
what OpenSSL says of a handshake is, in its own fixed words.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from gateway_graphql.errors import FailureCause, FailureKind


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
