"""The ways to resolve sub-selections, given where one can be for them.

One arrival may do for all of them, or they are divided between several: each then goes
down a *lane* of its own, and lanes may go on side by side for several fields.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from gateway_graphql.language.operation import Field, Selection
from gateway_graphql.query_graph.arrivals import arrivals_of
from gateway_graphql.query_graph.beam import BEAM
from gateway_graphql.query_graph.space import Searching
from gateway_graphql.query_graph.ways import Arrival, Lane, Option, Way


def options_from(
    search: Searching, selections: tuple[Selection, ...], arrivals: Sequence[Arrival]
) -> list[Option]:
    """The ways to resolve sub-selections from some of the arrivals.

    First each arrival alone; where none does for all selections (or where the
    arrivals are equally early, so that asking both at once shortens the chain),
    selections are divided between arrivals.
    """
    found: list[Option] = []
    for arrival in arrivals:
        ways = search.of_all(selections, arrival.head)
        found.extend(_option(search, arrival, way) for way in ways)
        if found and search.beam.width == 1:
            return found[:1]
    if len(arrivals) > 1 and _may_divide(search, arrivals, found):
        lanes = [Lane(arrival) for arrival in arrivals]
        found.extend(_divided(search, selections, lanes))
    return search.beam.best(found)


def behind(search: Searching, arrival: Arrival, footprint: int) -> int:
    """What being at an arrival costs, with what is fetched from there."""
    footprints = search.space.footprints
    return arrival.footprint | footprints.behind(footprint, arrival.depth)


def _option(search: Searching, arrival: Arrival, way: Way) -> Option:
    footprint = behind(search, arrival, way.footprint)
    return Option(footprint, ((arrival, way),), arrival.weigh(way.weight))


def _may_divide(
    search: Searching, arrivals: Sequence[Arrival], whole: list[Option]
) -> bool:
    """Whether selections are to be divided between arrivals.

    Where one arrival does for all, that is so only if others are as early and
    something is left to gain. Objects of an abstract type are asked of one subgraph
    then: two might not know the same types.
    """
    if not whole:
        return True
    return (
        search.beam.width == BEAM
        and len({arrival.depth for arrival in arrivals}) < len(arrivals)
        and not any(search.graph.types.is_abstract(a.head) for a in arrivals)
        and not any(o.footprint == o.steps[0][0].footprint for o in whole)
    )


def _divided(
    search: Searching, selections: tuple[Selection, ...], lanes: Sequence[Lane]
) -> list[Option]:
    """The ways to resolve selections, each along a lane of its own."""
    partial = [Option(0, (), 0)]
    for selection in selections:
        options = search.beam.best(_along_lanes(search, selection, lanes))
        if not options and (pieces := _pieces(search, selection)):
            options = _divided(search, pieces, lanes)
        partial = [
            Option(footprint, one.steps + other.steps, weight)
            for footprint, weight, one, other in search.beam.best_pairs(
                partial, options
            )
        ]
    return partial


def _pieces(search: Searching, selection: Selection) -> tuple[Selection, ...]:
    """The same as several selections; none where there is but one thing in it."""
    parts = selection.selections
    if len(parts) == 1:
        parts = _pieces(search, parts[0])
    if not parts:
        return ()
    pieces = tuple(replace(selection, selections=(part,)) for part in parts)
    search.keep(pieces)
    return pieces


def _along_lanes(
    search: Searching, selection: Selection, lanes: Sequence[Lane]
) -> list[Option]:
    found = [
        _option(search, lane.arrival, lane.around(way))
        for lane in lanes
        for way in search.of_one(selection, lane.head)
    ]
    if not isinstance(selection, Field) or not selection.selections:
        return found
    if not found or all(lane.arrival.entry is None for lane in lanes):
        # Further down the lanes may go on side by side. Where each could do alone,
        # that is looked into for root fields only: it is there that it pays.
        deeper = _deeper(search, selection, lanes)
        if len(deeper) > 1 and not any(
            search.graph.types.is_abstract(lane.head) for lane in deeper
        ):
            found.extend(_divided(search, selection.selections, deeper))
    return found


def _deeper(search: Searching, field: Field, lanes: Sequence[Lane]) -> list[Lane]:
    """The lanes one field further, where their own subgraph resolves it."""
    return [
        Lane(lane.arrival, (*lane.fields, (field, arrival)))
        for lane in lanes
        for arrival in arrivals_of(search, lane.head, field.name)
        if arrival.entry is None
    ]
