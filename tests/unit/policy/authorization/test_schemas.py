"""Schemas for callers are built beside the event loop, once, within a bound of bytes."""

import asyncio
import threading
import tracemalloc

import pytest

from gateway_graphql.policy.authorization.rules import (
    Authenticated,
    RequiresScopes,
)
from gateway_graphql.policy.authorization.schemas import (
    VisibleSchemas,
    estimated_bytes,
)
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph

from .conftest import supergraph_of

PATIENCE_S = 20
SCHEMA = build_api_schema(
    read_supergraph(supergraph_of({"a": "type Query { a(b: Int): String }"}))
)
SIZE = estimated_bytes(SCHEMA)
ANONYMOUS = frozenset({Authenticated()})


def failing(scope):
    return frozenset({RequiresScopes((frozenset({scope}),))})


@pytest.fixture
def schemas():
    made = []

    def make(build, max_bytes=10 * SIZE):
        made.append(VisibleSchemas(build, max_bytes))
        return made[-1]

    yield make
    for one in made:
        one.close()


async def test_a_schema_is_built_once_however_many_wait_for_it(schemas):
    built = []

    def build(rules):
        built.append(rules)
        return SCHEMA

    it = schemas(build)
    await asyncio.gather(*(it.get(ANONYMOUS) for _ in range(5)), it.get(failing("s")))
    await it.get(ANONYMOUS)

    assert [ANONYMOUS, failing("s")] == built


async def test_the_event_loop_goes_on_while_a_schema_is_built(schemas):
    loop_went_on = threading.Event()
    went_on = []

    def build(_rules):
        went_on.append(loop_went_on.wait(PATIENCE_S))
        return SCHEMA

    asking = asyncio.ensure_future(schemas(build).get(ANONYMOUS))
    await asyncio.sleep(0)
    loop_went_on.set()
    await asking

    assert [True] == went_on


async def test_schemas_are_kept_within_a_number_of_bytes(schemas):
    built = []

    def build(rules):
        built.append(rules)
        return SCHEMA

    it = schemas(build, 2 * SIZE)
    for scope in ("a", "b", "a", "c", "a", "b"):
        await it.get(failing(scope))

    assert list(map(failing, ("a", "b", "c", "b"))) == built
    assert f"2 entries, {2 * SIZE} bytes" in repr(it)


async def test_a_schema_larger_than_the_bound_is_kept_alone(schemas):
    built = []

    def build(rules):
        built.append(rules)
        return SCHEMA

    it = schemas(build, SIZE // 2)
    for scope in ("a", "a", "b", "b"):
        await it.get(failing(scope))

    assert [failing("a"), failing("b")] == built


def test_the_estimate_is_near_what_a_schema_takes():
    fields = " ".join(f"f{n}(a: Int, b: In): T{n % 40}" for n in range(40))
    types = " ".join(f"type T{n} {{ {fields} }}" for n in range(40))
    enum = " ".join(f"V{n}" for n in range(40))
    supergraph = read_supergraph(
        supergraph_of(
            {
                "a": f"type Query {{ {fields} }} input In {{ e: E }} enum E {{ {enum} }} {types}"
            }
        )
    )
    build_api_schema(supergraph)
    tracemalloc.start()
    schema = build_api_schema(supergraph)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken / 2 < estimated_bytes(schema) < 2 * taken


async def test_no_thread_outlives_the_gateway(world):
    before = set(threading.enumerate())
    it = world(
        {}, {}, supergraph_of({"a": "type Query { a: Int b: Int @authenticated }"})
    )
    await it.gateway.execute("{ __schema { types { name } } }")
    own = set(threading.enumerate()) - before
    assert {"schemas"} <= {thread.name.rpartition("_")[0] for thread in own}

    await it.gateway.aclose()

    for thread in own:
        thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in own)
