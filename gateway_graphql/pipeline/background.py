"""Computing that the event loop must not wait for.

Preparing an operation takes milliseconds, and for a document that was written to be slow
hundreds of them. It is pure computing, so a thread does not make it faster; but the
interpreter hands over between threads every few milliseconds, so other requests go on.

There is one thread: with more, what is slow would take a larger share from what is not.
Who asks for what is already being computed waits for the same result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class Background:
    """Runs functions in one thread, each only once at a time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    def __repr__(self) -> str:
        return f"<Background {len(self._running)} running>"

    async def run(
        self,
        key: Hashable,
        compute: Callable[[], _Result],
        keep: Callable[[_Result], None],
    ) -> _Result:
        """Compute something in the thread.

        Args:
            key: Names the result.
            compute: Makes the result, in the thread.
            keep: Takes the result, in the event loop and once.
        """
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(self._run(compute, keep))
            self._running[key] = task
            task.add_done_callback(lambda done: self._done(key, done))
        # Whoever waits may go away; the others still want it.
        return await asyncio.shield(task)

    def close(self) -> None:
        """Let the thread end when it has nothing left to do."""
        self._thread.shutdown(wait=False)

    async def _run(
        self, compute: Callable[[], _Result], keep: Callable[[_Result], None]
    ) -> _Result:
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(self._thread, compute)
        keep(result)
        return result

    def _done(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # everybody who waited for it may be gone
