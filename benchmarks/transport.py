"""Measure what a request to a subgraph costs (`make bench-transport`).

A server of a few lines, in a process of its own, answers each request with the same small
answer as soon as it is whole. Each transport sends it requests from 1, 8 and 64 tasks;
short rounds take turns, so that a busy machine slows all alike, and the best of each
counts. CPU microseconds of the client's process are compared, with those of its event loop
and of the kernel for it.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Protocol, TypeAlias

import uvloop

from gateway_graphql.cli.garbage import keep_what_is_there
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import (
    HTTPTransport,
    HTTPXTransport,
    SubgraphReply,
    SubgraphRequest,
)

TARGET_US = 15.0
CONCURRENCIES = (1, 8, 64)
_Figures: TypeAlias = dict[tuple[str, int], float]
"""CPU microseconds by transport and concurrency."""

_BODY = b'{"data":{"topProducts":[' + b'{"name":"Table","price":899}' + b"]}}"
_ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"content-type: application/json\r\n"
    b"cache-control: max-age=60\r\n"
    b"date: Mon, 02 Jan 2006 15:04:05 GMT\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)
_REQUEST = SubgraphRequest(
    "products",
    OperationKind.QUERY,
    "query ($first: Int) { topProducts(first: $first) { name price } }",
    variables={"first": 5},
    headers={"authorization": "Bearer abcdefghijklmnopqrstuvwxyz"},
)


class Measured(Protocol):
    """What is measured."""

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """Send a request."""
        ...


class _Answering(asyncio.Protocol):
    """Answers what ends like a body does, unread: requests come one by one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"}"):
            self._transport.write(_ANSWER)  # type: ignore[attr-defined]


def _serve(told: multiprocessing.Queue[int]) -> None:
    async def answer() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Answering, "127.0.0.1", 0)
        told.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(answer())


@contextmanager
def answering_server() -> Iterator[str]:
    """A server in a process of its own, at this URL."""
    told: multiprocessing.Queue[int] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(told,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{told.get()}/graphql"
    finally:
        process.terminate()
        process.join()


async def cpu_us(transport: Measured, *, tasks: int, requests: int) -> float:
    """CPU of one request, of some sent by tasks that each wait for an answer."""

    async def send(count: int) -> None:
        for _ in range(count):
            await transport.send(_REQUEST)

    each = max(1, requests // tasks)
    began = time.process_time()
    await asyncio.gather(*(send(each) for _ in range(tasks)))
    return (time.process_time() - began) / (each * tasks) * 1e6


async def _measure(url: str, *, rounds: int, requests: int) -> _Figures:
    """The best of short rounds in which all take turns: others use the machine, too."""
    best: _Figures = {}
    async with HTTPTransport(url) as own, HTTPXTransport(url) as httpx:
        for _, tasks in product(range(rounds), CONCURRENCIES):
            for name, transport in (("own", own), ("httpx", httpx)):
                took = await cpu_us(transport, tasks=tasks, requests=requests)
                best[name, tasks] = min(took, best.get((name, tasks), took))
    return best


def main() -> None:
    """Measure both transports side by side and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--requests", type=int, default=256, help="in a round")
    parser.add_argument("--asyncio", action="store_true", help="not on uvloop")
    chosen = parser.parse_args()
    keep_what_is_there()
    with answering_server() as url:
        run = asyncio.run if chosen.asyncio else uvloop.run
        best = run(_measure(url, rounds=chosen.rounds, requests=chosen.requests))
    print("CPU us a request".ljust(20), *(f"{tasks:>8}" for tasks in CONCURRENCIES))
    for name in ("own", "httpx"):
        row = (best[name, tasks] for tasks in CONCURRENCIES)
        print(name.ljust(20), *(f"{us:>8.1f}" for us in row))
    print(f"target: {TARGET_US:g} at most, for our own")


if __name__ == "__main__":
    main()
