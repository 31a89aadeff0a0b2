"""From an address to a connection.

A name may have addresses that lead nowhere, as where IPv6 is announced and not routed. So
each is given a moment before the next one is tried beside it, and the first that answers
is taken (RFC 8305, in its simplest form).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest
from typing import Any, Final, TypeAlias

from gateway_graphql.transport.http1.address import Address
from gateway_graphql.transport.http1.connection import Connection

_Resolved: TypeAlias = tuple[int, int, int, str, Any]
"""A row of `getaddrinfo`: family, kind, protocol, name, address of the socket."""

_HEAD_START_S: Final = 0.25


async def dial(
    address: Address, tls: ssl.SSLContext | None, make: Callable[[], Connection]
) -> Connection:
    """Connect, with TLS if a context for it is given.

    Raises:
        OSError: Nobody is there, or nobody who can be believed (`ssl.SSLError`).
        ValueError: The host's name or the socket's path is one that cannot be.
    """
    loop = asyncio.get_running_loop()
    server = address.host if tls else None
    if address.socket_path is not None:
        _, made = await loop.create_unix_connection(
            make, address.socket_path, ssl=tls, server_hostname=server
        )
        return made
    connected = await first_connected(
        await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    )
    _, made = await loop.create_connection(
        make, sock=connected, ssl=tls, server_hostname=server
    )
    return made


async def first_connected(resolved: Sequence[_Resolved]) -> socket.socket:
    """The first socket that is connected, of attempts that begin one after the other.

    Raises:
        OSError: None of them is.
    """
    left = deque(_alternating(resolved))
    attempts: set[asyncio.Task[socket.socket]] = set()
    failures: list[Exception] = []
    try:
        while left or attempts:
            if left:
                attempts.add(asyncio.create_task(_connected(left.popleft())))
            done, _ = await asyncio.wait(
                attempts,
                timeout=_HEAD_START_S if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for attempt in done:
                attempts.remove(attempt)
                try:
                    return attempt.result()
                except OSError as failure:
                    failures.append(failure)
    finally:
        for attempt in attempts:
            attempt.add_done_callback(_close)
            attempt.cancel()
    raise OSError("no address of the host answers") from _all(failures)


async def _connected(one: _Resolved) -> socket.socket:
    family, kind, protocol, _, address = one
    made = socket.socket(family, kind, protocol)
    try:
        made.setblocking(False)
        # A request is one write: nothing is gained by waiting for more of it.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


def _close(attempt: asyncio.Task[socket.socket]) -> None:
    """Close what is not needed any more, however it ended."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


def _alternating(resolved: Sequence[_Resolved]) -> list[_Resolved]:
    """IPv6 and IPv4 in turns, beginning with what the system holds best."""
    first = [one for one in resolved if one[0] == resolved[0][0]]
    others = [one for one in resolved if one[0] != resolved[0][0]]
    pairs = chain.from_iterable(zip_longest(first, others))
    return [one for one in pairs if one is not None]


def _all(failures: list[Exception]) -> Exception | None:
    return ExceptionGroup("attempts", failures) if failures else None
