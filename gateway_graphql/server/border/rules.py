"""What the server lets in, from whom and how much at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway_graphql.server.border.cors import OriginPolicy
from gateway_graphql.server.border.csrf import CSRFRule
from gateway_graphql.server.graphql.request_body import Scope
from gateway_graphql.spelling import tells_options
from gateway_graphql.wire.address import Network
from gateway_graphql.wire.forwarded import client_address


@tells_options
@dataclass(frozen=True, slots=True)
class Border:
    """The rules of the HTTP border.

    Attributes:
        csrf: Which requests must show that no foreign page sent them.
        origins: Pages of other origins that may read answers; by default none.
        trusted_proxies: Networks whose `X-Forwarded-For` is believed.
        max_batch: How many requests one body may hold as a list; `None` for no lists.
        compress_from: Answers of so many bytes and more are compressed for clients that
            accept it; `None` for no answers.
    """

    csrf: CSRFRule = field(default_factory=CSRFRule)
    origins: tuple[OriginPolicy, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    max_batch: int | None = None
    compress_from: int | None = 1024

    def address_of(self, peer: str | None, headers: Mapping[str, str]) -> str | None:
        """The client's address, behind whatever proxies are trusted.

        Args:
            peer: The other end of the connection, if it has an address.
            headers: The request's.
        """
        forwarded_for = headers.get("x-forwarded-for", "")
        return client_address(peer, forwarded_for, self.trusted_proxies)


def peer_of(scope: Scope) -> str | None:
    """The other end of the connection, if it has an address."""
    client = scope.get("client")
    return client[0] if client else None
