"""Measure what the gate costs (`make bench-gate`).

One prepared operation of one fetch is asked again and again, in one process and with a
subgraph that answers at once: with no gate at all, then with a JWT that is known
already, two limits counted in memory, and the cost measured. Rounds take turns, so that
a busy machine slows all alike, and the best of each counts. CPU microseconds are
compared; the target is at most 40 more.

With a Redis server at hand (`redis-server`), the same limits are counted there, and
what Redis itself says it was sent is divided by the operations.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.cli.garbage import keep_what_is_there
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.pipeline import OpenGate
from gateway_graphql.policy.authentication import (
    Authentication,
    AuthenticationSettings,
    Issuer,
    JWTSettings,
)
from gateway_graphql.policy.demand_control import DemandControlSettings
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.rate_limit import (
    Limit,
    OperationLimit,
    Rate,
    RateLimits,
    Store,
    parse_window,
)
from gateway_graphql.policy.store.buckets.redis_store import RedisStore
from gateway_graphql.transport.base import SubgraphReply, SubgraphRequest

TARGET_US = 40.0

SDL = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@listSize"]
)
type Query {
  products(first: Int = 10): [Product!]! @listSize(slicingArguments: ["first"])
}
type Product @key(fields: "id") { id: ID! name: String! price: Int! }
"""

OPERATION = "query Page($first: Int) { products(first: $first) { id name price } }"

REPLY = SubgraphReply(
    200,
    msgspec.json.encode(
        {
            "data": {
                "products": [
                    {"id": str(number), "name": f"Product {number}", "price": number}
                    for number in range(3)
                ]
            }
        }
    ),
)


class AnsweringAtOnce:
    """A subgraph that costs nothing to ask."""

    async def send(self, request: SubgraphRequest) -> SubgraphReply:  # noqa: ARG002 - the transport's signature
        """The same answer to everybody."""
        return REPLY


class Measured:
    """A gateway that is asked one operation by one client."""

    def __init__(self, headers: Mapping[str, str], **options: Any) -> None:
        self._headers = headers
        self._request = GraphQLRequest(OPERATION, variables={"first": 3})
        self.gateway = Gateway.compose(
            Subgraph("products", sdl=SDL),
            transports={"products": AnsweringAtOnce()},
            **options,
        )

    async def ask(self, times: int) -> float:
        """CPU microseconds an operation took."""
        handle, request, headers = self.gateway.handle, self._request, self._headers
        started = time.process_time_ns()
        for _ in range(times):
            response = await handle(
                request, RequestContext(headers, address="192.0.2.1")
            )
        passed_us = (time.process_time_ns() - started) / 1000
        if response.has_errors:
            sys.exit(f"The operation failed: {response.body.decode()}")
        return passed_us / times


def gated(folder: Path, store: Store | None = None) -> Measured:
    """A gateway with all of the gate at work."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    jwks = folder / "jwks.json"
    jwks.write_bytes(msgspec.json.encode({"keys": [{**public, "kid": "a"}]}))
    claims = {
        "iss": "https://id.example.com",
        "aud": "shop",
        "sub": "alice",
        "exp": int(time.time()) + 3600,
        "scope": "read write",
    }
    token = jwt.encode(claims, key, "ES256", {"kid": "a"})
    issuer = Issuer(("https://id.example.com",), ("shop",), ("ES256",), jwks)
    often = Limit(Rate(1_000_000, parse_window("1s"), 1_000_000))
    return Measured(
        {"authorization": f"Bearer {token}"},
        middleware=[
            Authentication(AuthenticationSettings(jwt=JWTSettings(issuers=(issuer,))))
        ],
        gate=Policies(
            demand_control=DemandControlSettings(),
            rate_limits=RateLimits(client=often, operations=(OperationLimit(often),)),
            store=store,
        ),
    )


async def compare(rounds: int, times: int, folder: Path) -> float:
    """Print what the gate costs; the difference."""
    without, with_gate = Measured({}, gate=OpenGate), gated(folder)
    best = {without: float("inf"), with_gate: float("inf")}
    for measured in best:
        await measured.ask(100)  # everything is prepared, verified and warm
    keep_what_is_there()
    for _ in range(rounds):
        for measured, known in best.items():
            best[measured] = min(known, await measured.ask(times))
    difference = best[with_gate] - best[without]
    print(f"without the gate  {best[without]:6.1f} us CPU an operation")
    print(f"with the gate     {best[with_gate]:6.1f} us CPU an operation")
    verdict = "met" if difference <= TARGET_US else "missed"
    print(f"the gate          {difference:6.1f} us (at most {TARGET_US:g}: {verdict})")
    for measured in best:
        await measured.gateway.aclose()
    return difference


@contextlib.asynccontextmanager
async def redis_server() -> AsyncIterator[str]:
    """A Redis server of its own, at this URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    server = await asyncio.create_subprocess_exec(
        *("redis-server", "--port", str(port), "--save", "", "--appendonly", "no"),
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}"
    try:
        async with Redis.from_url(url) as probe:
            for _ in range(100):
                with contextlib.suppress(RedisError):
                    if await probe.ping():
                        break
                await asyncio.sleep(0.05)
        yield url
    finally:
        server.terminate()
        await server.wait()


async def count_round_trips(times: int, folder: Path) -> None:
    """Print how often Redis is asked for an operation."""
    if shutil.which("redis-server") is None:
        print("with Redis        not measured: there is no redis-server")
        return
    async with redis_server() as url, Redis.from_url(url) as watching:
        store = RedisStore(url, timeout_s=5)
        measured = gated(folder, store)
        await measured.ask(10)
        await watching.config_resetstat()
        cpu_us = await measured.ask(times)
        # What scripts call is counted apart from them, so only these are sent.
        statistics = await watching.info("commandstats")
        trips = sum(
            facts["calls"]
            for command, facts in statistics.items()
            if command in ("cmdstat_evalsha", "cmdstat_eval", "cmdstat_fcall")
        )
        print(
            f"with Redis        {trips / times:6.2f} round trips and "
            f"{cpu_us:.1f} us CPU an operation"
        )
        await measured.gateway.aclose()
        await store.aclose()


def main() -> int:
    """Measure and print; fails when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--operations", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        difference = asyncio.run(compare(options.rounds, options.operations, path))
        asyncio.run(count_round_trips(options.operations, path))
    return 0 if difference <= TARGET_US else 1


if __name__ == "__main__":
    sys.exit(main())
