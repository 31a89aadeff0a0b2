"""Every good way to resolve selections from a node, cheapest first.

Requests to the same subgraph that are ready together travel as one. So what a way
costs is a *set* of (subgraph, depth) pairs, depth counting the fetches that wait for
each other, and ways that share a pair share its cost. Such a set is kept as one
integer, a *footprint*: bit `depth * subgraphs + index`. Putting a way behind `d` other
fetches is a shift, doing both of two things is `|`, the number of requests is the
number of bits, and the chain's length is the highest bit. Between equal footprints the
*weight* decides: how many fields are selected, and how often an object is taken to
another subgraph.

A *way* is a footprint with the steps that cause it. Ways are found bottom-up: for each
selection at each node once, by combining the ways of its parts. Of many combinations
only those are kept that no other beats, and of these the few cheapest (`BEAM`), which
bounds the work for any operation; what is lost is measured by `make plans`.

Supergraphs in which everything is shared can still make that work long. It is therefore
counted, and what is left after `EFFORT` is searched in a hurry: fewer ways are kept,
then one, and the first arrival that does is taken. Counting, unlike a clock, gives the
same plan on every machine.

Keys and `@requires` are selections, too, so the same search finds how to get them, and
operations, keys and satisfiability all stand on this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from gateway_graphql.language.operation import (
    META_FIELDS,
    Field,
    Fragment,
    Selection,
)
from gateway_graphql.query_graph.build import QueryGraph
from gateway_graphql.query_graph.model import (
    Downcast,
    Edge,
    FieldMove,
    KeyMove,
    Node,
)
from gateway_graphql.query_graph.ways import (
    NOTHING,
    Arrival,
    Entry,
    Lane,
    Option,
    Step,
    Way,
    Ways,
)

BEAM = 8
HURRIED_BEAM = 2
ROUTES_KEPT = 3
EFFORT = 250_000
"""How many footprints one search compares before it hurries; some 0.6 s of CPU."""

_Cost = TypeVar("_Cost", Way, Option)


class Paths:
    """Finds ways in one query graph, and remembers what holds for every operation.

    What depends on the schema alone (entries, arrivals) is kept for good; what depends
    on an operation is kept by a `Search`.
    """

    def __init__(self, graph: QueryGraph, effort: int = EFFORT) -> None:
        self.graph = graph
        self.effort = effort
        self.width = max(1, len(graph.index_by_subgraph))
        self.entries: dict[Node, tuple[Entry, ...]] = {}
        self.arrivals: dict[tuple[Node, str], tuple[Arrival, ...]] = {}

    def bit(self, subgraph: str, depth: int) -> int:
        """The footprint of one fetch."""
        return 1 << (depth * self.width + self.graph.index_by_subgraph[subgraph])

    def last_depth(self, footprint: int) -> int:
        """The depth of the latest fetch of a footprint, 0 for an empty one."""
        return (footprint.bit_length() - 1) // self.width if footprint else 0

    def search(self) -> Search:
        """Start a search for one operation."""
        return Search(self)


def is_in_context(node: Node, move: FieldMove) -> bool:
    """Whether objects further up set all that a field's arguments are filled from."""
    return all(arg.context in node.contexts for arg in move.context_arguments)


