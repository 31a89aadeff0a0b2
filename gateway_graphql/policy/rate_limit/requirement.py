"""What an operation needs in order to run at all, in one tier.

Its client's limit, its own limits and the cost budget refuse it as a whole. Which they
are is known before any request; a request adds who asks. The same callers come again
and again, so what is charged to somebody is made once and remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway_graphql.exchange import RequestContext
from gateway_graphql.policy.rate_limit.counter import (
    Counter,
    TierCounters,
    charge_for,
)
from gateway_graphql.policy.rate_limit.headers import template_of
from gateway_graphql.policy.store.buckets.bucket import Charge
from gateway_graphql.remembered import Remembered

_MAX_REMEMBERED: Final = 256
"""Characters; what a client can make longer is not kept in memory."""
_OWNERS_REMEMBERED: Final = 4096


class Requirement:
    """The limits that an operation needs to keep.

    Attributes:
        counters: The client's, the operation's and the budget's, in this order.
        has_budget: Whether the last one is the cost budget.
        policies: The limits, as `RateLimit-Policy` tells them.
        template: How they stand, as `RateLimit` tells it, but for the numbers.
    """

    def __init__(
        self, tier: TierCounters, operation: Sequence[Counter], secret: bytes
    ) -> None:
        found = (tier.client, *operation, tier.budget)
        self.counters = tuple(counter for counter in found if counter is not None)
        self.has_budget = tier.budget is not None
        self.policies = ", ".join(counter.policy for counter in self.counters)
        self.template = template_of(counter.name for counter in self.counters)
        self._secret = secret
        # Most limits are by the same: who asks is found out once for all of them.
        self._identify = tuple(
            dict.fromkeys(one for c in self.counters for one in c.identify)
        )
        # Who asked -> the charges; changed by `_charges_for` alone.
        self._known: Remembered[tuple[str, ...], tuple[Charge, ...]] = Remembered(
            _OWNERS_REMEMBERED
        )

    def __repr__(self) -> str:
        return f"<Requirement {self.policies or 'of nothing'}>"

    def charges(self, context: RequestContext, points: int) -> tuple[Charge, ...]:
        """What a request is charged.

        Args:
            context: Who asks.
            points: Are taken from the budget, if there is one.
        """
        owners = tuple([identify(context) for identify in self._identify])
        charges = self._known.get(owners)
        if charges is None:
            charges = self._charges_for(owners)
        if not self.has_budget:
            return charges
        *others, budget = charges
        return (*others, Charge(budget.bucket, points))

    def _charges_for(self, owners: tuple[str, ...]) -> tuple[Charge, ...]:
        owner_by = dict(zip(self._identify, owners, strict=True))
        charges = tuple(
            charge_for(counter, [owner_by[by] for by in counter.identify], self._secret)
            for counter in self.counters
        )
        if sum(map(len, owners)) <= _MAX_REMEMBERED:
            self._known.put(owners, charges)
        return charges
