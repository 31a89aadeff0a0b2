"""The deadlines of the requests under way, all watched by one timer.

A timer for each (`asyncio.timeout`) takes as long as a tenth of a small request, and
nearly none ever fires. Here one timer waits for the earliest deadline that it knows of;
when it fires, it ends what is late and waits for the earliest of the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from math import inf
from typing import TypeVar

from gateway_graphql.errors import RequestTimedOut

_T = TypeVar("_T")


class Deadlines:
    """Ends what is not done by its deadline."""

    def __init__(self) -> None:
        # Those under way, the timer and when it fires; all of one event loop, changed in
        # it alone, and forgotten when there is another one.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: set[_Running] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._fires_at = inf

    def __repr__(self) -> str:
        return f"<Deadlines {len(self._running)} running>"

    async def keep(self, deadline: float, work: Awaitable[_T]) -> _T:
        """What comes of the work, if it comes in time.

        Args:
            deadline: On the clock of `time.monotonic`.
            work: What the task of the caller is to do.

        Raises:
            RequestTimedOut: It did not; it was cancelled.
        """
        running = _Running(deadline)
        self._begin(running)
        try:
            return await work
        except asyncio.CancelledError as error:
            cancelled = error
        finally:
            self._running.discard(running)
            has_been_late = running.settle()
        if has_been_late:
            raise RequestTimedOut from cancelled
        raise cancelled

    def _begin(self, running: _Running) -> None:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._running = loop, set()
            self._timer, self._fires_at = None, inf
        self._running.add(running)
        if running.deadline < self._fires_at:
            self._arm(loop, running.deadline)

    def _arm(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fires_at = deadline
        left_s = max(0.0, deadline - time.monotonic())
        self._timer = loop.call_later(left_s, self._fire, loop)

    def _fire(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        fired_at, self._fires_at, self._timer = self._fires_at, inf, None
        for running in tuple(self._running):
            if running.deadline <= fired_at:
                running.end()
        left = [one.deadline for one in self._running if not one.is_late]
        if left:
            self._arm(loop, min(left))


class _Running:
    """Work under way, in the task that it is made in."""

    __slots__ = ("_cancelled", "_task", "deadline", "is_late")

    def __init__(self, deadline: float) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request is answered in a task")
        self.deadline = deadline
        self.is_late = False
        self._task = task
        self._cancelled = task.cancelling()

    def end(self) -> None:
        """It is late."""
        if not self.is_late:
            self.is_late = True
            self._task.cancel()

    def settle(self) -> bool:
        """It has ended: whether it was cancelled for being late, and for nothing else."""
        return self.is_late and self._task.uncancel() <= self._cancelled
