"""Run a subgraph that lives in this very process as if it were far away.

What a subgraph in process raises must not reach the gateway any more than what a remote
one raises. A task is the border: its exception is read, never propagated, and its time is
bounded from outside.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import TypeVar

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphFailed,
    SubgraphHTTPError,
    SubgraphTimedOut,
)
from gateway_graphql.transport.base import SubgraphRequest

_Result = TypeVar("_Result")
_INTERNAL_SERVER_ERROR = 500


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
    if task.cancelled():
        raise SubgraphHTTPError(
            request.subgraph,
            _INTERNAL_SERVER_ERROR,
            FailureCause(FailureKind.RAISED, asyncio.CancelledError.__name__),
        )
    match task.exception():
        case None:
            return task.result()
        case SubgraphFailed() as failure:
            raise failure
        case failure:
            raise SubgraphHTTPError(
                request.subgraph,
                _INTERNAL_SERVER_ERROR,
                FailureCause(FailureKind.RAISED, type(failure).__name__),
            ) from failure
