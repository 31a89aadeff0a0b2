"""Where a subgraph answers, as a URL says it: host and port, or a Unix socket.

No standard says how a URL names a socket and a path of HTTP behind it. Both ways that are
in use are read: `unix:///run/reviews.sock:/graphql`, as nginx writes it, and
`unix:///run/reviews.sock?path=/graphql`, as the supergraphs of Apollo Router do.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

_UNIX: Final = "unix://"
_PORTS: Final = {"http": 80, "https": 443}
_LAST_PORT: Final = 65535
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_PLAIN: Final = re.compile(
    "(?P<scheme>https?)://"
    rf"(?P<host>(?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*|(?:{_OCTET}\.){{3}}{_OCTET})"
    "(?::(?P<port>[1-9][0-9]{0,4}))?"
    "(?P<path>/[A-Za-z0-9_~/-]*)?"
)
"""Nearly all URLs of subgraphs: they mean what they say, letter by letter."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a subgraph answers.

    Attributes:
        host: A name in ASCII or an IP address, without brackets.
        port: The port there.
        authority: The value of `Host`: with the port where it is not the scheme's own,
            with the brackets of an IPv6 address.
        target: Path and query.
        is_tls: Whether it is asked over TLS.
        socket_path: The Unix socket that is connected to, in place of host and port.
        authorization: The value of `Authorization` that the URL's user and password ask
            for.
    """

    host: str
    port: int
    authority: str
    target: str
    is_tls: bool = False
    socket_path: str | None = None
    authorization: str | None = None


def address_of(url: str) -> Address | None:
    """Read a URL; `None` for one that cannot be asked over HTTP.

    Raises:
        httpx.InvalidURL: It is no URL.
    """
    if url.startswith(_UNIX):
        return _socket_address(url.removeprefix(_UNIX))
    plain = _PLAIN.fullmatch(url)
    address = _any_address(url) if plain is None else _plain_address(plain)
    # The system would take a port that is too great modulo 65536.
    is_there = address is not None and 0 < address.port <= _LAST_PORT
    return address if is_there else None


def _plain_address(url: re.Match[str]) -> Address:
    scheme, host, port, path = url.group("scheme", "host", "port", "path")
    own_port = _PORTS[scheme]
    number = int(port or own_port)
    return Address(
        host=host,
        port=number,
        authority=host if number == own_port else f"{host}:{number}",
        target=path or "/",
        is_tls=scheme == "https",
    )


def _any_address(url: str) -> Address | None:
    """The address of a URL that has to be encoded, put in order or refused."""
    import httpx  # noqa: PLC0415 - slow to load, and few need it

    parts = httpx.URL(url)
    if parts.scheme not in _PORTS or not parts.raw_host:
        return None
    return Address(
        host=parts.raw_host.decode("ascii"),
        port=parts.port or _PORTS[parts.scheme],
        authority=parts.netloc.decode("ascii"),
        target=parts.raw_path.decode("ascii"),
        is_tls=parts.scheme == "https",
        authorization=_basic(parts.username, parts.password),
    )


def httpx_url(url: str, address: Address | None) -> str:
    """The URL for httpx, which is told of a Unix socket elsewhere."""
    if address is None or address.socket_path is None:
        return url
    return f"http://{address.authority}{address.target}"


def _socket_address(rest: str) -> Address | None:
    """The address of a path, perhaps with the path of HTTP after a `:`, or as a query."""
    path, _, target = rest.partition(":")
    if not target:
        path, _, query = rest.partition("?")
        target = parse_qs(query).get("path", ["/"])[0]
    if not path.startswith("/") or not target.startswith("/"):
        return None
    over_tcp = address_of(f"http://localhost{target}")
    if over_tcp is None:
        return None
    return Address("localhost", 0, "localhost", over_tcp.target, socket_path=path)


def _basic(user: str, password: str) -> str | None:
    if not user and not password:
        return None
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")
