"""QueryPlan -> CompiledPlan: everything about an execution that no request changes.

A compiled plan is shared by all executions of an operation. What it keeps beyond the plan
is the order of starting (who waits for whom), the places that each fetch is there for, the
shapes, the fast plans, and what is asked of the schema. The last three fill themselves as requests need
them; nothing else in it changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway_graphql.execution.compiled.answer_places import Asked, asked_of
from gateway_graphql.execution.compiled.fast_plan import FastPlans
from gateway_graphql.execution.compiled.fetch_places import (
    entity_places,
    nearest_parent,
    root_places,
)
from gateway_graphql.execution.compiled.introspection import (
    Introspection,
    compile_introspection,
)
from gateway_graphql.execution.compiled.selected_keys import (
    SelectedKeys,
    selected_keys,
)
from gateway_graphql.execution.compiled.shape import Shapes
from gateway_graphql.language.operation import Operation
from gateway_graphql.planning.plan import (
    EntityInput,
    FetchNode,
    QueryPlan,
    ResponseKeys,
    keys_of,
)
from gateway_graphql.supergraph.model import Supergraph


@dataclass(frozen=True, slots=True)
class CompiledInput:
    """An entity input and the places that its answers are there for.

    Attributes:
        places: Fields of the client that its entities give.
        parent: Where an error of the whole input goes: the nearest non-list parent.
    """

    node: EntityInput
    places: tuple[ResponseKeys, ...]
    parent: ResponseKeys


@dataclass(frozen=True, slots=True)
class CompiledFetch:
    """A fetch, and what follows from it.

    Attributes:
        inputs: `()` for a root fetch.
        selected: What it selects, by response keys.
        children: Ids of the fetches that wait for this one.
        places: Fields of the client that it gives.
        later_places: Fields of the client that fetches after it give, at any distance.
        parent: Where an error of the whole fetch goes: the nearest non-list parent.
    """

    node: FetchNode
    inputs: tuple[CompiledInput, ...]
    selected: SelectedKeys
    children: tuple[int, ...]
    places: tuple[ResponseKeys, ...]
    later_places: tuple[ResponseKeys, ...]
    parent: ResponseKeys


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """A plan that is ready to be executed, any number of times at once.

    Attributes:
        plan: What it was made from.
        fetches: By id.
        first: The fetches that wait for no other.
        waiting_for: By id, for how many fetches one waits.
        asked: The places of the answer.
        shapes: What the answer looks like.
        object_types: Names of the supergraph's object types.
        fast: What the fast path knows of it.
        introspections: What is asked of the schema, by the places where it is.
    """

    plan: QueryPlan
    fetches: tuple[CompiledFetch, ...]
    first: tuple[CompiledFetch, ...]
    waiting_for: tuple[int, ...]
    asked: Asked
    shapes: Shapes
    object_types: frozenset[str]
    fast: FastPlans
    introspections: tuple[Introspection, ...] = ()


def compile_plan(
    plan: QueryPlan,
    supergraph: Supergraph,
    *,
    answer: Operation | None = None,
) -> CompiledPlan:
    """Compile a plan.

    Args:
        plan: How to answer an operation that is valid against the API schema.
        supergraph: What the plan was made for.
        answer: The operation whose selections the answer has, where the plan is for
            less of it (or for more); the plan's by default.
    """
    asked = asked_of(answer or plan.operation, supergraph)
    shapes = Shapes(answer or plan.operation, supergraph)
    fetches = _compile_fetches(plan, asked)
    return CompiledPlan(
        plan=plan,
        fetches=fetches,
        first=tuple(fetch for fetch in fetches if not fetch.node.after),
        waiting_for=tuple(len(fetch.node.after) for fetch in fetches),
        asked=asked,
        shapes=shapes,
        object_types=supergraph.object_types,
        fast=FastPlans(plan, shapes, supergraph),
        introspections=compile_introspection(plan.operation),
    )


def _compile_fetches(plan: QueryPlan, asked: Asked) -> tuple[CompiledFetch, ...]:
    children: list[list[int]] = [[] for _ in plan.fetches]
    for fetch in plan.fetches:
        for earlier in fetch.after:
            children[earlier].append(fetch.id)
    # From the last to the first: whoever waits for a fetch stands after it.
    compiled: dict[int, CompiledFetch] = {}
    for fetch in reversed(plan.fetches):
        waiting = [compiled[child] for child in children[fetch.id]]
        compiled[fetch.id] = _compile_fetch(fetch, waiting, asked)
    return tuple(compiled[fetch.id] for fetch in plan.fetches)


def _compile_fetch(
    fetch: FetchNode, waiting: list[CompiledFetch], asked: Asked
) -> CompiledFetch:
    inputs = tuple(_compile_input(fetch, node, asked) for node in fetch.entities)
    # A mutation's fetches wait for each other to be in series, not to read.
    reading = [child for child in waiting if child.node.kind == "entity"]
    if inputs:
        places = tuple(dict.fromkeys(p for input_ in inputs for p in input_.places))
        parent = nearest_parent(
            [path for node in fetch.entities for path in node.paths]
        )
    else:
        places = root_places(fetch, asked)
        parent = nearest_parent([fetch.at])
        if len(places) == 1 and parent == keys_of(fetch.at):
            parent = places[0]
    return CompiledFetch(
        node=fetch,
        inputs=inputs,
        selected=selected_keys(fetch.operation.selections),
        children=tuple(child.node.id for child in waiting),
        places=places,
        later_places=tuple(
            dict.fromkeys(
                place
                for child in reading
                for place in (*child.places, *child.later_places)
            )
        ),
        parent=parent,
    )


def _compile_input(fetch: FetchNode, node: EntityInput, asked: Asked) -> CompiledInput:
    return CompiledInput(
        node=node,
        places=entity_places(fetch, node, asked),
        parent=nearest_parent(node.paths),
    )
