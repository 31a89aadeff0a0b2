"""Who is at the other end of the connection, behind proxies that can be trusted.

Each proxy adds the address it was asked from to the right of `X-Forwarded-For`, and
whatever a client writes there itself stands on the left. So the list is walked from the
right, as long as it is a trusted proxy that says so: the first address that is none is
the client's. Without trusted proxies the header is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

_MAX_HOPS = 32
_MAX_LENGTH = 128
"""Characters; an address has 45, and a port or a zone's name."""


def client_address(
    peer: str | None, forwarded_for: str, trusted: Sequence[Network]
) -> str | None:
    """The client's address.

    Args:
        peer: The other end of the connection; `None` if it has no address.
        forwarded_for: `X-Forwarded-For`, several of them joined by commas.
        trusted: Where proxies are.

    Returns:
        The address in its normal form; `None` if the peer has none.
    """
    address = _parsed(peer or "")
    if address is None:
        return peer
    if trusted:
        for hop in reversed(forwarded_for.rsplit(",", _MAX_HOPS)[-_MAX_HOPS:]):
            if not any(address in network for network in trusted):
                break
            before = _parsed(hop.strip())
            if before is None:
                break
            address = before
    return str(address)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without a port; `None` for anything else."""
    # Nobody can fill the memory with what a proxy passes on.
    return None if len(text) > _MAX_LENGTH else _known(text)


@lru_cache(maxsize=1024)
def _known(text: str) -> IPv4Address | IPv6Address | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address
