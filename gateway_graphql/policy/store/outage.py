"""No request waits for a store that is down.

Two states. *Up*: the store is asked, which fails by itself when it takes too long; the
first failure changes the state. *Down*: nobody asks it, and beside the requests one task
at a time tries whether it can be used again, at most every `probe_every_s`; the first
success changes the state back. So an outage costs those requests time that were under
way when it began, and no other. Each change of state is one log line.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

_logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")
PROBE_EVERY_S: Final = 0.5


class StoreDown(Exception):
    """A store did not answer, or not in time, or refused.

    Attributes:
        reason: Why, for operators.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Outage:
    """Whether a store is up, found out by those who ask it.

    Args:
        subject: What is kept there, for the log.
        meanwhile: What happens while it is down, for the log.
        probe: Asks the store for something; raises `StoreDown` while it is of no use.
        name: What the store is called.
        probe_every_s: How long there is at least between two probes.

    Attributes:
        is_up: Whether the store is asked.
        count: How often it went down.
    """

    def __init__(
        self,
        subject: str,
        meanwhile: str,
        probe: Callable[[], Awaitable[object]],
        *,
        name: str = "Redis",
        probe_every_s: float = PROBE_EVERY_S,
    ) -> None:
        self._subject = subject
        self._meanwhile = meanwhile
        self._ask_something = probe
        self._probe_every_s = probe_every_s
        self.name = name
        # The state: changed by `_went_down` and `_came_up` alone.
        self.is_up = True
        self.count = 0
        self._probing: asyncio.Task[None] | None = None
        self._next_probe_at = 0.0

    def __repr__(self) -> str:
        return f"{self.name} {'up' if self.is_up else 'down'}"

    async def ask(self, command: Callable[[], Awaitable[_Result]]) -> _Result:
        """Ask the store, unless it is down.

        Raises:
            StoreDown: It is, or is now.
        """
        if self.is_up:
            outage = self.count
            try:
                return await command()
            except StoreDown as error:
                self._went_down(outage, error)
                self._probe_soon()
                raise
        self._probe_soon()
        raise StoreDown(f"{self.name} is down")

    async def aclose(self) -> None:
        """End the probe."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)

    def _went_down(self, outage: int, error: StoreDown) -> None:
        # A request that began before an outage and fails after it says nothing new.
        if not self.is_up or outage != self.count:
            return
        self.is_up = False
        self.count += 1
        self._next_probe_at = 0.0
        _logger.warning(
            "%s: %s does not answer (%s); %s",
            self._subject,
            self.name,
            error.reason,
            self._meanwhile,
        )

    def _came_up(self) -> None:
        self.is_up = True
        _logger.warning("%s: %s answers again", self._subject, self.name)

    def _probe_soon(self) -> None:
        now = time.monotonic()
        if now < self._next_probe_at:
            return
        if self._probing is not None and not self._probing.done():
            return
        self._next_probe_at = now + self._probe_every_s
        self._probing = asyncio.get_running_loop().create_task(self._probe())

    async def _probe(self) -> None:
        try:
            await self._ask_something()
        except StoreDown:
            return
        self._came_up()
