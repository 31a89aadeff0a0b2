"""What an address is, wherever addresses are compared or counted.

An IPv4 address that comes over IPv6 (`::ffff:192.0.2.1`) is that IPv4 address. One IPv6
host has a network of 64 bits for itself and may take a new address in it for everything
it does: where somebody is counted by address, such a network is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

from gateway_graphql.remembered import once_per_text

IPAddress: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_HOST_BITS: Final = 64
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_MAX_LENGTH: Final = 128
"""Characters; an address has 45, and a port or a zone's name."""


def address_of(text: str) -> IPAddress | None:
    """Read an address, with or without a port; `None` for anything else."""
    # Nobody can fill the memory with what a proxy passes on.
    return None if len(text) > _MAX_LENGTH else _known_address(text)


@once_per_text(1024, _MAX_LENGTH)
def normal_form(text: str) -> str:
    """An address as it is written everywhere; what is none stays as it is."""
    address = address_of(text)
    return text if address is None else str(address)


def network_of(text: str) -> Network:
    """Read a network, or one address.

    Raises:
        ValueError: It is neither.
    """
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        address = network.network_address.ipv4_mapped
        return ip_network(f"{address}/{network.prefixlen - _MAPPED.prefixlen}")
    return network


def is_in(address: IPAddress, networks: Iterable[Network]) -> bool:
    """Whether an address, as `address_of` reads it, is in one of the networks."""
    return any(address in network for network in networks)


def host_of(text: str) -> str:
    """Whom an address stands for: itself, or the network that an IPv6 host has.

    What is no address, such as the name of a test client, stands for itself.
    """
    return text if len(text) > _MAX_LENGTH else _known_host(text)


@lru_cache(maxsize=1024)
def _known_address(text: str) -> IPAddress | None:
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


@lru_cache(maxsize=4096)
def _known_host(text: str) -> str:
    address = _known_address(text)
    if isinstance(address, IPv6Address):
        number = int(address) >> _HOST_BITS << _HOST_BITS
        return str(IPv6Network((number, _HOST_BITS)))
    return text if address is None else str(address)
