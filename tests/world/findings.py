"""What is wrong with what the gateway makes of a world."""

from __future__ import annotations

import json
from collections.abc import Iterator

from graphql import parse, validate

from tests.cases.coverage_of_reads import unprovided_reads
from tests.cases.subgraph_schemas import subgraph_schema
from tests.world.answers import both_answers
from tests.world.plans import plans_of, unresolvable
from tests.world.world import World


def findings(world: World) -> Iterator[str]:
    """Every plan that asks something wrong, and every answer that differs."""
    yield from wrong_plans(world)
    yield from other_answers(world)


def wrong_plans(world: World) -> Iterator[str]:
    """Fetches that are invalid, ask what is not resolved there or do not wait."""
    schemas = {
        name: subgraph_schema(sdl)
        for name, sdl in world.split.sdl_by_subgraph().items()
    }
    for plan in plans_of(world):
        for fetch in plan.fetches:
            document = parse(fetch.operation.text)
            for error in validate(schemas[fetch.subgraph], document):
                yield f"[{fetch.id}] {fetch.subgraph}: {error.message}"
        yield from unresolvable(plan, world.split)
        yield from map(str, unprovided_reads(plan, schemas))


def other_answers(world: World) -> Iterator[str]:
    """Answers that are not the one service's; the order of keys counts."""
    for operation, expected, answered in both_answers(world):
        if json.dumps(expected.data) != json.dumps(answered.data) or (
            expected.errors != answered.errors
        ):
            yield f"{operation.text}\n  expected {expected}\n  answered {answered}"
