"""Ports for the processes that tests start.

Several processes test at the same time, and what they start binds its ports only seconds
later. So a block of ports is locked by a file as long as the process lives that was given
it, and never given twice. The blocks are below those that the system gives to clients.
"""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

_FIRST, _LAST, _BLOCK = 16_000, 32_000, 10
_LOCKS = Path(tempfile.gettempdir())


def free_ports(count):
    """So many ports in a row, as `dev` wants them, for this process alone."""
    blocks = range(_FIRST, _LAST, _BLOCK)
    begin = os.getpid() * 7 % len(blocks)
    for base in (*blocks[begin:], *blocks[:begin]):
        ports = tuple(range(base, base + count))
        if _is_ours(base) and all(map(_is_free, ports)):
            return ports
    raise OSError("There are no free ports.")


def free_port():
    """One port, for this process alone."""
    return free_ports(1)[0]


def _is_ours(base):
    """Whether the block was nobody's; from now on it is this process's.

    The file stays open: its lock ends with the process.
    """
    path = _LOCKS / f"gateway-graphql-ports-{base}"
    try:
        lock = os.open(path, os.O_CREAT | os.O_RDWR)
    except OSError:  # another user's
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return False
    return True


def _is_free(port):
    with socket.socket() as probe:
        # As servers do: what is left of closed connections is not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
