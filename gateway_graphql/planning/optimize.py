"""Passes over the fetch graph that save requests without lengthening its chain."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TypeAlias

from gateway_graphql.planning.builders import FetchBuilder

Fetches: TypeAlias = list[FetchBuilder]
"""In topological order."""

Pass: TypeAlias = Callable[[Fetches], Fetches]


def drop_empty(fetches: Fetches) -> Fetches:
    """Leave out fetches that ask for nothing."""
    return [f for f in fetches if f.entities or not f.selections.is_empty]


def join_later(fetches: Fetches) -> Fetches:
    """Let an entity fetch wait for a later one to the same subgraph, if that is free.

    Free means that the chain gets no longer: nothing on the longest chain waits for
    the earlier one.
    """
    limit = max(depths(fetches).values(), default=0)
    pairs = True
    while pairs:
        pairs = False
        for early, late in combinations(fetches, 2):
            if _may_join(early, late) and _fits(fetches, early, late, limit):
                fetches = _joined(fetches, early, late)
                pairs = True
                break
    return fetches


def _may_join(early: FetchBuilder, late: FetchBuilder) -> bool:
    return (
        early.subgraph == late.subgraph
        and not (early.context or late.context)
        and bool(early.entities)
        and bool(late.entities)
    )


def _fits(
    fetches: Fetches, early: FetchBuilder, late: FetchBuilder, limit: int
) -> bool:
    """Whether the graph stays acyclic and as short when two fetches become one."""
    if early in _ancestors(late):
        return False
    both = {early, late}
    after = {
        fetch: early.after | late.after if fetch is late else fetch.after
        for fetch in fetches
        if fetch is not early
    }
    depth_of: dict[FetchBuilder, int] = {}
    pending = list(after)
    while pending:
        ready = [
            fetch
            for fetch in pending
            if all((late if o in both else o) in depth_of for o in after[fetch])
        ]
        if not ready:
            return False
        for fetch in ready:
            waits = (depth_of[late if o in both else o] for o in after[fetch])
            depth_of[fetch] = 1 + max(waits, default=0)
        pending = [fetch for fetch in pending if fetch not in depth_of]
    return max(depth_of.values()) <= limit


def _joined(fetches: Fetches, early: FetchBuilder, late: FetchBuilder) -> Fetches:
    late.absorb(early)
    for fetch in fetches:
        if early in fetch.after:
            fetch.after.discard(early)
            fetch.after.add(late)
    left = [fetch for fetch in fetches if fetch is not early]
    for fetch, depth in depths(left).items():
        fetch.depth = depth
    return sorted(left, key=lambda fetch: fetch.depth)


def _ancestors(fetch: FetchBuilder) -> set[FetchBuilder]:
    found: set[FetchBuilder] = set()
    pending = [fetch]
    while pending:
        new = pending.pop().after - found
        found |= new
        pending.extend(new)
    return found


def depths(fetches: Fetches) -> dict[FetchBuilder, int]:
    """The length of the chain up to each fetch, whatever the order given."""
    found: dict[FetchBuilder, int] = {}

    def depth(fetch: FetchBuilder) -> int:
        if fetch not in found:
            found[fetch] = 1 + max((depth(other) for other in fetch.after), default=0)
        return found[fetch]

    for fetch in fetches:
        depth(fetch)
    return found


PASSES: tuple[Pass, ...] = (drop_empty, join_later)


def optimize(fetches: Fetches) -> Fetches:
    """Run every pass."""
    for improve in PASSES:
        fetches = improve(fetches)
    return fetches
