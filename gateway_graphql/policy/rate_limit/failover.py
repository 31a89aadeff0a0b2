"""A store that may fail, with a reserve: no request waits for a store that is down.

Two states. *Up*: the store is asked, which fails by itself when it takes too long; the
first failure changes the state. *Down*: every request is decided by the reserve at
once, and beside it one task at a time tries whether the store can be written again, at
most every `probe_every_s`; the first success changes the state back. So an outage costs
those requests time that were under way when it began, and no other. Each change of
state is one log line.

Without a reserve, requests are refused while the store is down.

While the reserve decides, each process counts for itself: a client gets at most its
allowance from each process.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from gateway_graphql.errors import RateLimitsUnavailable
from gateway_graphql.policy.rate_limit.bucket import (
    Bucket,
    Charge,
    Group,
    Rate,
    Store,
    Verdict,
)

_logger = logging.getLogger(__name__)

_PROBE_RATE: Final = Rate.per_window(1, 1000)


@dataclass(slots=True)
class Health:
    """How the store fares; changed by its `FailoverStore` alone, read by metrics.

    Attributes:
        is_up: Whether the store is asked.
        outages: How often it went down.
        in_reserve: How many requests the reserve decided.
        refused: How many requests nobody could decide.
    """

    is_up: bool = True
    outages: int = 0
    in_reserve: int = 0
    refused: int = 0


class FailoverStore:
    """Asks a store, or a reserve while the store is down.

    Attributes:
        health: Counters, for metrics.
    """

    def __init__(
        self,
        store: Store,
        reserve: Store | None,
        *,
        name: str = "Redis",
        probe_every_s: float = 0.5,
    ) -> None:
        self._store = store
        self._reserve = reserve
        self._name = name
        self._probe_every_s = probe_every_s
        self._probe_bucket = Bucket("{gateway}:rate:probe", _PROBE_RATE)
        self.health = Health()
        # The state: changed by `_went_down` and `_came_up` alone.
        self._probe: asyncio.Task[None] | None = None
        self._next_probe_at = 0.0

    def __repr__(self) -> str:
        state = "up" if self.health.is_up else "down"
        return f"<FailoverStore {self._name} {state}, reserve {self._reserve!r}>"

    async def take(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Verdict:
        """Decide all charges of a request at once, and take what is granted.

        Raises:
            RateLimitsUnavailable: The store is down and there is no reserve.
        """
        verdict = await self._asked(lambda store: store.take(required, groups))
        self.health.in_reserve += verdict.in_reserve
        return verdict

    async def look(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Verdict:
        """Decide as `take` would, and take nothing.

        Raises:
            RateLimitsUnavailable: The store is down and there is no reserve.
        """
        return await self._asked(lambda store: store.look(required, groups))

    async def _asked(self, ask: Callable[[Store], Awaitable[Verdict]]) -> Verdict:
        """Ask the store, or the reserve while the store is down."""
        if self.health.is_up:
            outage = self.health.outages
            try:
                return await ask(self._store)
            except RateLimitsUnavailable as error:
                self._went_down(outage, error)
        self._try_again_soon()
        return replace(await ask(self._the_reserve()), in_reserve=True)

    async def give_back(
        self, bucket: Bucket, amount: int, *, in_reserve: bool = False
    ) -> None:
        """Return units to where they were taken; while that is down, they are lost."""
        if in_reserve:
            if self._reserve is not None:
                await self._reserve.give_back(bucket, amount)
            return
        if not self.health.is_up:
            return
        outage = self.health.outages
        try:
            await self._store.give_back(bucket, amount)
        except RateLimitsUnavailable as error:
            self._went_down(outage, error)

    async def aclose(self) -> None:
        """End the probe and close both stores."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        await self._store.aclose()
        if self._reserve is not None:
            await self._reserve.aclose()

    def _the_reserve(self) -> Store:
        if self._reserve is None:
            self.health.refused += 1
            raise RateLimitsUnavailable(f"{self._name} is down")
        return self._reserve

    def _went_down(self, outage: int, error: RateLimitsUnavailable) -> None:
        # A request that began before an outage and fails after it says nothing new.
        if not self.health.is_up or outage != self.health.outages:
            return
        self.health.is_up = False
        self.health.outages += 1
        self._next_probe_at = 0.0
        _logger.warning(
            "Rate limits: %s does not answer (%s); %s",
            self._name,
            error.reason,
            "requests are refused"
            if self._reserve is None
            else "each process counts for itself",
        )

    def _came_up(self) -> None:
        self.health.is_up = True
        _logger.warning("Rate limits: %s answers again", self._name)

    def _try_again_soon(self) -> None:
        now = time.monotonic()
        if now < self._next_probe_at:
            return
        if self._probe is not None and not self._probe.done():
            return
        self._next_probe_at = now + self._probe_every_s
        self._probe = asyncio.get_running_loop().create_task(self._try_again())

    async def _try_again(self) -> None:
        """Write something: a full or read-only server answers, but is of no use."""
        try:
            await self._store.give_back(self._probe_bucket, -1)
        except RateLimitsUnavailable:
            return
        self._came_up()
