"""What the client is answered: one response, or a stream of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from gateway_graphql.errors import (
    DEFAULT_ERROR_LIMITS,
    ErrorDetail,
    ErrorLimits,
    errors_to_json,
)
from gateway_graphql.exchange.caller import Caller
from gateway_graphql.exchange.stream import Stream


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
    """An answer, encoded; or one part of a stream of them.

    Attributes:
        body: The JSON response, UTF-8.
        has_errors: Whether it has an `errors` entry.
        headers: HTTP headers that belong to the answer.
        caller: Whom it was made for; `None` for somebody without a credential.
        replies: The replies it was made of, in the order in which they came.
        is_fatal: Whether it says why the stream that it is a part of ends here.
    """

    body: bytes
    has_errors: bool
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    caller: Caller | None = None
    replies: tuple[ReplyHead, ...] = ()
    is_fatal: bool = False


class GatewayStream(msgspec.Struct, frozen=True):
    """An answer in parts: each event of a subscription, as it comes.

    Attributes:
        responses: The parts. Whoever does not read them to the end closes them, which
            ends all that is behind, once.
        headers: HTTP headers that belong to the whole answer.
        caller: Whom it is made for; `None` for somebody without a credential.
        replies: What the subgraph that is the source said as the stream began.
    """

    responses: Stream[GatewayResponse]
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    caller: Caller | None = None
    replies: tuple[ReplyHead, ...] = ()


GatewayAnswer: TypeAlias = GatewayResponse | GatewayStream

_Answer = TypeVar("_Answer", bound=GatewayAnswer)


def with_headers(answer: _Answer, headers: Mapping[str, str]) -> _Answer:
    """The answer with more headers, which give way to those that it has."""
    return replace(answer, headers={**headers, **answer.headers})


def encode_errors(
    details: Sequence[ErrorDetail], limits: ErrorLimits = DEFAULT_ERROR_LIMITS
) -> bytes:
    """The body of a response that has only errors."""
    return msgspec.json.encode({"errors": errors_to_json(details, limits)})
