"""One time after another at which something is too late, nearly none of which comes.

A timer for each request costs 2 us, to make and to cancel it. Here a timer that has been
made stays: when it fires, it looks whether a time has come, or waits for the one that has
been set since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf


class Alarm:
    """Rings at the time that it is set to.

    Args:
        ring: What is called then.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._time = inf
        self._timer: asyncio.TimerHandle | None = None
        self._fires_at = inf

    def set(self, time: float) -> None:
        """Ring at a time of the loop's clock, and at no other."""
        self._time = time
        if time < self._fires_at:
            self._arm(time)

    def unset(self) -> None:
        """Do not ring."""
        self._time = inf

    def stop(self) -> None:
        """Do not ring, nor hold anything for a later time."""
        self._time = self._fires_at = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, time: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fires_at = time
        self._timer = self._loop.call_at(time, self._fire)

    def _fire(self) -> None:
        time, self._timer, self._fires_at = self._time, None, inf
        if self._loop.time() >= time:
            self._time = inf
            self._ring()
        elif time < inf:
            self._arm(time)
