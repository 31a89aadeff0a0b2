"""A world: a schema, its subgraphs, its data, and the gateway over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphql import GraphQLSchema
from hypothesis import assume
from hypothesis import strategies as st

from gateway_graphql import Subgraph, compose
from gateway_graphql.composition import CompositionResult
from gateway_graphql.supergraph.api_schema import build_api_schema
from tests.world.choices import Choices
from tests.world.data import Data, make_data
from tests.world.operations import WorldOperation, draw_operation
from tests.world.schema import draw_schema
from tests.world.split import Split, draw_split

OPERATIONS = 3


@dataclass(frozen=True, slots=True)
class World:
    """One generated case.

    Attributes:
        split: The subgraphs.
        supergraph_sdl: What they compose to.
        api_schema: What clients see; the monolith serves it, too.
        data: The objects.
        operations: What is asked.
    """

    split: Split
    supergraph_sdl: str
    api_schema: GraphQLSchema
    data: Data
    operations: tuple[WorldOperation, ...]

    def __repr__(self) -> str:
        parts = [
            f"--- {name}\n{sdl}" for name, sdl in self.split.sdl_by_subgraph().items()
        ]
        parts += [f"--- {one.text}\n{one.variables}" for one in self.operations]
        return "\n".join(parts)


def composed(split: Split) -> CompositionResult:
    """Compose the subgraphs of a split."""
    return compose(
        [
            Subgraph(name=name, url=f"http://{name}/graphql", sdl=sdl)
            for name, sdl in split.sdl_by_subgraph().items()
        ]
    )


def choose_world(choices: Choices, *, violations: int = 0) -> World | None:
    """Make a world; there is none where the subgraphs do not compose."""
    split = draw_split(choices, draw_schema(choices))
    return world_of(choices, split, violations=violations)


def world_of(
    choices: Choices, split: Split, *, violations: int = 0, conditions: int = 12
) -> World | None:
    """The world of some subgraphs; there is none where they do not compose.

    Args:
        choices: Decide.
        split: The subgraphs.
        violations: How many percent of values are null that may not be.
        conditions: How many percent of selected fields are under a condition.
    """
    seed = choices.number(0, 999)

    def draw(schema: GraphQLSchema) -> tuple[WorldOperation, ...]:
        count = choices.number(1, OPERATIONS)
        return tuple(
            draw_operation(choices, schema, conditions=conditions) for _ in range(count)
        )

    return composed_world(split, make_data(split, seed, violations), draw)


def composed_world(
    split: Split,
    data: Data,
    draw: Callable[[GraphQLSchema], tuple[WorldOperation, ...]],
) -> World | None:
    """The world of a split, with operations drawn from what clients see of it."""
    result = composed(split)
    if result.supergraph is None:
        return None
    schema = build_api_schema(result.supergraph)
    return World(split, result.supergraph_sdl, schema, data, draw(schema))


@st.composite
def worlds(draw, *, violations: int = 0) -> World:
    """Worlds; what does not compose is discarded."""
    world = choose_world(Choices(draw), violations=violations)
    assume(world is not None)
    return world
