"""Satisfiability: every path of the API schema has a path in the query graph.

A *state* is one object as the gateway may have it after some path. Where subgraphs share
a field, there are several ways to have it, side by side: each is a *lane*, the set of
(type, subgraph) nodes that keys reach from one node. What a key or a `@requires` needs
must come from the lane in which it is used. From the roots, every field of the API
schema must lead from some node of the state to a next one. A state is not looked at
again when a smaller state of the same type has been: what the smaller one can reach,
the larger one can, too.

It stands on the planner's graph and not on its search, so that each holds the other: see
docs/decisions/what-satisfiability-stands-on.md.

(Composition rules: each field of a type that several subgraphs define is resolvable by
every valid operation that includes it.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from gateway_graphql.composition.fixed_point import FixedPoint
from gateway_graphql.composition.problems import CompositionError
from gateway_graphql.language.operation import (
    TYPENAME,
    Field,
    Fragment,
    OperationKind,
    Selection,
)
from gateway_graphql.language.type_reference import named_type
from gateway_graphql.query_graph.contexts import is_in_context
from gateway_graphql.query_graph.graph import QueryGraph
from gateway_graphql.query_graph.model import Edge, FieldMove, KeyMove, Node
from gateway_graphql.query_graph.overrides import labels_of
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    UnionDefinition,
)

Nodes: TypeAlias = frozenset[Node]
Lanes: TypeAlias = frozenset[Nodes]


def check_satisfiability(supergraph: Supergraph) -> tuple[CompositionError, ...]:
    """Find fields of the API schema that no chain of fetches can reach."""
    labels = frozenset(labels_of(supergraph))
    settings = dict.fromkeys((frozenset[str](), labels))
    errors: dict[CompositionError, None] = {}
    for active in settings:
        errors.update(dict.fromkeys(_Search(supergraph, active).run()))
    return tuple(errors)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An object of any type, the nodes where it is, and the path that led there."""

    type_name: str
    nodes: Nodes
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _State:
    """An object of one type with all that keys reach."""

    type_name: str
    lanes: Lanes
    path: tuple[str, ...]


class _Closure(NamedTuple):
    """All that keys reach from a node."""

    type_name: str
    start: Node


class _Taking(NamedTuple):
    """A field that requires something, at a node of a lane."""

    lane: Nodes
    node: Node
    move: FieldMove


