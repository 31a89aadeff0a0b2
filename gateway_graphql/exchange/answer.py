"""What the client is answered."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway_graphql.exchange.caller import Caller


class ReplyHead(msgspec.Struct, frozen=True):
    """What a subgraph's reply said beside its body.

    Attributes:
        subgraph: Who replied.
        is_of_mutation: Whether it replied to a mutation.
        headers: Names in lower case, as in `SubgraphReply`.
    """

    subgraph: str
    is_of_mutation: bool
    headers: Mapping[str, str]


class GatewayResponse(msgspec.Struct, frozen=True):
    """An answer, encoded.

    Attributes:
        body: The JSON response, UTF-8.
        has_errors: Whether it has an `errors` entry.
        headers: HTTP headers that belong to the answer.
        caller: Whom it was made for; `None` for somebody without a credential.
        replies: The replies it was made of, in the order in which they came.
    """

    body: bytes
    has_errors: bool
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    caller: Caller | None = None
    replies: tuple[ReplyHead, ...] = ()
