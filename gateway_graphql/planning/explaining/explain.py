"""Why a plan is as it is: what each fetch is there for, and what was refused.

A fetch is there for fields of the client that it brings, or for fields that it gives to
other fetches: their keys, what their `@requires` need. Whether another subgraph could
have brought the same is read from the query graph. What that would have cost is not
guessed: the operation is planned once more for a supergraph in which only that other
subgraph resolves those fields, and the two plans are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from gateway_graphql.language.operation import TYPENAME, Field, Selection
from gateway_graphql.planning.explaining.selected import (
    SelectedField,
    selected_by_client,
    selected_by_fetch,
)
from gateway_graphql.planning.plan import (
    FetchNode,
    Path,
    QueryPlan,
    RepresentationField,
    ResponseKeys,
    keys_of,
)
from gateway_graphql.planning.planner import Planner
from gateway_graphql.query_graph.graph import QueryGraph
from gateway_graphql.query_graph.model import FieldMove, Node
from gateway_graphql.supergraph.model import (
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)

MAX_PRICED = 16
"""How many alternatives are planned; the others are named without their cost."""

Role: TypeAlias = Literal["key", "requires", "context", "type"]
"""What another fetch needs a field for: its key, a `@requires`, an argument that comes
from further up (`@fromContext`), or to tell the object's type."""


class PlanCost(NamedTuple):
    """What a plan costs: HTTP requests, and how many wait for each other at most."""

    requests: int
    chain: int


@dataclass(frozen=True, slots=True)
class Brought:
    """A field of the client that a fetch brings.

    Attributes:
        path: Its place in the answer.
        coordinate: `Type.field`.
        also_in: The other subgraphs that resolve it.
    """

    path: str
    coordinate: str
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A field that a fetch selects for a later one.

    Attributes:
        path: Its place in the response tree.
        coordinate: `Type.field`.
        to: The id of the fetch that reads it.
        role: What for.
        required_by: For `@requires`: the coordinates of the fields that have it.
    """

    path: str
    coordinate: str
    to: int
    role: Role
    required_by: tuple[str, ...] = ()


Verdict: TypeAlias = Literal["planned", "no plan", "key", "not planned"]
"""What is known of an alternative. Those for fields of keys are not planned, since keys
are wherever the object is; nor are those beyond the first `MAX_PRICED`."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another subgraph for fields that a fetch brings.

    Attributes:
        subgraph: Its name.
        coordinates: The fields that it could have resolved as well.
        verdict: What is known of it.
        cost: The plan's cost if it did, when it was planned.
    """

    subgraph: str
    coordinates: tuple[str, ...]
    verdict: Verdict
    cost: PlanCost | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a fetch exists."""

    fetch: FetchNode
    brings: tuple[Brought, ...]
    gives: tuple[PassedOn, ...]
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a plan is as it is, fetch by fetch."""

    plan: QueryPlan
    reasons: tuple[Reason, ...]

    @property
    def cost(self) -> PlanCost:
        """What the plan itself costs."""
        return PlanCost(len(self.plan.fetches), self.plan.depth)


def explain(
    plan: QueryPlan, supergraph: Supergraph, override_labels: Iterable[str] = ()
) -> Explanation:
    """Explain a plan.

    Args:
        plan: A plan for this supergraph.
        supergraph: What it was made for.
        override_labels: The labels that it was made with.
    """
    return _Explainer(plan, supergraph, frozenset(override_labels)).explanation()


class _Explainer:
    def __init__(
        self, plan: QueryPlan, supergraph: Supergraph, labels: frozenset[str]
    ) -> None:
        self._plan = plan
        self._supergraph = supergraph
        self._labels = labels
        self._graph = QueryGraph(supergraph, labels)
        self._asked: dict[ResponseKeys, list[SelectedField]] = {}
        for field in selected_by_client(plan.operation, supergraph):
            self._asked.setdefault(field.keys, []).append(field)
        self._selected = [
            tuple(selected_by_fetch(fetch, supergraph)) for fetch in plan.fetches
        ]
        # Counted down with every alternative that is planned.
        self._left_to_price = MAX_PRICED

    def explanation(self) -> Explanation:
        return Explanation(self._plan, tuple(map(self._reason, self._plan.fetches)))

    def _reason(self, fetch: FetchNode) -> Reason:
        brings = tuple(dict.fromkeys(self._brought(fetch)))
        gives = tuple(dict.fromkeys(self._given(fetch)))
        return Reason(fetch, brings, gives, tuple(self._alternatives(brings, gives)))

    # What a fetch brings the client

    def _brought(self, fetch: FetchNode) -> Iterator[Brought]:
        for field in self._selected[fetch.id]:
            if any(
                asked.name == field.name and not asked.on.isdisjoint(field.on)
                for asked in self._asked.get(field.keys, ())
            ):
                others = () if field.name == TYPENAME else self._others(field, fetch)
                yield Brought(field.path, field.coordinate, tuple(others))

    def _others(self, field: SelectedField, fetch: FetchNode) -> Iterator[str]:
        for name in self._supergraph.subgraphs:
            if name != fetch.subgraph and self._resolves(field, name):
                yield name

    def _resolves(self, field: SelectedField, subgraph: str) -> bool:
        """Whether a subgraph resolves a field, be it as an interface object's."""
        definition = self._graph.types.composite(field.type_name)
        interfaces = (
            definition.interfaces if isinstance(definition, ObjectDefinition) else ()
        )
        nodes = [Node(field.type_name, subgraph)]
        nodes += [
            node
            for node in (Node(name, subgraph) for name in interfaces)
            if self._graph.types.is_interface_object(node)
        ]
        return any(self._graph.fields.edge(node, field.name) for node in nodes)

    # What a fetch gives others

    def _given(self, fetch: FetchNode) -> Iterator[PassedOn]:
        reads = [
            (reader.id, read)
            for reader in self._plan.fetches
            if fetch.id in reader.after
            for read in self._reads(reader)
        ]
        for field in self._selected[fetch.id]:
            for to, read in reads:
                if read.keys == field.keys and not (
                    read.on is not None and read.on.isdisjoint(field.on)
                ):
                    yield PassedOn(
                        field.path, field.coordinate, to, read.role, read.required_by
                    )

    def _reads(self, fetch: FetchNode) -> Iterator[_Read]:
        for entity in fetch.entities:
            asked = [f for f in self._selected[fetch.id] if f.entity == entity.alias]
            needs = tuple(self._requirements(asked, fetch.subgraph))
            for path in entity.paths:
                at = keys_of(path)
                if entity.typename is None:
                    yield _Read((*at, TYPENAME), None, "type")
                for field in entity.requires:
                    by = tuple(c for c, names in needs if field.name in names)
                    role: Role = "key" if field.is_key else "requires"
                    yield from _reads_of(field, at, role, by)
                for value in fetch.context:
                    holder = _above(path, value.steps)
                    for field in value.value:
                        yield from _reads_of(field, holder, "context", ())

    def _requirements(
        self, fields: Iterable[SelectedField], subgraph: str
    ) -> Iterator[tuple[str, frozenset[str]]]:
        """The fields that have `@requires`, and the names of what they require."""
        for field in {f.coordinate: f for f in fields if f.name != TYPENAME}.values():
            edge = self._graph.fields.edge(Node(field.type_name, subgraph), field.name)
            if edge and isinstance(edge.move, FieldMove) and edge.move.requires:
                yield field.coordinate, frozenset(_names(edge.move.requires))

    # What was refused

    def _alternatives(
        self, brings: Iterable[Brought], gives: Iterable[PassedOn]
    ) -> Iterator[Alternative]:
        given = {field.coordinate for field in gives}
        coordinates: dict[tuple[str, bool], dict[str, None]] = {}
        for field in brings:
            is_key = field.coordinate in given or self._is_of_key(field.coordinate)
            for subgraph in field.also_in:
                slot = coordinates.setdefault((subgraph, is_key), {})
                slot[field.coordinate] = None
        for (subgraph, is_key), names in coordinates.items():
            yield self._alternative(subgraph, tuple(names), is_key=is_key)

    def _alternative(
        self, subgraph: str, coordinates: tuple[str, ...], *, is_key: bool
    ) -> Alternative:
        if is_key:
            return Alternative(subgraph, coordinates, "key")
        if not self._left_to_price:
            return Alternative(subgraph, coordinates, "not planned")
        self._left_to_price -= 1
        cost = self._cost(subgraph, coordinates)
        verdict: Verdict = "planned" if cost else "no plan"
        return Alternative(subgraph, coordinates, verdict, cost)

    def _cost(self, subgraph: str, coordinates: tuple[str, ...]) -> PlanCost | None:
        forced = _forced(self._supergraph, subgraph, coordinates)
        plan = Planner(forced).plan(self._plan.operation, self._labels)
        if plan.unreachable:
            return None
        return PlanCost(len(plan.fetches), plan.depth)

    def _is_of_key(self, coordinate: str) -> bool:
        """Whether a field is part of a key of its type."""
        type_name, name = coordinate.split(".")
        return any(
            join.key is not None and name in _names(join.key.selections)
            for join in self._graph.types.composite(type_name).joins
        )


