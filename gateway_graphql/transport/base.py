"""One request to one subgraph: the protocol that every transport speaks.

A transport is anything with `send`. Wrappers (retry, deadline, balancing) are
transports around transports; nothing above this room knows about HTTP clients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import msgspec

from gateway_graphql.errors import SubgraphCannotStream
from gateway_graphql.exchange import JSON, Caller, Stream
from gateway_graphql.language.operation import OperationKind

RequestSigner: TypeAlias = Callable[[str, bytes], Mapping[str, str]]
"""Gives the headers that prove to a subgraph who sent a body to a path."""


class SubgraphRequest(msgspec.Struct, frozen=True):
    """What to ask a subgraph.

    Attributes:
        subgraph: The subgraph's name.
        kind: Only queries may be sent again after a failure, and only a subscription
            may be answered by a stream.
        query: The document.
        variables: Its variables' values, JSON-ready.
        operation_name: The name of the document's operation, if it has one.
        headers: HTTP headers beside those of the protocol, names in lower case.
        deadline: When the answer must be there, on the clock of `time.monotonic`; a
            stream must have begun by then.
        extensions: Protocol extensions for the body.
        caller: On whose behalf it is sent; `None` for somebody without a credential.
        sign: Asked for further headers by the transport that sends the request over
            HTTP, each time it does: it alone knows the path and the very bytes.
        kept: What transports keep for the length of one client request, each under
            itself; the very same for all fetches of that request.
    """

    subgraph: str
    kind: OperationKind
    query: str
    variables: Mapping[str, JSON] = msgspec.field(default_factory=dict)
    operation_name: str | None = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    deadline: float | None = None
    extensions: Mapping[str, JSON] = msgspec.field(default_factory=dict)
    caller: Caller | None = None
    sign: RequestSigner | None = None
    kept: dict[object, Any] = msgspec.field(default_factory=dict)


class SubgraphReply(msgspec.Struct, frozen=True):
    """What a subgraph answered, undecoded.

    Attributes:
        status: The HTTP status.
        body: The decompressed body.
        headers: Names in lower case; several of one name are joined by commas, those
            of `set-cookie` by line breaks.
        raised: What a subgraph in this process raised by accident, each with the index
            of the error that stands for it.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    raised: tuple[tuple[int, BaseException], ...] = ()


class SubgraphStream(msgspec.Struct, frozen=True):
    """What a subgraph answers to a subscription, part by part, undecoded.

    Attributes:
        replies: One for each event. They end when the subgraph has said all; what goes
            wrong on the way is raised as `SubgraphFailed`.
        headers: Of the stream as a whole, as in `SubgraphReply`.
    """

    replies: Stream[SubgraphReply]
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


SubgraphAnswer: TypeAlias = SubgraphReply | SubgraphStream


class Transport(Protocol):
    """Carries requests to one subgraph."""

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Send a request and read the whole answer, or have a stream begin.

        What comes follows from the request: a subscription is answered by a stream, or
        by one reply where the subgraph refuses it; anything else by one reply.

        Raises:
            SubgraphFailed: No answer, too late, too large, or no stream to be had.
        """
        ...


def keeps_deadlines(transport: Transport) -> bool:
    """Whether a transport never takes longer than a request's deadline allows.

    It says so by an attribute of that name, and need not be watched then. A wrapper says
    it if what it wraps does, and it waits for nothing itself.
    """
    return getattr(transport, "keeps_deadlines", False) is True


def refuse_to_stream(request: SubgraphRequest) -> None:
    """For transports that read whole answers only.

    Raises:
        SubgraphCannotStream: The request asks for a stream.
    """
    if request.kind is OperationKind.SUBSCRIPTION:
        raise SubgraphCannotStream(request.subgraph)
