"""A store that may fail, with a reserve that decides while it is down.

Without a reserve, requests are refused while the store is down. While the reserve decides,
each process counts for itself: a client gets at most its allowance from each process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from msgspec.structs import replace

from gateway_graphql.errors import RateLimitsUnavailable
from gateway_graphql.policy.store import keys
from gateway_graphql.policy.store.buckets.bucket import (
    Bucket,
    Charge,
    Decision,
    Group,
    Rate,
    Store,
)
from gateway_graphql.policy.store.outage import PROBE_EVERY_S, Outage, StoreDown
from gateway_graphql.spelling import tells_options

_PROBE_BUCKET: Final = Bucket(f"{keys.BUCKETS}:probe", Rate.per_window(1, 1000))
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Health:
    """How the store fares, for metrics.

    Attributes:
        is_up: Whether the store is asked.
        outages: How often it went down.
        in_reserve: How many requests the reserve decided.
        refused: How many requests nobody could decide.
    """

    is_up: bool
    outages: int
    in_reserve: int
    refused: int


@tells_options
class FailoverStore:
    """Asks a store, or a reserve while the store is down."""

    def __init__(
        self,
        store: Store,
        reserve: Store | None,
        *,
        name: str = "Redis",
        probe_every_s: float = PROBE_EVERY_S,
    ) -> None:
        self._store = store
        self._reserve = reserve
        self._outage = Outage(
            "Rate limits",
            "requests are refused"
            if reserve is None
            else "each process counts for itself",
            self._write_something,
            name=name,
            probe_every_s=probe_every_s,
        )
        # Changed by `take` and `_the_reserve`.
        self._in_reserve = 0
        self._refused = 0

    def __repr__(self) -> str:
        return f"<FailoverStore {self._outage}, reserve {self._reserve!r}>"

    @property
    def health(self) -> Health:
        """How the store fares by now."""
        outage = self._outage
        return Health(outage.is_up, outage.count, self._in_reserve, self._refused)

    async def take(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Decision:
        """Decide all charges of a request at once, and take what is granted.

        Raises:
            RateLimitsUnavailable: The store is down and there is no reserve.
        """
        decision = await self._asked(lambda store: store.take(required, groups))
        self._in_reserve += decision.in_reserve
        return decision

    async def look(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Decision:
        """Decide as `take` would, and take nothing.

        Raises:
            RateLimitsUnavailable: The store is down and there is no reserve.
        """
        return await self._asked(lambda store: store.look(required, groups))

    async def _asked(self, ask: Callable[[Store], Awaitable[Decision]]) -> Decision:
        """Ask the store, or the reserve while the store is down."""
        try:
            return await self._outage.ask(lambda: self._on_store(ask))
        except StoreDown:
            return replace(await ask(self._the_reserve()), in_reserve=True)

    async def give_back(
        self, bucket: Bucket, amount: int, *, in_reserve: bool = False
    ) -> None:
        """Return units to where they were taken; while that is down, they are lost."""
        if in_reserve:
            if self._reserve is not None:
                await self._reserve.give_back(bucket, amount)
            return
        with suppress(StoreDown):
            await self._outage.ask(
                lambda: self._on_store(lambda store: store.give_back(bucket, amount))
            )

    async def aclose(self) -> None:
        """End the probe and close both stores."""
        await self._outage.aclose()
        await self._store.aclose()
        if self._reserve is not None:
            await self._reserve.aclose()

    def _the_reserve(self) -> Store:
        if self._reserve is None:
            self._refused += 1
            raise RateLimitsUnavailable(f"{self._outage.name} is down")
        return self._reserve

    async def _on_store(self, ask: Callable[[Store], Awaitable[_Answer]]) -> _Answer:
        try:
            return await ask(self._store)
        except RateLimitsUnavailable as error:
            raise StoreDown(error.reason) from error

    async def _write_something(self) -> None:
        """A full or read-only server answers, but is of no use."""
        await self._on_store(lambda store: store.give_back(_PROBE_BUCKET, -1))