class _Read(NamedTuple):
    """A place that a fetch reads before it is sent."""

    keys: ResponseKeys
    on: frozenset[str] | None
    role: Role
    required_by: tuple[str, ...] = ()


def _above(path: Path, steps: int) -> ResponseKeys:
    """The place of an object further up, so many steps from the root."""
    counted = tuple(step for step in path if isinstance(step, str))
    return keys_of(counted[:steps])


def _reads_of(
    field: RepresentationField,
    at: ResponseKeys,
    role: Role,
    required_by: tuple[str, ...],
) -> Iterator[_Read]:
    keys = (*at, field.key)
    on = None if field.on_types is None else frozenset(field.on_types)
    yield _Read(keys, on, role, required_by)
    for below in field.fields:
        yield from _reads_of(below, keys, role, required_by)


def _names(selections: Iterable[Selection]) -> Iterator[str]:
    """The fields of a field set itself, those below them left out."""
    for selection in selections:
        if isinstance(selection, Field):
            yield selection.name
        else:
            yield from _names(selection.selections)


def _forced(
    supergraph: Supergraph, subgraph: str, coordinates: Iterable[str]
) -> Supergraph:
    """The supergraph if one subgraph alone resolved some fields."""
    types = dict(supergraph.types)
    for coordinate in coordinates:
        wide, name = coordinate.split(".")
        for type_name in dict.fromkeys((wide, *supergraph.possible_types[wide])):
            definition = types[type_name]
            if not isinstance(definition, ObjectDefinition | InterfaceDefinition):
                continue
            field = definition.fields.get(name)
            if field is None:
                continue
            joins = tuple(join for join in field.joins if join.subgraph == subgraph)
            fields = {**definition.fields, name: replace(field, joins=joins)}
            types[type_name] = replace(definition, fields=fields)
    return replace(supergraph, types=types)
