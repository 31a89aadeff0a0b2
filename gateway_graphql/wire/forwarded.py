"""Who is at the other end of the connection, behind proxies that can be trusted.

Each proxy adds the address it was asked from to the right of `X-Forwarded-For`, and
whatever a client writes there itself stands on the left. So the list is walked from the
right, as long as it is a trusted proxy that says so: the first address that is none is
the client's. Without trusted proxies the header is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway_graphql.wire.address import Network, address_of, is_in, normal_form

_MAX_HOPS = 32


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
    if not trusted:
        return None if peer is None else normal_form(peer)
    address = address_of(peer or "")
    if address is None:
        return peer
    for hop in reversed(forwarded_for.rsplit(",", _MAX_HOPS)[-_MAX_HOPS:]):
        if not is_in(address, trusted):
            break
        before = address_of(hop.strip())
        if before is None:
            break
        address = before
    return str(address)
