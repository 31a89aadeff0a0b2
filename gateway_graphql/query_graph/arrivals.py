"""Where a field can be resolved for an object, and which subgraphs it can be taken to.

Keys and `@requires` are selections, too, so the search that finds how to get fields finds
how to get these. Each may need others in turn, and a circle among them is noticed by
what is open (`OpenQuestions`).
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway_graphql.query_graph.contexts import is_in_context
from gateway_graphql.query_graph.model import Edge, FieldMove, KeyMove, Node
from gateway_graphql.query_graph.space import Searching
from gateway_graphql.query_graph.ways import Arrival, Entry, Ways

ROUTES_KEPT = 3


def arrivals_of(search: Searching, node: Node, name: str) -> tuple[Arrival, ...]:
    """Where a field can be resolved for a node's object, the direct way first."""
    key = (node, name)
    if (known := search.space.arrivals.get(key)) is not None:
        return known
    found = tuple(_find_arrivals(search, node, name))
    if search.open.is_settled:
        search.space.arrivals[key] = found
    return found


def _find_arrivals(search: Searching, node: Node, name: str) -> Iterator[Arrival]:
    direct = search.graph.fields.edge(node, name)
    if direct and isinstance(direct.move, FieldMove):
        if not direct.move.requires and not direct.move.context_arguments:
            yield Arrival(direct.head, None, direct.move)
            if direct.move.is_leaf or not direct.move.is_shared:
                return
        elif _is_ready(search, direct.move, node):
            yield Arrival(direct.head, None, direct.move)
            return
    for entry in entries_of(search, node):
        edge = search.graph.fields.edge(entry.edge.head, name)
        if edge is not None and isinstance(edge.move, FieldMove):
            for full in _with_requires(search, entry, edge.move, node):
                yield arrival_by(full, edge.head, edge.move)


def arrival_by(entry: Entry, head: Node, move: FieldMove | None) -> Arrival:
    """Being somewhere by way of another subgraph."""
    return Arrival(head, entry, move, entry.depth, entry.footprint, entry.weight)


# Requirements


def _with_requires(
    search: Searching, entry: Entry, move: FieldMove, node: Node
) -> Iterator[Entry]:
    """The entry with what the field requires in its representation."""
    subgraph = entry.edge.head.subgraph
    if move.context_arguments:
        if not is_in_context(node, move):
            return
        entry = entry._replace(context=move.context_arguments)
    if not move.requires or _is_ready(search, move, entry.edge.head):
        if entry.context or subgraph != node.subgraph:
            yield entry
        return
    footprints = search.space.footprints
    for way in _required(search, move, subgraph, node)[:ROUTES_KEPT]:
        depth = 1 + max(entry.depth - 1, footprints.last_depth(way.footprint))
        yield entry._replace(
            depth=depth,
            footprint=entry.key.footprint
            | way.footprint
            | footprints.bit(subgraph, depth),
            requires=way,
            required=move.requires,
        )


def _is_ready(search: Searching, move: FieldMove, node: Node) -> bool:
    """Whether all that a field requires is at hand, by a key or `@provides`."""
    return not move.context_arguments and search.graph.at_hand.has(node, move.requires)


def _required(search: Searching, move: FieldMove, subgraph: str, node: Node) -> Ways:
    """The ways to what a field requires; none if it leads to the very same."""
    key = (node, subgraph, move)
    if key in search.open.moves:
        return ()
    search.open.moves.add(key)
    found = search.of_all(move.requires, node)
    search.open.moves.discard(key)
    return found


# Entries


def entries_of(search: Searching, node: Node) -> tuple[Entry, ...]:
    """Every subgraph that a node's object can be taken to, nearest first."""
    if (known := search.space.entries.get(node)) is not None:
        return known
    if (partial := search.open.entries.get(node)) is not None:
        return partial
    found: tuple[Entry, ...] = ()
    if search.open.is_exhausted:
        return found
    pending = list(search.graph.keys.edges(node))
    # Tier by tier: what was reached in one may give the keys for the next.
    while pending:
        search.open.entries[node] = found
        tier = [(edge, _enter(search, edge, node)) for edge in pending]
        reached = [entry for _, entries in tier for entry in entries]
        heads = {entry.edge.head for entry in reached}
        pending = [
            edge for edge, entries in tier if not entries and edge.head not in heads
        ]
        if not reached:
            break
        found += _nearest(reached)
    search.open.entries.pop(node, None)
    if search.open.is_settled:
        search.space.entries[node] = found
    return found


def _enter(search: Searching, edge: Edge, node: Node) -> list[Entry]:
    search.open.count()
    key = edge.move.key if isinstance(edge.move, KeyMove) else ()
    footprints = search.space.footprints
    entries = []
    for way in search.of_all(key, node)[:ROUTES_KEPT]:
        depth = footprints.last_depth(way.footprint) + 1
        footprint = way.footprint | footprints.bit(edge.head.subgraph, depth)
        entries.append(Entry(edge, depth, footprint, way))
    return entries


def _nearest(entries: list[Entry]) -> tuple[Entry, ...]:
    """For each head the cheapest entries; of equal ones the first."""
    kept: list[Entry] = []
    for entry in sorted(entries, key=lambda e: (e.footprint.bit_count(), e.depth)):
        same = [other for other in kept if other.edge.head == entry.edge.head]
        if len(same) < ROUTES_KEPT and not any(
            other.footprint & ~entry.footprint == 0 for other in same
        ):
            kept.append(entry)
    return tuple(kept)
