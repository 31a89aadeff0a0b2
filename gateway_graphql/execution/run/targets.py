"""What one request is about: the objects in the response tree that it asks for.

A root fetch is about the root of the answer, or about every object at a path where a field
gives the query root again (root re-entry): it is sent once, and its data goes to all of
them. An entity fetch is about the entities that its batches stand for. Either way the
targets say where data is merged and where errors belong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TypeAlias

import msgspec

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.plan import CompiledFetch, CompiledInput
from gateway_graphql.execution.run.entities import (
    Batch,
    Occurrence,
    collect_batch,
    objects_at,
)
from gateway_graphql.execution.run.from_context import divide_by_context
from gateway_graphql.execution.run.merging import Tree
from gateway_graphql.language.conditions import any_holds
from gateway_graphql.planning.plan import ContextValue

Batches: TypeAlias = dict[str, tuple[CompiledInput, Batch]]
"""Alias of an `_entities` field -> the field, and what it is asked with."""


class Targets(msgspec.Struct, frozen=True):
    """The objects of one request.

    Attributes:
        roots: For a root fetch, the objects that its data belongs to.
        batches: For an entity fetch, its entities.
        context: Variables whose values come from objects further up.
    """

    roots: list[Occurrence] = msgspec.field(default_factory=list)
    batches: Batches = msgspec.field(default_factory=dict)
    context: Mapping[str, JSON] = msgspec.field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything to ask for."""
        return bool(self.roots) or any(
            batch.representations for _, batch in self.batches.values()
        )

    @property
    def occurrences(self) -> Iterator[Occurrence]:
        """All of them, with their paths."""
        batches = (batch for _, batch in self.batches.values())
        below = chain.from_iterable(batch.all_occurrences for batch in batches)
        return chain(self.roots, below)

    @property
    def variables(self) -> dict[str, JSON]:
        """The variables that tell a subgraph what it is asked about."""
        variables: dict[str, JSON] = dict(self.context)
        for compiled, batch in self.batches.values():
            variables[compiled.node.variable] = batch.representations
        return variables

    def divided(
        self, tree: Tree, context: tuple[ContextValue, ...]
    ) -> Iterator[Targets]:
        """One for each request: entities whose contexts differ are asked for apart."""
        for alias, (compiled, batch) in self.batches.items():
            for variables, part in divide_by_context(tree, batch, context):
                yield Targets(batches={alias: (compiled, part)}, context=variables)


def collect_targets(
    fetch: CompiledFetch, tree: Tree, variables: Mapping[str, JSON]
) -> Targets:
    """Find what a fetch is about in the response tree as it is now."""
    if not fetch.inputs:
        return Targets(roots=list(objects_at(tree, fetch.node.at)))
    return Targets(
        batches={
            compiled.node.alias: (
                compiled,
                collect_batch(tree, compiled.node)
                if any_holds(compiled.node.when, variables)
                else Batch(),
            )
            for compiled in fetch.inputs
        }
    )
