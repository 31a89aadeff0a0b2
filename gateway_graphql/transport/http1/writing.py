"""A request as the bytes of its message: head and body together, for one write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway_graphql.transport.base import SubgraphRequest
from gateway_graphql.transport.http1.address import Address
from gateway_graphql.transport.http_message import (
    NOT_FORWARDED,
    PROTOCOL_HEADERS,
    USER_AGENT,
    encode_body,
    forbidden,
    is_forbidden,
    signed_headers,
)

_AGENT: Final = f"user-agent: {USER_AGENT}\r\n"


class MessageWriter:
    """Writes the messages to one address.

    Args:
        address: Where they go.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._path = address.target
        self._start = _start_of(address)
        # Whom the URL names goes before whom the request names.
        self._left_out = (
            NOT_FORWARDED | {"authorization"}
            if address.authorization
            else NOT_FORWARDED
        )

    def write(self, request: SubgraphRequest) -> bytes:
        """The whole message.

        Raises:
            SubgraphUnreachable: It has a header that HTTP forbids.
        """
        body = encode_body(request)
        headers = request.headers
        if request.sign is not None:
            headers = signed_headers(request, self._path, body)
        lines = self._lines(headers, request.subgraph) if headers else _AGENT
        head = f"{self._start}{lines}content-length: {len(body)}\r\n\r\n"
        return head.encode("latin-1", "replace") + body

    def _lines(self, headers: Mapping[str, str], subgraph: str) -> str:
        lines: list[str] = []
        agent = _AGENT
        for name, value in headers.items():
            lower = name.lower()
            if lower in self._left_out:
                continue
            if not _is_plain(name, value) and is_forbidden(name, value):
                raise forbidden(subgraph, name)
            if lower == "user-agent":
                agent = ""
            lines.append(f"{name}: {value}\r\n")
        return agent + "".join(lines)


def _start_of(address: Address) -> str:
    """All of a head that is the same for every request."""
    headers = {
        "host": address.authority,
        "connection": "keep-alive",
        **PROTOCOL_HEADERS,
    }
    if address.authorization:
        headers["authorization"] = address.authorization
    lines = (f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {address.target} HTTP/1.1\r\n{''.join(lines)}"


def _is_plain(name: str, value: str) -> bool:
    """Whether a header is like nearly all are, which is quicker to tell."""
    return (
        name.isascii()
        and name.replace("-", "").isalnum()
        and value.isprintable()
        and value == value.strip()
    )
