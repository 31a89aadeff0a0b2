"""Passes over the fetch graph that save requests without lengthening its chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway_graphql.planning.fetch_graph import FetchBuilder

Pass: TypeAlias = Callable[[list[FetchBuilder]], list[FetchBuilder]]


def drop_empty(fetches: list[FetchBuilder]) -> list[FetchBuilder]:
    """Leave out fetches that ask for nothing."""
    return [f for f in fetches if f.entities or not f.selections.is_empty]


PASSES: tuple[Pass, ...] = (drop_empty,)


def optimize(fetches: list[FetchBuilder]) -> list[FetchBuilder]:
    """Run every pass."""
    for improve in PASSES:
        fetches = improve(fetches)
    return fetches
