"""Computing that the event loop must not wait for.

Preparing an operation takes milliseconds, and for a document that was written to be slow
hundreds of them. It is pure computing, so a thread does not make it faster; but the
interpreter hands over between threads every few milliseconds, so other requests go on.

There is one thread: with more, what is slow would take a larger share from what is not.
Who asks for what is already being computed waits for the same result. Callers take
turns, so who asks for much waits for it alone; and what nobody waits for any more is not
begun.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway_graphql.errors import CallerGone

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waits for a result.

    Attributes:
        caller: Takes turns with others; those with the same name share theirs.
        gone: Returns when the caller does not want the answer any more.
    """

    caller: Hashable = None
    gone: Callable[[], Awaitable[None]] | None = None


_ANYBODY = Waiting()


@dataclass(slots=True, eq=False)
class _Job:
    """Something to compute; changed by `Background` alone."""

    key: Hashable
    caller: Hashable
    compute: Callable[[], Any]
    keep: Callable[[Any], None]
    result: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    waiting: int = 0
    is_begun: bool = False


class Background:
    """Runs functions in one thread of that name, each only once at a time."""

    def __init__(self, name: str = "background") -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._jobs: dict[Hashable, _Job] = {}
        # What is not begun, by caller; whose turn is next comes first.
        self._queues: OrderedDict[Hashable, deque[_Job]] = OrderedDict()
        self._current: Future[Any] | None = None
        self._is_closing = False

    def __repr__(self) -> str:
        return f"<Background {len(self._jobs)} running>"

    async def run(
        self,
        key: Hashable,
        compute: Callable[[], _Result],
        keep: Callable[[_Result], None],
        waiting: Waiting = _ANYBODY,
    ) -> _Result:
        """Compute something in the thread.

        Args:
            key: Names the result.
            compute: Makes the result, in the thread.
            keep: Takes the result, in the event loop and once.
            waiting: Who asks.

        Raises:
            CallerGone: Who asks does not wait any more.
        """
        job = self._jobs.get(key)
        if job is None:
            job = _Job(key, waiting.caller, compute, keep)
            self._jobs[key] = job
            self._queues.setdefault(job.caller, deque()).append(job)
            self._begin_next()
        job.waiting += 1
        try:
            # Whoever waits may go away; the others still want it.
            if waiting.gone is None:
                return await asyncio.shield(job.result)
            result: _Result = await _unless_gone(job.result, waiting.gone)
            return result
        finally:
            job.waiting -= 1
            if not (job.waiting or job.is_begun):
                self._drop(job)

    def close(self) -> None:
        """Let the thread end when it has nothing left to do."""
        self._is_closing = True
        self._begin_next()

    def _begin_next(self) -> None:
        if not (self._current is None or self._current.done()):
            return
        if not self._queues:
            if self._is_closing:
                self._thread.shutdown(wait=False)
            return
        caller, queue = self._queues.popitem(last=False)
        job = queue.popleft()
        if queue:
            self._queues[caller] = queue
        job.is_begun = True
        self._current = self._thread.submit(job.compute)
        done = asyncio.wrap_future(self._current)
        done.add_done_callback(lambda computed: self._done(job, computed))

    def _done(self, job: _Job, computed: asyncio.Future[Any]) -> None:
        del self._jobs[job.key]
        self._begin_next()
        try:
            result = computed.result()
            job.keep(result)
        except Exception as error:  # noqa: BLE001 # it is raised where it is waited for
            job.result.set_exception(error)
            job.result.exception()  # everybody who waited for it may be gone
        else:
            job.result.set_result(result)

    def _drop(self, job: _Job) -> None:
        del self._jobs[job.key]
        queue = self._queues[job.caller]
        queue.remove(job)
        if not queue:
            del self._queues[job.caller]


async def _unless_gone(
    result: asyncio.Future[Any], gone: Callable[[], Awaitable[None]]
) -> Any:
    watching = asyncio.ensure_future(gone())
    try:
        await asyncio.wait((result, watching), return_when=asyncio.FIRST_COMPLETED)
        if not result.done():
            raise CallerGone
        return result.result()
    finally:
        watching.cancel()
