"""Every good way to resolve selections from a node, cheapest first.

A *way* is a footprint (`footprint.py`) with the steps that cause it. Ways are found
bottom-up: for each selection at each node once, by combining the ways of its parts, of
which the beam (`beam.py`) keeps the few best. How one gets to where a field is resolved
is in `arrivals.py`, how sub-selections are divided between several such places in
`branching.py`, and what is selected of some types only in `narrowing.py`.

Operations, keys and requirements all stand on this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway_graphql.language.operation import (
    META_FIELDS,
    Field,
    Fragment,
    Selection,
)
from gateway_graphql.query_graph.arrivals import arrivals_of
from gateway_graphql.query_graph.beam import Beam
from gateway_graphql.query_graph.branching import options_from
from gateway_graphql.query_graph.model import Edge, FieldMove, Node
from gateway_graphql.query_graph.narrowing import elsewhere, of_every_type, of_fragment
from gateway_graphql.query_graph.open_questions import OpenQuestions
from gateway_graphql.query_graph.space import SearchSpace
from gateway_graphql.query_graph.ways import Arrival, Step, Way, Ways


class Search:
    """Finds the ways for the selections of one operation.

    Attributes:
        space: Where it takes place.
        graph: The graph of its space.
        open: What it is in the middle of.
        beam: What keeps the few best ways.
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self.graph = space.graph
        self.open = OpenQuestions()
        self.beam = Beam(space.effort, self.open)
        # (selections or selection, by identity; node) -> ways. The selections are kept
        # alive beside, so that an identity is never used twice.
        self._ways: dict[tuple[int, Node], Ways] = {}
        self._kept: list[object] = []

    def of_all(self, selections: tuple[Selection, ...], node: Node) -> Ways:
        """The ways to resolve all selections from a node; none when there is no way."""
        key = (id(selections), node)
        known = self._ways.get(key)
        if known is None:
            known = self.beam.combined(self.of_one(one, node) for one in selections)
            self._remember(key, selections, known)
        return known

    def of_one(self, selection: Selection, node: Node) -> Ways:
        """The ways to resolve one selection from a node."""
        key = (id(selection), node)
        known = self._ways.get(key)
        if known is None:
            if isinstance(selection, Fragment):
                known = of_fragment(self, selection, node)
            elif selection.name in META_FIELDS:
                known = self._of_meta_field(selection, node)
            else:
                known = self._of_field(selection, node)
            self._remember(key, selection, known)
        return known

    def keep(self, made: object) -> None:
        """Keep selections alive that were made on the way: they are known by identity."""
        self._kept.append(made)

    def _remember(self, key: tuple[int, Node], what: object, ways: Ways) -> None:
        self._kept.append(what)
        if self.open.is_settled:
            self._ways[key] = ways

    # Fields

    def _of_meta_field(self, field: Field, node: Node) -> Ways:
        if self.graph.types.is_interface_object(node):
            return elsewhere(self, field, node)
        return (Way(0, Step(field, ((Arrival(node, None, None), None),)), 1),)

    def _of_field(self, field: Field, node: Node) -> Ways:
        types = self.graph.types
        found = self._taken(field, arrivals_of(self, node, field.name))
        # Ways are best first: if one needs no other fetch, it is the first.
        is_at_hand = bool(found) and found[0].footprint == 0
        if not is_at_hand and types.is_abstract(node):
            found.extend(of_every_type(self, field, node))
        if not found and types.is_interface_object(node):
            # Where the object's own type is known, the field may be taken by type.
            return elsewhere(self, field, node)
        return tuple(self.beam.best(found))

    def _taken(self, field: Field, arrivals: Sequence[Arrival]) -> list[Way]:
        """The ways to take a field, given where it can be resolved."""
        if not field.selections:
            return [
                Way(a.footprint, Step(field, ((a, None),)), a.weigh(1))
                for a in arrivals
            ]
        return [
            Way(option.footprint, Step(field, option.steps), option.weight + 1)
            for option in options_from(self, field.selections, arrivals)
        ]

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
        footprints = self.space.footprints
        arrivals = [
            Arrival(
                edge.head, None, edge.move, 0, footprints.bit(edge.head.subgraph, 0)
            )
            for root in self.graph.roots.with_field(roots, field.name)
            if (edge := self.graph.fields.edge(root.head, field.name))
            and isinstance(edge.move, FieldMove)
        ]
        groups = [[arrival] for arrival in arrivals] if once else [arrivals]
        ways = [way for group in groups for way in self._taken(field, group)]
        return tuple(self.beam.best(ways))

    def all_of(self, parts: Iterable[Ways]) -> Ways:
        """The best ways to do all of several things; none when one has no way."""
        return self.beam.combined(parts)
