"""A subscription: the root fetch of its plan is a stream, and each event an execution.

The subgraph that has the root field is asked once, and answers with replies that come as
things happen. With each, the whole plan is executed, as for a query: the reply stands for
what the root fetch brings, and all other fetches, errors and nulls are that event's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping

import msgspec
from msgspec.structs import replace

from gateway_graphql.errors import SubgraphFailed, SubgraphUnreachable
from gateway_graphql.exchange import JSON, ReplyHead, Stream
from gateway_graphql.execution.compiled.plan import CompiledFetch, CompiledPlan
from gateway_graphql.execution.run.for_request import ForRequest
from gateway_graphql.execution.run.sending import (
    NO_TRANSPORT,
    ask,
    failure_of,
    is_cancelled,
)
from gateway_graphql.language.conditions import any_holds
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphReply,
    SubgraphRequest,
    SubgraphStream,
    Transport,
)


class Event(msgspec.Struct, frozen=True):
    """What the source of a subscription said once.

    Attributes:
        subgraph: The source.
        outcome: What it replied, or why it says no more.
    """

    subgraph: str
    outcome: SubgraphReply | SubgraphFailed

    @property
    def is_fatal(self) -> bool:
        """Whether it is the last one, since the source has failed."""
        return isinstance(self.outcome, SubgraphFailed)

    def among(self, given: ForRequest) -> ForRequest:
        """The facts of a request whose root fetch brings this event."""
        source = _EventTransport(self.outcome, given.transports.get(self.subgraph))
        return replace(given, transports={**given.transports, self.subgraph: source})


class Events(msgspec.Struct, frozen=True):
    """What the source of a subscription says, as long as it is read.

    Attributes:
        stream: An event after the other.
        head: What the source said of all of them.
    """

    stream: Stream[Event]
    head: ReplyHead


def source_of(
    compiled: CompiledPlan, variables: Mapping[str, JSON]
) -> CompiledFetch | None:
    """The fetch that a subscription's events come from.

    There is none if its field is not asked for, withheld from the caller, or nowhere to
    be had: then its plan is executed once, and that is all of the answer.
    """
    for fetch in compiled.fetches:
        if fetch.node.operation.kind is OperationKind.SUBSCRIPTION:
            return fetch if any_holds(fetch.node.when, variables) else None
    return None


async def subscribe(source: CompiledFetch, given: ForRequest) -> Event | Events:
    """Have the events of a source begin.

    Returns:
        The events; or the one event in which there was nothing but a reply, or a
        failure. Nothing is raised.
    """
    subgraph = source.node.subgraph
    transport = given.transports.get(subgraph)
    request = given.request_of(source.node, {}, {})
    try:
        if transport is None:
            raise SubgraphUnreachable(subgraph, NO_TRANSPORT, was_sent=False)
        answer = await ask(request, transport)
    except SubgraphFailed as failure:
        return Event(subgraph, failure)
    if not isinstance(answer, SubgraphStream):
        return Event(subgraph, answer)
    head = ReplyHead(subgraph, is_of_mutation=False, headers=answer.headers)
    replies = answer.replies
    return Events(Stream(_events(subgraph, replies), replies.aclose), head)


async def _events(
    subgraph: str, replies: Stream[SubgraphReply]
) -> AsyncGenerator[Event, None]:
    """An event for each reply, and one for what the source fails with, if it does."""
    failure: SubgraphFailed
    try:
        async for reply in replies:
            yield Event(subgraph, reply)
    except SubgraphFailed as raised:
        failure = raised
    except asyncio.CancelledError as error:
        if is_cancelled():
            raise
        failure = failure_of(subgraph, error)
    except Exception as error:  # noqa: BLE001  the border to a transport, as for one reply
        failure = failure_of(subgraph, error)
    else:
        return
    yield Event(subgraph, failure)


class _EventTransport:
    """Brings an event to the root fetch, and leaves all else to the subgraph."""

    def __init__(
        self, outcome: SubgraphReply | SubgraphFailed, inner: Transport | None
    ) -> None:
        self._outcome = outcome
        self._inner = inner

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Give what has come already, or ask."""
        if request.kind is not OperationKind.SUBSCRIPTION and self._inner is not None:
            return await self._inner.send(request)
        if isinstance(self._outcome, SubgraphFailed):
            raise self._outcome
        return self._outcome
