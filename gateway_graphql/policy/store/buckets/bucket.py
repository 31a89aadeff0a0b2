"""Buckets, what is charged to them, and what came of it.

The algorithm is GCRA (generic cell rate algorithm): a bucket is one number, the time at
which it will be full again. Taking an amount moves that time by `amount * interval`, and
an amount fits while the time stays within the bucket's capacity from now. What turns out
to have cost more moves it beyond: a debt, that time pays like everything else. So a bucket
needs no refilling and no timer, and a full bucket is the same as none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple, Protocol

import msgspec

from gateway_graphql.spelling import tells_options

_MAX_CAPACITY_US: Final = 10**15
DEEPEST: Final = 5
"""A bucket owes four times what it holds at most, so it is full again after five times
the time that an empty one takes. Beside the time of today, `DEEPEST * _MAX_CAPACITY_US`
stays below 2^53, which a Redis script can count."""


@tells_options
@dataclass(frozen=True, slots=True)
class Rate:
    """How much a bucket gives.

    Attributes:
        limit: Units per window in the long run.
        window_us: The window, in microseconds.
        burst: Units at once, from a full bucket.
        interval_us: How long one unit takes to come back; rounded up, so that no
            window gives more than its limit.
        capacity_us: How long an empty bucket takes to be full.
        deepest_us: How long the bucket takes that owes as much as it may.
    """

    limit: int
    window_us: int
    burst: int
    interval_us: int = field(init=False, compare=False)
    capacity_us: int = field(init=False, compare=False)
    deepest_us: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if self.limit < 1 or self.burst < 1 or self.window_us < 1:
            raise ValueError("limit, burst and window must be at least 1")
        interval_us = -(-self.window_us // self.limit)
        if self.limit > self.window_us:
            raise ValueError("the limit is more than one in a microsecond")
        if interval_us * self.burst > _MAX_CAPACITY_US:
            raise ValueError("the burst would take more than 30 years to come back")
        object.__setattr__(self, "interval_us", interval_us)
        object.__setattr__(self, "capacity_us", interval_us * self.burst)
        object.__setattr__(self, "deepest_us", self.capacity_us * DEEPEST)

    @classmethod
    def per_window(cls, limit: int, window_us: int, burst: int | None = None) -> Rate:
        """A rate whose burst is its limit unless it is given."""
        return cls(limit, window_us, limit if burst is None else burst)


class Bucket(NamedTuple):
    """One allowance.

    Attributes:
        key: Names it among all buckets; the same key always has the same rate.
        rate: How much it gives.
    """

    key: str
    rate: Rate


class Charge(NamedTuple):
    """An amount that a request wants from a bucket."""

    bucket: Bucket
    amount: int = 1


class Group(NamedTuple):
    """Charges that are taken together or not at all, while the rest goes on.

    Attributes:
        charges: At least one.
        within: The group that has to be taken for this one to be asked at all, by its
            index among the groups of the request; a smaller index than its own.
    """

    charges: tuple[Charge, ...]
    within: int | None = None


class Outcome(IntEnum):
    """What became of a charge; the numbers are those of the Redis script."""

    EXCEEDED = 0
    TAKEN = 1
    LEFT = 2
    """It would have fitted, or was not asked, and nothing was taken."""


class BucketLevel(msgspec.Struct, frozen=True):
    """A charge after the decision, and how its bucket stands.

    Attributes:
        charge: What was asked.
        outcome: What became of it.
        used_us: How long until the bucket is full, once all of the request is decided.
    """

    charge: Charge
    outcome: Outcome
    used_us: int

    @property
    def rate(self) -> Rate:
        """The bucket's rate."""
        return self.charge.bucket.rate

    @property
    def remaining(self) -> int:
        """Whole units that the bucket can give now."""
        rate = self.charge.bucket.rate
        return max(0, (rate.capacity_us - self.used_us) // rate.interval_us)

    @property
    def retry_after_ms(self) -> int | None:
        """When the same charge would fit; `None` if it is more than the bucket holds."""
        rate = self.charge.bucket.rate
        needed_us = self.charge.amount * rate.interval_us
        if needed_us > rate.capacity_us:
            return None
        return max(0, -(-(self.used_us + needed_us - rate.capacity_us) // 1000))

    @property
    def reset_after_ms(self) -> int:
        """When the bucket is full."""
        return -(-self.used_us // 1000)


class Decision(msgspec.Struct, frozen=True):
    """What a store decided about one request.

    Attributes:
        required: One level per required charge. They are all taken or none is.
        groups: One tuple of levels per group.
        at_us: When it was decided, on the store's clock.
        in_reserve: Whether the reserve decided because the store proper is down.
    """

    required: tuple[BucketLevel, ...]
    groups: tuple[tuple[BucketLevel, ...], ...]
    at_us: int
    in_reserve: bool = False

    @property
    def is_allowed(self) -> bool:
        """Whether the request may run at all."""
        return not self.required or self.required[0].outcome is Outcome.TAKEN


class Store(Protocol):
    """Where buckets are kept."""

    async def take(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Decision:
        """Decide all charges of a request at once, and take what is granted.

        Raises:
            RateLimitsUnavailable: The store cannot decide.
        """
        ...

    async def look(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Decision:
        """Decide as `take` would, and take nothing.

        Raises:
            RateLimitsUnavailable: The store cannot decide.
        """
        ...

    async def give_back(
        self, bucket: Bucket, amount: int, *, in_reserve: bool = False
    ) -> None:
        """Return units that were taken and not used; a negative amount takes more.

        A bucket never gets fuller than full; it may owe what was taken beyond what it
        held, up to `DEEPEST`, and gives nothing until that is paid.

        Args:
            bucket: Where they were taken.
            amount: How many.
            in_reserve: What the decision says that took them.

        Raises:
            RateLimitsUnavailable: The store cannot be reached.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections and background work."""
        ...
