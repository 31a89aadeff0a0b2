"""What a world's gateway answers, beside what its monolith does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from gateway_graphql import Gateway
from gateway_graphql.exchange import RequestContext
from gateway_graphql.language.limits import UNLIMITED
from tests.world.execution import SubgraphService, execute_monolith
from tests.world.operations import WorldOperation
from tests.world.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """Data and the messages of errors."""

    data: dict | None
    errors: tuple[str, ...]

    @classmethod
    def of(cls, data: dict | None, errors) -> Answer:
        return cls(data, tuple(error["message"] for error in errors or ()))


def services_of(world: World) -> dict[str, SubgraphService]:
    """The subgraphs of a world by name, ready to be asked."""
    return {
        name: SubgraphService(name, world.split, sdl, world.data)
        for name, sdl in world.split.sdl_by_subgraph().items()
    }


def gateway_of(
    world: World, services: Mapping[str, SubgraphService] | None = None, **options
) -> Gateway:
    """The gateway over the subgraphs of a world, which run in this process."""
    services = services_of(world) if services is None else services
    return Gateway.from_supergraph(
        world.supergraph_sdl,
        transports={name: one.transport() for name, one in services.items()},
        operation_limits=UNLIMITED,
        **options,
    )


def both_answers(world: World) -> list[tuple[WorldOperation, Answer, Answer]]:
    """Each operation with the monolith's answer and the gateway's."""
    gateway = gateway_of(world)
    return [
        (
            operation,
            _of_monolith(world, operation),
            asyncio.run(_of_gateway(gateway, operation)),
        )
        for operation in world.operations
    ]


def _of_monolith(world: World, operation: WorldOperation) -> Answer:
    answer = execute_monolith(
        world.api_schema,
        world.data,
        operation.text,
        operation.variables,
        contexts=world.split.contexts,
    )
    return Answer.of(answer["data"], answer.get("errors"))


async def _of_gateway(gateway: Gateway, operation: WorldOperation) -> Answer:
    context = RequestContext(override_percentage=operation.override_percentage)
    result = await gateway.execute(operation.text, operation.variables, context=context)
    return Answer.of(result.data, result.errors)
