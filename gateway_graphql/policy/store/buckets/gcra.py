"""Decide all charges of a request, on numbers alone.

The same decision, line for line, is `TAKE` in `redis_store.py`; a property test holds
the two equal against a real Redis. The rules (docs/decisions/limits-in-one-step.md):

1. Required charges come first. If one does not fit, nothing at all is taken.
2. Then the groups, in order. A group is taken if all its charges fit, and is not asked
   if the group that it is within was not taken.
3. Every charge sees what those before it took, so six calls of a field in one request
   are six calls.
4. Nothing always fits, also into a bucket that owes.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway_graphql.policy.store.buckets.bucket import Charge, Group, Outcome


def decide(
    used: dict[str, int], required: Sequence[Charge], groups: Sequence[Group]
) -> tuple[list[Outcome], list[list[Outcome]]]:
    """Decide, and leave in `used` what is used afterwards.

    Args:
        used: Bucket key -> microseconds until it is full; every key of the charges.
        required: What the request needs in order to run at all.
        groups: What parts of it need.
    """
    outcomes = _together(used, required)
    if Outcome.EXCEEDED in outcomes:
        return outcomes, [[Outcome.LEFT] * len(group.charges) for group in groups]
    decided: list[list[Outcome]] = []
    for charges, within in groups:
        if within is not None and decided[within][0] is not Outcome.TAKEN:
            decided.append([Outcome.LEFT] * len(charges))
        else:
            decided.append(_together(used, charges))
    return outcomes, decided


def _together(used: dict[str, int], charges: Sequence[Charge]) -> list[Outcome]:
    """Take all of the charges or none; `used` changes only if all are taken."""
    after: dict[str, int] = {}
    exceeded: list[int] = []
    for index, ((key, rate), amount) in enumerate(charges):
        needed = after.get(key, used[key]) + amount * rate.interval_us
        if needed <= rate.capacity_us or not amount:
            after[key] = needed
        else:
            exceeded.append(index)
    if not exceeded:
        used.update(after)
        return [Outcome.TAKEN] * len(charges)
    outcomes = [Outcome.LEFT] * len(charges)
    for index in exceeded:
        outcomes[index] = Outcome.EXCEEDED
    return outcomes
