"""Run a subgraph that lives in this very process as if it were far away.

What a subgraph in process raises must not reach the gateway any more than what a remote
one raises. A task is the border: its exception is read, never propagated, and its time is
bounded from outside.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Final, Generic, Self, TypeVar

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphFailed,
    SubgraphHTTPError,
    SubgraphTimedOut,
)
from gateway_graphql.exchange.stream import close_source
from gateway_graphql.transport.base import SubgraphRequest

_Result = TypeVar("_Result")
_INTERNAL_SERVER_ERROR: Final = 500
_LEAVING_S: Final = 5.0
"""Who does not end when it is told to is not waited for any longer."""


def allowed_s(request: SubgraphRequest, timeout_s: float) -> float:
    """How long a request may take: the transport's timeout or what is left, if less."""
    if request.deadline is None:
        return timeout_s
    return min(timeout_s, request.deadline - time.monotonic())


async def run_as_subgraph(
    work: Coroutine[object, object, _Result],
    request: SubgraphRequest,
    *,
    timeout_s: float,
) -> _Result:
    """Run the work of a subgraph and give its result.

    Raises:
        SubgraphFailed: As raised by the work itself; `SubgraphTimedOut` when it took too
            long (it is cancelled), `SubgraphHTTPError` with status 500 when it raised
            anything else (which is its `__cause__`).
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=max(allowed_s(request, timeout_s), 0))
    finally:
        if not task.done():
            task.cancel()
    if not task.done():
        raise SubgraphTimedOut(request.subgraph)
    if (failure := _failure(task, request)) is not None:
        raise failure
    return task.result()


class SubgraphSource(Generic[_Result]):
    """Runs what gives the items of a stream, from its start to its end, in one task.

    What it has entered on the way (cancel scopes, context variables) it leaves in the
    same task, whoever reads. An item is made when one is asked for, and none ahead.
    """

    def __init__(self, items: AsyncIterator[_Result], request: SubgraphRequest) -> None:
        self._items = items
        self._request = request
        # What is asked for now, given by the task or when it ends.
        self._wanted: asyncio.Future[_Result] | None = None
        self._is_wanted = asyncio.Event()
        self._task = asyncio.ensure_future(self._run())
        self._task.add_done_callback(self._end)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Result:
        """Ask for the next item.

        Raises:
            SubgraphFailed: As raised by the source itself; `SubgraphHTTPError` with
                status 500 when it raised anything else (which is its `__cause__`).
        """
        if self._task.done():
            raise StopAsyncIteration
        self._wanted = asyncio.get_running_loop().create_future()
        self._is_wanted.set()
        return await self._wanted

    async def aclose(self) -> None:
        """End the source, and wait for its end, though not for ever."""
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=_LEAVING_S)

    async def _run(self) -> None:
        try:
            while True:
                await self._is_wanted.wait()
                self._is_wanted.clear()
                item = await anext(self._items)
                if self._wanted is not None and not self._wanted.done():
                    self._wanted.set_result(item)
        except StopAsyncIteration:
            return
        finally:
            await close_source(self._items)

    def _end(self, task: asyncio.Task[None]) -> None:
        failure = _failure(task, self._request)
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_exception(failure or StopAsyncIteration())


def _failure(
    task: asyncio.Future[_Result], request: SubgraphRequest
) -> SubgraphFailed | None:
    """What of a subgraph's task that is done is told, if it raised anything."""
    raised: BaseException | None = asyncio.CancelledError()
    if not task.cancelled():
        raised = task.exception()
    if raised is None or isinstance(raised, SubgraphFailed):
        return raised
    cause = FailureCause(FailureKind.RAISED, type(raised).__name__)
    failure = SubgraphHTTPError(request.subgraph, _INTERNAL_SERVER_ERROR, cause)
    failure.__cause__ = raised
    return failure
