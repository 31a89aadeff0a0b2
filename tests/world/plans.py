"""The plans of a world's operations, and what is wrong with them.

`python -m tests.world.plans` prints the plans of some worlds, for comparing them between
processes.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode, parse

from gateway_graphql.planning import QueryPlan, plan_operation
from gateway_graphql.planning.plan import FetchNode, RepresentationField
from gateway_graphql.planning.render import render_text
from tests.world.choices import SeededChoices
from tests.world.execution import provided_below
from tests.world.split import MOVED, Part, Split, selection_set
from tests.world.world import World, choose_world

WORLDS = 12


def plans_of(world: World) -> list[QueryPlan]:
    """The plan of each operation."""
    return [
        plan_operation(
            world.supergraph_sdl,
            one.text,
            override_labels=() if one.override_percentage else (MOVED,),
        )
        for one in world.operations
    ]


def unresolvable(plan: QueryPlan, split: Split) -> list[str]:
    """What fetches ask that their subgraphs do not resolve there."""
    return [
        f"[{fetch.id}] {fetch.subgraph}: {problem}"
        for fetch in plan.fetches
        for problem in _Check(split.subgraphs[fetch.subgraph], fetch).problems()
    ]


class _Check:
    """One fetch against what its subgraph says of its fields."""

    def __init__(self, parts: dict[str, Part], fetch: FetchNode) -> None:
        self._parts = parts
        self._entities = {entity.alias: entity for entity in fetch.entities}
        self._document = parse(fetch.operation.text)

    def problems(self) -> Iterator[str]:
        (operation,) = self._document.definitions
        if not self._entities:
            root = operation.operation.value.title()
            yield from self._of_object(operation.selection_set, root, (), ())
            return
        for node in operation.selection_set.selections:
            alias = node.alias.value if node.alias else node.name.value
            given = self._entities[alias].requires
            yield from self._of_object(node.selection_set, "_Entity", (), given)

    def _of_object(
        self,
        selections: SelectionSetNode,
        type_name: str,
        provided: tuple[SelectionSetNode, ...],
        given: tuple[RepresentationField, ...],
    ) -> Iterator[str]:
        """Problems of selections on an object; `given` is in its representation."""
        for node in selections.selections:
            if isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                on = condition.name.value if condition else type_name
                yield from self._of_object(node.selection_set, on, provided, given)
            elif node.name.value != "__typename":
                yield from self._of_field(node, type_name, provided, given)

    def _of_field(
        self,
        node: FieldNode,
        type_name: str,
        provided: tuple[SelectionSetNode, ...],
        given: tuple[RepresentationField, ...],
    ) -> Iterator[str]:
        name = node.name.value
        claim = self._parts[type_name].fields[name]
        below = tuple(provided_below(provided, name, type_name))
        if claim.is_taken or (claim.is_external and not below):
            yield f"{type_name}.{name} is not resolved here"
        if claim.requires:
            wanted = selection_set(claim.requires)
            if not (_covers(given, wanted) or self._has(wanted, type_name, provided)):
                yield f"{type_name}.{name} lacks {claim.requires}"
        if claim.provides:
            below = (*below, selection_set(claim.provides))
        if node.selection_set:
            inner = claim.field.named_type
            yield from self._of_object(node.selection_set, inner, below, ())

    def _has(
        self,
        wanted: SelectionSetNode,
        type_name: str,
        provided: tuple[SelectionSetNode, ...],
    ) -> bool:
        """Whether a requirement is at hand without a representation."""
        return not any(self._of_object(wanted, type_name, provided, ()))


def _covers(given: tuple[RepresentationField, ...], wanted: SelectionSetNode) -> bool:
    """Whether a representation has all of a field set."""
    for node in wanted.selections:
        if isinstance(node, InlineFragmentNode):
            if not _covers(given, node.selection_set):
                return False
            continue
        same = [one for one in given if one.name == node.name.value]
        fields = tuple(below for one in same for below in one.fields)
        if not same or (node.selection_set and not _covers(fields, node.selection_set)):
            return False
    return True


def all_plans() -> str:
    """The plans of some worlds as one text, with the supergraphs."""
    texts = []
    for seed in range(WORLDS):
        world = choose_world(SeededChoices(seed))
        if world is not None:
            texts.append(world.supergraph_sdl)
            texts += map(render_text, plans_of(world))
    return "\n".join(texts)


if __name__ == "__main__":
    print(all_plans())  # noqa: T201 - what this module does as a program
