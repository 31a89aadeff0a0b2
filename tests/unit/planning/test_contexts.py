"""What is read from contexts is laid out once, and never without end."""

from __future__ import annotations

from functools import partial

import pytest

from gateway_graphql import Subgraph, compose
from gateway_graphql.planning import plan_operation
from tests.counting import instructions

ROOMS = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@context", "@fromContext"]
)
type Query @context(name: "around") @context(name: "outside") {
  room: Room other: String top: String
}
type Room @key(fields: "id") @context(name: "around") @context(name: "outside") {
  id: ID! name: String inner: Room
  number(
    of: String @fromContext(field: "$around ... on Room { number } ... on Query { top }")
    at: String @fromContext(field: "$outside ... on Room { number } ... on Query { top }")
  ): String
}
"""


def supergraph(reading="{ number }"):
    """The rooms, composed elsewhere: there any reading passes."""
    composed = compose([Subgraph(name="rooms", sdl=ROOMS)]).supergraph_sdl
    return composed.replace("{ number }", reading)


def nested(depth):
    return "{ room " + "{ inner " * depth + "{ number }" + " }" * (depth + 1)


def test_each_object_reads_the_one_around_it_up_to_the_root():
    assert 4 == len(plan_operation(supergraph(), nested(2)).fetches)


def test_what_several_arguments_read_is_laid_out_once():
    sdl = supergraph()
    plan_operation(sdl, nested(1))
    few, many = (instructions(partial(plan_operation, sdl, nested(n))) for n in (4, 12))

    assert many < 4 * few


@pytest.mark.parametrize(
    "reading",
    ["{ inner { number } }", "{ inner { inner { number } } }"],
    ids=["the-same", "ever-deeper"],
)
@pytest.mark.parametrize("depth", [1, 3])
def test_a_reading_without_end_is_no_plan(reading, depth, caplog):
    plan = plan_operation(supergraph(reading), nested(depth))

    assert ((), ["room"]) == (plan.fetches, [f.name for f in plan.unreachable])
    assert "depends on itself" in caplog.text


def test_what_a_client_calls_the_fields_hides_no_circle():
    operation = "{ one: room { two: inner { three: number } } }"

    assert () == plan_operation(supergraph("{ inner { number } }"), operation).fetches
