"""When which fetch runs: the moment that the fetches it reads from are done.

There are no waves, and all fetches live in one task group: when one is cancelled, or the
caller goes away, all are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from gateway_graphql.execution.compiled.plan import CompiledFetch, CompiledPlan

RunFetch: TypeAlias = Callable[[CompiledFetch], Awaitable[bool]]
"""Runs a fetch, and says whether those may run that wait for it."""


class FetchOrder:
    """The order of one execution.

    Args:
        compiled: The plan.
        run_fetch: Runs each of its fetches, at most once.
    """

    def __init__(self, compiled: CompiledPlan, run_fetch: RunFetch) -> None:
        self._compiled = compiled
        self._run_fetch = run_fetch
        self._waiting_for = list(compiled.waiting_for)

    async def run(self) -> None:
        """Run the plan's fetches."""
        first = self._compiled.first
        if len(self._compiled.fetches) == 1:
            await self._run_fetch(first[0])
        elif first:
            async with asyncio.TaskGroup() as group:
                await self._run_from(first, group)

    async def _run_from(
        self, ready: Sequence[CompiledFetch], group: asyncio.TaskGroup
    ) -> None:
        """Run fetches that are ready, and all that become ready by them.

        The first goes on in this task, so a chain of fetches needs no further tasks.
        """
        while ready:
            for fetch in ready[1:]:
                group.create_task(self._run_from([fetch], group))
            fetch = ready[0]
            goes_on = await self._run_fetch(fetch)
            ready = self._released_by(fetch) if goes_on else ()

    def _released_by(self, fetch: CompiledFetch) -> list[CompiledFetch]:
        released = []
        for child in fetch.children:
            self._waiting_for[child] -= 1
            if not self._waiting_for[child]:
                released.append(self._compiled.fetches[child])
        return released