class Search:
    """Finds the ways for the selections of one operation."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._graph = paths.graph
        # (selections or selection, by identity; node) -> ways. The selections are kept
        # alive beside, so that an identity is never used twice.
        self._ways: dict[tuple[int, Node], Ways] = {}
        self._kept: list[object] = []
        # What is being worked out: a cycle among keys or requirements meets itself
        # here. Until it is done, results may be incomplete and are not remembered.
        self._partial_entries: dict[Node, tuple[Entry, ...]] = {}
        self._open_moves: set[tuple[Node, str, FieldMove]] = set()
        # Footprints compared so far, see `_beam`.
        self._effort = 0

    # Selections

    def of_all(self, selections: tuple[Selection, ...], node: Node) -> Ways:
        """The ways to resolve all selections from a node; none when there is no way."""
        key = (id(selections), node)
        known = self._ways.get(key)
        if known is None:
            known = self._combine(self.of_one(one, node) for one in selections)
            self._remember(key, selections, known)
        return known

    def of_one(self, selection: Selection, node: Node) -> Ways:
        """The ways to resolve one selection from a node."""
        key = (id(selection), node)
        known = self._ways.get(key)
        if known is None:
            if isinstance(selection, Fragment):
                known = self._of_fragment(selection, node)
            elif selection.name in META_FIELDS:
                known = self._of_meta_field(selection, node)
            else:
                known = self._of_field(selection, node)
            self._remember(key, selection, known)
        return known

    def from_arrivals(
        self, selections: tuple[Selection, ...], arrivals: Sequence[Arrival]
    ) -> list[Option]:
        """The ways to resolve sub-selections, given where one can be for them.

        First each arrival alone; where none does for all selections (or where the
        arrivals are equally early, so that asking both at once shortens the chain),
        selections are divided between arrivals.
        """
        found: list[Option] = []
        for arrival in arrivals:
            ways = self.of_all(selections, arrival.head)
            found.extend(self._option(arrival, way) for way in ways)
            if found and self._beam == 1:
                return found[:1]
        if len(arrivals) > 1 and self._may_divide(arrivals, found):
            lanes = [Lane(arrival) for arrival in arrivals]
            found.extend(self._divided(selections, lanes))
        return self._best(found)

    def _option(self, arrival: Arrival, way: Way) -> Option:
        footprint = self._behind(arrival, way.footprint)
        return Option(footprint, ((arrival, way),), arrival.weigh(way.weight))

    def _may_divide(self, arrivals: Sequence[Arrival], whole: list[Option]) -> bool:
        """Whether selections are to be divided between arrivals.

        Where one arrival does for all, that is so only if others are as early and
        something is left to gain. Objects of an abstract type are asked of one subgraph
        then: two might not know the same types.
        """
        if not whole:
            return True
        return (
            self._beam == BEAM
            and len({arrival.depth for arrival in arrivals}) < len(arrivals)
            and not any(self._graph.is_abstract(a.head) for a in arrivals)
            and not any(o.footprint == o.steps[0][0].footprint for o in whole)
        )

    def _divided(
        self, selections: tuple[Selection, ...], lanes: Sequence[Lane]
    ) -> list[Option]:
        """The ways to resolve selections, each along a lane of its own."""
        partial = [Option(0, (), 0)]
        for selection in selections:
            options = self._best(self._along_lanes(selection, lanes))
            if not options and (pieces := self._pieces(selection)):
                options = self._divided(pieces, lanes)
            partial = [
                Option(footprint, one.steps + other.steps, weight)
                for footprint, weight, one, other in self._best_pairs(partial, options)
            ]
        return partial

    def _pieces(self, selection: Selection) -> tuple[Selection, ...]:
        """The same as several selections; none where there is but one thing in it."""
        parts = selection.selections
        if len(parts) == 1:
            parts = self._pieces(parts[0])
        if not parts:
            return ()
        pieces = tuple(replace(selection, selections=(part,)) for part in parts)
        self._kept.append(pieces)
        return pieces

    def _along_lanes(self, selection: Selection, lanes: Sequence[Lane]) -> list[Option]:
        found = [
            self._option(lane.arrival, lane.around(way))
            for lane in lanes
            for way in self.of_one(selection, lane.head)
        ]
        if not isinstance(selection, Field) or not selection.selections:
            return found
        if not found or all(lane.arrival.entry is None for lane in lanes):
            # Further down the lanes may go on side by side. Where each could do alone,
            # that is looked into for root fields only: it is there that it pays.
            deeper = [
                Lane(lane.arrival, (*lane.fields, (selection, arrival)))
                for lane in lanes
                for arrival in self._arrivals(lane.head, selection.name)
                if arrival.entry is None
            ]
            if len(deeper) > 1 and not any(
                self._graph.is_abstract(lane.head) for lane in deeper
            ):
                found.extend(self._divided(selection.selections, deeper))
        return found

    def _of_fragment(self, fragment: Fragment, node: Node) -> Ways:
        graph = self._graph
        if graph.is_interface_object(node):
            if graph.is_a(node.type_name, fragment.type_condition):
                return self.of_all(fragment.selections, node)
            return self._elsewhere(fragment, node)
        possible = graph.possible_types(node)
        wanted = set(graph.supergraph.possible_types[fragment.type_condition])
        matching = tuple(name for name in possible if name in wanted)
        if not matching:
            return (NOTHING,)  # no object here is ever of that type
        if not graph.is_abstract(node) or fragment.type_condition == node.type_name:
            return self.of_all(fragment.selections, node)
        if self._is_seen_as(node, fragment.type_condition, matching):
            return self._narrowed(fragment.selections, node, fragment.type_condition)
        return self._combine(
            self._narrowed(fragment.selections, node, name) for name in matching
        )

    def _is_seen_as(
        self, node: Node, type_name: str, matching: tuple[str, ...]
    ) -> bool:
        """Whether the subgraph itself knows the narrower type, and just as wide."""
        if type_name in matching:
            return True
        narrower = Node(type_name, node.subgraph)
        known = self._graph.composite(type_name).joins
        return (
            any(join.subgraph == node.subgraph for join in known)
            and not self._graph.is_interface_object(narrower)
            and set(matching) <= set(self._graph.possible_types(narrower))
        )

    def _narrowed(
        self, selections: tuple[Selection, ...], node: Node, type_name: str
    ) -> Ways:
        edge = self._graph.downcast(node, type_name)
        arrival = Arrival(edge.head, None, Downcast(type_name))
        return tuple(
            Way(way.footprint, Step(None, ((arrival, way),)), way.weight)
            for way in self.of_all(selections, edge.head)
        )

    def _elsewhere(self, selection: Selection, node: Node) -> Ways:
        """Ways through a subgraph that can tell the object's own type."""
        arrivals = [
            Arrival(
                entry.edge.head,
                entry,
                None,
                entry.depth,
                entry.footprint,
                entry.weight,
            )
            for entry in self._entries(node)
            if entry.edge.head.type_name == node.type_name
            and not self._graph.is_interface_object(entry.edge.head)
        ]
        return self._best_ways(
            Way(
                self._behind(arrival, way.footprint),
                Step(None, ((arrival, way),)),
                arrival.weigh(way.weight),
            )
            for arrival in arrivals
            for way in self.of_one(selection, arrival.head)
        )

    def _of_meta_field(self, field: Field, node: Node) -> Ways:
        if self._graph.is_interface_object(node):
            return self._elsewhere(field, node)
        return (Way(0, Step(field, ((Arrival(node, None, None), None),)), 1),)

    def _of_field(self, field: Field, node: Node) -> Ways:
        arrivals = self._arrivals(node, field.name)
        found = self._taken(field, arrivals)
        # Ways are best first: if one needs no other fetch, it is the first.
        is_at_hand = bool(found) and found[0].footprint == 0
        if not is_at_hand and self._graph.is_abstract(node):
            found.extend(self._of_every_type(field, node))
        if not found and self._graph.is_interface_object(node):
            # Where the object's own type is known, the field may be taken by type.
            return self._elsewhere(field, node)
        return self._best_ways(found)

    def _of_every_type(self, field: Field, node: Node) -> Ways:
        """The ways to take a field of an abstract type on each of its types alone."""
        possible = self._graph.possible_types(node)
        if not possible:
            return ()  # the subgraph cannot have such an object at all
        selections = (field,)
        self._kept.append(selections)
        return self._combine(
            self._narrowed(selections, node, name) for name in possible
        )

    # Roots

    def from_roots(
        self, field: Field, roots: Sequence[Edge], *, once: bool = False
    ) -> Ways:
        """The ways to resolve a root field, the root fetch included.

        Args:
            field: A field of the root type.
            roots: The ways in.
            once: Whether the field must be resolved in one subgraph only, as a
                mutation's must.
        """
        arrivals = [
            Arrival(
                edge.head, None, edge.move, 0, self._paths.bit(edge.head.subgraph, 0)
            )
            for root in self._graph.with_field(roots, field.name)
            if (edge := self._graph.field_edge(root.head, field.name))
            and isinstance(edge.move, FieldMove)
        ]
        groups = [[arrival] for arrival in arrivals] if once else [arrivals]
        return self._best_ways(
            way for group in groups for way in self._taken(field, group)
        )

    def all_of(self, parts: Iterable[Ways]) -> Ways:
        """The best ways to do all of several things; none when one has no way."""
        return self._combine(parts)

    def _taken(self, field: Field, arrivals: Sequence[Arrival]) -> list[Way]:
        """The ways to take a field, given where it can be resolved."""
        if not field.selections:
            return [
                Way(a.footprint, Step(field, ((a, None),)), a.weigh(1))
                for a in arrivals
            ]
        return [
            Way(option.footprint, Step(field, option.steps), option.weight + 1)
            for option in self.from_arrivals(field.selections, arrivals)
        ]

    # Arrivals and entries

    def _arrivals(self, node: Node, name: str) -> tuple[Arrival, ...]:
        """Where a field can be resolved for a node's object, the direct way first."""
        key = (node, name)
        if (known := self._paths.arrivals.get(key)) is not None:
            return known
        found = tuple(self._find_arrivals(node, name))
        if self._is_settled:
            self._paths.arrivals[key] = found
        return found

    @property
    def _is_settled(self) -> bool:
        return not self._partial_entries and not self._open_moves

    def _find_arrivals(self, node: Node, name: str) -> Iterator[Arrival]:
        direct = self._graph.field_edge(node, name)
        if direct and isinstance(direct.move, FieldMove):
            if not direct.move.requires and not direct.move.context_arguments:
                yield Arrival(direct.head, None, direct.move)
                if direct.move.is_leaf or not direct.move.is_shared:
                    return
            elif self._is_ready(direct.move, node):
                yield Arrival(direct.head, None, direct.move)
                return
        for entry in self._entries(node):
            edge = self._graph.field_edge(entry.edge.head, name)
            if edge is None or not isinstance(edge.move, FieldMove):
                continue
            for full in self._with_requires(entry, edge.move, node):
                yield Arrival(
                    edge.head,
                    full,
                    edge.move,
                    full.depth,
                    full.footprint,
                    full.weight,
                )

    def _with_requires(
        self, entry: Entry, move: FieldMove, node: Node
    ) -> Iterator[Entry]:
        """The entry with what the field requires in its representation."""
        subgraph = entry.edge.head.subgraph
        if move.context_arguments:
            if not is_in_context(node, move):
                return
            entry = entry._replace(context=move.context_arguments)
        if not move.requires or self._is_ready(move, entry.edge.head):
            if entry.context or subgraph != node.subgraph:
                yield entry
            return
        for way in self._required(move, subgraph, node)[:ROUTES_KEPT]:
            depth = 1 + max(entry.depth - 1, self._paths.last_depth(way.footprint))
            yield entry._replace(
                depth=depth,
                footprint=entry.key.footprint
                | way.footprint
                | self._paths.bit(subgraph, depth),
                requires=way,
                required=move.requires,
            )

    def _is_ready(self, move: FieldMove, node: Node) -> bool:
        """Whether all that a field requires is at hand, by a key or `@provides`."""
        return not move.context_arguments and self._graph.has_at_hand(
            node, move.requires
        )

    def _required(self, move: FieldMove, subgraph: str, node: Node) -> Ways:
        """The ways to what a field requires; none if it leads to the very same."""
        key = (node, subgraph, move)
        if key in self._open_moves:
            return ()
        self._open_moves.add(key)
        found = self.of_all(move.requires, node)
        self._open_moves.discard(key)
        return found

    def _entries(self, node: Node) -> tuple[Entry, ...]:
        """Every subgraph that a node's object can be taken to, nearest first."""
        if (known := self._paths.entries.get(node)) is not None:
            return known
        if (partial := self._partial_entries.get(node)) is not None:
            return partial
        found: tuple[Entry, ...] = ()
        pending = list(self._graph.key_edges(node))
        # Tier by tier: what was reached in one may give the keys for the next.
        while pending:
            self._partial_entries[node] = found
            tier = [(edge, self._enter(edge, node)) for edge in pending]
            reached = [entry for _, entries in tier for entry in entries]
            heads = {entry.edge.head for entry in reached}
            pending = [
                edge for edge, entries in tier if not entries and edge.head not in heads
            ]
            if not reached:
                break
            found += self._nearest(reached)
        self._partial_entries.pop(node, None)
        if self._is_settled:
            self._paths.entries[node] = found
        return found

    def _enter(self, edge: Edge, node: Node) -> list[Entry]:
        key = edge.move.key if isinstance(edge.move, KeyMove) else ()
        entries = []
        for way in self.of_all(key, node)[:ROUTES_KEPT]:
            depth = self._paths.last_depth(way.footprint) + 1
            footprint = way.footprint | self._paths.bit(edge.head.subgraph, depth)
            entries.append(Entry(edge, depth, footprint, way))
        return entries

    @staticmethod
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

    # Combining

    def _behind(self, arrival: Arrival, footprint: int) -> int:
        return arrival.footprint | (footprint << (arrival.depth * self._paths.width))

    def _combine(self, parts: Iterable[Ways]) -> Ways:
        """The best ways to do all of several things."""
        several: list[Ways] = []
        for ways in parts:
            if not ways:
                return ()
            several.append(ways)
        combined = several[0] if several else (NOTHING,)
        for ways in several[1:]:
            combined = tuple(
                Way(footprint, (one.steps, other.steps), weight)
                for footprint, weight, one, other in self._best_pairs(combined, ways)
            )
        return combined

    def _best_pairs(
        self, some: Sequence[_Cost], others: Sequence[_Cost]
    ) -> Iterator[tuple[int, int, _Cost, _Cost]]:
        """The best ways to do one of each, as footprint, weight and the two parts.

        Most pairs come to the same few footprints, so pairs are made of numbers first.
        """
        lightest: dict[int, tuple[int, _Cost, _Cost]] = {}
        for one in some:
            for other in others:
                footprint = one.footprint | other.footprint
                weight = one.weight + other.weight
                known = lightest.get(footprint)
                if known is None or weight < known[0]:
                    lightest[footprint] = weight, one, other
        weights = {footprint: best[0] for footprint, best in lightest.items()}
        for footprint in self._cheapest(weights):
            weight, one, other = lightest[footprint]
            yield footprint, weight, one, other

    def _best_ways(self, ways: Iterable[Way]) -> Ways:
        return tuple(self._best(list(ways)))

    def _best(self, found: list[_Cost]) -> list[_Cost]:
        """The cheapest few that no other beats; of equal ones the first."""
        if len(found) <= 1:
            return found
        lightest: dict[int, tuple[int, _Cost]] = {}
        for item in found:
            known = lightest.get(item.footprint)
            if known is None or item.weight < known[0]:
                lightest[item.footprint] = item.weight, item
        weights = {footprint: best[0] for footprint, best in lightest.items()}
        return [lightest[footprint][1] for footprint in self._cheapest(weights)]

    @property
    def _beam(self) -> int:
        """How many ways are kept; fewer and fewer when much has been tried.

        What is worked out for keys and requirements is kept for other operations, so
        it must not depend on how much this one has cost: it is neither hurried nor
        counted.
        """
        if self._effort < self._paths.effort or not self._is_settled:
            return BEAM
        return HURRIED_BEAM if self._effort < 2 * self._paths.effort else 1

    def _cheapest(self, weights: Mapping[int, int]) -> list[int]:
        """The few footprints with the fewest fetches that contain no other one."""
        if len(weights) == 1:
            return list(weights)
        beam = self._beam
        if self._is_settled:
            self._effort += len(weights)
        kept: list[int] = []
        for *_, footprint in sorted(
            (footprint.bit_count(), footprint.bit_length(), weight, place, footprint)
            for place, (footprint, weight) in enumerate(weights.items())
        ):
            if not any(other & footprint == other for other in kept):
                kept.append(footprint)
                if len(kept) == beam:
                    break
        return kept

    def _remember(self, key: tuple[int, Node], what: object, ways: Ways) -> None:
        self._kept.append(what)
        if self._is_settled:
            self._ways[key] = ways
