"""Whatever subgraphs answer, the fast path and the exact path give the same."""

from itertools import count, islice

import pytest

from gateway_graphql import Gateway
from gateway_graphql.exchange import GraphQLRequest
from gateway_graphql.language.limits import UNLIMITED
from tests.world.answers import services_of
from tests.world.choices import SeededChoices
from tests.world.kinds import KINDS
from tests.world.paths import Spoiling, both_paths

WORLDS = 6


def worlds_of(kind):
    drawn = (KINDS[kind](SeededChoices(seed)) for seed in count())
    return islice((world for world in drawn if world is not None), WORLDS)


async def each_way(world, chance):
    spoiled = {
        name: Spoiling(service.transport(), world.data.seed if hasattr(world.data, "seed") else 1, chance)
        for name, service in services_of(world).items()
    }
    gateway = Gateway.from_supergraph(
        world.supergraph_sdl, transports=spoiled, operation_limits=UNLIMITED
    )
    async with gateway:
        for operation in world.operations:
            request = GraphQLRequest(operation.text, variables=operation.variables)
            yield operation, await both_paths(gateway, spoiled, request)


@pytest.mark.parametrize("chance", [0, 0.4], ids=["clean replies", "spoiled replies"])
@pytest.mark.parametrize("kind", KINDS)
async def test_both_paths_send_and_answer_the_same(kind, chance):
    began = ended = total = 0
    for world in worlds_of(kind):
        async for operation, paths in each_way(world, chance):
            total += 1
            began += paths.began_fast
            ended += paths.was_fast
            assert paths.exact_requests == paths.fast_requests, (world, operation)
            assert paths.exact == paths.fast, (world, operation)
    print(kind, chance, began, ended, total)
