"""Listening sockets, made before a server is, so that a taken port is a clear message."""

from __future__ import annotations

import socket

from gateway_graphql.cli.console import CommandFailed

_BACKLOG = 2048


def listen(host: str, port: int, who: str) -> socket.socket:
    """Bind a listening socket; `who` is named when the port is taken.

    Raises:
        CommandFailed: The address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise CommandFailed(
            f"{who} cannot listen on {host}:{port}: {error.strerror}. "
            "End what uses the port, or choose another with --port."
        ) from error
    listener.set_inheritable(True)
    return listener
