"""Buckets in this process: what an embedded gateway uses, and the reserve of Redis.

Memory is bounded: there are at most `max_buckets`. A bucket that is full again says
nothing and goes first. To find such buckets without a timer and without ever walking
all of them, each new bucket looks at a few of the old ones, a clock hand going round:
what is full goes, what is not is put behind. Only if the store is at its bound and
none of them is full does the one go that would be full soonest, since forgetting it
gives away least. So who floods the store with new keys does not free an empty bucket.

Time is `time.monotonic`, which does not go back when the wall clock is set. If a clock
does go back all the same, no bucket owes more than it may: the wait is never longer than
that takes to be paid, and gets shorter from then on.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from gateway_graphql.policy.store.buckets.bucket import (
    Bucket,
    BucketLevel,
    Charge,
    Decision,
    Group,
    Outcome,
)
from gateway_graphql.policy.store.buckets.gcra import decide
from gateway_graphql.spelling import tells_options

DEFAULT_MAX_BUCKETS: Final = 100_000
_LOOKED_AT: Final = 2
_LOOKED_AT_WHEN_FULL: Final = 8

Clock = Callable[[], int]
"""Microseconds from any fixed point."""


def monotonic_us() -> int:
    """The monotonic clock."""
    return time.monotonic_ns() // 1000


@tells_options
class MemoryStore:
    """Keeps buckets in a dictionary; deciding is atomic because nothing is awaited."""

    def __init__(
        self, max_buckets: int = DEFAULT_MAX_BUCKETS, *, clock: Clock = monotonic_us
    ) -> None:
        if max_buckets < 1:
            raise ValueError("there must be room for at least one bucket")
        self._max_buckets = max_buckets
        self._clock = clock
        # Key -> when the bucket will be full. Changed by `_put` alone.
        self._full_at: OrderedDict[str, int] = OrderedDict()

    def __repr__(self) -> str:
        return f"<MemoryStore {len(self)} of {self._max_buckets} buckets>"

    def __len__(self) -> int:
        return len(self._full_at)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._full_at))

    async def take(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Decision:
        """Decide all charges of a request at once, and take what is granted."""
        now = self._clock()
        if not groups and (taken := self._take_required(required, now)) is not None:
            return taken
        used = self._used(now, required, groups)
        decision = _decided(used, required, groups, now)
        full_at = self._full_at
        for key, used_us in used.items():
            # What did not change is not written, but what a clock that went back had
            # put far ahead is.
            if used_us and full_at.get(key) != now + used_us:
                self._put(key, now + used_us, now)
        return decision

    def _take_required(self, required: Sequence[Charge], now: int) -> Decision | None:
        """What `take` does where there are no groups and all fits: nearly always.

        One pass in place of four; the same tests hold it to the Redis script.
        """
        full_at = self._full_at
        after: dict[str, int] = {}
        for (key, rate), amount in required:
            used_us = after.get(key)
            if used_us is None:
                used_us = full_at.get(key, now) - now
                if used_us < 0:
                    used_us = 0
                elif used_us > rate.deepest_us:
                    used_us = rate.deepest_us
            used_us += amount * rate.interval_us
            if used_us > rate.capacity_us and amount:
                return None
            after[key] = used_us
        for key, used_us in after.items():
            if key in full_at:
                full_at[key] = now + used_us
            elif used_us:
                self._put(key, now + used_us, now)
        taken = Outcome.TAKEN
        levels = [
            BucketLevel(charge, taken, after[charge[0][0]]) for charge in required
        ]
        return Decision(tuple(levels), (), now)

    async def look(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Decision:
        """Decide as `take` would, and take nothing."""
        now = self._clock()
        return _decided(self._used(now, required, groups), required, groups, now)

    async def give_back(
        self,
        bucket: Bucket,
        amount: int,
        *,
        in_reserve: bool = False,  # noqa: ARG002 - there is one place only
    ) -> None:
        """Return units that were taken and not used; a negative amount takes more."""
        now = self._clock()
        used_us = self._used_us(bucket, now) - amount * bucket.rate.interval_us
        self._put(bucket.key, now + min(max(0, used_us), bucket.rate.deepest_us), now)

    async def aclose(self) -> None:
        """Nothing is held."""

    def _used(
        self, now: int, required: Sequence[Charge], groups: Sequence[Group]
    ) -> dict[str, int]:
        used = {c.bucket.key: self._used_us(c.bucket, now) for c in required}
        for group in groups:
            for charge in group.charges:
                used[charge.bucket.key] = self._used_us(charge.bucket, now)
        return used

    def _used_us(self, bucket: Bucket, now: int) -> int:
        full_at = self._full_at.get(bucket.key, now)
        if full_at <= now:
            return 0
        return min(full_at - now, bucket.rate.deepest_us)

    def _put(self, key: str, full_at: int, now: int) -> None:
        if key not in self._full_at:
            self._make_room(now)
        self._full_at[key] = full_at

    def _make_room(self, now: int) -> None:
        """Let full buckets go; at the bound, one bucket at least."""
        is_at_bound = len(self._full_at) >= self._max_buckets
        look_at = _LOOKED_AT_WHEN_FULL if is_at_bound else _LOOKED_AT
        kept: list[tuple[int, str]] = []
        for _ in range(min(look_at, len(self._full_at))):
            key, full_at = self._full_at.popitem(last=False)
            if full_at > now:
                kept.append((full_at, key))
        if len(self._full_at) + len(kept) >= self._max_buckets:
            kept.remove(min(kept))
        for full_at, key in kept:
            self._full_at[key] = full_at


def _decided(
    used: dict[str, int], required: Sequence[Charge], groups: Sequence[Group], now: int
) -> Decision:
    outcomes, grouped = decide(used, required, groups)
    return Decision(
        _levels(required, outcomes, used),
        tuple(
            [
                _levels(group.charges, decided, used)
                for group, decided in zip(groups, grouped, strict=True)
            ]
        )
        if groups
        else (),
        now,
    )


def _levels(
    charges: Sequence[Charge], outcomes: Sequence[Outcome], used: dict[str, int]
) -> tuple[BucketLevel, ...]:
    # A list first: on the path of every request, a generator costs more.
    return tuple(
        [
            BucketLevel(charge, outcome, used[charge.bucket.key])
            for charge, outcome in zip(charges, outcomes, strict=True)
        ]
    )
