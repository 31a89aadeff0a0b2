"""Candidate ways -> the ways that are taken: the fewest requests, the shortest chain."""

from __future__ import annotations

from gateway_graphql.planning.walk import Candidates
from gateway_graphql.query_graph.ways import Way


def choose(candidates: Candidates) -> tuple[Way, ...]:
    """Choose the cheapest way, which is the first.

    One for the whole operation, since fields share requests; mutations run one after
    the other and share nothing, so there is one for each.
    """
    if candidates.is_serial:
        return tuple(ways[0] for ways in candidates.ways)
    return candidates.search.all_of(candidates.ways)[:1]
