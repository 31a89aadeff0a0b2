"""Satisfiability: every path of the API schema has a path in the query graph.

A *state* is one object as the gateway may have it after some path: the set of (type,
subgraph) nodes where it can be, all that keys reach included. From the roots, every
field of the API schema must lead from some node of the state to a next one. A state is
not looked at again when a smaller state of the same type has been: what the smaller one
can reach, the larger one can, too.
(Federation specification, "Satisfiability".)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from gateway_graphql.composition.problems import CompositionError
from gateway_graphql.language.operation import TYPENAME, Field, Fragment, Selection
from gateway_graphql.language.type_reference import named_type
from gateway_graphql.query_graph.build import QueryGraph, labels_of
from gateway_graphql.query_graph.model import Edge, FieldMove, KeyMove, Node
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    UnionDefinition,
)

Nodes: TypeAlias = frozenset[Node]


def check_satisfiability(supergraph: Supergraph) -> tuple[CompositionError, ...]:
    """Find fields of the API schema that no chain of fetches can reach."""
    labels = frozenset(labels_of(supergraph))
    settings = dict.fromkeys((frozenset[str](), labels))
    errors: dict[CompositionError, None] = {}
    for active in settings:
        errors.update(dict.fromkeys(_Search(supergraph, active).run()))
    return tuple(errors)


@dataclass(frozen=True, slots=True)
class _State:
    """An object of a type, the nodes where it can be, and the path that led there."""

    type_name: str
    nodes: Nodes
    path: tuple[str, ...]


class _Search:
    """Walks the API schema once; remembers closures and states it has seen."""

    def __init__(self, supergraph: Supergraph, labels: frozenset[str]) -> None:
        self._supergraph = supergraph
        self._graph = QueryGraph(supergraph, labels)
        # Filled during the walk, owned by it.
        self._seen: dict[str, list[Nodes]] = {}
        self._closures: dict[tuple[str, Nodes], Nodes] = {}
        self._reported: set[tuple[str, str]] = set()

    def run(self) -> Iterator[CompositionError]:
        """Visit every state that the roots lead to, nearest first."""
        pending = deque(
            _State(name, self._root_nodes(name), (kind.value,))
            for kind, name in self._supergraph.roots.items()
        )
        while pending:
            state = pending.popleft()
            for concrete in self._concrete(state):
                if self._is_new(concrete):
                    yield from self._visit(concrete, pending)

    def _root_nodes(self, name: str) -> Nodes:
        return frozenset(
            edge.head
            for kind, root in self._supergraph.roots.items()
            if root == name
            for edge in self._graph.root_edges(kind)
        )

    def _concrete(self, state: _State) -> Iterator[_State]:
        """The object types that the state's object can have."""
        definition = self._supergraph.types[state.type_name]
        if isinstance(definition, ObjectDefinition):
            yield _State(
                state.type_name, self._close(state.type_name, state.nodes), state.path
            )
            return
        for name in self._supergraph.possible_types[state.type_name]:
            if self._supergraph.types[name].is_inaccessible:
                continue
            nodes = self._narrow(state.nodes, name)
            if nodes:
                step = f"... on {name}"
                yield _State(name, self._close(name, nodes), (*state.path, step))

    def _is_new(self, state: _State) -> bool:
        seen = self._seen.setdefault(state.type_name, [])
        if any(nodes <= state.nodes for nodes in seen):
            return False
        seen.append(state.nodes)
        return True

    def _visit(
        self, state: _State, pending: deque[_State]
    ) -> Iterator[CompositionError]:
        definition = self._graph.composite(state.type_name)
        if isinstance(definition, UnionDefinition):
            raise AssertionError("only object types are visited")
        for field in definition.fields.values():
            target = self._supergraph.types.get(named_type(field.type))
            if field.is_inaccessible or (target and target.is_inaccessible):
                continue
            heads = self._heads(state.nodes, field.name)
            if not heads:
                yield from self._report(state, field)
            elif isinstance(
                target, ObjectDefinition | InterfaceDefinition | UnionDefinition
            ):
                yield from self._check_runtime_types(state, field, heads)
                heads |= self._root_nodes(target.name)
                pending.append(_State(target.name, heads, (*state.path, field.name)))

    # Errors

    def _report(
        self, state: _State, field: FieldDefinition
    ) -> Iterator[CompositionError]:
        key = (state.type_name, field.name)
        if key in self._reported:
            return
        self._reported.add(key)
        coordinate = f"{state.type_name}.{field.name}"
        owners = tuple(j.subgraph for j in field.joins if not j.is_external)
        reached = sorted({node.subgraph for node in state.nodes})
        yield CompositionError(
            "SATISFIABILITY_ERROR",
            f"The following supergraph API query cannot be satisfied by the subgraphs:"
            f" {_query((*state.path, field.name))}. The path ends in"
            f" {', '.join(reached) or 'no subgraph'}, and from there no key leads to a"
            f' subgraph that resolves "{coordinate}"'
            f" ({', '.join(owners) or 'none does'}).",
            coordinate,
            owners,
        )

    def _check_runtime_types(
        self, state: _State, field: FieldDefinition, heads: Nodes
    ) -> Iterator[CompositionError]:
        """Subgraphs that share a field agree on at least one type of its values."""
        possible = [
            set(self._graph.possible_types(head))
            for head in heads
            if self._graph.is_abstract(head)
        ]
        coordinate = (state.type_name, f"{field.name} types")
        is_shared = len(possible) == len(heads) > 1
        if not is_shared or set.intersection(*possible):
            return
        if coordinate in self._reported:
            return
        self._reported.add(coordinate)
        owners = tuple(sorted({head.subgraph for head in heads}))
        yield CompositionError(
            "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES",
            f"For the supergraph API query {_query((*state.path, field.name))}: shared"
            f' field "{state.type_name}.{field.name}" has no possible type that all of'
            f" {', '.join(owners)} agree on.",
            f"{state.type_name}.{field.name}",
            owners,
        )

    # Moves

    def _narrow(self, nodes: Iterable[Node], type_name: str) -> Nodes:
        """The nodes that can hold an object of the type, seen as that type."""
        narrowed: set[Node] = set()
        for node in nodes:
            if node.type_name == type_name or self._graph.is_interface_object(node):
                narrowed.add(node)
            elif self._graph.is_abstract(node) and (
                type_name in self._graph.possible_types(node)
            ):
                narrowed.add(self._graph.downcast(node, type_name).head)
        return frozenset(narrowed)

    def _close(self, type_name: str, nodes: Nodes) -> Nodes:
        """The nodes with all that keys lead to from them."""
        key = (type_name, nodes)
        if key in self._closures:
            return self._closures[key]
        # A key that needs the same object again meets this entry and gets no further.
        self._closures[key] = closed = nodes
        waiting = True
        while waiting:
            reached = {
                head
                for node in closed
                for edge in self._graph.key_edges(node)
                if self._enters(closed, edge)
                for head in self._narrow((edge.head,), type_name)
            }
            waiting = not reached <= closed
            closed |= reached
        self._closures[key] = closed
        return closed

    def _enters(self, nodes: Nodes, edge: Edge) -> bool:
        return edge.head in nodes or (
            isinstance(edge.move, KeyMove) and self._resolves(nodes, edge.move.key)
        )

    def _heads(self, nodes: Nodes, field: str) -> Nodes:
        """Where a field leads from the nodes of one object."""
        return frozenset(
            edge.head
            for node in nodes
            if (edge := self._graph.field_edge(node, field)) is not None
            and self._may_take(nodes, node, edge)
        )

    def _may_take(self, nodes: Nodes, node: Node, edge: Edge) -> bool:
        """Whether what a field's resolver requires is at hand, and a way in with it."""
        if not isinstance(edge.move, FieldMove) or not edge.move.requires:
            return True
        others = nodes - {node}
        return self._resolves(nodes, edge.move.requires) and any(
            isinstance(key.move, KeyMove)
            and key.head.subgraph == node.subgraph
            and self._resolves(others | {node}, key.move.key)
            for key in self._graph.key_edges(node)
        )

    def _resolves(self, nodes: Nodes, selections: tuple[Selection, ...]) -> bool:
        """Whether all of a field set can be had from the nodes of one object."""
        return all(self._resolves_one(nodes, selection) for selection in selections)

    def _resolves_one(self, nodes: Nodes, selection: Selection) -> bool:
        if isinstance(selection, Fragment):
            return self._resolves_fragment(nodes, selection)
        if selection.name == TYPENAME:
            return True
        heads = self._heads(nodes, selection.name)
        if not heads:
            return self._resolves_on_each_type(nodes, selection)
        if not selection.selections:
            return True
        type_name = next(iter(heads)).type_name
        return self._resolves(self._close(type_name, heads), selection.selections)

    def _resolves_fragment(self, nodes: Nodes, fragment: Fragment) -> bool:
        names = self._supergraph.possible_types.get(fragment.type_condition, ())
        for name in names:
            narrowed = self._narrow(nodes, name)
            if narrowed and not self._resolves(
                self._close(name, narrowed), fragment.selections
            ):
                return False
        return True

    def _resolves_on_each_type(self, nodes: Nodes, field: Field) -> bool:
        """An interface's field that is resolved on its implementations only."""
        names = dict.fromkeys(
            name
            for node in nodes
            if self._graph.is_abstract(node)
            for name in self._graph.possible_types(node)
        )
        return bool(names) and all(
            self._resolves_one(self._close(name, self._narrow(nodes, name)), field)
            for name in names
        )


def _query(path: tuple[str, ...]) -> str:
    """A path as a query that a client could send."""
    kind, *steps = path
    text = " { ".join([kind if kind != "query" else "", *steps]).strip()
    return text + " }" * len(steps)
