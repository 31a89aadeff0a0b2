"""Send the request of a fetch and wait for its reply, whichever path asks.

Where the fast path hands over to the exact one, the requests that it has sent are not
sent again: their replies, there or on their way, are taken from it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeAlias

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphFailed,
    SubgraphReplyMalformed,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.exchange import JSON, ReplyHead
from gateway_graphql.execution.compiled.plan import CompiledFetch
from gateway_graphql.execution.run.for_request import ForRequest
from gateway_graphql.execution.run.targets import Targets
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphReply,
    SubgraphRequest,
    SubgraphStream,
    Transport,
    keeps_deadlines,
)

RequestOutcome: TypeAlias = SubgraphReply | SubgraphFailed
"""What became of a request."""

NO_TRANSPORT: Final = FailureCause(FailureKind.OTHER, "it has no transport")


class Sending:
    """Sends the requests of one execution.

    Args:
        given: The facts of the request.

    Attributes:
        sent: By the id of the fetch, what becomes of the requests that the fast path
            has sent.
    """

    def __init__(self, given: ForRequest) -> None:
        self.sent: dict[int, asyncio.Future[RequestOutcome]] = {}
        self._given = given
        # Transports write it, each under itself.
        self._kept: dict[object, Any] = {}

    async def send(self, fetch: CompiledFetch, targets: Targets) -> SubgraphReply:
        """Send what asks for some objects, unless it was sent already.

        Raises:
            SubgraphFailed: There is no reply.
        """
        sent = self.sent.get(fetch.node.id)
        if sent is not None:
            return _reply(await asyncio.shield(sent))
        return await self._exchange(fetch, targets.variables, targets)

    async def send_early(
        self, fetch: CompiledFetch, variables: Mapping[str, JSON]
    ) -> SubgraphReply:
        """Send a request whose reply the exact path may want, too.

        Raises:
            SubgraphFailed: There is no reply.
        """
        outcome = asyncio.get_running_loop().create_future()
        self.sent[fetch.node.id] = outcome
        try:
            reply = await self._exchange(fetch, variables, None)
        except SubgraphFailed as failure:
            outcome.set_result(failure)
            raise
        outcome.set_result(reply)
        return reply

    async def _exchange(
        self,
        fetch: CompiledFetch,
        variables: Mapping[str, JSON],
        targets: Targets | None,
    ) -> SubgraphReply:
        subgraph = fetch.node.subgraph
        transport = self._given.transports.get(subgraph)
        if transport is None:
            raise SubgraphUnreachable(subgraph, NO_TRANSPORT, was_sent=False)
        if (tracer := self._given.tracer) is not None and targets is not None:
            transport = tracer.around(transport, fetch.node, targets)
        request = self._given.request_of(fetch.node, variables, self._kept)
        answer = await ask(request, transport)
        if not isinstance(answer, SubgraphReply):
            await _refuse_stream(subgraph, answer)
        return answer


def head_of(fetch: CompiledFetch, reply: SubgraphReply) -> ReplyHead:
    """What a reply to a fetch said beside its body."""
    node = fetch.node
    is_mutation = node.operation.kind is OperationKind.MUTATION
    return ReplyHead(node.subgraph, is_mutation, reply.headers)


def _reply(outcome: RequestOutcome) -> SubgraphReply:
    if isinstance(outcome, SubgraphFailed):
        raise outcome
    return outcome


async def _refuse_stream(subgraph: str, answer: SubgraphStream) -> NoReturn:
    if isinstance(answer, SubgraphStream):  # whatever the transport's types say
        await answer.replies.aclose()
    raise SubgraphReplyMalformed(subgraph, "it is not one reply")


async def ask(request: SubgraphRequest, transport: Transport) -> SubgraphAnswer:
    """Send a request.

    Raises:
        SubgraphFailed: Nothing came of it, whatever the transport has raised.
    """
    deadline = request.deadline
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        raise SubgraphTimedOut(request.subgraph, was_sent=False)
    try:
        if left is None or keeps_deadlines(transport):
            return await transport.send(request)
        async with asyncio.timeout(left):
            return await transport.send(request)
    except SubgraphFailed:
        raise
    except TimeoutError as error:
        raise SubgraphTimedOut(request.subgraph) from error
    except asyncio.CancelledError as error:
        if is_cancelled():
            raise
        raise failure_of(request.subgraph, error) from error
    except Exception as error:  # the border to a transport that anyone may write
        raise failure_of(request.subgraph, error) from error


def is_cancelled() -> bool:
    """Whether somebody has cancelled the task that runs now.

    If nobody has, a `CancelledError` tells of something else that a transport waited for.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def failure_of(subgraph: str, error: BaseException) -> SubgraphFailed:
    """What is told of a subgraph whose transport has a fault of its own."""
    message = f"Subgraph '{subgraph}' could not be asked."
    cause = FailureCause(FailureKind.RAISED, type(error).__name__)
    failure = SubgraphFailed(subgraph, message, cause=cause)
    failure.__cause__ = error
    return failure
