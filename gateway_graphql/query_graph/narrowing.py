"""The ways to what is selected of some of an object's possible types only."""

from __future__ import annotations

from gateway_graphql.language.operation import Field, Fragment, Selection
from gateway_graphql.query_graph.arrivals import arrival_by, entries_of
from gateway_graphql.query_graph.branching import behind
from gateway_graphql.query_graph.model import Downcast, Node
from gateway_graphql.query_graph.space import Searching
from gateway_graphql.query_graph.ways import NOTHING, Arrival, Step, Way, Ways


def of_fragment(search: Searching, fragment: Fragment, node: Node) -> Ways:
    """The ways to resolve a fragment on a node's object, if it is of that type."""
    types = search.graph.types
    if types.is_interface_object(node):
        if types.is_a(node.type_name, fragment.type_condition):
            return search.of_all(fragment.selections, node)
        return elsewhere(search, fragment, node)
    possible = types.possible(node)
    wanted = set(types.supergraph.possible_types[fragment.type_condition])
    matching = tuple(name for name in possible if name in wanted)
    if not matching:
        return (NOTHING,)  # no object here is ever of that type
    if not types.is_abstract(node) or fragment.type_condition == node.type_name:
        return search.of_all(fragment.selections, node)
    if _is_seen_as(search, node, fragment.type_condition, matching):
        return _narrowed(search, fragment.selections, node, fragment.type_condition)
    return search.beam.combined(
        _narrowed(search, fragment.selections, node, name) for name in matching
    )


def of_every_type(search: Searching, field: Field, node: Node) -> Ways:
    """The ways to take a field of an abstract type on each of its types alone."""
    possible = search.graph.types.possible(node)
    if not possible:
        return ()  # the subgraph cannot have such an object at all
    selections = (field,)
    search.keep(selections)
    return search.beam.combined(
        _narrowed(search, selections, node, name) for name in possible
    )


def elsewhere(search: Searching, selection: Selection, node: Node) -> Ways:
    """Ways through a subgraph that can tell the object's own type."""
    arrivals = [
        arrival_by(entry, entry.edge.head, None)
        for entry in entries_of(search, node)
        if entry.edge.head.type_name == node.type_name
        and not search.graph.types.is_interface_object(entry.edge.head)
    ]
    ways = [
        Way(
            behind(search, arrival, way.footprint),
            Step(None, ((arrival, way),)),
            arrival.weigh(way.weight),
        )
        for arrival in arrivals
        for way in search.of_one(selection, arrival.head)
    ]
    return tuple(search.beam.best(ways))


def _is_seen_as(
    search: Searching, node: Node, type_name: str, matching: tuple[str, ...]
) -> bool:
    """Whether the subgraph itself knows the narrower type, and just as wide."""
    if type_name in matching:
        return True
    types = search.graph.types
    narrower = Node(type_name, node.subgraph)
    known = types.composite(type_name).joins
    return (
        any(join.subgraph == node.subgraph for join in known)
        and not types.is_interface_object(narrower)
        and set(matching) <= set(types.possible(narrower))
    )


def _narrowed(
    search: Searching, selections: tuple[Selection, ...], node: Node, type_name: str
) -> Ways:
    edge = search.graph.types.downcast(node, type_name)
    arrival = Arrival(edge.head, None, Downcast(type_name))
    return tuple(
        Way(way.footprint, Step(None, ((arrival, way),)), way.weight)
        for way in search.of_all(selections, edge.head)
    )
