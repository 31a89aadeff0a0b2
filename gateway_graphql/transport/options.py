"""How a subgraph is asked over HTTP; the one place with the defaults."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TypedDict

from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.http_message import MAX_REPLY_BYTES


@tells_options
@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPOptions:
    """How a subgraph is asked over HTTP.

    Attributes:
        timeout_s: How long a request may take in all, bounded by its deadline.
        max_reply_bytes: The longest answer that is read, decompressed.
        max_connections: How many requests are under way at once; more of them wait.
        max_idle_connections: How many connections are kept for later.
        max_waiting: How many requests wait for a connection; more of them fail at once.
        tls: Who is believed, and what is shown of the gateway itself
            (`private_context`); `None` for the authorities that browsers believe.
    """

    timeout_s: float = 30
    max_reply_bytes: int = MAX_REPLY_BYTES
    max_connections: int = 100
    max_idle_connections: int = 100
    max_waiting: int = 10_000
    tls: ssl.SSLContext | None = None


DEFAULT_HTTP_OPTIONS = HTTPOptions()


class HTTPKeywords(TypedDict, total=False):
    """The same as keyword arguments, for type checkers; each is optional."""

    timeout_s: float
    max_reply_bytes: int
    max_connections: int
    max_idle_connections: int
    max_waiting: int
    tls: ssl.SSLContext | None
