"""The fast path beside the exact one, on the same replies, clean or spoiled.

The first execution of a plan takes the exact path, later ones the fast path where there
is one. A spoiled reply follows from its request alone, so both see the same.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gateway_graphql import Gateway
from gateway_graphql.errors import ClientError
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.execution import ExecutionResult
from gateway_graphql.execution.run.fast import FastExecution
from gateway_graphql.language.limits import UNLIMITED
from gateway_graphql.transport import SubgraphReply, SubgraphRequest, Transport
from gateway_graphql.transport.http_message import encode_body
from tests.world.answers import services_of
from tests.world.operations import WorldOperation
from tests.world.world import World


@dataclass(slots=True)
class Spoiling:
    """A transport that changes replies, and notes the requests.

    Attributes:
        chance: How often a reply is changed.
    """

    inner: Transport
    chance: float
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        body = bytes(encode_body(request))
        self.asked.append((request.subgraph, body))
        reply = await self.inner.send(request)
        drawn = random.Random(f"{request.subgraph} {body!r}")
        if drawn.random() > self.chance:
            return reply
        return drawn.choice(_WAYS)(reply, drawn)


def _as_text(reply: SubgraphReply, drawn: random.Random) -> SubgraphReply:
    return SubgraphReply(reply.status, reply.body[: drawn.randrange(len(reply.body))])


def _as_failure(reply: SubgraphReply, drawn: random.Random) -> SubgraphReply:
    return SubgraphReply(500, drawn.choice([b"out of order", reply.body]))


def _with_error(reply: SubgraphReply, drawn: random.Random) -> SubgraphReply:
    body = json.loads(reply.body)
    path = _some_place(body.get("data"), drawn)[2]
    body["errors"] = [{"message": "spoiled", "path": path}]
    return SubgraphReply(200, json.dumps(body).encode())


def _with_value(reply: SubgraphReply, drawn: random.Random) -> SubgraphReply:
    body = json.loads(reply.body)
    for _ in range(drawn.randint(1, 3)):
        holder, key, _ = _some_place(body.get("data"), drawn)
        if holder is not None:
            holder[key] = drawn.choice(
                [None, 7, 7.0, 1.5, "x", "", True, [], [None], {}, {"__typename": "X"}]
            )
    return SubgraphReply(200, json.dumps(body).encode())


def _with_less(reply: SubgraphReply, drawn: random.Random) -> SubgraphReply:
    body = json.loads(reply.body)
    holder, key, _ = _some_place(body.get("data"), drawn)
    if holder is not None:
        del holder[key]
    return SubgraphReply(200, json.dumps(body).encode())


def _with_more(reply: SubgraphReply, drawn: random.Random) -> SubgraphReply:
    body = json.loads(reply.body)
    holder, _, _ = _some_place(body.get("data"), drawn)
    if isinstance(holder, dict):
        holder[drawn.choice(["unasked", "__typename", "id"])] = "more"
    elif holder is not None:
        holder.append(drawn.choice([None, *holder]))
    return SubgraphReply(200, json.dumps(body).encode())


_WAYS: tuple[Callable[[SubgraphReply, random.Random], SubgraphReply], ...] = (
    _as_text,
    _as_failure,
    _with_error,
    _with_value,
    _with_value,
    _with_less,
    _with_more,
)


def _some_place(value: Any, drawn: random.Random) -> tuple[Any, Any, list]:
    """A holder, a key in it and the path to it, anywhere in a value."""
    holder, key, path = None, None, []
    while isinstance(value, dict | list) and value:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        holder, key = value, drawn.choice(keys)
        path = [*path, key]
        value = holder[key]
        if drawn.random() < 0.2:
            break
    return holder, key, path


def unlike_paths(world: World, chance: float) -> Iterator[str]:
    """Operations that the two paths answer differently, or with other requests."""
    for operation, paths in asyncio.run(paths_of(world, chance)):
        if paths.exact_requests != paths.fast_requests:
            yield (
                f"{operation.text}\n  exact {paths.exact_requests}"
                f"\n  fast {paths.fast_requests}"
            )
        elif paths.exact != paths.fast:
            yield f"{operation.text}\n  exact {paths.exact}\n  fast {paths.fast}"


async def paths_of(
    world: World, chance: float
) -> list[tuple[WorldOperation, TwoPaths]]:
    """Each operation of a world on both paths, replies spoiled as often as is said."""
    spoiled = {
        name: Spoiling(service.transport(), chance)
        for name, service in services_of(world).items()
    }
    gateway = Gateway.from_supergraph(
        world.supergraph_sdl, transports=spoiled, operation_limits=UNLIMITED
    )
    async with gateway:
        return [
            (one, await both_paths(gateway, spoiled, one)) for one in world.operations
        ]


@dataclass(frozen=True, slots=True)
class TwoPaths:
    """What two executions of one operation came to.

    Attributes:
        exact: The answer of the exact path, ids of the log left out.
        fast: The answer of the fast path, which may have fallen back.
        exact_requests: What the exact path sent, sorted.
        fast_requests: What the fast path sent, sorted.
        was_fast: Whether the fast path came to the end.
    """

    exact: Any
    fast: Any
    exact_requests: list[tuple[str, bytes]]
    fast_requests: list[tuple[str, bytes]]
    was_fast: bool


async def both_paths(
    gateway: Gateway, spoiled: Mapping[str, Spoiling], operation: WorldOperation
) -> TwoPaths:
    """Execute an operation that the gateway has not seen on both paths."""
    request = GraphQLRequest(operation.text, variables=operation.variables)
    exact = await _answer(gateway, request)
    exact_requests = _taken(spoiled)
    with _watched() as seen:
        fast = await _answer(gateway, request)
    return TwoPaths(exact, fast, exact_requests, _taken(spoiled), any(seen))


async def _answer(gateway: Gateway, request: GraphQLRequest) -> Any:
    context = RequestContext(override_percentage=0)
    try:
        response = await gateway.handle(request, context)
    except ClientError as error:
        return [detail.to_json() for detail in error.details]
    answer = json.loads(response.body)
    for error in answer.get("errors", ()):
        error.get("extensions", {}).pop("errorId", None)
    # The order of keys is part of it.
    return json.dumps(answer)


def _taken(spoiled: Mapping[str, Spoiling]) -> list[tuple[str, bytes]]:
    taken = sorted(one for each in spoiled.values() for one in each.asked)
    for each in spoiled.values():
        each.asked.clear()
    return taken


@contextmanager
def _watched() -> Iterator[list[bool]]:
    """For each execution that begins on the fast path, whether it ends there."""
    seen: list[bool] = []
    run = FastExecution.run

    async def watched(execution: FastExecution) -> ExecutionResult:
        result = await run(execution)
        seen.append(execution.is_clean)
        return result

    FastExecution.run = watched
    try:
        yield seen
    finally:
        FastExecution.run = run