class _Search:
    """Walks the API schema once; remembers closures and states it has seen."""

    def __init__(self, supergraph: Supergraph, labels: frozenset[str]) -> None:
        self._supergraph = supergraph
        self._graph = QueryGraph(supergraph, labels)
        # Filled during the walk, owned by it.
        self._seen: dict[str, list[Lanes]] = {}
        self._reported: set[tuple[str, str]] = set()
        self._found: FixedPoint[_Closure | _Taking, Nodes] = FixedPoint(self._improve)

    def run(self) -> Iterator[CompositionError]:
        """Visit every state that the roots lead to, nearest first."""
        pending: deque[_Arrival] = deque()
        for kind, name in self._supergraph.roots.items():
            arrival = _Arrival(name, self._root_nodes(name), (kind.value,))
            if kind is OperationKind.MUTATION:
                yield from self._enter_mutations(arrival, pending)
            else:
                pending.append(arrival)
        yield from self._visit_all(pending)

    def _visit_all(self, pending: deque[_Arrival]) -> Iterator[CompositionError]:
        while pending:
            for state in self._states(pending.popleft()):
                if self._is_new(state):
                    yield from self._visit(state, pending)

    # Mutations

    def _enter_mutations(
        self, arrival: _Arrival, pending: deque[_Arrival]
    ) -> Iterator[CompositionError]:
        """Visit mutations: each runs once, so that one subgraph must do for all of it.

        What does not need to be shown for one subgraph alone is left in `pending`.
        """
        for state in self._states(arrival):
            entered: deque[_Arrival] = deque()
            yield from self._visit(state, entered)
            for value in entered:
                if len(value.nodes) > 1:
                    yield from self._check_single(value)
                else:
                    pending.append(value)

    def _check_single(self, value: _Arrival) -> Iterator[CompositionError]:
        """Check that one of the subgraphs that share a mutation leads to all below it.

        (GraphQL specification, 6.2.2 "Mutation": fields run in series, each once.)
        """
        problems: dict[str, CompositionError] = {}
        for node in sorted(value.nodes, key=lambda node: node.subgraph):
            single = _Search(self._supergraph, self._graph.override_labels)
            nodes = frozenset({node}) | self._query_nodes(value.type_name)
            arrival = _Arrival(value.type_name, nodes, value.path)
            problem = next(single._visit_all(deque((arrival,))), None)
            if problem is None:
                return
            problems[node.subgraph] = problem
        coordinate = f"{self._supergraph.roots[OperationKind.MUTATION]}.{value.path[1]}"
        reasons = " ".join(
            f'Called in "{subgraph}": {problem.message}'
            for subgraph, problem in problems.items()
        )
        yield CompositionError(
            "SATISFIABILITY_ERROR",
            f'The mutation "{coordinate}" is called in one subgraph only, and none of'
            f" {', '.join(problems)} leads to all that may be selected of it. {reasons}",
            coordinate,
            tuple(problems),
        )

    def _query_nodes(self, name: str) -> Nodes:
        is_query = name == self._supergraph.roots[OperationKind.QUERY]
        return self._root_nodes(name) if is_query else frozenset()

    def _root_nodes(self, name: str) -> Nodes:
        return frozenset(
            edge.head
            for kind, root in self._supergraph.roots.items()
            if root == name
            for edge in self._graph.roots.edges(kind)
        )

    def _states(self, arrival: _Arrival) -> Iterator[_State]:
        """The object with each type that it can have."""
        name, nodes, path = arrival.type_name, arrival.nodes, arrival.path
        if isinstance(self._supergraph.types[name], ObjectDefinition):
            yield _State(name, self._close(name, nodes), path)
            return
        for possible in self._supergraph.possible_types[name]:
            if self._supergraph.types[possible].is_inaccessible:
                continue
            if narrowed := self._narrow(nodes, possible):
                lanes = self._close(possible, narrowed)
                yield _State(possible, lanes, (*path, f"... on {possible}"))

    def _is_new(self, state: _State) -> bool:
        seen = self._seen.setdefault(state.type_name, [])
        if any(lanes <= state.lanes for lanes in seen):
            return False
        seen.append(state.lanes)
        return True

    def _visit(
        self, state: _State, pending: deque[_Arrival]
    ) -> Iterator[CompositionError]:
        definition = self._graph.types.composite(state.type_name)
        if isinstance(definition, UnionDefinition):
            raise AssertionError("only object types are visited")
        for field in definition.fields.values():
            target = self._supergraph.types.get(named_type(field.type))
            if field.is_inaccessible or (target and target.is_inaccessible):
                continue
            heads = self._heads(state.lanes, field.name)
            if not heads:
                yield from self._report(state, field)
            elif isinstance(
                target, ObjectDefinition | InterfaceDefinition | UnionDefinition
            ):
                yield from self._check_runtime_types(state, field, heads)
                heads |= self._root_nodes(target.name)
                pending.append(_Arrival(target.name, heads, (*state.path, field.name)))

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
        reached = sorted({node.subgraph for node in _nodes_of(state.lanes)})
        yield CompositionError(
            "SATISFIABILITY_ERROR",
            f"The following supergraph API query cannot be satisfied by the subgraphs:"
            f" {_query((*state.path, field.name))}. The path ends in"
            f" {', '.join(reached) or 'no subgraph'}, and from there no key leads to a"
            f' subgraph that resolves "{coordinate}"'
            f" ({', '.join(owners) or 'none does'}).{_unset(state, field)}",
            coordinate,
            owners,
        )

    def _check_runtime_types(
        self, state: _State, field: FieldDefinition, heads: Nodes
    ) -> Iterator[CompositionError]:
        """Subgraphs that share a field agree on at least one type of its values."""
        possible = [
            set(self._graph.types.possible(head))
            for head in heads
            if self._graph.types.is_abstract(head)
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
            if node.type_name == type_name or self._graph.types.is_interface_object(
                node
            ):
                narrowed.add(node)
            elif self._graph.types.is_abstract(node) and (
                type_name in self._graph.types.possible(node)
            ):
                narrowed.add(self._graph.types.downcast(node, type_name).head)
        return frozenset(narrowed)

    def _close(self, type_name: str, nodes: Nodes) -> Lanes:
        """For each node all that keys lead to from it; what others have is left out."""
        lanes = {self._reached(type_name, node) for node in nodes}
        return frozenset(
            lane for lane in lanes if not any(lane < other for other in lanes)
        )

    def _reached(self, type_name: str, start: Node) -> Nodes:
        """The node with all that keys lead to from it.

        A key may need the same object again, by way of others.
        """
        return self._found.answer(_Closure(type_name, start), frozenset({start}))

    def _improve(self, question: _Closure | _Taking, nodes: Nodes) -> Nodes:
        """What more is reached, given what was."""
        if isinstance(question, _Closure):
            return nodes | self._one_further(question.type_name, nodes)
        return nodes | self._entries(question)

    def _one_further(self, type_name: str, lane: Nodes) -> Nodes:
        return frozenset(
            head
            for node in lane
            for edge in self._graph.keys.edges(node)
            if self._enters(lane, edge)
            for head in self._narrow((edge.head,), type_name)
        )

    def _enters(self, lane: Nodes, edge: Edge) -> bool:
        return edge.head in lane or (
            isinstance(edge.move, KeyMove)
            and self._resolves(frozenset({lane}), edge.move.key)
        )

    def _heads(self, lanes: Lanes, field: str) -> Nodes:
        """Where a field leads from one object."""
        return frozenset(
            edge.head
            for lane in lanes
            for node in lane
            if (edge := self._graph.fields.edge(node, field)) is not None
            and self._may_take(lane, node, edge)
        )

    def _may_take(self, lane: Nodes, node: Node, edge: Edge) -> bool:
        """Whether what a field's resolver needs is at hand, or a way in with it."""
        move = edge.move
        if not isinstance(move, FieldMove) or not (
            move.requires or move.context_arguments
        ):
            return True
        if not is_in_context(node, move):
            return False
        if not move.context_arguments and self._graph.at_hand.has(node, move.requires):
            return True
        return bool(self._found.answer(_Taking(lane, node, move), frozenset()))

    def _entries(self, taking: _Taking) -> Nodes:
        """Where a subgraph is entered with what it requires; nowhere if that lacks."""
        lanes = frozenset({taking.lane})
        if not self._resolves(lanes, taking.move.requires):
            return frozenset()
        return frozenset(
            key.head
            for key in self._graph.keys.edges(taking.node)
            if isinstance(key.move, KeyMove)
            and key.head.subgraph == taking.node.subgraph
            and self._resolves(lanes, key.move.key)
        )

    def _resolves(self, lanes: Lanes, selections: tuple[Selection, ...]) -> bool:
        """Whether all of a field set can be had from one object."""
        return all(self._resolves_one(lanes, selection) for selection in selections)

    def _resolves_one(self, lanes: Lanes, selection: Selection) -> bool:
        if isinstance(selection, Fragment):
            return self._resolves_fragment(lanes, selection)
        if selection.name == TYPENAME:
            return True
        heads = self._heads(lanes, selection.name)
        if heads and not selection.selections:
            return True
        return (
            bool(heads) and self._resolves_below(heads, selection)
        ) or self._resolves_on_each_type(lanes, selection)

    def _resolves_below(self, heads: Nodes, field: Field) -> bool:
        type_name = min(head.type_name for head in heads)
        return self._resolves(self._close(type_name, heads), field.selections)

    def _resolves_fragment(self, lanes: Lanes, fragment: Fragment) -> bool:
        names = self._supergraph.possible_types.get(fragment.type_condition, ())
        for name in names:
            narrowed = self._narrow(_nodes_of(lanes), name)
            if narrowed and not self._resolves(
                self._close(name, narrowed), fragment.selections
            ):
                return False
        return True

    def _resolves_on_each_type(self, lanes: Lanes, field: Field) -> bool:
        """An interface's field that is resolved on its implementations only."""
        nodes = _nodes_of(lanes)
        names = dict.fromkeys(
            name
            for node in nodes
            if self._graph.types.is_abstract(node)
            for name in self._graph.types.possible(node)
        )
        return bool(names) and all(
            self._resolves_one(self._close(name, self._narrow(nodes, name)), field)
            for name in names
        )


def _unset(state: _State, field: FieldDefinition) -> str:
    """A sentence on the contexts that nothing on the path sets; empty for none."""
    read = {arg.context for join in field.joins for arg in join.context_arguments}
    nodes = _nodes_of(state.lanes)
    unset = sorted(c for c in read if not any(c in node.contexts for node in nodes))
    if not unset:
        return ""
    names = ", ".join(f'"{name.partition("__")[2]}"' for name in unset)
    return f" Nothing on the path sets the context {names}."


def _nodes_of(lanes: Lanes) -> Nodes:
    return frozenset().union(*lanes)


def _query(path: tuple[str, ...]) -> str:
    """A path as a query that a client could send."""
    kind, *steps = path
    text = " { ".join([kind if kind != "query" else "", *steps]).strip()
    return text + " }" * len(steps)
