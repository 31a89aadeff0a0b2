"""Whatever the schema and the operation: what holds of every plan."""

import os
import subprocess
import sys

import pytest
from graphql import parse, validate
from hypothesis import given

from gateway_graphql.supergraph.reading import read_supergraph
from tests.cases.coverage_of_reads import unprovided_reads
from tests.cases.subgraph_schemas import subgraph_schema
from tests.subgraph_operations import selections_of
from tests.world.plans import all_plans, plans_of, unresolvable
from tests.world.world import composed, worlds


@given(world=worlds())
def test_each_fetch_is_right_in_its_subgraph_and_waits_for_what_it_reads(world):
    schemas = {
        name: subgraph_schema(sdl)
        for name, sdl in world.split.sdl_by_subgraph().items()
    }
    for plan in plans_of(world):
        assert [] == [
            (fetch.subgraph, error.message)
            for fetch in plan.fetches
            for error in validate(schemas[fetch.subgraph], parse(fetch.operation.text))
        ]
        assert [] == unresolvable(plan, world.split)
        assert [] == unprovided_reads(plan)


@given(world=worlds())
def test_the_text_that_is_sent_selects_what_the_plan_says(world):
    for plan in plans_of(world):
        assert [fetch.operation.selections for fetch in plan.fetches] == [
            selections_of(fetch) for fetch in plan.fetches
        ]


@given(world=worlds())
def test_what_is_composed_is_what_its_text_is_read_as(world):
    supergraph = composed(world.split).supergraph

    # As text, since the order counts, too.
    assert repr(read_supergraph(world.supergraph_sdl)) == repr(supergraph)


@pytest.fixture(scope="module")
def plans_here():
    return all_plans()


@pytest.mark.parametrize("seed", ["0", "1", "2026"])
def test_plans_do_not_depend_on_the_hash_seed(seed, plans_here):
    run = subprocess.run(
        [sys.executable, "-m", "tests.world.plans"],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
        text=True,
    )

    assert plans_here == run.stdout.removesuffix("\n")
